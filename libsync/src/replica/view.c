/* replica: a record's readable state and what follows from it: index values, counters, figures, the conflict mark, the event. */
#include "replica/internal.h"

static int state_read(struct work *w, uint32_t scope, const linli_id *record, struct record_state *out)
{
    span bytes;
    int rv = view_get(w->txn, scope, record, &bytes);

    *out = (struct record_state){0};
    if (rv == LINLI_E_NOT_FOUND)
        return LINLI_OK;
    if (rv != LINLI_OK)
        return rv;
    bytes = arena_copy(&w->scratch, bytes); /* the state lends it, and the map changes under it */
    return bytes.at == NULL ? LINLI_E_NOMEM : record_decode(&w->scratch, bytes, out);
}

bool view_in_conflict(const struct record_state *state)
{
    for (size_t i = 0; i < state->count; i++)
        if (reading_in_conflict(&state->groups[i]))
            return true;
    return false;
}

bool view_counts(const struct record_state *state)
{
    enum record_life life = reading_life(state);

    return life == LIFE_ALIVE || life == LIFE_REVIVED;
}

static int count_update(struct work *w, uint32_t scope, const struct record_state *before,
                        const struct record_state *after)
{
    bool was = view_counts(before), is = view_counts(after);
    int rv = LINLI_OK;

    if (was == is && (!was || before->type == after->type))
        return LINLI_OK;
    if (was != is)
        rv = work_count(w, scope, COUNT_RECORDS, is ? 1 : -1);
    if (rv == LINLI_OK && was)
        rv = work_count(w, scope, COUNT_TYPE + before->type, -1);
    if (rv == LINLI_OK && is)
        rv = work_count(w, scope, COUNT_TYPE + after->type, 1);
    return rv;
}

static int conflict_update(struct work *w, uint32_t scope, const linli_id *record, const struct record_state *before,
                           const struct record_state *after)
{
    bool was = view_in_conflict(before), is = view_in_conflict(after);

    if (was == is)
        return LINLI_OK;
    int rv = conflict_mark(w->txn, scope, record, is);
    return rv == LINLI_OK ? work_count(w, scope, COUNT_CONFLICTS, is ? 1 : -1) : rv;
}

/* What follows from how a record reads here, from one state to the other: the first `keys` of the ring opened `before`. */
static int reading_write(struct work *w, uint32_t scope, const linli_id *record, const struct record_state *before, size_t keys,
                         const struct record_state *after)
{
    struct opening was = {w->r, w->txn, &w->scratch, scope, record, keys, NULL}, is = was;
    struct record_state x, y;
    int rv = open_state(&was, before, &x);

    is.keys = w->r->ring.count;
    if (rv == LINLI_OK)
        rv = open_state(&is, after, &y);
    if (rv == LINLI_OK)
        rv = index_update(w, scope, record, &x, &y);
    return rv == LINLI_OK ? conflict_update(w, scope, record, &x, &y) : rv;
}

/* Everything that follows from a record's state, from one to the other. */
static int state_write(struct work *w, uint32_t scope, const linli_id *record, const struct record_state *before,
                       const struct record_state *after)
{
    struct linli_event event = {.kind = LINLI_EVENT_RECORD, .record = *record};
    struct scope_row row;
    int rv;

    buf_clear(&w->bytes);
    if (after->count == 0) {
        rv = view_delete(w->txn, scope, record);
        rv = rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
    } else {
        rv = record_encode(after, &w->bytes);
        if (rv == LINLI_OK)
            rv = view_put(w->txn, scope, record, buf_span(&w->bytes));
    }
    if (rv == LINLI_OK)
        rv = reading_write(w, scope, record, before, w->r->ring.count, after);
    if (rv == LINLI_OK)
        rv = count_update(w, scope, before, after);
    if (rv == LINLI_OK)
        rv = tally_update(w, scope, record, before, after);
    if (rv != LINLI_OK || w->r->listen == NULL)
        return rv;
    rv = scope_get(w->txn, scope, &row);
    event.scope = row.id;
    return rv == LINLI_OK ? work_event(w, &event) : rv;
}

int view_merge(struct work *w, uint32_t scope, const linli_id *record, const struct merging *writes, size_t count)
{
    struct arena_mark mark = arena_mark(&w->scratch); /* many records need the room of the largest, not of all */
    struct record_state before, after, news = {0};
    int rv = state_read(w, scope, record, &before);

    for (size_t i = 0; i < count && rv == LINLI_OK; i++) {
        const struct merging *m = &writes[i];
        rv = record_apply_all(&w->scratch, &news, m->type, m->ops, m->count, m->author, m->seq, m->stamp);
    }
    if (rv == LINLI_OK)
        rv = record_merge(&w->scratch, &before, &news, &after);
    if (rv == LINLI_OK)
        rv = state_write(w, scope, record, &before, &after);
    arena_rewind(&w->scratch, mark);
    return rv;
}

int view_replace(struct work *w, uint32_t scope, const linli_id *record, const struct record_state *now)
{
    struct arena_mark mark = arena_mark(&w->scratch);
    struct record_state before;
    int rv = state_read(w, scope, record, &before);

    if (rv == LINLI_OK)
        rv = state_write(w, scope, record, &before, now);
    arena_rewind(&w->scratch, mark);
    return rv;
}

/* The records that keys beyond the first of the ring may open. */
struct listed {
    const struct key_ring *ring;
    size_t keys_before;
    linli_id *at;
    size_t count, room;
    int failed;
};

/* What a key seals begins with the key's id: where that does not stand in a state, nothing is read and made again for it. */
static bool may_open(const struct listed *l, span state)
{
    for (size_t i = l->keys_before; i < l->ring->count; i++)
        if (span_contains(state, span_of(l->ring->at[i].key.id.b, ID_BYTES)))
            return true;
    return false;
}

static bool listed_add(void *ctx, const linli_id *record, span state)
{
    struct listed *l = ctx;

    if (!may_open(l, state))
        return true;
    l->failed = mem_grow(&l->at, &l->room, l->count + 1, sizeof(*l->at));
    if (l->failed == LINLI_OK)
        l->at[l->count++] = *record;
    return l->failed == LINLI_OK;
}

int view_reopen(struct work *w, uint32_t scope, size_t keys_before)
{
    struct listed listed = {.ring = &w->r->ring, .keys_before = keys_before};
    int rv = view_each(w->txn, scope, listed_add, &listed);

    rv = rv == LINLI_OK ? listed.failed : rv;
    for (size_t i = 0; i < listed.count && rv == LINLI_OK; i++) {
        struct arena_mark mark = arena_mark(&w->scratch);
        struct record_state state;
        rv = state_read(w, scope, &listed.at[i], &state);
        if (rv == LINLI_OK)
            rv = reading_write(w, scope, &listed.at[i], &state, keys_before, &state);
        arena_rewind(&w->scratch, mark);
    }
    mem_free(listed.at);
    return rv;
}
