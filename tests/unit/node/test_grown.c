/* node: a device whose rights grow is sent, over a real socket, what it had met without the content. */
#include "street.h"

static bool shows_name(struct replica *r, const linli_id *resident)
{
    struct arena a = {0};
    struct record_state state;

    assert_ok(replica_load(r, &a, resident, NULL, &state));
    bool shows = record_group(&state, group_number(RESIDENT_NAME, RULE_REGISTER, CLASS_PERSONAL)) != NULL;
    arena_free(&a);
    return shows;
}

static void a_viewer_made_captain_is_sent_what_was_left_out(void **state)
{
    enum { RESIDENTS = 600 }; /* more than one summary names */
    struct town town;
    struct door node, phone;
    struct device_keys keys;
    struct invitation inv;
    struct buf answer = {0};
    struct linli_node_options options = {.size = 0};
    struct linli_session_report report;
    struct linli_status status;
    linli_id residents[RESIDENTS];

    (void)state;
    town_start(&town);
    struct replica *community = town_root(&town);
    linli_id root = replica_identity(community)->root_scope, patch = scope_add(community, &root, "Made-up Patch");
    for (size_t i = 0; i < RESIDENTS; i++) {
        struct edit edit = {.count = 0}, *edits[] = {&edit};
        residents[i] = id_new(&town);
        residents[i].b[0] &= 0xfe; /* ids say the right that their type needs */
        assert_ok(edit_life(&edit, &patch, &residents[i], TYPE_RESIDENT));
        assert_ok(edit_text(&edit, &patch, &residents[i], TYPE_RESIDENT, RESIDENT_NAME, "Made-up Person"));
        assert_ok(replica_commit(community, edits, 1, NULL));
        edit_free(&edit);
    }
    device_make(&town, &keys);
    door_open(&phone, town_join_keys(&town, community, &patch, LINLI_VIEWER, &keys));
    invite(community, &patch, LINLI_CAPTAIN, &inv);
    door_open(&node, community);
    door_listen(&node, &options);
    assert_ok(door_meet(&phone, node.port, &report));
    assert_false(shows_name(phone.host.replica, &residents[0]));
    door_enter(&node);
    assert_ok(enrol(community, &inv, &keys, &answer));
    door_leave(&node);
    assert_ok(door_meet(&phone, node.port, &report));
    assert_true(report.settled);
    assert_ok(door_meet(&phone, node.port, &report));
    assert_true(report.settled);
    assert_ok(replica_status(phone.host.replica, &status));
    assert_int_equal(status.wants, 0);
    for (size_t i = 0; i < RESIDENTS; i++)
        assert_true(shows_name(phone.host.replica, &residents[i]));
    struct linli_verify verify = {.bad = 0};
    assert_ok(replica_verify(phone.host.replica, &verify));
    buf_free(&answer);
    door_close(&phone);
    door_close(&node);
    town_end(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_viewer_made_captain_is_sent_what_was_left_out),
    };
    return UNIT_RUN(tests);
}
