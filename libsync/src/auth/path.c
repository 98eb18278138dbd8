/* auth: scope ids and paths: ancestry is recomputed, never believed. */
#include "auth/path.h"
#include "base/check.h"
#include "codec/writer.h"

#include <string.h>

enum { NONCE_BYTES = 16 };

void scope_child(const linli_id *parent, const uint8_t nonce[16], linli_id *out)
{
    span parts[] = {span_of(parent->b, ID_BYTES), span_of(nonce, NONCE_BYTES)};
    linli_id id; /* so that `out` may be `parent` */

    crypto_hash16("linli/scope/1", parts, COUNT_OF(parts), &id);
    id_of_managed(&id);
    *out = id;
}

void path_ids(const linli_hash *network, const struct scope_path *path, linli_id ids[LIMIT_SCOPE_DEPTH])
{
    span of_network = span_of(network->b, HASH_BYTES);

    ALWAYS(path->depth < LIMIT_SCOPE_DEPTH);
    crypto_hash16("linli/root-scope/1", &of_network, 1, &ids[0]);
    id_of_managed(&ids[0]);
    for (size_t i = 0; i < path->depth; i++)
        scope_child(&ids[i], path->nonce[i], &ids[i + 1]);
}

void path_scope(const linli_hash *network, const struct scope_path *path, linli_id *out)
{
    linli_id ids[LIMIT_SCOPE_DEPTH];

    path_ids(network, path, ids);
    *out = ids[path->depth];
}

bool path_contains(const struct scope_path *above, const struct scope_path *below)
{
    if (above->depth > below->depth)
        return false;
    return memcmp(above->nonce, below->nonce, above->depth * NONCE_BYTES) == 0;
}

void path_write(struct buf *out, const struct scope_path *path)
{
    ALWAYS(path->depth < LIMIT_SCOPE_DEPTH);
    write_array(out, path->depth);
    for (size_t i = 0; i < path->depth; i++)
        write_bin(out, path->nonce[i], NONCE_BYTES);
}

void path_read(struct reader *r, struct scope_path *out)
{
    *out = (struct scope_path){.depth = reader_array(r, LIMIT_SCOPE_DEPTH - 1)};
    for (size_t i = 0; i < out->depth; i++)
        reader_fixed(r, out->nonce[i], NONCE_BYTES);
}
