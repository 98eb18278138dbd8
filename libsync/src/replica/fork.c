/*
 * replica: two changesets of one dot (proto/changeset.md 7). The log ends at the last changeset that both branches share;
 * both branches are kept as evidence, and what was merged from beyond is taken back by rebuilding the records concerned.
 * Where a log ends is the shortest common beginning of all branches met, whatever order they came in.
 */
#include <string.h>

#include "replica/internal.h"

enum { BRANCH_HERE = 0, BRANCH_CAME = 1 };

/* --- evidence --- */

struct branches {
    struct arena *a;
    uint64_t first;      /* branches that begin here */
    size_t left;         /* to pass over before the one looked for */
    struct run *out;
    int failed;
};

static bool branch_pick(void *ctx, unsigned branch, const linli_hash *first_id, span bytes)
{
    struct branches *b = ctx;

    (void)branch;
    (void)first_id;
    span copy = arena_copy(b->a, bytes);
    b->failed = copy.at == NULL ? LINLI_E_NOMEM : run_decode(b->a, copy, b->out);
    if (b->failed != LINLI_OK)
        return false;
    b->failed = LINLI_E_NOT_FOUND;
    if (b->out->first != b->first || b->left-- > 0)
        return true;
    b->failed = LINLI_OK;
    return false;
}

int fork_branch(struct store_txn *txn, struct arena *a, const struct log *log, size_t index, struct run *out)
{
    struct branches b = {a, log->head.seq + 1, index, out, LINLI_E_NOT_FOUND};
    int rv = branch_each(txn, log->scope, log->author, branch_pick, &b);

    return rv == LINLI_OK ? b.failed : rv;
}

/* Entries of a run being put together. */
struct gathering {
    struct arena *a;
    struct run run;
    size_t room;
};

static int gather(struct gathering *g, span entry)
{
    if (g->run.count == g->room) {
        size_t room = g->room * 2 + 16;
        span *more = arena_array(g->a, room, sizeof(*more));
        if (more == NULL)
            return LINLI_E_NOMEM;
        if (g->run.count > 0)
            memcpy(more, g->run.entries, g->run.count * sizeof(*more));
        g->run.entries = more;
        g->room = room;
    }
    g->run.entries[g->run.count++] = entry;
    return LINLI_OK;
}

/* The rest of what is gathered from a run that goes on with the same changesets, up to its signature. */
static int gather_rest(struct gathering *g, const struct run *run)
{
    uint64_t next = g->run.first + g->run.count;
    int rv = LINLI_OK;

    if (next < run->first || next - run->first >= run->count)
        return LINLI_E_CORRUPT;
    for (size_t i = (size_t)(next - run->first); i < run->count && rv == LINLI_OK; i++)
        rv = gather(g, run->entries[i]);
    memcpy(g->run.signature, run->signature, SIGNATURE_BYTES);
    return rv;
}

int fork_held_run(struct store_txn *txn, struct arena *a, const struct log *log, uint64_t first, struct run *out)
{
    struct gathering g = {.a = a, .run = {.scope = log->scope_id, .author = log->name, .first = first}};
    struct log_row row = {.has_signature = false};
    struct run rest;
    int rv = LINLI_OK;

    if (first > 1) {
        rv = log_get(txn, log->scope, log->author, first - 1, &row);
        g.run.prev = row.id;
        row.has_signature = false;
    }
    for (uint64_t seq = first; seq <= log->head.seq && rv == LINLI_OK && !row.has_signature; seq++) {
        rv = log_get(txn, log->scope, log->author, seq, &row);
        span entry = rv == LINLI_OK ? arena_copy(a, row.entry) : (span){NULL, 0};
        if (rv == LINLI_OK)
            rv = entry.at == NULL ? LINLI_E_NOMEM : gather(&g, entry);
    }
    if (rv != LINLI_OK)
        return rv == LINLI_E_NOT_FOUND ? LINLI_E_CORRUPT : rv;
    if (row.has_signature) {
        memcpy(g.run.signature, row.signature, SIGNATURE_BYTES);
    } else {
        rv = log->head.frozen ? fork_branch(txn, a, log, 0, &rest)
                              : waiting_find(txn, a, &log->scope_id, &log->name, log->head.seq + 1, &rest);
        rv = rv == LINLI_OK ? gather_rest(&g, &rest) : rv;
    }
    *out = g.run;
    return rv;
}

static int branch_keep(struct work *w, const struct log *log, unsigned branch, const linli_hash *first_id,
                       const struct run *run)
{
    struct buf bytes = {0};
    int rv = run_encode(run, &bytes);

    if (rv == LINLI_OK)
        rv = branch_put(w->txn, log->scope, log->author, branch, first_id, buf_span(&bytes));
    buf_free(&bytes);
    return rv;
}

/* The branch that is here. One whose signature is not held any more proves nothing, and is not kept. */
static int keep_here(struct work *w, struct arena *a, const struct log *log, uint64_t first)
{
    struct log_row row;
    struct run run;
    int rv = fork_held_run(w->txn, a, log, first, &run);

    if (rv == LINLI_E_NOT_FOUND)
        return LINLI_OK;
    if (rv == LINLI_OK)
        rv = log_get(w->txn, log->scope, log->author, first, &row);
    return rv == LINLI_OK ? branch_keep(w, log, BRANCH_HERE, &row.id, &run) : rv;
}

/* The branch that came, from the fork on. */
static int keep_came(struct work *w, const struct log *log, const struct fork_found *found)
{
    struct run run = *found->run;
    size_t skip = (size_t)(found->shared + 1 - run.first);

    if (skip > 0)
        run.prev = found->changesets[skip - 1].id;
    run.first = found->shared + 1;
    run.entries += skip;
    run.count -= skip;
    return branch_keep(w, log, BRANCH_CAME, &found->changesets[skip].id, &run);
}

/* --- taking back --- */

static int take_back_part(struct work *w, const struct log *log, uint64_t seq, size_t i, uint8_t verdict,
                          const struct part *part, struct record_ids *t)
{
    int rv = LINLI_OK;

    if (verdict_aside(verdict)) {
        rv = aside_delete(w->txn, log->scope, log->author, seq, (uint32_t)i);
        if (rv == LINLI_OK)
            rv = work_count(w, log->scope, COUNT_ASIDE, -1);
    }
    if (rv == LINLI_OK)
        rv = want_mark(w->txn, log->scope, log->author, seq, (uint32_t)i, false);
    if (rv != LINLI_OK || part->carried != PART_HELD)
        return rv;
    rv = touch_delete(w->txn, log->scope, &part->record, log->author, seq);
    if (rv == LINLI_E_NOT_FOUND) /* another class of the same record, done before */
        return LINLI_OK;
    if (rv == LINLI_OK)
        rv = mem_grow(&t->at, &t->room, t->count + 1, sizeof(*t->at));
    if (rv == LINLI_OK)
        t->at[t->count++] = part->record;
    return rv;
}

static int take_back(struct work *w, const struct log *log, uint64_t seq, struct record_ids *t)
{
    struct log_row row;
    struct changeset cs;

    arena_reset(&w->scratch);
    int rv = log_changeset(w->r, w->txn, &w->scratch, log, seq, NULL, &row, &cs);
    for (size_t i = 0; rv == LINLI_OK && i < cs.part_count; i++)
        rv = take_back_part(w, log, seq, i, row.verdicts.at[i], &cs.parts[i], t);
    if (rv == LINLI_OK)
        rv = log_delete(w->txn, log->scope, log->author, seq);
    return rv == LINLI_OK ? work_count(w, log->scope, COUNT_CHANGESETS, -1) : rv;
}

static int tell_fork(struct work *w, const struct log *log)
{
    struct linli_event event = {.kind = LINLI_EVENT_FORK, .scope = log->scope_id, .author = log->name,
                                .seq = log->head.seq};

    w->advanced = true; /* what cites past the end waits no more */
    return work_event(w, &event);
}

int fork_freeze(struct work *w, struct log *log, const struct fork_found *found)
{
    struct record_ids taken = {0};
    struct arena a = {0};
    struct log after;
    bool again = log->head.frozen;
    int rv = keep_here(w, &a, log, found->shared + 1);

    if (rv == LINLI_OK)
        rv = keep_came(w, log, found);
    for (uint64_t seq = log->head.seq; seq > found->shared && rv == LINLI_OK; seq--)
        rv = take_back(w, log, seq, &taken);
    if (rv == LINLI_OK)
        rv = log_at(w->r, w->txn, log->arena, log, found->shared, &after);
    if (rv == LINLI_OK) {
        after.head.frozen = true;
        after.changed = true;
        *log = after;
        rv = log_save(w->txn, log); /* rebuilding reads it */
    }
    if (rv == LINLI_OK)
        rv = rebuild_records(w, log->scope, &taken);
    if (rv == LINLI_OK && !again)
        rv = work_count(w, log->scope, COUNT_FORKS, 1);
    if (rv == LINLI_OK)
        rv = work_touch(w, log->scope);
    if (rv == LINLI_OK)
        rv = tell_fork(w, log);
    arena_free(&a);
    mem_free(taken.at);
    return rv;
}
