/* store: the digests of a scope, and the figures beside them. */
#include "store/env.h"

#include <linli/error.h>
#include <string.h>

/* Table digest: scope u32 -> own 32, subtree 32, then of each: statements u64, weight u64 */
enum { FIGURES_BYTES = 2 * 8, DIGEST_VALUE = 2 * HASH_BYTES + 2 * FIGURES_BYTES };

static void figures_put(uint8_t *out, const struct digest_figures *figures)
{
    be64_put(out, figures->statements);
    be64_put(out + 8, figures->weight);
}

static struct digest_figures figures_get(const uint8_t *in)
{
    return (struct digest_figures){be64_get(in), be64_get(in + 8)};
}

static void digest_key(struct rowkey *key, uint32_t scope)
{
    rowkey_start(key);
    rowkey_u32(key, scope);
}

int digest_get(struct store_txn *txn, uint32_t scope, struct digest_row *out)
{
    struct rowkey key;
    span value = {NULL, 0};

    digest_key(&key, scope);
    int rv = table_get(txn, TABLE_DIGEST, &key, &value);
    if (rv == LINLI_E_NOT_FOUND) {
        memset(out, 0, sizeof(*out));
        return LINLI_OK;
    }
    if (rv != LINLI_OK)
        return rv;
    if (value.size != DIGEST_VALUE)
        return LINLI_E_CORRUPT;
    memcpy(out->own.b, value.at, HASH_BYTES);
    memcpy(out->subtree.b, value.at + HASH_BYTES, HASH_BYTES);
    out->own_figures = figures_get(value.at + (size_t)2 * HASH_BYTES);
    out->subtree_figures = figures_get(value.at + (size_t)2 * HASH_BYTES + FIGURES_BYTES);
    return LINLI_OK;
}

int digest_put(struct store_txn *txn, uint32_t scope, const struct digest_row *row)
{
    struct rowkey key;
    uint8_t value[DIGEST_VALUE];

    digest_key(&key, scope);
    memcpy(value, row->own.b, HASH_BYTES);
    memcpy(value + HASH_BYTES, row->subtree.b, HASH_BYTES);
    figures_put(value + (size_t)2 * HASH_BYTES, &row->own_figures);
    figures_put(value + (size_t)2 * HASH_BYTES + FIGURES_BYTES, &row->subtree_figures);
    return table_put(txn, TABLE_DIGEST, &key, span_of(value, sizeof(value)));
}
