/* node: one outgoing session on a loop of its own. */
#include <string.h>

#include "node/internal.h"

struct meeting {
    struct node *node;
    struct dial dial;
    const struct linli_sync_options *options;
    struct linli_session_report *report;
    struct peer *peer; /* while it lives */
    int code;
    bool cancelled;
};

static void ended(void *ctx, struct peer *p, int code)
{
    struct meeting *m = ctx;

    peer_report(p, m->report);
    m->code = m->cancelled ? LINLI_E_CANCELLED : code;
    m->peer = NULL;
    m->node->done = true;
    (void)uv_async_send(&m->node->wake);
}

static void connected(void *ctx, struct peer *p)
{
    struct meeting *m = ctx;

    m->peer = p;
    int rv = peer_shake_sync(p, true);
    if (rv != LINLI_OK)
        peer_cut(p, rv);
}

static void failed(void *ctx, int code)
{
    struct meeting *m = ctx;

    m->code = code;
    loop_close(m->node);
}

/* The application is told how far it is, and may say stop. */
static void ticked(void *ctx)
{
    struct meeting *m = ctx;
    const struct linli_sync_options *options = m->options;
    struct session_event stop = {.kind = EVENT_STOP};

    if (options->on_progress == NULL || m->cancelled || m->peer == NULL || m->peer->session == NULL ||
        m->peer->stage != PEER_TALKING)
        return;
    const struct session_stats *stats = session_stats(m->peer->session);
    if (options->on_progress(options->ctx, stats->in_changesets, stats->out_changesets))
        return;
    m->cancelled = true;
    peer_step(m->peer, &stop);
}

static uint64_t conflicts(const struct node_host *host)
{
    uint64_t count = 0;

    if (host->enter != NULL)
        host->enter(host->ctx);
    (void)replica_conflicts(host->replica, &count); /* for the report: a sync does not fail by it */
    if (host->leave != NULL)
        host->leave(host->ctx);
    return count;
}

int node_sync(const struct node_host *host, const char *where, unsigned port, const struct linli_sync_options *options,
              struct linli_session_report *report)
{
    static const struct linli_sync_options usual = {.size = sizeof(usual)};
    struct linli_session_report unread = {.round_trips = 0};
    struct meeting m = {.options = options != NULL ? options : &usual, .report = report != NULL ? report : &unread,
                        .code = LINLI_E_CONNECT};
    uint64_t before;

    *m.report = (struct linli_session_report){.round_trips = 0};
    m.node = mem_zalloc(1, sizeof(*m.node));
    int rv = m.node == NULL ? LINLI_E_NOMEM : loop_open(m.node, host, TICK_ALONE_MS);
    if (rv != LINLI_OK)
        goto out;
    before = conflicts(host);
    m.node->idle_ms = m.options->timeout_ms;
    m.node->on_tick = ticked;
    m.node->on_tick_ctx = &m;
    m.dial = (struct dial){.node = m.node, .connected = connected, .failed = failed, .ctx = &m,
                           .owner = {.ended = ended, .ctx = &m}};
    rv = dial_start(&m.dial, where, port);
    if (rv != LINLI_OK)
        goto out;
    loop_run(m.node);
    loop_tend(m.node); /* grants may have come, and with them somebody who has no keys yet */
    rv = m.code;
    uint64_t after = conflicts(host);
    m.report->conflicts_new = after > before ? after - before : 0;

out:
    if (m.node != NULL)
        loop_free(m.node);
    return rv;
}
