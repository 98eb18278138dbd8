/*
 * session tests: two sessions over two fake stores, and the wire between them in the test's hands: what leaves, what
 * arrives and what is stored happens in an order that a seed chooses.
 */
#ifndef LINLI_TESTS_SESSION_PAIR_H
#define LINLI_TESTS_SESSION_PAIR_H

#include "base/rng.h"
#include "fake_store.h"

struct wire_message {
    enum frame_stream stream;
    uint8_t *at;
    size_t size;
};
struct wire_queue {
    struct wire_message *at;
    size_t head, count, room;
};
struct side {
    struct session_want wants[SESSION_WANTS_MAX]; /* as last announced */
    struct session *session;
    struct fake_store store;
    struct session_config config;
    struct scope_path shared[4];
    bool subtree[4];
    size_t shared_count;
    struct wire_queue out[STREAM_COUNT]; /* said, and not written */
    struct wire_queue pipe;              /* written, and not arrived at the other side */
    struct wire_queue ingests;           /* runs to be stored */
    uint64_t (*first_last)[2];
    bool closed, settled;
    int close_code, step_code;
    uint64_t now_ms;
    size_t bytes_out, messages_out, queued_most, handed; /* handed: how often it told what both devices may */
    bool signs_never;               /* asked for a receipt, it says "not now" */
    size_t signing, shown;          /* elements of the last receipt that it was asked for; bytes it was shown */
    bool lists;                     /* the last that asked for one reads those that list */
    size_t receipts, taken, asked_with, heard; /* receipts that came; elements, bytes shown, of the last; heard messages */
    size_t heard_plain, heard_listing;         /* bytes of the last */
    linli_hash settled_on;
    linli_id met;                   /* epoch of the peer's store, when it settled */
    struct session_news news[SESSION_NEWS_MAX];
    size_t news_count;              /* for START */
};
struct session_pair {
    struct side a, b;
    struct rng_seeded rng;
    struct session_actions actions;
    size_t steps;
};

static inline void wire_put(struct wire_queue *q, enum frame_stream stream, span bytes)
{
    q->at = (struct wire_message *)fake_grow(q->at, &q->room, q->head + q->count + 1, sizeof(*q->at));
    struct wire_message *m = &q->at[q->head + q->count++];
    m->stream = stream;
    m->size = bytes.size;
    m->at = (uint8_t *)malloc(bytes.size + 1);
    if (bytes.size > 0)
        memcpy(m->at, bytes.at, bytes.size);
}

static inline struct wire_message wire_take(struct wire_queue *q)
{
    q->count--;
    return q->at[q->head++];
}

static inline void wire_free(struct wire_queue *q)
{
    while (q->count > 0)
        free(wire_take(q).at);
    free(q->at);
    *q = (struct wire_queue){0};
}

static inline void side_shared(struct side *x, struct session_shared out[4])
{
    for (size_t i = 0; i < x->shared_count; i++) {
        out[i] = (struct session_shared){.path = x->shared[i], .subtree = x->subtree[i]};
        path_scope(&x->store.network, &x->shared[i], &out[i].id);
        out[i].digest = fake_digest(&x->store, &out[i].id, out[i].subtree);
    }
}

static inline void side_step(struct side *x, const struct session_event *event);

/* What START and DIGEST say: the shared set, and what is wanted. */
static inline void side_announce(struct side *x, struct session_event *event, struct session_shared shared[4])
{
    side_shared(x, shared);
    event->shared = shared;
    event->shared_count = x->shared_count;
    event->wants = x->wants;
    for (uint64_t i = 0; x->store.wanted_seq != 0 && i <= x->store.wanted_more && i < SESSION_WANTS_MAX; i++)
        x->wants[event->want_count++] =
            (struct session_want){x->store.wanted_scope, x->store.wanted_author, x->store.wanted_seq + i, 0};
}

static inline void side_grants(struct side *x, const struct session_action *action)
{
    struct reader r;
    linli_hash id;
    reader_start(&r, action->bytes);
    size_t count = reader_array(&r, 65536);
    for (size_t i = 0; i < count; i++) {
        reader_fixed(&r, id.b, 32);
        if (r.failed == LINLI_OK)
            fake_grant(&x->store, &id);
    }
}

static inline void side_answer(struct side *x, const struct session_action *action)
{
    struct session_event event = {.now_ms = x->now_ms, .scope = action->scope, .author = action->author};
    struct session_shared shared[4];
    struct buf bytes = {0};
    switch (action->kind) {
    case ACTION_READ_DETAIL:
        event.kind = EVENT_DETAIL;
        fake_detail(&x->store, &action->scope, action->subtree, &bytes);
        break;
    case ACTION_READ_RUN:
        event.kind = EVENT_RUN;
        event.from = action->from;
        event.last = fake_read_run(&x->store, &action->scope, &action->author, action->from, &bytes);
        break;
    case ACTION_READ_PART:
        event.kind = EVENT_PART;
        if (x->store.no_parts)
            break;
        write_array(&bytes, 1);
        write_uint(&bytes, action->seq);
        break;
    case ACTION_READ_CERTIFICATES:
        event.kind = EVENT_CERTIFICATES;
        x->handed += action->id_count == 0;
        write_map(&bytes, 1);
        write_uint(&bytes, 1);
        write_array(&bytes, action->id_count);
        for (size_t i = 0; i < action->id_count; i++)
            write_bin(&bytes, action->ids[i].b, 32);
        break;
    case ACTION_READ_HEARD:
        event.kind = EVENT_HEARD;
        write_array(&bytes, 1);
        write_bin(&bytes, "heard", 5);
        event.listing = span_of("\x91\xc4\x01l", 4);
        break;
    case ACTION_SIGN:
        event.kind = EVENT_SIGNED;
        x->signing = action->element_count;
        x->shown = action->shown.size;
        x->lists = action->lists;
        if (!x->signs_never)
            (void)buf_append(&bytes, "signed", 6);
        break;
    default:
        event.kind = EVENT_DIGEST;
        side_announce(x, &event, shared);
        break;
    }
    event.bytes = buf_span(&bytes);
    event.code = bytes.failed;
    side_step(x, &event);
    buf_free(&bytes);
}

static inline void side_perform(struct side *x, const struct session_action *action)
{
    uint64_t reach[2] = {action->seq, action->from};
    switch (action->kind) {
    case ACTION_SEND:
        assert_true(action->bytes.size <= LIMIT_MESSAGE_BYTES);
        wire_put(&x->out[action->stream], action->stream, action->bytes);
        x->bytes_out += action->bytes.size;
        x->messages_out++;
        break;
    case ACTION_INGEST: {
        size_t head = sizeof(reach) + sizeof(action->author) + sizeof(action->scope);
        uint8_t *at = (uint8_t *)malloc(head + action->bytes.size);
        memcpy(at, reach, sizeof(reach));
        memcpy(at + sizeof(reach), &action->author, sizeof(action->author));
        memcpy(at + sizeof(reach) + sizeof(action->author), &action->scope, sizeof(action->scope));
        memcpy(at + head, action->bytes.at, action->bytes.size);
        wire_put(&x->ingests, STREAM_BACKFILL, span_of(at, head + action->bytes.size));
        free(at);
        break;
    }
    case ACTION_GRANTS: side_grants(x, action); break;
    case ACTION_LEARN: (void)fake_learn(&x->store, &action->path); break;
    case ACTION_FILL:
        if (action->seq == x->store.wanted_seq) /* they come in order */
            x->store.wanted_seq = x->store.wanted_more > 0 ? x->store.wanted_seq + 1 : 0;
        x->store.wanted_more -= x->store.wanted_more > 0;
        x->store.filled++;
        break;
    case ACTION_SETTLED:
        x->settled = true;
        x->met = action->epoch;
        break;
    case ACTION_CLOSE:
        x->closed = true;
        x->close_code = action->code;
        break;
    case ACTION_READ_DETAIL:
    case ACTION_READ_RUN:
    case ACTION_READ_PART:
    case ACTION_READ_CERTIFICATES:
    case ACTION_READ_HEARD:
    case ACTION_SIGN:
    case ACTION_READ_DIGESTS: side_answer(x, action); break;
    case ACTION_RECEIPT:
        x->receipts++;
        x->taken = action->element_count;
        x->asked_with = action->shown.size;
        x->settled_on = action->settled;
        break;
    case ACTION_HEARD:
        x->heard++;
        x->heard_plain = action->bytes.size;
        x->heard_listing = action->listing.size;
        break;
    }
}

static inline void side_step(struct side *x, const struct session_event *event)
{
    struct session_actions actions = {0};
    int rv = x->session == NULL ? LINLI_E_NOMEM : session_step(x->session, event, &actions);
    if (rv != LINLI_OK)
        x->step_code = rv;
    for (size_t i = 0; i < actions.count && rv == LINLI_OK; i++)
        side_perform(x, &actions.at[i]);
    actions_free(&actions);
}

static inline void side_event(struct side *x, enum session_event_kind kind)
{
    struct session_shared shared[4];
    struct session_event event = {.kind = kind, .now_ms = x->now_ms};
    if (kind == EVENT_START) {
        side_announce(x, &event, shared);
        event.news = x->news;
        event.news_count = x->news_count;
    }
    side_step(x, &event);
}

static inline void side_hear(struct side *x, enum frame_stream stream, span bytes)
{
    struct session_event event = {.kind = EVENT_MESSAGE, .now_ms = x->now_ms, .stream = stream, .bytes = bytes};
    side_step(x, &event);
}

/* Store one run that came, and tell the session. */
static inline void side_store(struct side *x)
{
    struct wire_message m = wire_take(&x->ingests);
    struct session_event event = {.kind = EVENT_INGESTED, .now_ms = x->now_ms};
    uint64_t reach[2];
    size_t at = sizeof(reach);
    memcpy(reach, m.at, sizeof(reach));
    memcpy(&event.author, m.at + at, sizeof(event.author));
    at += sizeof(event.author);
    memcpy(&event.scope, m.at + at, sizeof(event.scope));
    at += sizeof(event.scope);
    event.bytes = span_of(m.at + at, m.size - at);
    struct fake_result result = fake_ingest(&x->store, event.bytes);
    event.seq = reach[0];
    event.last = reach[1];
    event.from = result.from;
    event.code = result.code;
    event.outcome = result.outcome;
    event.advanced = result.advanced;
    side_step(x, &event);
    free(m.at);
}

static inline size_t side_queued(const struct side *x)
{
    size_t count = 0;
    for (int i = 0; i < STREAM_COUNT; i++)
        count += x->out[i].count;
    return count;
}

/* The lowest stream that has something goes first, as in the channel. */
static inline void side_write(struct side *x)
{
    for (int i = 0; i < STREAM_COUNT; i++) {
        if (x->out[i].count == 0)
            continue;
        struct wire_message m = wire_take(&x->out[i]);
        wire_put(&x->pipe, m.stream, span_of(m.at, m.size));
        free(m.at);
        break;
    }
    if (side_queued(x) == 0)
        side_event(x, EVENT_SENT);
}

static inline void side_deliver(struct side *from, struct side *to)
{
    struct wire_message m = wire_take(&from->pipe);
    if (!to->closed)
        side_hear(to, m.stream, span_of(m.at, m.size));
    free(m.at);
}

/* What can happen now, as numbers for pair_do. */
enum { PAIR_CHOICES = 6 };
static inline unsigned pair_can(struct session_pair *p, unsigned choices[PAIR_CHOICES])
{
    struct side *sides[] = {&p->a, &p->b};
    unsigned count = 0;
    for (unsigned i = 0; i < 2; i++) {
        if (side_queued(sides[i]) > 0)
            choices[count++] = i;
        if (sides[i]->pipe.count > 0)
            choices[count++] = 2 + i;
        if (sides[i]->ingests.count > 0)
            choices[count++] = 4 + i;
    }
    return count;
}

static inline void pair_do(struct session_pair *p, unsigned choice)
{
    struct side *sides[] = {&p->a, &p->b}, *side = sides[choice & 1];
    p->steps++;
    if (choice < 2)
        side_write(side);
    else if (choice < 4)
        side_deliver(side, sides[(choice & 1) ^ 1]);
    else
        side_store(side);
}

/* One thing that can happen, chosen by chance. False: nothing can. */
static inline bool pair_turn(struct session_pair *p)
{
    unsigned choices[PAIR_CHOICES], count = pair_can(p, choices);
    if (count == 0)
        return false;
    pair_do(p, choices[rng_below(&p->rng, count)]);
    return true;
}

static inline void side_open(struct side *x, bool initiator, bool live)
{
    struct session_config config = x->config;
    config.initiator = initiator;
    config.live = live;
    config.network = x->store.network;
    session_new(&config, &x->session);
    x->closed = x->settled = false;
    x->close_code = x->step_code = LINLI_OK;
    x->bytes_out = x->messages_out = 0;
}

static inline void side_close(struct side *x)
{
    for (int i = 0; i < STREAM_COUNT; i++)
        wire_free(&x->out[i]);
    wire_free(&x->pipe);
    wire_free(&x->ingests);
    session_free(x->session);
    x->session = NULL;
}

/* Two stores of one made-up network that share everything below its root. */
static inline void pair_prepare(struct session_pair *p, uint64_t seed)
{
    *p = (struct session_pair){0};
    rng_seed(&p->rng, seed);
    for (size_t i = 0; i < 32; i++)
        p->a.store.network.b[i] = p->b.store.network.b[i] = (uint8_t)i;
    p->a.shared_count = p->b.shared_count = 1;
    p->a.subtree[0] = p->b.subtree[0] = true;
    struct scope_path root = {0};
    fake_learn(&p->a.store, &root);
    fake_learn(&p->b.store, &root);
}

static inline void pair_meet(struct session_pair *p, bool live)
{
    side_open(&p->a, true, live);
    side_open(&p->b, false, live);
    side_event(&p->a, EVENT_START);
    side_event(&p->b, EVENT_START);
}

static inline void pair_part(struct session_pair *p)
{
    side_close(&p->a);
    side_close(&p->b);
}

/* Meet, and let everything happen that can. */
static inline void pair_sync(struct session_pair *p)
{
    pair_meet(p, false);
    while (pair_turn(p))
        continue;
}

static inline void pair_free(struct session_pair *p)
{
    pair_part(p);
    fake_free(&p->a.store);
    fake_free(&p->b.store);
}

static inline bool pair_equal(const struct session_pair *p)
{
    struct scope_path root = {0};
    linli_id id;
    path_scope(&p->a.store.network, &root, &id);
    linli_hash a = fake_digest(&p->a.store, &id, true), b = fake_digest(&p->b.store, &id, true);
    return memcmp(a.b, b.b, 32) == 0;
}

#endif
