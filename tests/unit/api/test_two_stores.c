/* api: two stores that were apart: tokens, conflicts and their resolution, groups, deletes, history. */
#include "story.h"

struct pair {
    struct town town;
    linli_store *office, *captain;
    linli_id lane, patch;
};

static void pair_start(struct pair *p)
{
    town_start(&p->town);
    p->office = story_root(&p->town);
    p->lane = story_root_scope(p->office);
    p->patch = story_scope(p->office, &p->lane, "Block 1");
    p->captain = story_join(&p->town, p->office, &p->patch, LINLI_CAPTAIN);
    story_meet(p->office, p->captain);
}

static void pair_end(struct pair *p)
{
    story_meet(p->office, p->captain);
    assert_same(p->office->replica, p->captain->replica, &p->patch);
    assert_verifies(p->office);
    assert_verifies(p->captain);
    linli_store_close(p->office);
    linli_store_close(p->captain);
    town_end(&p->town);
}

static linli_id shared_household(struct pair *p)
{
    linli_id id = story_new(p->office, &p->patch, HOUSEHOLD, HH_HEAD, linli_text("first"));

    story_meet(p->office, p->captain);
    return id;
}

static void write_with_token_replaces_what_was_shown_and_only_that(void **state)
{
    struct pair p;
    (void)state;
    pair_start(&p);
    linli_id id = shared_household(&p);
    linli_record *seen = story_get(p.captain, &id);

    assert_code(story_set(p.office, &id, linli_record_token(seen), HH_HEAD, linli_text("x")), LINLI_E_STALE);
    linli_record *office_seen = story_get(p.office, &id);
    assert_ok(story_set(p.office, &id, linli_record_token(office_seen), HH_HEAD, linli_text("office")));
    story_meet(p.office, p.captain);
    /* The form was open all the while: it never saw the office's word. */
    assert_ok(story_set(p.captain, &id, linli_record_token(seen), HH_HEAD, linli_text("captain")));
    linli_record *now = story_get(p.captain, &id);
    assert_int_equal(linli_record_field(now, HH_HEAD)->conflicts, 1);
    linli_record_free(now);
    linli_record_free(office_seen);
    linli_record_free(seen);
    pair_end(&p);
}

struct told {
    size_t count, values;
    linli_dot dots[8];
    char texts[8][32];
    linli_field field;
};

static bool conflict_told(void *ctx, const struct linli_conflict *conflict)
{
    struct told *told = ctx;

    told->count++;
    told->field = conflict->field;
    told->values = conflict->value_count;
    for (size_t i = 0; i < conflict->value_count && i < 8; i++) {
        told->dots[i] = conflict->values[i].dot;
        snprintf(told->texts[i], sizeof(told->texts[i]), "%.*s", (int)conflict->values[i].value.bytes.size,
                 (const char *)conflict->values[i].value.bytes.at);
    }
    return true;
}

static void conflict_is_shown_counted_and_resolved_by_a_person(void **state)
{
    struct pair p;
    struct told told = {0};
    struct linli_status status;
    linli_txn *txn = NULL;
    (void)state;
    pair_start(&p);
    linli_id id = shared_household(&p);
    linli_record *a = story_get(p.office, &id), *b = story_get(p.captain, &id);

    assert_ok(story_set(p.office, &id, linli_record_token(a), HH_HEAD, linli_text("office")));
    p.town.now_ms += 1000;
    assert_ok(story_set(p.captain, &id, linli_record_token(b), HH_HEAD, linli_text("captain")));
    story_meet(p.office, p.captain);
    assert_ok(linli_conflict_each(p.office, NULL, &id, conflict_told, &told));
    assert_int_equal(told.count, 1);
    assert_int_equal(told.field, HH_HEAD);
    assert_int_equal(told.values, 2);
    assert_string_equal(told.texts[0], "captain"); /* the later stamp is shown */
    assert_string_equal(told.texts[1], "office");
    assert_ok(linli_store_status(p.captain, &status));
    assert_int_equal(status.conflicts, 1);
    memset(&told, 0, sizeof(told));
    assert_ok(linli_conflict_each(p.captain, &p.lane, NULL, conflict_told, &told));
    assert_int_equal(told.count, 1);

    linli_record *seen = story_get(p.captain, &id);
    linli_dot nowhere = told.dots[1];
    nowhere.seq += 1000;
    assert_ok(linli_txn_begin(p.captain, &txn));
    assert_code(linli_record_resolve(txn, &id, linli_record_token(seen), HH_HEAD, &nowhere), LINLI_E_NOT_FOUND);
    assert_ok(linli_record_resolve(txn, &id, linli_record_token(seen), HH_HEAD, &told.dots[1]));
    assert_ok(linli_txn_commit(txn, NULL));
    story_meet(p.office, p.captain);
    linli_record *now = story_get(p.office, &id);
    assert_true(shows_text(now, HH_HEAD, "office"));
    assert_int_equal(linli_record_field(now, HH_HEAD)->conflicts, 0);
    assert_ok(linli_store_status(p.office, &status));
    assert_int_equal(status.conflicts, 0);
    linli_record_free(now);
    linli_record_free(seen);
    linli_record_free(a);
    linli_record_free(b);
    pair_end(&p);
}

static void fields_of_a_group_that_are_not_written_keep_what_the_token_showed(void **state)
{
    struct pair p;
    linli_txn *txn = NULL;
    struct linli_value unit = linli_text("2"), floor = linli_text("3"), room = linli_text("301");
    (void)state;
    pair_start(&p);
    linli_id id;

    assert_ok(linli_txn_begin(p.office, &txn));
    assert_ok(linli_record_create(txn, &p.patch, HOUSEHOLD, &id));
    assert_ok(linli_record_set(txn, &id, no_token, HH_UNIT, &unit));
    assert_ok(linli_record_set(txn, &id, no_token, HH_FLOOR, &floor));
    assert_ok(linli_record_set(txn, &id, no_token, HH_ROOM, &room));
    assert_ok(linli_txn_commit(txn, NULL));
    story_meet(p.office, p.captain);
    linli_record *form = story_get(p.captain, &id), *seen = story_get(p.office, &id);

    /* The whole group changes at the office and comes over; the captain's form still shows the old one. */
    assert_ok(story_set(p.office, &id, linli_record_token(seen), HH_ROOM, linli_text("999")));
    story_meet(p.office, p.captain);
    p.town.now_ms += 1000;
    assert_ok(story_set(p.captain, &id, linli_record_token(form), HH_FLOOR, linli_text("4")));
    linli_record *now = story_get(p.captain, &id);
    assert_true(shows_text(now, HH_UNIT, "2"));
    assert_true(shows_text(now, HH_FLOOR, "4"));
    assert_true(shows_text(now, HH_ROOM, "301")); /* as the form showed it, not as it stood meanwhile */
    assert_int_equal(linli_record_field(now, HH_ROOM)->conflicts, 1);
    linli_record_free(now);
    linli_record_free(form);
    linli_record_free(seen);
    pair_end(&p);
}

static void delete_hides_and_an_edit_that_did_not_see_it_revives(void **state)
{
    struct pair p;
    linli_txn *txn = NULL;
    (void)state;
    pair_start(&p);
    linli_id id = shared_household(&p);
    linli_record *a = story_get(p.office, &id), *b = story_get(p.captain, &id);

    assert_ok(linli_txn_begin(p.office, &txn));
    assert_ok(linli_record_delete(txn, &id, linli_record_token(a)));
    assert_ok(linli_txn_commit(txn, NULL));
    linli_record *gone = story_get(p.office, &id);
    assert_true(linli_record_deleted(gone));
    assert_ok(story_set(p.captain, &id, linli_record_token(b), HH_HEAD, linli_text("still here")));
    story_meet(p.office, p.captain);
    linli_record *back = story_get(p.office, &id);
    assert_false(linli_record_deleted(back));
    assert_true(linli_record_revived(back));
    assert_true(shows_text(back, HH_HEAD, "still here"));

    assert_ok(linli_txn_begin(p.office, &txn));
    assert_ok(linli_record_delete(txn, &id, linli_record_token(back)));
    assert_ok(linli_txn_commit(txn, NULL));
    linli_record *gone_again = story_get(p.office, &id);
    assert_true(linli_record_deleted(gone_again));
    assert_ok(linli_txn_begin(p.office, &txn));
    assert_ok(linli_record_restore(txn, &id, linli_record_token(gone_again)));
    assert_ok(linli_txn_commit(txn, NULL));
    linli_record *restored = story_get(p.office, &id);
    assert_false(linli_record_deleted(restored));
    assert_false(linli_record_revived(restored));
    linli_record_free(restored);
    linli_record_free(gone_again);
    linli_record_free(back);
    linli_record_free(gone);
    linli_record_free(a);
    linli_record_free(b);
    pair_end(&p);
}

static void sets_counters_logs_and_greatest_values_merge_by_their_rules(void **state)
{
    struct pair p;
    linli_txn *txn = NULL;
    struct linli_value a = linli_text("alone"), b = linli_text("stairs"), entry = linli_text("rang twice");
    (void)state;
    pair_start(&p);
    linli_id id = shared_household(&p);

    assert_ok(linli_txn_begin(p.office, &txn));
    assert_ok(linli_record_add(txn, &id, no_token, HH_TAGS, &a));
    assert_ok(linli_record_set(txn, &id, no_token, HH_VISITED, &(struct linli_value){.kind = LINLI_KIND_INT, .number = 500}));
    assert_ok(linli_record_set(txn, &id, no_token, HH_REMARKS, &entry));
    assert_code(linli_record_set(txn, &id, no_token, HH_REMARKS, &entry), LINLI_E_LIMIT); /* one entry to a commit */
    assert_ok(linli_txn_commit(txn, NULL));
    p.town.now_ms += 1000;
    assert_ok(linli_txn_begin(p.captain, &txn));
    assert_ok(linli_record_add(txn, &id, no_token, HH_TAGS, &b));
    assert_ok(linli_record_set(txn, &id, no_token, HH_VISITED, &(struct linli_value){.kind = LINLI_KIND_INT, .number = 400}));
    assert_ok(linli_record_set(txn, &id, no_token, HH_REMARKS, &a));
    assert_ok(linli_txn_commit(txn, NULL));
    story_meet(p.office, p.captain);

    linli_record *seen = story_get(p.captain, &id);
    assert_int_equal(linli_record_field(seen, HH_TAGS)->count, 2);
    assert_true(shows_int(seen, HH_VISITED, 500));
    const struct linli_reading *remarks = linli_record_field(seen, HH_REMARKS);
    assert_int_equal(remarks->count, 2);
    assert_true(value_is(&remarks->values[0], "rang twice"));
    assert_true(value_is(&remarks->values[1], "alone"));

    /* With a token too: what replaces nothing takes none of it. */
    p.town.now_ms += 1000;
    assert_ok(story_set(p.captain, &id, linli_record_token(seen), HH_REMARKS, linli_text("third")));
    assert_ok(story_set(p.captain, &id, linli_record_token(seen), HH_VISITED, linli_int(450)));
    linli_record *third = story_get(p.captain, &id);
    assert_int_equal(linli_record_field(third, HH_REMARKS)->count, 3);
    assert_true(shows_int(third, HH_VISITED, 500));
    linli_record_free(third);

    /* Taken out by one who saw it, put in again by one who did not: it stays in. */
    assert_ok(linli_txn_begin(p.captain, &txn));
    assert_ok(linli_record_remove(txn, &id, linli_record_token(seen), HH_TAGS, &a));
    assert_ok(linli_txn_commit(txn, NULL));
    linli_record *after = story_get(p.captain, &id);
    assert_int_equal(linli_record_field(after, HH_TAGS)->count, 1);
    assert_ok(linli_txn_begin(p.office, &txn));
    assert_ok(linli_record_add(txn, &id, no_token, HH_TAGS, &a));
    assert_ok(linli_txn_commit(txn, NULL));
    story_meet(p.office, p.captain);
    linli_record *both = story_get(p.captain, &id);
    assert_int_equal(linli_record_field(both, HH_TAGS)->count, 2);
    linli_record_free(both);
    linli_record_free(after);
    linli_record_free(seen);
    pair_end(&p);
}

static void counters_add_up_what_each_author_added(void **state)
{
    struct pair p;
    linli_txn *txns[2];
    struct linli_value two = linli_int(2), three = linli_int(3), most = linli_int(INT64_MAX);
    const struct linli_schema_type *type = linli_schema_type_by_name("activity");
    const struct linli_schema_field *hours = linli_schema_field_by_name(type, "hours");
    linli_id id;
    (void)state;
    pair_start(&p);
    id = story_new(p.office, &p.patch, type->number, hours->number, two);
    story_meet(p.office, p.captain);

    /* Twice in one transaction, in two of one commit, and by two authors. */
    for (size_t i = 0; i < 2; i++) {
        assert_ok(linli_txn_begin(p.office, &txns[i]));
        assert_ok(linli_record_set(txns[i], &id, no_token, hours->number, &three));
        assert_ok(linli_record_set(txns[i], &id, no_token, hours->number, &two));
    }
    assert_code(linli_record_set(txns[1], &id, no_token, hours->number, &most), LINLI_E_LIMIT);
    assert_ok(linli_txn_commit_group(txns, 2, NULL));
    assert_shows_int(p.office, &id, hours->number, 12);
    assert_ok(story_set(p.captain, &id, no_token, hours->number, linli_int(-1)));
    story_meet(p.office, p.captain);
    assert_shows_int(p.office, &id, hours->number, 11);
    assert_shows_int(p.captain, &id, hours->number, 11);
    pair_end(&p);
}

static void ladder_climbs_refuses_steps_back_and_reopens(void **state)
{
    struct pair p;
    linli_txn *txn = NULL;
    (void)state;
    pair_start(&p);
    linli_id id = story_new(p.captain, &p.patch, HAZARD, HAZ_STATE, linli_int(1));

    linli_record *seen = story_get(p.captain, &id);
    assert_ok(story_set(p.captain, &id, linli_record_token(seen), HAZ_STATE, linli_int(4)));
    linli_record *done = story_get(p.captain, &id);
    assert_true(shows_int(done, HAZ_STATE, 4));
    assert_code(story_set(p.captain, &id, linli_record_token(done), HAZ_STATE, linli_int(2)), LINLI_E_REFUSED);
    assert_ok(story_set(p.captain, &id, linli_record_token(done), HAZ_ASSIGNEE, linli_text("made-up office")));
    linli_record *given = story_get(p.captain, &id);
    assert_true(shows_int(given, HAZ_STATE, 4)); /* of one group: it keeps its step */

    assert_ok(linli_txn_begin(p.captain, &txn));
    assert_code(linli_record_reopen(txn, &id, no_token, HAZ_STATE, 1), LINLI_E_ARG);
    assert_ok(linli_record_reopen(txn, &id, linli_record_token(given), HAZ_STATE, 1));
    assert_ok(linli_txn_commit(txn, NULL));
    assert_shows_int(p.captain, &id, HAZ_STATE, 1);
    assert_shows_text(p.captain, &id, HAZ_ASSIGNEE, "made-up office");
    linli_record_free(given);
    linli_record_free(done);
    linli_record_free(seen);
    pair_end(&p);
}

struct history {
    size_t count, superseded, aside;
    linli_stamp last;
    char texts[8][32];
};

static bool write_told(void *ctx, const struct linli_write *write)
{
    struct history *h = ctx;

    assert_true(write->stamp >= h->last);
    h->last = write->stamp;
    h->superseded += write->superseded;
    h->aside += write->set_aside;
    if (h->count < 8 && write->value.kind == LINLI_KIND_TEXT)
        snprintf(h->texts[h->count], sizeof(h->texts[0]), "%.*s", (int)write->value.bytes.size,
                 (const char *)write->value.bytes.at);
    h->count++;
    return true;
}

static void history_tells_every_write_oldest_first_and_who_wrote(void **state)
{
    struct pair p;
    struct history h = {0};
    struct linli_status status;
    char name[64];
    linli_id nowhere = {{9}};
    (void)state;
    pair_start(&p);
    linli_id id = shared_household(&p);
    linli_record *seen = story_get(p.captain, &id);

    p.town.now_ms += 1000;
    assert_ok(story_set(p.captain, &id, linli_record_token(seen), HH_HEAD, linli_text("second")));
    story_meet(p.office, p.captain);
    assert_ok(linli_history_each(p.office, &id, write_told, &h));
    assert_int_equal(h.count, 2);
    assert_int_equal(h.superseded, 1);
    assert_string_equal(h.texts[0], "first");
    assert_string_equal(h.texts[1], "second");
    assert_code(linli_history_each(p.office, &nowhere, write_told, &h), LINLI_E_NOT_FOUND);
    assert_ok(linli_store_status(p.captain, &status));
    assert_ok(linli_device_name(p.office, status.replica.key, name, sizeof(name)));
    assert_string_equal(name, "Made-up Holder");
    assert_ok(linli_device_name(p.office, status.replica.key, name, 5));
    assert_string_equal(name, "Made");
    assert_ok(linli_device_name(p.office, story_key, name, sizeof(name)));
    assert_string_equal(name, "");
    linli_record_free(seen);
    pair_end(&p);
}

static bool aside_told(void *ctx, const struct linli_aside *aside)
{
    size_t *count = ctx;

    assert_string_equal(aside->reason, "right");
    ++*count;
    return true;
}

static void what_the_grants_do_not_allow_is_refused_and_writes_nothing(void **state)
{
    struct pair p;
    size_t asides = 0;
    struct linli_status before, after;
    struct linli_scope_spec spec = {.name = "Block 2", .kind = LINLI_PATCH};
    linli_txn *txn = NULL;
    linli_id id;
    (void)state;
    pair_start(&p);
    linli_store *viewer = story_join(&p.town, p.office, &p.patch, LINLI_VIEWER);

    story_meet(p.office, viewer);
    assert_ok(linli_store_status(viewer, &before));
    assert_ok(linli_txn_begin(viewer, &txn));
    assert_ok(linli_record_create(txn, &p.patch, HOUSEHOLD, &id));
    assert_code(linli_txn_commit(txn, NULL), LINLI_E_REFUSED);
    assert_code(linli_scope_add(viewer, &p.patch, &spec, &id), LINLI_E_REFUSED);
    assert_ok(linli_store_status(viewer, &after));
    assert_int_equal(before.changesets, after.changesets);
    assert_ok(linli_aside_each(viewer, NULL, aside_told, &asides));
    assert_int_equal(asides, 0);
    assert_verifies(viewer);
    linli_store_close(viewer);
    pair_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(write_with_token_replaces_what_was_shown_and_only_that),
        cmocka_unit_test(conflict_is_shown_counted_and_resolved_by_a_person),
        cmocka_unit_test(fields_of_a_group_that_are_not_written_keep_what_the_token_showed),
        cmocka_unit_test(delete_hides_and_an_edit_that_did_not_see_it_revives),
        cmocka_unit_test(sets_counters_logs_and_greatest_values_merge_by_their_rules),
        cmocka_unit_test(counters_add_up_what_each_author_added),
        cmocka_unit_test(ladder_climbs_refuses_steps_back_and_reopens),
        cmocka_unit_test(history_tells_every_write_oldest_first_and_who_wrote),
        cmocka_unit_test(what_the_grants_do_not_allow_is_refused_and_writes_nothing),
    };

    return UNIT_RUN(tests);
}
