/*
 * api: the audit: whatever opens sealed values at the office says so first. The table of calls below is held against the public
 * headers by tests/gates/opened.py: a new way to read must come into it.
 */
#include <signal.h>
#include <sys/resource.h>

#include "audit_lane.h"
#include "canary.h"
#include "heap.h"

/* ---- every call that hands out sealed values ---- */

static bool any_write(void *ctx, const struct linli_write *write)
{
    (void)write;
    ++*(size_t *)ctx;
    return true;
}

static bool any_conflict(void *ctx, const struct linli_conflict *conflict)
{
    (void)conflict;
    ++*(size_t *)ctx;
    return true;
}

static int call_sorted(linli_store *store, const struct lane *l, size_t *handed)
{
    struct linli_query query = {.type = RESIDENT, .scope = &l->root, .subtree = true, .sort = RES_NAME};

    return linli_query_each(store, &query, any_record, handed);
}

/* As an older reading showed it, which was closed and told nothing. */
static int call_seen(linli_store *store, const struct lane *l, size_t *handed)
{
    linli_record *closed = NULL, *record = NULL;
    int rv = linli_record_get_closed(store, &l->person, &closed);

    if (rv == LINLI_OK)
        rv = linli_record_get_seen(store, &l->person, linli_record_token(closed), &record);
    *handed += rv == LINLI_OK;
    linli_record_free(closed);
    linli_record_free(record);
    return rv;
}

static int call_search(linli_store *store, const struct lane *l, size_t *handed)
{
    struct linli_where where = {RES_NUMBER, linli_text(number)};
    struct linli_query query = {.type = RESIDENT, .scope = &l->root, .subtree = true, .where = &where, .where_count = 1};

    return linli_query_each(store, &query, any_record, handed);
}

/* Only an id comes out: that there is one with this telephone is told all the same. */
static int call_first(linli_store *store, const struct lane *l, size_t *handed)
{
    struct linli_where where = {RES_PHONE, linli_text(phone)};
    struct linli_query query = {.type = RESIDENT, .scope = &l->root, .subtree = true, .where = &where, .where_count = 1};
    linli_id id;
    int rv = linli_query_first(store, &query, &id);

    *handed += rv == LINLI_OK;
    return rv;
}

/* So is that there is none. */
static int call_first_none(linli_store *store, const struct lane *l, size_t *handed)
{
    struct linli_where where = {RES_PHONE, linli_text("19900000299")};
    struct linli_query query = {.type = RESIDENT, .scope = &l->root, .subtree = true, .where = &where, .where_count = 1};
    linli_id id;
    int rv = linli_query_first(store, &query, &id);

    *handed += 1;
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

/* And who comes first in its order. */
static int call_first_sorted(linli_store *store, const struct lane *l, size_t *handed)
{
    struct linli_query query = {.type = RESIDENT, .scope = &l->root, .subtree = true, .sort = RES_NOTE};
    linli_id id;
    int rv = linli_query_first(store, &query, &id);

    *handed += rv == LINLI_OK;
    return rv;
}

static int call_history(linli_store *store, const struct lane *l, size_t *handed)
{
    return linli_history_each(store, &l->person, any_write, handed);
}

static int call_conflict(linli_store *store, const struct lane *l, size_t *handed)
{
    return linli_conflict_each(store, NULL, &l->person, any_conflict, handed);
}

static int call_conflicts(linli_store *store, const struct lane *l, size_t *handed)
{
    return linli_conflict_each(store, &l->root, NULL, any_conflict, handed);
}

static const struct call {
    const char *name;
    int (*run)(linli_store *store, const struct lane *l, size_t *handed);
    enum linli_audit_act act;
    bool one;                /* it names the record */
    unsigned classes;
    uint64_t count;
} calls[] = {
    {"linli_record_get", call_get, LINLI_AUDIT_READ, true, CONTACT | IDENTITY | NOTES, 0},
    {"linli_record_get_seen", call_seen, LINLI_AUDIT_READ, true, CONTACT | IDENTITY | NOTES, 0},
    {"linli_query_each", call_list, LINLI_AUDIT_LIST, false, CONTACT | IDENTITY | NOTES, 1},
    {"linli_query_each, sorted", call_sorted, LINLI_AUDIT_LIST, false, CONTACT | IDENTITY | NOTES, 1},
    {"linli_query_each, where", call_search, LINLI_AUDIT_SEARCH, false, CONTACT | IDENTITY | NOTES, 1},
    {"linli_query_first", call_first, LINLI_AUDIT_SEARCH, false, CONTACT, 0},
    {"linli_query_first, none", call_first_none, LINLI_AUDIT_SEARCH, false, CONTACT, 0},
    {"linli_query_first, sorted", call_first_sorted, LINLI_AUDIT_LIST, false, NOTES, 0},
    {"linli_history_each", call_history, LINLI_AUDIT_HISTORY, true, CONTACT | IDENTITY | NOTES, 0},
    {"linli_conflict_each", call_conflict, LINLI_AUDIT_CONFLICTS, true, CONTACT, 0},
    {"linli_conflict_each, scope", call_conflicts, LINLI_AUDIT_CONFLICTS, false, CONTACT, 1},
};

/* Two telephones and two names side by side. */
static void quarrel(struct lane *l)
{
    assert_ok(set_shown(l->captain, &l->person, RES_PHONE, phone));
    assert_ok(set_shown(l->office, &l->person, RES_PHONE, "19900000202"));
    assert_ok(set_shown(l->captain, &l->person, RES_NAME, "Made-up Name"));
    assert_ok(set_shown(l->office, &l->person, RES_NAME, "Another Name"));
    lane_meet(l);
}

static void every_call_that_opens_is_recorded_at_the_office_and_none_on_a_phone(void **state)
{
    struct lane l;

    (void)state;
    lane_start(&l);
    quarrel(&l);
    as(l.office, "made-up-clerk", "a made-up reason");
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        const struct call *c = &calls[i];
        size_t handed = 0;
        l.town.now_ms += QUARTER_MS;
        print_message("%s\n", c->name);
        assert_ok(c->run(l.captain, &l, &handed));
        assert_true(handed > 0);
        assert_int_equal(audited(l.captain, 0, l.town.now_ms).count, 0);
        handed = 0;
        assert_ok(c->run(l.office, &l, &handed));
        assert_true(handed > 0);
        struct seen seen = audited(l.office, 0, l.town.now_ms);
        assert_int_equal(seen.count, 1);
        assert_int_equal(seen.last.act, c->act);
        assert_int_equal(seen.last.classes, c->classes);
        assert_int_equal(seen.last.count, c->count);
        assert_memory_equal(&seen.last.scope, c->one ? &l.patch : &l.root, sizeof(linli_id));
        assert_memory_equal(&seen.last.record, c->one ? &l.person : &(linli_id){{0}}, sizeof(linli_id));
        assert_int_equal(seen.last.type, c->act == LINLI_AUDIT_CONFLICTS && !c->one ? 0 : RESIDENT);
        assert_string_equal(seen.actor, "made-up-clerk");
        assert_string_equal(seen.reason, "a made-up reason");
        assert_string_equal(seen.state, "signed");
        assert_true(seen.last.dot.seq > 0);
    }
    assert_verifies(l.office);
    lane_end(&l);
}

static void what_is_left_closed_is_no_reading(void **state)
{
    struct lane l;
    linli_record *record = NULL;
    size_t handed = 0;

    (void)state;
    lane_start(&l);
    struct linli_where where = {RES_PHONE, linli_text(phone)};
    struct linli_query all = {.type = RESIDENT, .closed = true}, by = all;
    by.where = &where;
    by.where_count = 1;
    assert_ok(linli_query_each(l.office, &all, any_record, &handed));
    assert_int_equal(handed, 1);
    assert_ok(linli_query_each(l.office, &by, any_record, &handed));
    assert_int_equal(handed, 1); /* what is closed matches nothing */
    assert_ok(linli_record_get_closed(l.office, &l.person, &record));
    assert_int_equal(linli_record_field(record, RES_PHONE)->value.kind, LINLI_KIND_SEALED);
    assert_true(shows_text(record, RES_NAME, "Made-up Person"));
    linli_record_free(record);
    assert_int_equal(audited(l.office, 0, l.town.now_ms).count, 0);
    lane_end(&l);
}

/* ---- nothing recorded, nothing shown ---- */

static void what_cannot_be_recorded_is_not_handed_out(void **state)
{
    struct lane l;

    (void)state;
    lane_start(&l);
    quarrel(&l);
    l.town.now_ms -= UINT64_C(3) * 24 * 60 * 60 * 1000; /* a clock that commits refuse */
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        size_t handed = 0;
        int rv = calls[i].run(l.office, &l, &handed);
        print_message("%s\n", calls[i].name);
        assert_code(rv, LINLI_E_CLOCK);
        assert_true(handed == 0 || calls[i].run == call_conflicts || calls[i].run == call_conflict ||
                    calls[i].run == call_first_none); /* the open half of a record may have been told before */
    }
    lane_end(&l);
}

static void on_a_full_disk_sealed_values_stay_sealed(void **state)
{
    struct lane l;
    struct rlimit before;
    linli_record *open = NULL, *closed = NULL;
    size_t handed = 0;

    (void)state;
    lane_start(&l);
    fflush(NULL);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){1, before.rlim_max}), 0);
    int get = linli_record_get(l.office, &l.person, &open);
    int list = call_list(l.office, &l, &handed);
    int get_closed = linli_record_get_closed(l.office, &l.person, &closed);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_not_equal(get, LINLI_OK);
    assert_null(open);
    assert_int_not_equal(list, LINLI_OK);
    assert_int_equal(handed, 0);
    assert_ok(get_closed);
    linli_record_free(closed);
    lane_end(&l);
}

static void who_was_of_the_office_and_may_record_nothing_sees_nothing(void **state)
{
    struct lane l;
    linli_record *record = NULL;
    struct linli_revoke revoke = {.reason = LINLI_REASON_LEFT};

    (void)state;
    lane_start(&l);
    memcpy(revoke.device, replica_identity(l.clerk->replica)->sign_public, 32);
    assert_ok(linli_record_get(l.clerk, &l.person, &record));
    assert_true(shows_text(record, RES_PHONE, phone));
    linli_record_free(record);
    assert_ok(linli_revoke(l.office, &revoke, NULL));
    lane_meet(&l);
    assert_ok(linli_record_get(l.clerk, &l.person, &record));
    assert_int_equal(linli_record_field(record, RES_PHONE)->value.kind, LINLI_KIND_SEALED);
    assert_true(shows_text(record, RES_NAME, "Made-up Person"));
    linli_record_free(record);
    lane_end(&l);
}

static int captain_step(struct work *w, void *ctx)
{
    linli_hash granted;

    return grant_give(w, ctx, &granted);
}

static void who_was_of_the_office_and_is_a_captain_now_is_recorded_as_such(void **state)
{
    struct lane l;
    linli_record *record = NULL;
    struct linli_revoke revoke = {.reason = LINLI_REASON_MOVED};
    struct linli_revoked done;

    (void)state;
    lane_start(&l);
    struct grant_order order = {.scope = l.patch, .after = &done.act, .role = ROLE_CAPTAIN,
                                .rights = grant_rights_of_role(ROLE_CAPTAIN)};
    memcpy(revoke.device, replica_identity(l.clerk->replica)->sign_public, 32);
    memcpy(order.subject, replica_identity(l.clerk->replica)->sign_public, KEY_BYTES);
    memcpy(order.seal, replica_identity(l.clerk->replica)->seal_public, KEY_BYTES);
    assert_ok(linli_revoke(l.office, &revoke, &done));
    assert_ok(work_run(l.office->replica, captain_step, &order));
    lane_meet(&l);
    assert_ok(linli_record_get(l.clerk, &l.person, &record));
    assert_true(shows_text(record, RES_PHONE, phone));
    linli_record_free(record);
    assert_int_equal(audited(l.clerk, LINLI_AUDIT_READ, l.town.now_ms).count, 1);
    lane_end(&l);
}

/* ---- what it says ---- */

static bool no_value(void *ctx, const linli_record *record)
{
    for (size_t i = 0; i < linli_record_count(record); i++) {
        const struct linli_reading *reading = linli_record_at(record, i);
        assert_true(reading->field <= AUDIT_FIELDS);
        for (size_t j = 0; j < reading->count; j++) {
            linli_span bytes = reading->values[j].bytes;
            assert_false(canary_in(bytes.at, bytes.size, phone));
            assert_false(canary_in(bytes.at, bytes.size, number));
            assert_false(canary_in(bytes.at, bytes.size, note));
            assert_false(canary_in(bytes.at, bytes.size, "Made-up Person"));
        }
    }
    ++*(size_t *)ctx;
    return true;
}

static void no_entry_holds_a_value_or_what_was_searched_for(void **state)
{
    struct lane l;
    size_t handed = 0, count = 0;
    struct linli_query query = {.type = AUDIT};
    struct linli_query match = {.type = RESIDENT, .match = "canary-note"};

    (void)state;
    lane_start(&l);
    quarrel(&l);
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        l.town.now_ms += QUARTER_MS;
        assert_ok(calls[i].run(l.office, &l, &handed));
    }
    assert_ok(linli_query_each(l.office, &match, any_record, &handed));
    assert_ok(linli_query_each(l.office, &query, no_value, &count));
    assert_true(count >= COUNT_OF(calls));
    for (size_t i = 0; i < l.town.count; i++) {
        assert_false(canary_in_folder(l.town.houses[i].dir, phone));
        assert_false(canary_in_folder(l.town.houses[i].dir, note));
    }
    lane_end(&l);
}

/* ---- without memory ---- */

struct trying {
    struct lane *l;
    const struct call *call; /* NULL: the audit itself is read */
};

static int try_call(void *ctx)
{
    const struct trying *t = ctx;
    struct seen seen = {.count = 0};
    struct linli_audit_query query = {.act = 0};
    size_t handed = 0;

    t->l->town.now_ms += QUARTER_MS;
    return t->call != NULL ? t->call->run(t->l->office, t->l, &handed)
                           : linli_audit_each(t->l->office, &query, seen_one, &seen);
}

static void each_allocation_may_fail(void **state)
{
    struct lane l;
    struct trying t = {.l = &l};

    (void)state;
    lane_start(&l);
    assert_true(heap_each_failure(try_call, &t) > 0);
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        t.call = &calls[i];
        if (calls[i].run == call_get || calls[i].run == call_first)
            assert_true(heap_each_failure(try_call, &t) > 0);
    }
    assert_verifies(l.office);
    lane_end(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_that_opens_is_recorded_at_the_office_and_none_on_a_phone),
        cmocka_unit_test(what_is_left_closed_is_no_reading),
        cmocka_unit_test(what_cannot_be_recorded_is_not_handed_out),
        cmocka_unit_test(on_a_full_disk_sealed_values_stay_sealed),
        cmocka_unit_test(who_was_of_the_office_and_may_record_nothing_sees_nothing),
        cmocka_unit_test(who_was_of_the_office_and_is_a_captain_now_is_recorded_as_such),
        cmocka_unit_test(no_entry_holds_a_value_or_what_was_searched_for),
        cmocka_unit_test(each_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
