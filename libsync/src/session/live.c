/* session: after settling: changes are pushed as they happen, and never back to where they came from. */
#include "session/internal.h"

static struct mark *known_find(const struct session *s, const linli_id *scope, const linli_author *author)
{
    for (size_t i = 0; s->known != NULL && i < KNOWN_MAX; i++)
        if (s->known[i].seq > 0 && id_equal(&s->known[i].scope, scope) && author_equal(&s->known[i].author, author))
            return &s->known[i];
    return NULL;
}

/* A few logs are remembered, for pushing from the right place; what is forgotten costs the peer an ask or some bytes. */
void live_known(struct session *s, const linli_id *scope, const linli_author *author, uint64_t seq)
{
    struct mark *mark = known_find(s, scope, author);

    if (!s->config.live || !s->peer_live)
        return;
    if (s->known == NULL)
        s->known = mem_zalloc(KNOWN_MAX, sizeof(*s->known));
    if (s->known == NULL)
        return;
    if (mark == NULL) {
        mark = &s->known[s->known_next];
        s->known_next = (s->known_next + 1) % KNOWN_MAX;
        *mark = (struct mark){.scope = *scope, .author = *author};
    }
    if (seq > mark->seq)
        mark->seq = seq;
}

void live_round_soon(struct session *s)
{
    if (s->round_at_ms == 0 || s->round_at_ms > s->now_ms + ROUND_AGAIN_MS)
        s->round_at_ms = s->now_ms + ROUND_AGAIN_MS;
}

static struct job *push_find(struct session *s, const struct session_event *event)
{
    for (size_t i = 0; i < s->pushes.count; i++) {
        struct job *job = &s->pushes.at[s->pushes.head + i];
        if (id_equal(&job->scope, &event->scope) && author_equal(&job->author, &event->author))
            return job;
    }
    return NULL;
}

int live_changed(struct session *s, const struct session_event *event)
{
    s->moved = s->stale = true;
    confirm_soon(s);
    if (!s->config.live || (s->phase > PHASE_OPENING && !s->peer_live))
        return LINLI_OK;
    if (id_is_zero(&event->scope)) { /* more changed than was kept count of */
        s->pushes_lost = true;
        live_round_soon(s);
        return LINLI_OK;
    }
    const struct mark *known = known_find(s, &event->scope, &event->author);
    if (known != NULL && known->seq >= event->seq)
        return LINLI_OK;
    struct job *waiting = push_find(s, event);
    if (waiting != NULL) {
        waiting->to = event->seq > waiting->to ? event->seq : waiting->to;
        return LINLI_OK;
    }
    if (s->pushes.count == PUSHES_MAX) {
        s->pushes_lost = true;
        live_round_soon(s);
        return LINLI_OK;
    }
    struct job job = {.kind = JOB_LOG, .scope = event->scope, .author = event->author, .from = event->seq, .to = event->seq};
    if (known != NULL)
        job.from = known->seq + 1;
    else if (event->from > 0 && event->from < event->seq)
        job.from = event->from;
    return jobs_push(&s->pushes, &job);
}

int live_begin(struct session *s)
{
    s->phase = PHASE_LIVE;
    s->ping_ms = s->progress_ms = s->now_ms;
    s->round_at_ms = 0;
    if (s->pushes_lost)
        live_round_soon(s);
    s->pushes_lost = false;
    details_clear(s);
    mem_free(s->shared);
    s->shared = NULL;
    s->shared_count = 0;
    mem_free(s->walks);
    s->walks = NULL;
    s->walk_count = s->walk_room = 0;
    buf_free(&s->held);
    s->held.cap = LIMIT_MESSAGE_BYTES;
    /* What went out in the rounds needs no push. */
    for (size_t left = s->pushes.count; left > 0; left--) {
        struct job job = *jobs_first(&s->pushes);
        const struct mark *known = known_find(s, &job.scope, &job.author);
        if (known == NULL || known->seq < job.to) {
            int rv = jobs_push(&s->pushes, &job);
            if (rv != LINLI_OK)
                return rv;
        }
        jobs_pop(&s->pushes);
    }
    return LINLI_OK;
}

int live_ping(struct session *s)
{
    struct buf message = {0};
    struct hello hello = {.version_low = SESSION_VERSION,
                          .version_high = SESSION_VERSION,
                          .clock_ms = s->config.clock_ms,
                          .store_epoch = s->config.store_epoch,
                          .credit_bytes = s->config.credit_bytes,
                          .live = true};

    (void)hello_encode(&message, &hello);
    return action_send(s, STREAM_CONTROL, &message);
}
