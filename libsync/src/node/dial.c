/* node: connecting to host:port, by each of its addresses in turn. */
#include <stdio.h>
#include <string.h>

#include "node/internal.h"

static void try_next(struct dial *d);

static void finish(struct dial *d)
{
    if (d->found != NULL)
        uv_freeaddrinfo(d->found);
    d->found = d->next = NULL;
}

static void give_up(struct dial *d, int code)
{
    finish(d);
    d->failed(d->ctx, code);
}

static void attempt_ended(void *ctx, struct peer *p, int code)
{
    struct dial *d = ctx;

    (void)code;
    if (d->peer == p)
        d->peer = NULL; /* timed out, or cut: `connect` comes back with an error and goes on */
}

static void connected(uv_connect_t *request, int status)
{
    struct dial *d = request->data;
    struct peer *p = d->peer;

    if (d->node->closing || d->node->stopping || d->failed == NULL) {
        finish(d);
        return;
    }
    if (status != 0 || p == NULL) {
        d->peer = NULL;
        if (p != NULL)
            peer_cut(p, LINLI_E_CONNECT);
        try_next(d);
        return;
    }
    d->peer = NULL;
    finish(d);
    p->owner = d->owner;
    p->since_ms = uv_now(&d->node->loop);
    d->connected(d->ctx, p);
}

static void try_next(struct dial *d)
{
    struct peer_owner owner = {.ended = attempt_ended, .ctx = d};
    const struct addrinfo *at = d->next;

    if (at == NULL) {
        give_up(d, LINLI_E_CONNECT);
        return;
    }
    d->next = at->ai_next;
    d->peer = NULL;
    int rv = peer_new(d->node, &owner, &d->peer);
    if (rv != LINLI_OK) {
        give_up(d, rv);
        return;
    }
    d->connect.data = d;
    if (uv_tcp_connect(&d->connect, &d->peer->tcp, at->ai_addr, connected) == 0)
        return;
    peer_cut(d->peer, LINLI_E_CONNECT);
    try_next(d); /* as deep as the addresses of one name are many */
}

static void looked_up(uv_getaddrinfo_t *lookup, int status, struct addrinfo *found)
{
    struct dial *d = lookup->data;

    d->looking = false;
    d->found = d->next = found;
    if (d->node->closing || d->node->stopping || d->failed == NULL)
        finish(d);
    else if (status != 0)
        give_up(d, status == UV_EAI_MEMORY ? LINLI_E_NOMEM : LINLI_E_CONNECT);
    else
        try_next(d);
}

int dial_start(struct dial *d, const char *host, unsigned port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    char service[8];

    (void)snprintf(service, sizeof(service), "%u", port);
    d->lookup.data = d;
    d->found = d->next = NULL;
    d->peer = NULL;
    if (uv_getaddrinfo(&d->node->loop, &d->lookup, looked_up, host, service, &hints) != 0)
        return LINLI_E_CONNECT;
    d->looking = true;
    return LINLI_OK;
}

void dial_cancel(struct dial *d)
{
    d->failed = NULL;
    if (d->looking)
        (void)uv_cancel((uv_req_t *)&d->lookup);
    if (d->peer != NULL)
        peer_cut(d->peer, LINLI_E_CANCELLED);
}
