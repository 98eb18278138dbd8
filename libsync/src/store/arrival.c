/* store: the order in which changesets came, over all scopes: what is new since a number that was noted is one run of rows. */
#include "store/env.h"

#include <linli/error.h>

/* Table arrival: arrival u64 -> scope u32, author u32, seq u64 */
enum { ARRIVAL_VALUE = 4 + 4 + 8 };

static const char ARRIVAL_NAME[] = "arrival"; /* in meta: the last number given out */

static void arrival_key(struct rowkey *key, uint64_t arrival)
{
    rowkey_start(key);
    rowkey_u64(key, arrival);
}

static int last_get(struct store_txn *txn, uint64_t *out)
{
    span value = {NULL, 0};
    int rv = meta_internal_get(txn, ARRIVAL_NAME, &value);

    *out = 0;
    if (rv != LINLI_OK)
        return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
    if (value.size != 8)
        return LINLI_E_CORRUPT;
    *out = be64_get(value.at);
    return LINLI_OK;
}

int arrival_last(struct store_txn *txn, uint64_t *out)
{
    if (!txn->arrival_read)
        return last_get(txn, out);
    *out = txn->arrival;
    return LINLI_OK;
}

/* Read once and written once a transaction: a number for each row of a bulk must not cost a write of its own. */
int arrival_next(struct store_txn *txn, uint64_t *out)
{
    if (!txn->write)
        return LINLI_E_ARG;
    if (!txn->arrival_read) {
        int rv = last_get(txn, &txn->arrival);
        if (rv != LINLI_OK)
            return rv;
        txn->arrival_read = true;
    }
    if (txn->arrival == UINT64_MAX)
        return LINLI_E_LIMIT;
    txn->arrival_changed = true;
    *out = ++txn->arrival;
    return LINLI_OK;
}

int arrival_save(struct store_txn *txn)
{
    uint8_t bytes[8];

    if (!txn->arrival_changed)
        return LINLI_OK;
    be64_put(bytes, txn->arrival);
    return meta_internal_put(txn, ARRIVAL_NAME, span_of(bytes, sizeof(bytes)));
}

int arrival_put(struct store_txn *txn, uint64_t arrival, const struct arrival_row *row)
{
    struct rowkey key;
    uint8_t value[ARRIVAL_VALUE];

    arrival_key(&key, arrival);
    be32_put(value, row->scope);
    be32_put(value + 4, row->author);
    be64_put(value + 8, row->seq);
    return table_put(txn, TABLE_ARRIVAL, &key, span_of(value, sizeof(value)));
}

int arrival_delete(struct store_txn *txn, uint64_t arrival)
{
    struct rowkey key;

    arrival_key(&key, arrival);
    int rv = table_delete(txn, TABLE_ARRIVAL, &key);
    return rv == LINLI_E_NOT_FOUND ? LINLI_E_CORRUPT : rv;
}

struct arrivals {
    bool (*fn)(void *ctx, uint64_t arrival, const struct arrival_row *row);
    void *ctx;
};

static int arrival_visit(void *ctx, span rest, span value)
{
    const struct arrivals *arrivals = ctx;

    if (rest.size != 8 || value.size != ARRIVAL_VALUE)
        return LINLI_E_CORRUPT;
    const struct arrival_row row = {be32_get(value.at), be32_get(value.at + 4), be64_get(value.at + 8)};
    return arrivals->fn(arrivals->ctx, be64_get(rest.at), &row) ? LINLI_OK : EACH_STOP;
}

int arrival_each(struct store_txn *txn, uint64_t from, bool (*fn)(void *ctx, uint64_t arrival, const struct arrival_row *row),
                 void *ctx)
{
    struct arrivals arrivals = {fn, ctx};
    struct rowkey all, first;

    rowkey_start(&all);
    arrival_key(&first, from);
    return table_each(txn, TABLE_ARRIVAL, &all, &first, arrival_visit, &arrivals);
}
