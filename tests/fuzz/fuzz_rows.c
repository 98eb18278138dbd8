/*
 * fuzz: any rows in the tables of a store, read back through everything that reads rows, in a transaction that is thrown away.
 * A row that is none is LINLI_E_CORRUPT; a head or log row that is read is written the same again.
 */
#include "fuzz.h"

#include <linli/error.h>
#include <string.h>

#include "base/check.h"
#include "store/store.h"
#include "store/tables.h"
#include "temporary.h"

enum { ROWS_MAX = 64, NUMBERS = 2 }; /* scopes and authors are numbered from 1 */

static struct store *store_make(void)
{
    static struct temporary folder;
    static struct rng_seeded seed;
    struct store_config config = {.create = true, .map_bytes = 1 << 20};
    char dir[TEMPORARY_BYTES];
    struct store *store = NULL;

    temporary_make(&folder);
    rng_seed(&seed, 1);
    config.dir = temporary_path(&folder, "store", dir);
    config.rng = rng_from(&seed);
    CLAIM(store_open(&config, &store) == LINLI_OK);
    return store;
}

/* Table, size of the key, key, size of the value in two bytes, value. */
static bool row_put(struct store_txn *txn, const uint8_t **at, const uint8_t *end)
{
    struct rowkey key;

    if (end - *at < 4)
        return false;
    enum table table = (enum table)((*at)[0] % TABLE_COUNT);
    size_t key_size = (*at)[1], left = (size_t)(end - *at) - 4;
    if (key_size == 0 || key_size > left)
        return false;
    rowkey_start(&key);
    rowkey_bytes(&key, *at + 2, key_size);
    size_t value_size = be16_get(*at + 2 + key_size);
    const uint8_t *value = *at + 2 + key_size + 2;
    left -= key_size;
    value_size = value_size < left ? value_size : left;
    CLAIM(table_put(txn, table, &key, span_of(value, value_size)) == LINLI_OK);
    *at = value + value_size;
    return true;
}

static void well(int rv)
{
    CLAIM(rv == LINLI_OK || rv == LINLI_E_NOT_FOUND || rv == LINLI_E_CORRUPT);
}

/* --- what callbacks are given must all be there to be read --- */

static volatile uint8_t sum;

static void touch(span bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        sum = (uint8_t)(sum + bytes.at[i]);
}

static bool on_log(void *ctx, uint64_t seq, const struct log_row *row)
{
    (void)ctx;
    touch(row->verdicts);
    touch(row->entry);
    return seq != UINT64_MAX;
}

static bool on_head(void *ctx, uint32_t author, const struct head_row *row)
{
    (void)ctx;
    for (size_t i = 0; i < row->cited_count; i++)
        sum = (uint8_t)(sum + row->cited[i].seq + author);
    return true;
}

static bool on_branch(void *ctx, unsigned branch, const linli_hash *first_id, span run)
{
    (void)ctx;
    touch(span_of(first_id->b, HASH_BYTES));
    touch(run);
    return branch < 256;
}

static bool on_record(void *ctx, const linli_id *record)
{
    (void)ctx;
    touch(span_of(record->b, ID_BYTES));
    return true;
}

static bool on_view(void *ctx, const linli_id *record, span state)
{
    touch(state);
    return on_record(ctx, record);
}

static bool on_index(void *ctx, uint32_t type, uint32_t field, span value, const linli_id *record)
{
    sum = (uint8_t)(sum + type + field);
    touch(value);
    return on_record(ctx, record);
}

static bool on_aside(void *ctx, const struct aside_row *row)
{
    return on_record(ctx, &row->record);
}

static bool on_number(void *ctx, uint32_t number)
{
    (void)ctx;
    sum = (uint8_t)(sum + number);
    return true;
}

static bool on_dot(void *ctx, uint32_t author, uint64_t seq)
{
    return on_number(ctx, author + (uint32_t)seq);
}

static bool on_arrival(void *ctx, uint64_t arrival, const struct arrival_row *row)
{
    return on_dot(ctx, row->author, arrival + row->scope + row->seq);
}

static bool on_want(void *ctx, uint32_t author, uint64_t seq, uint32_t part)
{
    return on_dot(ctx, author, seq + part);
}

static bool on_any_want(void *ctx, uint32_t scope, uint32_t author, uint64_t seq, uint32_t part)
{
    return on_want(ctx, scope + author, seq, part);
}

static bool on_child(void *ctx, uint32_t child, const linli_id *id)
{
    return on_number(ctx, child) && on_record(ctx, id);
}

static bool on_grant(void *ctx, const linli_hash *id, span certificate)
{
    (void)ctx;
    touch(span_of(id->b, HASH_BYTES));
    touch(certificate);
    return true;
}

static bool on_note(void *ctx, span key, span value)
{
    (void)ctx;
    touch(key);
    touch(value);
    return true;
}

/* --- reading --- */

static void read_log(struct store_txn *txn, uint32_t scope, uint32_t author)
{
    struct head_row head, head_again;
    struct log_row log, log_again;

    well(log_each(txn, scope, author, 1, on_log, NULL));
    well(branch_each(txn, scope, author, on_branch, NULL));
    if (head_get(txn, scope, author, &head) == LINLI_OK) {
        CLAIM(head_put(txn, scope, author, &head) == LINLI_OK);
        CLAIM(head_get(txn, scope, author, &head_again) == LINLI_OK);
        CLAIM(head.seq == head_again.seq && head.frozen == head_again.frozen && head.stamp == head_again.stamp);
        CLAIM(head.cited_count == head_again.cited_count && hash_equal(&head.id, &head_again.id));
    }
    if (log_get(txn, scope, author, 1, &log) == LINLI_OK) {
        size_t entry_size = log.entry.size, verdicts_size = log.verdicts.size;
        CLAIM(log_put(txn, scope, author, 1, &log) == LINLI_OK);
        CLAIM(log_get(txn, scope, author, 1, &log_again) == LINLI_OK);
        CLAIM(log.arrival == log_again.arrival && log.has_signature == log_again.has_signature);
        CLAIM(log_again.entry.size == entry_size && log_again.verdicts.size == verdicts_size);
    }
}

static void read_scope(struct store_txn *txn, uint32_t scope)
{
    static const uint32_t counters[] = {COUNT_CHANGESETS, COUNT_RECORDS, COUNT_CONFLICTS, COUNT_ASIDE, COUNT_FORKS};
    struct scope_row row;
    struct digest_row digest;
    uint64_t count;

    if (scope_get(txn, scope, &row) == LINLI_OK)
        well(scope_children(txn, row.parent, on_child, NULL));
    well(scope_children(txn, scope, on_child, NULL));
    for (uint32_t author = 1; author <= NUMBERS; author++)
        read_log(txn, scope, author);
    well(head_each(txn, scope, on_head, NULL));
    well(view_each(txn, scope, on_view, NULL));
    well(index_all(txn, scope, on_index, NULL));
    well(index_each(txn, scope, 8, 0, span_of(NULL, 0), on_record, NULL));
    well(conflict_each(txn, scope, on_record, NULL));
    well(aside_each(txn, scope, on_aside, NULL));
    well(want_each(txn, scope, on_want, NULL));
    well(digest_get(txn, scope, &digest));
    for (size_t i = 0; i < COUNT_OF(counters); i++)
        well(count_get(txn, scope, counters[i], &count));
}

static void read_all(struct store_txn *txn)
{
    static const linli_id id = {{1}};
    static const linli_hash grant = {{1}};
    linli_author author;
    uint32_t number;
    uint64_t arrival;
    span bytes;

    for (uint32_t scope = 1; scope <= NUMBERS; scope++) {
        read_scope(txn, scope);
        well(author_get(txn, scope, &author));
        well(touch_each(txn, scope, &id, on_dot, NULL));
    }
    well(scope_number(txn, &id, &number));
    well(where_each(txn, &id, on_number, NULL));
    well(where_prefix(txn, id.b, 2, on_record, NULL));
    well(want_all(txn, on_any_want, NULL));
    well(grant_row_get(txn, &grant, &bytes));
    well(grant_row_each(txn, NULL, on_grant, NULL));
    well(grant_row_each(txn, &id, on_grant, NULL));
    well(note_each(txn, 'i', on_note, NULL));
    well(meta_get(txn, "root", &bytes));
    well(arrival_each(txn, 0, on_arrival, NULL));
    well(arrival_last(txn, &arrival));
    well(arrival_next(txn, &arrival));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct store *store;
    struct store_txn *txn = NULL;
    const uint8_t *at = data, *end = data + size;

    if (store == NULL)
        store = store_make();
    CLAIM(store_begin(store, true, &txn) == LINLI_OK);
    for (int rows = 0; rows < ROWS_MAX && row_put(txn, &at, end); rows++)
        continue;
    read_all(txn);
    store_abort(txn);
    return 0;
}
