/* tests: replica: rights taken back, given again and ruled upon, and what reads them, when memory runs out at any point. */
#include "failing.h"
#include "look.h"

/* A node, whose captain worked on after he was revoked: his late work lies aside. */
struct story {
    struct town town;
    struct replica *office, *captain;
    struct device_keys keys;
    linli_id root, patch, early, late;
    struct linli_revoke order;
    struct linli_ruling ruling;
    struct linli_query query;
    struct replica_config config;
    size_t seen;
};

static void story_start(struct story *s)
{
    memset(s, 0, sizeof(*s));
    town_start(&s->town);
    s->office = town_root(&s->town);
    s->root = replica_identity(s->office)->root_scope;
    s->patch = scope_add(s->office, &s->root, "patch 1");
    device_make(&s->town, &s->keys);
    s->captain = town_join_keys(&s->town, s->office, &s->patch, LINLI_CAPTAIN, &s->keys);
    meet(s->office, s->captain);
    s->early = building_new(&s->town, s->captain, &s->patch, "before");
    meet(s->captain, s->office);
    s->order.reason = LINLI_REASON_LEFT;
    memcpy(s->order.device, s->keys.sign_public, KEY_BYTES);
    memcpy(s->ruling.device, s->keys.sign_public, KEY_BYTES);
    s->query.type = TYPE_BUILDING;
}

static int revoke_work(void *ctx)
{
    struct story *s = ctx;
    struct linli_revoked done;

    return replica_revoke(s->office, &s->order, &done);
}

static int rule_work(void *ctx)
{
    struct story *s = ctx;
    struct linli_ruled ruled;

    return replica_rule(s->office, &s->ruling, &ruled);
}

/* The captain is revoked, and what he wrote since arrives. */
static void late_work_arrives(struct story *s)
{
    assert_ok(revoke_work(s));
    assert_ok(building_set(s->captain, &s->patch, &s->early, BUILDING_NAME, "late", false));
    s->late = building_new(&s->town, s->captain, &s->patch, "later");
    meet_scope(s->captain, s->office, &s->root, 7);
    meet_scope(s->captain, s->office, &s->patch, 7);
    assert_building(s->office, &s->early, BUILDING_NAME, "before");
}

static void a_revocation_without_memory_takes_nothing_back(void **state)
{
    struct story s;

    (void)state;
    story_start(&s);
    assert_true(each_failure(s.office, &s.patch, revoke_work, &s) > 20);
    assert_building(s.office, &s.early, BUILDING_NAME, "before");
    assert_verifies(s.office);
    town_end(&s.town);
}

static void a_revocation_of_past_work_without_memory_takes_nothing_back(void **state)
{
    struct story s;

    (void)state;
    story_start(&s);
    s.order.since_ms = TOWN_NOW_MS; /* all that he wrote */
    assert_true(each_failure(s.office, &s.patch, revoke_work, &s) > 20);
    assert_building(s.office, &s.early, BUILDING_NAME, "");
    assert_verifies(s.office);
    town_end(&s.town);
}

static void a_device_turned_out_of_one_patch_is_so_whole_or_not_at_all_without_memory(void **state)
{
    struct story s;

    (void)state;
    story_start(&s);
    s.order.scope = s.patch;
    s.order.note = "moved away";
    s.order.strict = true;
    assert_true(each_failure(s.office, &s.patch, revoke_work, &s) > 20);
    assert_verifies(s.office);
    town_end(&s.town);
}

static void a_move_without_memory_leaves_the_device_where_it_was(void **state)
{
    struct story s;

    (void)state;
    story_start(&s);
    s.order.admit = scope_add(s.office, &s.root, "patch 2");
    assert_true(each_failure(s.office, &s.patch, revoke_work, &s) > 20);
    assert_building(s.office, &s.early, BUILDING_NAME, "before");
    assert_verifies(s.office);
    town_end(&s.town);
}

static int invite_work(void *ctx)
{
    struct story *s = ctx;
    const char *const addresses[] = {"192.0.2.1:7000"};
    struct linli_invite asked = {.scope = s->patch, .role = LINLI_CAPTAIN, .name = "Tester One",
                                 .addresses = addresses, .address_count = COUNT_OF(addresses)};
    char uri[LINLI_URI_BYTES];

    return replica_invite(s->office, &asked, uri);
}

static void an_invitation_without_memory_is_none(void **state)
{
    struct story s;

    (void)state;
    story_start(&s);
    assert_true(each_failure(s.office, &s.patch, invite_work, &s) > 1);
    assert_verifies(s.office);
    town_end(&s.town);
}

static void late_work_is_adopted_whole_or_not_at_all_without_memory(void **state)
{
    struct story s;

    (void)state;
    story_start(&s);
    late_work_arrives(&s);
    s.ruling.adopt = true;
    assert_true(each_failure(s.office, &s.patch, rule_work, &s) > 20);
    assert_building(s.office, &s.early, BUILDING_NAME, "late");
    assert_building(s.office, &s.late, BUILDING_NAME, "later");
    assert_verifies(s.office);
    town_end(&s.town);
}

static void late_work_is_rejected_whole_or_not_at_all_without_memory(void **state)
{
    struct story s;

    (void)state;
    story_start(&s);
    late_work_arrives(&s);
    assert_true(each_failure(s.office, &s.patch, rule_work, &s) > 20);
    assert_building(s.office, &s.early, BUILDING_NAME, "before");
    assert_verifies(s.office);
    town_end(&s.town);
}

static bool write_seen(void *ctx, const struct linli_write *write)
{
    (void)write;
    ++*(size_t *)ctx;
    return true;
}

static bool aside_seen(void *ctx, const struct linli_aside *aside)
{
    (void)aside;
    ++*(size_t *)ctx;
    return true;
}

static bool conflict_seen(void *ctx, const struct linli_conflict *conflict)
{
    (void)conflict;
    ++*(size_t *)ctx;
    return true;
}

static bool grant_seen(void *ctx, const struct linli_grant *grant)
{
    (void)grant;
    ++*(size_t *)ctx;
    return true;
}

static bool scope_seen(void *ctx, const struct linli_scope *scope)
{
    (void)scope;
    ++*(size_t *)ctx;
    return true;
}

static bool record_seen(void *ctx, const linli_id *scope, const linli_id *record, const struct record_state *state)
{
    (void)scope;
    (void)record;
    (void)state;
    ++*(size_t *)ctx;
    return true;
}

static int history_work(void *ctx)
{
    struct story *s = ctx;

    s->seen = 0;
    return replica_history_each(s->office, &s->early, write_seen, &s->seen);
}

static int aside_work(void *ctx)
{
    struct story *s = ctx;

    s->seen = 0;
    return replica_aside_each(s->office, NULL, aside_seen, &s->seen);
}

static int conflict_work(void *ctx)
{
    struct story *s = ctx;

    s->seen = 0;
    return replica_conflict_each(s->office, &s->patch, NULL, conflict_seen, &s->seen);
}

static int grant_work(void *ctx)
{
    struct story *s = ctx;

    s->seen = 0;
    return replica_grant_each(s->office, grant_seen, &s->seen);
}

static int scope_work(void *ctx)
{
    struct story *s = ctx;

    s->seen = 0;
    return replica_scope_each(s->office, scope_seen, &s->seen);
}

static int query_work(void *ctx)
{
    struct story *s = ctx;

    s->seen = 0;
    return replica_query(s->office, &s->query, false, record_seen, &s->seen);
}

static int verify_work(void *ctx)
{
    struct story *s = ctx;
    struct linli_verify report = {.bad = 0};
    int rv = replica_verify(s->office, &report);

    assert_true(report.bad == 0 || rows_spoilt()); /* want of memory is no damage, nor is a disk that cannot be read */
    s->seen = report.records;
    return rv;
}

static void a_reading_without_memory_says_so_and_sees_the_same_afterwards(void **state)
{
    static int (*const readings[])(void *ctx) = {history_work, aside_work, conflict_work, grant_work,
                                                 scope_work, query_work, verify_work};
    struct story s;

    (void)state;
    story_start(&s);
    late_work_arrives(&s);
    for (size_t i = 0; i < COUNT_OF(readings); i++) {
        assert_ok(readings[i](&s));
        size_t seen = s.seen;
        assert_true(seen > 0 || readings[i] == conflict_work);
        assert_true(each_failure(s.office, &s.patch, readings[i], &s) > 1);
        assert_int_equal(s.seen, seen);
    }
    town_end(&s.town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_revocation_without_memory_takes_nothing_back),
        cmocka_unit_test(a_revocation_of_past_work_without_memory_takes_nothing_back),
        cmocka_unit_test(a_device_turned_out_of_one_patch_is_so_whole_or_not_at_all_without_memory),
        cmocka_unit_test(an_invitation_without_memory_is_none),
        cmocka_unit_test(a_move_without_memory_leaves_the_device_where_it_was),
        cmocka_unit_test(late_work_is_adopted_whole_or_not_at_all_without_memory),
        cmocka_unit_test(late_work_is_rejected_whole_or_not_at_all_without_memory),
        cmocka_unit_test(a_reading_without_memory_says_so_and_sees_the_same_afterwards),
    };
    return UNIT_RUN(tests);
}
