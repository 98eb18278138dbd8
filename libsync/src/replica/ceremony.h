/* replica: what the root is to say: drafts made from what is held, and entered when they are signed. */
#ifndef LINLI_REPLICA_CEREMONY_H
#define LINLI_REPLICA_CEREMONY_H

#include <linli/root.h>

#include "auth/root_draft.h"
#include "replica/internal.h"

/* --- ceremony.c --- */
/* Begin a statement that the root is to say under this document. */
void root_head(struct work *w, const struct root_document *under, const struct scope_path *path, struct statement *head);

/* --- ceremony_item.c: in the words of <linli/root.h> --- */
void root_public(const struct root_document *document, struct linli_root *out);
/* What a certificate says, whose issuer is the root; `stands` is false. False: it is not the root's. */
bool root_item(span certificate, struct linli_root_item *out);

/* --- revoke.c --- */
/* The act in as many revocations as it needs, added to a draft. As replica_revoke. */
int revoke_draft(struct work *w, const struct linli_revoke *revoke, struct root_draft *draft);

/* --- grant_give.c --- */
/* The acts that a grant supersedes: `also` (or NULL), and those that would end it. */
int grant_after(struct work *w, const linli_id *also, struct grant *g);

#endif
