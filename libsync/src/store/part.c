/* store: parts that were set aside, and parts that are wanted. */
#include "store/env.h"

#include <linli/error.h>
#include <string.h>

/*
 * Table aside: scope u32, author u32, seq u64, part u32 -> reason u8, record 16
 * Table want:  scope u32, author u32, seq u64, part u32 -> empty
 */
enum { PART_REST = 4 + 8 + 4, ASIDE_VALUE = 1 + ID_BYTES };

static void part_key(struct rowkey *key, uint32_t scope, uint32_t author, uint64_t seq, uint32_t part)
{
    rowkey_start(key);
    rowkey_u32(key, scope);
    rowkey_u32(key, author);
    rowkey_u64(key, seq);
    rowkey_u32(key, part);
}

int aside_put(struct store_txn *txn, uint32_t scope, const struct aside_row *row)
{
    struct rowkey key;
    uint8_t value[ASIDE_VALUE];

    part_key(&key, scope, row->author, row->seq, row->part);
    value[0] = row->reason;
    memcpy(value + 1, row->record.b, ID_BYTES);
    return table_put(txn, TABLE_ASIDE, &key, span_of(value, sizeof(value)));
}

int aside_delete(struct store_txn *txn, uint32_t scope, uint32_t author, uint64_t seq, uint32_t part)
{
    struct rowkey key;

    part_key(&key, scope, author, seq, part);
    return table_delete(txn, TABLE_ASIDE, &key);
}

struct asides {
    bool (*fn)(void *ctx, const struct aside_row *row);
    void *ctx;
};

static int aside_visit(void *ctx, span rest, span value)
{
    const struct asides *asides = ctx;
    struct aside_row row;

    if (rest.size != PART_REST || value.size != ASIDE_VALUE)
        return LINLI_E_CORRUPT;
    row.author = be32_get(rest.at);
    row.seq = be64_get(rest.at + 4);
    row.part = be32_get(rest.at + 12);
    row.reason = value.at[0];
    memcpy(row.record.b, value.at + 1, ID_BYTES);
    return asides->fn(asides->ctx, &row) ? LINLI_OK : EACH_STOP;
}

int aside_each(struct store_txn *txn, uint32_t scope, bool (*fn)(void *ctx, const struct aside_row *row), void *ctx)
{
    struct asides asides = {fn, ctx};
    struct rowkey prefix;

    rowkey_start(&prefix);
    rowkey_u32(&prefix, scope);
    return table_each(txn, TABLE_ASIDE, &prefix, NULL, aside_visit, &asides);
}

int want_mark(struct store_txn *txn, uint32_t scope, uint32_t author, uint64_t seq, uint32_t part, bool on)
{
    struct rowkey key;

    part_key(&key, scope, author, seq, part);
    return table_mark(txn, TABLE_WANT, &key, on);
}

struct wants {
    bool (*fn)(void *ctx, uint32_t author, uint64_t seq, uint32_t part);
    void *ctx;
};

static int want_visit(void *ctx, span rest, span value)
{
    const struct wants *wants = ctx;

    if (rest.size != PART_REST || value.size != 0)
        return LINLI_E_CORRUPT;
    return wants->fn(wants->ctx, be32_get(rest.at), be64_get(rest.at + 4), be32_get(rest.at + 12)) ? LINLI_OK : EACH_STOP;
}

int want_each(struct store_txn *txn, uint32_t scope, bool (*fn)(void *ctx, uint32_t author, uint64_t seq, uint32_t part),
              void *ctx)
{
    struct wants wants = {fn, ctx};
    struct rowkey prefix;

    rowkey_start(&prefix);
    rowkey_u32(&prefix, scope);
    return table_each(txn, TABLE_WANT, &prefix, NULL, want_visit, &wants);
}

struct all_wants {
    bool (*fn)(void *ctx, uint32_t scope, uint32_t author, uint64_t seq, uint32_t part);
    void *ctx;
};

static int all_wants_visit(void *ctx, span rest, span value)
{
    const struct all_wants *wants = ctx;

    if (rest.size != 4 + PART_REST || value.size != 0)
        return LINLI_E_CORRUPT;
    return wants->fn(wants->ctx, be32_get(rest.at), be32_get(rest.at + 4), be64_get(rest.at + 8), be32_get(rest.at + 16))
               ? LINLI_OK
               : EACH_STOP;
}

int want_all(struct store_txn *txn, bool (*fn)(void *ctx, uint32_t scope, uint32_t author, uint64_t seq, uint32_t part),
             void *ctx)
{
    struct all_wants wants = {fn, ctx};
    struct rowkey prefix;

    rowkey_start(&prefix);
    return table_each(txn, TABLE_WANT, &prefix, NULL, all_wants_visit, &wants);
}
