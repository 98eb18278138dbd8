/* tests: views, touches, indexes, counters and conflicts go in, come out in their order, and go away. */
#include "store_tool.h"

/* --- view --- */

static bool saw_view(void *ctx, const linli_id *record, span state)
{
    struct seen *s = ctx;

    s->ids[s->count] = *record;
    s->numbers[s->count++] = state.size;
    return go_on(s);
}

static bool saw_number(void *ctx, uint32_t number)
{
    struct seen *s = ctx;

    s->numbers[s->count++] = number;
    return go_on(s);
}

static void a_view_says_where_its_record_is(void **state)
{
    struct store_txn *txn = begin(*state, true);
    linli_id record = id_of(4), other = id_of(3);
    char big[9000];
    struct seen seen = {0};
    span value;

    memset(big, 'b', sizeof(big));
    assert_ok(view_put(txn, 2, &record, text("state")));
    assert_ok(view_put(txn, 1, &record, text("old")));
    assert_ok(view_put(txn, 1, &record, span_of(big, sizeof(big))));
    assert_ok(view_put(txn, 1, &other, text("")));
    assert_ok(view_get(txn, 1, &record, &value));
    assert_true(span_equal(value, span_of(big, sizeof(big))));
    assert_ok(where_each(txn, &record, saw_number, &seen));
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.numbers[0], 1);
    seen = (struct seen){0};
    assert_ok(view_each(txn, 1, saw_view, &seen));
    assert_int_equal(seen.count, 2);
    assert_true(id_equal(&seen.ids[0], &other));
    assert_ok(view_delete(txn, 1, &record));
    assert_code(view_delete(txn, 1, &record), LINLI_E_NOT_FOUND);
    assert_code(view_get(txn, 1, &record, &value), LINLI_E_NOT_FOUND);
    seen = (struct seen){0};
    assert_ok(where_each(txn, &record, saw_number, &seen));
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.numbers[0], 2);
    assert_ok(store_commit(txn));
}

static void a_prefix_of_hex_digits_finds_each_record_once(void **state)
{
    static const uint8_t firsts[] = {0xab, 0xac, 0xad, 0xb0, 0xff};
    struct store_txn *txn = begin(*state, true);
    uint8_t prefix[16] = {0xab};

    for (size_t i = 0; i < sizeof(firsts); i++) {
        linli_id record = {{firsts[i], 0xff}};
        assert_ok(view_put(txn, 1, &record, text("s")));
        assert_ok(view_put(txn, 2, &record, text("s")));
    }
    static const struct {
        uint8_t first, second;
        unsigned nibbles;
        size_t count;
    } cases[] = {{0, 0, 0, 5},    {0xa0, 0, 1, 3},    {0xaf, 0, 1, 3},    {0xac, 0, 2, 1}, {0xb1, 0, 2, 0},
                 {0xff, 0xff, 3, 1}, {0xff, 0xf1, 3, 1}, {0xff, 0xe0, 3, 0}, {0xff, 0xff, 4, 1}, {0x10, 0, 1, 0}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct seen seen = {0};
        prefix[0] = cases[i].first;
        prefix[1] = cases[i].second;
        assert_ok(where_prefix(txn, prefix, cases[i].nibbles, saw_record, &seen));
        assert_int_equal(seen.count, cases[i].count);
    }
    struct seen whole = {0};
    linli_id exact = {{0xad, 0xff}};
    assert_ok(where_prefix(txn, exact.b, 32, saw_record, &whole));
    assert_int_equal(whole.count, 1);
    assert_code(where_prefix(txn, exact.b, 33, saw_record, &whole), LINLI_E_ARG);
    struct seen first = {.stop_after = 1};
    assert_ok(where_prefix(txn, exact.b, 0, saw_record, &first));
    assert_int_equal(first.count, 1);
    store_abort(txn);
}

static bool saw_touch(void *ctx, uint32_t author, uint64_t seq)
{
    struct seen *s = ctx;

    s->numbers[s->count++] = author * 1000 + seq;
    return go_on(s);
}

static void touches_lie_by_author_and_seq(void **state)
{
    struct store_txn *txn = begin(*state, true);
    linli_id record = id_of(1), other = id_of(2);
    struct seen seen = {0};

    assert_ok(touch_put(txn, 1, &record, 2, 1));
    assert_ok(touch_put(txn, 1, &record, 1, 9));
    assert_ok(touch_put(txn, 1, &record, 1, 9));
    assert_ok(touch_put(txn, 1, &record, 1, 3));
    assert_ok(touch_put(txn, 1, &other, 1, 4));
    assert_ok(touch_each(txn, 1, &record, saw_touch, &seen));
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.numbers[0], 1003);
    assert_int_equal(seen.numbers[2], 2001);
    assert_ok(touch_delete(txn, 1, &record, 1, 3));
    assert_code(touch_delete(txn, 1, &record, 1, 3), LINLI_E_NOT_FOUND);
    assert_ok(store_commit(txn));
}

/* --- index --- */

static bool saw_index(void *ctx, uint32_t type, uint32_t field, span value, const linli_id *record)
{
    struct seen *s = ctx;

    (void)record;
    snprintf(s->words[s->count], sizeof(s->words[0]), "%u.%u %.*s", type, field,
             value.size > 20 ? 0 : (int)value.size,
             (const char *)value.at);
    s->numbers[s->count++] = value.size;
    return go_on(s);
}

static void an_index_finds_equal_values_and_no_others(void **state)
{
    struct store_txn *txn = begin(*state, true);
    linli_id a = id_of(1), b = id_of(2);
    uint8_t long_value[200];
    linli_hash hash;
    struct seen seen = {0};

    memset(long_value, 'v', sizeof(long_value));
    assert_ok(index_put(txn, 1, 4, 5, text("ab"), &b));
    assert_ok(index_put(txn, 1, 4, 5, text("ab"), &a));
    assert_ok(index_put(txn, 1, 4, 5, text("ab"), &a));
    assert_ok(index_put(txn, 1, 4, 5, text("abc"), &a));
    assert_ok(index_put(txn, 1, 4, 0, text(""), &a));
    assert_ok(index_put(txn, 1, 4, 6, span_of(long_value, sizeof(long_value)), &a));
    assert_ok(index_put(txn, 1, 4, 6, span_of(long_value, INDEX_VALUE_BYTES), &b));
    assert_ok(index_put(txn, 1, 4, 6, index_value(span_of(long_value, sizeof(long_value)), &hash), &b));
    assert_ok(index_each(txn, 1, 4, 5, text("ab"), saw_record, &seen));
    assert_int_equal(seen.count, 2);
    assert_true(id_equal(&seen.ids[0], &a));
    seen = (struct seen){0};
    assert_ok(index_each(txn, 1, 4, 6, span_of(long_value, sizeof(long_value)), saw_record, &seen));
    assert_int_equal(seen.count, 1); /* a value that is the hash itself is another value */
    assert_true(id_equal(&seen.ids[0], &a));
    seen = (struct seen){0};
    assert_ok(index_all(txn, 1, saw_index, &seen));
    assert_int_equal(seen.count, 7);
    assert_string_equal(seen.words[0], "4.0 ");
    assert_string_equal(seen.words[3], "4.5 abc");
    assert_int_equal(seen.numbers[6], 32);
    assert_ok(index_delete(txn, 1, 4, 6, span_of(long_value, sizeof(long_value)), &a));
    assert_code(index_delete(txn, 1, 4, 5, text("a"), &a), LINLI_E_NOT_FOUND);
    seen = (struct seen){0};
    assert_ok(index_each(txn, 1, 4, 6, span_of(long_value, sizeof(long_value)), saw_record, &seen));
    assert_int_equal(seen.count, 0);
    assert_ok(store_commit(txn));
}

enum { MANY_ROWS = 6000 }; /* more than are kept back */

static linli_id scattered(uint32_t i)
{
    linli_id id = {{0}};

    be32_put(id.b, i * 2654435761u);
    return id;
}

static bool in_order(void *ctx, const linli_id *record)
{
    struct seen *s = ctx;

    assert_true(s->count == 0 || id_compare(&s->ids[0], record) < 0);
    s->ids[0] = *record;
    s->count++;
    return true;
}

static void rows_that_come_in_no_order_are_all_there_at_once_and_after_the_commit(void **state)
{
    struct store_txn *txn = begin(*state, true);
    struct seen seen = {0};
    linli_id id;

    for (uint32_t i = 0; i < MANY_ROWS; i++) {
        id = scattered(i);
        assert_ok(index_put(txn, 1, 4, 0, text(""), &id));
        assert_ok(index_put(txn, 1, 4, 0, text(""), &id)); /* said twice */
    }
    assert_ok(index_each(txn, 1, 4, 0, text(""), in_order, &seen));
    assert_int_equal(seen.count, MANY_ROWS);
    id = scattered(MANY_ROWS);
    assert_ok(index_put(txn, 1, 4, 0, text(""), &id));
    assert_ok(index_delete(txn, 1, 4, 0, text(""), &id)); /* one that has not been seen by anybody */
    for (uint32_t i = 0; i < 10; i++) {
        id = scattered(i);
        assert_ok(index_delete(txn, 1, 4, 0, text(""), &id));
    }
    id = scattered(0);
    assert_ok(index_put(txn, 1, 4, 0, text(""), &id));
    assert_ok(store_commit(txn));
    txn = begin(*state, false);
    seen = (struct seen){0};
    assert_ok(index_each(txn, 1, 4, 0, text(""), in_order, &seen));
    assert_int_equal(seen.count, MANY_ROWS - 9);
    store_abort(txn);
}

static void counters_never_go_below_zero(void **state)
{
    struct store_txn *txn = begin(*state, true);
    uint64_t n = 1;

    assert_ok(count_get(txn, 1, COUNT_FORKS, &n));
    assert_int_equal(n, 0);
    assert_ok(count_add(txn, 1, COUNT_TYPE + 3, 5));
    assert_ok(count_add(txn, 1, COUNT_TYPE + 3, -2));
    assert_ok(count_add(txn, 1, COUNT_TYPE + 3, 0));
    assert_code(count_add(txn, 1, COUNT_TYPE + 3, -4), LINLI_E_CORRUPT);
    assert_code(count_add(txn, 1, COUNT_TYPE + 3, INT64_MIN), LINLI_E_CORRUPT);
    assert_ok(count_get(txn, 1, COUNT_TYPE + 3, &n));
    assert_int_equal(n, 3);
    assert_ok(count_add(txn, 1, COUNT_TYPE + 3, -3));
    assert_ok(count_get(txn, 1, COUNT_TYPE + 3, &n));
    assert_int_equal(n, 0);
    assert_ok(store_commit(txn));
}

static bool saw_figure(void *ctx, span rest, const struct tally_row *row)
{
    struct seen *s = ctx;

    assert_int_equal(rest.size, 1);
    s->numbers[s->count++] = row->own * 100 + row->all;
    return go_on(s);
}

static void figures_never_go_below_zero_nor_above_their_sum(void **state)
{
    struct store_txn *txn = begin(*state, true);
    struct tally_row row;
    struct seen seen = {0};

    assert_ok(tally_add(txn, text("a1"), 2, 3));
    assert_ok(tally_add(txn, text("a2"), 0, 1));
    assert_ok(tally_add(txn, text("b1"), 1, 1));
    assert_ok(tally_get(txn, text("a1"), &row));
    assert_int_equal(row.own, 2);
    assert_int_equal(row.all, 3);
    assert_code(tally_add(txn, text("a1"), -3, 0), LINLI_E_CORRUPT);
    assert_code(tally_add(txn, text("a1"), 0, -4), LINLI_E_CORRUPT);
    assert_ok(tally_each(txn, text("a"), saw_figure, &seen));
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.numbers[0], 203);
    assert_int_equal(seen.numbers[1], 1);
    assert_ok(tally_add(txn, text("a2"), 0, -1)); /* there is no row of nothing */
    seen.count = 0;
    assert_ok(tally_each(txn, text("a"), saw_figure, &seen));
    assert_int_equal(seen.count, 1);
    assert_code(tally_add(txn, text("b1"), 1, 0), LINLI_E_CORRUPT); /* more here than here and below */
    assert_ok(tally_clear(txn));
    assert_ok(tally_get(txn, text("a1"), &row));
    assert_int_equal(row.all, 0);
    assert_ok(store_commit(txn));
}

static void conflicts_are_marked_and_cleared(void **state)
{
    struct store_txn *txn = begin(*state, true);
    linli_id a = id_of(1), b = id_of(2);
    struct seen seen = {0};

    assert_ok(conflict_mark(txn, 1, &b, true));
    assert_ok(conflict_mark(txn, 1, &a, true));
    assert_ok(conflict_mark(txn, 1, &a, true));
    assert_ok(conflict_mark(txn, 2, &a, false));
    assert_ok(conflict_each(txn, 1, saw_record, &seen));
    assert_int_equal(seen.count, 2);
    assert_ok(conflict_mark(txn, 1, &a, false));
    seen = (struct seen){0};
    assert_ok(conflict_each(txn, 1, saw_record, &seen));
    assert_int_equal(seen.count, 1);
    assert_true(id_equal(&seen.ids[0], &b));
    assert_ok(store_commit(txn));
}

#define ROW_TEST(f) cmocka_unit_test_setup_teardown(f, store_setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW_TEST(a_view_says_where_its_record_is),
        ROW_TEST(a_prefix_of_hex_digits_finds_each_record_once),
        ROW_TEST(touches_lie_by_author_and_seq),
        ROW_TEST(an_index_finds_equal_values_and_no_others),
        ROW_TEST(rows_that_come_in_no_order_are_all_there_at_once_and_after_the_commit),
        ROW_TEST(counters_never_go_below_zero),
        ROW_TEST(figures_never_go_below_zero_nor_above_their_sum),
        ROW_TEST(conflicts_are_marked_and_cleared),
    };
    return UNIT_RUN(tests);
}
