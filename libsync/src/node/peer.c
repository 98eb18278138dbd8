/*
 * node: spine C: bytes become runs and back: socket -> channel -> session -> replica, and the way back. A connection whose
 * peer is not known is closed without a word, whatever it sent.
 */
#include <string.h>

#include "node/internal.h"

static bool key_of_hint(void *ctx, enum channel_intent intent, const uint8_t hint[HINT_BYTES], uint8_t psk[NOISE_PSK_BYTES],
                        uint8_t network[32])
{
    struct peer *p = ctx;
    struct replica *replica = p->node->host.replica;
    uint8_t expected[HINT_BYTES];
    bool found;

    host_enter(p->node);
    const struct identity *self = replica_identity(replica);
    memcpy(network, self->network.b, 32);
    if (intent == INTENT_SYNC) {
        channel_hint(self->network_key, hint, expected);
        found = crypto_equal(expected, hint, HINT_BYTES);
        memcpy(psk, self->network_key, NOISE_PSK_BYTES);
    } else {
        found = enrol_secret(p, hint);
        memcpy(psk, p->secrets->invitation, NOISE_PSK_BYTES);
        p->talk = found ? TALK_ENROL_ANSWER : TALK_SYNC; /* one that is not, is closed */
    }
    host_leave(p->node);
    return found;
}

int peer_new(struct node *n, const struct peer_owner *owner, struct peer **out)
{
    struct peer *p = mem_zalloc(1, sizeof(*p));

    if (p == NULL)
        return LINLI_E_NOMEM;
    p->node = n;
    p->owner = *owner;
    p->stage = PEER_CONNECTING;
    p->since_ms = uv_now(&n->loop);
    p->began_ns = uv_hrtime();
    if (uv_tcp_init(&n->loop, &p->tcp) != 0) {
        mem_free(p);
        return LINLI_E_NOMEM;
    }
    p->tcp.data = p;
    p->next = n->peers;
    if (n->peers != NULL)
        n->peers->previous = p;
    n->peers = p;
    n->peer_count++;
    *out = p;
    return LINLI_OK;
}

int peer_shake(struct peer *p, bool initiator, enum channel_intent intent, const uint8_t *psk, const uint8_t *network,
               const uint8_t *sign_secret, const struct channel_identity *self)
{
    struct channel_config config = {.initiator = initiator, .intent = intent, .network = network, .psk = psk,
                                    .keyring = {key_of_hint, p}, .hold = p->place != 0, .self = *self,
                                    .rng = p->node->rng};

    p->secrets = secret_take(&p->node->secrets, sizeof(*p->secrets));
    if (p->secrets == NULL)
        return LINLI_E_NOMEM;
    p->channel = &p->secrets->channel;
    memcpy(config.sign_secret, sign_secret, sizeof(config.sign_secret));
    int rv = channel_start(p->channel, &config, &p->wire.raw);
    crypto_wipe(config.sign_secret, sizeof(config.sign_secret));
    p->stage = PEER_SHAKING;
    /* Before it is let in it has little to say. */
    p->channel->frames.streams = STREAM_CONTROL + 1;
    p->channel->frames.bytes_max = HELD_BYTES;
    if (rv == LINLI_OK)
        rv = wire_start(p);
    return rv == LINLI_OK ? wire_flush(p) : rv;
}

int peer_shake_sync(struct peer *p, bool initiator)
{
    const struct node *n = p->node;
    struct channel_identity self = {.incarnation = 0};

    host_enter(n);
    const struct identity *own = replica_identity(n->host.replica);
    memcpy(self.sign_public, own->sign_public, KEY_BYTES);
    self.incarnation = own->incarnation;
    host_leave(n);
    /* No chain: who met before holds it, who did not asks (who.c). */
    return peer_shake(p, initiator, INTENT_SYNC, own->network_key, own->network.b, own->sign_secret, &self);
}

void peer_answer(struct peer *p)
{
    int rv = channel_answer(p->channel, &p->wire.raw);

    if (rv == LINLI_OK)
        rv = wire_flush(p);
    if (rv != LINLI_OK)
        peer_cut(p, rv);
}

/* --- talking --- */

void peer_step(struct peer *p, struct session_event *event)
{
    struct node *n = p->node;
    struct session_actions *actions = &n->actions;

    ALWAYS(!n->stepping && p->session != NULL);
    n->stepping = true;
    event->now_ms = uv_now(&n->loop);
    int rv = session_step(p->session, event, actions);
    for (size_t i = 0; i < actions->count && rv == LINLI_OK; i++) {
        struct session_action action = actions->at[i]; /* the list grows with each answer */
        rv = perform(p, &action);
    }
    actions_clear(actions);
    n->stepping = false;
    if (rv == LINLI_OK)
        rv = wire_flush(p);
    if (rv != LINLI_OK)
        peer_cut(p, rv);
}

void peer_drained(struct peer *p)
{
    struct session_event event = {.kind = EVENT_SENT};

    if (p->stage == PEER_LEAVING)
        peer_shut(p);
    else if (p->stage == PEER_TALKING && p->session != NULL)
        peer_step(p, &event);
}

/* What a session is about when it begins; what lies behind its pointers is freed by beginning_free. */
struct beginning {
    struct session_event start;
    struct session_config config;
    struct session_shared *shared;
    struct session_news *news;
    struct receipts_meeting receipts;
};

static void beginning_free(struct beginning *o)
{
    mem_free(o->shared);
    mem_free(o->news);
    receipts_meeting_free(&o->receipts);
}

static int beginning_read(struct peer *p, struct beginning *o)
{
    struct replica *replica = p->node->host.replica;
    struct shared_scope *scopes = NULL;
    size_t count = 0;
    int rv = access_renew(p);

    o->config.network = replica_identity(replica)->network;
    o->config.store_epoch = replica_identity(replica)->store_epoch;
    o->config.clock_ms = replica_now_ms(replica);
    if (rv == LINLI_OK)
        rv = replica_shared(replica, &p->node->own, &p->access, &scopes, &count);
    if (rv == LINLI_OK)
        rv = perform_start(p, scopes, count, &o->start, &o->shared);
    if (rv == LINLI_OK)
        rv = met_begin(p, scopes, count, &o->start, &o->config, &o->news);
    if (rv == LINLI_OK)
        rv = receipts_begin(p, scopes, count, &o->receipts, &o->config.receipts);
    mem_free(scopes);
    return rv;
}

static int session_open(struct peer *p, struct beginning *o)
{
    host_enter(p->node);
    int rv = beginning_read(p, o);
    host_leave(p->node);
    return rv == LINLI_OK ? session_new(&o->config, &p->session) : rv;
}

void peer_begin(struct peer *p)
{
    struct node *n = p->node;
    struct beginning beginning = {
        .start = {.kind = EVENT_START},
        .config = {.initiator = p->channel->initiator, .live = p->live, .idle_ms = n->idle_ms},
        .receipts = {.signs = false}};
    int rv = LINLI_E_LIMIT;

    if (atomic_load(&n->admitted) >= n->sessions_max) {
        peer_refuse(p, BYE_LIMIT, rv);
        return;
    }
    rv = session_open(p, &beginning);
    if (rv == LINLI_E_REFUSED && !p->asked_who) {
        rv = who_ask(p);
        if (rv != LINLI_OK)
            peer_cut(p, rv);
    } else if (rv != LINLI_OK) {
        peer_refuse(p, rv == LINLI_E_REFUSED ? BYE_REFUSED : BYE_STOPPING, rv);
    } else {
        p->admitted = true;
        lobby_leave(p, true);
        p->channel->frames.streams = STREAM_BLOB; /* none of those yet */
        p->channel->frames.bytes_max = 0;
        atomic_fetch_add(&n->admitted, 1);
        peer_step(p, &beginning.start);
        who_release(p);
    }
    beginning_free(&beginning);
}

/* The handshake is over: who it is is certain, what it may do is looked up. */
static void opened(struct peer *p)
{
    p->stage = PEER_TALKING;
    p->since_ms = uv_now(&p->node->loop);
    memcpy(p->device, p->channel->peer.sign_public, KEY_BYTES);
    pace_returned(p->node, p->device, &p->pace);
    if (p->talk == TALK_ENROL_ASK) {
        int rv = p->owner.opened(p->owner.ctx, p);
        if (rv != LINLI_OK)
            peer_leave(p, rv);
    } else if (p->talk == TALK_SYNC) {
        peer_begin(p);
    }
}

static int hear(struct peer *p, enum frame_stream stream, span message)
{
    struct session_event event = {.kind = EVENT_MESSAGE, .stream = stream, .bytes = message,
                                  .received = p->channel->bytes_in};
    bool taken = false;

    if (p->stage != PEER_TALKING)
        return LINLI_OK; /* leaving: heard, and of no consequence */
    if (p->talk == TALK_ENROL_ANSWER)
        return enrol_answer(p, message);
    if (p->talk == TALK_ENROL_ASK)
        return p->owner.told(p->owner.ctx, p, message);
    int rv = who_hear(p, stream, message, &taken);
    if (rv == LINLI_OK && !taken && p->session != NULL)
        peer_step(p, &event);
    return rv;
}

size_t peer_bytes(struct peer *p, span bytes)
{
    size_t came = bytes.size;
    bool more = true;
    int rv = LINLI_OK;

    share_begin(p);
    while (more && rv == LINLI_OK && p->stage != PEER_CLOSING) {
        enum frame_stream stream = STREAM_CONTROL;
        span message;
        size_t used;
        rv = channel_take(p->channel, bytes, &used, &p->wire.raw, &stream, &message);
        if (rv != LINLI_OK)
            break;
        bytes = span_of(bytes.at + used, bytes.size - used);
        more = used > 0 || message.at != NULL;
        if (p->stage == PEER_SHAKING && p->channel->state == CHANNEL_OPEN)
            opened(p);
        if (message.at != NULL && p->stage != PEER_CLOSING)
            rv = hear(p, stream, message);
        if (bytes.size > 0 && share_over(p))
            break;
    }
    if (rv == LINLI_OK)
        rv = wire_flush(p);
    if (rv != LINLI_OK)
        peer_cut(p, rv);
    else if (p->stage != PEER_CLOSING)
        lobby_heard(p);
    if (p->node->batch.bytes > BATCH_BYTES)
        batch_flush(p->node);
    return came - bytes.size;
}

/* --- deadlines --- */

void peer_tick(struct peer *p, uint64_t now_ms)
{
    struct session_event event = {.kind = EVENT_TIMER};
    uint64_t waited = now_ms - p->since_ms;

    if (p->stage == PEER_CLOSING)
        return;
    if (p->wire.unsent_bytes > 0 && now_ms - p->wire.drained_ms >= UNDRAINED_MS)
        peer_cut(p, LINLI_E_TIMEOUT);
    else if (p->stage <= PEER_SHAKING && waited >= HANDSHAKE_MS)
        peer_cut(p, p->stage == PEER_CONNECTING ? LINLI_E_CONNECT : LINLI_E_TIMEOUT);
    else if (p->stage == PEER_LEAVING && waited >= LEAVE_MS)
        peer_cut(p, p->code);
    else if (p->stage == PEER_TALKING && p->waiting != NULL)
        enrol_tick(p);
    else if (p->stage == PEER_TALKING && p->session == NULL && waited >= (p->node->idle_ms != 0 ? p->node->idle_ms : ENROL_MS))
        peer_cut(p, LINLI_E_TIMEOUT);
    else if (p->stage == PEER_TALKING && p->session != NULL && now_ms >= session_deadline_ms(p->session)) {
        event.received = p->channel->bytes_in;
        peer_step(p, &event);
    }
}
