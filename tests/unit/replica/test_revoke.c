/* tests: replica: rights are taken back by heads, whatever came first; late work is adopted or rejected; who comes again goes on. */
#include "story.h"

enum { NAME = BUILDING_NAME };

static void assert_sound(struct replica *r)
{
    struct linli_verify report = {.bad = 0};

    assert_ok(replica_verify(r, &report));
    assert_int_equal(report.bad, 0);
}

static uint64_t aside(struct replica *r)
{
    struct linli_status status;

    assert_ok(replica_status(r, &status));
    return status.set_aside;
}

static void late_work_of_a_revoked_device_is_set_aside(void **state)
{
    struct story s;

    (void)state;
    story_start(&s);
    linli_id early = building_new(&s.town, s.captain, &s.patch, "before");
    meet(s.captain, s.office);
    struct linli_revoked done = revoke(s.office, &s.keys);
    assert_int_equal(done.grants, 1);
    assert_int_equal(done.logs, 1);
    /* He has not heard of it, and works on; a colleague who has not either takes it in. */
    linli_id late = building_new(&s.town, s.captain, &s.patch, "after");
    assert_ok(building_set(s.captain, &s.patch, &early, NAME, "changed after", false));
    meet(s.captain, s.other);
    assert_building(s.other, &late, NAME, "after");
    assert_building(s.other, &early, NAME, "changed after");
    /* The colleague hears of it: what he had merged is taken back. */
    meet(s.office, s.other);
    assert_building(s.other, &late, NAME, "");
    assert_building(s.other, &early, NAME, "before");
    assert_building(s.office, &late, NAME, "");
    assert_same(s.office, s.other, &s.patch);
    assert_int_equal(aside(s.office), aside(s.other));
    assert_true(aside(s.office) > 0);
    assert_sound(s.office);
    assert_sound(s.other);
    town_end(&s.town);
}

static void order_of_arrival_does_not_matter(void **state)
{
    struct story s;

    (void)state;
    story_start(&s);
    struct replica *third = town_join(&s.town, s.office, &s.patch, LINLI_CAPTAIN);
    linli_id early = building_new(&s.town, s.captain, &s.patch, "before");
    meet(s.captain, s.office);
    (void)revoke(s.office, &s.keys);
    linli_id late = building_new(&s.town, s.captain, &s.patch, "after");
    hand_on_all(&s, s.captain, s.other); /* first the work */
    hand_on_all(&s, s.office, s.other);
    hand_on_all(&s, s.office, third);    /* first the word */
    hand_on_all(&s, s.captain, third);
    hand_on_all(&s, s.captain, s.office);
    assert_building(third, &early, NAME, "before");
    assert_building(third, &late, NAME, "");
    assert_same(s.other, third, &s.patch);
    assert_same(s.office, third, &s.patch);
    assert_int_equal(aside(s.other), aside(third));
    assert_sound(third);
    town_end(&s.town);
}

/* The thief's clock says last year; he hands his work to anybody; nothing of it shows. */
static void back_dated_writes_are_cut_by_their_place_in_the_log(void **state)
{
    struct story s;
    struct buf run = {0};

    (void)state;
    story_start(&s);
    linli_id early = building_new(&s.town, s.captain, &s.patch, "before");
    meet(s.captain, s.office);
    struct linli_revoke order = order_on(&s.keys);
    struct linli_revoked done;
    order.reason = LINLI_REASON_STOLEN;
    order.strict = true;
    assert_ok(replica_revoke(s.office, &order, &done));
    /* A second log under the same key, in an incarnation that nobody has heard of, stamped before all else. */
    s.keys.incarnation++;
    struct hand h = hand_make(s.office, &s.keys, &s.patch, &s.captain->own[0].grant.id, 1000);
    linli_id forged = id_new(&s.town);
    hand_one(&h, &(struct hand_write){.type = TYPE_BUILDING, .record = forged,
                                      .group = group_number(NAME, RULE_REGISTER, CLASS_PUBLIC), .text = "forged"}, &run);
    assert_int_equal(ingest(s.office, buf_span(&run)).set_aside, 1);
    assert_building(s.office, &forged, NAME, "");
    assert_building(s.office, &early, NAME, "before");
    assert_sound(s.office);
    buf_free(&run);
    town_end(&s.town);
}

/* Runs of this key in an incarnation that nobody had heard of, as long as told, of any date. */
static void forge(struct story *s, struct replica *to, uint64_t incarnation, size_t length, const linli_id *record)
{
    struct device_keys keys = s->keys;
    struct buf run = {0};

    keys.incarnation = incarnation;
    struct hand h = hand_make(s->office, &keys, &s->patch, &s->captain->own[0].grant.id, 1000);
    for (size_t i = 0; i < length; i++) {
        buf_clear(&run);
        hand_one(&h, &(struct hand_write){.type = TYPE_BUILDING, .record = *record,
                                          .group = group_number(NAME, RULE_REGISTER, CLASS_PUBLIC), .text = "forged"}, &run);
        assert_int_equal(ingest(to, buf_span(&run)).outcome, INGEST_STORED);
    }
    buf_free(&run);
}

/* Whatever date it bears: accepted is what was here when the office last wrote something before that time. */
static void since_takes_back_what_the_office_cannot_vouch_for(void **state)
{
    struct story s;
    struct linli_revoked done;

    (void)state;
    story_start(&s);
    linli_id early = building_new(&s.town, s.captain, &s.patch, "before"), forged = id_new(&s.town);
    meet(s.captain, s.office);
    s.town.now_ms += 60000;
    (void)building_new(&s.town, s.office, &s.root, "the office's own");
    uint64_t wrote_ms = s.town.now_ms;
    s.town.now_ms += 60000;
    struct linli_revoke order = order_on(&s.keys);
    order.since_ms = s.town.now_ms;
    s.town.now_ms = wrote_ms - 1; /* the thief's clock */
    linli_id late = building_new(&s.town, s.captain, &s.patch, "after");
    s.town.now_ms = order.since_ms + 60000;
    meet(s.captain, s.office);
    forge(&s, s.office, 4711, 1, &forged);
    assert_building(s.office, &late, NAME, "after");
    assert_building(s.office, &forged, NAME, "forged");
    assert_ok(replica_revoke(s.office, &order, &done));
    assert_building(s.office, &late, NAME, "");
    assert_building(s.office, &forged, NAME, "");
    assert_building(s.office, &early, NAME, "before");
    assert_int_equal(done.logs, 2);
    assert_sound(s.office);
    town_end(&s.town);
}

/* A log of which two first changesets came is frozen before the first: there is nothing of it to list. */
static void a_log_that_forked_at_its_start_is_closed(void **state)
{
    struct story s;

    (void)state;
    story_start(&s);
    linli_id forged = id_new(&s.town), other = id_new(&s.town);
    forge(&s, s.office, 4711, 1, &forged);
    struct device_keys keys = s.keys;
    struct buf run = {0};
    keys.incarnation = 4711;
    struct hand h = hand_make(s.office, &keys, &s.patch, &s.captain->own[0].grant.id, 1000);
    hand_one(&h, &(struct hand_write){.type = TYPE_BUILDING, .record = other,
                                      .group = group_number(NAME, RULE_REGISTER, CLASS_PUBLIC), .text = "another story"}, &run);
    (void)ingest(s.office, buf_span(&run));
    assert_int_equal(head_at(s.office, &s.patch, &h.author).seq, 0);
    struct linli_revoked done = revoke(s.office, &s.keys);
    assert_int_equal(done.logs, 1);
    assert_sound(s.office);
    buf_free(&run);
    town_end(&s.town);
}

static void who_wrote_more_logs_than_an_act_lists_keeps_those_that_came_first(void **state)
{
    enum { LOGS = 30 * REVOCATION_PAGES_MAX + 1 };
    struct story s;

    (void)state;
    story_start(&s);
    linli_id early = building_new(&s.town, s.captain, &s.patch, "before"), forged = id_new(&s.town);
    meet(s.captain, s.office);
    for (unsigned i = 0; i < LOGS; i++)
        forge(&s, s.office, 4711 + i, 2, &forged); /* longer than the honest one */
    struct linli_revoked done = revoke(s.office, &s.keys);
    assert_int_equal(done.logs, LOGS + 1);
    assert_building(s.office, &early, NAME, "before");
    town_end(&s.town);
}

static struct linli_ruling ruling_on(const struct device_keys *keys, bool adopt)
{
    struct linli_ruling ruling = {.adopt = adopt};

    memcpy(ruling.device, keys->sign_public, KEY_BYTES);
    return ruling;
}

static void late_work_is_adopted_as_it_was_signed(void **state)
{
    struct story s;
    struct linli_ruled ruled;

    (void)state;
    story_start(&s);
    linli_id early = building_new(&s.town, s.captain, &s.patch, "before");
    meet(s.captain, s.office);
    (void)revoke(s.office, &s.keys);
    assert_ok(building_set(s.captain, &s.patch, &early, NAME, "honest late work", false));
    linli_id late = building_new(&s.town, s.captain, &s.patch, "more of it");
    hand_on_all(&s, s.captain, s.office);
    hand_on_all(&s, s.captain, s.other);
    assert_building(s.office, &early, NAME, "before");
    struct linli_ruling ruling = ruling_on(&s.keys, true);
    ruling.record = early;
    assert_ok(replica_rule(s.office, &ruling, &ruled)); /* record by record */
    assert_int_equal(ruled.done, 1);
    assert_building(s.office, &early, NAME, "honest late work");
    assert_building(s.office, &late, NAME, "");
    ruling.record = (linli_id){{0}};
    assert_ok(replica_rule(s.office, &ruling, &ruled));
    assert_building(s.office, &late, NAME, "more of it");
    assert_int_equal(aside(s.office), 0);
    assert_code(replica_rule(s.office, &ruling, &ruled), LINLI_E_NOT_FOUND);
    hand_on_all(&s, s.office, s.other);
    assert_same(s.office, s.other, &s.patch);
    assert_building(s.other, &late, NAME, "more of it");
    assert_sound(s.office);
    assert_sound(s.other);
    town_end(&s.town);
}

static void what_is_rejected_stays_aside_even_if_it_is_adopted_elsewhere(void **state)
{
    struct story s;
    struct linli_ruled ruled;

    (void)state;
    story_start(&s);
    struct replica *clerk = town_join(&s.town, s.office, &s.root, LINLI_CLERK);
    (void)revoke(s.office, &s.keys);
    linli_id late = building_new(&s.town, s.captain, &s.patch, "late");
    hand_on_all(&s, s.captain, s.office);
    hand_on_all(&s, s.office, clerk);
    struct linli_ruling adopt = ruling_on(&s.keys, true), reject = ruling_on(&s.keys, false);
    assert_ok(replica_rule(s.office, &adopt, &ruled));
    assert_ok(replica_rule(clerk, &reject, &ruled));
    assert_building(s.office, &late, NAME, "late");
    meet(s.office, clerk);
    assert_building(s.office, &late, NAME, "");
    assert_building(clerk, &late, NAME, "");
    assert_same(s.office, clerk, &s.patch);
    assert_int_equal(aside(s.office), 1);
    assert_code(replica_rule(clerk, &adopt, &ruled), LINLI_E_NOT_FOUND);
    assert_sound(clerk);
    town_end(&s.town);
}

/* The clerk of a patch reads what stands in the scope above, and may not rule on it. */
static void each_part_is_ruled_on_by_who_may(void **state)
{
    struct story s;
    struct linli_ruled ruled;
    struct buf run = {0};
    struct linli_ruling any = {.any_device = true, .adopt = true};

    (void)state;
    story_start(&s);
    struct replica *clerk = town_join(&s.town, s.office, &s.patch, LINLI_CLERK);
    (void)revoke(s.office, &s.keys);
    linli_id late = building_new(&s.town, s.captain, &s.patch, "late"), above = id_new(&s.town);
    struct hand h = hand_make(s.office, &s.keys, &s.root, &s.captain->own[0].grant.id, s.town.now_ms);
    hand_one(&h, &(struct hand_write){.type = TYPE_BUILDING, .record = above,
                                      .group = group_number(NAME, RULE_REGISTER, CLASS_PUBLIC), .text = "above"}, &run);
    hand_on_all(&s, s.captain, s.office);
    assert_int_equal(ingest(s.office, buf_span(&run)).set_aside, 1);
    hand_on_all(&s, s.office, clerk);
    assert_int_equal(aside(clerk), 2);
    assert_ok(replica_rule(clerk, &any, &ruled));
    assert_true(ruled.done == 1 && ruled.none == 0 && ruled.refused == 1);
    assert_building(clerk, &late, NAME, "late");
    assert_code(replica_rule(clerk, &any, &ruled), LINLI_E_REFUSED);
    assert_true(ruled.done == 0 && ruled.none == 0 && ruled.refused == 1);
    struct linli_ruling reject = {.any_device = true, .record = above};
    assert_ok(replica_rule(s.office, &reject, &ruled));
    assert_true(ruled.done == 1 && ruled.refused == 0);
    hand_on_all(&s, s.office, clerk);
    assert_code(replica_rule(clerk, &any, &ruled), LINLI_E_NOT_FOUND);
    assert_true(ruled.done == 0 && ruled.none == 1 && ruled.refused == 0);
    assert_sound(clerk);
    buf_free(&run);
    town_end(&s.town);
}

static void nobody_rules_without_the_right_to_manage(void **state)
{
    struct story s;
    struct linli_ruled ruled;

    (void)state;
    story_start(&s);
    (void)revoke(s.office, &s.keys);
    (void)building_new(&s.town, s.captain, &s.patch, "late");
    hand_on_all(&s, s.captain, s.other);
    hand_on_all(&s, s.office, s.other);
    struct linli_ruling adopt = ruling_on(&s.keys, true);
    assert_code(replica_rule(s.other, &adopt, &ruled), LINLI_E_REFUSED);
    struct linli_revoke order = order_on(&s.keys);
    struct linli_revoked done;
    assert_code(replica_revoke(s.other, &order, &done), LINLI_E_NOT_FOUND); /* his only grant has ended */
    memcpy(order.device, replica_identity(s.office)->sign_public, KEY_BYTES);
    order.scope = s.root;
    assert_code(replica_revoke(s.other, &order, &done), LINLI_E_REFUSED);
    town_end(&s.town);
}

static void who_was_revoked_writes_nothing_more_once_he_knows(void **state)
{
    struct story s;
    linli_id id;

    (void)state;
    story_start(&s);
    id = building_new(&s.town, s.captain, &s.patch, "before");
    meet(s.captain, s.office);
    (void)revoke(s.office, &s.keys);
    hand_on_all(&s, s.office, s.captain);
    assert_code(building_set(s.captain, &s.patch, &id, NAME, "after", false), LINLI_E_REFUSED);
    struct peer_access access;
    assert_code(replica_peer_access(s.office, s.keys.sign_public, (span){NULL, 0}, &access), LINLI_E_REFUSED);
    assert_ok(replica_own_access(s.captain, &access));
    assert_int_equal(access.count, 0);
    peer_access_free(&access);
    town_end(&s.town);
}

static void who_is_admitted_again_goes_on_in_a_new_log(void **state)
{
    struct story s;

    (void)state;
    story_start(&s);
    linli_id early = building_new(&s.town, s.captain, &s.patch, "before");
    meet(s.captain, s.office);
    (void)revoke(s.office, &s.keys);
    (void)building_new(&s.town, s.captain, &s.patch, "late");
    struct device_keys again = s.keys; /* the same key, another incarnation */
    again.incarnation++;
    struct replica *back = town_join_keys(&s.town, s.office, &s.patch, LINLI_CAPTAIN, &again);
    meet(s.office, back);
    assert_ok(building_set(back, &s.patch, &early, NAME, "back again", false));
    hand_on_all(&s, back, s.office);
    assert_building(s.office, &early, NAME, "back again");
    /* The old log stays closed, whatever grant goes with it. */
    hand_on_all(&s, s.office, s.captain);
    hand_on_all(&s, s.captain, s.office);
    assert_int_equal(aside(s.office), 1);
    uint64_t old = replica_identity(s.captain)->incarnation;
    linli_id more = building_new(&s.town, s.captain, &s.patch, "in a new log");
    assert_true(replica_identity(s.captain)->incarnation != old);
    hand_on_all(&s, s.captain, s.office);
    assert_building(s.office, &more, NAME, "in a new log");
    assert_int_equal(aside(s.office), 1);
    assert_sound(s.office);
    assert_sound(s.captain);
    town_end(&s.town);
}

static void of_two_acts_the_lower_head_holds(void **state)
{
    struct story s;

    (void)state;
    story_start(&s);
    struct replica *clerk = town_join(&s.town, s.office, &s.root, LINLI_CLERK);
    linli_id first = building_new(&s.town, s.captain, &s.patch, "first");
    meet(s.captain, s.office);
    hand_on_all(&s, s.office, clerk);
    linli_id second = building_new(&s.town, s.captain, &s.patch, "second");
    meet(s.captain, s.office);
    (void)revoke(clerk, &s.keys);   /* has seen one */
    (void)revoke(s.office, &s.keys); /* has seen two */
    assert_building(s.office, &second, NAME, "second");
    meet(s.office, clerk);
    hand_on_all(&s, s.office, s.other);
    assert_building(s.office, &first, NAME, "first");
    assert_building(s.office, &second, NAME, "");
    assert_same(s.office, clerk, &s.patch);
    assert_same(s.office, s.other, &s.patch);
    assert_sound(s.office);
    town_end(&s.town);
}

static void of_two_of_one_standing_neither_turns_out_the_other(void **state)
{
    struct story s;
    struct device_keys a, b;

    (void)state;
    story_start(&s);
    device_make(&s.town, &a);
    device_make(&s.town, &b);
    struct replica *one = town_join_keys(&s.town, s.office, &s.root, LINLI_CLERK, &a);
    struct replica *two = town_join_keys(&s.town, s.office, &s.root, LINLI_CLERK, &b);
    meet(one, two);
    struct linli_revoke order = order_on(&b);
    struct linli_revoked done;
    assert_code(replica_revoke(one, &order, &done), LINLI_E_REFUSED);
    assert_ok(replica_revoke(s.office, &order, &done)); /* who admitted her is above her */
    assert_int_equal(done.grants, 1);
    town_end(&s.town);
}

/* A captain was let in by a clerk who is turned out later. */
static void whom_a_clerk_admitted_stays_unless_it_came_too_late(void **state)
{
    struct story s;
    struct device_keys clerk_keys, captain_keys, late_keys;

    (void)state;
    story_start(&s);
    device_make(&s.town, &clerk_keys);
    device_make(&s.town, &captain_keys);
    device_make(&s.town, &late_keys);
    struct replica *clerk = town_join_keys(&s.town, s.office, &s.root, LINLI_CLERK, &clerk_keys);
    meet(s.office, clerk);
    struct replica *captain = town_join_keys(&s.town, clerk, &s.patch, LINLI_CAPTAIN, &captain_keys);
    linli_id kept = building_new(&s.town, captain, &s.patch, "kept");
    meet(captain, clerk);
    meet(clerk, s.office);
    struct linli_revoked done = revoke(s.office, &clerk_keys);
    assert_int_equal(done.kept, 1);
    assert_building(s.office, &kept, NAME, "kept");
    /* The key goes on inviting: nobody the office has heard of comes of it. */
    struct replica *late = town_join_keys(&s.town, clerk, &s.patch, LINLI_CAPTAIN, &late_keys);
    linli_id forged = building_new(&s.town, late, &s.patch, "forged");
    hand_on_all(&s, late, s.other);
    assert_building(s.other, &forged, NAME, "forged");
    hand_on_all(&s, s.office, s.other);
    hand_on_all(&s, late, s.office);
    assert_building(s.other, &forged, NAME, "");
    assert_building(s.office, &forged, NAME, "");
    assert_building(s.other, &kept, NAME, "kept");
    assert_same(s.office, s.other, &s.patch);
    assert_ok(building_set(captain, &s.patch, &kept, NAME, "still here", false));
    hand_on_all(&s, captain, s.office);
    assert_building(s.office, &kept, NAME, "still here");
    assert_sound(s.office);
    assert_sound(s.other);
    town_end(&s.town);
}

static void who_moves_to_another_patch_leaves_the_old_one(void **state)
{
    struct story s;
    struct linli_revoked done;

    (void)state;
    story_start(&s);
    linli_id next = scope_add(s.office, &s.root, "patch 2");
    linli_id early = building_new(&s.town, s.captain, &s.patch, "old patch");
    meet(s.captain, s.office);
    struct linli_revoke order = order_on(&s.keys);
    order.reason = LINLI_REASON_MOVED;
    order.admit = next;
    assert_ok(replica_revoke(s.office, &order, &done));
    hand_on(s.office, s.captain, &s.root); /* the new patch is not his to ask for yet: what he hears of is the act */
    meet(s.office, s.captain);
    assert_code(building_set(s.captain, &s.patch, &early, NAME, "late", false), LINLI_E_REFUSED);
    linli_id fresh = building_new(&s.town, s.captain, &next, "new patch");
    meet(s.captain, s.office);
    assert_building(s.office, &fresh, NAME, "new patch");
    assert_building(s.office, &early, NAME, "old patch");
    assert_sound(s.office);
    town_end(&s.town);
}

static bool head_of(void *ctx, const linli_author *author, uint64_t seq, const linli_hash *id, bool frozen)
{
    (void)author;
    (void)id;
    (void)frozen;
    *(uint64_t *)ctx = seq;
    return true;
}

/* The grant comes in one run with what stands before it in its log, all without what he might not read until then. */
static void what_stands_before_the_grant_in_its_run_is_wanted(void **state)
{
    struct story s;
    struct linli_revoked done;
    struct part_wanted wants[32];
    size_t count = 0, found = 0;
    uint64_t before = 0, named = 0, last;
    struct buf run = {0};

    (void)state;
    story_start(&s);
    assert_ok(replica_head_each(s.captain, &s.root, head_of, &before));
    (void)town_join(&s.town, s.office, &s.root, LINLI_CLERK); /* whose name he may not read */
    assert_ok(replica_head_each(s.office, &s.root, head_of, &named));
    struct linli_revoke order = order_on(&s.keys);
    order.admit = s.root;
    assert_ok(replica_revoke(s.office, &order, &done));
    assert_ok(replica_read_run(s.office, &s.root, &s.office->author, before + 1, 1u << CLASS_PUBLIC, LIMIT_RUN_BYTES, &run, &last));
    assert_int_equal(ingest(s.captain, buf_span(&run)).outcome, INGEST_STORED);
    buf_free(&run);
    struct shared_scope shared = {.id = s.root};
    assert_ok(replica_wants(s.captain, NULL, &shared, 1, wants, COUNT_OF(wants), &count));
    for (size_t i = 0; i < count; i++)
        found += wants[i].seq > before && wants[i].seq <= named;
    assert_int_equal(found, 1);
    town_end(&s.town);
}

static void a_store_that_is_opened_again_judges_the_same(void **state)
{
    struct story s;

    (void)state;
    story_start(&s);
    linli_id late;
    (void)building_new(&s.town, s.captain, &s.patch, "before");
    meet(s.captain, s.office);
    (void)revoke(s.office, &s.keys);
    late = building_new(&s.town, s.captain, &s.patch, "after");
    struct replica *office = house_reopen(&s.town, 0);
    hand_on_all(&s, s.captain, office);
    assert_building(office, &late, NAME, "");
    assert_int_equal(aside(office), 1);
    assert_sound(office);
    town_end(&s.town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(late_work_of_a_revoked_device_is_set_aside),
        cmocka_unit_test(order_of_arrival_does_not_matter),
        cmocka_unit_test(back_dated_writes_are_cut_by_their_place_in_the_log),
        cmocka_unit_test(since_takes_back_what_the_office_cannot_vouch_for),
        cmocka_unit_test(a_log_that_forked_at_its_start_is_closed),
        cmocka_unit_test(who_wrote_more_logs_than_an_act_lists_keeps_those_that_came_first),
        cmocka_unit_test(late_work_is_adopted_as_it_was_signed),
        cmocka_unit_test(what_is_rejected_stays_aside_even_if_it_is_adopted_elsewhere),
        cmocka_unit_test(each_part_is_ruled_on_by_who_may),
        cmocka_unit_test(nobody_rules_without_the_right_to_manage),
        cmocka_unit_test(who_was_revoked_writes_nothing_more_once_he_knows),
        cmocka_unit_test(who_is_admitted_again_goes_on_in_a_new_log),
        cmocka_unit_test(of_two_acts_the_lower_head_holds),
        cmocka_unit_test(of_two_of_one_standing_neither_turns_out_the_other),
        cmocka_unit_test(whom_a_clerk_admitted_stays_unless_it_came_too_late),
        cmocka_unit_test(who_moves_to_another_patch_leaves_the_old_one),
        cmocka_unit_test(what_stands_before_the_grant_in_its_run_is_wanted),
        cmocka_unit_test(a_store_that_is_opened_again_judges_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
