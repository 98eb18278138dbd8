/* tests: every kind of row goes in, comes out in its order, and goes away. */
#include "store_tool.h"

/* What an iteration visited, and after how many it was told to stop. */
struct seen {
    size_t count, stop_after;
    uint64_t numbers[64];
    linli_id ids[64];
    linli_hash hashes[64];
    char words[64][32];
};

static bool go_on(const struct seen *s)
{
    return s->stop_after == 0 || s->count < s->stop_after;
}

static int setup(void **state)
{
    struct place *p = malloc(sizeof(*p));

    assert_non_null(p);
    place_make(p);
    assert_ok(place_open(p, true));
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    place_drop(*state);
    free(*state);
    return 0;
}

/* --- meta --- */

static void named_values_are_kept_and_replaced(void **state)
{
    struct store_txn *txn = begin(*state, true);
    span value;

    assert_code(meta_get(txn, "a", &value), LINLI_E_NOT_FOUND);
    assert_ok(meta_put(txn, "a", text("one")));
    assert_ok(meta_put(txn, "empty", text("")));
    assert_ok(meta_put(txn, "a", text("three")));
    assert_ok(store_commit(txn));
    txn = begin(*state, false);
    assert_ok(meta_get(txn, "a", &value));
    assert_true(span_equal(value, text("three")));
    assert_ok(meta_get(txn, "empty", &value));
    assert_int_equal(value.size, 0);
    assert_code(meta_get(txn, "format", &value), LINLI_E_NOT_FOUND); /* the layer's own rows are apart */
    assert_code(meta_put(txn, "a", text("x")), LINLI_E_ARG);
    store_abort(txn);
}

static void secrets_open_under_their_own_name_alone(void **state)
{
    struct store_txn *txn = begin(*state, true);
    struct buf out = {0};
    char long_name[600];

    memset(long_name, 'n', sizeof(long_name));
    long_name[sizeof(long_name) - 1] = 0;
    assert_ok(meta_secret_put(txn, "sign", text("made-up secret")));
    assert_ok(meta_secret_put(txn, "none", text("")));
    assert_code(meta_secret_put(txn, long_name, text("x")), LINLI_E_LIMIT);
    assert_code(meta_secret_get(txn, "dh", &out), LINLI_E_NOT_FOUND);
    assert_ok(meta_secret_get(txn, "sign", &out));
    assert_true(span_equal(buf_span(&out), text("made-up secret")));
    assert_ok(meta_secret_get(txn, "none", &out));
    assert_int_equal(out.size, 0);
    assert_ok(store_commit(txn));
    buf_free(&out);
}

/* --- names --- */

static bool saw_child(void *ctx, uint32_t child, const linli_id *id)
{
    struct seen *s = ctx;

    s->ids[s->count] = *id;
    s->numbers[s->count++] = child;
    return go_on(s);
}

static void scopes_get_numbers_that_outlive_the_process(void **state)
{
    struct place *p = *state;
    struct store_txn *txn = begin(p, true);
    struct scope_row row = {.id = id_of(9)}, got;
    uint32_t number = 0, again = 0;
    struct seen seen = {0};

    assert_code(scope_number(txn, &row.id, &number), LINLI_E_NOT_FOUND);
    assert_ok(scope_put(txn, &row, &number));
    assert_int_equal(number, 1);
    for (uint64_t i = 5; i > 0; i--) {
        struct scope_row child = {.id = id_of(i), .parent = 1, .depth = 1};
        memset(child.nonce, (int)i, sizeof(child.nonce));
        assert_ok(scope_put(txn, &child, &number));
        assert_int_equal(number, 7 - i);
    }
    assert_ok(store_commit(txn));
    place_close(p);
    assert_ok(place_open(p, false));
    txn = begin(p, true);
    row.id = id_of(3);
    assert_ok(scope_put(txn, &row, &again)); /* known already: nothing of it changes */
    assert_int_equal(again, 4);
    assert_ok(scope_get(txn, again, &got));
    assert_int_equal(got.parent, 1);
    assert_int_equal(got.depth, 1);
    assert_int_equal(got.nonce[15], 3);
    assert_true(id_equal(&got.id, &row.id));
    assert_code(scope_get(txn, 7, &got), LINLI_E_NOT_FOUND);
    assert_ok(scope_children(txn, 1, saw_child, &seen));
    assert_int_equal(seen.count, 5);
    for (uint64_t i = 0; i < 5; i++) {
        linli_id expected = id_of(i + 1);
        assert_true(id_equal(&seen.ids[i], &expected));
        assert_int_equal(seen.numbers[i], 6 - i);
    }
    seen = (struct seen){.stop_after = 2};
    assert_ok(scope_children(txn, 1, saw_child, &seen));
    assert_int_equal(seen.count, 2);
    store_abort(txn);
}

static linli_author author_of(uint8_t key, uint64_t incarnation)
{
    linli_author author = {.incarnation = incarnation};

    memset(author.key, key, sizeof(author.key));
    return author;
}

static void authors_get_numbers_that_outlive_the_process(void **state)
{
    struct place *p = *state;
    linli_author a = author_of(200, 1), b = author_of(200, 2), c = author_of(1, 1), got;
    uint32_t number = 0;
    struct store_txn *txn = begin(p, true);

    assert_code(author_number(txn, &a, false, &number), LINLI_E_NOT_FOUND);
    assert_ok(author_number(txn, &a, true, &number));
    assert_int_equal(number, 1);
    assert_ok(author_number(txn, &b, true, &number));
    assert_int_equal(number, 2);
    assert_ok(store_commit(txn));
    txn = begin(p, true);
    assert_ok(author_number(txn, &c, true, &number));
    assert_int_equal(number, 3);
    store_abort(txn); /* never given out: it may be given again */
    place_close(p);
    assert_ok(place_open(p, false));
    txn = begin(p, true);
    assert_code(author_number(txn, &c, false, &number), LINLI_E_NOT_FOUND);
    assert_ok(author_number(txn, &b, true, &number));
    assert_int_equal(number, 2);
    assert_ok(author_get(txn, 2, &got));
    assert_true(author_equal(&got, &b));
    assert_code(author_get(txn, 3, &got), LINLI_E_NOT_FOUND);
    store_abort(txn);
}

/* --- log --- */

static struct log_row log_row_of(uint64_t arrival, const char *entry, bool has_signature)
{
    struct log_row row = {.arrival = arrival, .id = hash_of(arrival), .stamp = arrival << 16,
                          .has_signature = has_signature, .verdicts = text("\1\2"), .entry = text(entry)};

    if (has_signature)
        memset(row.signature, 0x5a, sizeof(row.signature));
    return row;
}

static bool saw_log(void *ctx, uint64_t seq, const struct log_row *row)
{
    struct seen *s = ctx;

    snprintf(s->words[s->count], sizeof(s->words[0]), "%.*s", (int)row->entry.size, (const char *)row->entry.at);
    s->numbers[s->count++] = seq;
    return go_on(s);
}

static bool saw_arrival(void *ctx, uint64_t arrival, uint32_t author, uint64_t seq)
{
    struct seen *s = ctx;

    snprintf(s->words[s->count], sizeof(s->words[0]), "%u/%u", author, (unsigned)seq);
    s->numbers[s->count++] = arrival;
    return go_on(s);
}

static void a_log_gives_its_rows_back_in_order(void **state)
{
    struct store_txn *txn = begin(*state, true);
    struct log_row row, got;
    struct seen seen = {0};

    for (uint64_t seq = 1; seq <= 300; seq++) {
        row = log_row_of(1000 + seq, seq % 2 ? "odd" : "even", seq % 2 != 0);
        assert_ok(log_put(txn, 1, 2, seq, &row));
    }
    row = log_row_of(1, "other author", false);
    assert_ok(log_put(txn, 1, 3, 1, &row));
    assert_ok(log_get(txn, 1, 2, 255, &got));
    assert_int_equal(got.arrival, 1255);
    assert_int_equal(got.stamp, 1255u << 16);
    assert_true(got.has_signature);
    assert_int_equal(got.signature[63], 0x5a);
    row.id = hash_of(1255);
    assert_true(hash_equal(&got.id, &row.id));
    assert_true(span_equal(got.verdicts, text("\1\2")));
    assert_true(span_equal(got.entry, text("odd")));
    assert_code(log_get(txn, 1, 2, 301, &got), LINLI_E_NOT_FOUND);
    seen.stop_after = 40;
    assert_ok(log_each(txn, 1, 2, 290, saw_log, &seen));
    assert_int_equal(seen.count, 11);
    assert_int_equal(seen.numbers[0], 290);
    assert_string_equal(seen.words[0], "even");
    assert_int_equal(seen.numbers[10], 300);
    assert_ok(store_commit(txn));
}

static void a_log_row_is_replaced_with_what_it_lent(void **state)
{
    struct store_txn *txn = begin(*state, true);
    struct log_row row = log_row_of(10, "kept as it came", false), got;
    struct seen seen = {0};

    assert_ok(log_put(txn, 1, 1, 1, &row));
    assert_ok(store_commit(txn));
    txn = begin(*state, true);
    assert_ok(log_get(txn, 1, 1, 1, &got));
    got.verdicts = text("\3");
    got.has_signature = true;
    got.arrival = 20;
    assert_ok(log_put(txn, 1, 1, 1, &got));
    assert_ok(log_get(txn, 1, 1, 1, &got));
    assert_true(span_equal(got.entry, text("kept as it came")));
    assert_true(span_equal(got.verdicts, text("\3")));
    assert_ok(arrival_each(txn, 1, 0, saw_arrival, &seen));
    assert_int_equal(seen.count, 1); /* it arrived once, at the later number */
    assert_int_equal(seen.numbers[0], 20);
    assert_ok(log_delete(txn, 1, 1, 1));
    assert_code(log_delete(txn, 1, 1, 1), LINLI_E_NOT_FOUND);
    seen = (struct seen){0};
    assert_ok(arrival_each(txn, 1, 0, saw_arrival, &seen));
    assert_int_equal(seen.count, 0);
    assert_ok(store_commit(txn));
}

static void arrivals_rise_over_transactions_and_reopening(void **state)
{
    struct place *p = *state;
    struct store_txn *txn = begin(p, true);
    struct seen seen = {0};
    uint64_t arrival = 0;

    for (uint64_t i = 1; i <= 5; i++) {
        assert_ok(arrival_next(txn, &arrival));
        assert_int_equal(arrival, i);
        struct log_row row = log_row_of(arrival, "e", false);
        assert_ok(log_put(txn, (uint32_t)(i % 2), 7, i, &row));
    }
    assert_ok(store_commit(txn));
    txn = begin(p, true);
    assert_ok(arrival_next(txn, &arrival));
    store_abort(txn);
    place_close(p);
    assert_ok(place_open(p, false));
    txn = begin(p, true);
    assert_ok(arrival_next(txn, &arrival));
    assert_int_equal(arrival, 6);
    assert_ok(arrival_each(txn, 1, 2, saw_arrival, &seen));
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.numbers[0], 3);
    assert_string_equal(seen.words[1], "7/5");
    store_abort(txn);
    txn = begin(p, false);
    assert_code(arrival_next(txn, &arrival), LINLI_E_ARG);
    store_abort(txn);
}

static bool saw_head(void *ctx, uint32_t author, const struct head_row *row)
{
    struct seen *s = ctx;

    assert_int_equal(row->cited_count, author == 2 ? 3 : 0);
    s->numbers[s->count++] = author * 1000 + row->seq;
    return go_on(s);
}

static void heads_keep_what_their_log_has_cited(void **state)
{
    struct cited_row cited[3] = {{5, 50}, {6, UINT64_MAX}, {7, 70}};
    struct head_row row = {.seq = 9, .signed_seq = 8, .id = hash_of(1), .grant = hash_of(2), .stamp = 77,
                           .frozen = true, .cited = cited, .cited_count = 3};
    struct head_row plain = {.seq = 1}, got, other;
    struct store_txn *txn = begin(*state, true);
    struct seen seen = {0};

    assert_ok(head_put(txn, 1, 2, &row));
    assert_ok(head_put(txn, 1, 1, &plain));
    assert_ok(head_put(txn, 2, 1, &plain));
    assert_ok(head_get(txn, 1, 2, &got));
    assert_ok(head_get(txn, 1, 1, &other));
    assert_int_equal(other.cited_count, 0);
    assert_int_equal(got.seq, 9);
    assert_int_equal(got.signed_seq, 8);
    assert_int_equal(got.stamp, 77);
    assert_true(got.frozen);
    assert_true(hash_equal(&got.id, &row.id));
    assert_true(hash_equal(&got.grant, &row.grant));
    got.seq = 10;
    assert_ok(head_put(txn, 1, 2, &got)); /* cited is lent by the transaction and goes back in */
    assert_ok(head_get(txn, 1, 2, &got));
    assert_int_equal(got.cited_count, 3);
    assert_int_equal(got.cited[1].author, 6);
    assert_true(got.cited[1].seq == UINT64_MAX);
    assert_ok(head_each(txn, 1, saw_head, &seen));
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.numbers[0], 1001);
    assert_int_equal(seen.numbers[1], 2010);
    assert_code(head_get(txn, 3, 1, &got), LINLI_E_NOT_FOUND);
    assert_ok(store_commit(txn));
}

static bool saw_branch(void *ctx, unsigned branch, const linli_hash *first_id, span run)
{
    struct seen *s = ctx;

    s->hashes[s->count] = *first_id;
    snprintf(s->words[s->count], sizeof(s->words[0]), "%.*s", (int)run.size, (const char *)run.at);
    s->numbers[s->count++] = branch;
    return go_on(s);
}

static void both_branches_of_a_fork_are_kept(void **state)
{
    struct store_txn *txn = begin(*state, true);
    linli_hash a = hash_of(1), b = hash_of(2);
    struct seen seen = {0};

    assert_ok(branch_put(txn, 1, 1, 1, &b, text("came")));
    assert_ok(branch_put(txn, 1, 1, 0, &a, text("was here")));
    assert_ok(branch_put(txn, 1, 2, 0, &a, text("another author's")));
    assert_code(branch_put(txn, 1, 1, 256, &a, text("")), LINLI_E_ARG);
    assert_ok(branch_each(txn, 1, 1, saw_branch, &seen));
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.words[0], "was here");
    assert_true(hash_equal(&seen.hashes[1], &b));
    assert_ok(store_commit(txn));
}

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

static bool saw_record(void *ctx, const linli_id *record)
{
    struct seen *s = ctx;

    s->ids[s->count++] = *record;
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
    snprintf(s->words[s->count], sizeof(s->words[0]), "%u.%u %.*s", type, field, value.size > 20 ? 0 : (int)value.size,
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

/* --- parts, grants, digests, notes --- */

static bool saw_aside(void *ctx, const struct aside_row *row)
{
    struct seen *s = ctx;

    s->ids[s->count] = row->record;
    s->numbers[s->count++] = row->author * 1000 + row->seq * 100 + row->part * 10 + row->reason;
    return go_on(s);
}

static bool saw_want(void *ctx, uint32_t author, uint64_t seq, uint32_t part)
{
    struct seen *s = ctx;

    s->numbers[s->count++] = author * 1000 + seq * 100 + part;
    return go_on(s);
}

static void parts_set_aside_and_wanted_are_listed(void **state)
{
    struct store_txn *txn = begin(*state, true);
    struct aside_row row = {.author = 2, .seq = 3, .part = 4, .reason = 5, .record = id_of(6)};
    struct seen seen = {0};

    assert_ok(aside_put(txn, 1, &row));
    row.author = 1;
    assert_ok(aside_put(txn, 1, &row));
    assert_ok(aside_each(txn, 1, saw_aside, &seen));
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.numbers[1], 2345);
    assert_true(id_equal(&seen.ids[0], &row.record));
    assert_ok(aside_delete(txn, 1, 1, 3, 4));
    assert_code(aside_delete(txn, 1, 1, 3, 4), LINLI_E_NOT_FOUND);
    assert_ok(want_mark(txn, 1, 9, 8, 7, true));
    assert_ok(want_mark(txn, 1, 9, 8, 6, true));
    assert_ok(want_mark(txn, 1, 9, 8, 6, false));
    assert_ok(want_mark(txn, 1, 9, 8, 6, false));
    seen = (struct seen){0};
    assert_ok(want_each(txn, 1, saw_want, &seen));
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.numbers[0], 9807);
    assert_ok(store_commit(txn));
}

static bool saw_grant(void *ctx, const linli_hash *id, span certificate)
{
    struct seen *s = ctx;

    s->hashes[s->count] = *id;
    snprintf(s->words[s->count++], sizeof(s->words[0]), "%.*s", (int)certificate.size, (const char *)certificate.at);
    return go_on(s);
}

static void grants_are_found_by_id_and_by_scope(void **state)
{
    struct store_txn *txn = begin(*state, true);
    linli_id s1 = id_of(1), s2 = id_of(2);
    linli_hash a = hash_of(30), b = hash_of(20), c = hash_of(10);
    struct seen seen = {0};
    span certificate;

    assert_ok(grant_row_put(txn, &s1, &a, text("A")));
    assert_ok(grant_row_put(txn, &s1, &b, text("B")));
    assert_ok(grant_row_put(txn, &s2, &c, text("C")));
    assert_ok(grant_row_get(txn, &c, &certificate));
    assert_true(span_equal(certificate, text("C")));
    assert_ok(grant_row_each(txn, &s1, saw_grant, &seen));
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.words[0], "B");
    assert_true(hash_equal(&seen.hashes[1], &a));
    seen = (struct seen){0};
    assert_ok(grant_row_each(txn, NULL, saw_grant, &seen));
    assert_int_equal(seen.count, 3);
    a = hash_of(99);
    assert_code(grant_row_get(txn, &a, &certificate), LINLI_E_NOT_FOUND);
    assert_ok(store_commit(txn));
}

static void a_digest_that_was_never_put_is_zero(void **state)
{
    struct store_txn *txn = begin(*state, true);
    struct digest_row row = {hash_of(1), hash_of(2)}, got;
    linli_hash zero = {{0}};

    memset(&got, 1, sizeof(got));
    assert_ok(digest_get(txn, 1, &got));
    assert_true(hash_equal(&got.own, &zero) && hash_equal(&got.subtree, &zero));
    assert_ok(digest_put(txn, 1, &row));
    assert_ok(digest_get(txn, 1, &got));
    assert_true(hash_equal(&got.own, &row.own) && hash_equal(&got.subtree, &row.subtree));
    assert_ok(store_commit(txn));
}

static bool saw_note(void *ctx, span key, span value)
{
    struct seen *s = ctx;

    snprintf(s->words[s->count++], sizeof(s->words[0]), "%.*s=%.*s", (int)key.size, (const char *)key.at,
             (int)value.size, (const char *)value.at);
    return go_on(s);
}

static void notes_of_one_letter_are_apart_from_others(void **state)
{
    struct store_txn *txn = begin(*state, true);
    uint8_t long_key[600] = {0};
    struct seen seen = {0};
    span value;

    assert_ok(note_put(txn, 'p', text("b"), text("2")));
    assert_ok(note_put(txn, 'p', text("a"), text("1")));
    assert_ok(note_put(txn, 'p', text(""), text("0")));
    assert_ok(note_put(txn, 'q', text("a"), text("9")));
    assert_code(note_put(txn, 'q', span_of(long_key, sizeof(long_key)), text("9")), LINLI_E_LIMIT);
    assert_code(note_get(txn, 'q', span_of(long_key, sizeof(long_key)), &value), LINLI_E_LIMIT);
    assert_ok(note_put(txn, 'q', span_of(long_key, 510), text("9")));
    assert_ok(note_get(txn, 'q', text("a"), &value));
    assert_true(span_equal(value, text("9")));
    assert_ok(note_each(txn, 'p', saw_note, &seen));
    assert_int_equal(seen.count, 3);
    assert_string_equal(seen.words[0], "=0");
    assert_string_equal(seen.words[2], "b=2");
    assert_ok(note_delete(txn, 'p', text("a")));
    assert_code(note_delete(txn, 'p', text("a")), LINLI_E_NOT_FOUND);
    assert_ok(store_commit(txn));
}

/* --- iterating while writing --- */

struct sweep {
    struct store_txn *txn;
    size_t visited, turned;
    char key[16];
};

static bool sweep_note(void *ctx, span key, span value)
{
    struct sweep *s = ctx;
    char fresh[24];

    (void)value;
    assert_true(key.size < sizeof(s->key));
    assert_true(memcmp(s->key, key.at, key.size) < 0); /* forward, and none twice */
    memset(s->key, 0, sizeof(s->key));
    memcpy(s->key, key.at, key.size);
    s->visited++;
    if (s->visited % 3 == 0)
        return true;
    snprintf(fresh, sizeof(fresh), "0-%s", s->key);
    assert_ok(note_delete(s->txn, 'p', text(s->key)));
    assert_ok(note_put(s->txn, 'p', text(fresh), text("moved")));
    s->turned++;
    return true;
}

static void a_callback_may_delete_and_put_in_the_table_it_walks(void **state)
{
    struct store_txn *txn = begin(*state, true);
    struct sweep sweep = {.txn = txn};
    char key[16], value[100];

    memset(value, 'v', sizeof(value));
    for (unsigned i = 0; i < 2000; i++) {
        snprintf(key, sizeof(key), "k%05u", i);
        assert_ok(note_put(txn, 'p', text(key), span_of(value, sizeof(value))));
    }
    assert_ok(note_each(txn, 'p', sweep_note, &sweep));
    assert_int_equal(sweep.visited, 2000);
    assert_int_equal(sweep.turned, 1334);
    assert_ok(store_commit(txn));
}

/* --- transactions --- */

static void an_aborted_transaction_leaves_nothing(void **state)
{
    struct store_txn *txn = begin(*state, true), *second = NULL;
    span value;

    assert_ok(meta_put(txn, "a", text("x")));
    assert_code(store_begin(((struct place *)*state)->store, true, &second), LINLI_E_BUSY);
    store_abort(txn);
    store_abort(NULL);
    txn = begin(*state, false);
    assert_code(meta_get(txn, "a", &value), LINLI_E_NOT_FOUND);
    assert_ok(store_commit(txn));
}

static void a_reader_sees_what_was_committed_before_it_began(void **state)
{
    struct store_txn *writer = begin(*state, true), *reader = begin(*state, false);
    span value;

    assert_ok(meta_put(writer, "a", text("x")));
    assert_ok(store_commit(writer));
    assert_code(meta_get(reader, "a", &value), LINLI_E_NOT_FOUND);
    store_abort(reader);
    reader = begin(*state, false);
    assert_ok(meta_get(reader, "a", &value));
    store_abort(reader);
}

#define ROW_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW_TEST(named_values_are_kept_and_replaced),
        ROW_TEST(secrets_open_under_their_own_name_alone),
        ROW_TEST(scopes_get_numbers_that_outlive_the_process),
        ROW_TEST(authors_get_numbers_that_outlive_the_process),
        ROW_TEST(a_log_gives_its_rows_back_in_order),
        ROW_TEST(a_log_row_is_replaced_with_what_it_lent),
        ROW_TEST(arrivals_rise_over_transactions_and_reopening),
        ROW_TEST(heads_keep_what_their_log_has_cited),
        ROW_TEST(both_branches_of_a_fork_are_kept),
        ROW_TEST(a_view_says_where_its_record_is),
        ROW_TEST(a_prefix_of_hex_digits_finds_each_record_once),
        ROW_TEST(touches_lie_by_author_and_seq),
        ROW_TEST(an_index_finds_equal_values_and_no_others),
        ROW_TEST(counters_never_go_below_zero),
        ROW_TEST(conflicts_are_marked_and_cleared),
        ROW_TEST(parts_set_aside_and_wanted_are_listed),
        ROW_TEST(grants_are_found_by_id_and_by_scope),
        ROW_TEST(a_digest_that_was_never_put_is_zero),
        ROW_TEST(notes_of_one_letter_are_apart_from_others),
        ROW_TEST(a_callback_may_delete_and_put_in_the_table_it_walks),
        ROW_TEST(an_aborted_transaction_leaves_nothing),
        ROW_TEST(a_reader_sees_what_was_committed_before_it_began),
    };
    return UNIT_RUN(tests);
}
