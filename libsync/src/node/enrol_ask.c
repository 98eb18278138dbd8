/* node: enrolment (proto/session.md 6), the joining side. */
#include <string.h>

#include "codec/scan.h"
#include "node/internal.h"
#include "session/message.h"

enum {
    NAME_BYTES_MAX = 256,
    TURNS_MAX = 5,        /* calls of one request that is to be confirmed: whoever cuts a line gets other digits each time */
    PAUSE_MS = 1000
};

struct asking {
    struct node *node;
    struct dial dial;
    const struct invitation *invitation;
    const char *device_name;
    struct clock clock;
    const struct linli_sync_options *options;
    struct arena *arena;
    struct enrolment *out;
    int code;
    bool answered;               /* for good: there is nobody else to ask */
    bool waited;                 /* for somebody to confirm */
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

/* What was found good so far: grants of the chain, and versions of the root document before it. */
struct chain {
    struct grant at[LIMIT_CHAIN];
    struct root_document *documents; /* room for LIMIT_ROOT_VERSIONS */
    size_t count, document_count;
};

static int chain_find(void *ctx, const linli_hash *id, struct grant *out)
{
    const struct chain *c = ctx;

    for (size_t i = 0; i < c->count; i++) {
        if (hash_equal(&c->at[i].id, id)) {
            *out = c->at[i];
            return LINLI_OK;
        }
    }
    return LINLI_E_NOT_FOUND;
}

static int chain_document(void *ctx, const linli_hash *id, struct root_document *out)
{
    const struct chain *c = ctx;

    for (size_t i = 0; i < c->document_count; i++) {
        if (hash_equal(&c->documents[i].id, id)) {
            *out = c->documents[i];
            return LINLI_OK;
        }
    }
    return LINLI_E_NOT_FOUND;
}

static int certificate_take(const struct root *root, const struct grant_source *source, span certificate, struct chain *chain)
{
    struct root_version version;
    int rv;

    if (certificate_kind(certificate) > STATEMENT_GRANT) {
        rv = statement_check(root, certificate, source);
        if (rv == LINLI_OK && root_version_decode(certificate, &version) == LINLI_OK &&
            chain->document_count < LIMIT_ROOT_VERSIONS)
            chain->documents[chain->document_count++] = version.document;
        return rv;
    }
    if (chain->count == LIMIT_CHAIN)
        return LINLI_E_LIMIT;
    rv = grant_decode(certificate, &chain->at[chain->count]);
    if (rv == LINLI_OK)
        rv = grant_check(root, &chain->at[chain->count], source);
    chain->count += rv == LINLI_OK ? 1 : 0;
    return rv;
}

/* The chain is good, of this network, and ends in a grant for our keys whose term is not over. */
static int chain_check(const struct asking *a, const struct root *root)
{
    const struct enrolment *e = a->out;
    struct chain chain = {.documents = arena_array(a->arena, LIMIT_ROOT_VERSIONS, sizeof(*chain.documents))};
    struct grant_source source = {chain_find, &chain, chain_document};
    uint64_t end_ms;
    int rv = chain.documents != NULL ? LINLI_OK : LINLI_E_NOMEM;

    for (size_t i = 0; i < e->certificate_count && rv == LINLI_OK; i++)
        rv = certificate_take(root, &source, e->certificates[i], &chain);
    if (rv == LINLI_OK && chain.count == 0)
        rv = LINLI_E_REFUSED;
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

/* The digits that both screens show, and whether somebody over there has to compare them. */
static int take_pending(struct asking *a, struct peer *p, span body)
{
    struct pending_message pending;
    unsigned code;
    int rv = pending_decode(body, &pending);

    if (rv == LINLI_OK)
        rv = channel_code(p->channel, pending.reveal, &code);
    if (rv != LINLI_OK)
        return rv;
    a->waited |= pending.waits;
    p->since_ms = uv_now(&p->node->loop);
    if (a->options->on_code != NULL && !a->options->on_code(a->options->ctx, code, pending.waits)) {
        a->answered = true;
        peer_leave(p, LINLI_E_CANCELLED);
    }
    return LINLI_OK;
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
    if (kind == MESSAGE_PENDING)
        return take_pending(a, p, body);
    if (kind == MESSAGE_ENROLLED)
        rv = take_enrolled(a, body);
    else if (kind == MESSAGE_DENIED)
        rv = take_denied(body);
    else
        rv = kind == MESSAGE_BYE ? LINLI_E_CLOSED : LINLI_E_PROTOCOL;
    a->answered = rv != LINLI_E_CLOSED;
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
static int ask_at(struct asking *a, const char *address)
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
    a->node->idle_ms = a->options->timeout_ms;
    a->dial = (struct dial){.node = a->node, .connected = connected, .failed = failed, .ctx = a,
                            .owner = {.ended = ended, .told = told, .opened = ask, .ctx = a}};
    if (rv == LINLI_OK)
        rv = dial_start(&a->dial, host, port);
    if (rv == LINLI_OK)
        loop_run(a->node);
    loop_free(a->node);
    return rv == LINLI_OK ? a->code : rv;
}

/* At each address, until one gives an answer. */
static int ask_around(struct asking *a, char address[64])
{
    int rv = LINLI_E_CONNECT;

    for (size_t i = 0; i < a->invitation->address_count && !a->answered && rv != LINLI_E_NOMEM; i++) {
        rv = ask_at(a, a->invitation->addresses[i]);
        memcpy(address, a->invitation->addresses[i], sizeof(a->invitation->addresses[i]));
    }
    return rv;
}

static bool may_call_again(const struct asking *a, int code)
{
    return a->waited && !a->answered && (code == LINLI_E_CLOSED || code == LINLI_E_TIMEOUT || code == LINLI_E_CONNECT) &&
           clock_now_ms(&a->clock) < a->invitation->expires_ms;
}

int node_enrol(const struct invitation *invitation, const char *device_name, const struct rng *rng, struct clock clock,
               const struct linli_sync_options *options, struct arena *arena, struct enrolment *out, char address[64])
{
    struct asking a = {.invitation = invitation, .device_name = device_name, .clock = clock, .options = options,
                       .arena = arena, .out = out};

    if (strlen(device_name) > NAME_BYTES_MAX || !utf8_valid(span_of(device_name, strlen(device_name))))
        return LINLI_E_ARG;
    *out = (struct enrolment){.certificate_count = 0};
    sign_keypair(rng, out->sign_public, out->sign_secret);
    dh_keypair(rng, out->seal_public, out->seal_secret);
    rng_fill(rng, &out->incarnation, sizeof(out->incarnation));
    /* The same keys at each call: an answer that was lost may have bound the invitation to them. */
    int rv = ask_around(&a, address);
    for (unsigned turn = 1; turn < TURNS_MAX && may_call_again(&a, rv); turn++) {
        uv_sleep(PAUSE_MS);
        rv = ask_around(&a, address);
    }
    if (rv != LINLI_OK)
        crypto_wipe(out, sizeof(*out));
    return rv;
}
