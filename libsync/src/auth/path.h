/* auth: scope ids, which commit to their place in the tree, and paths (proto/authority.md 2). Pure. */
#ifndef LINLI_AUTH_PATH_H
#define LINLI_AUTH_PATH_H

#include "base/crypto.h"
#include "codec/limits.h"
#include "codec/reader.h"

struct scope_path {
    size_t depth;                                 /* 0 = the root scope itself */
    uint8_t nonce[LIMIT_SCOPE_DEPTH - 1][16];
};

/* Of the records that scopes and grants are: their ids say that the right to manage is needed (proto/record.md 1). */
static inline void id_of_managed(linli_id *id)
{
    id->b[0] |= 1;
}
void scope_child(const linli_id *parent, const uint8_t nonce[16], linli_id *out);
/* ids[0] = root scope ... ids[depth] = the scope. */
void path_ids(const linli_hash *network, const struct scope_path *path, linli_id ids[LIMIT_SCOPE_DEPTH]);
void path_scope(const linli_hash *network, const struct scope_path *path, linli_id *out);
bool path_contains(const struct scope_path *above, const struct scope_path *below); /* equal counts as contained */
void path_write(struct buf *out, const struct scope_path *path);   /* array of bin 16 */
void path_read(struct reader *r, struct scope_path *out);          /* fails the reader on anything else, or too deep */

#endif
