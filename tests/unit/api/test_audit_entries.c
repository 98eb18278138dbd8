/* api: entries of the audit: how many, whose, where, and what they say. */
#include "audit_lane.h"
#include "replica/erasing.h"

/* ---- how much of it ---- */

static void the_same_again_within_a_quarter_hour_is_one_record(void **state)
{
    struct lane l;
    struct linli_status before, after;
    size_t handed = 0;

    (void)state;
    lane_start(&l);
    as(l.office, "made-up-clerk", NULL);
    for (int i = 0; i < 3; i++) {
        assert_ok(call_get(l.office, &l, &handed));
        assert_ok(call_list(l.office, &l, &handed));
        if (i == 0)
            assert_ok(linli_store_status(l.office, &before));
    }
    assert_ok(linli_store_status(l.office, &after));
    assert_int_equal(after.changesets, before.changesets); /* not one byte more */
    assert_int_equal(audited(l.office, 0, l.town.now_ms).count, 2);
    as(l.office, "another-clerk", NULL);
    assert_ok(call_get(l.office, &l, &handed));
    assert_int_equal(audited(l.office, LINLI_AUDIT_READ, l.town.now_ms).count, 2);
    as(l.office, "another-clerk", "another reason");
    assert_ok(call_get(l.office, &l, &handed));
    assert_int_equal(audited(l.office, LINLI_AUDIT_READ, l.town.now_ms).count, 3);
    uint64_t first = l.town.now_ms;
    l.town.now_ms += QUARTER_MS;
    assert_ok(call_get(l.office, &l, &handed));
    assert_int_equal(audited(l.office, LINLI_AUDIT_READ, first).count, 4);
    lane_end(&l);
}

static void a_clock_turned_back_to_the_last_look_hides_no_other(void **state)
{
    struct lane l;
    size_t handed = 0;

    (void)state;
    lane_start(&l);
    assert_ok(call_get(l.office, &l, &handed));
    uint64_t first = l.town.now_ms;
    l.town.now_ms += 4 * QUARTER_MS;
    (void)story_new(l.office, &l.patch, HAZARD, HAZ_NOTE, linli_text("made-up"));
    l.town.now_ms = first;
    assert_ok(call_get(l.office, &l, &handed));
    assert_int_equal(audited(l.office, LINLI_AUDIT_READ, first).count, 2);
    assert_ok(call_get(l.office, &l, &handed));
    assert_int_equal(audited(l.office, LINLI_AUDIT_READ, first).count, 2);
    lane_end(&l);
}

static void a_longer_list_is_not_hidden_behind_a_short_one(void **state)
{
    struct lane l;
    size_t handed = 0;
    struct linli_query query = {.type = RESIDENT, .limit = 1};

    (void)state;
    lane_start(&l);
    for (int i = 0; i < 4; i++)
        (void)story_new(l.office, &l.patch, RESIDENT, RES_PHONE, linli_text("19900000203"));
    assert_ok(linli_query_each(l.office, &query, any_record, &handed));
    assert_int_equal(audited(l.office, LINLI_AUDIT_LIST, l.town.now_ms).last.count, 1);
    query.limit = 0;
    assert_ok(linli_query_each(l.office, &query, any_record, &handed));
    struct seen seen = audited(l.office, LINLI_AUDIT_LIST, l.town.now_ms);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.last.count, 5);
    lane_end(&l);
}

static void a_program_that_goes_through_many_is_recorded_by_scope_and_type(void **state)
{
    struct lane l;
    linli_record *record = NULL;

    (void)state;
    lane_start(&l);
    assert_ok(linli_audit_actor(l.office, &(struct linli_actor){.name = "import", .bulk = true}));
    for (int i = 0; i < 4; i++) {
        linli_id id = story_new(l.office, &l.patch, RESIDENT, RES_PHONE, linli_text("19900000203"));
        assert_ok(linli_record_get(l.office, &id, &record));
        linli_record_free(record);
    }
    struct seen seen = audited(l.office, 0, l.town.now_ms);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.last.act, LINLI_AUDIT_LIST);
    assert_memory_equal(&seen.last.scope, &l.patch, sizeof(l.patch));
    lane_end(&l);
}

/* A clerk of one building asks for the whole lane: that it may not write to. */
static void an_entry_that_may_not_stand_where_was_asked_stands_where_the_device_belongs(void **state)
{
    struct lane l;
    size_t handed = 0;

    (void)state;
    lane_start(&l);
    linli_store *clerk = story_join(&l.town, l.office, &l.patch, LINLI_CLERK);
    for (int i = 0; i < 2; i++)
        story_meet(l.office, clerk);
    assert_ok(call_list(clerk, &l, &handed));
    assert_int_equal(handed, 1);
    struct seen seen = audited(clerk, LINLI_AUDIT_LIST, 0);
    assert_int_equal(seen.count, 1);
    assert_memory_equal(&seen.last.scope, &l.root, sizeof(l.root));
    assert_memory_equal(&seen.last.home, &l.patch, sizeof(l.patch));
    story_meet(l.office, clerk);
    assert_int_equal(audited(l.office, LINLI_AUDIT_LIST, 0).count, 1);
    linli_store_close(clerk);
    lane_end(&l);
}

/* The outer call reads while the entry of the inner one is written. */
static bool get_within(void *ctx, const linli_record *record)
{
    const struct lane *l = ctx;
    linli_record *again = NULL;

    assert_ok(linli_record_get(l->office, linli_record_id(record), &again));
    linli_record_free(again);
    return true;
}

static void a_callback_may_read_and_that_is_recorded(void **state)
{
    struct lane l;
    struct linli_query query = {.type = RESIDENT};

    (void)state;
    lane_start(&l);
    for (int i = 0; i < 4; i++)
        (void)story_new(l.office, &l.patch, RESIDENT, RES_PHONE, linli_text("19900000203"));
    assert_ok(linli_query_each(l.office, &query, get_within, &l));
    assert_int_equal(audited(l.office, LINLI_AUDIT_LIST, l.town.now_ms).last.count, 5);
    assert_int_equal(audited(l.office, LINLI_AUDIT_READ, l.town.now_ms).count, 5);
    assert_verifies(l.office);
    lane_end(&l);
}

/* ---- who can change it ---- */

static bool id_keep(void *ctx, const linli_record *record)
{
    *(linli_id *)ctx = *linli_record_id(record);
    return true;
}

static linli_id audit_record(linli_store *store)
{
    struct linli_query query = {.type = AUDIT};
    linli_id id = {{0}};

    assert_ok(linli_query_each(store, &query, id_keep, &id));
    assert_false(id_is_zero(&id));
    return id;
}

/* A captain who knows an entry's id says beforehand that all has been read. */
static void what_another_writes_there_hides_nothing(void **state)
{
    struct lane l;
    size_t handed = 0;
    linli_txn *txn = NULL;
    struct linli_value all = linli_int(63);
    linli_id person;

    (void)state;
    lane_start(&l);
    person = story_new(l.captain, &l.patch, RESIDENT, RES_PHONE, linli_text(phone));
    lane_meet(&l);
    l.person = person;
    assert_ok(call_get(l.office, &l, &handed));
    lane_meet(&l);
    linli_id id = audit_record(l.captain);
    assert_ok(linli_txn_begin(l.captain, &txn));
    assert_ok(linli_record_set(txn, &id, no_token, 6, &all));
    assert_ok(linli_txn_commit(txn, NULL));
    assert_ok(set_shown(l.captain, &person, RES_NOTE, note));
    lane_meet(&l);
    assert_ok(call_get(l.office, &l, &handed));
    bool found = false;
    struct linli_audit_query query = {.record = &person};
    struct seen seen = {.count = 0};
    assert_ok(linli_audit_each(l.office, &query, seen_one, &seen));
    found = seen.count == 1 && seen.last.classes == (CONTACT | NOTES);
    assert_true(found);
    assert_memory_equal(seen.last.dot.author.key, replica_identity(l.office->replica)->sign_public, 32);
    lane_end(&l);
}

static void a_deletion_hides_nothing(void **state)
{
    struct lane l;
    size_t handed = 0;
    linli_record *record = NULL;
    linli_txn *txn = NULL;

    (void)state;
    lane_start(&l);
    assert_ok(call_get(l.office, &l, &handed));
    lane_meet(&l);
    linli_id id = audit_record(l.captain);
    assert_ok(linli_record_get(l.captain, &id, &record));
    assert_ok(linli_txn_begin(l.captain, &txn));
    assert_ok(linli_record_delete(txn, &id, linli_record_token(record)));
    assert_ok(linli_txn_commit(txn, NULL));
    linli_record_free(record);
    lane_meet(&l);
    assert_int_equal(audited(l.office, LINLI_AUDIT_READ, 0).count, 1);
    assert_int_equal(audited(l.clerk, LINLI_AUDIT_READ, 0).count, 1);
    lane_end(&l);
}

static void the_audit_of_two_devices_of_the_office_meets(void **state)
{
    struct lane l;
    size_t handed = 0;

    (void)state;
    lane_start(&l);
    as(l.office, "node", NULL);
    assert_ok(call_get(l.office, &l, &handed));
    l.town.now_ms += 1000;
    as(l.clerk, "clerk", NULL);
    assert_ok(call_get(l.clerk, &l, &handed));
    lane_meet(&l);
    for (int i = 0; i < 3; i++) {
        linli_store *store = i == 0 ? l.office : i == 1 ? l.clerk : l.captain;
        struct seen seen = audited(store, LINLI_AUDIT_READ, 0);
        assert_int_equal(seen.count, 2);
        assert_string_equal(seen.actor, "clerk");
        assert_memory_equal(seen.last.dot.author.key, replica_identity(l.clerk->replica)->sign_public, 32);
    }
    assert_verifies(l.office);
    assert_verifies(l.clerk);
    lane_end(&l);
}

static void exports_are_recorded_wherever_something_may_be_written(void **state)
{
    struct lane l;
    struct linli_audit_note export = {.act = LINLI_AUDIT_EXPORT, .format = "csv", .type = RESIDENT};

    (void)state;
    lane_start(&l);
    linli_store *viewer = story_join(&l.town, l.office, &l.root, LINLI_VIEWER);
    export.scope = &l.patch;
    as(l.captain, "made-up-captain", "for the made-up office");
    assert_ok(linli_audit_note(l.captain, &export));
    export.count = 12;
    assert_ok(linli_audit_note(l.captain, &export));
    lane_meet(&l);
    struct seen seen = audited(l.office, LINLI_AUDIT_EXPORT, 0);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.last.count, 12);
    assert_string_equal(seen.reason, "for the made-up office");
    assert_memory_equal(&seen.last.home, &l.patch, sizeof(l.patch));
    export.scope = NULL; /* all that is held: in the scope of its own grant */
    assert_ok(linli_audit_note(l.captain, &export));
    seen = audited(l.captain, LINLI_AUDIT_EXPORT, 0);
    assert_int_equal(seen.count, 2);
    assert_memory_equal(&seen.last.home, &l.patch, sizeof(l.patch));
    assert_code(linli_audit_note(viewer, &export), LINLI_E_REFUSED);
    export.act = LINLI_AUDIT_READ; /* that is the library's to say */
    assert_code(linli_audit_note(l.captain, &export), LINLI_E_ARG);
    linli_store_close(viewer);
    lane_end(&l);
}

static void what_the_office_did_with_rights_is_in_it(void **state)
{
    struct lane l;
    struct linli_revoke revoke = {.reason = LINLI_REASON_LOST, .note = "a made-up note"};
    struct linli_ruling ruling = {.any_device = true, .adopt = true};

    (void)state;
    lane_start(&l);
    assert_int_equal(audited(l.office, LINLI_AUDIT_GRANT, 0).count, 3); /* the root's, and two that joined */
    memcpy(revoke.device, replica_identity(l.captain->replica)->sign_public, 32);
    assert_ok(linli_revoke(l.office, &revoke, NULL));
    linli_id late = story_new(l.captain, &l.patch, HAZARD, HAZ_NOTE, linli_text("late"));
    lane_meet(&l);
    assert_ok(linli_aside_rule(l.office, &ruling, NULL));
    lane_meet(&l);
    for (int i = 0; i < 2; i++) {
        linli_store *store = i == 0 ? l.office : l.clerk;
        struct seen seen = audited(store, LINLI_AUDIT_REVOKE, 0);
        assert_int_equal(seen.count, 1);
        assert_int_equal(seen.last.cause, LINLI_REASON_LOST);
        assert_string_equal(seen.reason, "a made-up note");
        assert_memory_equal(seen.last.device, revoke.device, 32);
        assert_memory_equal(seen.last.dot.author.key, replica_identity(l.office->replica)->sign_public, 32);
        assert_true(seen.last.dot.seq > 0);
        seen = audited(store, LINLI_AUDIT_ADOPT, 0);
        assert_true(seen.count > 0);
        assert_memory_equal(&seen.last.record, &late, sizeof(late));
        assert_int_equal(seen.last.type, HAZARD);
    }
    lane_end(&l);
}

static void an_entry_of_a_device_that_is_cut_off_says_so(void **state)
{
    struct lane l;
    size_t handed = 0;
    struct linli_revoke revoke = {.reason = LINLI_REASON_STOLEN};

    (void)state;
    lane_start(&l);
    memcpy(revoke.device, replica_identity(l.clerk->replica)->sign_public, 32);
    assert_ok(linli_revoke(l.office, &revoke, NULL));
    assert_ok(call_get(l.clerk, &l, &handed)); /* it has not heard of that yet */
    lane_meet(&l);
    struct seen seen = audited(l.office, LINLI_AUDIT_READ, 0);
    assert_int_equal(seen.count, 1);
    assert_string_equal(seen.state, "revoked");
    lane_end(&l);
}

static void what_is_asked_for_is_what_comes(void **state)
{
    struct lane l;
    size_t handed = 0;
    linli_id nowhere = {{2}};
    char name[66];

    (void)state;
    lane_start(&l);
    assert_ok(call_get(l.office, &l, &handed));
    struct seen seen = {.count = 0};
    struct linli_audit_query query = {.scope = &l.patch, .since_ms = l.town.now_ms, .until_ms = l.town.now_ms + 1};
    assert_ok(linli_audit_each(l.office, &query, seen_one, &seen));
    assert_int_equal(seen.count, 1);
    query.until_ms = l.town.now_ms;
    assert_ok(linli_audit_each(l.office, &query, seen_one, &seen));
    query.until_ms = 0;
    query.record = &nowhere;
    assert_ok(linli_audit_each(l.office, &query, seen_one, &seen));
    assert_int_equal(seen.count, 1);
    query.scope = &nowhere;
    assert_code(linli_audit_each(l.office, &query, seen_one, &seen), LINLI_E_NOT_FOUND);
    memset(name, 'x', sizeof(name));
    name[65] = '\0';
    assert_code(linli_audit_actor(l.office, &(struct linli_actor){.name = name}), LINLI_E_LIMIT);
    assert_code(linli_audit_actor(l.office, &(struct linli_actor){.name = "\xff"}), LINLI_E_FORMAT);
    assert_code(linli_audit_actor(l.office, NULL), LINLI_E_ARG);
    assert_code(linli_audit_note(l.office, NULL), LINLI_E_ARG);
    assert_code(linli_audit_each(l.office, &query, NULL, NULL), LINLI_E_ARG);
    lane_end(&l);
}

/* ---- it stays ---- */

static bool one_id(void *ctx, const linli_record *record)
{
    *(linli_id *)ctx = *linli_record_id(record);
    return true;
}

/* As an altered program says it: the order that ours refuses. */
struct forging {
    struct lane *l;
    linli_id record;
    uint64_t seq;
};

static int order_forge(struct work *w, void *ctx)
{
    const struct forging *f = ctx;
    struct erasure_part parts[] = {{w->r->author, f->seq, 0}, {w->r->author, f->seq, 1}};
    struct erasure e = {.record = f->record, .classes = ERASABLE, .reason = LINLI_ERASE_ERROR};
    struct buf certificate = {0};
    struct scope_path path;
    uint32_t scope;
    bool added;

    assert_ok(scope_number(w->txn, &f->l->patch, &scope));
    assert_ok(tree_path(w->txn, scope, &path));
    statement_start(w->r, &w->r->own[0].grant, &path, &e.head);
    assert_ok(erasure_make(w->r->self.sign_secret, &e, parts, COUNT_OF(parts), &certificate));
    int rv = authority_enter(w, buf_span(&certificate), &added);
    if (rv == LINLI_OK)
        rv = statement_record(w, &e.head, buf_span(&certificate), (span){NULL, 0}, NULL);
    buf_free(&certificate);
    return rv;
}

static void assert_nothing_aside(linli_store *store)
{
    struct linli_status status;

    assert_ok(linli_store_status(store, &status));
    assert_int_equal(status.set_aside, 0);
    assert_verifies(store);
}

static void an_order_about_what_was_looked_at_changes_nothing_that_is_held(void **state)
{
    struct lane l;
    struct forging f = {.l = &l};
    struct linli_query query = {.type = AUDIT};
    size_t handed = 0;

    (void)state;
    lane_start(&l);
    assert_ok(call_get(l.clerk, &l, &handed));
    assert_ok(linli_query_each(l.clerk, &query, one_id, &f.record));
    f.seq = audited(l.clerk, LINLI_AUDIT_READ, 0).last.dot.seq;
    lane_meet(&l);
    assert_ok(work_run(l.clerk->replica, order_forge, &f));
    lane_meet(&l);
    linli_store *const all[] = {l.clerk, l.office, l.captain};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct seen seen = audited(all[i], LINLI_AUDIT_READ, 0);
        assert_int_equal(seen.count, 1);
        assert_string_equal(seen.state, "signed");
        assert_nothing_aside(all[i]);
    }
    lane_end(&l);
}

static void nobody_erases_what_they_looked_at(void **state)
{
    struct lane l;
    struct linli_query query = {.type = AUDIT};
    struct linli_erased done;
    linli_id id;
    size_t handed = 0;

    (void)state;
    lane_start(&l);
    assert_ok(call_get(l.clerk, &l, &handed));
    assert_ok(linli_query_each(l.clerk, &query, one_id, &id));
    struct linli_erase order = {.records = &id, .count = 1, .reason = LINLI_ERASE_ERROR};
    assert_code(linli_erase(l.clerk, &order, &done), LINLI_E_REFUSED);
    assert_non_null(strstr(linli_store_error(l.clerk), "what was shown to whom"));
    lane_meet(&l);
    assert_code(linli_erase(l.office, &order, &done), LINLI_E_REFUSED);
    assert_int_equal(audited(l.office, LINLI_AUDIT_READ, 0).count, 1);
    assert_verifies(l.office);
    lane_end(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_again_within_a_quarter_hour_is_one_record),
        cmocka_unit_test(a_clock_turned_back_to_the_last_look_hides_no_other),
        cmocka_unit_test(a_longer_list_is_not_hidden_behind_a_short_one),
        cmocka_unit_test(a_program_that_goes_through_many_is_recorded_by_scope_and_type),
        cmocka_unit_test(an_entry_that_may_not_stand_where_was_asked_stands_where_the_device_belongs),
        cmocka_unit_test(a_callback_may_read_and_that_is_recorded),
        cmocka_unit_test(what_another_writes_there_hides_nothing),
        cmocka_unit_test(a_deletion_hides_nothing),
        cmocka_unit_test(the_audit_of_two_devices_of_the_office_meets),
        cmocka_unit_test(exports_are_recorded_wherever_something_may_be_written),
        cmocka_unit_test(what_the_office_did_with_rights_is_in_it),
        cmocka_unit_test(an_entry_of_a_device_that_is_cut_off_says_so),
        cmocka_unit_test(what_is_asked_for_is_what_comes),
        cmocka_unit_test(nobody_erases_what_they_looked_at),
        cmocka_unit_test(an_order_about_what_was_looked_at_changes_nothing_that_is_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
