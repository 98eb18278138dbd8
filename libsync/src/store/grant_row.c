/* store: certificates, by id and by scope. */
#include "store/env.h"

#include <linli/error.h>
#include <string.h>

/*
 * Table grant:       id 32 -> certificate
 * Table grant_scope: scope id 16, id 32 -> empty. By the scope's id, not its number: a grant may come before its scope.
 */

static void grant_key(struct rowkey *key, const linli_hash *id)
{
    rowkey_start(key);
    rowkey_bytes(key, id->b, HASH_BYTES);
}

int grant_row_get(struct store_txn *txn, const linli_hash *id, span *certificate)
{
    struct rowkey key;

    grant_key(&key, id);
    return table_get(txn, TABLE_GRANT, &key, certificate);
}

int grant_row_put(struct store_txn *txn, const linli_id *scope, const linli_hash *id, span certificate)
{
    struct rowkey key;

    grant_key(&key, id);
    int rv = table_put(txn, TABLE_GRANT, &key, certificate);
    if (rv != LINLI_OK)
        return rv;
    rowkey_start(&key);
    rowkey_bytes(&key, scope->b, ID_BYTES);
    rowkey_bytes(&key, id->b, HASH_BYTES);
    return table_mark(txn, TABLE_GRANT_SCOPE, &key, true);
}

int grant_row_delete(struct store_txn *txn, const linli_id *scope, const linli_hash *id)
{
    struct rowkey key;

    grant_key(&key, id);
    int rv = table_delete(txn, TABLE_GRANT, &key);
    if (rv != LINLI_OK)
        return rv;
    rowkey_start(&key);
    rowkey_bytes(&key, scope->b, ID_BYTES);
    rowkey_bytes(&key, id->b, HASH_BYTES);
    return table_mark(txn, TABLE_GRANT_SCOPE, &key, false);
}

struct grants {
    struct store_txn *txn;
    bool (*fn)(void *ctx, const linli_hash *id, span certificate);
    void *ctx;
    bool by_scope; /* then the row has no certificate of its own */
};

static int grant_visit(void *ctx, span rest, span value)
{
    const struct grants *grants = ctx;
    linli_hash id;

    if (rest.size != HASH_BYTES)
        return LINLI_E_CORRUPT;
    memcpy(id.b, rest.at, HASH_BYTES);
    if (grants->by_scope) {
        int rv = grant_row_get(grants->txn, &id, &value);
        if (rv != LINLI_OK)
            return rv == LINLI_E_NOT_FOUND ? LINLI_E_CORRUPT : rv;
    }
    return grants->fn(grants->ctx, &id, value) ? LINLI_OK : EACH_STOP;
}

int grant_row_from(struct store_txn *txn, const linli_hash *from, bool (*fn)(void *ctx, const linli_hash *id, span certificate), void *ctx)
{
    struct grants grants = {txn, fn, ctx, false};
    struct rowkey prefix, start;

    rowkey_start(&prefix);
    rowkey_start(&start);
    rowkey_bytes(&start, from->b, HASH_BYTES);
    return table_each(txn, TABLE_GRANT, &prefix, &start, grant_visit, &grants);
}

int grant_row_each(struct store_txn *txn, const linli_id *scope,
                   bool (*fn)(void *ctx, const linli_hash *id, span certificate), void *ctx)
{
    struct grants grants = {txn, fn, ctx, scope != NULL};
    struct rowkey prefix;

    rowkey_start(&prefix);
    if (scope != NULL)
        rowkey_bytes(&prefix, scope->b, ID_BYTES);
    return table_each(txn, scope != NULL ? TABLE_GRANT_SCOPE : TABLE_GRANT, &prefix, NULL, grant_visit, &grants);
}
