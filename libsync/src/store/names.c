/* store: scopes and authors as small numbers, in the order in which this store met them. */
#include "store/env.h"

#include <linli/error.h>
#include <string.h>

/*
 * Table scope:     scope u32 -> id 16, parent u32, depth u32, nonce 16
 * Table scope_id:  id 16 -> scope u32
 * Table child:     parent u32, id 16 -> scope u32
 * Table author:    author u32 -> author 40
 * Table author_id: author 40 -> author u32
 * Rows of these are never deleted, so the next number is the last one and one more.
 */
enum { SCOPE_VALUE = ID_BYTES + 4 + 4 + 16 };

static int next_number(struct store_txn *txn, enum table table, uint32_t *out)
{
    span key = {NULL, 0}, value = {NULL, 0};
    int rv = table_last(txn, table, &key, &value);

    if (rv == LINLI_E_NOT_FOUND) {
        *out = 1;
        return LINLI_OK;
    }
    if (rv != LINLI_OK)
        return rv;
    if (key.size != 4)
        return LINLI_E_CORRUPT;
    uint32_t last = be32_get(key.at);
    *out = last + 1;
    return last == UINT32_MAX ? LINLI_E_LIMIT : LINLI_OK;
}

static int number_get(struct store_txn *txn, enum table table, const void *id, size_t size, uint32_t *number)
{
    struct rowkey key;
    span value = {NULL, 0};

    rowkey_start(&key);
    rowkey_bytes(&key, id, size);
    int rv = table_get(txn, table, &key, &value);
    if (rv != LINLI_OK)
        return rv;
    if (value.size != 4)
        return LINLI_E_CORRUPT;
    *number = be32_get(value.at);
    return LINLI_OK;
}

static int number_put(struct store_txn *txn, enum table table, const struct rowkey *key, uint32_t number)
{
    uint8_t bytes[4];

    be32_put(bytes, number);
    return table_put(txn, table, key, span_of(bytes, sizeof(bytes)));
}

int scope_number(struct store_txn *txn, const linli_id *id, uint32_t *number)
{
    return number_get(txn, TABLE_SCOPE_ID, id->b, sizeof(id->b), number);
}

static int scope_decode(span value, struct scope_row *out)
{
    if (value.size != SCOPE_VALUE)
        return LINLI_E_CORRUPT;
    memcpy(out->id.b, value.at, ID_BYTES);
    out->parent = be32_get(value.at + ID_BYTES);
    out->depth = be32_get(value.at + ID_BYTES + 4);
    memcpy(out->nonce, value.at + ID_BYTES + 8, sizeof(out->nonce));
    return LINLI_OK;
}

int scope_get(struct store_txn *txn, uint32_t number, struct scope_row *out)
{
    struct rowkey key;
    span value = {NULL, 0};

    rowkey_start(&key);
    rowkey_u32(&key, number);
    int rv = table_get(txn, TABLE_SCOPE, &key, &value);
    return rv == LINLI_OK ? scope_decode(value, out) : rv;
}

struct all_scopes {
    int (*fn)(void *ctx, uint32_t number, const struct scope_row *row);
    void *ctx;
};

static int scope_visit(void *ctx, span rest, span value)
{
    const struct all_scopes *all = ctx;
    struct scope_row row;
    int rv = rest.size != 4 ? LINLI_E_CORRUPT : scope_decode(value, &row);

    return rv == LINLI_OK ? all->fn(all->ctx, be32_get(rest.at), &row) : rv;
}

int scope_all(struct store_txn *txn, int (*fn)(void *ctx, uint32_t number, const struct scope_row *row), void *ctx)
{
    struct all_scopes all = {fn, ctx};
    struct rowkey none;

    rowkey_start(&none);
    return table_each(txn, TABLE_SCOPE, &none, NULL, scope_visit, &all);
}

int scope_put(struct store_txn *txn, const struct scope_row *row, uint32_t *number)
{
    struct rowkey key;
    uint8_t value[SCOPE_VALUE];
    uint32_t fresh = 0;
    int rv = scope_number(txn, &row->id, number);

    if (rv != LINLI_E_NOT_FOUND)
        return rv;
    rv = next_number(txn, TABLE_SCOPE, &fresh);
    if (rv != LINLI_OK)
        return rv;
    memcpy(value, row->id.b, ID_BYTES);
    be32_put(value + ID_BYTES, row->parent);
    be32_put(value + ID_BYTES + 4, row->depth);
    memcpy(value + ID_BYTES + 8, row->nonce, sizeof(row->nonce));
    rowkey_start(&key);
    rowkey_u32(&key, fresh);
    rv = table_put(txn, TABLE_SCOPE, &key, span_of(value, sizeof(value)));
    if (rv != LINLI_OK)
        return rv;
    rowkey_start(&key);
    rowkey_bytes(&key, row->id.b, ID_BYTES);
    rv = number_put(txn, TABLE_SCOPE_ID, &key, fresh);
    if (rv != LINLI_OK)
        return rv;
    rowkey_start(&key);
    rowkey_u32(&key, row->parent);
    rowkey_bytes(&key, row->id.b, ID_BYTES);
    rv = number_put(txn, TABLE_CHILD, &key, fresh);
    if (rv == LINLI_OK)
        *number = fresh;
    return rv;
}

struct children {
    bool (*fn)(void *ctx, uint32_t child, const linli_id *id);
    void *ctx;
};

static int child_row(void *ctx, span rest, span value)
{
    const struct children *children = ctx;
    linli_id id;

    if (rest.size != ID_BYTES || value.size != 4)
        return LINLI_E_CORRUPT;
    memcpy(id.b, rest.at, ID_BYTES);
    return children->fn(children->ctx, be32_get(value.at), &id) ? LINLI_OK : EACH_STOP;
}

int scope_children(struct store_txn *txn, uint32_t number, bool (*fn)(void *ctx, uint32_t child, const linli_id *id),
                   void *ctx)
{
    struct children children = {fn, ctx};
    struct rowkey prefix;

    rowkey_start(&prefix);
    rowkey_u32(&prefix, number);
    return table_each(txn, TABLE_CHILD, &prefix, NULL, child_row, &children);
}

int author_number(struct store_txn *txn, const linli_author *author, bool create, uint32_t *number)
{
    uint8_t bytes[AUTHOR_BYTES];
    struct rowkey key;
    uint32_t fresh = 0;

    author_encode(author, bytes);
    int rv = number_get(txn, TABLE_AUTHOR_ID, bytes, sizeof(bytes), number);
    if (rv != LINLI_E_NOT_FOUND || !create)
        return rv;
    rv = next_number(txn, TABLE_AUTHOR, &fresh);
    if (rv != LINLI_OK)
        return rv;
    rowkey_start(&key);
    rowkey_bytes(&key, bytes, sizeof(bytes));
    rv = number_put(txn, TABLE_AUTHOR_ID, &key, fresh);
    if (rv != LINLI_OK)
        return rv;
    rowkey_start(&key);
    rowkey_u32(&key, fresh);
    rv = table_put(txn, TABLE_AUTHOR, &key, span_of(bytes, sizeof(bytes)));
    if (rv == LINLI_OK)
        *number = fresh;
    return rv;
}

int author_get(struct store_txn *txn, uint32_t number, linli_author *out)
{
    struct rowkey key;
    span value = {NULL, 0};

    rowkey_start(&key);
    rowkey_u32(&key, number);
    int rv = table_get(txn, TABLE_AUTHOR, &key, &value);
    if (rv != LINLI_OK)
        return rv;
    if (value.size != AUTHOR_BYTES)
        return LINLI_E_CORRUPT;
    author_decode(value.at, out);
    return LINLI_OK;
}
