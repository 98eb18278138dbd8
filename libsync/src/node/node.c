/* node: a replica that listens: made, run, stopped from anywhere, freed. */
#include "node/internal.h"

int node_new(const struct node_host *host, const struct linli_node_options *options, struct node **out)
{
    struct node *n = mem_zalloc(1, sizeof(*n));
    int rv = n == NULL ? LINLI_E_NOMEM : loop_open(n, host, TICK_MS);

    *out = NULL;
    if (rv != LINLI_OK)
        goto fail;
    if (options->sessions_max != 0)
        n->sessions_max = (unsigned)options->sessions_max;
    n->on_session = options->on_session;
    n->on_enrol = options->on_enrol;
    n->on_session_ctx = options->ctx;
    n->confirm_joins = options->confirm_joins;
    n->on_tick = options->on_tick;
    n->on_watch = options->on_watch;
    n->on_tick_ctx = options->ctx;
    if (options->watch != 0 && options->on_watch != NULL)
        rv = loop_watch(n, options->watch);
    if (rv == LINLI_OK)
        rv = listen_open(n, options->listen);
    if (rv == LINLI_OK)
        rv = outgoing_open(n, options->peers, options->peer_count);
    if (rv != LINLI_OK)
        goto fail;
    *out = n;
    return LINLI_OK;

fail:
    node_free(n);
    return rv;
}

const char *node_address(const struct node *n)
{
    return n->address;
}

const char *node_error(const struct node *n)
{
    return n->error;
}

size_t node_sessions(const struct node *n)
{
    return atomic_load(&n->admitted);
}

int node_run(struct node *n)
{
    outgoing_start(n);
    loop_run(n);
    return LINLI_OK;
}

void node_stop(struct node *n)
{
    atomic_store(&n->stop_asked, true);
    (void)uv_async_send(&n->wake);
}

void node_free(struct node *n)
{
    if (n != NULL)
        loop_free(n);
}
