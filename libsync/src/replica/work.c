/* replica: one write transaction: what it touched, and the way back when it fails. */
#include "replica/erasing.h"

/* How far back a list is searched for the same scope before it is listed again: mostly it is the last one. */
enum { LOOK_BACK = 64 };

int work_touch(struct work *w, uint32_t scope)
{
    size_t first = w->scope_count > LOOK_BACK ? w->scope_count - LOOK_BACK : 0;

    for (size_t i = w->scope_count; i > first; i--)
        if (w->scopes[i - 1] == scope)
            return LINLI_OK;
    int rv = mem_grow(&w->scopes, &w->scope_room, w->scope_count + 1, sizeof(*w->scopes));
    if (rv == LINLI_OK)
        w->scopes[w->scope_count++] = scope;
    return rv;
}

int work_count(struct work *w, uint32_t scope, uint32_t what, int64_t by)
{
    size_t first = w->count_count > LOOK_BACK ? w->count_count - LOOK_BACK : 0;

    for (size_t i = w->count_count; i > first; i--)
        if (w->counts[i - 1].scope == scope && w->counts[i - 1].what == what) {
            w->counts[i - 1].by += by;
            return LINLI_OK;
        }
    int rv = mem_grow(&w->counts, &w->count_room, w->count_count + 1, sizeof(*w->counts));
    if (rv == LINLI_OK)
        w->counts[w->count_count++] = (struct work_count){scope, what, by};
    return rv;
}

int work_event(struct work *w, const struct linli_event *event)
{
    if (w->r->listen == NULL)
        return LINLI_OK;
    int rv = mem_grow(&w->events, &w->event_room, w->event_count + 1, sizeof(*w->events));
    if (rv == LINLI_OK)
        w->events[w->event_count++] = *event;
    return rv;
}

int work_author(struct work *w, const linli_author *author, uint32_t *number)
{
    struct replica *r = w->r;
    int rv = author_number(w->txn, author, true, number);

    if (rv != LINLI_OK || *number <= r->author_count)
        return rv;
    if (*number != r->author_count + 1)
        return LINLI_E_CORRUPT; /* numbers are given out one after another */
    rv = mem_grow(&r->authors, &r->author_room, r->author_count + 1, sizeof(*r->authors));
    if (rv == LINLI_OK)
        r->authors[r->author_count++] = *author;
    return rv;
}

static int counts_flush(struct work *w)
{
    int64_t totals[COUNT_FORKS + 1] = {0};
    int rv = LINLI_OK;

    for (size_t i = 0; i < w->count_count && rv == LINLI_OK; i++) {
        const struct work_count *c = &w->counts[i];
        if (c->what <= COUNT_FORKS)
            totals[c->what] += c->by;
        if (c->by != 0)
            rv = count_add(w->txn, c->scope, c->what, c->by);
    }
    for (uint32_t what = 1; what <= COUNT_FORKS && rv == LINLI_OK; what++)
        if (totals[what] != 0)
            rv = count_add(w->txn, SCOPE_TOTAL, what, totals[what]);
    return rv;
}

static void work_free(struct work *w)
{
    arena_free(&w->arena);
    arena_free(&w->scratch);
    buf_free(&w->bytes);
    mem_free(w->scopes);
    mem_free(w->counts);
    mem_free(w->tallies.at);
    mem_free(w->events);
    mem_free(w->said);
    mem_free(w->dues);
}

/* What the replica keeps in memory goes back to what it was. */
static void roll_back(struct work *w)
{
    w->r->author_count = w->authors_before;
    w->r->own_count = w->own_before;
    ring_cut(&w->r->ring, w->ring_before);
    w->r->tend_due = w->tend_before;
    w->r->stamp_last = w->last_before;
    w->r->stamp_signed = w->signed_before;
    w->r->self.incarnation = w->r->author.incarnation = w->incarnation_before;
}

static void tell(struct work *w)
{
    for (size_t i = 0; i < w->event_count; i++)
        w->r->listen(w->r->listen_ctx, &w->events[i]);
}

/*
 * What the step let in is followed: of what is accepted now grants may be learned, which runs wait for, and which open to us
 * what is held already.
 */
static int follow(struct work *w)
{
    int rv = LINLI_OK;

    while (rv == LINLI_OK && (w->said_count > 0 || w->due_count > 0)) {
        rv = erase_follow(w);
        if (rv == LINLI_OK)
            rv = ingest_waiting(w);
    }
    return rv == LINLI_OK ? want_follow(w) : rv;
}

static int run_once(struct replica *r, int (*step)(struct work *w, void *ctx), void *ctx, bool *urgent)
{
    struct work w = {.r = r, .authors_before = r->author_count, .own_before = r->own_count, .ring_before = r->ring.count,
                     .last_before = r->stamp_last, .signed_before = r->stamp_signed,
                     .incarnation_before = r->self.incarnation, .tend_before = r->tend_due};
    int rv = store_begin(r->store, true, &w.txn);

    if (rv == LINLI_OK)
        rv = step(&w, ctx);
    if (rv == LINLI_OK)
        rv = follow(&w);
    if (rv == LINLI_OK)
        rv = digest_refresh(&w);
    if (rv == LINLI_OK)
        rv = counts_flush(&w);
    if (rv == LINLI_OK)
        rv = tally_flush(&w);
    rv = rv == LINLI_OK ? store_commit(w.txn) : store_end(w.txn, rv);
    r->stale = r->stale || (rv == LINLI_OK && w.stale);
    if (rv == LINLI_OK)
        tell(&w);
    else
        roll_back(&w);
    *urgent = w.urgent;
    work_free(&w);
    return rv;
}

int work_run(struct replica *r, int (*step)(struct work *w, void *ctx), void *ctx)
{
    bool urgent;
    int rv = run_once(r, step, ctx, &urgent);

    while (rv == LINLI_E_FULL && (store_grow(r->store) == LINLI_OK || (urgent && store_reserve_spend(r->store) == LINLI_OK)))
        rv = run_once(r, step, ctx, &urgent);
    return rv;
}
