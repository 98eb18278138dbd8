/* store: the digests of a scope. */
#include "store/env.h"

#include <linli/error.h>
#include <string.h>

/* Table digest: scope u32 -> own 32, subtree 32 */
enum { DIGEST_VALUE = 2 * HASH_BYTES };

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
    return LINLI_OK;
}

int digest_put(struct store_txn *txn, uint32_t scope, const struct digest_row *row)
{
    struct rowkey key;
    uint8_t value[DIGEST_VALUE];

    digest_key(&key, scope);
    memcpy(value, row->own.b, HASH_BYTES);
    memcpy(value + HASH_BYTES, row->subtree.b, HASH_BYTES);
    return table_put(txn, TABLE_DIGEST, &key, span_of(value, sizeof(value)));
}
