/* node: enrolment (proto/session.md 6), both sides of it. */
#include <string.h>

#include "codec/scan.h"
#include "node/internal.h"
#include "session/message.h"

enum { NAME_BYTES_MAX = 256 };

/* --- the answering side --- */

/* A device asks for itself: the key that it names is the one that it proved. */
static int request_key(const struct peer *p, span request)
{
    uint8_t key_asked[KEY_BYTES] = {0};
    int rv = enrol_decode(request, key_asked);

    if (rv != LINLI_OK)
        return rv;
    return memcmp(key_asked, p->channel->peer.sign_public, KEY_BYTES) == 0 ? LINLI_OK : LINLI_E_PROTOCOL;
}

static int say_denied(struct peer *p, enum denied_reason reason)
{
    struct buf message = {0};
    int rv = denied_encode(&message, reason);

    if (rv == LINLI_OK)
        rv = wire_send(p, STREAM_CONTROL, buf_span(&message));
    buf_free(&message);
    return rv;
}

static int say_bye(struct peer *p)
{
    struct buf message = {0};
    int rv = bye_encode(&message, BYE_DONE);

    if (rv == LINLI_OK)
        rv = wire_send(p, STREAM_CONTROL, buf_span(&message));
    buf_free(&message);
    return rv;
}

static int answer_request(struct peer *p, span request)
{
    struct buf answer = {0}, message = {0};

    host_enter(p->node);
    int rv = replica_enrol(p->node->host.replica, p->secret, request, &answer);
    host_leave(p->node);
    if (rv == LINLI_OK)
        rv = message_wrap(&message, MESSAGE_ENROLLED, buf_span(&answer));
    if (rv == LINLI_OK)
        rv = wire_send(p, STREAM_CONTROL, buf_span(&message));
    else if (rv == LINLI_E_USED || rv == LINLI_E_EXPIRED || rv == LINLI_E_NOT_FOUND || rv == LINLI_E_REFUSED)
        rv = say_denied(p, rv == LINLI_E_USED ? DENIED_USED : rv == LINLI_E_EXPIRED ? DENIED_EXPIRED : DENIED_UNKNOWN);
    if (answer.size > 0)
        crypto_wipe(answer.at, answer.size);
    if (message.size > 0)
        crypto_wipe(message.at, message.size);
    buf_free(&answer);
    buf_free(&message);
    if (rv == LINLI_OK)
        rv = say_bye(p);
    if (rv == LINLI_OK)
        peer_leave(p, LINLI_OK);
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
    if (kind != MESSAGE_ENROL)
        return LINLI_E_PROTOCOL;
    rv = request_key(p, body);
    return rv == LINLI_OK ? answer_request(p, body) : rv;
}

/* --- the asking side --- */

struct asking {
    struct node *node;
    struct dial dial;
    const struct invitation *invitation;
    const char *device_name;
    struct clock clock;
    struct arena *arena;
    struct enrolment *out;
    int code;
    bool answered;
};

static int ask(void *ctx, struct peer *p)
{
    const struct asking *a = ctx;
    const struct enrolment *e = a->out;
    struct buf body = {0}, message = {0};
    uint8_t incarnation[8];
    size_t name_size = strlen(a->device_name);

    be64_put(incarnation, e->incarnation);
    write_map(&body, 4);
    write_uint(&body, 1);
    write_bin(&body, e->sign_public, KEY_BYTES);
    write_uint(&body, 2);
    write_bin(&body, e->seal_public, KEY_BYTES);
    write_uint(&body, 3);
    write_bin(&body, incarnation, sizeof(incarnation));
    write_uint(&body, 4);
    write_text(&body, a->device_name, name_size);
    (void)message_wrap(&message, MESSAGE_ENROL, buf_span(&body));
    int rv = body.failed != LINLI_OK ? body.failed : message.failed;
    if (rv == LINLI_OK)
        rv = wire_send(p, STREAM_CONTROL, buf_span(&message));
    buf_free(&body);
    buf_free(&message);
    return rv;
}

/* Grants of a chain that were found good so far. */
struct chain {
    struct grant at[LIMIT_CHAIN];
    size_t count;
};

static bool chain_find(void *ctx, const linli_hash *id, struct grant *out)
{
    const struct chain *c = ctx;

    for (size_t i = 0; i < c->count; i++) {
        if (hash_equal(&c->at[i].id, id)) {
            *out = c->at[i];
            return true;
        }
    }
    return false;
}

/* The chain is good, of this network, and ends in a grant for our keys whose term is not over. */
static int chain_check(const struct asking *a, const struct root *root)
{
    const struct enrolment *e = a->out;
    struct chain chain = {.count = 0};
    struct grant_source source = {chain_find, &chain};
    uint64_t end_ms;
    int rv = e->certificate_count > 0 ? LINLI_OK : LINLI_E_REFUSED;

    for (size_t i = 0; i < e->certificate_count && rv == LINLI_OK; i++) {
        rv = grant_decode(e->certificates[i], &chain.at[i]);
        if (rv == LINLI_OK)
            rv = grant_check(root, &chain.at[i], &source);
        chain.count += rv == LINLI_OK ? 1 : 0;
    }
    if (rv != LINLI_OK)
        return rv == LINLI_E_WAIT ? LINLI_E_REFUSED : rv;
    const struct grant *last = &chain.at[chain.count - 1];
    if (memcmp(last->subject, e->sign_public, KEY_BYTES) != 0 || memcmp(last->seal, e->seal_public, KEY_BYTES) != 0)
        return LINLI_E_REFUSED;
    rv = grant_term(last, &source, &end_ms);
    if (rv != LINLI_OK)
        return rv;
    return clock_now_ms(&a->clock) < end_ms ? LINLI_OK : LINLI_E_EXPIRED;
}

/* What was answered is lent by the message: the enrolment keeps copies. */
static int keep(struct asking *a, const struct enrolled *e)
{
    span *certificates = arena_array(a->arena, e->certificate_count + 1, sizeof(*certificates));

    a->out->root_file = arena_copy(a->arena, e->root_file);
    if (certificates == NULL || a->out->root_file.at == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < e->certificate_count; i++) {
        certificates[i] = arena_copy(a->arena, e->certificates[i]);
        if (certificates[i].at == NULL)
            return LINLI_E_NOMEM;
    }
    a->out->certificates = certificates;
    a->out->certificate_count = e->certificate_count;
    memcpy(a->out->network_key, e->network_key, sizeof(a->out->network_key));
    return LINLI_OK;
}

static int take_enrolled(struct asking *a, span body)
{
    struct enrolled enrolled;
    struct root root;
    int rv = enrolled_decode(body, &enrolled);

    if (rv == LINLI_OK)
        rv = keep(a, &enrolled);
    crypto_wipe(&enrolled, sizeof(enrolled));
    if (rv == LINLI_OK)
        rv = root_open(a->out->root_file, &root);
    if (rv == LINLI_OK && !hash_equal(&root.network, &a->invitation->network))
        rv = LINLI_E_NETWORK;
    return rv == LINLI_OK ? chain_check(a, &root) : rv;
}

static int take_denied(span body)
{
    uint64_t reason = 0;
    int rv = denied_decode(body, &reason);

    if (rv != LINLI_OK)
        return rv;
    return reason == DENIED_USED ? LINLI_E_USED : reason == DENIED_EXPIRED ? LINLI_E_EXPIRED : LINLI_E_REFUSED;
}

static int told(void *ctx, struct peer *p, span message)
{
    struct asking *a = ctx;
    uint64_t kind;
    span body;
    int rv = message_open(message, &kind, &body);

    if (rv != LINLI_OK)
        return rv;
    if (kind == 0 || kind >= MESSAGE_KINDS)
        return LINLI_OK;
    if (kind == MESSAGE_ENROLLED)
        rv = take_enrolled(a, body);
    else if (kind == MESSAGE_DENIED)
        rv = take_denied(body);
    else
        rv = kind == MESSAGE_BYE ? LINLI_E_CLOSED : LINLI_E_PROTOCOL;
    a->answered = true;
    peer_leave(p, rv);
    return LINLI_OK;
}

static void ended(void *ctx, struct peer *p, int code)
{
    struct asking *a = ctx;

    (void)p;
    a->code = code;
    a->node->done = true;
    (void)uv_async_send(&a->node->wake);
}

static void connected(void *ctx, struct peer *p)
{
    struct asking *a = ctx;
    struct channel_identity self = {.incarnation = a->out->incarnation};

    memcpy(self.sign_public, a->out->sign_public, KEY_BYTES);
    p->talk = TALK_ENROL_ASK;
    int rv = peer_shake(p, true, INTENT_ENROL, a->invitation->secret, a->invitation->network.b, a->out->sign_secret, &self);
    if (rv != LINLI_OK)
        peer_cut(p, rv);
}

static void failed(void *ctx, int code)
{
    struct asking *a = ctx;

    a->code = code;
    loop_close(a->node);
}

/* Ask at one address. */
static int ask_at(struct asking *a, const char *address, unsigned timeout_ms)
{
    struct node_host nowhere = {.replica = NULL};
    char host[HOST_BYTES];
    unsigned port;

    if (!address_parse(address, host, &port) || port == 0)
        return LINLI_E_FORMAT;
    a->code = LINLI_E_CONNECT;
    a->node = mem_zalloc(1, sizeof(*a->node));
    if (a->node == NULL)
        return LINLI_E_NOMEM;
    int rv = loop_open(a->node, &nowhere, TICK_ALONE_MS);
    a->node->idle_ms = timeout_ms;
    a->dial = (struct dial){.node = a->node, .connected = connected, .failed = failed, .ctx = a,
                            .owner = {.ended = ended, .told = told, .opened = ask, .ctx = a}};
    if (rv == LINLI_OK)
        rv = dial_start(&a->dial, host, port);
    if (rv == LINLI_OK)
        loop_run(a->node);
    loop_free(a->node);
    return rv == LINLI_OK ? a->code : rv;
}

int node_enrol(const struct invitation *invitation, const char *device_name, const struct rng *rng, struct clock clock,
               unsigned timeout_ms, struct arena *arena, struct enrolment *out, char address[64])
{
    struct asking a = {.invitation = invitation, .device_name = device_name, .clock = clock, .arena = arena, .out = out};
    int rv = LINLI_E_CONNECT;

    if (strlen(device_name) > NAME_BYTES_MAX || !utf8_valid(span_of(device_name, strlen(device_name))))
        return LINLI_E_ARG;
    *out = (struct enrolment){.certificate_count = 0};
    sign_keypair(rng, out->sign_public, out->sign_secret);
    dh_keypair(rng, out->seal_public, out->seal_secret);
    rng_fill(rng, &out->incarnation, sizeof(out->incarnation));
    /* The same keys at each: an answer that was lost may have bound the invitation to them. */
    for (size_t i = 0; i < invitation->address_count && !a.answered && rv != LINLI_E_NOMEM; i++) {
        rv = ask_at(&a, invitation->addresses[i], timeout_ms);
        memcpy(address, invitation->addresses[i], sizeof(invitation->addresses[i]));
    }
    if (rv != LINLI_OK)
        crypto_wipe(out, sizeof(*out));
    return rv;
}
