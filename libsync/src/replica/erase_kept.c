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
    struct kept_run kept = {.run = &run, .changesets = changesets, .log = {.scope_id = run.scope, .name = run.author}};
    rv = scope_number(l->w->txn, &run.scope, &kept.log.scope);
    if (rv == LINLI_OK)
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

static int branches_look(struct looking *l, uint32_t scope)
{
    l->scope = scope;
    int rv = head_each(l->w->txn, scope, head_look, l);
    return rv == LINLI_OK ? l->failed : rv;
}

/* Of each scope in which a log is forked. */
static int all_branches_look(struct looking *l)
{
    uint64_t forks = 0;
    struct scope_row row;
    int rv = LINLI_OK;

    for (uint32_t scope = 1; rv == LINLI_OK; scope++) {
        rv = scope_get(l->w->txn, scope, &row);
        if (rv == LINLI_OK)
            rv = count_get(l->w->txn, scope, COUNT_FORKS, &forks);
        if (rv == LINLI_OK && forks > 0)
            rv = branches_look(l, scope);
    }
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv; /* after the last one */
}

int kept_runs(struct work *w, uint32_t scope, int (*fn)(void *ctx, struct kept_run *kept, bool *changed), void *ctx)
{
    struct looking l = {.w = w, .fn = fn, .ctx = ctx};
    struct scope_row row;
    int rv = scope == 0 ? all_branches_look(&l) : scope_get(w->txn, scope, &row);

    if (rv == LINLI_OK && scope != 0)
        rv = branches_look(&l, scope);
    if (rv == LINLI_OK)
        rv = waiting_each(w, scope == 0 ? NULL : &row.id, waiting_look, &l);
    arena_free(&l.arena);
    return rv;
}
