/* tests: a store of format 1, where arrivals went by scope, is brought up when it is opened, whole or not at all. */
#include "store/env.h"
#include "store_tool.h"

enum { SCOPES = 3, ROWS = 200 };

static uint32_t scope_of(uint64_t arrival)
{
    return 1 + (uint32_t)(arrival % SCOPES);
}

static void word_write(const struct place *p, const char *word)
{
    char path[128];

    file_write(place_file(p, "format", path, sizeof(path)), word, strlen(word));
}

static void assert_word(const struct place *p, const char *word)
{
    char path[128];
    size_t size = 0;
    uint8_t *at = file_read(place_file(p, "format", path, sizeof(path)), &size);

    assert_true(span_equal(span_of(at, size), text(word)));
    free(at);
}

/* What format 1 had of the same changesets. */
static void make_old(struct place *p)
{
    struct store_txn *txn = begin(p, true);
    uint8_t value[4 + 8], format[4];
    struct rowkey key;
    uint64_t arrival = 0;

    for (uint64_t i = 1; i <= ROWS; i++) {
        assert_ok(arrival_next(txn, &arrival));
        struct log_row row = {.arrival = arrival, .id = hash_of(i), .entry = text("entry")};
        assert_ok(log_put(txn, scope_of(i), 1 + (uint32_t)(i % 2), 1 + i / 2, &row));
    }
    assert_ok(table_clear(txn, TABLE_ARRIVAL));
    for (uint64_t i = 1; i <= ROWS; i++) {
        rowkey_start(&key);
        rowkey_u32(&key, scope_of(i));
        rowkey_u64(&key, i);
        be32_put(value, 1 + (uint32_t)(i % 2));
        be64_put(value + 4, 1 + i / 2);
        assert_ok(table_put(txn, TABLE_ARRIVAL, &key, span_of(value, sizeof(value))));
    }
    be32_put(format, 1);
    assert_ok(meta_internal_put(txn, "format", span_of(format, sizeof(format))));
    assert_ok(store_commit(txn));
    place_close(p);
    word_write(p, "linli-store 1\n");
}

static bool in_order(void *ctx, uint64_t arrival, const struct arrival_row *row)
{
    uint64_t *count = ctx;

    assert_int_equal(arrival, ++*count);
    assert_int_equal(row->scope, scope_of(arrival));
    assert_int_equal(row->author, 1 + arrival % 2);
    assert_int_equal(row->seq, 1 + arrival / 2);
    return true;
}

static void assert_new(struct place *p)
{
    struct store_txn *txn = begin(p, false);
    uint64_t count = 0, last = 0;
    span format;

    assert_ok(arrival_each(txn, 0, in_order, &count));
    assert_int_equal(count, ROWS);
    assert_ok(arrival_last(txn, &last));
    assert_int_equal(last, ROWS);
    assert_ok(meta_internal_get(txn, "format", &format));
    assert_int_equal(be32_get(format.at), STORE_FORMAT);
    store_abort(txn);
}

static void arrivals_are_made_again_in_the_order_in_which_they_came(void **state)
{
    struct place *p = *state;
    make_old(p);
    assert_ok(place_open(p, false));
    assert_new(p);
    assert_word(p, "linli-store 2\n");
    place_close(p);
    assert_ok(place_open(p, false)); /* and again */
    assert_new(p);
}

static void a_word_that_stayed_behind_does_no_harm(void **state)
{
    struct place *p = *state;

    make_old(p);
    assert_ok(place_open(p, false));
    place_close(p);
    word_write(p, "linli-store 1\n");
    assert_ok(place_open(p, false));
    assert_new(p);
}

/* A log row that does not decode: nothing is changed, and the store is as it was for whoever mends it. */
static void a_damaged_log_leaves_the_store_as_it_is(void **state)
{
    struct place *p = *state;
    struct store_txn *txn = NULL;
    struct rowkey key;
    txn = begin(p, true);
    rowkey_start(&key);
    rowkey_u32(&key, 1);
    rowkey_u32(&key, 1);
    rowkey_u64(&key, 1);
    assert_ok(table_put(txn, TABLE_LOG, &key, text("no row")));
    assert_ok(store_commit(txn));
    make_old(p);
    assert_code(place_open(p, false), LINLI_E_CORRUPT);
    assert_word(p, "linli-store 1\n");
}

/* A store from before there were figures has no such table; it gets one, and is otherwise as it was. */
static void a_table_that_is_made_of_others_is_made_where_there_is_none(void **state)
{
    struct place *p = *state;
    struct tally_row row;

    for (unsigned round = 0; round < 2; round++) {
        struct store_txn *txn = begin(p, true);
        assert_int_equal(mdb_drop(txn->txn, txn->store->tables[TABLE_TALLY], 1), 0);
        txn->writes++; /* or the commit has nothing to do */
        assert_ok(store_commit(txn));
        place_close(p);
        assert_ok(place_open(p, false));
        txn = begin(p, true);
        assert_ok(tally_get(txn, text("figure"), &row));
        assert_int_equal(row.all, 0);
        assert_ok(tally_add(txn, text("figure"), 1, 1));
        assert_ok(store_commit(txn));
    }
}

#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, store_setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(arrivals_are_made_again_in_the_order_in_which_they_came),
        STORE_TEST(a_word_that_stayed_behind_does_no_harm),
        STORE_TEST(a_damaged_log_leaves_the_store_as_it_is),
        STORE_TEST(a_table_that_is_made_of_others_is_made_where_there_is_none),
    };
    return UNIT_RUN(tests);
}
