/*
 * node: whatever is refused, by the heap or by the system, to either side, at any point: who asked is told, the node serves the
 * next one, and nothing that a meeting stored is lost or half stored.
 */
#include "street.h"

#include "node/internal.h"
#include "refusals.h"

struct scene {
    struct town town;
    struct door node, phone, other;
    linli_id patch;
    struct arena arena;
    char address[32];
    unsigned written;
};

static void node_start(struct scene *s)
{
    struct linli_node_options options = {.size = 0};

    door_listen(&s->node, &options);
    snprintf(s->address, sizeof(s->address), "127.0.0.1:%u", s->node.port);
}

static void scene_open(struct scene *s)
{
    memset(s, 0, sizeof(*s));
    town_start(&s->town);
    struct replica *node = town_root(&s->town);
    linli_id community = replica_identity(node)->root_scope;
    s->patch = scope_add(node, &community, "Made-up Patch");
    struct replica *phone = town_join(&s->town, node, &s->patch, LINLI_CAPTAIN),
                   *other = town_join(&s->town, node, &s->patch, LINLI_CAPTAIN);
    door_open(&s->node, node);
    door_open(&s->phone, phone);
    door_open(&s->other, other);
    node_start(s);
}

static void scene_close(struct scene *s)
{
    arena_free(&s->arena);
    door_close(&s->other);
    door_close(&s->phone);
    door_close(&s->node);
    town_end(&s->town);
}

/* A code that tells who asked that something ended, and how. */
static bool is_told(int rv)
{
    static const int codes[] = {LINLI_E_NOMEM, LINLI_E_CLOSED, LINLI_E_CONNECT, LINLI_E_NETWORK};

    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (rv == codes[i])
            return true;
    print_error("it says %s\n", linli_code_name(rv));
    return false;
}

/* A meeting of both, with news on each side. */
static int meeting(struct scene *s)
{
    struct linli_session_report report;

    return door_meet(&s->phone, s->node.port, &report);
}

static void news(struct scene *s)
{
    char name[32];

    snprintf(name, sizeof(name), "made-up %u", s->written++);
    door_building(&s->town, &s->node, &s->patch, name);
    door_building(&s->town, &s->phone, &s->patch, name);
}

static int enrolment(struct scene *s, const struct invitation *invitation)
{
    struct enrolment e;
    struct rng rng = rng_from(&s->town.seed);
    struct clock clock = {town_now, &s->town};
    struct linli_sync_options options = {.size = sizeof(options), .timeout_ms = 5000};
    char address[64];

    return node_enrol(invitation, "made-up phone", &rng, clock, &options, &s->arena, &e, address);
}

static void invitation_make(struct scene *s, struct invitation *out)
{
    door_enter(&s->node);
    invite(s->node.host.replica, &s->patch, LINLI_CAPTAIN, out);
    door_leave(&s->node);
    snprintf(out->addresses[0], sizeof(out->addresses[0]), "%s", s->address);
}

/* Both hold the same, and nothing of it is damaged. */
static void all_is_well(struct scene *s)
{
    struct linli_verify verify = {.bad = 0};

    assert_ok(meeting(s));
    assert_true(doors_equal(&s->node, &s->phone));
    assert_ok(replica_verify(s->phone.host.replica, &verify));
    door_enter(&s->node);
    assert_ok(replica_verify(s->node.host.replica, &verify));
    door_leave(&s->node);
}

static void a_meeting_without_memory_ends_and_is_taken_up_again(void **state)
{
    struct scene s;
    size_t failures = 0;

    (void)state;
    heap_watch();
    scene_open(&s);
    for (size_t n = 1;; n++) {
        news(&s);
        heap_fail_again(n);
        int rv = meeting(&s);
        bool failed = heap_failed();
        heap_fail_again(0);
        assert_true(rv == LINLI_OK || (failed && is_told(rv)));
        failures += failed;
        if (!failed)
            break;
    }
    print_message("%zu allocations of a meeting failed\n", failures);
    assert_true(failures > 50);
    all_is_well(&s);
    scene_close(&s);
    heap_unwatch();
}

/* Each asks another node: one that saw handshakes fail takes them for guesses. */
static void an_enrolment_without_memory_ends_and_another_one_is_answered(void **state)
{
    struct scene s;
    size_t failures = 0;

    (void)state;
    heap_watch();
    scene_open(&s);
    for (size_t n = 1;; n++) {
        struct invitation invitation;
        door_stop(&s.node);
        node_start(&s);
        invitation_make(&s, &invitation);
        heap_fail_again(n);
        int rv = enrolment(&s, &invitation);
        bool failed = heap_failed();
        arena_free(&s.arena);
        heap_fail_again(0);
        assert_true(rv == LINLI_OK || (failed && is_told(rv)));
        failures += failed;
        if (!failed)
            break;
    }
    print_message("%zu allocations of an enrolment failed\n", failures);
    assert_true(failures > 20);
    all_is_well(&s);
    scene_close(&s);
    heap_unwatch();
}

static void whatever_the_system_refuses_a_meeting_it_is_taken_up_again(void **state)
{
    struct scene s;
    size_t refusals_seen = 0;

    (void)state;
    scene_open(&s);
    for (size_t n = 1;; n++) {
        news(&s);
        refuse_at(n);
        int rv = meeting(&s);
        bool was = refused();
        refuse_at(0);
        assert_true(rv == LINLI_OK || (was && is_told(rv)));
        refusals_seen += was;
        if (!was)
            break;
    }
    assert_true(refusals_seen > 10);
    all_is_well(&s);
    scene_close(&s);
}

static void a_node_that_the_system_refuses_something_is_none(void **state)
{
    struct scene s;
    const char *peers[] = {s.address};
    size_t refusals_seen = 0;

    (void)state;
    heap_watch();
    scene_open(&s);
    struct linli_node_options options = {.size = sizeof(options), .listen = "127.0.0.1:0", .peers = peers, .peer_count = 1};
    for (size_t n = 1;; n++) {
        struct node *node = NULL;
        refuse_at(n);
        int rv = node_new(&s.other.host, &options, &node);
        bool was = refused();
        refuse_at(0);
        if (was) {
            assert_true(rv == LINLI_E_NOMEM || rv == LINLI_E_CONNECT);
            assert_null(node);
            refusals_seen++;
            continue;
        }
        assert_ok(rv);
        node_free(node);
        break;
    }
    assert_true(refusals_seen > 5);
    for (size_t n = 1;; n++) {
        struct node *node = NULL;
        heap_fail_again(n);
        int rv = node_new(&s.other.host, &options, &node);
        bool failed = heap_failed();
        node_free(node);
        long live = heap_live();
        heap_fail_again(0);
        assert_int_equal(live, 0);
        assert_code(rv, failed ? LINLI_E_NOMEM : LINLI_OK);
        if (!failed)
            break;
    }
    scene_close(&s);
    heap_unwatch();
}

/* A node that keeps a line to another, tries again whatever was refused. */
static void a_line_that_is_kept_is_laid_again_whatever_was_refused(void **state)
{
    struct scene s;
    const char *peers[] = {s.address};

    (void)state;
    scene_open(&s);
    struct linli_node_options options = {.peers = peers, .peer_count = 1};
    for (size_t n = 1; n < 12; n++) {
        door_listen(&s.other, &options);
        atomic_store(&s.other.settled, 0);
        refuse_at(n);
        await(atomic_load(&s.other.settled) >= 1);
        refuse_at(0);
        await(doors_equal(&s.node, &s.other));
        door_stop(&s.other);
        door_building(&s.town, &s.node, &s.patch, "news");
    }
    scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_meeting_without_memory_ends_and_is_taken_up_again),
        cmocka_unit_test(an_enrolment_without_memory_ends_and_another_one_is_answered),
        cmocka_unit_test(whatever_the_system_refuses_a_meeting_it_is_taken_up_again),
        cmocka_unit_test(a_node_that_the_system_refuses_something_is_none),
        cmocka_unit_test(a_line_that_is_kept_is_laid_again_whatever_was_refused),
    };
    return UNIT_RUN(tests);
}
