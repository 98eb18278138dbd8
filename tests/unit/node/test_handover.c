/* node: rights that one of two devices has not heard of are handed over by the other, whatever it could read before. */
#include "street.h"

struct scene {
    struct town town;
    struct replica *community;
    linli_id root, patch, other;
    struct device_keys keys;
    struct door node, phone;
};

static void scene_start(struct scene *s)
{
    struct linli_node_options options = {.size = 0};

    town_start(&s->town);
    s->community = town_root(&s->town);
    s->root = replica_identity(s->community)->root_scope;
    s->patch = scope_add(s->community, &s->root, "Made-up Patch");
    s->other = scope_add(s->community, &s->root, "Another Patch");
    device_make(&s->town, &s->keys);
    door_open(&s->phone, town_join_keys(&s->town, s->community, &s->patch, LINLI_CAPTAIN, &s->keys));
    door_open(&s->node, s->community);
    door_listen(&s->node, &options);
}

static void scene_end(struct scene *s)
{
    door_close(&s->phone);
    door_close(&s->node);
    town_end(&s->town);
}

/* The office lets the same keys into another patch; what it answers does not arrive. */
static void admit_unheard(struct scene *s)
{
    struct invitation invitation;
    struct buf answer = {0};

    door_enter(&s->node);
    invite(s->community, &s->other, LINLI_CAPTAIN, &invitation);
    assert_ok(enrol(s->community, &invitation, &s->keys, &answer));
    door_leave(&s->node);
    buf_free(&answer);
}

static size_t grants_usable(struct replica *r)
{
    struct peer_access access;

    assert_ok(replica_own_access(r, &access));
    size_t count = access.count;
    peer_access_free(&access);
    return count;
}

static size_t grants_known(struct replica *r, const struct device_keys *keys)
{
    struct peer_access access;

    assert_ok(replica_peer_access(r, keys->sign_public, (span){NULL, 0}, &access));
    size_t count = access.count;
    peer_access_free(&access);
    return count;
}

static void a_device_that_knows_of_its_end_hears_of_its_new_grant(void **state)
{
    struct scene s;
    struct linli_revoke order = {.reason = LINLI_REASON_LEFT};
    struct linli_revoked done;
    struct linli_session_report report;

    (void)state;
    scene_start(&s);
    memcpy(order.device, s.keys.sign_public, KEY_BYTES);
    door_enter(&s.node);
    assert_ok(replica_revoke(s.community, &order, &done));
    (void)meet_scope(s.community, s.phone.host.replica, &s.patch, 7); /* it heard of that, from whomever */
    (void)meet_scope(s.community, s.phone.host.replica, &s.root, 7);
    door_leave(&s.node);
    assert_int_equal(grants_usable(s.phone.host.replica), 0);
    assert_int_equal(door_meet(&s.phone, s.node.port, &report), LINLI_E_REFUSED);

    admit_unheard(&s);
    assert_ok(door_meet(&s.phone, s.node.port, &report));
    assert_true(report.settled);
    assert_int_equal(grants_usable(s.phone.host.replica), 1);
    linli_id building = door_building(&s.town, &s.phone, &s.other, "written again");
    assert_ok(door_meet(&s.phone, s.node.port, &report));
    assert_building(s.community, &building, BUILDING_NAME, "written again");
    scene_end(&s);
}

static void a_device_hears_that_its_rights_grew(void **state)
{
    struct scene s;
    struct linli_session_report report;

    (void)state;
    scene_start(&s);
    assert_ok(door_meet(&s.phone, s.node.port, &report));
    linli_id building = door_building(&s.town, &s.node, &s.other, "there before");
    admit_unheard(&s);
    assert_ok(door_meet(&s.phone, s.node.port, &report));
    assert_int_equal(grants_usable(s.phone.host.replica), 2);
    assert_building(s.phone.host.replica, &building, BUILDING_NAME, "there before"); /* in the same session */
    scene_end(&s);
}

enum { CROWD = 40 }; /* more than one message holds */

/* Said by hand, and heard there, an act that keeps nothing. */
static void act_say(struct replica *by, struct replica *hears, const struct device_keys *on, unsigned number, bool strict)
{
    struct revocation r = {.page = 1, .pages = 1, .strict = strict};
    struct buf certificate = {0};
    size_t added;

    statement_start(by, &by->own[0].grant, &by->own[0].grant.path, &r.head);
    r.act.b[0] = (uint8_t)number;
    memcpy(r.device, on->sign_public, KEY_BYTES);
    assert_ok(revocation_make(by->self.sign_secret, &r, NULL, 0, NULL, 0, &certificate));
    assert_ok(replica_grants_add(hears, (span[]){buf_span(&certificate)}, 1, &added));
    assert_int_equal(added, 1);
    buf_free(&certificate);
}

static void crowd(struct replica *by, struct replica *hears, const struct device_keys *on, bool strict)
{
    span chain[LIMIT_CHAIN];
    size_t length, added;
    struct store_txn *txn = NULL;

    assert_ok(store_begin(by->store, false, &txn));
    assert_ok(authority_chain(txn, &by->own[0].grant.id, chain, &length));
    assert_ok(replica_grants_add(hears, chain, length, &added));
    store_abort(txn);
    for (unsigned i = 0; i < CROWD; i++)
        act_say(by, hears, on, i, strict);
}

/* By somebody who manages another patch: that ends nothing. */
static void crowd_from_beside(struct scene *s, struct replica *hears, const struct device_keys *on)
{
    crowd(town_join(&s->town, s->community, &s->other, LINLI_CLERK), hears, on, true);
}

/* A thief with a deputy's key turned the device out, and was turned out in turn; the device has heard the first alone. */
static void hears_that_an_act_fell(bool node_knows)
{
    struct scene s;
    struct device_keys deputy_keys;
    struct linli_revoke order = {.reason = LINLI_REASON_LEFT};
    struct linli_revoked done;
    struct linli_session_report report;

    scene_start(&s);
    door_enter(&s.node);
    device_make(&s.town, &deputy_keys);
    struct replica *above = town_join(&s.town, s.community, &s.root, LINLI_CLERK);
    struct replica *deputy = town_join_keys(&s.town, above, &s.root, LINLI_CLERK, &deputy_keys);
    meet(deputy, s.community);
    if (!node_knows)
        crowd_from_beside(&s, s.phone.host.replica, &s.keys);
    memcpy(order.device, s.keys.sign_public, KEY_BYTES);
    assert_ok(replica_revoke(deputy, &order, &done));
    (void)meet_scope(deputy, s.phone.host.replica, &s.patch, 7);
    (void)meet_scope(deputy, s.phone.host.replica, &s.root, 7);
    if (node_knows)
        meet(deputy, s.community);
    crowd_from_beside(&s, s.community, &deputy_keys);
    crowd(above, s.community, &deputy_keys, false); /* what it said of devices stands as before */
    act_say(s.community, s.community, &deputy_keys, CROWD, true);
    door_leave(&s.node);
    assert_int_equal(grants_usable(s.phone.host.replica), 0);
    for (unsigned meetings = node_knows ? 1 : 2; meetings > 0; meetings--) /* first it tells the node by what */
        assert_ok(door_meet(&s.phone, s.node.port, &report));
    assert_int_equal(grants_usable(s.phone.host.replica), 1);
    linli_id building = door_building(&s.town, &s.phone, &s.patch, "written again");
    assert_ok(door_meet(&s.phone, s.node.port, &report));
    assert_true(report.settled);
    assert_building(s.community, &building, BUILDING_NAME, "written again");
    scene_end(&s);
}

static void a_device_hears_that_the_act_which_turned_it_out_fell(void **state)
{
    (void)state;
    hears_that_an_act_fell(true);
}

static void a_device_tells_the_act_that_turned_it_out_and_hears_that_it_fell(void **state)
{
    (void)state;
    hears_that_an_act_fell(false);
}

/* The device is the first to tell a second node, which has not met the office since. */
static void a_device_tells_that_its_rights_grew(void **state)
{
    struct scene s;
    struct door second;
    struct linli_node_options options = {.size = 0};
    struct linli_session_report report;

    (void)state;
    scene_start(&s);
    door_open(&second, town_join(&s.town, s.community, &s.root, LINLI_NODE));
    assert_ok(door_meet(&second, s.node.port, &report));
    door_listen(&second, &options);
    assert_ok(door_meet(&s.phone, second.port, &report));
    assert_int_equal(grants_known(second.host.replica, &s.keys), 1);
    admit_unheard(&s);
    assert_ok(door_meet(&s.phone, s.node.port, &report));
    linli_id building = door_building(&s.town, &s.phone, &s.other, "told at once");
    assert_ok(door_meet(&s.phone, second.port, &report));
    assert_int_equal(grants_known(second.host.replica, &s.keys), 2);
    assert_building(second.host.replica, &building, BUILDING_NAME, "told at once");
    door_close(&second);
    scene_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_that_knows_of_its_end_hears_of_its_new_grant),
        cmocka_unit_test(a_device_hears_that_its_rights_grew),
        cmocka_unit_test(a_device_tells_that_its_rights_grew),
        cmocka_unit_test(a_device_hears_that_the_act_which_turned_it_out_fell),
        cmocka_unit_test(a_device_tells_the_act_that_turned_it_out_and_hears_that_it_fell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
