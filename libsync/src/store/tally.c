/* store: how many records there are of a kind, in a scope and in it with all that is below. */
#include "store/env.h"

#include <linli/error.h>

/* Table tally: type u32, number u8, scope u32, values -> own u64, all u64 (own, and of the scopes below); no row for 0, 0 */
enum { TALLY_VALUE = 8 + 8 };

static void tally_key(struct rowkey *key, span bytes)
{
    rowkey_start(key);
    rowkey_bytes(key, bytes.at, bytes.size);
}

static int tally_decode(span value, struct tally_row *out)
{
    if (value.size != TALLY_VALUE)
        return LINLI_E_CORRUPT;
    *out = (struct tally_row){be64_get(value.at), be64_get(value.at + 8)};
    return out->own > out->all || out->all == 0 ? LINLI_E_CORRUPT : LINLI_OK;
}

int tally_get(struct store_txn *txn, span key, struct tally_row *out)
{
    struct rowkey row;
    span value = {NULL, 0};

    tally_key(&row, key);
    int rv = table_get(txn, TABLE_TALLY, &row, &value);
    *out = (struct tally_row){0, 0};
    if (rv == LINLI_OK)
        rv = tally_decode(value, out);
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

static int moved(uint64_t *count, int64_t by)
{
    uint64_t size = by < 0 ? (uint64_t)0 - (uint64_t)by : (uint64_t)by;

    if (by < 0 ? *count < size : *count > UINT64_MAX - size)
        return LINLI_E_CORRUPT;
    *count = by < 0 ? *count - size : *count + size;
    return LINLI_OK;
}

int tally_add(struct store_txn *txn, span key, int64_t own, int64_t all)
{
    struct rowkey row;
    struct tally_row now;
    uint8_t value[TALLY_VALUE];
    int rv = tally_get(txn, key, &now);

    if (rv == LINLI_OK)
        rv = moved(&now.own, own);
    if (rv == LINLI_OK)
        rv = moved(&now.all, all);
    if (rv == LINLI_OK && now.own > now.all)
        rv = LINLI_E_CORRUPT;
    if (rv != LINLI_OK)
        return rv;
    tally_key(&row, key);
    if (now.all == 0)
        return table_delete(txn, TABLE_TALLY, &row);
    be64_put(value, now.own);
    be64_put(value + 8, now.all);
    return table_put(txn, TABLE_TALLY, &row, span_of(value, sizeof(value)));
}

int tally_clear(struct store_txn *txn)
{
    return table_clear(txn, TABLE_TALLY);
}

struct tallies {
    bool (*fn)(void *ctx, span rest, const struct tally_row *row);
    void *ctx;
};

static int tally_visit(void *ctx, span rest, span value)
{
    const struct tallies *tallies = ctx;
    struct tally_row row;
    int rv = tally_decode(value, &row);

    if (rv != LINLI_OK)
        return rv;
    return tallies->fn(tallies->ctx, rest, &row) ? LINLI_OK : EACH_STOP;
}

int tally_each(struct store_txn *txn, span prefix, bool (*fn)(void *ctx, span rest, const struct tally_row *row), void *ctx)
{
    struct tallies tallies = {fn, ctx};
    struct rowkey key;

    tally_key(&key, prefix);
    return table_each(txn, TABLE_TALLY, &key, NULL, tally_visit, &tallies);
}
