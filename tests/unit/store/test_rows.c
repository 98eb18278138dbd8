/* tests: names, parts, grants, digests and notes; transactions and iterating while writing. */
#include "store_tool.h"

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
    struct digest_row row = {.own = hash_of(1), .subtree = hash_of(2)}, got;
    linli_hash zero = {{0}};

    memset(&got, 1, sizeof(got));
    assert_ok(digest_get(txn, 1, &got));
    assert_true(hash_equal(&got.own, &zero) && hash_equal(&got.subtree, &zero));
    row.own_figures = (struct digest_figures){3, UINT64_MAX};
    row.subtree_figures = (struct digest_figures){UINT64_C(1) << 40, 5};
    assert_ok(digest_put(txn, 1, &row));
    assert_ok(digest_get(txn, 1, &got));
    assert_true(hash_equal(&got.own, &row.own) && hash_equal(&got.subtree, &row.subtree));
    assert_int_equal(got.own_figures.statements, 3);
    assert_true(got.own_figures.weight == UINT64_MAX);
    assert_true(got.subtree_figures.statements == UINT64_C(1) << 40);
    assert_int_equal(got.subtree_figures.weight, 5);
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

#define ROW_TEST(f) cmocka_unit_test_setup_teardown(f, store_setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW_TEST(named_values_are_kept_and_replaced),
        ROW_TEST(secrets_open_under_their_own_name_alone),
        ROW_TEST(scopes_get_numbers_that_outlive_the_process),
        ROW_TEST(authors_get_numbers_that_outlive_the_process),
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
