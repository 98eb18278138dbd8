/* tests: replica: the audit, written and read, when memory runs out or the disk fails at any point, or a row is damaged. */
#include "failing.h"
#include "look.h"

/* An office that turned a captain out, adopted some of his late work and rejected some, erased a record, and exported. */
struct story {
    struct town town;
    struct replica *office, *captain;
    struct device_keys keys;
    linli_id root, patch, early, late, resident;
    struct linli_audit_query query;
    struct linli_audit_note note;
    size_t seen;
    uint64_t last;
};

static void resident_write(struct replica *r, const linli_id *scope, const linli_id *record)
{
    struct edit edit = {.count = 0}, *edits[] = {&edit};

    assert_ok(edit_life(&edit, scope, record, TYPE_RESIDENT));
    assert_ok(edit_text(&edit, scope, record, TYPE_RESIDENT, RESIDENT_NAME, "Made-up Name"));
    assert_ok(replica_commit(r, edits, 1, NULL));
    edit_free(&edit);
}

static void rule(struct story *s, const linli_id *record, bool adopt)
{
    struct linli_ruling ruling = {.adopt = adopt, .record = *record};
    struct linli_ruled ruled;

    memcpy(ruling.device, s->keys.sign_public, KEY_BYTES);
    assert_ok(replica_rule(s->office, &ruling, &ruled));
}

static void start(struct story *s)
{
    struct linli_revoke order = {.reason = LINLI_REASON_LEFT, .note = "moved away"};
    struct linli_revoked revoked;
    struct linli_erased erased;

    memset(s, 0, sizeof(*s));
    town_start(&s->town);
    s->office = town_root(&s->town);
    s->root = replica_identity(s->office)->root_scope;
    s->patch = scope_add(s->office, &s->root, "patch 1");
    device_make(&s->town, &s->keys);
    s->captain = town_join_keys(&s->town, s->office, &s->patch, LINLI_CAPTAIN, &s->keys);
    meet(s->office, s->captain);
    s->resident = id_new(&s->town);
    resident_write(s->captain, &s->patch, &s->resident);
    s->early = building_new(&s->town, s->captain, &s->patch, "before");
    meet(s->captain, s->office);
    memcpy(order.device, s->keys.sign_public, KEY_BYTES);
    assert_ok(replica_revoke(s->office, &order, &revoked));
    assert_ok(building_set(s->captain, &s->patch, &s->early, BUILDING_NAME, "late", false));
    s->late = building_new(&s->town, s->captain, &s->patch, "later");
    meet_scope(s->captain, s->office, &s->root, 7);
    meet_scope(s->captain, s->office, &s->patch, 7);
    rule(s, &s->early, true);
    rule(s, &s->late, false);
    struct linli_erase erase = {.records = &s->resident, .count = 1, .reason = LINLI_ERASE_ERROR};
    assert_ok(replica_erase(s->office, &erase, &erased));
    s->note = (struct linli_audit_note){.act = LINLI_AUDIT_EXPORT, .format = "jsonl", .count = 3};
}

static int note_work(void *ctx)
{
    struct story *s = ctx;

    return replica_audit_note(s->office, &s->note);
}

static bool audit_seen(void *ctx, const struct linli_audit *audit)
{
    struct story *s = ctx;

    s->seen++;
    assert_true(audit->stamp >= s->last || rows_spoilt());
    s->last = audit->stamp;
    return audit->actor != NULL && audit->format != NULL && audit->reason != NULL && audit->state != NULL;
}

static int audit_work(void *ctx)
{
    struct story *s = ctx;

    s->seen = 0;
    s->last = 0;
    return replica_audit_each(s->office, &s->query, audit_seen, s);
}

static size_t of_act(struct story *s, enum linli_audit_act act)
{
    s->query = (struct linli_audit_query){.act = act};
    assert_ok(audit_work(s));
    return s->seen;
}

static void an_export_is_recorded_before_it_goes_or_does_not_go(void **state)
{
    struct story s;

    (void)state;
    start(&s);
    assert_int_equal(of_act(&s, LINLI_AUDIT_EXPORT), 0);
    assert_true(each_failure(s.office, &s.patch, note_work, &s) > 5);
    assert_int_equal(of_act(&s, LINLI_AUDIT_EXPORT), 1);
    assert_verifies(s.office);
    town_end(&s.town);
}

static void the_audit_is_told_whole_or_not_at_all(void **state)
{
    struct story s;

    (void)state;
    start(&s);
    assert_ok(note_work(&s));
    const struct linli_audit_query queries[] = {{.act = 0}, {.scope = &s.root}, {.scope = &s.patch, .act = LINLI_AUDIT_ADOPT}};
    for (size_t i = 0; i < COUNT_OF(queries); i++) {
        s.query = queries[i];
        assert_ok(audit_work(&s));
        size_t seen = s.seen;
        assert_true(seen > 0);
        assert_true(each_failure(s.office, &s.patch, audit_work, &s) > 5);
        assert_int_equal(s.seen, seen);
    }
    town_end(&s.town);
}

static void what_is_asked_for_is_told_and_no_more(void **state)
{
    struct story s;

    (void)state;
    start(&s);
    assert_int_equal(of_act(&s, LINLI_AUDIT_GRANT), 2); /* the office's and the captain's */
    assert_int_equal(of_act(&s, LINLI_AUDIT_REVOKE), 1);
    assert_int_equal(of_act(&s, LINLI_AUDIT_ADOPT), 1);
    assert_int_equal(of_act(&s, LINLI_AUDIT_REJECT), 1);
    assert_int_equal(of_act(&s, LINLI_AUDIT_ERASE), 1);
    s.query = (struct linli_audit_query){.record = &s.early};
    assert_ok(audit_work(&s));
    assert_int_equal(s.seen, 1);
    s.query = (struct linli_audit_query){.until_ms = TOWN_NOW_MS}; /* before all of it */
    assert_ok(audit_work(&s));
    assert_int_equal(s.seen, 0);
    s.query = (struct linli_audit_query){.since_ms = TOWN_NOW_MS + 1000000000};
    assert_ok(audit_work(&s));
    assert_int_equal(s.seen, 0);
    s.query = (struct linli_audit_query){.scope = &s.early}; /* no scope */
    assert_code(audit_work(&s), LINLI_E_NOT_FOUND);
    town_end(&s.town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_export_is_recorded_before_it_goes_or_does_not_go),
        cmocka_unit_test(the_audit_is_told_whole_or_not_at_all),
        cmocka_unit_test(what_is_asked_for_is_told_and_no_more),
    };
    return UNIT_RUN(tests);
}
