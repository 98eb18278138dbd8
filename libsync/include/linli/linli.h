/** Everything: the public API of Linli. */
#ifndef LINLI_LINLI_H
#define LINLI_LINLI_H

#include <linli/audit.h>
#include <linli/authority.h>
#include <linli/backup.h>
#include <linli/erase.h>
#include <linli/error.h>
#include <linli/figures.h>
#include <linli/grant.h>
#include <linli/memory.h>
#include <linli/node.h>
#include <linli/observe.h>
#include <linli/query.h>
#include <linli/receipt.h>
#include <linli/record.h>
#include <linli/root.h>
#include <linli/schema.h>
#include <linli/store.h>
#include <linli/sync.h>
#include <linli/types.h>
#include <linli/version.h>

#endif
