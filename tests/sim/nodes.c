/*
 * sim: the node of a place: the product's own peers, batches and posts, stepped by the world instead of libuv's loop. What
 * a session wishes is done by the product's own code, too (node/perform.c).
 */
#include "session/message.h"
#include "sim.h"

/* --- what the owner of a peer hears --- */

static void settled(void *ctx, struct peer *p)
{
    struct world *w = ctx;
    struct link *l;
    unsigned side;

    w->settled++;
    (void)end_of_peer(p, &l, &side);
    world_log(w, "link %u: %u has settled", l->serial, l->end[side].place->number);
}

static bool unheard_of(int code)
{
    return code == LINLI_E_PROTOCOL || code == LINLI_E_FORMAT || code == LINLI_E_LIMIT || code == LINLI_E_SIGNATURE ||
           code == LINLI_E_INTERNAL || code == LINLI_E_NOMEM || code == LINLI_E_CORRUPT || code == LINLI_E_DISK ||
           code == LINLI_E_DIVERGED;
}

static void ended(void *ctx, struct peer *p, int code)
{
    struct world *w = ctx;
    struct link *l;
    unsigned side;
    const struct end *e = end_of_peer(p, &l, &side);

    world_log(w, "link %u: %u ends: %s, %u rounds", l->serial, e->place->number, linli_code_name(code), p->stats.rounds);
    w->changesets += p->stats.in_changesets;
    w->asides += p->set_aside;
    if (e->meter.most > w->session_bytes_most)
        w->session_bytes_most = e->meter.most;
    if (e->meter.most > w->session_bytes_cap)
        world_fail(w, "a session of %u held %zu bytes", e->place->number, e->meter.most);
    bool excused = trouble_excuses(e->place, code) || (e->place->hurt && (code == LINLI_E_NOMEM || code == LINLI_E_DISK));
    if (!l->spoilt && unheard_of(code) && !excused && e->place->honest && l->end[1 - side].place->honest) {
        explain(w, e->place, l->end[1 - side].place);
        world_fail(w, "%u ends its session with %u: %s", e->place->number, l->end[1 - side].place->number,
                   linli_code_name(code));
    }
}

/* --- enrolment, the asking side --- */

static int ask(void *ctx, struct peer *p)
{
    struct buf body = {0}, message = {0};
    struct link *l;
    unsigned side;

    (void)ctx;
    const struct end *e = end_of_peer(p, &l, &side);
    int rv = enrol_request(e->place, &body);
    if (rv == LINLI_OK)
        rv = message_wrap(&message, MESSAGE_ENROL, buf_span(&body));
    if (rv == LINLI_OK)
        rv = wire_send(p, STREAM_CONTROL, buf_span(&message));
    buf_free(&body);
    buf_free(&message);
    return rv;
}

static int told(void *ctx, struct peer *p, span message)
{
    struct world *w = ctx;
    struct link *l;
    unsigned side;
    uint64_t kind;
    span body;
    struct place *place = end_of_peer(p, &l, &side)->place;
    int rv = message_open(message, &kind, &body);

    if (rv != LINLI_OK)
        return rv;
    if (kind == MESSAGE_PENDING)
        return LINLI_OK; /* nobody compares digits here */
    if (kind == MESSAGE_ENROLLED && !place->up) {
        world_log(w, "%u is let in", place->number);
        bool own = heap_own(true);
        buf_clear(&place->enrol.answer);
        rv = buf_append(&place->enrol.answer, body.at, body.size);
        (void)heap_own(own);
        world_at(w, 0, AT_OPEN, place->number, 0, 0); /* the store is made when this node's work is done */
    } else if (kind == MESSAGE_DENIED) {
        rv = LINLI_E_REFUSED;
    }
    peer_leave(p, rv);
    return LINLI_OK;
}

/* --- the node itself --- */

static void posted(void *node, const struct linli_event *event)
{
    node_post(node, event);
}

/* As loop_open makes it, but for the loop; a place that is not enrolled has no replica in it. */
int node_begin(struct place *p)
{
    struct node *n = mem_zalloc(1, sizeof(*n));

    p->node = n;
    p->turn_due = false;
    if (n == NULL)
        return LINLI_E_NOMEM;
    n->rng = rng_from(&p->seeded);
    n->sessions_max = SESSIONS_MAX;
    n->listening = true;
    n->wake.data = n;
    n->read_bytes = mem_alloc(READ_BYTES);
    if (n->read_bytes == NULL)
        return LINLI_E_NOMEM;
    if (p->store != NULL) {
        n->host = (struct node_host){p->store->replica, store_host_enter, store_host_leave, p->store};
        int rv = store_hook(p->store, posted, n);
        if (rv != LINLI_OK)
            return rv;
    }
    return posts_open(n);
}

void node_end(struct place *p)
{
    struct node *n = p->node;

    if (n == NULL)
        return;
    links_of_down(p->world, p);
    ALWAYS(n->peers == NULL);
    if (p->store != NULL)
        store_unhook(p->store, posted, n);
    posts_free(n);
    batch_free(n);
    peer_access_free(&n->own);
    actions_free(&n->actions);
    secret_pool_free(&n->secrets);
    mem_free(n->read_bytes);
    mem_free(n);
    p->node = NULL;
}

void node_turn(struct place *p)
{
    p->turn_due = false;
    if (p->node == NULL)
        return;
    share_turn(p->node); /* of one that asks to be let in, too */
    if (p->store == NULL)
        return;
    batch_flush(p->node);
    posts_tell(p->node);
}

/* A socket is open: make its peer, and begin. */
int node_connect(struct link *l, unsigned side, bool live)
{
    struct end *e = &l->end[side];
    struct place *place = e->place;
    struct peer_owner owner = {.ended = ended, .settled = settled, .told = told, .opened = ask, .ctx = place->world};
    struct channel_identity self = {.incarnation = place->enrol.incarnation};
    int rv = peer_new(place->node, &owner, &e->peer);

    if (rv != LINLI_OK)
        return rv;
    e->peer->tcp.u.reserved[0] = l;
    e->peer->live = live;
    if (!l->enrolling || side == 1)
        return peer_shake_sync(e->peer, side == 0);
    e->peer->talk = TALK_ENROL_ASK;
    memcpy(self.sign_public, place->enrol.sign_public, KEY_BYTES);
    return peer_shake(e->peer, true, INTENT_ENROL, place->enrol.invitation.secret, place->enrol.invitation.network.b,
                      place->enrol.sign_secret, &self);
}

/* --- seams: -Wl,--wrap puts these in front of the product's functions of the same name --- */

static const char *const kinds[MESSAGE_KINDS] = {
    "?",   "hello", "summary", "detail", "grants", "run", "ask", "part",
    "credit", "sent", "settle", "bye",     "enrol",  "enrolled", "denied", "who", "pending", "receipt", "heard",
};

static const char *kind_of(span message)
{
    uint64_t kind;
    span body;

    return message_open(message, &kind, &body) == LINLI_OK && kind < MESSAGE_KINDS ? kinds[kind] : "?";
}

/* With --trace twice: what each session hears and wishes. */
static void step_print(const struct world *w, const struct end *e, const struct session_event *event,
                       const struct session_actions *out, size_t before)
{
    static const char *const events[] = {"start", "message", "detail", "run", "part", "certificates", "ingested", "digest",
                                         "heard", "signed", "changed", "timer", "sent", "stop"};
    static const char *const actions[] = {"send", "read detail", "read run", "read part", "read certificates", "read digests", "read heard", "sign", "receipt", "heard",
                                          "ingest", "grants", "learn", "fill", "settled", "close"};
    const struct link *l = e->peer->tcp.u.reserved[0];

    (void)printf("%9llu.%03u    link %u, %u: %s%s%s, code %d ->", (unsigned long long)(w->now_ms / 1000),
                 (unsigned)(w->now_ms % 1000), l->serial, e->place->number, events[event->kind],
                 event->kind == EVENT_MESSAGE ? " " : "", event->kind == EVENT_MESSAGE ? kind_of(event->bytes) : "", event->code);
    for (size_t i = before; i < out->count; i++)
        (void)printf(" %s%s%s,", actions[out->at[i].kind], out->at[i].kind == ACTION_SEND ? " " : "",
                     out->at[i].kind == ACTION_SEND ? kind_of(out->at[i].bytes) : "");
    (void)printf("\n");
}

int __real_session_step(struct session *s, const struct session_event *event, struct session_actions *out);
int __wrap_session_step(struct session *s, const struct session_event *event, struct session_actions *out);
int __wrap_session_step(struct session *s, const struct session_event *event, struct session_actions *out)
{
    struct world *w = sim_world;
    struct end *e = NULL;
    size_t before = out->count;

    for (size_t i = 0; i < LINKS_MAX && e == NULL; i++)
        for (unsigned side = 0; side < 2 && w->links[i].used; side++)
            if (w->links[i].end[side].peer != NULL && w->links[i].end[side].peer->session == s)
                e = &w->links[i].end[side];
    meter_to(e == NULL ? NULL : &e->meter);
    int rv = __real_session_step(s, event, out);
    meter_to(NULL);
    if (w->trace_steps && e != NULL)
        step_print(w, e, event, out, before);
    return rv;
}

int __real_wire_send(struct peer *p, enum frame_stream stream, span message);
int __wrap_wire_send(struct peer *p, enum frame_stream stream, span message);
int __wrap_wire_send(struct peer *p, enum frame_stream stream, span message)
{
    struct link *l;
    unsigned side;
    struct buf said = {0}, news = {0};
    bool another = false;
    const struct end *e = end_of_peer(p, &l, &side);
    bool own = heap_own(true);
    int rv = buf_append(&said, message.at, message.size);
    bool newer = stream == STREAM_CONTROL && !l->enrolling && newer_says(e->place->world, e->place, &said, &another);

    if (another)
        newer_message(&news);
    if (!e->place->honest)
        attack_message(e->place->world, e->place, &said);
    (void)heap_own(own);
    if (another)
        rv = __real_wire_send(p, stream, buf_span(&news));
    if (rv == LINLI_OK)
        rv = __real_wire_send(p, stream, newer || !e->place->honest ? buf_span(&said) : message);
    buf_free(&said);
    buf_free(&news);
    return rv;
}
