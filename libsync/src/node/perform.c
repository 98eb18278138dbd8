/* node: what a session wishes, done on the replica; answers go back as events. The peer's grants bound what is read for it. */
#include <string.h>

#include "base/check.h"
#include "codec/reader.h"
#include "codec/writer.h"
#include "node/internal.h"

static struct replica *replica_of(const struct peer *p)
{
    return p->node->host.replica;
}

/* Answer at once: what the session then wishes stands behind what it wished before. */
static int reply(struct peer *p, struct session_event *event)
{
    event->now_ms = uv_now(&p->node->loop);
    return session_step(p->session, event, &p->node->actions);
}

static int reply_bytes(struct peer *p, struct session_event *event, int rv, struct buf *bytes)
{
    if (rv == LINLI_OK)
        event->bytes = buf_span(bytes);
    else if (rv != LINLI_E_NOT_FOUND && rv != LINLI_E_REFUSED)
        event->code = rv;
    rv = reply(p, event);
    buf_free(bytes);
    return rv;
}

static int read_detail(struct peer *p, const struct session_action *a)
{
    struct session_event event = {.kind = EVENT_DETAIL, .scope = a->scope};
    struct buf bytes = {.cap = DETAIL_BYTES_MAX};
    unsigned classes;

    host_enter(p->node);
    int rv = replica_readable(replica_of(p), &p->access, &a->scope, &classes);
    if (rv == LINLI_OK)
        rv = replica_detail(replica_of(p), &a->scope, a->subtree, &bytes);
    host_leave(p->node);
    return reply_bytes(p, &event, rv, &bytes);
}

static int read_run(struct peer *p, const struct session_action *a)
{
    struct session_event event = {.kind = EVENT_RUN, .scope = a->scope, .author = a->author, .from = a->from};
    struct buf bytes = {0};
    unsigned classes;

    host_enter(p->node);
    int rv = replica_readable(replica_of(p), &p->access, &a->scope, &classes);
    if (rv == LINLI_OK)
        rv = replica_read_run(replica_of(p), &a->scope, &a->author, a->from, classes, RUN_BYTES, &bytes, &event.last);
    host_leave(p->node);
    return reply_bytes(p, &event, rv, &bytes);
}

static int read_part(struct peer *p, const struct session_action *a)
{
    struct session_event event = {.kind = EVENT_PART, .scope = a->scope, .author = a->author, .seq = a->seq, .part = a->part};
    struct buf bytes = {0};
    unsigned classes;

    host_enter(p->node);
    int rv = replica_readable(replica_of(p), &p->access, &a->scope, &classes);
    if (rv == LINLI_OK)
        rv = replica_read_part(replica_of(p), &a->scope, &a->author, a->seq, a->part, classes, &bytes);
    host_leave(p->node);
    return reply_bytes(p, &event, rv, &bytes);
}

static int read_handover(struct peer *p)
{
    struct session_event event = {.kind = EVENT_CERTIFICATES};
    struct buf bytes = {.cap = LIMIT_MESSAGE_BYTES - 16};

    write_map(&bytes, 1);
    write_uint(&bytes, 1);
    host_enter(p->node);
    int rv = replica_handover(replica_of(p), p->channel->peer.sign_public, &bytes);
    host_leave(p->node);
    return reply_bytes(p, &event, rv, &bytes);
}

/* Those that are held; their count goes in front when it is known. */
static int read_certificates(struct peer *p, const struct session_action *a)
{
    struct session_event event = {.kind = EVENT_CERTIFICATES};
    struct buf rows = {0}, one = {0}, bytes = {.cap = LIMIT_MESSAGE_BYTES - 16};
    size_t count = 0;
    int rv = LINLI_OK;

    if (a->id_count == 0)
        return read_handover(p);

    host_enter(p->node);
    for (size_t i = 0; i < a->id_count && rv == LINLI_OK; i++) {
        buf_clear(&one);
        rv = replica_read_certificate(replica_of(p), &a->ids[i], &one);
        if (rv == LINLI_OK) {
            write_bin(&rows, one.at, one.size);
            count++;
        }
        rv = rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
    }
    host_leave(p->node);
    if (rv == LINLI_OK && count > 0) {
        write_map(&bytes, 1);
        write_uint(&bytes, 1);
        write_array(&bytes, count);
        write_raw(&bytes, buf_span(&rows));
        rv = rows.failed != LINLI_OK ? rows.failed : bytes.failed;
    }
    buf_free(&rows);
    buf_free(&one);
    return reply_bytes(p, &event, rv, &bytes);
}

int access_renew(struct peer *p)
{
    struct peer_access own = {NULL, NULL, 0}, theirs = {NULL, NULL, 0};
    const struct channel_identity *peer = &p->channel->peer;
    int rv = replica_own_access(replica_of(p), &own);

    if (rv == LINLI_OK)
        rv = replica_peer_access(replica_of(p), peer->sign_public, buf_span(&peer->chain), &theirs);
    if (rv != LINLI_OK) {
        peer_access_free(&own);
        return rv;
    }
    peer_access_free(&p->node->own);
    peer_access_free(&p->access);
    p->node->own = own;
    p->access = theirs;
    return LINLI_OK;
}

/* Into the event: the shared set with its digests, and behind it in the same memory what we want of it. Yours: mem_free. */
static int announce_with(struct peer *p, const struct shared_scope *scopes, size_t count, struct session_event *event,
                         const struct part_wanted *wanted, size_t wants, struct session_shared **out)
{
    int rv = LINLI_OK;
    struct session_shared *shared = mem_zalloc(1, (count + 1) * sizeof(*shared) + wants * sizeof(struct session_want));
    if (shared == NULL)
        return LINLI_E_NOMEM;
    struct session_want *asked = (struct session_want *)(void *)(shared + count + 1);
    for (size_t i = 0; i < wants; i++)
        asked[i] = (struct session_want){wanted[i].scope, wanted[i].author, wanted[i].seq, wanted[i].part};
    for (size_t i = 0; i < count && rv == LINLI_OK; i++) {
        struct receipt_element held = {.subtree = false};
        shared[i] = (struct session_shared){.path = scopes[i].path, .id = scopes[i].id, .subtree = scopes[i].subtree};
        rv = replica_element(replica_of(p), &scopes[i].id, scopes[i].subtree, &held);
        shared[i].digest = held.digest;
        shared[i].statements = held.statements;
        shared[i].weight = held.weight;
    }
    if (rv != LINLI_OK) {
        mem_free(shared);
        return rv;
    }
    *out = shared;
    event->shared = shared;
    event->shared_count = count;
    event->wants = asked;
    event->want_count = wants;
    return LINLI_OK;
}

int perform_start(struct peer *p, const struct shared_scope *scopes, size_t count, struct session_event *event,
                  struct session_shared **out)
{
    struct part_wanted *wanted = mem_zalloc(SESSION_WANTS_MAX, sizeof(*wanted));
    size_t wants = 0;

    if (wanted == NULL)
        return LINLI_E_NOMEM;
    int rv = replica_arrival(replica_of(p), &event->arrival);
    if (rv == LINLI_OK)
        rv = replica_wants(replica_of(p), p->device, scopes, count, wanted, SESSION_WANTS_MAX, &wants);
    if (rv == LINLI_OK)
        rv = announce_with(p, scopes, count, event, wanted, wants, out);
    mem_free(wanted);
    return rv;
}

static int shared_now(struct peer *p, struct session_event *event, struct session_shared **out)
{
    struct shared_scope *scopes = NULL;
    size_t count = 0;
    int rv = access_renew(p);

    if (rv == LINLI_OK)
        rv = replica_shared(replica_of(p), &p->node->own, &p->access, &scopes, &count);
    if (rv == LINLI_OK)
        rv = perform_start(p, scopes, count, event, out);
    mem_free(scopes);
    return rv;
}

static int read_digests(struct peer *p)
{
    struct session_event event = {.kind = EVENT_DIGEST};
    struct session_shared *shared = NULL;

    host_enter(p->node);
    event.code = shared_now(p, &event, &shared);
    host_leave(p->node);
    int rv = reply(p, &event);
    mem_free(shared);
    return rv;
}

static int add_grants(struct peer *p, const struct session_action *a)
{
    struct reader r;
    size_t added;

    reader_start(&r, a->bytes);
    size_t count = reader_array(&r, LIMIT_CERTIFICATES);
    span *certificates = mem_zalloc(count + 1, sizeof(*certificates));
    if (certificates == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < count; i++)
        certificates[i] = reader_bin(&r, LIMIT_STATEMENT_BYTES);
    host_enter(p->node);
    int rv = reader_end(&r) == LINLI_OK ? replica_grants_add(replica_of(p), certificates, count, &added) : LINLI_E_PROTOCOL;
    host_leave(p->node);
    mem_free(certificates);
    return rv;
}

static bool may_hold(const struct peer *p, const struct scope_path *path, uint64_t now_ms)
{
    const struct peer_access *own = &p->node->own, *theirs = &p->access;
    return decide_read(own->grants, own->term_end_ms, own->count, path, now_ms) != 0 &&
           decide_read(theirs->grants, theirs->term_end_ms, theirs->count, path, now_ms) != 0;
}

const struct scope_path *perform_learnt(const struct peer *p, const linli_id *scope)
{
    for (size_t i = 0; i < p->learn_count; i++)
        if (id_equal(&p->learns[i].id, scope))
            return &p->learns[i].path;
    return NULL;
}

/*
 * A scope is mostly learnt from its own record, in its parent's logs. So it is only noted here, and held from when a run of
 * it comes that is good (batch.c): names cost the peer nothing, and leave nothing in the store. The latest are kept.
 */
static int learn_later(struct peer *p, const struct session_action *a)
{
    host_enter(p->node);
    bool ours = may_hold(p, &a->path, replica_now_ms(replica_of(p)));
    host_leave(p->node);
    if (!ours || perform_learnt(p, &a->scope) != NULL)
        return LINLI_OK;
    if (p->learn_count < LEARNS_MAX) {
        int rv = mem_grow(&p->learns, &p->learn_room, p->learn_count + 1, sizeof(*p->learns));
        if (rv != LINLI_OK)
            return rv;
        p->learn_next = p->learn_count++;
    }
    ALWAYS(p->learns != NULL);
    p->learns[p->learn_next] = (struct learnt){.id = a->scope, .path = a->path};
    p->learn_next = (p->learn_next + 1) % LEARNS_MAX;
    return LINLI_OK;
}

static int fill_part(struct peer *p, const struct session_action *a)
{
    host_enter(p->node);
    int rv = replica_part_fill(replica_of(p), &a->scope, &a->author, a->seq, a->part, a->bytes);
    host_leave(p->node);
    /* One that is not wanted any more, or never was, changes nothing. */
    return rv == LINLI_E_NOT_FOUND || rv == LINLI_E_FORMAT || rv == LINLI_E_SIGNATURE || rv == LINLI_E_EXISTS ? LINLI_OK : rv;
}

static int read_heard(struct peer *p)
{
    struct session_event event = {.kind = EVENT_HEARD};
    struct buf plain = {0}, listing = {0};
    int rv = receipts_read(p, &plain, &listing);

    event.listing = buf_span(&listing);
    rv = reply_bytes(p, &event, rv, &plain);
    buf_free(&listing);
    return rv;
}

static int sign(struct peer *p, const struct session_action *a)
{
    struct session_event event = {.kind = EVENT_SIGNED};
    struct buf bytes = {0};

    return reply_bytes(p, &event, receipts_sign(p, a, &bytes), &bytes);
}

int perform(struct peer *p, const struct session_action *a)
{
    switch (a->kind) {
    case ACTION_SEND: return wire_send(p, a->stream, a->bytes);
    case ACTION_READ_DETAIL: return read_detail(p, a);
    case ACTION_READ_RUN: return read_run(p, a);
    case ACTION_READ_PART: return read_part(p, a);
    case ACTION_READ_CERTIFICATES: return read_certificates(p, a);
    case ACTION_READ_DIGESTS: return read_digests(p);
    case ACTION_READ_HEARD: return read_heard(p);
    case ACTION_SIGN: return sign(p, a);
    case ACTION_RECEIPT: return receipts_take(p, a);
    case ACTION_HEARD: return receipts_hear(p, a);
    case ACTION_INGEST: return batch_add(p->node, p, a);
    case ACTION_GRANTS: return add_grants(p, a);
    case ACTION_LEARN: return learn_later(p, a);
    case ACTION_FILL: return fill_part(p, a);
    case ACTION_SETTLED:
        met_settled(p, a);
        p->stats = *session_stats(p->session);
        if (p->owner.settled != NULL)
            p->owner.settled(p->owner.ctx, p);
        return LINLI_OK;
    case ACTION_CLOSE:
        peer_leave(p, a->code);
        return LINLI_OK;
    }
    return LINLI_E_INTERNAL;
}
