/*
 * auth: acts: what one issuer said of one device under one act id, in as many revocations, its pages, as it takes
 * (proto/authority.md 6). What a page lists holds at once; what an act does not list is known when all its pages are held. Pure.
 */
#ifndef LINLI_AUTH_ACT_H
#define LINLI_AUTH_ACT_H

#include "auth/statement.h"

/* The revocations held on one device; those of the issuers that are asked about say how they are kept. */
struct acts {
    struct revocation *at;
    size_t count;
};

/*
 * Each of the act that `r`, one of them, is a page of: an act is made of pages that are kept alike, so that nobody adds one to an
 * act which somebody above him lists.
 */
bool act_blunt(const struct acts *acts, const struct revocation *r);  /* its issuer said more than is kept: it lists nothing */
bool act_whole(const struct acts *acts, const struct revocation *r);  /* all its pages are held, or it is blunt */
bool act_keeps(const struct acts *acts, const struct revocation *r, const linli_hash *statement);
bool act_closes(const struct acts *acts, const struct revocation *r, uint64_t incarnation);
/* Where it cuts this log; false when it does not list it. Of two rows the further one counts, then the lesser id. */
bool act_cut(const struct acts *acts, const struct revocation *r, const linli_id *scope, uint64_t incarnation,
             struct cut_row *out);

#endif
