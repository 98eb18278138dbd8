/* api: finding records by type, value, text and scope, in one order everywhere; scopes by path; ids by their digits. */
#include "story.h"

struct street {
    struct town town;
    linli_store *store;
    linli_id lane, one, two;
};

static void street_start(struct street *s)
{
    town_start(&s->town);
    s->store = story_root(&s->town);
    s->lane = story_root_scope(s->store);
    s->one = story_scope(s->store, &s->lane, "Block 1");
    s->two = story_scope(s->store, &s->lane, "Block 2");
}

static void street_end(struct street *s)
{
    assert_verifies(s->store);
    linli_store_close(s->store);
    town_end(&s->town);
}

struct found {
    size_t count, stop_after;
    linli_id ids[64];
};

static bool keep(void *ctx, const linli_record *record)
{
    struct found *found = ctx;

    assert_true(found->count < 64);
    found->ids[found->count++] = *linli_record_id(record);
    return found->stop_after == 0 || found->count < found->stop_after;
}

static size_t ask(linli_store *store, const struct linli_query *query, struct found *found)
{
    found->count = 0;
    assert_ok(linli_query_each(store, query, keep, found));
    return found->count;
}

static void query_finds_by_type_scope_and_subtree_in_id_order(void **state)
{
    struct street s;
    struct found found = {0}, narrow = {0};
    struct linli_query query = {.type = HOUSEHOLD};
    linli_id nowhere = {{1}};
    (void)state;
    street_start(&s);
    for (unsigned i = 0; i < 10; i++)
        story_new(s.store, i % 2 ? &s.one : &s.two, HOUSEHOLD, HH_HEAD, linli_text(i % 3 ? "a" : "b"));
    story_new(s.store, &s.one, RESIDENT, RES_NAME, linli_text("made-up person"));

    assert_int_equal(ask(s.store, &query, &found), 10);
    for (size_t i = 1; i < found.count; i++)
        assert_true(memcmp(found.ids[i - 1].b, found.ids[i].b, 16) < 0);
    query.limit = 3;
    assert_int_equal(ask(s.store, &query, &narrow), 3);
    assert_memory_equal(narrow.ids, found.ids, 3 * sizeof(linli_id));
    query.limit = 0;
    narrow.stop_after = 4;
    assert_int_equal(ask(s.store, &query, &narrow), 4);
    narrow.stop_after = 0;
    query.scope = &s.one;
    assert_int_equal(ask(s.store, &query, &narrow), 5);
    query.scope = &s.lane;
    assert_int_equal(ask(s.store, &query, &narrow), 0);
    query.subtree = true;
    assert_int_equal(ask(s.store, &query, &narrow), 10);
    query.scope = &nowhere;
    assert_code(linli_query_each(s.store, &query, keep, &narrow), LINLI_E_NOT_FOUND);
    query = (struct linli_query){.type = 998};
    assert_code(linli_query_each(s.store, &query, keep, &narrow), LINLI_E_SCHEMA);
    street_end(&s);
}

static void query_by_value_uses_every_value_and_keeps_sensitive_ones_unreadable(void **state)
{
    struct street s;
    struct found found = {0};
    struct linli_value tag = linli_text("stairs");
    linli_txn *txn = NULL;
    linli_id id;
    (void)state;
    street_start(&s);
    linli_id a = story_new(s.store, &s.one, RESIDENT, RES_NUMBER, linli_text("made-up number 1"));
    story_new(s.store, &s.one, RESIDENT, RES_NUMBER, linli_text("made-up number 2"));
    struct linli_where by_number = {RES_NUMBER, linli_text("made-up number 1")};
    struct linli_query query = {.type = RESIDENT, .where = &by_number, .where_count = 1};

    assert_int_equal(ask(s.store, &query, &found), 1);
    assert_memory_equal(found.ids[0].b, a.b, 16);
    assert_ok(linli_query_first(s.store, &query, &id));
    assert_memory_equal(id.b, a.b, 16);
    /* Two that saw nothing of each other: both values find the record. */
    assert_ok(story_set(s.store, &a, no_token, RES_NUMBER, linli_text("made-up number 3")));
    assert_int_equal(ask(s.store, &query, &found), 1);
    by_number.equals = linli_text("made-up number 3");
    assert_int_equal(ask(s.store, &query, &found), 1);
    by_number.equals = linli_int(3);
    assert_code(linli_query_each(s.store, &query, keep, &found), LINLI_E_SCHEMA);
    by_number.field = 999;
    assert_code(linli_query_each(s.store, &query, keep, &found), LINLI_E_SCHEMA);

    assert_ok(linli_txn_begin(s.store, &txn));
    assert_ok(linli_record_create(txn, &s.one, HOUSEHOLD, &id));
    assert_ok(linli_record_add(txn, &id, no_token, HH_TAGS, &tag));
    assert_ok(linli_txn_commit(txn, NULL));
    struct linli_where by_tag = {HH_TAGS, tag};
    query = (struct linli_query){.type = HOUSEHOLD, .where = &by_tag, .where_count = 1};
    assert_int_equal(ask(s.store, &query, &found), 1); /* a field without an index is looked at record by record */
    by_tag.equals = linli_text("other");
    assert_int_equal(ask(s.store, &query, &found), 0);
    assert_code(linli_query_first(s.store, &query, &id), LINLI_E_NOT_FOUND);
    street_end(&s);
}

static void query_matches_text_sorts_and_leaves_out_what_is_deleted(void **state)
{
    struct street s;
    struct found found = {0};
    linli_txn *txn = NULL;
    (void)state;
    street_start(&s);
    linli_id c = story_new(s.store, &s.two, HOUSEHOLD, HH_HEAD, linli_text("C made-up"));
    linli_id a = story_new(s.store, &s.one, HOUSEHOLD, HH_HEAD, linli_text("A made-up"));
    linli_id none = story_new(s.store, &s.one, HOUSEHOLD, HH_UNIT, linli_text("1"));
    linli_id b = story_new(s.store, &s.two, HOUSEHOLD, HH_HEAD, linli_text("B other"));
    struct linli_query query = {.type = HOUSEHOLD, .sort = HH_HEAD};

    assert_int_equal(ask(s.store, &query, &found), 4);
    assert_memory_equal(found.ids[0].b, a.b, 16);
    assert_memory_equal(found.ids[1].b, b.b, 16);
    assert_memory_equal(found.ids[2].b, c.b, 16);
    assert_memory_equal(found.ids[3].b, none.b, 16);
    query.match = "MADE-UP";
    assert_int_equal(ask(s.store, &query, &found), 2);
    query.match = NULL;

    linli_record *seen = story_get(s.store, &b);
    assert_ok(linli_txn_begin(s.store, &txn));
    assert_ok(linli_record_delete(txn, &b, linli_record_token(seen)));
    assert_ok(linli_txn_commit(txn, NULL));
    linli_record_free(seen);
    assert_int_equal(ask(s.store, &query, &found), 3);
    query.with_deleted = true;
    assert_int_equal(ask(s.store, &query, &found), 4);
    street_end(&s);
}

enum { RES_ARRIVED = 13 };

static void a_range_and_a_list_of_records_narrow_what_is_found(void **state)
{
    static const char *const days[] = {"2026-10-31", "2026-11-01", "2026-11-30", "2026-12-01"};
    struct street s;
    struct found found = {0};
    linli_id ids[4];
    struct linli_range range = {RES_ARRIVED, linli_text("2026-11-01"), linli_text("2026-11-30")};
    struct linli_query query = {.type = RESIDENT, .range = &range};
    (void)state;
    street_start(&s);
    for (size_t i = 0; i < 4; i++)
        ids[i] = story_new(s.store, i % 2 ? &s.one : &s.two, RESIDENT, RES_ARRIVED, linli_text(days[i]));
    story_new(s.store, &s.one, RESIDENT, RES_BIRTH, linli_text("1890-01-02"));
    assert_int_equal(ask(s.store, &query, &found), 2);
    query.scope = &s.one;
    assert_int_equal(ask(s.store, &query, &found), 1);
    assert_memory_equal(found.ids[0].b, ids[1].b, 16);
    /* Every value finds, also in conflict: this one came in December, or in November. */
    assert_ok(story_set(s.store, &ids[3], no_token, RES_ARRIVED, linli_text("2026-11-15")));
    assert_int_equal(ask(s.store, &query, &found), 2);
    range.field = RES_BIRTH; /* not in the index */
    range.least = linli_text("1890-01-02");
    range.most = linli_text("1890-01-02");
    assert_int_equal(ask(s.store, &query, &found), 1);
    linli_id home = story_new(s.store, &s.one, HOUSEHOLD, HH_VISITED, linli_int(5000));
    struct linli_range seen = {HH_VISITED, linli_int(4000), linli_int(5000)};
    struct linli_query visited = {.type = HOUSEHOLD, .range = &seen};
    assert_int_equal(ask(s.store, &visited, &found), 1);
    seen.most = linli_int(4999);
    assert_int_equal(ask(s.store, &visited, &found), 0);
    seen.most = linli_text("2026-11-30");
    assert_code(linli_query_each(s.store, &visited, keep, &found), LINLI_E_SCHEMA);
    seen.field = 999;
    assert_code(linli_query_each(s.store, &visited, keep, &found), LINLI_E_SCHEMA);

    const linli_id some[] = {ids[2], home, ids[1], ids[2], {{9}}};
    struct linli_query among = {.type = RESIDENT, .among = some, .among_count = 5};
    assert_int_equal(ask(s.store, &among, &found), 2);
    among.scope = &s.two;
    assert_int_equal(ask(s.store, &among, &found), 1);
    assert_memory_equal(found.ids[0].b, ids[2].b, 16);
    among.match = "nobody";
    assert_int_equal(ask(s.store, &among, &found), 0);
    among.among_count = 0;
    among.match = NULL;
    assert_int_equal(ask(s.store, &among, &found), 0);
    street_end(&s);
}

struct listed {
    size_t count;
    char paths[16][64];
    uint64_t households[16];
};

static bool list_scope(void *ctx, const struct linli_scope *scope)
{
    struct listed *listed = ctx;

    snprintf(listed->paths[listed->count], 64, "%s", scope->path);
    listed->households[listed->count++] = scope->households;
    return true;
}

static void scopes_are_listed_as_a_tree_and_found_by_path_id_and_digits(void **state)
{
    struct street s;
    struct listed listed = {0};
    linli_id id;
    char hex[33];
    (void)state;
    street_start(&s);
    linli_id inner = story_scope(s.store, &s.two, "Stair A");
    story_new(s.store, &inner, HOUSEHOLD, HH_HEAD, linli_text("a"));
    story_new(s.store, &s.two, HOUSEHOLD, HH_HEAD, linli_text("b"));

    assert_ok(linli_scope_each(s.store, list_scope, &listed));
    assert_int_equal(listed.count, 4);
    assert_string_equal(listed.paths[0], "Made-up Lane");
    assert_string_equal(listed.paths[1], "Made-up Lane/Block 1");
    assert_string_equal(listed.paths[2], "Made-up Lane/Block 2");
    assert_string_equal(listed.paths[3], "Made-up Lane/Block 2/Stair A");
    assert_int_equal(listed.households[0], 2);
    assert_int_equal(listed.households[1], 0);
    assert_int_equal(listed.households[2], 2);
    assert_int_equal(listed.households[3], 1);

    assert_ok(linli_scope_find(s.store, "Made-up Lane/Block 2/Stair A", &id));
    assert_memory_equal(id.b, inner.b, 16);
    assert_ok(linli_scope_find(s.store, "Made-up Lane", &id));
    assert_memory_equal(id.b, s.lane.b, 16);
    assert_code(linli_scope_find(s.store, "Block 2", &id), LINLI_E_NOT_FOUND);
    assert_code(linli_scope_find(s.store, "", &id), LINLI_E_NOT_FOUND);
    hex_encode(inner.b, 16, hex);
    assert_ok(linli_scope_find(s.store, hex, &id));
    assert_memory_equal(id.b, inner.b, 16);
    hex[12] = '\0';
    assert_ok(linli_scope_find(s.store, hex, &id));
    assert_memory_equal(id.b, inner.b, 16);
    assert_ok(linli_id_find(s.store, hex, &id));
    assert_memory_equal(id.b, inner.b, 16);
    assert_code(linli_id_find(s.store, "abc", &id), LINLI_E_NOT_FOUND);
    assert_code(linli_id_find(s.store, "not hex!", &id), LINLI_E_NOT_FOUND);
    struct linli_scope_spec twin = {.name = "Block 1", .kind = LINLI_PATCH};
    assert_code(linli_scope_add(s.store, &s.lane, &twin, &id), LINLI_E_EXISTS);
    street_end(&s);
}

static void values_of_another_kind_are_refused_and_nothing_is_gathered(void **state)
{
    struct street s;
    linli_txn *txn = NULL;
    struct linli_committed committed;
    const struct {
        linli_field field;
        struct linli_value value;
    } wrong[] = {
        {RES_NAME, linli_int(1)}, {RES_HOUSEHOLD, linli_text("no id")}, {RES_BIRTH, linli_text("1990-02-30")},
        {RES_BIRTH, linli_text("1990-1-1")}, {RES_NAME, linli_text_span("\xff", 1)}, {RES_SEX, linli_bool(true)},
        {99, linli_text("no such field")}, {0, linli_int(1)},
    };
    (void)state;
    street_start(&s);
    linli_id id = story_new(s.store, &s.one, RESIDENT, RES_BIRTH, linli_text("1990-02-28")), nowhere = {{3}};

    assert_ok(linli_txn_begin(s.store, &txn));
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_code(linli_record_set(txn, &id, no_token, wrong[i].field, &wrong[i].value), LINLI_E_SCHEMA);
    struct linli_value name = linli_text("made-up");
    assert_code(linli_record_set(txn, &nowhere, no_token, RES_NAME, &name), LINLI_E_NOT_FOUND);
    assert_code(linli_record_set(txn, &id, span_of("junk", 4), RES_NAME, &name), LINLI_E_FORMAT);
    assert_code(linli_record_add(txn, &id, no_token, RES_NAME, &name), LINLI_E_SCHEMA);
    assert_int_equal(linli_txn_size(txn), 0);
    assert_ok(linli_txn_commit(txn, &committed));
    assert_int_equal(committed.changesets, 0);
    street_end(&s);
}

static void transaction_says_when_it_is_large_and_many_small_records_fit_below_that(void **state)
{
    struct street s;
    linli_txn *txn = NULL;
    struct linli_value unit = linli_text("1");
    linli_id id;
    size_t count = 0;
    (void)state;
    street_start(&s);
    assert_ok(linli_txn_begin(s.store, &txn));
    for (; linli_txn_size(txn) < LINLI_TXN_BYTES; count++) {
        assert_ok(linli_record_create(txn, &s.one, HOUSEHOLD, &id));
        assert_ok(linli_record_set(txn, &id, no_token, HH_UNIT, &unit));
    }
    assert_true(count > 300);
    assert_ok(linli_txn_commit(txn, NULL));
    struct linli_query query = {.type = HOUSEHOLD, .limit = 5};
    struct found found = {0};
    assert_int_equal(ask(s.store, &query, &found), 5);
    street_end(&s);
}

static void several_transactions_commit_as_one_and_none_without_the_others(void **state)
{
    struct street s;
    linli_txn *txns[2];
    struct linli_committed committed;
    struct linli_value head = linli_text("a"), state_wrong = linli_text("b");
    struct linli_status before, after;
    linli_id x, y;
    (void)state;
    street_start(&s);
    assert_ok(linli_txn_begin(s.store, &txns[0]));
    assert_ok(linli_txn_begin(s.store, &txns[1]));
    assert_ok(linli_record_create(txns[0], &s.one, HOUSEHOLD, &x));
    assert_ok(linli_record_set(txns[0], &x, no_token, HH_HEAD, &head));
    assert_ok(linli_record_create(txns[1], &s.two, HOUSEHOLD, &y));
    assert_ok(linli_record_set(txns[1], &y, no_token, HH_HEAD, &state_wrong));
    assert_ok(linli_txn_commit_group(txns, 2, &committed));
    assert_int_equal(committed.changesets, 2);
    assert_shows_text(s.store, &x, HH_HEAD, "a");
    assert_shows_text(s.store, &y, HH_HEAD, "b");

    assert_ok(linli_store_status(s.store, &before));
    assert_ok(linli_txn_begin(s.store, &txns[0]));
    assert_ok(linli_record_create(txns[0], &s.one, HOUSEHOLD, &x)); /* a record of which nothing is said is there too */
    assert_ok(linli_txn_commit(txns[0], &committed));
    assert_int_equal(committed.changesets, 1);
    assert_ok(linli_store_status(s.store, &after));
    assert_int_equal(after.records, before.records + 1);
    street_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(query_finds_by_type_scope_and_subtree_in_id_order),
        cmocka_unit_test(query_by_value_uses_every_value_and_keeps_sensitive_ones_unreadable),
        cmocka_unit_test(a_range_and_a_list_of_records_narrow_what_is_found),
        cmocka_unit_test(query_matches_text_sorts_and_leaves_out_what_is_deleted),
        cmocka_unit_test(scopes_are_listed_as_a_tree_and_found_by_path_id_and_digits),
        cmocka_unit_test(values_of_another_kind_are_refused_and_nothing_is_gathered),
        cmocka_unit_test(transaction_says_when_it_is_large_and_many_small_records_fit_below_that),
        cmocka_unit_test(several_transactions_commit_as_one_and_none_without_the_others),
    };

    return UNIT_RUN(tests);
}
