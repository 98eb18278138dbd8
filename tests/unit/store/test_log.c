/* tests: logs, arrivals, heads and branches go in, come out in their order, and go away. */
#include "store_tool.h"

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

static bool saw_arrival(void *ctx, uint64_t arrival, const struct arrival_row *row)
{
    struct seen *s = ctx;

    snprintf(s->words[s->count], sizeof(s->words[0]), "%u/%u/%u", row->scope, row->author, (unsigned)row->seq);
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
    assert_ok(arrival_each(txn, 0, saw_arrival, &seen));
    assert_int_equal(seen.count, 1); /* it arrived once, at the later number */
    assert_int_equal(seen.numbers[0], 20);
    assert_ok(log_delete(txn, 1, 1, 1));
    assert_code(log_delete(txn, 1, 1, 1), LINLI_E_NOT_FOUND);
    seen = (struct seen){0};
    assert_ok(arrival_each(txn, 0, saw_arrival, &seen));
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
    assert_ok(arrival_last(txn, &arrival));
    assert_int_equal(arrival, 6);
    assert_ok(arrival_each(txn, 3, saw_arrival, &seen));
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.numbers[0], 3);
    assert_string_equal(seen.words[0], "1/7/3");
    assert_string_equal(seen.words[1], "0/7/4");
    store_abort(txn);
    txn = begin(p, false);
    assert_ok(arrival_last(txn, &arrival));
    assert_int_equal(arrival, 5);
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

#define ROW_TEST(f) cmocka_unit_test_setup_teardown(f, store_setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW_TEST(a_log_gives_its_rows_back_in_order),
        ROW_TEST(a_log_row_is_replaced_with_what_it_lent),
        ROW_TEST(arrivals_rise_over_transactions_and_reopening),
        ROW_TEST(heads_keep_what_their_log_has_cited),
        ROW_TEST(both_branches_of_a_fork_are_kept),
    };
    return UNIT_RUN(tests);
}
