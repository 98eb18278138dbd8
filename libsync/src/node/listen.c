/* node: the listener, and who is let in to be heard. */
#include <stdio.h>
#include <string.h>

#include "node/internal.h"

enum { BACKLOG = 4096 }; /* the system allows what it allows */

static void guest_ended(void *ctx, struct peer *p, int code)
{
    struct node *n = ctx;
    struct linli_session_report report;

    if (!p->admitted || n->on_session == NULL)
        return; /* a stranger's bytes are nobody's news */
    peer_report(p, &report);
    n->on_session(n->on_session_ctx, &report, code);
}

static void guest_settled(void *ctx, struct peer *p)
{
    struct node *n = ctx;
    struct linli_session_report report;

    if (n->on_session == NULL || !p->live || !session_is_live(p->session))
        return;
    peer_report(p, &report);
    n->on_session(n->on_session_ctx, &report, LINLI_OK);
}

static bool may_come(struct node *n)
{
    if (n->came_turn != n->turn)
        n->came = 0;
    n->came_turn = n->turn;
    n->knocking = n->came == CAME_MAX;
    if (n->knocking)
        (void)uv_async_send(&n->wake); /* until it is accepted, libuv asks no further */
    else
        n->came++;
    return !n->knocking;
}

static void came(uv_stream_t *listener, int status)
{
    struct node *n = listener->data;
    struct peer_owner owner = {.ended = guest_ended, .settled = guest_settled, .ctx = n};
    struct sockaddr_storage from = {.ss_family = AF_UNSPEC};
    int size = sizeof(from);
    struct peer *p = NULL;

    if (status != 0 || n->stopping || !may_come(n))
        return;
    int rv = peer_new(n, &owner, &p);
    if (rv != LINLI_OK) {
        n->knocking = true; /* libuv asks no further until it is accepted: tried again with the next tick */
        return;
    }
    p->live = true;
    if (uv_accept(listener, (uv_stream_t *)&p->tcp) != 0)
        rv = LINLI_E_CONNECT;
    if (rv == LINLI_OK && uv_tcp_getpeername(&p->tcp, (struct sockaddr *)&from, &size) != 0)
        rv = LINLI_E_CLOSED;
    if (rv == LINLI_OK) {
        lobby_enter(p, (const struct sockaddr *)&from);
        rv = peer_shake_sync(p, false);
    }
    if (rv != LINLI_OK)
        peer_cut(p, rv);
}

void listen_turn(struct node *n)
{
    if (n->knocking)
        came((uv_stream_t *)&n->listener, 0);
}

static int bound_address(struct node *n)
{
    struct sockaddr_storage name;
    int size = sizeof(name);
    char host[HOST_BYTES];

    if (uv_tcp_getsockname(&n->listener, (struct sockaddr *)&name, &size) != 0)
        return LINLI_E_CONNECT;
    if (name.ss_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&name;
        (void)uv_ip6_name(six, host, sizeof(host));
        (void)snprintf(n->address, sizeof(n->address), "[%s]:%u", host, ntohs(six->sin6_port));
    } else {
        const struct sockaddr_in *four = (const struct sockaddr_in *)&name;
        (void)uv_ip4_name(four, host, sizeof(host));
        (void)snprintf(n->address, sizeof(n->address), "%s:%u", host, ntohs(four->sin_port));
    }
    return LINLI_OK;
}

int listen_open(struct node *n, const char *where)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    uv_getaddrinfo_t lookup;
    char host[HOST_BYTES], service[8];
    unsigned port;

    if (!address_parse(where, host, &port))
        return node_fail(n, LINLI_E_ARG, "an address to listen on is host:port");
    (void)snprintf(service, sizeof(service), "%u", port);
    if (uv_getaddrinfo(&n->loop, &lookup, NULL, host, service, &hints) != 0) /* no callback: it waits */
        return node_fail(n, LINLI_E_CONNECT, "the address to listen on is not known");
    int rv = lobby_open(n);
    if (rv == LINLI_OK && uv_tcp_init(&n->loop, &n->listener) != 0)
        rv = LINLI_E_NOMEM;
    if (rv != LINLI_OK) {
        uv_freeaddrinfo(lookup.addrinfo);
        return rv;
    }
    n->listener.data = n;
    n->listening = true;
    rv = uv_tcp_bind(&n->listener, lookup.addrinfo->ai_addr, 0);
    uv_freeaddrinfo(lookup.addrinfo);
    if (rv == 0)
        rv = uv_listen((uv_stream_t *)&n->listener, BACKLOG, came);
    if (rv != 0)
        return node_fail(n, LINLI_E_CONNECT, "the address to listen on cannot be had: %s", uv_err_name(rv));
    return bound_address(n);
}
