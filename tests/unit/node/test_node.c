/* node: replicas meet over real sockets, with real stores. */
#include "street.h"

#include "node/internal.h"

struct pair {
    struct town town;
    linli_id community, patch;
    struct door node, phone;
};

/* A community's node that listens, and a captain's phone of one patch. */
static void pair_open(struct pair *p)
{
    struct linli_node_options options = {.size = 0};
    town_start(&p->town);
    struct replica *node = town_root(&p->town);
    p->community = replica_identity(node)->root_scope;
    p->patch = scope_add(node, &p->community, "Made-up Patch");
    struct replica *phone = town_join(&p->town, node, &p->patch, LINLI_CAPTAIN);
    door_open(&p->node, node);
    door_open(&p->phone, phone);
    door_listen(&p->node, &options);
}

static void pair_close(struct pair *p)
{
    door_close(&p->phone);
    door_close(&p->node);
    town_end(&p->town);
}

static void a_phone_meets_its_node_and_both_have_all(void **state)
{
    (void)state;
    struct pair p;
    struct linli_session_report report;
    pair_open(&p);
    linli_id theirs = door_building(&p.town, &p.node, &p.patch, "by the node");
    linli_id ours = door_building(&p.town, &p.phone, &p.patch, "by the phone");
    assert_ok(door_meet(&p.phone, p.node.port, &report));
    assert_true(report.settled);
    assert_int_equal(report.out.changesets, 1);
    assert_int_equal(report.role, LINLI_NODE);
    assert_building(p.phone.host.replica, &theirs, BUILDING_NAME, "by the node");
    door_enter(&p.node);
    assert_building(p.node.host.replica, &ours, BUILDING_NAME, "by the phone");
    door_leave(&p.node);
    await(atomic_load(&p.node.told) == 1);
    assert_ok(atomic_load(&p.node.last_code));

    assert_ok(door_meet(&p.phone, p.node.port, &report));
    assert_true(report.settled);
    assert_int_equal(report.round_trips, 1);
    assert_int_equal(report.in.changesets + report.out.changesets, 0);
    print_message("nothing changed: %llu bytes with the handshake\n",
                  (unsigned long long)(report.in.bytes + report.out.bytes));
    assert_true(report.in.bytes + report.out.bytes < 1024);
    pair_close(&p);
}

static void many_changes_on_both_sides_cross(void **state)
{
    (void)state;
    struct pair p;
    struct linli_session_report report;
    char name[32];
    pair_open(&p);
    for (unsigned i = 0; i < 300; i++) {
        snprintf(name, sizeof(name), "made-up %u", i);
        door_building(&p.town, i % 2 == 0 ? &p.node : &p.phone, &p.patch, name);
    }
    assert_ok(door_meet(&p.phone, p.node.port, &report));
    assert_true(report.settled);
    assert_int_equal(report.out.changesets, 150);
    pair_close(&p);
}

/* A scope that no one message describes: its children alone take more than 128 KiB. */
static void two_thousand_five_hundred_patches_of_one_community_cross(void **state)
{
    enum { PATCHES = 2500, AT_ONCE = 100 };
    struct linli_node_options options = {.size = 0};
    struct linli_session_report report;
    struct linli_scope_spec specs[AT_ONCE];
    struct linli_status status;
    linli_id ids[AT_ONCE], community;
    struct door node, clerk;
    struct town town;

    (void)state;
    town_start(&town);
    struct replica *r = town_root(&town);
    community = replica_identity(r)->root_scope;
    struct replica *other = town_join(&town, r, &community, LINLI_CLERK);
    for (unsigned i = 0; i < PATCHES; i += AT_ONCE) {
        linli_id parents[AT_ONCE];
        char names[AT_ONCE][32];
        for (unsigned k = 0; k < AT_ONCE; k++) {
            parents[k] = community;
            snprintf(names[k], sizeof(names[k]), "Made-up Patch %u", i + k);
            specs[k] = (struct linli_scope_spec){.name = names[k], .kind = LINLI_PATCH};
        }
        assert_ok(replica_scope_add(r, parents, specs, AT_ONCE, ids));
    }
    building_new(&town, r, &ids[7], "in a patch");
    door_open(&node, r);
    door_open(&clerk, other);
    door_listen(&node, &options);
    for (unsigned i = 0; i < 2; i++) { /* all is lacking; then both hold all but a little */
        assert_ok(door_meet(&clerk, node.port, &report));
        assert_true(report.settled);
        assert_true(doors_equal(&node, &clerk));
        door_building(&town, &clerk, &ids[9], "by the clerk");
    }
    assert_ok(replica_status(other, &status));
    assert_int_equal(status.scopes, PATCHES + 1);
    door_close(&clerk);
    door_close(&node);
    town_end(&town);
}

static void a_connection_cut_anywhere_is_taken_up_again(void **state)
{
    (void)state;
    struct pair p;
    struct linli_session_report report;
    struct weak_wire wire;
    char name[32];
    pair_open(&p);
    for (unsigned round = 0; round < 25; round++) {
        for (unsigned i = 0; i < 20; i++) {
            snprintf(name, sizeof(name), "made-up %u", i);
            door_building(&p.town, i % 2 == 0 ? &p.node : &p.phone, &p.patch, name);
        }
        weak_wire_lay(&wire, p.node.port, 1 + (size_t)rng_below(&p.town.seed, 12000));
        int rv = door_meet(&p.phone, wire.port, &report);
        (void)weak_wire_end(&wire);
        assert_true(rv == LINLI_OK || rv == LINLI_E_CLOSED || rv == LINLI_E_NETWORK);
        if (round % 5 != 4)
            continue;
        assert_ok(door_meet(&p.phone, p.node.port, &report));
        assert_true(report.settled);
    }
    pair_close(&p);
}

static void a_device_is_enrolled_over_the_wire(void **state)
{
    (void)state;
    struct pair p;
    struct invitation invitation;
    struct enrolment enrolment;
    struct arena arena = {0};
    struct rng rng;
    struct clock clock = {town_now, &p.town};
    struct linli_sync_options options = {.size = sizeof(options), .timeout_ms = 3000};
    char address[64];
    pair_open(&p);
    rng = rng_from(&p.town.seed);
    door_enter(&p.node);
    invite(p.node.host.replica, &p.patch, LINLI_CAPTAIN, &invitation);
    door_leave(&p.node);
    snprintf(invitation.addresses[0], sizeof(invitation.addresses[0]), "127.0.0.1:%u", p.node.port);
    assert_ok(node_enrol(&invitation, "made-up phone", &rng, clock, &options, &arena, &enrolment, address));
    assert_string_equal(address, invitation.addresses[0]);

    struct house *house = town_house(&p.town);
    struct replica_config config = town_config(&p.town, house);
    assert_ok(replica_create_joined(&config, &enrolment, &house->replica));
    struct door second;
    struct linli_session_report report;
    door_open(&second, house->replica);
    assert_ok(door_meet(&second, p.node.port, &report));
    assert_true(report.settled);
    assert_true(report.in.changesets > 0);
    door_close(&second);

    /* the same device comes again, made anew */
    struct enrolment other;
    struct invitation second_invitation;
    door_enter(&p.node);
    invite(p.node.host.replica, &p.patch, LINLI_CAPTAIN, &second_invitation);
    door_leave(&p.node);
    snprintf(second_invitation.addresses[0], sizeof(second_invitation.addresses[0]), "127.0.0.1:%u", p.node.port);
    assert_ok(node_enrol(&second_invitation, "made-up phone", &rng, clock, &options, &arena, &other, address));
    assert_true(other.incarnation != enrolment.incarnation);

    /* another device comes with the same invitation */
    assert_code(node_enrol(&invitation, "made-up thief", &rng, clock, &options, &arena, &other, address), LINLI_E_USED);
    /* and one whose invitation nobody knows */
    invitation.secret[0] ^= 1;
    assert_code(node_enrol(&invitation, "made-up guess", &rng, clock, &options, &arena, &other, address), LINLI_E_NETWORK);
    arena_free(&arena);
    pair_close(&p);
}

/* What the phone's screen shows, and what its owner does about it. */
struct screen {
    struct door *node;
    unsigned code, times;
    bool waits, reject, cancel;
};

static bool show(void *ctx, unsigned code, bool waits)
{
    struct screen *s = ctx;
    s->code = code;
    s->waits = waits;
    s->times++;
    if (!waits)
        return true;
    door_enter(s->node);
    int rv = s->reject ? replica_enrol_reject(s->node->host.replica, code) : replica_enrol_confirm(s->node->host.replica, code);
    door_leave(s->node);
    assert_ok(rv);
    return !s->cancel;
}

static void heard_at_the_office(void *ctx, const struct linli_enrol_request *request, int code)
{
    struct door *d = ctx;
    atomic_store(&d->last_code, code);
    atomic_store(&d->told, request->code);
}

static void a_device_waits_until_the_office_confirms_its_digits(void **state)
{
    (void)state;
    struct pair p;
    struct invitation invitation;
    struct enrolment enrolment;
    struct arena arena = {0};
    char address[64];
    pair_open(&p);
    struct clock clock = {town_now, &p.town};
    struct rng rng = rng_from(&p.town.seed);
    struct screen screen = {.node = &p.node};
    struct linli_sync_options options = {.size = sizeof(options), .timeout_ms = 5000, .on_code = show, .ctx = &screen};
    p.node.node->on_enrol = heard_at_the_office;
    for (unsigned turn = 0; turn < 4; turn++) { /* confirmed, rejected, given up, no need to wait */
        screen.times = 0;
        screen.reject = turn == 1;
        screen.cancel = turn == 2;
        door_enter(&p.node);
        invite_as(p.node.host.replica, &p.patch, LINLI_CAPTAIN, turn < 3, &invitation);
        door_leave(&p.node);
        snprintf(invitation.addresses[0], sizeof(invitation.addresses[0]), "127.0.0.1:%u", p.node.port);
        int rv = node_enrol(&invitation, "made-up phone", &rng, clock, &options, &arena, &enrolment, address);
        static const int expected[] = {LINLI_OK, LINLI_E_REFUSED, LINLI_E_CANCELLED, LINLI_OK};
        assert_code(rv, expected[turn]);
        assert_true(screen.times >= 1 && screen.code < 1000000);
        assert_int_equal(screen.waits, turn == 1 || turn == 2); /* at the end the digits come once more, without */
        if (turn != 2)
            await(atomic_load(&p.node.told) == screen.code);
    }
    assert_code(atomic_load(&p.node.last_code), LINLI_OK);
    arena_free(&arena);
    pair_close(&p);
}

/* Each a connection of its own, with a hint of no invitation. */
static void guesses_at_invitations_are_not_looked_at_for_long(void **state)
{
    (void)state;
    struct pair p;
    uint8_t guess[22] = "LNLI\x01\x02";
    pair_open(&p);
    for (unsigned i = 0; i < 40; i++) {
        int fd = plug(p.node.port);
        memcpy(guess + 6, &i, sizeof(i));
        assert_true(send(fd, guess, sizeof(guess), MSG_NOSIGNAL) > 0);
        assert_true(closed_without_a_word(fd, 2000));
        close(fd);
    }
    door_enter(&p.node);
    uint8_t here[GUESS_ADDRESS_BYTES] = {[12] = 127, [15] = 1};
    assert_false(guesses_allow(&p.node.node->guesses, here, p.node.node->guesses.all.at_ms));
    assert_int_equal(p.node.node->guesses.count, 1);
    assert_true(p.node.node->guesses.all.spent_ms <= 12 * 50); /* of 40, some 10 were looked at */
    door_leave(&p.node);
    struct linli_session_report report; /* who is known is not concerned */
    assert_ok(door_meet(&p.phone, p.node.port, &report));
    pair_close(&p);
}

static void strangers_are_closed_without_a_word(void **state)
{
    (void)state;
    static const char *const probes[] = {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\x16\x03\x01\x02", "SSH-2.0-probe\r\n",
                                         "LNLI\x01\x01 sixteen bytes of nothing that fits", "LNLI\x02\x01", "\n"};
    struct pair p;
    pair_open(&p);
    linli_hash before = door_digest(&p.node);
    for (size_t i = 0; i < COUNT_OF(probes); i++) {
        int fd = plug(p.node.port);
        assert_true(send(fd, probes[i], strlen(probes[i]), MSG_NOSIGNAL) > 0);
        assert_true(closed_without_a_word(fd, 2000));
        close(fd);
    }
    for (unsigned i = 0; i < 300; i++) { /* any bytes, cut anywhere */
        uint8_t bytes[200];
        struct rng rng = rng_from(&p.town.seed);
        rng_fill(&rng, bytes, sizeof(bytes));
        memcpy(bytes, "LNLI\x01\x01", (size_t)rng_below(&p.town.seed, 7));
        int fd = plug(p.node.port);
        (void)send(fd, bytes, (size_t)rng_below(&p.town.seed, sizeof(bytes)), MSG_NOSIGNAL);
        close(fd);
    }
    struct linli_session_report report;
    assert_ok(door_meet(&p.phone, p.node.port, &report));
    linli_hash after = door_digest(&p.node);
    assert_true(hash_equal(&before, &after));
    await(atomic_load(&p.node.told) == 1); /* the phone's; strangers are no news */
    pair_close(&p);
}

static void another_network_is_not_known_here(void **state)
{
    (void)state;
    struct pair p;
    struct linli_session_report report;
    struct door stranger;
    pair_open(&p);
    door_open(&stranger, town_root(&p.town));
    assert_code(door_meet(&stranger, p.node.port, &report), LINLI_E_NETWORK);
    assert_int_equal(atomic_load(&p.node.told), 0);
    door_close(&stranger);
    pair_close(&p);
}

/* Two captains' phones have never met, and hold no grant of each other's. */
static void phones_that_never_met_ask_who_it_is(void **state)
{
    (void)state;
    struct pair p;
    struct door second;
    struct linli_node_options options = {.size = 0};
    struct linli_session_report report;
    pair_open(&p);
    door_enter(&p.node);
    struct replica *r = town_join(&p.town, p.node.host.replica, &p.patch, LINLI_CAPTAIN);
    door_leave(&p.node);
    door_open(&second, r);
    door_listen(&second, &options);
    linli_id ours = door_building(&p.town, &p.phone, &p.patch, "by the one");
    linli_id theirs = door_building(&p.town, &second, &p.patch, "by the other");
    assert_ok(door_meet(&p.phone, second.port, &report));
    assert_true(report.settled);
    assert_building(p.phone.host.replica, &theirs, BUILDING_NAME, "by the other");
    door_enter(&second);
    assert_building(second.host.replica, &ours, BUILDING_NAME, "by the one");
    door_leave(&second);
    door_close(&second);
    pair_close(&p);
}

/* Of this network's key, and of no grant. */
static void a_device_without_a_grant_is_refused(void **state)
{
    (void)state;
    struct pair p;
    struct town other;
    struct linli_session_report report;
    struct door thief;
    pair_open(&p);
    town_start(&other);
    (void)rng_next(&other.seed); /* another device, with another key */
    struct replica *r = town_root(&other);
    uint64_t before = door_changesets(&p.node);
    memcpy(r->self.network_key, p.node.host.replica->self.network_key, 32);
    r->self.network = p.node.host.replica->self.network;
    door_open(&thief, r);
    int rv = door_meet(&thief, p.node.port, &report);
    assert_int_equal(rv, LINLI_E_REFUSED);
    assert_int_equal(door_changesets(&p.node), before);
    assert_int_equal(atomic_load(&p.node.told), 0);
    door_close(&thief);
    town_end(&other);
    pair_close(&p);
}

static void sessions_have_a_limit_and_half_open_ones_make_room(void **state)
{
    (void)state;
    struct pair p;
    struct linli_session_report report;
    int fds[600];
    pair_open(&p);
    for (size_t i = 0; i < COUNT_OF(fds); i++)
        fds[i] = plug(p.node.port);
    assert_ok(door_meet(&p.phone, p.node.port, &report));
    assert_true(report.settled);
    size_t closed = 0;
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        closed += closed_without_a_word(fds[i], 0);
        close(fds[i]);
    }
    assert_true(closed >= COUNT_OF(fds) - WAITING_MAX);
    pair_close(&p);
}

static void nodes_that_are_linked_push_what_is_written(void **state)
{
    (void)state;
    struct pair p;
    struct door city;
    pair_open(&p);
    struct replica *second = town_join(&p.town, p.node.host.replica, &p.community, LINLI_NODE);
    door_open(&city, second);
    char address[32];
    snprintf(address, sizeof(address), "127.0.0.1:%u", p.node.port);
    const char *peers[] = {address};
    struct linli_node_options options = {.peers = peers, .peer_count = 1};
    door_listen(&city, &options);
    await(atomic_load(&city.settled) >= 1 && atomic_load(&p.node.settled) >= 1);
    assert_true(doors_equal(&p.node, &city));
    assert_int_equal(node_sessions(city.node), 1);

    for (unsigned i = 0; i < 20; i++) {
        door_building(&p.town, i % 2 == 0 ? &p.node : &city, &p.patch, "pushed");
        await(doors_equal(&p.node, &city));
    }
    /* what a phone brings to the one goes on to the other */
    struct linli_session_report report;
    uint64_t before = door_changesets(&city);
    for (unsigned i = 0; i < 10; i++)
        door_building(&p.town, &p.phone, &p.patch, "by the phone");
    assert_ok(door_meet(&p.phone, p.node.port, &report));
    await(door_changesets(&city) == before + 10);
    await(doors_equal(&p.node, &city));
    /* a new scope, and what is in it */
    door_enter(&p.node);
    linli_id patch = scope_add(p.node.host.replica, &p.community, "Second Made-up Patch");
    door_leave(&p.node);
    door_building(&p.town, &p.node, &patch, "in the new patch");
    await(doors_equal(&p.node, &city));
    door_close(&city);
    pair_close(&p);
}

enum { LONG_NAME = 8000 };

/* A resident whose personal name is long and does not compress, so that bytes which should not leave show in their number. */
static struct linli_committed long_name(struct town *town, struct door *d, const linli_id *scope)
{
    uint8_t bytes[LONG_NAME / 2];
    char name[LONG_NAME + 1];
    struct edit edit = {.count = 0}, *edits[] = {&edit};
    struct linli_committed done;

    door_enter(d);
    struct rng rng = rng_from(&town->seed);
    rng_fill(&rng, bytes, sizeof(bytes));
    hex_encode(bytes, sizeof(bytes), name);
    linli_id id = id_new(town);
    assert_ok(edit_life(&edit, scope, &id, TYPE_RESIDENT));
    assert_ok(edit_text(&edit, scope, &id, TYPE_RESIDENT, RESIDENT_NAME, name));
    assert_ok(replica_commit(d->host.replica, edits, 1, &done));
    door_leave(d);
    edit_free(&edit);
    return done;
}

struct asking {
    struct door door;
    struct ask ask;
    bool asked;
};

/* Once its session is live it asks for a log that no honest session would name. */
static void ask_once(void *ctx, const struct linli_session_report *report, int code)
{
    struct asking *a = ctx;
    struct buf message = {0};

    if (!a->asked && report->settled) {
        a->asked = true;
        assert_ok(ask_encode(&message, &a->ask));
        assert_ok(wire_send(a->door.node->peers, STREAM_CONTROL, buf_span(&message)));
        assert_ok(wire_flush(a->door.node->peers));
        buf_free(&message);
    }
    door_told(&a->door, report, code);
}

/* Counted on the wire: an honest replica throws away what it may not read, and another need not. */
static void what_a_peer_may_not_read_is_not_sent_however_it_asks(void **state)
{
    (void)state;
    struct pair p;
    struct asking viewer = {.asked = false};
    struct weak_wire wire;
    char address[32];
    pair_open(&p);
    door_enter(&p.node);
    linli_id other = scope_add(p.node.host.replica, &p.community, "Made-up Patch of Others");
    struct replica *r = town_join(&p.town, p.node.host.replica, &p.patch, LINLI_VIEWER);
    door_leave(&p.node);
    for (unsigned i = 0; i < 300; i++)
        door_building(&p.town, &p.node, &other, "nobody else's business");
    for (unsigned i = 0; i < 4; i++)
        (void)long_name(&p.town, &p.node, &p.patch);
    weak_wire_lay(&wire, p.node.port, 0);
    snprintf(address, sizeof(address), "127.0.0.1:%u", wire.port);
    const char *peers[] = {address};
    struct linli_node_options options = {.size = sizeof(options), .listen = "127.0.0.1:0", .peers = peers, .peer_count = 1,
                                         .on_session = ask_once, .ctx = &viewer};
    door_open(&viewer.door, r);
    viewer.ask = (struct ask){.scope = other, .author = p.node.host.replica->author, .from = 1};
    assert_ok(node_new(&viewer.door.host, &options, &viewer.door.node));
    assert_int_equal(pthread_create(&viewer.door.thread, NULL, door_serve, &viewer.door), 0);
    viewer.door.running = true;
    await(atomic_load(&viewer.door.told) >= 2); /* live, and over: its own session knows nothing of what was answered */
    door_close(&viewer.door);
    size_t passed = weak_wire_end(&wire);
    assert_true(passed > 1000 && passed < LONG_NAME);
    pair_close(&p);
}

struct wanting {
    linli_id scope;
    linli_dot dot;
};

static int want_it(struct work *w, void *ctx)
{
    const struct wanting *wanting = ctx;
    uint32_t scope, author;
    int rv = scope_number(w->txn, &wanting->scope, &scope);

    if (rv == LINLI_OK)
        rv = author_number(w->txn, &wanting->dot.author, false, &author);
    if (rv == LINLI_OK)
        rv = want_mark(w->txn, scope, author, wanting->dot.seq, 1, true);
    return rv == LINLI_OK ? work_touch(w, scope) : rv;
}

/* A viewer that asks for a name all the same. */
static void a_part_that_a_peer_may_not_read_is_not_sent(void **state)
{
    (void)state;
    struct pair p;
    struct door viewer;
    struct linli_session_report report;
    pair_open(&p);
    door_enter(&p.node);
    struct replica *r = town_join(&p.town, p.node.host.replica, &p.patch, LINLI_VIEWER);
    door_leave(&p.node);
    door_open(&viewer, r);
    struct wanting wanting = {p.patch, long_name(&p.town, &p.node, &p.patch).dot};
    assert_ok(door_meet(&viewer, p.node.port, &report));
    assert_true(report.settled);
    assert_ok(work_run(r, want_it, &wanting));
    assert_ok(door_meet(&viewer, p.node.port, &report));
    assert_true(report.settled);
    assert_true(report.in.bytes < LONG_NAME);
    door_close(&viewer);
    pair_close(&p);
}

static void a_full_node_says_so(void **state)
{
    (void)state;
    struct pair p;
    struct door city;
    struct linli_session_report report;
    pair_open(&p);
    struct linli_node_options narrow = {.sessions_max = 1};
    door_stop(&p.node);
    door_listen(&p.node, &narrow);
    door_open(&city, town_join(&p.town, p.node.host.replica, &p.community, LINLI_NODE));
    char address[32];
    snprintf(address, sizeof(address), "127.0.0.1:%u", p.node.port);
    const char *peers[] = {address};
    struct linli_node_options options = {.peers = peers, .peer_count = 1};
    door_listen(&city, &options);
    await(node_sessions(p.node.node) == 1);
    assert_code(door_meet(&p.phone, p.node.port, &report), LINLI_E_LIMIT);
    door_close(&city);
    await(node_sessions(p.node.node) == 0);
    assert_ok(door_meet(&p.phone, p.node.port, &report));
    pair_close(&p);
}

static void what_is_too_much_of_one_device_is_held_back_and_the_rest_crosses(void **state)
{
    (void)state;
    struct pair p;
    struct linli_session_report report;
    pair_open(&p);
    door_enter(&p.node);
    p.node.host.replica->quota = (struct quota){.first_bytes = 4000};
    door_leave(&p.node);
    for (unsigned i = 0; i < 1000; i++) /* of several runs */
        (void)door_building(&p.town, &p.phone, &p.patch, "much");
    linli_id theirs = door_building(&p.town, &p.node, &p.patch, "by the node");
    assert_code(door_meet(&p.phone, p.node.port, &report), LINLI_E_QUOTA);
    assert_false(report.settled);
    assert_building(p.phone.host.replica, &theirs, BUILDING_NAME, "by the node");
    await(atomic_load(&p.node.told) == 1);
    assert_code(atomic_load(&p.node.last_code), LINLI_E_QUOTA);
    door_enter(&p.node);
    p.node.host.replica->quota = quota_usual;
    door_leave(&p.node);
    assert_ok(door_meet(&p.phone, p.node.port, &report));
    assert_true(report.settled);
    pair_close(&p);
}

static void a_node_stops_with_goodbyes(void **state)
{
    (void)state;
    struct pair p;
    struct linli_session_report report;
    pair_open(&p);
    unsigned port = p.node.port;
    door_stop(&p.node);
    assert_code(door_meet(&p.phone, port, &report), LINLI_E_CONNECT);
    pair_close(&p);
}

static bool refuse_progress(void *ctx, uint64_t in, uint64_t out)
{
    (void)in;
    (void)out;
    ++*(unsigned *)ctx;
    return false;
}

static void a_silent_peer_times_out_and_the_application_may_cancel(void **state)
{
    (void)state;
    struct pair p;
    struct linli_session_report report;
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof(at);
    unsigned asked = 0;
    pair_open(&p);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int mute = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(mute, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(mute, 4), 0);
    assert_int_equal(getsockname(mute, (struct sockaddr *)&at, &size), 0);
    struct linli_sync_options options = {.size = sizeof(options), .timeout_ms = 200, .on_progress = refuse_progress, .ctx = &asked};
    assert_code(node_sync(&p.phone.host, "127.0.0.1", ntohs(at.sin_port), &options, &report), LINLI_E_TIMEOUT);
    close(mute);
    pair_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_phone_meets_its_node_and_both_have_all),
        cmocka_unit_test(many_changes_on_both_sides_cross),
        cmocka_unit_test(two_thousand_five_hundred_patches_of_one_community_cross),
        cmocka_unit_test(a_connection_cut_anywhere_is_taken_up_again),
        cmocka_unit_test(a_device_is_enrolled_over_the_wire),
        cmocka_unit_test(a_device_waits_until_the_office_confirms_its_digits),
        cmocka_unit_test(guesses_at_invitations_are_not_looked_at_for_long),
        cmocka_unit_test(strangers_are_closed_without_a_word),
        cmocka_unit_test(another_network_is_not_known_here),
        cmocka_unit_test(phones_that_never_met_ask_who_it_is),
        cmocka_unit_test(a_device_without_a_grant_is_refused),
        cmocka_unit_test(sessions_have_a_limit_and_half_open_ones_make_room),
        cmocka_unit_test(nodes_that_are_linked_push_what_is_written),
        cmocka_unit_test(what_a_peer_may_not_read_is_not_sent_however_it_asks),
        cmocka_unit_test(a_part_that_a_peer_may_not_read_is_not_sent),
        cmocka_unit_test(a_full_node_says_so),
        cmocka_unit_test(what_is_too_much_of_one_device_is_held_back_and_the_rest_crosses),
        cmocka_unit_test(a_node_stops_with_goodbyes),
        cmocka_unit_test(a_silent_peer_times_out_and_the_application_may_cancel),
    };
    return UNIT_RUN(tests);
}
