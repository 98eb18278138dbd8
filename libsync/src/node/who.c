/*
 * node: a peer whose grants are not held here is asked for them before its session begins (proto/session.md 3), and what its
 * session says meanwhile is held, a little of it. Who met before need not send a chain of certificates again each time.
 */
#include <string.h>

#include "codec/writer.h"
#include "node/internal.h"

int who_ask(struct peer *p)
{
    struct buf message = {0};
    int rv = who_encode(&message);

    p->asked_who = true;
    if (rv == LINLI_OK)
        rv = wire_send(p, STREAM_CONTROL, buf_span(&message));
    buf_free(&message);
    return rv;
}

/* Our own chain, once. */
static int tell(struct peer *p)
{
    struct buf chain = {0}, body = {0}, message = {0};

    if (p->told_who)
        return LINLI_E_PROTOCOL;
    p->told_who = true;
    host_enter(p->node);
    int rv = replica_own_chain(p->node->host.replica, &chain);
    host_leave(p->node);
    write_map(&body, 1);
    write_uint(&body, 1);
    write_raw(&body, buf_span(&chain));
    if (rv == LINLI_OK)
        rv = body.failed != LINLI_OK ? body.failed : message_wrap(&message, MESSAGE_GRANTS, buf_span(&body));
    if (rv == LINLI_OK)
        rv = wire_send(p, STREAM_CONTROL, buf_span(&message));
    buf_free(&chain);
    buf_free(&body);
    buf_free(&message);
    return rv;
}

/* The peer's chain. It is looked at like one that came in the handshake. */
static int take(struct peer *p, span body)
{
    struct buf *chain = &p->channel->peer.chain;
    span certificates;
    int rv = grants_decode(body, &certificates);

    if (rv == LINLI_OK && certificates.size > LIMIT_CHAIN_BYTES)
        rv = LINLI_E_LIMIT;
    buf_clear(chain);
    if (rv == LINLI_OK)
        rv = buf_append(chain, certificates.at, certificates.size);
    if (rv == LINLI_OK)
        peer_begin(p);
    return rv;
}

static int hold(struct peer *p, enum frame_stream stream, span message)
{
    struct held **last = &p->held;

    if (p->held_count == HELD_MAX || message.size > HELD_BYTES - p->held_bytes)
        return LINLI_E_LIMIT;
    struct held *held = mem_alloc(sizeof(*held) + message.size);
    if (held == NULL)
        return LINLI_E_NOMEM;
    *held = (struct held){.stream = stream, .size = message.size};
    memcpy(held->bytes, message.at, message.size);
    while (*last != NULL)
        last = &(*last)->next;
    *last = held;
    p->held_count++;
    p->held_bytes += message.size;
    return LINLI_OK;
}

int who_hear(struct peer *p, enum frame_stream stream, span message, bool *taken)
{
    static const uint8_t who[] = {0x92, MESSAGE_WHO};
    uint64_t kind, reason;
    span body;

    *taken = p->session == NULL;
    if (!*taken && (message.size < sizeof(who) || memcmp(message.at, who, sizeof(who)) != 0))
        return LINLI_OK; /* the session's own */
    int rv = message_open(message, &kind, &body);
    if (rv != LINLI_OK)
        return rv;
    if (kind == MESSAGE_WHO) {
        *taken = true;
        return tell(p);
    }
    if (kind == MESSAGE_GRANTS)
        return take(p, body);
    if (kind != MESSAGE_BYE)
        return hold(p, stream, message);
    rv = bye_decode(body, &reason);
    if (rv == LINLI_OK)
        peer_leave(p, reason == BYE_REFUSED ? LINLI_E_REFUSED : LINLI_E_CLOSED);
    return rv;
}

void who_release(struct peer *p)
{
    while (p->held != NULL && p->stage == PEER_TALKING) {
        struct held *held = p->held;
        struct session_event event = {.kind = EVENT_MESSAGE, .stream = held->stream,
                                      .bytes = span_of(held->bytes, held->size)};
        p->held = held->next;
        peer_step(p, &event);
        mem_free(held);
    }
}

void who_free(struct peer *p)
{
    while (p->held != NULL) {
        struct held *held = p->held;
        p->held = held->next;
        mem_free(held);
    }
}
