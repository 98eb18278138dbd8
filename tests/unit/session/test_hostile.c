/* session: a peer that breaks the protocol, is newer, stalls or floods; a store that fails; a heap that runs out. */
#include "unit.h"

#include "codec/squeeze.h"
#include "pair.h"
#include "session/internal.h"

/* --- one session, brought to a phase, with the test as its peer --- */

struct alone {
    struct session_pair pair; /* of which side a is the session; b's store has what a lacks */
};

static void say(struct side *x, enum frame_stream stream, struct buf *message)
{
    assert_ok(message->failed);
    side_hear(x, stream, buf_span(message));
    buf_free(message);
}

static void say_hello(struct side *x, unsigned low, unsigned high)
{
    struct buf m = {0};
    struct hello hello = {.version_low = low, .version_high = high, .clock_ms = 5, .credit_bytes = 100000, .live = true};
    assert_ok(hello_encode(&m, &hello));
    say(x, STREAM_CONTROL, &m);
}

static void say_summary(struct side *x, bool equal)
{
    struct buf m = {0};
    struct session_shared shared[4];
    side_shared(x, shared);
    assert_ok(summary_start(&m, 1));
    struct summary_item item = {.scope = shared[0].id, .subtree = true, .digest = shared[0].digest};
    item.digest.b[0] ^= equal ? 0 : 1;
    assert_ok(summary_add(&m, &item));
    say(x, STREAM_CONTROL, &m);
}

static void say_settle(struct side *x)
{
    struct buf m = {0};
    struct wire_queue *out = &x->out[STREAM_CONTROL]; /* its own digest, said back to it */
    const struct wire_message *last = &out->at[out->head + out->count - 1];
    (void)buf_append(&m, last->at, last->size);
    say(x, STREAM_CONTROL, &m);
}

static void alone_reach(struct alone *t, enum session_phase phase)
{
    pair_prepare(&t->pair, seed_value());
    struct side *x = &t->pair.a;
    struct scope_path path = fake_path(1, (unsigned[]){1});
    fake_write(&x->store, &path, 1, 1);
    x->now_ms = 1000;
    side_open(x, true, true);
    if (phase == PHASE_NEW)
        return;
    side_event(x, EVENT_START);
    if (phase >= PHASE_MEETING)
        say_hello(x, 1, 1);
    if (phase >= PHASE_WALKING)
        say_summary(x, phase == PHASE_LIVE);
    if (phase == PHASE_LIVE)
        say_settle(x);
    assert_int_equal(x->session->phase, phase);
}

static void alone_free(struct alone *t)
{
    pair_free(&t->pair);
}

static void settle_say(struct side *x, uint64_t round)
{
    struct buf m = {0};
    struct settle settle = {.round = round};

    assert_ok(settle_encode(&m, &settle));
    say(x, STREAM_CONTROL, &m);
}

static void a_settle_comes_once_and_for_the_round_that_is_on(void **state)
{
    struct alone t;

    (void)state;
    alone_reach(&t, PHASE_WALKING);
    settle_say(&t.pair.a, 2);
    assert_int_equal(t.pair.a.session->phase, PHASE_ENDED);
    alone_free(&t);
    alone_reach(&t, PHASE_WALKING);
    settle_say(&t.pair.a, 1);
    assert_int_equal(t.pair.a.session->phase, PHASE_WALKING);
    settle_say(&t.pair.a, 1);
    assert_int_equal(t.pair.a.session->phase, PHASE_ENDED);
    alone_free(&t);
}

/* A good message of each kind. */
static void sample(struct side *x, enum message_kind kind, struct buf *out)
{
    linli_author author = fake_author(1);
    struct session_shared shared[4];
    linli_hash none = {{0}};
    struct buf bytes = {0};
    side_shared(x, shared);
    switch (kind) {
    case MESSAGE_HELLO: {
        struct hello hello = {.version_low = 1, .version_high = 1, .clock_ms = 5, .credit_bytes = 1000, .live = true};
        (void)hello_encode(out, &hello);
        break;
    }
    case MESSAGE_SUMMARY: {
        struct summary_item item = {.scope = shared[0].id, .subtree = true, .digest = none};
        (void)summary_start(out, 1);
        (void)summary_add(out, &item);
        break;
    }
    case MESSAGE_DETAIL:
        fake_detail(&x->store, &shared[0].id, true, &bytes);
        (void)message_wrap(out, MESSAGE_DETAIL, buf_span(&bytes));
        break;
    case MESSAGE_RUN:
        (void)fake_read_run(&x->store, &x->store.scopes[1].id, &author, 1, &bytes);
        (void)run_message_encode(out, buf_span(&bytes));
        break;
    case MESSAGE_ASK: {
        struct ask ask = {shared[0].id, author, 1};
        (void)ask_encode(out, &ask);
        break;
    }
    case MESSAGE_PART: {
        static const uint8_t item[] = {0x90};
        struct part_message part = {shared[0].id, author, 1, 0, span_of(item, 1)};
        (void)part_message_encode(out, &part);
        break;
    }
    case MESSAGE_CREDIT: (void)credit_encode(out, 10); break;
    case MESSAGE_SENT: (void)sent_encode(out, 1); break;
    case MESSAGE_SETTLE: {
        struct settle settle = {.round = 1};
        (void)settle_encode(out, &settle);
        break;
    }
    case MESSAGE_BYE: (void)bye_encode(out, BYE_DONE); break;
    default: /* grants and those of enrolment: an empty array under key 1 */
        write_map(&bytes, 1);
        write_uint(&bytes, 1);
        write_array(&bytes, 0);
        (void)message_wrap(out, kind, buf_span(&bytes));
        break;
    }
    buf_free(&bytes);
}

static enum frame_stream stream_of(enum message_kind kind)
{
    return kind == MESSAGE_RUN || kind == MESSAGE_PART || kind == MESSAGE_SENT ? STREAM_BACKFILL : STREAM_CONTROL;
}

/* What the page says of each phase, by kind: y = taken, n = a protocol error. (Live: no sent is awaited here.) */
static const char *const ALLOWED[PHASE_COUNT] = {
    /* kinds              123456789abcdefghi */
    [PHASE_OPENING] =    "ynnnnnnnnnynnnnnnn",
    [PHASE_MEETING] =    "yynnyyyyynynnnnnny",
    [PHASE_WALKING] =    "ynyyyyyyyyynnnnnny",
    [PHASE_LIVE] =       "yynnyyyynnynnnnnny",
};

static void every_kind_in_every_phase_is_taken_or_ends_the_session(void **state)
{
    (void)state;
    for (enum session_phase phase = PHASE_OPENING; phase <= PHASE_LIVE; phase++) {
        for (unsigned kind = 1; kind < MESSAGE_KINDS; kind++) {
            struct alone t;
            struct buf m = {0};
            alone_reach(&t, phase);
            sample(&t.pair.a, (enum message_kind)kind, &m);
            say(&t.pair.a, stream_of((enum message_kind)kind), &m);
            bool allowed = ALLOWED[phase][kind - 1] == 'y';
            assert_ok(t.pair.a.step_code);
            if (kind != MESSAGE_BYE)
                assert_int_equal(t.pair.a.closed, !allowed);
            else
                assert_true(t.pair.a.closed);
            if (!allowed)
                assert_code(t.pair.a.close_code, LINLI_E_PROTOCOL);
            alone_free(&t);
        }
    }
}

static void hostile_content_in_every_phase_ends_the_session_at_most(void **state)
{
    (void)state;
    struct rng_seeded rng;
    seed_start(&rng);
    for (unsigned turn = 0; turn < 6000; turn++) {
        struct alone t;
        struct buf m = {0};
        enum session_phase phase = (enum session_phase)(PHASE_OPENING + rng_below(&rng, 4));
        enum message_kind kind = (enum message_kind)(1 + rng_below(&rng, MESSAGE_KINDS - 1));
        alone_reach(&t, phase);
        sample(&t.pair.a, kind, &m);
        for (uint64_t n = 1 + rng_below(&rng, 4); n > 0; n--) {
            size_t at = (size_t)rng_below(&rng, m.size);
            if (rng_below(&rng, 4) == 0)
                m.size = at + 1; /* cut short */
            else
                m.at[at] = (uint8_t)rng_next(&rng);
        }
        say(&t.pair.a, (enum frame_stream)rng_below(&rng, STREAM_COUNT), &m);
        assert_ok(t.pair.a.step_code);
        while (t.pair.a.ingests.count > 0)
            side_store(&t.pair.a);
        assert_ok(t.pair.a.step_code);
        alone_free(&t);
    }
}

static void what_a_newer_peer_adds_is_skipped(void **state)
{
    (void)state;
    static const uint8_t kind_99[] = {0x92, 0x63, 0x81, 0x01, 0xc0};
    static const uint8_t credit_more[] = {0x92, 0x08, 0x82, 0x01, 0x05, 0x63, 0x92, 0xc0, 0xc3};
    for (enum session_phase phase = PHASE_OPENING; phase <= PHASE_LIVE; phase++) {
        struct alone t;
        alone_reach(&t, phase);
        side_hear(&t.pair.a, STREAM_CONTROL, span_of(kind_99, sizeof(kind_99)));
        if (phase >= PHASE_MEETING)
            side_hear(&t.pair.a, STREAM_CONTROL, span_of(credit_more, sizeof(credit_more)));
        assert_false(t.pair.a.closed);
        alone_free(&t);
    }
}

static void versions_without_one_in_common_part(void **state)
{
    (void)state;
    static const struct { unsigned low, high; bool meets; } ranges[] = {
        {1, 1, true}, {0, 1, true}, {1, 9, true}, {2, 9, false}, {0, 0, false}};
    for (size_t i = 0; i < COUNT_OF(ranges); i++) {
        struct alone t;
        alone_reach(&t, PHASE_OPENING);
        say_hello(&t.pair.a, ranges[i].low, ranges[i].high);
        assert_int_equal(t.pair.a.closed, !ranges[i].meets);
        if (!ranges[i].meets)
            assert_code(t.pair.a.close_code, LINLI_E_VERSION);
        alone_free(&t);
    }
}

static void more_than_the_credit_given_is_refused(void **state)
{
    (void)state;
    struct alone t;
    alone_reach(&t, PHASE_WALKING);
    t.pair.a.store.padding = 4000;
    unsigned sent = 0;
    for (; sent < 200 && !t.pair.a.closed; sent++) {
        struct buf m = {0};
        sample(&t.pair.a, MESSAGE_RUN, &m);
        say(&t.pair.a, STREAM_BACKFILL, &m);
    }
    assert_true(t.pair.a.closed);
    assert_code(t.pair.a.close_code, LINLI_E_LIMIT);
    assert_in_range(sent, CREDIT_BYTES / 4300, CREDIT_BYTES / 4000 + 2);
    alone_free(&t);
}

static void run_message(struct buf *out, const struct buf *plain, bool squeezed, bool whole)
{
    struct buf frame = {0};
    assert_ok(squeeze(buf_span(plain), &frame));
    write_array(out, 2);
    write_uint(out, MESSAGE_RUN);
    write_map(out, (whole ? 1u : 0) + (squeezed ? 1u : 0));
    if (whole) {
        write_uint(out, 1);
        write_raw(out, buf_span(plain));
    }
    if (squeezed) {
        write_uint(out, 2);
        write_bin(out, frame.at, frame.size);
    }
    buf_free(&frame);
}

static void a_run_may_come_squeezed_but_no_larger_than_a_run_may_be(void **state)
{
    (void)state;
    static const struct { bool squeezed, whole, bomb; int code; } cases[] = {
        {true, false, false, LINLI_OK}, {false, true, false, LINLI_OK}, {true, true, false, LINLI_E_PROTOCOL},
        {false, false, false, LINLI_E_PROTOCOL}, {true, false, true, LINLI_E_LIMIT}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct alone t;
        struct buf plain = {0}, m = {0};
        linli_author author = fake_author(1);
        alone_reach(&t, PHASE_WALKING);
        (void)fake_read_run(&t.pair.a.store, &t.pair.a.store.scopes[1].id, &author, 1, &plain);
        if (cases[i].bomb)
            memset(buf_extend(&plain, 50 << 20), 0, 50 << 20);
        run_message(&m, &plain, cases[i].squeezed, cases[i].whole);
        heap_watch();
        side_hear(&t.pair.a, STREAM_BACKFILL, buf_span(&m));
        size_t largest = heap_largest();
        heap_unwatch();
        assert_true(largest < 256 * 1024);
        buf_free(&m);
        assert_int_equal(t.pair.a.ingests.count, cases[i].code == LINLI_OK);
        assert_code(t.pair.a.close_code, cases[i].code);
        buf_free(&plain);
        alone_free(&t);
    }
}

static void asks_and_wants_without_end_take_bounded_memory(void **state)
{
    (void)state;
    struct alone t;
    alone_reach(&t, PHASE_MEETING);
    t.pair.a.session->credit = 0; /* nothing may leave */
    heap_watch();
    for (unsigned i = 0; i < 5000; i++) {
        struct buf m = {0};
        struct ask ask = {.author = fake_author(1), .from = 1};
        ask.scope = t.pair.a.store.scopes[1].id;
        assert_ok(ask_encode(&m, &ask));
        say(&t.pair.a, STREAM_CONTROL, &m);
    }
    size_t largest = heap_largest();
    heap_unwatch();
    assert_false(t.pair.a.closed);
    assert_true(t.pair.a.session->jobs.count <= JOBS_MAX);
    assert_true(largest <= 2 * JOBS_MAX * sizeof(struct job));
    alone_free(&t);
}

static void a_summary_that_wants_too_much_ends_the_session(void **state)
{
    (void)state;
    static struct session_want wants[SESSION_WANTS_MAX + 1];
    for (size_t count = SESSION_WANTS_MAX; count <= SESSION_WANTS_MAX + 1; count++) {
        struct alone t;
        struct buf m = {0};
        alone_reach(&t, PHASE_MEETING);
        assert_ok(summary_start_wanting(&m, 0));
        assert_ok(summary_wants(&m, wants, count));
        say(&t.pair.a, STREAM_CONTROL, &m);
        assert_int_equal(t.pair.a.closed, count > SESSION_WANTS_MAX);
        alone_free(&t);
    }
}

static void children_without_end_take_bounded_memory(void **state)
{
    (void)state;
    struct alone t;
    alone_reach(&t, PHASE_WALKING);
    for (unsigned n = 0; n < 20 && !t.pair.a.closed; n++) {
        struct buf m = {0};
        struct scope_path path = fake_path(n == 0 ? 0 : 1, &n);
        write_array(&m, 2);
        write_uint(&m, MESSAGE_DETAIL);
        write_map(&m, 4);
        write_uint(&m, 1);
        path_write(&m, &path);
        write_uint(&m, 2);
        write_bool(&m, true);
        write_uint(&m, 3);
        linli_hash digest = {{9}};
        write_bin(&m, digest.b, 32);
        write_uint(&m, 7);
        write_array(&m, 2000);
        for (unsigned i = 0; i < 2000; i++) {
            uint8_t nonce[16] = {(uint8_t)n, (uint8_t)i, (uint8_t)(i >> 8), 1};
            write_array(&m, 2);
            write_bin(&m, nonce, 16);
            write_bin(&m, digest.b, 32);
        }
        say(&t.pair.a, STREAM_CONTROL, &m);
    }
    assert_false(t.pair.a.closed);
    assert_int_equal(t.pair.a.session->todo.count, TODO_MAX);
    assert_true(t.pair.a.session->todo.overflowed);
    alone_free(&t);
}

static void say_detail(struct side *x, const struct scope_path *path)
{
    struct buf m = {0};
    detail_encode_empty(&m, path, true);
    say(x, STREAM_CONTROL, &m);
}

static void a_scope_is_told_once_in_a_round(void **state)
{
    (void)state;
    struct alone t;
    struct scope_path path = fake_path(1, (unsigned[]){7});
    alone_reach(&t, PHASE_WALKING);
    say_detail(&t.pair.a, &path);
    assert_false(t.pair.a.closed);
    say_detail(&t.pair.a, &path);
    assert_true(t.pair.a.closed);
    assert_int_equal(t.pair.a.close_code, LINLI_E_PROTOCOL);
    alone_free(&t);
}

/* Answers wait while much waits to leave, and so many and no more do. */
static void a_peer_that_asks_and_does_not_read_is_cut(void **state)
{
    (void)state;
    struct alone t;
    size_t before = 0;
    alone_reach(&t, PHASE_WALKING);
    t.pair.a.session->queued_bytes = QUEUE_BYTES;
    before = t.pair.a.bytes_out;
    for (unsigned i = 0; i < SAID_MAX; i++) {
        struct scope_path path = fake_path(1, (unsigned[]){1000 + i});
        say_detail(&t.pair.a, &path);
    }
    assert_false(t.pair.a.closed);
    assert_int_equal(t.pair.a.bytes_out, before);
    struct scope_path last = fake_path(1, (unsigned[]){2000});
    say_detail(&t.pair.a, &last);
    assert_true(t.pair.a.closed);
    assert_int_equal(t.pair.a.close_code, LINLI_E_LIMIT);
    alone_free(&t);
}

static void a_peer_that_is_silent_is_left(void **state)
{
    (void)state;
    for (enum session_phase phase = PHASE_OPENING; phase <= PHASE_LIVE; phase++) {
        struct alone t;
        alone_reach(&t, phase);
        unsigned pings = 0;
        uint64_t limit = phase == PHASE_LIVE ? IDLE_LIVE_MS : IDLE_MS;
        while (!t.pair.a.closed) {
            uint64_t deadline = session_deadline_ms(t.pair.a.session);
            assert_true(deadline > t.pair.a.now_ms);
            t.pair.a.now_ms = deadline - 1;
            size_t before = t.pair.a.messages_out;
            side_event(&t.pair.a, EVENT_TIMER);
            assert_int_equal(t.pair.a.messages_out, before);
            t.pair.a.now_ms = deadline;
            side_event(&t.pair.a, EVENT_TIMER);
            pings += !t.pair.a.closed;
        }
        assert_code(t.pair.a.close_code, LINLI_E_TIMEOUT);
        assert_int_equal(t.pair.a.now_ms, 1000 + limit);
        assert_int_equal(pings, phase == PHASE_LIVE ? 3 : 0);
        assert_true(session_deadline_ms(t.pair.a.session) == UINT64_MAX);
        alone_free(&t);
    }
}

static void a_slow_peer_is_not_an_idle_one_and_a_ping_is_no_progress(void **state)
{
    (void)state;
    struct alone t;
    struct session_event timer = {.kind = EVENT_TIMER};
    struct side *x = &t.pair.a;
    alone_reach(&t, PHASE_WALKING);
    x->now_ms += IDLE_MS - 1;
    say_hello(x, 1, 1); /* changes nothing */
    x->now_ms++;
    timer.now_ms = x->now_ms;
    timer.received = 16 * 1024;
    side_step(x, &timer);
    assert_false(x->closed);
    timer.now_ms = x->now_ms += IDLE_MS;
    timer.received += 4096;
    side_step(x, &timer);
    assert_true(x->closed);
    assert_int_equal(x->close_code, LINLI_E_TIMEOUT);
    alone_free(&t);
}

static void the_worlds_faults_end_the_session_with_their_code(void **state)
{
    (void)state;
    static const struct { int code, close; } faults[] = {
        {LINLI_E_DISK, LINLI_E_DISK}, {LINLI_E_FULL, LINLI_E_FULL}, {LINLI_E_SIGNATURE, LINLI_E_SIGNATURE},
        {LINLI_E_FORMAT, LINLI_E_PROTOCOL}, {LINLI_E_LIMIT, LINLI_E_LIMIT}};
    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        struct alone t;
        struct buf m = {0};
        alone_reach(&t, PHASE_WALKING);
        sample(&t.pair.a, MESSAGE_RUN, &m);
        say(&t.pair.a, STREAM_BACKFILL, &m);
        struct session_event event = {.kind = EVENT_INGESTED, .code = faults[i].code};
        side_step(&t.pair.a, &event);
        assert_true(t.pair.a.closed);
        assert_code(t.pair.a.close_code, faults[i].close);
        alone_free(&t);
    }
}

static void stopping_says_goodbye(void **state)
{
    (void)state;
    for (enum session_phase phase = PHASE_OPENING; phase <= PHASE_LIVE; phase++) {
        struct alone t;
        alone_reach(&t, phase);
        side_event(&t.pair.a, EVENT_STOP);
        assert_true(t.pair.a.closed && session_ended(t.pair.a.session));
        assert_code(t.pair.a.close_code, phase == PHASE_LIVE ? LINLI_OK : LINLI_E_CANCELLED);
        struct wire_queue *out = &t.pair.a.out[STREAM_CONTROL];
        assert_int_equal(out->at[out->head + out->count - 1].at[1], MESSAGE_BYE);
        alone_free(&t);
    }
}

/* --- live --- */

static void changed(struct side *x, const struct scope_path *path, unsigned author, uint64_t value)
{
    struct session_event event = {.kind = EVENT_CHANGED, .author = fake_author(author)};
    path_scope(&x->store.network, path, &event.scope);
    event.seq = fake_write(&x->store, path, author, value);
    side_step(x, &event);
}

static void what_is_written_is_pushed_and_does_not_come_back(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 30; seed++) {
        struct session_pair p;
        pair_prepare(&p, seed_value() + seed);
        struct scope_path path = fake_path(1, (unsigned[]){1});
        fake_learn(&p.a.store, &path);
        fake_learn(&p.b.store, &path);
        pair_meet(&p, true);
        while (pair_turn(&p))
            continue;
        assert_true(p.a.settled && p.b.settled && session_is_live(p.a.session));
        for (unsigned i = 0; i < 40; i++) {
            changed(rng_below(&p.rng, 2) == 0 ? &p.a : &p.b, &path, 1, i);
            for (uint64_t n = rng_below(&p.rng, 9); n > 0; n--)
                (void)pair_turn(&p);
            while (pair_turn(&p))
                continue;
        }
        assert_true(pair_equal(&p));
        assert_false(p.a.closed || p.b.closed);
        pair_free(&p);
    }
}

/* A store says of every log that grew that it did, whoever brought what is new. */
static void what_came_from_the_peer_is_not_sent_back_to_it(void **state)
{
    (void)state;
    struct session_pair p;
    pair_prepare(&p, seed_value());
    struct scope_path path = fake_path(1, (unsigned[]){1});
    fake_learn(&p.a.store, &path);
    fake_learn(&p.b.store, &path);
    pair_meet(&p, true);
    while (pair_turn(&p))
        continue;
    for (uint64_t seq = 1; seq <= 5; seq++) {
        changed(&p.a, &path, 1, seq);
        while (pair_turn(&p))
            continue;
        struct session_event event = {.kind = EVENT_CHANGED, .author = fake_author(1), .seq = seq};
        path_scope(&p.b.store.network, &path, &event.scope);
        side_step(&p.b, &event);
        while (pair_turn(&p))
            continue;
        assert_int_equal(session_stats(p.a.session)->out_changesets, seq);
        assert_int_equal(session_stats(p.b.session)->out_changesets, 0);
    }
    pair_free(&p);
}

static void a_push_into_a_scope_that_is_not_held_brings_a_round(void **state)
{
    (void)state;
    struct session_pair p;
    pair_prepare(&p, seed_value());
    pair_meet(&p, true);
    while (pair_turn(&p))
        continue;
    struct scope_path path = fake_path(2, (unsigned[]){4, 5});
    for (unsigned i = 0; i < 100; i++) /* more than are kept count of */
        changed(&p.a, &path, i, i);
    while (pair_turn(&p))
        continue;
    assert_false(pair_equal(&p));
    for (int i = 0; i < 3; i++) {
        p.a.now_ms += ROUND_AGAIN_MS;
        p.b.now_ms += ROUND_AGAIN_MS;
        side_event(&p.a, EVENT_TIMER);
        side_event(&p.b, EVENT_TIMER);
        while (pair_turn(&p))
            continue;
    }
    assert_true(pair_equal(&p));
    assert_true(session_is_live(p.a.session) && session_is_live(p.b.session));
    pair_free(&p);
}

/* --- memory --- */

static void a_heap_that_runs_out_ends_a_session_and_leaks_nothing(void **state)
{
    (void)state;
    struct scope_path path = fake_path(1, (unsigned[]){1}), other = fake_path(1, (unsigned[]){2});
    bool failed = true;
    size_t n;
    for (n = 1; failed && n < 2000; n++) {
        struct session_pair p;
        pair_prepare(&p, seed_value());
        fake_write(&p.a.store, &path, 1, 1);
        fake_write(&p.a.store, &other, 1, 1);
        fake_write(&p.b.store, &path, 2, 1);
        heap_fail_at(n);
        pair_sync(&p);
        failed = heap_failed();
        int first = p.a.step_code, second = p.b.step_code;
        pair_part(&p);
        long live = heap_live();
        heap_unwatch();
        assert_int_equal(live, 0);
        assert_true(first == LINLI_OK || first == LINLI_E_NOMEM);
        assert_true(second == LINLI_OK || second == LINLI_E_NOMEM);
        pair_free(&p);
    }
    assert_in_range(n, 50, 1999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_settle_comes_once_and_for_the_round_that_is_on),
        cmocka_unit_test(every_kind_in_every_phase_is_taken_or_ends_the_session),
        cmocka_unit_test(hostile_content_in_every_phase_ends_the_session_at_most),
        cmocka_unit_test(what_a_newer_peer_adds_is_skipped),
        cmocka_unit_test(versions_without_one_in_common_part),
        cmocka_unit_test(more_than_the_credit_given_is_refused),
        cmocka_unit_test(a_run_may_come_squeezed_but_no_larger_than_a_run_may_be),
        cmocka_unit_test(asks_and_wants_without_end_take_bounded_memory),
        cmocka_unit_test(a_summary_that_wants_too_much_ends_the_session),
        cmocka_unit_test(children_without_end_take_bounded_memory),
        cmocka_unit_test(a_scope_is_told_once_in_a_round),
        cmocka_unit_test(a_peer_that_asks_and_does_not_read_is_cut),
        cmocka_unit_test(a_peer_that_is_silent_is_left),
        cmocka_unit_test(a_slow_peer_is_not_an_idle_one_and_a_ping_is_no_progress),
        cmocka_unit_test(the_worlds_faults_end_the_session_with_their_code),
        cmocka_unit_test(stopping_says_goodbye),
        cmocka_unit_test(what_is_written_is_pushed_and_does_not_come_back),
        cmocka_unit_test(what_came_from_the_peer_is_not_sent_back_to_it),
        cmocka_unit_test(a_push_into_a_scope_that_is_not_held_brings_a_round),
        cmocka_unit_test(a_heap_that_runs_out_ends_a_session_and_leaks_nothing),
    };
    return UNIT_RUN(tests);
}
