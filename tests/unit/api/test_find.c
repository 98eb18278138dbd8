/*
 * api: people found by what somebody types: by any value that stands, also in conflict, by none that stands no more, and by sealed
 * ones only where they open; and the index has no more and no less than that.
 */
#include "story.h"

#include "store/store.h"

enum { RES_PHONE = 7, REQUEST = 8 << 1, REQ_TITLE = 1, REQ_HOUSEHOLD = 2 };

struct lane {
    struct town town;
    linli_store *office, *captain;
    linli_id root, patch, other;
};

static void lane_start(struct lane *l)
{
    memset(l, 0, sizeof(*l));
    town_start(&l->town);
    l->office = story_root(&l->town);
    l->root = story_root_scope(l->office);
    l->patch = story_scope(l->office, &l->root, "1");
    l->other = story_scope(l->office, &l->root, "2");
    l->captain = story_join(&l->town, l->office, &l->patch, LINLI_CAPTAIN);
    story_meet(l->office, l->captain);
}

static void lane_end(struct lane *l)
{
    assert_verifies(l->office);
    assert_verifies(l->captain);
    linli_store_close(l->office);
    linli_store_close(l->captain);
    town_end(&l->town);
}

static int set_shown(linli_store *store, const linli_id *id, linli_field field, struct linli_value value)
{
    linli_record *record = story_get(store, id);
    int rv = story_set(store, id, linli_record_token(record), field, value);

    linli_record_free(record);
    return rv;
}

static bool count_one(void *ctx, const linli_record *record)
{
    (void)record;
    ++*(size_t *)ctx;
    return true;
}

static size_t found(linli_store *store, linli_type type, const char *typed)
{
    struct linli_query query = {.type = type, .match = typed};
    size_t count = 0;

    assert_ok(linli_query_each(store, &query, count_one, &count));
    return count;
}

static void every_value_that_stands_finds_and_no_other(void **state)
{
    struct lane l;
    linli_txn *txn = NULL;

    (void)state;
    lane_start(&l);
    linli_id id = story_new(l.captain, &l.patch, RESIDENT, RES_NAME, linli_text("张三"));
    story_meet(l.office, l.captain);
    assert_int_equal(found(l.office, RESIDENT, "zhang san"), 1); /* what came by a meeting is indexed with it */
    assert_ok(set_shown(l.captain, &id, RES_NAME, linli_text("单雨")));
    assert_ok(set_shown(l.office, &id, RES_NAME, linli_text("曾雪")));
    story_meet(l.office, l.captain);
    for (int i = 0; i < 2; i++) {
        linli_store *store = i == 0 ? l.office : l.captain;
        assert_int_equal(found(store, RESIDENT, "zs"), 0);
        assert_int_equal(found(store, RESIDENT, "shanyu"), 1);
        assert_int_equal(found(store, RESIDENT, "zengx"), 1);
    }
    linli_record *seen = story_get(l.office, &id);
    struct linli_value chosen = linli_text("单雨");
    assert_ok(linli_txn_begin(l.office, &txn));
    assert_ok(linli_record_set(txn, &id, linli_record_token(seen), RES_NAME, &chosen));
    assert_ok(linli_txn_commit(txn, NULL));
    linli_record_free(seen);
    story_meet(l.office, l.captain);
    assert_int_equal(found(l.captain, RESIDENT, "zengx"), 0);
    assert_int_equal(found(l.captain, RESIDENT, "danyu"), 1);
    seen = story_get(l.captain, &id);
    assert_ok(linli_txn_begin(l.captain, &txn));
    assert_ok(linli_record_delete(txn, &id, linli_record_token(seen)));
    assert_ok(linli_txn_commit(txn, NULL));
    linli_record_free(seen);
    assert_int_equal(found(l.captain, RESIDENT, "danyu"), 0);
    lane_end(&l);
}

static linli_id home_new(linli_store *store, const linli_id *scope, const char *building, const char *unit, const char *room)
{
    linli_txn *txn = NULL;
    linli_id id;
    const struct linli_value values[] = {linli_text(building), linli_text(unit), linli_text(room)};
    const linli_field fields[] = {HH_BUILDING, HH_UNIT, HH_ROOM};

    assert_ok(linli_txn_begin(store, &txn));
    assert_ok(linli_record_create(txn, scope, HOUSEHOLD, &id));
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        assert_ok(linli_record_set(txn, &id, no_token, fields[i], &values[i]));
    assert_ok(linli_txn_commit(txn, NULL));
    return id;
}

static void a_room_finds_the_household_who_lives_there_and_what_they_asked_for(void **state)
{
    struct lane l;

    (void)state;
    lane_start(&l);
    linli_id home = home_new(l.office, &l.patch, "3栋", "1单元", "502室");
    linli_id next = home_new(l.office, &l.patch, "3栋", "2单元", "502室");
    linli_id far = home_new(l.office, &l.other, "4栋", "1", "0502");
    for (int i = 0; i < 3; i++)
        story_new(l.office, i == 2 ? &l.other : &l.patch, RESIDENT, RES_HOUSEHOLD, linli_ref(i == 0 ? &home : i == 1 ? &next : &far));
    story_new(l.office, &l.other, RESIDENT, RES_HOUSEHOLD, linli_ref(&home)); /* nobody of that scope lives there */
    story_new(l.office, &l.patch, REQUEST, REQ_HOUSEHOLD, linli_ref(&home));
    story_new(l.office, &l.patch, REQUEST, REQ_TITLE, linli_text("made-up title about 9-9-909"));
    assert_int_equal(found(l.office, HOUSEHOLD, "3-1-502"), 1);
    assert_int_equal(found(l.office, HOUSEHOLD, "3-502"), 2);
    home_new(l.office, &l.other, "4栋", "1", "5021"); /* holds the text, and is another room */
    assert_int_equal(found(l.office, HOUSEHOLD, "502"), 3);
    assert_int_equal(found(l.office, HOUSEHOLD, "4-1-502"), 1);
    assert_int_equal(found(l.office, RESIDENT, "3-1-502"), 1);
    assert_int_equal(found(l.office, RESIDENT, "3-502"), 2);
    assert_int_equal(found(l.office, RESIDENT, "502"), 3);
    assert_int_equal(found(l.office, REQUEST, "3-1-502"), 1);
    assert_int_equal(found(l.office, REQUEST, "9-9-909"), 1);
    assert_ok(set_shown(l.office, &home, HH_BUILDING, linli_text("5栋")));
    assert_int_equal(found(l.office, RESIDENT, "3-1-502"), 0);
    assert_int_equal(found(l.office, RESIDENT, "5-1-502"), 1);
    lane_end(&l);
}

static void what_is_nobodys_name_place_or_number_is_sought_in_every_text(void **state)
{
    struct lane l;
    struct linli_value tag = linli_text("独居");
    linli_txn *txn = NULL;

    (void)state;
    lane_start(&l);
    linli_id home = home_new(l.office, &l.patch, "3", "1", "502");
    assert_ok(linli_txn_begin(l.office, &txn));
    assert_ok(linli_record_add(txn, &home, no_token, HH_TAGS, &tag));
    assert_ok(linli_txn_commit(txn, NULL));
    story_new(l.office, &l.patch, HOUSEHOLD, HH_HEAD, linli_text("张三"));
    assert_int_equal(found(l.office, HOUSEHOLD, "独居"), 1);
    assert_int_equal(found(l.office, HOUSEHOLD, "3"), 1);  /* a building, which no room of that name hides */
    assert_int_equal(found(l.office, HOUSEHOLD, "zs"), 1);
    assert_int_equal(found(l.office, HOUSEHOLD, "不在"), 0);
    assert_int_equal(found(l.office, HOUSEHOLD, ""), 2);
    story_new(l.office, &l.patch, HOUSEHOLD, HH_HEAD, linli_text("独居")); /* somebody of that name comes first */
    struct linli_query query = {.type = HOUSEHOLD, .match = "独居", .limit = 1};
    linli_id id;
    assert_ok(linli_query_first(l.office, &query, &id));
    assert_false(id_equal(&id, &home));
    assert_int_equal(found(l.office, HOUSEHOLD, "独居"), 1);
    lane_end(&l);
}

static void the_end_of_a_number_is_no_other_part_of_it(void **state)
{
    struct lane l;

    (void)state;
    lane_start(&l);
    story_new(l.captain, &l.patch, RESIDENT, RES_PHONE, linli_text("19900000106"));
    story_new(l.captain, &l.patch, RESIDENT, RES_PHONE, linli_text("19901060000"));
    linli_id id = story_new(l.captain, &l.patch, RESIDENT, RES_NUMBER, linli_text("53011118900101001X"));
    assert_int_equal(found(l.captain, RESIDENT, "0106"), 1);
    assert_int_equal(found(l.captain, RESIDENT, "0000"), 1);
    assert_int_equal(found(l.captain, RESIDENT, "001x"), 1);
    assert_ok(set_shown(l.captain, &id, RES_NUMBER, linli_text("530111189001010106")));
    assert_int_equal(found(l.captain, RESIDENT, "0106"), 2);
    lane_end(&l);
}

struct rows {
    const linli_id *record;
    size_t count;
};

static bool row_of(void *ctx, uint32_t type, uint32_t field, span value, const linli_id *record)
{
    struct rows *rows = ctx;

    (void)type;
    (void)field;
    (void)value;
    rows->count += id_equal(record, rows->record);
    return true;
}

/* Rows of the index about this record, of any field. */
static size_t index_rows(linli_store *store, const linli_id *scope, const linli_id *record)
{
    struct rows rows = {record, 0};
    struct store_txn *txn = NULL;
    uint32_t number;

    assert_ok(store_begin(store->replica->store, false, &txn));
    assert_ok(scope_number(txn, scope, &number));
    assert_ok(index_all(txn, number, row_of, &rows));
    assert_ok(store_end(txn, LINLI_OK));
    return rows.count;
}

static void who_is_erased_is_in_no_index(void **state)
{
    struct lane l;

    (void)state;
    lane_start(&l);
    linli_id id = story_new(l.captain, &l.patch, RESIDENT, RES_NAME, linli_text("金丝雀"));
    assert_ok(set_shown(l.captain, &id, RES_PHONE, linli_text("19900000106")));
    story_meet(l.office, l.captain);
    assert_int_equal(found(l.office, RESIDENT, "jsq"), 1);
    assert_int_equal(found(l.office, RESIDENT, "0106"), 1);
    size_t before = index_rows(l.captain, &l.patch, &id);
    assert_true(before >= 3);
    const struct linli_erase erase = {.records = &id, .count = 1, .reason = LINLI_ERASE_REQUEST};
    assert_ok(linli_erase(l.office, &erase, NULL));
    story_meet(l.office, l.captain);
    for (int i = 0; i < 2; i++) {
        linli_store *store = i == 0 ? l.office : l.captain;
        assert_int_equal(found(store, RESIDENT, "jsq") + found(store, RESIDENT, "0106"), 0);
        assert_true(index_rows(store, &l.patch, &id) <= 1); /* that there was a resident */
    }
    lane_end(&l);
}

static void what_is_set_aside_finds_nobody(void **state)
{
    struct lane l;
    struct linli_revoke revoke = {.reason = LINLI_REASON_LOST};

    (void)state;
    lane_start(&l);
    linli_id id = story_new(l.captain, &l.patch, RESIDENT, RES_NAME, linli_text("张三"));
    story_meet(l.office, l.captain);
    l.town.now_ms += 1000;
    story_new(l.office, &l.patch, RESIDENT, RES_NAME, linli_text("李四"));
    revoke.since_ms = l.town.now_ms + 1000;
    l.town.now_ms += 2000;
    assert_ok(set_shown(l.captain, &id, RES_NAME, linli_text("单雨")));
    story_meet(l.office, l.captain);
    assert_int_equal(found(l.office, RESIDENT, "shanyu"), 1);
    memcpy(revoke.device, replica_identity(l.captain->replica)->sign_public, KEY_BYTES);
    assert_ok(linli_revoke(l.office, &revoke, NULL));
    story_meet(l.office, l.captain);
    for (int i = 0; i < 2; i++) {
        linli_store *store = i == 0 ? l.office : l.captain;
        assert_int_equal(found(store, RESIDENT, "shanyu"), 0);
        assert_int_equal(found(store, RESIDENT, "zhangs"), 1);
    }
    lane_end(&l);
}

static int unmark(struct work *w, void *ctx)
{
    static const uint8_t another[HASH_BYTES];

    (void)ctx;
    int rv = index_clear(w->txn);
    return rv == LINLI_OK ? meta_put(w->txn, "index", span_of(another, sizeof(another))) : rv;
}

static void an_index_of_another_program_is_made_again(void **state)
{
    struct lane l;

    (void)state;
    lane_start(&l);
    linli_id id = story_new(l.office, &l.patch, RESIDENT, RES_NAME, linli_text("张三"));
    assert_ok(set_shown(l.office, &id, RES_PHONE, linli_text("19900000106")));
    assert_ok(work_run(l.office->replica, unmark, NULL));
    linli_store_close(l.office);
    struct linli_options options = story_options(&l.town, l.town.houses[0].dir);
    assert_ok(linli_store_open(&options, &l.office));
    assert_int_equal(found(l.office, RESIDENT, "zs"), 1);
    assert_int_equal(found(l.office, RESIDENT, "0106"), 1);
    lane_end(&l);
}

static int ask_all(void *ctx)
{
    static const char *const typed[] = {"zs", "3-1-502", "0106", "不在"};
    int rv = LINLI_OK;

    for (size_t i = 0; i < COUNT_OF(typed) && rv == LINLI_OK; i++) {
        struct linli_query query = {.type = RESIDENT, .match = typed[i], .sort = RES_NAME};
        size_t count = 0;
        rv = linli_query_each(ctx, &query, count_one, &count);
    }
    return rv;
}

static void each_allocation_may_fail(void **state)
{
    struct lane l;

    (void)state;
    lane_start(&l);
    linli_id home = home_new(l.captain, &l.patch, "3栋", "1单元", "502室");
    linli_id id = story_new(l.captain, &l.patch, RESIDENT, RES_HOUSEHOLD, linli_ref(&home));
    assert_ok(set_shown(l.captain, &id, RES_NAME, linli_text("张三")));
    assert_ok(set_shown(l.captain, &id, RES_PHONE, linli_text("19900000106")));
    assert_true(heap_each_failure(ask_all, l.captain) > 0);
    lane_end(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_that_stands_finds_and_no_other),
        cmocka_unit_test(a_room_finds_the_household_who_lives_there_and_what_they_asked_for),
        cmocka_unit_test(what_is_nobodys_name_place_or_number_is_sought_in_every_text),
        cmocka_unit_test(the_end_of_a_number_is_no_other_part_of_it),
        cmocka_unit_test(who_is_erased_is_in_no_index),
        cmocka_unit_test(what_is_set_aside_finds_nobody),
        cmocka_unit_test(an_index_of_another_program_is_made_again),
        cmocka_unit_test(each_allocation_may_fail),
    };

    return UNIT_RUN(tests);
}
