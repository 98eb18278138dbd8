/* store: indexes of values, counters, and the list of records in conflict. */
#include "store/env.h"

#include <linli/error.h>
#include <string.h>

#include "base/crypto.h"

/*
 * Table index:    scope u32, type u32, field u32, length u8, value, record 16 -> empty
 *                 length 255: the value is over INDEX_VALUE_BYTES and its 32-byte hash stands here
 * Table count:    scope u32, what u32 -> u64; no row for 0
 * Table conflict: scope u32, record 16 -> empty
 */
enum { LENGTH_HASHED = 255, INDEX_FIXED = 4 + 4 + 1 };
#define INDEX_CONTEXT "linli store index 1"

span index_value(span value, linli_hash *out)
{
    if (value.size <= INDEX_VALUE_BYTES)
        return value;
    crypto_hash(INDEX_CONTEXT, &value, 1, out);
    return span_of(out->b, HASH_BYTES);
}

static void index_prefix(struct rowkey *key, uint32_t scope, uint32_t type, uint32_t field, span value)
{
    linli_hash hash;
    span kept = index_value(value, &hash);

    rowkey_start(key);
    rowkey_u32(key, scope);
    rowkey_u32(key, type);
    rowkey_u32(key, field);
    rowkey_u8(key, value.size > INDEX_VALUE_BYTES ? LENGTH_HASHED : (uint8_t)value.size);
    rowkey_bytes(key, kept.at, kept.size);
}

int index_put(struct store_txn *txn, uint32_t scope, uint32_t type, uint32_t field, span value, const linli_id *record)
{
    struct rowkey key;

    index_prefix(&key, scope, type, field, value);
    rowkey_bytes(&key, record->b, ID_BYTES);
    return table_mark(txn, TABLE_INDEX, &key, true);
}

int index_delete(struct store_txn *txn, uint32_t scope, uint32_t type, uint32_t field, span value, const linli_id *record)
{
    struct rowkey key;

    index_prefix(&key, scope, type, field, value);
    rowkey_bytes(&key, record->b, ID_BYTES);
    return table_delete(txn, TABLE_INDEX, &key);
}

int index_clear(struct store_txn *txn)
{
    return table_clear(txn, TABLE_INDEX);
}

struct records {
    bool (*fn)(void *ctx, const linli_id *record);
    void *ctx;
};

static int record_visit(void *ctx, span rest, span value)
{
    const struct records *records = ctx;
    linli_id record;

    if (rest.size != ID_BYTES || value.size != 0)
        return LINLI_E_CORRUPT;
    memcpy(record.b, rest.at, ID_BYTES);
    return records->fn(records->ctx, &record) ? LINLI_OK : EACH_STOP;
}

int index_each(struct store_txn *txn, uint32_t scope, uint32_t type, uint32_t field, span value,
               bool (*fn)(void *ctx, const linli_id *record), void *ctx)
{
    struct records records = {fn, ctx};
    struct rowkey prefix;

    index_prefix(&prefix, scope, type, field, value);
    return table_each(txn, TABLE_INDEX, &prefix, NULL, record_visit, &records);
}

struct values {
    bool (*fn)(void *ctx, span value, bool whole, const linli_id *record);
    void *ctx;
};

static int value_visit(void *ctx, span rest, span value)
{
    const struct values *values = ctx;
    linli_id record;

    if (rest.size < 1 + ID_BYTES || value.size != 0)
        return LINLI_E_CORRUPT;
    bool whole = rest.at[0] != LENGTH_HASHED;
    if (rest.size != 1 + (whole ? rest.at[0] : (size_t)HASH_BYTES) + ID_BYTES)
        return LINLI_E_CORRUPT;
    memcpy(record.b, rest.at + rest.size - ID_BYTES, ID_BYTES);
    return values->fn(values->ctx, span_of(rest.at + 1, rest.size - 1 - ID_BYTES), whole, &record) ? LINLI_OK : EACH_STOP;
}

int index_values(struct store_txn *txn, uint32_t scope, uint32_t type, uint32_t field,
                 bool (*fn)(void *ctx, span value, bool whole, const linli_id *record), void *ctx)
{
    struct values values = {fn, ctx};
    struct rowkey prefix;

    rowkey_start(&prefix);
    rowkey_u32(&prefix, scope);
    rowkey_u32(&prefix, type);
    rowkey_u32(&prefix, field);
    return table_each(txn, TABLE_INDEX, &prefix, NULL, value_visit, &values);
}

struct index_rows {
    bool (*fn)(void *ctx, uint32_t type, uint32_t field, span value, const linli_id *record);
    void *ctx;
};

static int index_visit(void *ctx, span rest, span value)
{
    const struct index_rows *rows = ctx;
    linli_id record;

    if (rest.size < INDEX_FIXED + ID_BYTES || value.size != 0)
        return LINLI_E_CORRUPT;
    size_t length = rest.at[INDEX_FIXED - 1], kept = length == LENGTH_HASHED ? (size_t)HASH_BYTES : length;
    if ((length > INDEX_VALUE_BYTES && length != LENGTH_HASHED) || rest.size != INDEX_FIXED + kept + ID_BYTES)
        return LINLI_E_CORRUPT;
    memcpy(record.b, rest.at + INDEX_FIXED + kept, ID_BYTES);
    return rows->fn(rows->ctx, be32_get(rest.at), be32_get(rest.at + 4), span_of(rest.at + INDEX_FIXED, kept), &record)
               ? LINLI_OK
               : EACH_STOP;
}

int index_all(struct store_txn *txn, uint32_t scope,
              bool (*fn)(void *ctx, uint32_t type, uint32_t field, span value, const linli_id *record), void *ctx)
{
    struct index_rows rows = {fn, ctx};
    struct rowkey prefix;

    rowkey_start(&prefix);
    rowkey_u32(&prefix, scope);
    return table_each(txn, TABLE_INDEX, &prefix, NULL, index_visit, &rows);
}

/* --- Counters --- */

static void count_key(struct rowkey *key, uint32_t scope, uint32_t what)
{
    rowkey_start(key);
    rowkey_u32(key, scope);
    rowkey_u32(key, what);
}

int count_get(struct store_txn *txn, uint32_t scope, uint32_t what, uint64_t *out)
{
    struct rowkey key;
    span value = {NULL, 0};

    count_key(&key, scope, what);
    int rv = table_get(txn, TABLE_COUNTER, &key, &value);
    if (rv == LINLI_E_NOT_FOUND) {
        *out = 0;
        return LINLI_OK;
    }
    if (rv != LINLI_OK)
        return rv;
    if (value.size != 8)
        return LINLI_E_CORRUPT;
    *out = be64_get(value.at);
    return LINLI_OK;
}

int count_add(struct store_txn *txn, uint32_t scope, uint32_t what, int64_t by)
{
    struct rowkey key;
    uint8_t bytes[8];
    uint64_t old = 0, size = by < 0 ? (uint64_t)0 - (uint64_t)by : (uint64_t)by;

    if (!txn->write)
        return LINLI_E_ARG;
    int rv = count_get(txn, scope, what, &old);
    if (rv != LINLI_OK || by == 0)
        return rv;
    if (by < 0 ? old < size : old > UINT64_MAX - size)
        return LINLI_E_CORRUPT;
    uint64_t count = by < 0 ? old - size : old + size;
    count_key(&key, scope, what);
    if (count == 0)
        return table_delete(txn, TABLE_COUNTER, &key);
    be64_put(bytes, count);
    return table_put(txn, TABLE_COUNTER, &key, span_of(bytes, sizeof(bytes)));
}

/* --- Conflicts --- */

int conflict_mark(struct store_txn *txn, uint32_t scope, const linli_id *record, bool on)
{
    struct rowkey key;

    rowkey_start(&key);
    rowkey_u32(&key, scope);
    rowkey_bytes(&key, record->b, ID_BYTES);
    return table_mark(txn, TABLE_CONFLICT, &key, on);
}

int conflict_each(struct store_txn *txn, uint32_t scope, bool (*fn)(void *ctx, const linli_id *record), void *ctx)
{
    struct records records = {fn, ctx};
    struct rowkey prefix;

    rowkey_start(&prefix);
    rowkey_u32(&prefix, scope);
    return table_each(txn, TABLE_CONFLICT, &prefix, NULL, record_visit, &records);
}
