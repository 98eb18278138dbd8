/* replica: the runs that are kept beside the logs, evidence of forks and what waits, looked through and written again. */
#include "replica/erasing.h"

struct looking {
    struct work *w;
    uint32_t scope;
    struct log log;          /* of the rows looked at: its names */
    struct arena arena;      /* of one run */
    int (*fn)(void *ctx, struct kept_run *kept, bool *changed);
    void *ctx;
    int failed;
};

/* Opens a run that was authentic when it was kept, and gives its bytes as they are to be kept from now on; empty: as they are. */
static int run_look(struct looking *l, span bytes, struct buf *out)
{
    struct changeset *changesets = NULL;
    struct run run;
    bool changed = false;

    arena_reset(&l->arena);
    arena_reset(&l->w->scratch);
    span copy = arena_copy(&l->arena, bytes);
    int rv = copy.at == NULL ? LINLI_E_NOMEM : run_decode(&l->arena, copy, &run);
    if (rv == LINLI_OK)
        rv = run_open(&l->arena, &run, &l->w->r->self.network, &changesets);
    if (rv != LINLI_OK)
        return rv == LINLI_E_NOMEM ? rv : LINLI_E_CORRUPT;
    struct kept_run kept = {.run = &run, .changesets = changesets, .log = {.scope = l->scope, .scope_id = run.scope,
                                                                           .name = run.author}};
    rv = l->fn(l->ctx, &kept, &changed);
    return rv == LINLI_OK && changed ? run_encode(&run, out) : rv;
}

static bool branch_look(void *ctx, unsigned branch, const linli_hash *first_id, span bytes)
{
    struct looking *l = ctx;
    const linli_hash id = *first_id;
    struct buf again = {0};

    l->failed = run_look(l, bytes, &again);
    if (l->failed == LINLI_OK && again.size > 0)
        l->failed = branch_put(l->w->txn, l->scope, l->log.author, branch, &id, buf_span(&again));
    buf_free(&again);
    return l->failed == LINLI_OK;
}

static bool head_look(void *ctx, uint32_t author, const struct head_row *head)
{
    struct looking *l = ctx;

    if (!head->frozen)
        return true;
    l->log.author = author;
    int rv = branch_each(l->w->txn, l->scope, author, branch_look, l);
    l->failed = l->failed == LINLI_OK ? rv : l->failed;
    return l->failed == LINLI_OK;
}

static int waiting_look(void *ctx, span bytes, struct buf *out)
{
    return run_look(ctx, bytes, out);
}

int kept_runs(struct work *w, uint32_t scope, int (*fn)(void *ctx, struct kept_run *kept, bool *changed), void *ctx)
{
    struct looking l = {.w = w, .scope = scope, .fn = fn, .ctx = ctx};
    struct scope_row row;
    int rv = scope_get(w->txn, scope, &row);

    if (rv == LINLI_OK)
        rv = head_each(w->txn, scope, head_look, &l);
    rv = rv == LINLI_OK ? l.failed : rv;
    if (rv == LINLI_OK)
        rv = waiting_each(w, &row.id, waiting_look, &l);
    arena_free(&l.arena);
    return rv;
}
