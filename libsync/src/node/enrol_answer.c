/* node: enrolment (proto/session.md 6), the side that answers. */
#include <string.h>

#include "node/internal.h"
#include "session/message.h"

enum { PENDING_MS = 2000 }; /* how often a device that waits hears that it still does */

/* A device that waits until somebody has compared the digits. */
struct waiting {
    struct buf request;
    uint64_t said_ms;
};

/* Where a peer calls from, as wrong tries are counted: an IPv4 address, or the first half of an IPv6 one. */
static void caller_of(const struct peer *p, uint8_t out[GUESS_ADDRESS_BYTES])
{
    struct sockaddr_storage name = {0};
    int size = sizeof(name);

    memset(out, 0, GUESS_ADDRESS_BYTES);
    (void)uv_tcp_getpeername(&p->tcp, (struct sockaddr *)&name, &size); /* not to be known: then it is one of the nameless */
    const struct in6_addr *six = &((const struct sockaddr_in6 *)&name)->sin6_addr;
    if (name.ss_family != AF_INET6)
        memcpy(out + 12, &((const struct sockaddr_in *)&name)->sin_addr, 4);
    else
        memcpy(out, six, IN6_IS_ADDR_V4MAPPED(six) ? GUESS_ADDRESS_BYTES : GUESS_ADDRESS_BYTES / 2);
}

/* An invitation's secret. A wrong try takes from what its address has left; where nothing is left, none is looked at. */
bool enrol_secret(struct peer *p, const uint8_t hint[HINT_BYTES])
{
    uint8_t caller[GUESS_ADDRESS_BYTES];
    uint64_t now_ms = uv_now(&p->node->loop);

    caller_of(p, caller);
    if (!guesses_allow(&p->node->guesses, caller, now_ms))
        return false;
    if (replica_invite_find(p->node->host.replica, hint, p->secrets->invitation) == LINLI_OK)
        return true;
    guesses_wrong(&p->node->guesses, caller, now_ms);
    return false;
}

/* The hint was known, and the handshake came to nothing: a hint can be heard and said again. */
void enrol_wrong(struct peer *p)
{
    uint8_t caller[GUESS_ADDRESS_BYTES];

    caller_of(p, caller);
    guesses_wrong(&p->node->guesses, caller, uv_now(&p->node->loop));
}

/* A device asks for itself: the key that it names is the one that it proved. */
static int request_key(const struct peer *p, span request)
{
    uint8_t key_asked[KEY_BYTES] = {0};
    int rv = enrol_decode(request, key_asked);

    if (rv != LINLI_OK)
        return rv;
    return memcmp(key_asked, p->channel->peer.sign_public, KEY_BYTES) == 0 ? LINLI_OK : LINLI_E_PROTOCOL;
}

/* --- what is said --- */

/* A message that was made with this code. */
static int say(struct peer *p, int code, struct buf *message)
{
    int rv = code == LINLI_OK ? wire_send(p, STREAM_CONTROL, buf_span(message)) : code;

    if (message->size > 0)
        crypto_wipe(message->at, message->size);
    buf_free(message);
    return rv;
}

static int say_pending(struct peer *p, bool waits)
{
    struct pending_message pending = {.waits = waits};
    struct buf message = {0};

    memcpy(pending.reveal, p->channel->reveal, sizeof(pending.reveal));
    return say(p, pending_encode(&message, &pending), &message);
}

static int say_enrolled(struct peer *p, const struct buf *answer)
{
    struct buf message = {0};

    return say(p, message_wrap(&message, MESSAGE_ENROLLED, buf_span(answer)), &message);
}

static int say_denied(struct peer *p, int code)
{
    struct buf message = {0};

    return say(p, denied_encode(&message, code == LINLI_E_USED      ? DENIED_USED
                                          : code == LINLI_E_EXPIRED ? DENIED_EXPIRED
                                                                    : DENIED_UNKNOWN), &message);
}

static bool is_denial(int code)
{
    return code == LINLI_E_USED || code == LINLI_E_EXPIRED || code == LINLI_E_NOT_FOUND || code == LINLI_E_REFUSED;
}

/* --- asked, and asked again in its name while it waits --- */

static int wait_on(struct peer *p, span request)
{
    uint64_t now_ms = uv_now(&p->node->loop);

    if (p->waiting == NULL) {
        p->waiting = mem_zalloc(1, sizeof(*p->waiting));
        if (p->waiting == NULL)
            return LINLI_E_NOMEM;
        lobby_leave(p, false); /* few may wait (LINLI_E_LIMIT), and for long: they take no stranger's place */
        int rv = buf_append(&p->waiting->request, request.at, request.size);
        if (rv != LINLI_OK)
            return rv;
    } else if (now_ms - p->waiting->said_ms < PENDING_MS) {
        return LINLI_OK;
    }
    p->waiting->said_ms = now_ms;
    return say_pending(p, true);
}

static int settle(struct peer *p, int code, const struct buf *answer)
{
    int rv = LINLI_OK;

    if (code == LINLI_OK)
        rv = say_pending(p, false);
    if (rv == LINLI_OK)
        rv = code == LINLI_OK ? say_enrolled(p, answer) : say_denied(p, code);
    if (rv == LINLI_OK)
        peer_refuse(p, BYE_DONE, LINLI_OK);
    return rv;
}

static int answer_request(struct peer *p, span request)
{
    struct node *n = p->node;
    struct enrol_ask ask = {.secret = p->secrets->invitation, .request = request, .again = p->waiting != NULL,
                            .confirm_all = n->confirm_joins};
    struct linli_enrol_request said;
    struct buf answer = {0};
    int rv = channel_code(p->channel, p->channel->reveal, &ask.code);

    if (rv != LINLI_OK)
        return rv;
    host_enter(n);
    rv = replica_enrol(n->host.replica, &ask, &answer, &said);
    host_leave(n);
    if (n->on_enrol != NULL && (rv != LINLI_E_WAIT || !ask.again))
        n->on_enrol(n->on_session_ctx, &said, rv);
    if (rv == LINLI_E_WAIT)
        rv = wait_on(p, request);
    else if (rv == LINLI_OK || is_denial(rv))
        rv = settle(p, rv, &answer);
    if (answer.size > 0)
        crypto_wipe(answer.at, answer.size);
    buf_free(&answer);
    return rv;
}

int enrol_answer(struct peer *p, span message)
{
    uint64_t kind;
    span body;
    int rv = message_open(message, &kind, &body);

    if (rv != LINLI_OK)
        return rv;
    if (kind == 0 || kind >= MESSAGE_KINDS)
        return LINLI_OK; /* a newer peer's */
    if (kind == MESSAGE_BYE && p->waiting != NULL) { /* it waits no longer */
        peer_leave(p, LINLI_OK);
        return LINLI_OK;
    }
    if (kind != MESSAGE_ENROL || p->waiting != NULL)
        return LINLI_E_PROTOCOL;
    rv = request_key(p, body);
    return rv == LINLI_OK ? answer_request(p, body) : rv;
}

void enrol_tick(struct peer *p)
{
    int rv = answer_request(p, buf_span(&p->waiting->request));

    if (rv == LINLI_OK)
        rv = wire_flush(p);
    if (rv != LINLI_OK)
        peer_cut(p, rv);
}

void enrol_forget(struct peer *p)
{
    if (p->waiting == NULL)
        return;
    host_enter(p->node);
    replica_enrol_gone(p->node->host.replica, p->channel->peer.sign_public);
    host_leave(p->node);
    buf_free(&p->waiting->request);
    mem_free(p->waiting);
    p->waiting = NULL;
}
