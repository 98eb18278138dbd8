/* node: what one peer may have of a turn of the loop; the loop is turned by hand, in the test's own thread. */
#include "street.h"

#include <errno.h>

#include "node/internal.h"
#include "session/internal.h"

enum { TURNS_MAX = 20000, QUESTIONS = 20000, BURST = 500 };

struct scene {
    struct town town;
    linli_id community, patch;
    struct door node, phone;
};

/* A device that says what it likes over a good channel. */
struct member {
    struct node *node;
    int fd;
    struct channel channel;
    struct buf out;
    size_t out_sent, answers;
    struct scope_path path;
};

static void scene_open(struct scene *s)
{
    struct linli_node_options options = {.size = sizeof(options), .listen = "127.0.0.1:0"};
    town_start(&s->town);
    struct replica *node = town_root(&s->town);
    s->community = replica_identity(node)->root_scope;
    s->patch = scope_add(node, &s->community, "Made-up Patch");
    struct replica *phone = town_join(&s->town, node, &s->patch, LINLI_CAPTAIN);
    door_open(&s->node, node);
    door_open(&s->phone, phone);
    assert_ok(node_new(&s->node.host, &options, &s->node.node));
}

static void scene_close(struct scene *s)
{
    node_free(s->node.node);
    s->node.node = NULL;
    door_close(&s->phone);
    door_close(&s->node);
    town_end(&s->town);
}

static void turn_loop(struct node *n)
{
    (void)uv_run(&n->loop, UV_RUN_NOWAIT);
}

static void say(struct member *m, struct buf *message)
{
    size_t sent = 0;
    assert_ok(message->failed);
    while (sent < message->size)
        assert_ok(channel_send(&m->channel, STREAM_CONTROL, buf_span(message), &sent, &m->out));
    buf_free(message);
}

/* Put on the line what it takes. True: all is on it. */
static bool push(struct member *m)
{
    ssize_t size = m->out.size == m->out_sent
                       ? 0
                       : send(m->fd, m->out.at + m->out_sent, m->out.size - m->out_sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    assert_true(size >= 0 || errno == EAGAIN);
    m->out_sent += size > 0 ? (size_t)size : 0;
    return m->out.size == m->out_sent;
}

static void listen_to(struct member *m)
{
    uint8_t bytes[65536];
    ssize_t size = recv(m->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    span left = span_of(bytes, size > 0 ? (size_t)size : 0);
    assert_true(size > 0 || (size < 0 && errno == EAGAIN));
    for (bool more = left.size > 0; more;) {
        enum frame_stream stream;
        span message, body;
        uint64_t kind;
        size_t used;
        assert_ok(channel_take(&m->channel, left, &used, &m->out, &stream, &message));
        left = span_of(left.at + used, left.size - used);
        more = used > 0 || message.at != NULL;
        if (message.at == NULL)
            continue;
        assert_ok(message_open(message, &kind, &body));
        m->answers += kind == MESSAGE_DETAIL || kind == MESSAGE_SENT;
    }
}

/* "What has this log from here on?": each is answered by a run of it, if there is any, and by one `sent`. */
static void ask(struct member *m, unsigned count)
{
    const struct replica *r = m->node->host.replica;
    struct ask ask = {.author = r->author, .from = 40};

    path_scope(&r->self.network, &m->path, &ask.scope);
    for (unsigned i = 0; i < count; i++) {
        struct buf message = {0};
        (void)ask_encode(&message, &ask);
        say(m, &message);
    }
}

/* Connect, prove who it is, say hello and that it holds something else. */
static void member_meet(struct member *m, struct scene *s)
{
    const struct identity *own = replica_identity(s->phone.host.replica);
    struct channel_config config = {.initiator = true, .intent = INTENT_SYNC, .network = own->network.b,
                                    .psk = own->network_key, .rng = rng_system()};
    struct hello hello = {.version_low = 1, .version_high = 1, .credit_bytes = UINT32_MAX, .live = true};
    struct summary_item item = {.scope = s->patch, .subtree = true, .digest = {{1}}};
    struct buf message = {0};

    *m = (struct member){.node = s->node.node};
    m->fd = plug((unsigned)strtoul(strrchr(node_address(m->node), ':') + 1, NULL, 10));
    assert_ok(replica_scope_path(s->phone.host.replica, &s->patch, &m->path));
    memcpy(config.sign_secret, own->sign_secret, sizeof(config.sign_secret));
    memcpy(config.self.sign_public, own->sign_public, KEY_BYTES);
    config.self.incarnation = own->incarnation;
    assert_ok(channel_start(&m->channel, &config, &m->out));
    for (int i = 0; i < TURNS_MAX && m->channel.state != CHANNEL_OPEN; i++) {
        (void)push(m);
        turn_loop(m->node);
        listen_to(m);
    }
    (void)hello_encode(&message, &hello);
    say(m, &message);
    (void)summary_start(&message, 1);
    (void)summary_add(&message, &item);
    say(m, &message);
    for (int i = 0; i < TURNS_MAX && (!push(m) || m->answers == 0); i++) {
        turn_loop(m->node);
        listen_to(m);
    }
    assert_int_equal(m->answers, 1); /* the node's own account of the patch, */
    (void)detail_encode_empty(&message, &m->path, true);
    say(m, &message);                /* and ours: nothing of it; so all of it comes */
    for (int i = 0; i < TURNS_MAX && (!push(m) || m->answers == 1); i++) {
        turn_loop(m->node);
        listen_to(m);
    }
    assert_int_equal(m->answers, 2); /* from here on each question has its answer */
    m->answers = 0;
}

static void member_part(struct member *m)
{
    close(m->fd);
    channel_free(&m->channel);
    buf_free(&m->out);
}

/* A burst is worked off over several turns, and somebody else's question goes in between. */
static void one_that_asks_without_pause_does_not_keep_the_others_waiting(void **state)
{
    (void)state;
    struct scene s;
    struct member loud, quiet;
    scene_open(&s);
    member_meet(&loud, &s);
    member_meet(&quiet, &s);
    struct peer *loud_peer = s.node.node->peers->next; /* the newest comes first */

    ask(&loud, BURST);
    assert_true(push(&loud));
    for (int i = 0; i < TURNS_MAX && !share_pending(loud_peer); i++)
        turn_loop(s.node.node);
    assert_true(share_pending(loud_peer));
    assert_true(loud_peer->due);
    assert_false(loud_peer->wire.reading);
    ask(&quiet, 1);
    assert_true(push(&quiet));
    for (int i = 0; i < TURNS_MAX && quiet.answers == 0; i++) {
        turn_loop(s.node.node);
        listen_to(&quiet);
    }
    assert_int_equal(quiet.answers, 1);
    for (int i = 0; i < TURNS_MAX && loud.answers < BURST; i++) {
        listen_to(&loud);
        turn_loop(s.node.node);
    }
    assert_int_equal(loud.answers, BURST);
    assert_false(share_pending(loud_peer));
    assert_true(loud_peer->wire.reading);
    member_part(&loud);
    member_part(&quiet);
    scene_close(&s);
}

/* Text that no compression makes much smaller. */
static void long_building(struct scene *s)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
    char name[15000];
    for (size_t i = 0; i + 1 < sizeof(name); i++)
        name[i] = digits[rng_below(&s->town.seed, sizeof(digits) - 1)];
    name[sizeof(name) - 1] = '\0';
    building_new(&s->town, s->node.host.replica, &s->patch, name);
}

/* All that grows with what a peer says or does not hear: what waits to leave, and to be worked off. */
static size_t held_for(const struct peer *p)
{
    const struct channel *c = p->channel;
    size_t held = sizeof(*p) + sizeof(*c) + sizeof(*p->session) + c->in.room + c->plain.room + (p->wire.writing ? WRITE_BYTES : 0);
    for (size_t i = 0; i < STREAM_COUNT; i++) {
        held += c->frames.partial[i].room;
        for (const struct parcel *at = p->wire.first[i]; at != NULL; at = at->next)
            held += sizeof(*at) + at->size;
    }
    held += p->session->jobs.room * sizeof(struct job);
    return held + (p->rest == NULL ? 0 : sizeof(*p->rest) + p->rest->size);
}

static void what_waits_for_one_that_never_reads_is_bounded(void **state)
{
    (void)state;
    struct scene s;
    struct member deaf;
    scene_open(&s);
    size_t most = 0;
    for (int i = 0; i < 50; i++)
        long_building(&s);
    member_meet(&deaf, &s);
    struct peer *p = s.node.node->peers;

    ask(&deaf, QUESTIONS);
    for (int i = 0; i < TURNS_MAX && (p->wire.reading || share_pending(p)) && !(share_pending(p) && !p->due); i++) {
        (void)push(&deaf);
        turn_loop(s.node.node);
        most = held_for(p) > most ? held_for(p) : most;
    }
    assert_in_range(most, RUN_BYTES / 2, 128 * 1024);
    assert_true(p->wire.unsent_bytes > UNSENT_MAX);
    assert_false(p->due); /* it waits for the peer, and costs no turns */
    assert_false(p->wire.reading);
    assert_null(s.node.node->due_first);

    /* It listens after all: every question is answered. */
    for (int i = 0; i < 50 * TURNS_MAX && deaf.answers < QUESTIONS; i++) {
        (void)push(&deaf);
        turn_loop(s.node.node);
        listen_to(&deaf);
    }
    assert_int_equal(deaf.answers, QUESTIONS);
    member_part(&deaf);
    scene_close(&s);
}

static void one_that_goes_while_it_is_due_is_forgotten(void **state)
{
    (void)state;
    struct scene s;
    struct member first, second;
    scene_open(&s);
    member_meet(&first, &s);
    member_meet(&second, &s);
    struct node *n = s.node.node;

    ask(&first, BURST);
    ask(&second, BURST);
    assert_true(push(&first) && push(&second));
    for (int i = 0; i < TURNS_MAX && n->due_count < 2; i++)
        turn_loop(n);
    assert_int_equal(n->due_count, 2);
    peer_cut(n->due_last, LINLI_E_CANCELLED);
    assert_int_equal(n->due_count, 1);
    assert_ptr_equal(n->due_first, n->due_last);
    for (int i = 0; i < TURNS_MAX && n->peer_count > 1; i++)
        turn_loop(n);
    assert_int_equal(n->peer_count, 1);
    member_part(&first);
    member_part(&second);
    scene_close(&s); /* with the other still due, or not */
}

enum { DEBT_NS = 1000 * 1000 * 1000, AGES_NS = 2 * DEBT_NS /* no test takes as long */ };

/* As if somebody else was heard just now, and stays so. */
static void hear_another(struct node *n, const struct pace *who)
{
    n->heard[0] = (struct hearing){.who = who, .at_ns = uv_hrtime() + AGES_NS};
}

static void one_that_says_goodbye_in_the_last_of_its_bytes_is_let_go(void **state)
{
    (void)state;
    struct scene s;
    struct member m;
    struct buf bye = {0};
    struct pace other = {0};
    scene_open(&s);
    member_meet(&m, &s);
    struct node *n = s.node.node;

    hear_another(n, &other); /* so that it is worked off in short pieces */
    ask(&m, BURST);
    (void)bye_encode(&bye, BYE_DONE);
    say(&m, &bye);
    assert_true(push(&m));
    for (int i = 0; i < TURNS_MAX && n->due_count == 0; i++)
        turn_loop(n);
    assert_int_equal(n->due_count, 1);
    for (int i = 0; i < TURNS_MAX && n->due_count > 0; i++)
        turn_loop(n);
    assert_int_equal(n->due_count, 0);
    assert_null(n->due_first);
    member_part(&m);
    for (int i = 0; i < TURNS_MAX && n->peer_count > 0; i++)
        turn_loop(n);
    assert_int_equal(n->peer_count, 0);
    scene_close(&s);
}

/* --- accounts --- */

static void one_that_cost_much_rests_while_others_are_heard(void **state)
{
    (void)state;
    struct scene s;
    struct member loud, quiet;
    scene_open(&s);
    struct node *n = s.node.node;
    member_meet(&loud, &s);
    struct peer *loud_peer = n->peers;
    member_meet(&quiet, &s);
    struct peer *quiet_peer = n->peers;

    pace_add(&loud_peer->pace, 5 * (uint64_t)DEBT_NS);
    hear_another(n, &quiet_peer->pace);
    ask(&loud, 1);
    assert_true(push(&loud));
    for (int i = 0; i < TURNS_MAX && !share_pending(loud_peer); i++)
        turn_loop(n);
    assert_true(loud_peer->due);
    assert_false(loud_peer->wire.reading);
    ask(&quiet, 1);
    assert_true(push(&quiet));
    for (int i = 0; i < TURNS_MAX && quiet.answers == 0; i++) {
        turn_loop(n);
        listen_to(&quiet);
        hear_another(n, &quiet_peer->pace);
    }
    assert_int_equal(quiet.answers, 1); /* who is not in debt does not rest */
    listen_to(&loud);
    assert_int_equal(loud.answers, 0);
    assert_true(uv_is_active((uv_handle_t *)&n->rest));

    n->heard[0].at_ns = 0; /* nobody is about any more */
    for (int i = 0; i < TURNS_MAX && loud.answers == 0; i++) {
        pause_ms(1); /* nothing else happens: the timer brings it back */
        turn_loop(n);
        listen_to(&loud);
    }
    assert_int_equal(loud.answers, 1);
    assert_ptr_equal(n->heard[0].who, &quiet_peer->pace); /* others need not give way to it */
    member_part(&loud);
    member_part(&quiet);
    scene_close(&s);
}

static void one_that_is_alone_has_large_pieces_unless_another_was_here_a_moment_ago(void **state)
{
    (void)state;
    struct scene s;
    struct member m;
    struct pace gone = {0};
    scene_open(&s);
    struct node *n = s.node.node;
    member_meet(&m, &s);
    struct peer *p = n->peers;

    n->heard[0].at_ns = n->heard[1].at_ns = 0;
    n->turn++;
    share_begin(p);
    assert_int_equal(p->share.runs_end, SHARE_RUNS_ALONE);
    hear_another(n, &gone);
    n->turn++;
    share_begin(p);
    assert_int_equal(p->share.runs_end, SHARE_RUNS);
    member_part(&m);
    scene_close(&s);
}

static void what_one_may_read_waits_while_it_rests(void **state)
{
    (void)state;
    struct scene s;
    struct member m;
    scene_open(&s);
    struct node *n = s.node.node;
    struct pace other = {0};
    member_meet(&m, &s);
    struct peer *p = n->peers;

    for (int i = 0; i < TURNS_MAX && p->wire.writing; i++)
        turn_loop(n);
    pace_add(&p->pace, DEBT_NS);
    hear_another(n, &other);
    share_written(p);
    assert_true(p->written);
    share_wake(p);
    assert_true(p->due);
    share_turn(n);
    assert_true(p->written && p->due);
    n->heard[0].at_ns = 0;
    share_turn(n);
    assert_false(p->written);
    assert_false(p->due);
    member_part(&m);
    scene_close(&s);
}

static void debts_are_paid_by_time_and_only_when_others_are_heard(void **state)
{
    (void)state;
    struct node n = {.turn = 0};
    struct pace little = {0}, much = {0}, paid = {0};

    pace_add(&little, DEBT_NS / 1000);
    pace_add(&much, DEBT_NS);
    pace_add(&paid, DEBT_NS);
    paid.since_ns -= 4 * (uint64_t)DEBT_NS;
    assert_false(pace_rests(&n, &much)); /* nobody was ever heard */
    hear_another(&n, &much);
    assert_false(pace_rests(&n, &much)); /* but itself */
    hear_another(&n, &little);
    assert_true(pace_rests(&n, &much));
    assert_false(pace_rests(&n, &little));
    assert_false(pace_rests(&n, &paid));
    n.heard[0].at_ns = uv_hrtime() - DEBT_NS;
    assert_false(pace_rests(&n, &much));

    pace_heard(&n, &little, uv_hrtime());
    assert_ptr_equal(n.heard[0].who, &little);
    pace_heard(&n, &much, uv_hrtime());
    assert_ptr_equal(n.heard[0].who, &little);
}

static void who_was_heard_before_its_debt_was_deep_rests_for_the_other_all_the_same(void **state)
{
    (void)state;
    struct node n = {.turn = 0};
    struct pace other = {0}, p = {0};

    pace_heard(&n, &other, uv_hrtime());
    pace_heard(&n, &p, uv_hrtime());
    pace_heard(&n, &p, uv_hrtime());
    hear_another(&n, &p);
    n.heard[1].at_ns = uv_hrtime() + AGES_NS;
    pace_add(&p, DEBT_NS);
    assert_true(pace_rests(&n, &p));
    n.heard[1].at_ns = 0;
    assert_false(pace_rests(&n, &p));
}

static void who_goes_with_a_debt_finds_it_again(void **state)
{
    (void)state;
    struct node n = {.turn = 0};
    uint8_t device[KEY_BYTES] = {1}, another[KEY_BYTES] = {2};
    struct pace went = {0}, comes = {0}, other = {0}, again = {0};

    pace_add(&went, DEBT_NS);
    pace_parted(&n, device, &went);
    pace_parted(&n, device, &went); /* of two connections: both */
    for (unsigned i = 0; i < 2 * DEBTORS_MAX; i++) { /* many that owe little do not put it out */
        uint8_t many[KEY_BYTES] = {3, (uint8_t)i};
        struct pace little = {0};
        pace_add(&little, DEBT_NS / 1000);
        pace_parted(&n, many, &little);
    }
    hear_another(&n, &other);
    pace_returned(&n, another, &other);
    assert_false(pace_rests(&n, &other));
    pace_returned(&n, device, &comes);
    assert_true(comes.debt_ns > DEBT_NS && pace_rests(&n, &comes));
    pace_returned(&n, device, &again); /* once */
    assert_int_equal(again.debt_ns, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_asks_without_pause_does_not_keep_the_others_waiting),
        cmocka_unit_test(what_waits_for_one_that_never_reads_is_bounded),
        cmocka_unit_test(one_that_goes_while_it_is_due_is_forgotten),
        cmocka_unit_test(one_that_says_goodbye_in_the_last_of_its_bytes_is_let_go),
        cmocka_unit_test(one_that_cost_much_rests_while_others_are_heard),
        cmocka_unit_test(one_that_is_alone_has_large_pieces_unless_another_was_here_a_moment_ago),
        cmocka_unit_test(what_one_may_read_waits_while_it_rests),
        cmocka_unit_test(debts_are_paid_by_time_and_only_when_others_are_heard),
        cmocka_unit_test(who_goes_with_a_debt_finds_it_again),
        cmocka_unit_test(who_was_heard_before_its_debt_was_deep_rests_for_the_other_all_the_same),
    };
    return UNIT_RUN(tests);
}
