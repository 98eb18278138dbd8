/*
 * tests: replica: what is erased leaves every log, whoever wrote it and whatever came first; nothing brings it back; and where the
 * order falls, what is still held is shown again.
 */
#include "erasing_story.h"

static void what_is_erased_leaves_every_replica(void **state)
{
    struct story s;

    (void)state;
    story_start(&s);
    resident_new(s.captain, &s.patch, &s.record, FIRST);
    all_meet(&s);
    assert_ok(resident_set(s.other, &s.patch, &s.record, RESIDENT_RELATION, SECOND));
    linli_id neighbour = id_new(&s.town);
    resident_new(s.other, &s.patch, &neighbour, BYSTANDER);
    all_meet(&s);
    assert_shows(s.office, &s.record, FIRST);
    assert_true(canary_in_folder(s.town.houses[3].dir, SECOND));
    struct linli_erased done = erase(s.office, &s.record);
    assert_int_equal(done.records, 1);
    assert_int_equal(done.parts, 3); /* name, number, relation: two commits, of which one in two classes */
    assert_int_equal(done.orders, 1);
    assert_true(replica_stale(s.office));
    assert_shows(s.office, &s.record, "");
    all_meet(&s);
    assert_gone(&s);
    assert_shows(s.captain, &neighbour, BYSTANDER);
    done = erase(s.office, &s.record); /* nothing is left to say */
    assert_int_equal(done.orders, 0);
    assert_false(replica_stale(s.office));
    town_end(&s.town);
}

static void whichever_comes_first_the_end_is_the_same(void **state)
{
    struct story s;

    (void)state;
    story_start(&s);
    resident_new(s.captain, &s.patch, &s.record, FIRST);
    meet(s.captain, s.clerk);
    (void)erase(s.clerk, &s.record);
    meet(s.clerk, s.other);   /* the order alone, and what it names as redacted */
    meet(s.captain, s.other); /* he has not heard: he offers it, and hears */
    assert_shows(s.other, &s.record, "");
    struct replica *later = town_join(&s.town, s.office, &s.patch, LINLI_CAPTAIN); /* the office has heard of nothing yet */
    meet(s.other, later);
    meet(s.captain, s.office);
    all_meet(&s);
    assert_shows(later, &s.record, "");
    assert_int_equal(wants(later, &s.patch), 0);
    meet(later, s.office);
    assert_same(s.office, later, &s.patch);
    assert_verifies(later);
    assert_gone(&s);
    town_end(&s.town);
}

/* He wrote before and after, and heard of nothing for a year. */
static void who_comes_back_after_a_year_brings_nothing_back(void **state)
{
    struct story s;

    (void)state;
    story_start(&s);
    resident_new(s.captain, &s.patch, &s.record, FIRST);
    all_meet(&s);
    assert_ok(resident_set(s.captain, &s.patch, &s.record, RESIDENT_NAME, SECOND)); /* nobody has this one */
    (void)erase(s.office, &s.record);
    meet(s.office, s.other);
    s.town.now_ms += UINT64_C(365) * 24 * 3600 * 1000;
    assert_ok(resident_set(s.captain, &s.patch, &s.record, RESIDENT_RELATION, FIRST));
    meet(s.captain, s.other); /* a colleague may not order anything: with him it lies aside */
    assert_shows(s.other, &s.record, "");
    assert_shows(s.captain, &s.record, "");
    assert_int_equal(aside(s.other), 2);
    assert_same(s.captain, s.other, &s.patch);
    assert_verifies(s.other);
    meet(s.other, s.office); /* the office names the rest */
    assert_int_equal(aside(s.office), 0);
    all_meet(&s);
    assert_gone(&s);
    assert_code(resident_set(s.captain, &s.patch, &s.record, RESIDENT_NAME, FIRST), LINLI_E_REFUSED); /* not here either */
    assert_gone(&s);
    town_end(&s.town);
}

static void others_of_the_same_changeset_stay(void **state)
{
    struct story s;
    linli_id before, after;
    struct edit edit = {.count = 0}, *edits[] = {&edit};

    (void)state;
    story_start(&s);
    before = after = s.record;
    before.b[0] = 0;
    s.record.b[0] = 2;
    after.b[0] = 4;
    name_add(&edit, &s.patch, &before, BYSTANDER);
    name_add(&edit, &s.patch, &s.record, FIRST);
    name_add(&edit, &s.patch, &after, BYSTANDER);
    assert_ok(replica_commit(s.captain, edits, 1, NULL));
    edit_free(&edit);
    meet(s.captain, s.office);
    (void)erase(s.office, &s.record);
    all_meet(&s);
    assert_gone(&s);
    assert_shows(s.office, &before, BYSTANDER);
    assert_shows(s.other, &before, BYSTANDER); /* came to him without what is erased */
    assert_shows(s.other, &after, BYSTANDER);
    town_end(&s.town);
}

static void an_order_falls_with_its_issuer_and_what_is_held_is_shown_again(void **state)
{
    struct story s;
    struct linli_revoked done;
    linli_id neighbour;
    struct edit edit = {.count = 0}, *edits[] = {&edit};

    (void)state;
    story_start(&s);
    neighbour = s.record;
    neighbour.b[5] ^= 1;
    name_add(&edit, &s.patch, &s.record, FIRST);
    name_add(&edit, &s.patch, &neighbour, BYSTANDER);
    assert_ok(replica_commit(s.captain, edits, 1, NULL));
    edit_free(&edit);
    all_meet(&s);
    struct linli_revoke order = revoke_strictly(&s.clerk_keys, s.town.now_ms + 1000);
    s.town.now_ms += 2000;
    (void)erase(s.clerk, &s.record); /* a stolen key */
    meet(s.clerk, s.office);         /* the office believed it; the captains have not heard yet */
    assert_shows(s.office, &s.record, "");
    assert_shows(s.captain, &s.record, FIRST);
    assert_ok(replica_revoke(s.office, &order, &done));
    assert_shows(s.office, &s.record, ""); /* what is gone is gone, */
    assert_shows(s.office, &neighbour, BYSTANDER);
    assert_int_equal(wants(s.office, &s.patch), 2); /* and wanted; its neighbours wait for nothing */
    assert_verifies(s.office);
    struct replica *later = town_join(&s.town, s.office, &s.patch, LINLI_CAPTAIN);
    meet(s.office, later);
    assert_shows(later, &neighbour, BYSTANDER);
    detail_grants_pass(s.office, s.captain, &s.root); /* as a session goes: from the root down */
    meet_scope(s.office, s.captain, &s.patch, 7);
    assert_shows(s.captain, &s.record, FIRST); /* he hears that it fell before he could follow it */
    assert_verifies(s.captain);
    town_end(&s.town);
}

static void what_came_back_is_shown_where_it_was_gone(void **state)
{
    struct story s;
    struct linli_revoked done;
    struct part_wanted wanted[4];
    struct peer_access access;
    struct shared_scope *shared = NULL;
    size_t count = 0, shared_count = 0;
    struct buf part = {0};

    (void)state;
    story_start(&s);
    resident_new(s.captain, &s.patch, &s.record, FIRST);
    all_meet(&s);
    (void)erase(s.clerk, &s.record);
    meet(s.clerk, s.office);
    struct linli_revoke order = revoke_strictly(&s.clerk_keys, 1);
    assert_ok(replica_revoke(s.office, &order, &done));
    assert_ok(replica_own_access(s.office, &access));
    assert_ok(replica_shared(s.office, &access, &access, &shared, &shared_count));
    assert_ok(replica_wants(s.office, NULL, shared, shared_count, wanted, 4, &count));
    assert_int_equal(count, 2);
    for (size_t i = 0; i < count; i++) {
        buf_clear(&part);
        assert_ok(replica_read_part(s.captain, &wanted[i].scope, &wanted[i].author, wanted[i].seq, wanted[i].part, 7, &part));
        assert_ok(replica_part_fill(s.office, &wanted[i].scope, &wanted[i].author, wanted[i].seq, wanted[i].part, buf_span(&part)));
    }
    assert_shows(s.office, &s.record, FIRST);
    assert_int_equal(wants(s.office, &s.patch), 0);
    assert_verifies(s.office);
    (void)erase(s.office, &s.record); /* by one who may: and then it is not taken back */
    assert_code(replica_part_fill(s.office, &wanted[0].scope, &wanted[0].author, wanted[0].seq, wanted[0].part, buf_span(&part)),
                LINLI_E_NOT_FOUND);
    assert_shows(s.office, &s.record, "");
    assert_verifies(s.office);
    mem_free(shared);
    peer_access_free(&access);
    buf_free(&part);
    town_end(&s.town);
}

/* Who turned out its issuer is turned out: pages that were clean are so no more. */
static void an_order_that_counts_again_leaves_no_free_page(void **state)
{
    struct story s;
    struct device_keys judge_keys;
    struct linli_revoked done;

    (void)state;
    story_start(&s);
    device_make(&s.town, &judge_keys);
    struct replica *judge = town_join_keys(&s.town, s.office, &s.root, LINLI_CLERK, &judge_keys);
    for (unsigned round = 0; round < 2; round++)
        meet(s.office, judge);
    resident_new(s.captain, &s.patch, &s.record, FIRST);
    meet(s.captain, s.clerk);
    struct linli_revoke order = revoke_strictly(&s.clerk_keys, 1);
    assert_ok(replica_revoke(judge, &order, &done));
    (void)erase(s.clerk, &s.record);
    meet(judge, s.office);
    all_meet(&s);
    assert_shows(s.captain, &s.record, FIRST); /* it came, and does not count */
    s.captain = house_reopen(&s.town, 2);
    assert_false(replica_stale(s.captain));
    order = revoke_strictly(&judge_keys, 1);
    assert_ok(replica_revoke(s.office, &order, &done));
    all_meet(&s);
    assert_shows(s.captain, &s.record, "");
    assert_true(replica_stale(s.captain));
    assert_no_trace(&s, 2);
    town_end(&s.town);
}

static void only_who_may_manage_and_write_there_orders_it(void **state)
{
    struct story s;
    struct linli_erased done;

    (void)state;
    story_start(&s);
    resident_new(s.captain, &s.patch, &s.record, FIRST);
    all_meet(&s);
    linli_id both[] = {s.record, id_new(&s.town)};
    struct linli_erase order = {.records = both, .count = 1};
    assert_code(replica_erase(s.captain, &order, &done), LINLI_E_REFUSED);
    assert_int_equal(done.parts, 0);
    order.count = 2;
    assert_code(replica_erase(s.office, &order, &done), LINLI_E_NOT_FOUND);
    order.count = 1;
    order.dry_run = true;
    assert_ok(replica_erase(s.office, &order, &done));
    assert_int_equal(done.parts, 2);
    assert_false(replica_stale(s.office));
    assert_shows(s.office, &s.record, FIRST);
    assert_verifies(s.office);
    town_end(&s.town);
}

struct told {
    struct linli_erasure at[4];
    size_t count;
};

static bool told_add(void *ctx, const struct linli_erasure *erasure)
{
    struct told *told = ctx;

    told->at[told->count++] = *erasure;
    return told->count < COUNT_OF(told->at);
}

static void it_is_told_who_erased_when_and_for_which_kind_of_reason(void **state)
{
    struct story s;
    struct told told = {.count = 0};
    struct linli_revoked done;

    (void)state;
    story_start(&s);
    resident_new(s.captain, &s.patch, &s.record, FIRST);
    all_meet(&s);
    assert_ok(replica_erasure_each(s.other, &s.record, told_add, &told));
    assert_int_equal(told.count, 0);
    (void)erase(s.clerk, &s.record);
    meet(s.clerk, s.other);
    assert_ok(replica_erasure_each(s.other, &s.record, told_add, &told));
    assert_int_equal(told.count, 1);
    assert_memory_equal(told.at[0].device, s.clerk_keys.sign_public, KEY_BYTES);
    assert_int_equal(told.at[0].reason, LINLI_ERASE_REQUEST);
    assert_int_equal(told.at[0].time_ms, s.town.now_ms);
    assert_int_equal(told.at[0].parts, 2);
    assert_true(told.at[0].counts && !told.at[0].by_root);
    assert_true(id_equal(&told.at[0].scope, &s.patch));
    meet(s.clerk, s.office);
    struct linli_revoke order = revoke_strictly(&s.clerk_keys, 1);
    assert_ok(replica_revoke(s.office, &order, &done));
    told.count = 0;
    assert_ok(replica_erasure_each(s.office, &s.record, told_add, &told));
    assert_int_equal(told.count, 1);
    assert_false(told.at[0].counts);
    town_end(&s.town);
}

/* --- what is kept beside the logs --- */

static void both_branches_of_a_fork_lose_it(void **state)
{
    struct story s;
    struct device_keys keys;
    struct buf shared = {0}, one = {0}, two = {0};

    (void)state;
    story_start(&s);
    resident_new(s.captain, &s.patch, &s.record, "Other Name");
    struct hand hand = captain_hand(&s, &keys);
    struct hand_write first = name_write(&s.record, "Third Name", NULL);
    hand_one(&hand, &first, &shared);
    struct hand fork = hand;
    struct hand_write left = name_write(&s.record, FIRST, NULL), right = name_write(&s.record, SECOND, NULL);
    hand_one(&hand, &left, &one);
    hand_one(&fork, &right, &two);
    all_meet(&s);
    ingest(s.office, buf_span(&shared));
    ingest(s.office, buf_span(&one));
    assert_int_equal(ingest(s.office, buf_span(&two)).outcome, INGEST_FORKED);
    assert_true(canary_in_folder(s.town.houses[0].dir, FIRST) && canary_in_folder(s.town.houses[0].dir, SECOND));
    (void)erase(s.office, &s.record);
    s.office = house_reopen(&s.town, 0);
    assert_false(canary_in_folder(s.town.houses[0].dir, FIRST));
    assert_false(canary_in_folder(s.town.houses[0].dir, SECOND));
    assert_verifies(s.office);
    all_meet(&s); /* the evidence goes round without it */
    assert_same(s.office, s.other, &s.patch);
    assert_verifies(s.other);
    assert_int_equal(ingest(s.other, buf_span(&two)).outcome, INGEST_FORKED); /* and comes again with it */
    s.other = house_reopen(&s.town, 3);
    assert_false(canary_in_folder(s.town.houses[3].dir, SECOND));
    buf_free(&shared);
    buf_free(&one);
    buf_free(&two);
    town_end(&s.town);
}

static void a_run_that_waits_loses_it_too(void **state)
{
    struct story s;
    struct buf unseen = {0}, waits = {0};

    (void)state;
    story_start(&s);
    resident_new(s.captain, &s.patch, &s.record, FIRST);
    linli_author author = hand_waits(&s, &s.record, &unseen, &waits);
    all_meet(&s);
    assert_int_equal(ingest(s.office, buf_span(&waits)).outcome, INGEST_WAITING);
    assert_true(canary_in_folder(s.town.houses[0].dir, SECOND));
    struct linli_erased done = erase(s.office, &s.record);
    assert_int_equal(done.parts, 3);
    assert_no_trace(&s, 0);
    s.office = s.town.houses[0].replica;
    ingest(s.office, buf_span(&unseen)); /* what it waited for */
    assert_int_equal(head_at(s.office, &s.patch, &author).seq, 1);
    assert_int_equal(ingest(s.clerk, buf_span(&waits)).outcome, INGEST_WAITING);
    all_meet(&s);
    assert_gone(&s);
    buf_free(&unseen);
    buf_free(&waits);
    town_end(&s.town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_erased_leaves_every_replica),
        cmocka_unit_test(whichever_comes_first_the_end_is_the_same),
        cmocka_unit_test(who_comes_back_after_a_year_brings_nothing_back),
        cmocka_unit_test(others_of_the_same_changeset_stay),
        cmocka_unit_test(an_order_falls_with_its_issuer_and_what_is_held_is_shown_again),
        cmocka_unit_test(what_came_back_is_shown_where_it_was_gone),
        cmocka_unit_test(an_order_that_counts_again_leaves_no_free_page),
        cmocka_unit_test(only_who_may_manage_and_write_there_orders_it),
        cmocka_unit_test(it_is_told_who_erased_when_and_for_which_kind_of_reason),
        cmocka_unit_test(both_branches_of_a_fork_lose_it),
        cmocka_unit_test(a_run_that_waits_loses_it_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
