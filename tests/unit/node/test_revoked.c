/* node: a live session of a device whose rights are taken back is cut at once, and it does not come back. */
#include "street.h"

enum { CUT_MS = 2000 };

static void a_live_session_of_a_revoked_device_is_cut(void **state)
{
    struct town town;
    struct door node, phone;
    struct device_keys keys;
    struct linli_node_options node_options = {.size = 0}, phone_options = {.size = 0};
    struct linli_revoke order = {.reason = LINLI_REASON_LOST};
    struct linli_revoked done;
    const char *peers[1];
    long waited_ms = 0;

    (void)state;
    town_start(&town);
    struct replica *community = town_root(&town);
    linli_id root = replica_identity(community)->root_scope, patch = scope_add(community, &root, "Made-up Patch");
    device_make(&town, &keys);
    door_open(&phone, town_join_keys(&town, community, &patch, LINLI_CAPTAIN, &keys));
    door_open(&node, community);
    door_listen(&node, &node_options);
    peers[0] = node.address;
    phone_options.peers = peers;
    phone_options.peer_count = 1;
    door_listen(&phone, &phone_options);
    linli_id early = door_building(&town, &phone, &patch, "early");
    await(doors_equal(&node, &phone)); /* pushed as it was written: they are live */

    memcpy(order.device, keys.sign_public, KEY_BYTES);
    door_enter(&node);
    assert_ok(replica_revoke(community, &order, &done));
    door_leave(&node);
    for (; atomic_load(&node.last_code) != LINLI_E_REFUSED && waited_ms < CUT_MS; waited_ms += 10)
        pause_ms(10);
    assert_int_equal(atomic_load(&node.last_code), LINLI_E_REFUSED);
    await(atomic_load(&phone.last_code) == LINLI_E_REFUSED);
    unsigned settled = atomic_load(&node.settled);
    pause_ms(300);                                      /* it knocks again, and stays out */
    assert_int_equal(atomic_load(&node.settled), settled);
    assert_building(community, &early, BUILDING_NAME, "early");
    door_close(&phone);
    door_close(&node);
    town_end(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_live_session_of_a_revoked_device_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
