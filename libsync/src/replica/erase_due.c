/* replica: records that are past the term for which their type may be kept. */
#include "replica/erasing.h"
#include "replica/reading.h"

static const uint64_t DAY_MS = UINT64_C(24) * 3600 * 1000;

struct looking {
    struct replica *r;
    const struct scope_at *scope;
    linli_due_fn fn;
    void *ctx;
    struct arena arena;
    bool stopped;
    int rv;
};

/* When something that can be erased was last written of it; 0: nothing is left of that. */
static uint64_t last_written(const struct record_state *state)
{
    linli_stamp last = 0;

    for (size_t i = 0; i < state->count; i++) {
        const struct group_state *g = &state->groups[i];
        if ((ERASABLE >> group_class(g->group) & 1) == 0)
            continue;
        for (size_t k = 0; k < g->count; k++)
            for (size_t v = 0; v < g->cells[k].count; v++)
                last = g->cells[k].values[v].stamp > last ? g->cells[k].values[v].stamp : last;
    }
    return hlc_ms(last);
}

static bool record_look(void *ctx, const linli_id *record, span bytes)
{
    struct looking *l = ctx;
    struct record_state state;

    arena_reset(&l->arena);
    l->rv = record_decode(&l->arena, bytes, &state);
    if (l->rv != LINLI_OK)
        return false;
    const struct linli_schema_type *type = linli_schema_type_by_number(state.type);
    uint64_t last_ms = type == NULL || type->keep_days == 0 ? 0 : last_written(&state);
    if (last_ms == 0 || clock_now_ms(&l->r->clock) < last_ms + type->keep_days * DAY_MS)
        return true;
    struct linli_due due = {l->scope->id, *record, state.type, last_ms};
    l->stopped = !l->fn(l->ctx, &due);
    return !l->stopped;
}

int replica_due_each(struct replica *r, const linli_id *scope, linli_due_fn fn, void *ctx)
{
    struct looking l = {.r = r, .fn = fn, .ctx = ctx};
    struct scope_list scopes = {0};
    struct store_txn *txn = NULL;
    int rv = store_begin(r->store, false, &txn);

    if (rv == LINLI_OK)
        rv = scope_list_make(txn, scope, true, &scopes);
    for (size_t i = 0; i < scopes.count && rv == LINLI_OK && !l.stopped; i++) {
        l.scope = &scopes.at[i];
        rv = view_each(txn, scopes.at[i].number, record_look, &l);
        rv = rv == LINLI_OK ? l.rv : rv;
    }
    scope_list_free(&scopes);
    rv = store_end(txn, rv);
    arena_free(&l.arena);
    return rv == LINLI_E_FORMAT ? LINLI_E_CORRUPT : rv;
}
