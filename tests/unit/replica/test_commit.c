/* tests: replica: founding, writing, reading again. */
#include "town.h"

static void what_was_written_is_there_after_reopening(void **state)
{
    struct town town;
    struct linli_status before, after;

    (void)state;
    town_start(&town);
    struct replica *r = town_root(&town);
    linli_id patch = scope_add(r, &replica_identity(r)->root_scope, "patch 1");
    linli_id building = building_new(&town, r, &patch, "block 1");
    assert_ok(building_set(r, &patch, &building, BUILDING_NAME, "block one", false));
    assert_ok(replica_status(r, &before));
    assert_int_equal(before.scopes, 2);
    assert_int_equal(before.records, 6); /* two scopes with their keys, a grant, a building */
    assert_int_equal(before.changesets, 6);
    assert_int_equal(before.conflicts, 0);
    assert_int_equal(before.role, LINLI_NODE);
    r = house_reopen(&town, 0);
    assert_ok(replica_status(r, &after));
    assert_memory_equal(before.digest.b, after.digest.b, 32);
    assert_int_equal(after.changesets, 6);
    assert_building(r, &building, BUILDING_NAME, "block one");
    assert_ok(building_set(r, &patch, &building, BUILDING_NAME, "block 1 again", false));
    assert_building(r, &building, BUILDING_NAME, "block 1 again");
    town_end(&town);
}

static void a_blind_write_stands_beside_and_is_counted_as_a_conflict(void **state)
{
    struct town town;
    struct linli_status status;

    (void)state;
    town_start(&town);
    struct replica *r = town_root(&town);
    linli_id root = replica_identity(r)->root_scope, building = building_new(&town, r, &root, "block 1");
    assert_ok(building_set(r, &root, &building, BUILDING_NAME, "block 2", true));
    assert_ok(replica_status(r, &status));
    assert_int_equal(status.conflicts, 1);
    assert_building(r, &building, BUILDING_NAME, "block 2");
    assert_ok(building_set(r, &root, &building, BUILDING_NAME, "block 3", false));
    assert_ok(replica_status(r, &status));
    assert_int_equal(status.conflicts, 0);
    town_end(&town);
}

static void siblings_of_one_name_are_refused_and_nothing_is_added(void **state)
{
    struct linli_scope_spec specs[] = {{.name = "east", .kind = LINLI_PATCH}, {.name = "east", .kind = LINLI_PATCH}};
    struct town town;
    struct linli_status status;

    (void)state;
    town_start(&town);
    struct replica *r = town_root(&town);
    linli_id parents[] = {replica_identity(r)->root_scope, replica_identity(r)->root_scope}, ids[2];
    assert_code(replica_scope_add(r, parents, specs, 2, ids), LINLI_E_EXISTS);
    assert_ok(replica_scope_add(r, parents, specs, 1, ids));
    assert_code(replica_scope_add(r, parents, specs, 1, ids), LINLI_E_EXISTS);
    assert_ok(replica_status(r, &status));
    assert_int_equal(status.scopes, 2);
    town_end(&town);
}

static void many_scopes_come_in_few_changesets_and_may_name_each_other(void **state)
{
    enum { COUNT = 400 };
    static struct linli_scope_spec specs[COUNT];
    static linli_id parents[COUNT], ids[COUNT];
    static char names[COUNT][16];
    struct town town;
    struct linli_status status;

    (void)state;
    town_start(&town);
    struct replica *r = town_root(&town);
    for (size_t i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof(names[i]), "street %zu", i); /* a patch has a log of its own, with its keys */
        specs[i] = (struct linli_scope_spec){.name = names[i], .kind = LINLI_STREET};
        parents[i] = replica_identity(r)->root_scope;
    }
    assert_ok(replica_scope_add(r, parents, specs, COUNT, ids));
    assert_ok(replica_status(r, &status));
    assert_int_equal(status.scopes, COUNT + 1);
    assert_in_range(status.changesets, 2, 8);
    town_end(&town);
}

static void the_map_grows_under_a_large_commit(void **state)
{
    enum { COUNT = 300, EDITS = 40, TEXT = 1500 };
    struct town town;
    struct edit edits[EDITS], *list[EDITS];
    static char text[TEXT + 1];
    struct linli_status status;

    (void)state;
    town_start(&town);
    struct replica *r = town_root(&town);
    linli_id root = replica_identity(r)->root_scope;
    memset(text, 'x', TEXT);
    for (size_t round = 0; round < 8; round++) {
        for (size_t i = 0; i < EDITS; i++) {
            edits[i] = (struct edit){.count = 0};
            list[i] = &edits[i];
            for (size_t j = 0; j < COUNT / 10; j++) {
                linli_id id = id_new(&town);
                assert_ok(edit_text(&edits[i], &root, &id, TYPE_BUILDING, 14, text));
            }
        }
        assert_ok(replica_commit(r, list, EDITS, NULL));
        for (size_t i = 0; i < EDITS; i++)
            edit_free(&edits[i]);
    }
    assert_ok(replica_status(r, &status));
    assert_int_equal(status.records, 3 + 8 * EDITS * COUNT / 10);
    assert_true(status.bytes_on_disk > TOWN_MAP_BYTES);
    town_end(&town);
}

static void a_clock_two_days_behind_asks_first(void **state)
{
    struct town town;

    (void)state;
    town_start(&town);
    struct replica *r = town_root(&town);
    linli_id root = replica_identity(r)->root_scope, building = building_new(&town, r, &root, "block 1");
    town.now_ms -= UINT64_C(2) * 24 * 3600 * 1000;
    assert_code(building_set(r, &root, &building, BUILDING_NAME, "block 2", false), LINLI_E_CLOCK);
    r = house_reopen(&town, 0);
    assert_code(building_set(r, &root, &building, BUILDING_NAME, "block 2", false), LINLI_E_CLOCK);
    assert_building(r, &building, BUILDING_NAME, "block 1");
    town_end(&town);
}

static bool row_count(void *ctx, const linli_id *record)
{
    (void)record;
    (*(size_t *)ctx)++;
    return true;
}

static size_t rows_of(struct replica *r, uint32_t scope, uint32_t field, span value)
{
    struct store_txn *txn = NULL;
    size_t count = 0;

    assert_ok(store_begin(r->store, false, &txn));
    assert_ok(index_each(txn, scope, 3 << 1, field, value, row_count, &count));
    store_abort(txn);
    return count;
}

/* As a program leaves it that does not know the field and lists another: the mark is its own. */
static void an_index_made_by_another_schema_is_made_again(void **state)
{
    static const uint8_t name[] = {0xa7, 'b', 'l', 'o', 'c', 'k', ' ', '1'}, other_mark[HASH_BYTES] = {1};
    const span value = span_of(name, sizeof(name));
    struct linli_verify verify = {.on_bad = NULL};
    struct store_txn *txn = NULL;
    struct town town;
    uint32_t scope;

    (void)state;
    town_start(&town);
    struct replica *r = town_root(&town);
    linli_id root = replica_identity(r)->root_scope, building = building_new(&town, r, &root, "block 1");
    assert_ok(store_begin(r->store, true, &txn));
    assert_ok(scope_number(txn, &root, &scope));
    assert_ok(index_delete(txn, scope, 3 << 1, BUILDING_NAME, value, &building));
    assert_ok(index_put(txn, scope, 3 << 1, 900, value, &building));
    assert_ok(meta_put(txn, "index", span_of(other_mark, sizeof(other_mark))));
    assert_ok(store_commit(txn));
    assert_int_equal(rows_of(r, scope, BUILDING_NAME, value), 0);

    r = house_reopen(&town, 0);
    assert_int_equal(rows_of(r, scope, BUILDING_NAME, value), 1);
    assert_int_equal(rows_of(r, scope, 900, value), 0);
    assert_ok(replica_verify(r, &verify));
    assert_ok(building_set(r, &root, &building, BUILDING_NAME, "block 2", false));
    town_end(&town);
}

struct heard {
    size_t records, heads;
};

static void hear(void *ctx, const struct linli_event *event)
{
    struct heard *heard = ctx;

    heard->records += event->kind == LINLI_EVENT_RECORD;
    heard->heads += event->kind == LINLI_EVENT_SCOPE_HEADS;
}

static void the_listener_hears_of_each_record_and_log_once_durable(void **state)
{
    struct heard heard = {0, 0};
    struct town town;

    (void)state;
    town_start(&town);
    struct replica *r = town_root(&town);
    linli_id root = replica_identity(r)->root_scope;
    replica_listen(r, hear, &heard);
    building_new(&town, r, &root, "block 1");
    assert_int_equal(heard.records, 1);
    assert_int_equal(heard.heads, 1);
    town.now_ms -= UINT64_C(2) * 24 * 3600 * 1000;
    linli_id other = id_new(&town);
    assert_code(building_set(r, &root, &other, BUILDING_NAME, "block 2", true), LINLI_E_CLOCK);
    assert_int_equal(heard.records, 1);
    town_end(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_there_after_reopening),
        cmocka_unit_test(a_blind_write_stands_beside_and_is_counted_as_a_conflict),
        cmocka_unit_test(siblings_of_one_name_are_refused_and_nothing_is_added),
        cmocka_unit_test(many_scopes_come_in_few_changesets_and_may_name_each_other),
        cmocka_unit_test(the_map_grows_under_a_large_commit),
        cmocka_unit_test(a_clock_two_days_behind_asks_first),
        cmocka_unit_test(an_index_made_by_another_schema_is_made_again),
        cmocka_unit_test(the_listener_hears_of_each_record_and_log_once_durable),
    };
    return UNIT_RUN(tests);
}
