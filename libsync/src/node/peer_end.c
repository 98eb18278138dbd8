/* node: how a connection ends: at once, or with what is queued gone out first; and what is reported of it. */
#include <string.h>

#include "node/internal.h"

static void closed(uv_handle_t *handle)
{
    struct peer *p = handle->data;
    struct node *n = p->node;

    if (p->previous != NULL)
        p->previous->next = p->next;
    else
        n->peers = p->next;
    if (p->next != NULL)
        p->next->previous = p->previous;
    n->peer_count--;
    wire_free(p);
    mem_free(p->rest);
    who_free(p);
    enrol_forget(p);
    if (p->channel != NULL)
        channel_free(p->channel);
    secret_give(&n->secrets, p->secrets, sizeof(*p->secrets));
    session_free(p->session);
    peer_access_free(&p->access);
    mem_free(p->learns);
    mem_free(p);
}

void peer_cut(struct peer *p, int code)
{
    struct node *n = p->node;

    if (p->stage == PEER_CLOSING)
        return;
    lobby_leave(p, false);
    if (p->stage >= PEER_TALKING)
        pace_parted(n, p->device, &p->pace);
    if (p->stage == PEER_SHAKING && p->talk == TALK_ENROL_ANSWER)
        enrol_wrong(p);
    if (p->stage != PEER_LEAVING)
        p->code = code;
    if (p->session != NULL)
        p->stats = *session_stats(p->session);
    p->stage = PEER_CLOSING;
    if (p->admitted)
        atomic_fetch_sub(&n->admitted, 1);
    batch_forget(n, p);
    share_forget(p);
    if (p->owner.ended != NULL)
        p->owner.ended(p->owner.ctx, p, p->code);
    p->owner = (struct peer_owner){0};
    uv_close((uv_handle_t *)&p->tcp, closed);
}

static void shut_done(uv_shutdown_t *request, int status)
{
    (void)status;
    mem_free(request);
}

/* All is out: say so to the other side, and read on until it closes, so that nothing it has yet to read is lost. */
void peer_shut(struct peer *p)
{
    uv_shutdown_t *request = p->wire.shut ? NULL : mem_alloc(sizeof(*request));

    if (request == NULL)
        return;
    p->wire.shut = true;
    if (uv_shutdown(request, (uv_stream_t *)&p->tcp, shut_done) != 0)
        mem_free(request);
}

void peer_leave(struct peer *p, int code)
{
    if (p->stage >= PEER_LEAVING)
        return;
    if (p->stage <= PEER_SHAKING) {
        peer_cut(p, code);
        return;
    }
    p->code = code;
    p->stage = PEER_LEAVING;
    p->since_ms = uv_now(&p->node->loop);
    int rv = wire_flush(p);
    if (rv != LINLI_OK)
        peer_cut(p, rv);
    else if (!p->wire.writing)
        peer_shut(p);
    share_wake(p);
}

/* A word before the end, where there is no session to say it. */
void peer_refuse(struct peer *p, enum bye_reason reason, int code)
{
    struct buf message = {0};
    int rv = bye_encode(&message, reason);

    if (rv == LINLI_OK)
        (void)wire_send(p, STREAM_CONTROL, buf_span(&message));
    buf_free(&message);
    peer_leave(p, code);
}

void peer_lost(struct peer *p)
{
    int code = LINLI_E_CLOSED;

    /* Whoever does not know our network closes after our first bytes, and says nothing. */
    if (p->stage == PEER_SHAKING && p->channel->initiator && p->channel->bytes_in == 0)
        code = LINLI_E_NETWORK;
    peer_cut(p, code);
}

void peer_report(const struct peer *p, struct linli_session_report *out)
{
    const struct session_stats *stats = p->session != NULL ? session_stats(p->session) : &p->stats;

    *out = (struct linli_session_report){.round_trips = stats->round_trips, .set_aside = p->set_aside,
                                         .settled = stats->settled, .clock_difference_ms = stats->clock_difference_ms,
                                         .seconds = (double)(uv_hrtime() - p->began_ns) / 1e9};
    out->in.changesets = stats->in_changesets;
    out->out.changesets = stats->out_changesets;
    if (p->channel != NULL) {
        memcpy(out->peer.key, p->channel->peer.sign_public, KEY_BYTES);
        out->peer.incarnation = p->channel->peer.incarnation;
        out->in.bytes = p->channel->bytes_in;
        out->out.bytes = p->channel->bytes_out;
    }
    if (p->access.count > 0)
        out->role = (enum linli_role)p->access.grants[0].role;
}
