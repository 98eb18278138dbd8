/* store: logs, heads, and the branches of forks. */
#include "store/env.h"

#include <linli/error.h>
#include <string.h>

#include "base/mem.h"

/*
 * Table log:     scope u32, author u32, seq u64 -> arrival u64, stamp u64, id 32, flags u8 (1 = signature),
 *                [signature 64], verdict count u32, verdicts, entry (the rest)
 * Table head:    scope u32, author u32 -> seq u64, signed seq u64, stamp u64, id 32, grant 32, flags u8 (1 = frozen),
 *                then for each cited author: author u32, seq u64
 * Table branch:  scope u32, author u32, branch u8, first id 32 -> run
 */
enum {
    FLAG_SIGNATURE = 1,
    FLAG_FROZEN = 1,
    LOG_FIXED = 8 + 8 + HASH_BYTES + 1 + 4,
    LOG_SIGNATURE = 64,
    HEAD_FIXED = 8 + 8 + 8 + HASH_BYTES + HASH_BYTES + 1,
    CITED_VALUE = 4 + 8
};

static void log_prefix(struct rowkey *key, uint32_t scope, uint32_t author)
{
    rowkey_start(key);
    rowkey_u32(key, scope);
    rowkey_u32(key, author);
}

static void log_key(struct rowkey *key, uint32_t scope, uint32_t author, uint64_t seq)
{
    log_prefix(key, scope, author);
    rowkey_u64(key, seq);
}

static int log_decode(span value, struct log_row *row)
{
    const uint8_t *at = value.at, *end = value.at + value.size;

    if (value.size < LOG_FIXED)
        return LINLI_E_CORRUPT;
    row->arrival = be64_get(at);
    row->stamp = be64_get(at + 8);
    memcpy(row->id.b, at + 16, HASH_BYTES);
    at += 16 + HASH_BYTES;
    if (*at > FLAG_SIGNATURE)
        return LINLI_E_CORRUPT;
    row->has_signature = *at++ == FLAG_SIGNATURE;
    memset(row->signature, 0, sizeof(row->signature));
    if (row->has_signature) {
        if (end - at < LOG_SIGNATURE + 4)
            return LINLI_E_CORRUPT;
        memcpy(row->signature, at, LOG_SIGNATURE);
        at += LOG_SIGNATURE;
    }
    size_t verdicts = be32_get(at);
    at += 4;
    if (verdicts > (size_t)(end - at))
        return LINLI_E_CORRUPT;
    row->verdicts = span_of(at, verdicts);
    row->entry = span_of(at + verdicts, (size_t)(end - at) - verdicts);
    return LINLI_OK;
}

static size_t log_size(const struct log_row *row)
{
    return LOG_FIXED + (row->has_signature ? (size_t)LOG_SIGNATURE : 0) + row->verdicts.size + row->entry.size;
}

static void log_encode(const struct log_row *row, uint8_t *at)
{
    be64_put(at, row->arrival);
    be64_put(at + 8, row->stamp);
    memcpy(at + 16, row->id.b, HASH_BYTES);
    at += 16 + HASH_BYTES;
    *at++ = row->has_signature ? FLAG_SIGNATURE : 0;
    if (row->has_signature) {
        memcpy(at, row->signature, LOG_SIGNATURE);
        at += LOG_SIGNATURE;
    }
    be32_put(at, (uint32_t)row->verdicts.size);
    at += 4;
    if (row->verdicts.size > 0)
        memcpy(at, row->verdicts.at, row->verdicts.size);
    if (row->entry.size > 0)
        memcpy(at + row->verdicts.size, row->entry.at, row->entry.size);
}

int log_get(struct store_txn *txn, uint32_t scope, uint32_t author, uint64_t seq, struct log_row *out)
{
    struct rowkey key;
    span value = {NULL, 0};

    log_key(&key, scope, author, seq);
    int rv = table_get(txn, TABLE_LOG, &key, &value);
    return rv == LINLI_OK ? log_decode(value, out) : rv;
}

/* The row that is there is replaced; `row` may borrow from it, so it is copied first. */
static int log_replace(struct store_txn *txn, const struct rowkey *key, const struct log_row *row, uint64_t *old_arrival)
{
    struct log_row old;
    span value = {NULL, 0};
    uint8_t *copy = NULL;
    size_t size = log_size(row);
    int rv = table_get(txn, TABLE_LOG, key, &value);

    if (rv == LINLI_OK)
        rv = log_decode(value, &old);
    if (rv != LINLI_OK)
        return rv;
    copy = mem_alloc(size);
    if (copy == NULL)
        return LINLI_E_NOMEM;
    log_encode(row, copy);
    *old_arrival = old.arrival;
    if (old.arrival != row->arrival)
        rv = arrival_delete(txn, old.arrival);
    if (rv == LINLI_OK)
        rv = table_put(txn, TABLE_LOG, key, span_of(copy, size));
    mem_free(copy);
    return rv;
}

int log_put(struct store_txn *txn, uint32_t scope, uint32_t author, uint64_t seq, const struct log_row *row)
{
    const struct arrival_row arrived = {scope, author, seq};
    struct rowkey key;
    uint8_t *at = NULL;
    uint64_t old_arrival = 0;

    if (row->verdicts.size > UINT32_MAX)
        return LINLI_E_LIMIT;
    log_key(&key, scope, author, seq);
    int rv = table_reserve_new(txn, TABLE_LOG, &key, log_size(row), &at);
    if (rv == LINLI_OK) {
        log_encode(row, at);
        return arrival_put(txn, row->arrival, &arrived);
    }
    if (rv != LINLI_E_EXISTS)
        return rv;
    uint64_t arrival = row->arrival;
    rv = log_replace(txn, &key, row, &old_arrival);
    return rv == LINLI_OK && old_arrival != arrival ? arrival_put(txn, arrival, &arrived) : rv;
}

int log_delete(struct store_txn *txn, uint32_t scope, uint32_t author, uint64_t seq)
{
    struct log_row row;
    struct rowkey key;
    int rv = log_get(txn, scope, author, seq, &row);

    if (rv != LINLI_OK)
        return rv;
    uint64_t arrival = row.arrival;
    log_key(&key, scope, author, seq);
    rv = table_delete(txn, TABLE_LOG, &key);
    return rv == LINLI_OK ? arrival_delete(txn, arrival) : rv;
}

struct logs {
    bool (*fn)(void *ctx, uint64_t seq, const struct log_row *row);
    void *ctx;
};

static int log_visit(void *ctx, span rest, span value)
{
    const struct logs *logs = ctx;
    struct log_row row;

    if (rest.size != 8)
        return LINLI_E_CORRUPT;
    int rv = log_decode(value, &row);
    if (rv != LINLI_OK)
        return rv;
    return logs->fn(logs->ctx, be64_get(rest.at), &row) ? LINLI_OK : EACH_STOP;
}

int log_each(struct store_txn *txn, uint32_t scope, uint32_t author, uint64_t from,
             bool (*fn)(void *ctx, uint64_t seq, const struct log_row *row), void *ctx)
{
    struct logs logs = {fn, ctx};
    struct rowkey prefix, first;

    log_prefix(&prefix, scope, author);
    log_key(&first, scope, author, from);
    return table_each(txn, TABLE_LOG, &prefix, &first, log_visit, &logs);
}

/* --- Heads --- */

static int head_decode(struct arena *lent, span value, struct head_row *row)
{
    const uint8_t *at = value.at;
    struct cited_row *cited = NULL;

    if (value.size < HEAD_FIXED || (value.size - HEAD_FIXED) % CITED_VALUE != 0 || at[HEAD_FIXED - 1] > FLAG_FROZEN)
        return LINLI_E_CORRUPT;
    row->seq = be64_get(at);
    row->signed_seq = be64_get(at + 8);
    row->stamp = be64_get(at + 16);
    memcpy(row->id.b, at + 24, HASH_BYTES);
    memcpy(row->grant.b, at + 24 + HASH_BYTES, HASH_BYTES);
    row->frozen = at[HEAD_FIXED - 1] == FLAG_FROZEN;
    row->cited_count = (value.size - HEAD_FIXED) / CITED_VALUE;
    row->cited = NULL;
    if (row->cited_count == 0)
        return LINLI_OK;
    cited = arena_array(lent, row->cited_count, sizeof(*cited));
    if (cited == NULL)
        return LINLI_E_NOMEM;
    at += HEAD_FIXED;
    for (size_t i = 0; i < row->cited_count; i++, at += CITED_VALUE)
        cited[i] = (struct cited_row){be32_get(at), be64_get(at + 4)};
    row->cited = cited;
    return LINLI_OK;
}

int head_get(struct store_txn *txn, uint32_t scope, uint32_t author, struct head_row *out)
{
    struct rowkey key;
    span value = {NULL, 0};

    log_prefix(&key, scope, author);
    int rv = table_get(txn, TABLE_HEAD, &key, &value);
    return rv == LINLI_OK ? head_decode(&txn->lent, value, out) : rv;
}

int head_put(struct store_txn *txn, uint32_t scope, uint32_t author, const struct head_row *row)
{
    struct rowkey key;
    uint8_t *at = NULL;

    if (row->cited_count > UINT32_MAX / CITED_VALUE)
        return LINLI_E_LIMIT;
    log_prefix(&key, scope, author);
    int rv = table_reserve(txn, TABLE_HEAD, &key, HEAD_FIXED + row->cited_count * CITED_VALUE, &at);
    if (rv != LINLI_OK)
        return rv;
    be64_put(at, row->seq);
    be64_put(at + 8, row->signed_seq);
    be64_put(at + 16, row->stamp);
    memcpy(at + 24, row->id.b, HASH_BYTES);
    memcpy(at + 24 + HASH_BYTES, row->grant.b, HASH_BYTES);
    at[HEAD_FIXED - 1] = row->frozen ? FLAG_FROZEN : 0;
    at += HEAD_FIXED;
    for (size_t i = 0; i < row->cited_count; i++, at += CITED_VALUE) {
        be32_put(at, row->cited[i].author);
        be64_put(at + 4, row->cited[i].seq);
    }
    return LINLI_OK;
}

struct heads {
    bool (*fn)(void *ctx, uint32_t author, const struct head_row *row);
    void *ctx;
    struct arena lent;
};

static int head_visit(void *ctx, span rest, span value)
{
    struct heads *heads = ctx;
    struct head_row row;

    if (rest.size != 4)
        return LINLI_E_CORRUPT;
    arena_reset(&heads->lent);
    int rv = head_decode(&heads->lent, value, &row);
    if (rv != LINLI_OK)
        return rv;
    return heads->fn(heads->ctx, be32_get(rest.at), &row) ? LINLI_OK : EACH_STOP;
}

int head_each(struct store_txn *txn, uint32_t scope, bool (*fn)(void *ctx, uint32_t author, const struct head_row *row),
              void *ctx)
{
    struct heads heads = {fn, ctx, {0}};
    struct rowkey prefix;

    rowkey_start(&prefix);
    rowkey_u32(&prefix, scope);
    int rv = table_each(txn, TABLE_HEAD, &prefix, NULL, head_visit, &heads);
    arena_free(&heads.lent);
    return rv;
}

/* --- Branches --- */

int branch_put(struct store_txn *txn, uint32_t scope, uint32_t author, unsigned branch, const linli_hash *first_id,
               span run)
{
    struct rowkey key;

    if (branch > UINT8_MAX)
        return LINLI_E_ARG;
    log_prefix(&key, scope, author);
    rowkey_u8(&key, (uint8_t)branch);
    rowkey_bytes(&key, first_id->b, HASH_BYTES);
    return table_put(txn, TABLE_BRANCH, &key, run);
}

struct branches {
    bool (*fn)(void *ctx, unsigned branch, const linli_hash *first_id, span run);
    void *ctx;
};

static int branch_visit(void *ctx, span rest, span value)
{
    const struct branches *branches = ctx;
    linli_hash first_id;

    if (rest.size != 1 + HASH_BYTES)
        return LINLI_E_CORRUPT;
    memcpy(first_id.b, rest.at + 1, HASH_BYTES);
    return branches->fn(branches->ctx, rest.at[0], &first_id, value) ? LINLI_OK : EACH_STOP;
}

int branch_each(struct store_txn *txn, uint32_t scope, uint32_t author,
                bool (*fn)(void *ctx, unsigned branch, const linli_hash *first_id, span run), void *ctx)
{
    struct branches branches = {fn, ctx};
    struct rowkey prefix;

    log_prefix(&prefix, scope, author);
    return table_each(txn, TABLE_BRANCH, &prefix, NULL, branch_visit, &branches);
}

/* --- Of an older format --- */

static int arrived_before(void *ctx, span rest, span value)
{
    struct log_row row;

    if (rest.size != 4 + 4 + 8)
        return LINLI_E_CORRUPT;
    const struct arrival_row arrived = {be32_get(rest.at), be32_get(rest.at + 4), be64_get(rest.at + 8)};
    int rv = log_decode(value, &row);
    return rv == LINLI_OK ? arrival_put(ctx, row.arrival, &arrived) : rv;
}

int arrivals_remake(struct store_txn *txn)
{
    struct rowkey all;
    int rv = table_clear(txn, TABLE_ARRIVAL);

    rowkey_start(&all);
    return rv == LINLI_OK ? table_each(txn, TABLE_LOG, &all, NULL, arrived_before, txn) : rv;
}
