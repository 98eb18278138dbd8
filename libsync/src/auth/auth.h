/* auth: root documents, scope paths, grants, what is said about them, and the decision who may do what (proto/authority.md). Pure: no store, no clock. */
#ifndef LINLI_AUTH_AUTH_H
#define LINLI_AUTH_AUTH_H

#include "base/arena.h"

#include "auth/decide.h"
#include "auth/grant.h"
#include "auth/invitation.h"
#include "auth/path.h"
#include "auth/receipt.h"
#include "auth/root_draft.h"
#include "auth/root.h"
#include "auth/standing.h"
#include "auth/succession.h"

#endif
