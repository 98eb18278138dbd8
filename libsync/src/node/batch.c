/* node: group commit: the runs that came from all peers in one turn of the loop are stored by one call. */
#include <string.h>

#include "node/internal.h"

int batch_add(struct node *n, struct peer *p, const struct session_action *action)
{
    struct batch *b = &n->batch;
    int rv = mem_grow(&b->at, &b->room, b->count + 1, sizeof(*b->at));
    uint8_t *bytes = rv == LINLI_OK ? mem_dup(action->bytes.at, action->bytes.size) : NULL;

    if (bytes == NULL)
        return LINLI_E_NOMEM;
    b->at[b->count++] = (struct arrival){.peer = p, .scope = action->scope, .author = action->author, .first = action->seq,
                                         .last = action->from, .bytes = bytes, .size = action->bytes.size};
    b->bytes += action->bytes.size;
    return LINLI_OK;
}

void batch_forget(struct node *n, const struct peer *p)
{
    for (size_t i = 0; i < n->batch.count; i++)
        if (n->batch.at[i].peer == p)
            n->batch.at[i].peer = NULL;
}

static void release(struct batch *b)
{
    for (size_t i = 0; i < b->count; i++)
        mem_free(b->at[i].bytes);
    mem_free(b->at);
    *b = (struct batch){0};
}

void batch_free(struct node *n)
{
    release(&n->batch);
}

/* What became of a batch: outs and codes, one for each run. */
struct stored {
    span *runs;
    struct ingested *outs;
    int *codes;
};

static bool stored_room(struct stored *s, size_t count)
{
    s->runs = mem_zalloc(count, sizeof(*s->runs));
    s->outs = mem_zalloc(count, sizeof(*s->outs));
    s->codes = mem_zalloc(count, sizeof(*s->codes));
    return s->runs != NULL && s->outs != NULL && s->codes != NULL;
}

static void stored_free(struct stored *s)
{
    mem_free(s->runs);
    mem_free(s->outs);
    mem_free(s->codes);
}

/* Runs of scopes that are not held, but that their peer spoke of. Whether anything was stored. */
static bool try_learnt(struct node *n, struct batch *b, struct stored *s)
{
    bool advanced = false;

    for (size_t i = 0; i < b->count; i++) {
        struct peer *p = b->at[i].peer;
        const struct scope_path *path = NULL;
        if (s->codes[i] == LINLI_E_NOT_FOUND && p != NULL)
            path = perform_learnt(p, &b->at[i].scope);
        if (path == NULL)
            continue;
        int rv = replica_ingest_below(n->host.replica, path, s->runs[i], &s->outs[i], &s->codes[i]);
        s->codes[i] = rv != LINLI_OK ? rv : s->codes[i];
        advanced = advanced || s->codes[i] == LINLI_OK;
    }
    return advanced;
}

static void store(struct node *n, struct batch *b, struct stored *s)
{
    for (size_t i = 0; i < b->count; i++)
        s->runs[i] = span_of(b->at[i].bytes, b->at[i].size);
    host_enter(n);
    int rv = replica_ingest(n->host.replica, s->runs, b->count, s->outs, s->codes);
    for (size_t i = 0; rv != LINLI_OK && i < b->count; i++)
        s->codes[i] = rv;
    if (rv == LINLI_OK && try_learnt(n, b, s))
        (void)try_learnt(n, b, s); /* what came before that on which it rests */
    for (size_t i = 0; i < b->count; i++) {
        struct post post = {.scope = b->at[i].scope, .author = b->at[i].author, .seq = s->outs[i].head};
        if (s->codes[i] == LINLI_OK && s->outs[i].advanced > 0 && n->listening)
            posts_told(n, &post);
    }
    host_leave(n);
}

static enum session_outcome outcome_of(enum ingest_outcome outcome)
{
    switch (outcome) {
    case INGEST_STORED: return OUTCOME_STORED;
    case INGEST_WAITING: return OUTCOME_WAITING;
    case INGEST_GAP: return OUTCOME_GAP;
    case INGEST_FORKED: return OUTCOME_FORKED;
    case INGEST_HELD_BACK: return OUTCOME_HELD_BACK;
    }
    return OUTCOME_STORED;
}

static void answer(struct arrival *a, const struct ingested *out, int code)
{
    struct session_event event = {.kind = EVENT_INGESTED, .scope = a->scope, .author = a->author, .seq = a->first,
                                  .last = a->last, .bytes = span_of(a->bytes, a->size), .code = code};

    if (a->peer == NULL || a->peer->session == NULL)
        return;
    if (code == LINLI_OK) {
        event.outcome = outcome_of(out->outcome);
        event.from = out->from;
        event.advanced = out->advanced;
        a->peer->set_aside += out->set_aside;
    }
    peer_step(a->peer, &event);
}

void batch_flush(struct node *n)
{
    struct batch b = n->batch;
    struct stored s = {NULL, NULL, NULL};

    n->turn++; /* what comes from here on is stored by another call */
    if (b.count == 0)
        return;
    n->batch = (struct batch){0};
    bool room = stored_room(&s, b.count);
    uint64_t began_ns = uv_hrtime();
    if (room)
        store(n, &b, &s);
    uint64_t each_ns = (uv_hrtime() - began_ns) / b.count;
    for (size_t i = 0; i < b.count; i++)
        if (b.at[i].peer != NULL)
            pace_add(&b.at[i].peer->pace, each_ns);
    /* Peers may end while they are answered: batch_forget looks at n->batch. */
    n->batch = b;
    for (size_t i = 0; i < b.count; i++)
        answer(&n->batch.at[i], room ? &s.outs[i] : NULL, room ? s.codes[i] : LINLI_E_NOMEM);
    for (size_t i = 0; room && n->listening && i < b.count; i++) {
        struct post post = {.scope = b.at[i].scope, .author = b.at[i].author, .seq = s.outs[i].head};
        if (s.codes[i] == LINLI_OK && s.outs[i].advanced > 0)
            posts_tell_one(n, &post, s.outs[i].head - s.outs[i].advanced + 1, n->batch.at[i].peer);
    }
    release(&n->batch);
    stored_free(&s);
}
