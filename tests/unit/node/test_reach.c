/* node: where a node can be reached, how it is called, and what stops it while it calls others. */
#include "street.h"

#include "node/internal.h"

struct scene {
    struct town town;
    linli_id patch;
    struct door node, phone;
};

static void scene_open(struct scene *s)
{
    memset(s, 0, sizeof(*s));
    town_start(&s->town);
    struct replica *node = town_root(&s->town);
    linli_id community = replica_identity(node)->root_scope;
    s->patch = scope_add(node, &community, "Made-up Patch");
    struct replica *phone = town_join(&s->town, node, &s->patch, LINLI_CAPTAIN);
    door_open(&s->node, node);
    door_open(&s->phone, phone);
}

static void scene_close(struct scene *s)
{
    door_close(&s->phone);
    door_close(&s->node);
    town_end(&s->town);
}

static bool has_ipv6(void)
{
    struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    bool has = fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0;

    if (fd >= 0)
        close(fd);
    return has;
}

static int enrols_at(struct scene *s, const char *host)
{
    struct invitation invitation;
    struct enrolment e;
    struct arena arena = {0};
    struct rng rng = rng_from(&s->town.seed);
    struct clock clock = {town_now, &s->town};
    struct linli_sync_options options = {.size = sizeof(options), .timeout_ms = 5000};
    char address[64];

    door_enter(&s->node);
    invite(s->node.host.replica, &s->patch, LINLI_CAPTAIN, &invitation);
    door_leave(&s->node);
    snprintf(invitation.addresses[0], sizeof(invitation.addresses[0]), "%s:%u", host, s->node.port);
    int rv = node_enrol(&invitation, "made-up phone", &rng, clock, &options, &arena, &e, address);
    arena_free(&arena);
    return rv;
}

/* Wrong tries of each are counted by where they come from. */
static void a_node_is_reached_by_either_kind_of_address(void **state)
{
    struct scene s;
    struct linli_node_options six = {.listen = "[::1]:0"}, all = {.listen = "[::]:0"};

    (void)state;
    if (!has_ipv6()) {
        print_message("SKIP reach by IPv6: not here\n");
        return;
    }
    scene_open(&s);
    door_listen(&s.node, &six);
    assert_memory_equal(s.node.address, "[::1]:", 6);
    assert_ok(enrols_at(&s, "[::1]"));
    door_stop(&s.node);
    door_listen(&s.node, &all);
    assert_ok(enrols_at(&s, "[::1]"));
    assert_ok(enrols_at(&s, "127.0.0.1")); /* IPv4 within IPv6 */
    scene_close(&s);
}

static void whoever_calls_needs_no_lock_no_options_and_no_report(void **state)
{
    struct scene s;
    struct linli_node_options options = {.size = 0};

    (void)state;
    scene_open(&s);
    door_listen(&s.node, &options);
    linli_id building = door_building(&s.town, &s.phone, &s.patch, "by the phone");
    struct node_host plain = {.replica = s.phone.host.replica};
    assert_ok(node_sync(&plain, "127.0.0.1", s.node.port, NULL, NULL));
    door_enter(&s.node);
    assert_building(s.node.host.replica, &building, BUILDING_NAME, "by the phone");
    door_leave(&s.node);
    scene_close(&s);
}

static bool go_on(void *ctx, uint64_t in, uint64_t out)
{
    (void)in;
    (void)out;
    ++*(unsigned *)ctx;
    return true;
}

/* A call that takes several ticks is told of, as a slow machine sees, and goes on as long as it is wanted. */
static void a_call_goes_on_as_long_as_it_is_wanted(void **state)
{
    struct scene s;
    struct linli_node_options options = {.size = 0};
    unsigned told = 0;

    (void)state;
    scene_open(&s);
    door_listen(&s.node, &options);
    for (unsigned i = 0; i < 10 && told == 0; i++) {
        for (unsigned k = 0; k < 50; k++)
            door_building(&s.town, &s.node, &s.patch, "by the node");
        struct linli_sync_options asked = {.size = sizeof(asked), .timeout_ms = 5000, .on_progress = go_on, .ctx = &told};
        assert_ok(node_sync(&s.phone.host, "127.0.0.1", s.node.port, &asked, NULL));
    }
    assert_true(doors_equal(&s.node, &s.phone));
    scene_close(&s);
}

static void peers_to_call_have_a_host_and_a_port(void **state)
{
    static const char *const bad[] = {"nowhere", "office.example:0"};
    struct scene s;

    (void)state;
    scene_open(&s);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct linli_node_options options = {.size = sizeof(options), .listen = "127.0.0.1:0", .peers = &bad[i],
                                             .peer_count = 1};
        struct node *node = NULL;
        assert_code(node_new(&s.node.host, &options, &node), LINLI_E_ARG);
        assert_null(node);
    }
    scene_close(&s);
}

/* A peer that takes connections and says nothing; one that is not there, by number and by name. */
static void a_node_that_is_stopped_while_it_calls_stops(void **state)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof(at);
    struct scene s;
    char mute_address[32];

    (void)state;
    scene_open(&s);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int mute = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(mute, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(mute, 64), 0);
    assert_int_equal(getsockname(mute, (struct sockaddr *)&at, &size), 0);
    snprintf(mute_address, sizeof(mute_address), "127.0.0.1:%u", ntohs(at.sin_port));
    const char *peers[] = {mute_address, "127.0.0.1:1", "localhost:1"}; /* no name that a name server is asked for */
    for (unsigned i = 0; i < 4; i++) {
        struct linli_node_options options = {.peers = peers, .peer_count = COUNT_OF(peers)};
        door_listen(&s.node, &options);
        pause_ms(i); /* at once, or when some of them are under way */
        door_stop(&s.node);
    }
    close(mute);
    scene_close(&s);
}

/* --- looked at by hand, between two turns of the loop --- */

static void a_loop_that_is_told_to_stop_before_it_ran_stops(void **state)
{
    struct scene s;
    char address[32];

    (void)state;
    scene_open(&s);
    struct linli_node_options here = {.size = 0};
    door_listen(&s.phone, &here);
    snprintf(address, sizeof(address), "127.0.0.1:%u", s.phone.port);
    const char *peers[] = {address};
    struct linli_node_options options = {.size = sizeof(options), .listen = "127.0.0.1:0", .peers = peers, .peer_count = 1};
    struct node *node = NULL;
    assert_ok(node_new(&s.node.host, &options, &node));
    node_stop(node);
    node_stop(node);
    (void)node_run(node); /* comes back */
    node_free(node);
    assert_ok(node_new(&s.node.host, &options, &node));
    outgoing_start(node);
    node_free(node); /* while a name is looked up */
    scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_is_reached_by_either_kind_of_address),
        cmocka_unit_test(whoever_calls_needs_no_lock_no_options_and_no_report),
        cmocka_unit_test(a_call_goes_on_as_long_as_it_is_wanted),
        cmocka_unit_test(peers_to_call_have_a_host_and_a_port),
        cmocka_unit_test(a_node_that_is_stopped_while_it_calls_stops),
        cmocka_unit_test(a_loop_that_is_told_to_stop_before_it_ran_stops),
    };
    return UNIT_RUN(tests);
}
