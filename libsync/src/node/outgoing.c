/* node: peers to stay connected with: dialled again after full-jitter backoff, from 1 s up to 60 s. */
#include <string.h>

#include "node/internal.h"

enum { BACKOFF_FIRST_MS = 1000, BACKOFF_MAX_MS = 60 * 1000, BACKOFF_DOUBLINGS = 6 };

struct outgoing {
    struct node *node;
    struct dial dial;
    uv_timer_t timer;
    unsigned failures;
    unsigned port;
    char host[HOST_BYTES];
};

static void try_now(uv_timer_t *timer);

static void again_later(struct outgoing *o)
{
    uint64_t limit = BACKOFF_FIRST_MS, random;

    if (o->node->stopping || o->node->closing)
        return;
    limit <<= o->failures < BACKOFF_DOUBLINGS ? o->failures : BACKOFF_DOUBLINGS;
    limit = limit < BACKOFF_MAX_MS ? limit : BACKOFF_MAX_MS;
    rng_fill(&o->node->rng, &random, sizeof(random));
    o->failures++;
    (void)uv_timer_start(&o->timer, try_now, random % limit + 1, 0);
}

static void ended(void *ctx, struct peer *p, int code)
{
    struct outgoing *o = ctx;
    struct node *n = o->node;
    struct linli_session_report report;

    if (n->on_session != NULL) {
        peer_report(p, &report);
        n->on_session(n->on_session_ctx, &report, code);
    }
    again_later(o);
}

static void settled(void *ctx, struct peer *p)
{
    struct outgoing *o = ctx;
    struct node *n = o->node;
    struct linli_session_report report;

    o->failures = 0;
    if (n->on_session == NULL)
        return;
    peer_report(p, &report);
    n->on_session(n->on_session_ctx, &report, LINLI_OK);
}

static void connected(void *ctx, struct peer *p)
{
    (void)ctx;
    p->live = true;
    int rv = peer_shake_sync(p, true);
    if (rv != LINLI_OK)
        peer_cut(p, rv);
}

static void failed(void *ctx, int code)
{
    (void)code;
    again_later(ctx);
}

static void try_now(uv_timer_t *timer)
{
    struct outgoing *o = timer->data;

    o->dial = (struct dial){.node = o->node, .connected = connected, .failed = failed, .ctx = o,
                            .owner = {.ended = ended, .settled = settled, .ctx = o}};
    if (dial_start(&o->dial, o->host, o->port) != LINLI_OK)
        again_later(o);
}

int outgoing_open(struct node *n, const char *const *peers, size_t count)
{
    if (count == 0)
        return LINLI_OK;
    n->outgoing = mem_zalloc(count, sizeof(*n->outgoing));
    if (n->outgoing == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < count; i++) {
        struct outgoing *o = &n->outgoing[i];
        if (!address_parse(peers[i], o->host, &o->port) || o->port == 0)
            return node_fail(n, LINLI_E_ARG, "a peer's address is host:port");
        o->node = n;
        if (uv_timer_init(&n->loop, &o->timer) != 0)
            return LINLI_E_NOMEM;
        o->timer.data = o;
        n->outgoing_count++;
    }
    return LINLI_OK;
}

void outgoing_start(struct node *n)
{
    for (size_t i = 0; i < n->outgoing_count; i++)
        try_now(&n->outgoing[i].timer);
}

void outgoing_stop(struct node *n)
{
    for (size_t i = 0; i < n->outgoing_count; i++) {
        (void)uv_timer_stop(&n->outgoing[i].timer);
        if (n->outgoing[i].dial.node != NULL)
            dial_cancel(&n->outgoing[i].dial);
    }
}

void outgoing_free(struct node *n)
{
    mem_free(n->outgoing);
    n->outgoing = NULL;
    n->outgoing_count = 0;
}
