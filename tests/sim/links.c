/*
 * sim: sockets under libuv's names, so that the node's own peers run on them, and what lies between: bytes cut, split,
 * delayed and spoilt as the world will have it.
 */
#include "sim.h"

enum { SOCKET_BYTES = 128 * 1024 }; /* what a socket takes before its peer has read */

struct world *sim_world;

static unsigned index_of_link(const struct world *w, const struct link *l)
{
    return (unsigned)(l - w->links);
}

struct end *end_of_peer(const struct peer *p, struct link **link, unsigned *side)
{
    struct link *l = p->tcp.u.reserved[0];

    *link = l;
    *side = l->end[0].peer == p ? 0 : 1;
    return &l->end[*side];
}

static struct end *end_of(const void *handle, struct link **link, unsigned *side)
{
    return end_of_peer(((const uv_handle_t *)handle)->data, link, side);
}

static uint64_t delay_draw(struct world *w)
{
    if (!w->calm && fault_now(w, FAULT_DELAY) && chance(w, 100))
        return draw(w, 60 * 60 * 1000); /* the tail */
    return 1 + draw(w, 2 * w->mix.delay_ms + 1);
}

/* Schedule the next piece of what `side` has sent, if the other side reads. */
static void wire_move(struct world *w, struct link *l, unsigned side)
{
    struct end *e = &l->end[side];
    const struct end *to = &l->end[1 - side];
    bool end = e->is_shut || e->closing;

    if (e->wire.moving || to->peer == NULL || to->closing || !to->reading ||
        (e->wire.bytes.size == e->wire.at && !(end && !to->eof_told)))
        return;
    uint64_t in_ms = delay_draw(w) + e->wire.delay_ms;
    if (e->wire.stalled_ms > w->now_ms)
        in_ms += e->wire.stalled_ms - w->now_ms;
    e->wire.moving = true;
    world_at(w, in_ms, AT_BYTES, index_of_link(w, l), side, l->serial);
}

/* A write is over when the socket has taken its bytes. */
static void write_settle(struct world *w, struct link *l, unsigned side)
{
    struct end *e = &l->end[side];

    if (e->write == NULL || e->write_due || e->wire.bytes.size - e->wire.at > SOCKET_BYTES)
        return;
    e->write_due = true;
    world_at(w, 0, AT_WRITTEN, index_of_link(w, l), side, l->serial);
}

/* --- libuv's names --- */

uint64_t uv_now(const uv_loop_t *loop)
{
    (void)loop;
    return sim_world->now_ms + 1;
}

uint64_t uv_hrtime(void)
{
    return sim_world->now_ms * 1000000;
}

int uv_tcp_init(uv_loop_t *loop, uv_tcp_t *tcp)
{
    (void)loop;
    memset(tcp, 0, sizeof(*tcp));
    return 0;
}

int uv_tcp_nodelay(uv_tcp_t *tcp, int on)
{
    (void)tcp;
    (void)on;
    return 0;
}

int uv_async_send(uv_async_t *wake)
{
    struct world *w = sim_world;

    for (unsigned i = 0; i < w->place_count; i++)
        if (w->places[i].node == wake->data && !w->places[i].turn_due) {
            w->places[i].turn_due = true;
            world_at(w, draw(w, 4), AT_TURN, i, 0, w->places[i].life);
        }
    return 0;
}

int uv_read_start(uv_stream_t *stream, uv_alloc_cb alloc, uv_read_cb read)
{
    struct link *l;
    unsigned side;
    struct end *e = end_of(stream, &l, &side);

    e->reading = true;
    e->alloc = alloc;
    e->read = read;
    wire_move(sim_world, l, 1 - side);
    return 0;
}

int uv_read_stop(uv_stream_t *stream)
{
    struct link *l;
    unsigned side;

    end_of(stream, &l, &side)->reading = false;
    return 0;
}

int uv_write(uv_write_t *request, uv_stream_t *stream, const uv_buf_t bufs[], unsigned count, uv_write_cb done)
{
    struct link *l;
    unsigned side;
    struct end *e = end_of(stream, &l, &side);

    ALWAYS(e->write == NULL && !e->closing && !e->is_shut);
    bool own = heap_own(true);
    for (unsigned i = 0; i < count; i++)
        ALWAYS(buf_append(&e->wire.bytes, bufs[i].base, bufs[i].len) == LINLI_OK);
    (void)heap_own(own);
    for (unsigned i = 0; i < count; i++)
        canary_wire(sim_world, e->place, l->end[1 - side].place, span_of(bufs[i].base, bufs[i].len));
    e->write = request;
    e->written = done;
    write_settle(sim_world, l, side);
    wire_move(sim_world, l, side);
    return 0;
}

int uv_shutdown(uv_shutdown_t *request, uv_stream_t *stream, uv_shutdown_cb done)
{
    struct link *l;
    unsigned side;
    struct end *e = end_of(stream, &l, &side);

    e->is_shut = true;
    e->shutdown = request;
    e->shut = done;
    wire_move(sim_world, l, side);
    return 0;
}

void uv_close(uv_handle_t *handle, uv_close_cb done)
{
    struct link *l;
    unsigned side;
    struct end *e = end_of(handle, &l, &side);

    ALWAYS(!e->closing);
    e->closing = true;
    e->closed = done;
    world_at(sim_world, 0, AT_CLOSED, index_of_link(sim_world, l), side, l->serial);
}

/* --- events --- */

static void release(struct link *l)
{
    for (unsigned side = 0; side < 2; side++)
        buf_free(&l->end[side].wire.bytes);
    memset(l, 0, sizeof(*l));
}

/* What was under way is called off, then the handle is gone: libuv's order. */
static void close_now(struct link *l, unsigned side)
{
    struct end *e = &l->end[side];
    struct peer *p = e->peer;

    if (e->write != NULL)
        e->written(e->write, UV_ECANCELED);
    e->write = NULL;
    if (e->shutdown != NULL)
        e->shut(e->shutdown, UV_ECANCELED);
    e->shutdown = NULL;
    e->closed((uv_handle_t *)&p->tcp);
    e->peer = NULL;
}

static struct link *live_link(struct world *w, unsigned link, unsigned serial)
{
    return w->links[link].used && w->links[link].serial == serial ? &w->links[link] : NULL;
}

void link_closed(struct world *w, unsigned link, unsigned side, unsigned serial)
{
    struct link *l = live_link(w, link, serial);

    if (l == NULL || l->end[side].peer == NULL)
        return;
    close_now(l, side);
    if (l->end[1 - side].peer == NULL)
        release(l);
    else
        wire_move(w, l, side);
}

void link_written(struct world *w, unsigned link, unsigned side, unsigned serial)
{
    struct link *l = live_link(w, link, serial);
    struct end *e = l == NULL ? NULL : &l->end[side];

    if (e == NULL || e->write == NULL || e->peer == NULL)
        return;
    uv_write_t *request = e->write;
    e->write = NULL;
    e->write_due = false;
    e->written(request, 0);
}

/* A peer's callbacks for what it reads: bytes, or the end. */
static void give(struct end *e, span bytes, ssize_t end)
{
    uv_buf_t room;

    if (end < 0) {
        e->eof_told = true;
        room = uv_buf_init(NULL, 0);
        e->read((uv_stream_t *)&e->peer->tcp, end, &room);
        return;
    }
    e->alloc((uv_handle_t *)&e->peer->tcp, bytes.size, &room);
    ALWAYS(room.len >= bytes.size);
    memcpy(room.base, bytes.at, bytes.size);
    e->read((uv_stream_t *)&e->peer->tcp, (ssize_t)bytes.size, &room);
}

static void reset(struct world *w, struct link *l)
{
    world_log(w, "link %u is cut", l->serial);
    for (unsigned side = 0; side < 2; side++)
        if (l->end[side].peer != NULL && !l->end[side].closing && l->end[side].read != NULL)
            give(&l->end[side], (span){NULL, 0}, UV_ECONNRESET);
}

static void flip(struct world *w, struct link *l, struct buf *piece)
{
    if (!l->flip || !chance(w, 100))
        return;
    l->flip = false;
    l->spoilt = true;
    piece->at[draw(w, piece->size)] ^= (uint8_t)(1u << draw(w, 8));
    world_log(w, "link %u: a bit flips", l->serial);
}

/* The next piece of what `side` sent arrives. */
static void piece_arrives(struct world *w, struct link *l, unsigned side)
{
    struct end *e = &l->end[side];
    size_t left = e->wire.bytes.size - e->wire.at, size = 1 + draw(w, w->mix.chunk_bytes);
    struct buf piece = {0};
    bool own = heap_own(true);

    size = size < left ? size : left;
    size = size < READ_BYTES ? size : READ_BYTES;
    if (l->passed + size > l->cut_after)
        size = (size_t)(l->cut_after - l->passed);
    if (size > 0)
        ALWAYS(buf_append(&piece, e->wire.bytes.at + e->wire.at, size) == LINLI_OK);
    (void)heap_own(own);
    e->wire.at += size;
    l->passed += size;
    w->delivered_bytes += size;
    if (e->wire.at == e->wire.bytes.size) {
        buf_clear(&e->wire.bytes);
        e->wire.at = 0;
    }
    if (size > 0) {
        flip(w, l, &piece);
        give(&l->end[1 - side], buf_span(&piece), 0);
    }
    buf_free(&piece);
}

static void turn_soon(struct world *w, struct place *p)
{
    if (p->node != NULL && p->node->batch.count > 0 && !p->turn_due) {
        p->turn_due = true;
        world_at(w, draw(w, 4), AT_TURN, p->number, 0, p->life);
    }
}

void link_bytes(struct world *w, unsigned link, unsigned side, unsigned serial)
{
    struct link *l = live_link(w, link, serial);
    struct end *e = l == NULL ? NULL : &l->end[side];
    struct end *to = l == NULL ? NULL : &l->end[1 - side];

    if (l == NULL)
        return;
    e->wire.moving = false;
    if (to->peer == NULL || to->closing || !to->reading)
        return;
    if (e->wire.bytes.size > e->wire.at && fault_now(w, FAULT_STALL)) {
        e->wire.stalled_ms = w->now_ms + draw(w, 40 * 1000);
        wire_move(w, l, side);
        return;
    }
    if (e->wire.bytes.size == e->wire.at) {
        if ((e->is_shut || e->closing) && !to->eof_told)
            give(to, (span){NULL, 0}, UV_EOF);
        return;
    }
    piece_arrives(w, l, side);
    turn_soon(w, to->place);
    if (l->passed >= l->cut_after) {
        reset(w, l);
        return;
    }
    if (e->peer != NULL && !e->closing)
        write_settle(w, l, side);
    wire_move(w, l, side);
}

void link_tick(struct world *w, unsigned link, unsigned side, unsigned serial)
{
    struct link *l = live_link(w, link, serial);
    struct end *e = l == NULL ? NULL : &l->end[side];

    if (e == NULL || e->peer == NULL || e->closing)
        return;
    peer_tick(e->peer, uv_now(NULL));
    if (e->peer != NULL && !e->closing) {
        bool rests = e->peer->session != NULL && session_is_live(e->peer->session);
        world_at(w, rests ? 15 * TICK_MS : TICK_MS, AT_TICK, link, side, serial);
    }
}

/* --- opening and dropping --- */

/* Both begin. Whoever cannot read its store talks to nobody. */
static bool link_begin(struct world *w, struct link *l, bool live)
{
    bool own = heap_own(true); /* a connection that never was would show nothing */
    int rv = l->end[0].place->node == NULL ? node_begin(l->end[0].place) : LINLI_OK;

    for (unsigned side = 2; side-- > 0 && rv == LINLI_OK;) {
        rv = node_connect(l, side, live);
        if (rv == LINLI_E_DISK && l->end[side].place->sick)
            break;
        if (rv != LINLI_OK)
            world_fail(w, "%u cannot begin a connection", l->end[side].place->number);
        world_at(w, 1 + draw(w, TICK_MS), AT_TICK, index_of_link(w, l), side, l->serial);
    }
    (void)heap_own(own);
    return rv == LINLI_OK;
}

static void faults_put(struct world *w, struct link *l)
{
    if (fault_now(w, FAULT_CUT))
        l->cut_after = draw(w, chance(w, 500) ? 4000 : 60000);
    if (fault_now(w, FAULT_ONE_WAY))
        l->end[draw(w, 2)].wire.delay_ms = draw(w, 20000);
    l->flip = fault_now(w, FAULT_FLIP);
}

struct link *link_open(struct world *w, struct place *from, struct place *to, bool enrolling, bool live)
{
    struct link *l = NULL;

    for (size_t i = 0; i < LINKS_MAX && l == NULL; i++)
        if (!w->links[i].used)
            l = &w->links[i];
    if (l == NULL)
        return NULL;
    memset(l, 0, sizeof(*l));
    l->used = true;
    l->serial = ++w->link_serial;
    l->enrolling = enrolling;
    l->cut_after = UINT64_MAX;
    l->spoilt = !from->honest || !to->honest;
    l->end[0].place = from;
    l->end[1].place = to;
    w->sessions++;
    world_log(w, "%u meets %u (link %u%s%s)", from->number, to->number, l->serial, enrolling ? ", to enrol" : "",
              live ? ", to stay" : "");
    faults_put(w, l);
    if (link_begin(w, l, live))
        return l;
    link_drop(w, l);
    return NULL;
}

void link_drop(struct world *w, struct link *l)
{
    (void)w;
    for (unsigned side = 0; side < 2; side++) {
        struct end *e = &l->end[side];
        if (e->peer == NULL)
            continue;
        peer_cut(e->peer, LINLI_E_CANCELLED);
        close_now(l, side);
    }
    release(l);
}

void links_of_down(struct world *w, const struct place *p)
{
    for (size_t i = 0; i < LINKS_MAX; i++)
        if (w->links[i].used && (w->links[i].end[0].place == p || w->links[i].end[1].place == p))
            link_drop(w, &w->links[i]);
}

bool links_idle(const struct world *w)
{
    for (unsigned i = 0; i < w->place_count; i++)
        if (w->places[i].turn_due)
            return false;
    for (size_t i = 0; i < LINKS_MAX; i++) {
        const struct link *l = &w->links[i];
        for (unsigned side = 0; l->used && side < 2; side++) {
            const struct end *e = &l->end[side];
            if (e->peer == NULL || e->closing || e->write != NULL || e->wire.bytes.size > e->wire.at || e->is_shut ||
                e->peer->session == NULL || !session_is_live(e->peer->session))
                return false;
        }
    }
    return true;
}
