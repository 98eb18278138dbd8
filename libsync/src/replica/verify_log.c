/* replica: the logs of a scope looked over: chain, ids, signatures, verdicts, heads, and the order of arrival. */
#include <string.h>

#include "replica/verify.h"

/* A log as it is walked again, beside what its head row says. */
struct walk {
    struct verify *v;
    struct log log;
    struct head_row said;
    struct cited_row *cited;
    size_t cited_count;
};

/* The first row of a record's touches. */
struct home {
    uint32_t author;
    uint64_t seq;
    bool any;
};

static bool home_take(void *ctx, uint32_t author, uint64_t seq)
{
    struct home *home = ctx;

    *home = (struct home){author, seq, true};
    return false;
}

/* A record that this changeset touched: looked over when this is the first of its touches. */
static int part_touched(struct walk *w, uint64_t seq, const linli_id *record)
{
    struct verify *v = w->v;
    struct home home = {.any = false};
    int rv = touch_each(v->txn, v->scope, record, home_take, &home);

    v->touches++;
    if (rv != LINLI_OK)
        return rv;
    if (!home.any) {
        verify_bad(v, "touch", &w->log.name, seq, record);
        return LINLI_OK;
    }
    return home.author == w->log.author && home.seq == seq ? verify_record(v, record) : LINLI_OK;
}

/* Parts of one record need not stand together: only within a class is there an order. */
static bool named_before(const struct changeset *cs, size_t i)
{
    for (size_t k = i; k > 0; k--)
        if (cs->parts[k - 1].carried == PART_HELD && id_equal(&cs->parts[k - 1].record, &cs->parts[i].record))
            return true;
    return false;
}

static int parts_check(struct walk *w, const struct changeset *cs, span verdicts)
{
    int rv = LINLI_OK;

    for (size_t i = 0; i < cs->part_count && rv == LINLI_OK; i++) {
        if (i < verdicts.size && verdict_aside(verdicts.at[i]))
            w->v->asides++;
        if (i < verdicts.size && (verdicts.at[i] == VERDICT_ERASED) != (cs->parts[i].carried == PART_ERASED))
            verify_bad(w->v, "erased", &w->log.name, cs->at.seq, NULL);
        if (cs->parts[i].carried == PART_HELD && !named_before(cs, i))
            rv = part_touched(w, cs->at.seq, &cs->parts[i].record);
    }
    return rv;
}

/* Judged again, from nothing but changesets and grants. */
static int verdict_check(struct walk *w, struct changeset *cs, span verdicts)
{
    struct verify *v = w->v;
    struct judged judged;
    int rv = judge(v->txn, &v->step, &w->log, cs, &judged);

    if (rv == LINLI_OK && !span_equal(verdicts, span_of(judged.verdicts, cs->part_count)))
        verify_bad(v, "verdict", &w->log.name, cs->at.seq, NULL);
    if (rv == LINLI_OK)
        return LINLI_OK;
    rv = verify_fault(v, rv, rv == LINLI_E_WAIT && judged.missing.grant ? "grant" : "chain", &w->log.name,
                      cs->at.seq, NULL);
    if (rv == LINLI_OK) /* go on, so that one fault is not told for all that follow */
        rv = log_cite(v->txn, &w->log, cs->seen, cs->seen_count);
    return rv == LINLI_E_CORRUPT || rv == LINLI_E_LIMIT ? LINLI_OK : rv;
}

/* One changeset; `*stop` when the rest of the log cannot be walked. */
static int changeset_verify(struct walk *w, uint64_t seq, bool *stop)
{
    struct verify *v = w->v;
    struct position at;
    struct log_row row;
    struct changeset cs;
    int rv = log_get(v->txn, v->scope, w->log.author, seq, &row);

    *stop = rv != LINLI_OK;
    if (rv != LINLI_OK)
        return verify_fault(v, rv, "chain", &w->log.name, seq, NULL);
    log_position(v->r, &w->log, &at);
    rv = changeset_decode(&v->step, &at, row.entry, &cs);
    *stop = rv != LINLI_OK;
    if (rv != LINLI_OK)
        return verify_fault(v, rv, "hash", &w->log.name, seq, NULL);
    if (!hash_equal(&cs.id, &row.id))
        verify_bad(v, "hash", &w->log.name, seq, NULL);
    if (cs.stamp != row.stamp)
        verify_bad(v, "chain", &w->log.name, seq, NULL);
    if (row.has_signature) {
        rv = changeset_check(&w->log.name, &row.id, row.signature);
        if (rv != LINLI_OK)
            rv = verify_fault(v, rv, "signature", &w->log.name, seq, NULL);
    }
    if (rv == LINLI_OK)
        rv = verdict_check(w, &cs, row.verdicts);
    if (rv == LINLI_OK)
        rv = parts_check(w, &cs, row.verdicts);
    cs.id = row.id;
    log_advance(&w->log, &cs);
    if (row.has_signature)
        w->log.head.signed_seq = seq;
    v->changesets++;
    v->asked->changesets++;
    return rv == LINLI_OK ? verify_step(v) : rv;
}

static bool row_beyond(void *ctx, uint64_t seq, const struct log_row *row)
{
    bool *any = ctx;

    (void)seq;
    (void)row;
    *any = true;
    return false;
}

static bool same_head(const struct walk *w)
{
    const struct head_row *x = &w->said, *y = &w->log.head;
    bool same = x->seq == y->seq && x->signed_seq == y->signed_seq && x->stamp == y->stamp &&
                hash_equal(&x->id, &y->id) && hash_equal(&x->grant, &y->grant) &&
                w->cited_count == w->log.cited_count;

    for (size_t i = 0; i < w->cited_count && same; i++)
        same = w->cited[i].author == w->log.cited[i].author && w->cited[i].seq == w->log.cited[i].seq;
    return same;
}

static int head_check(struct walk *w)
{
    struct verify *v = w->v;
    bool beyond = false;
    int rv = log_each(v->txn, v->scope, w->log.author, w->said.seq + 1, row_beyond, &beyond);

    if (rv == LINLI_OK && (beyond || !same_head(w)))
        verify_bad(v, "head", &w->log.name, w->said.seq, NULL);
    return rv;
}

/* ---- evidence of forks ---- */

static bool branch_check(void *ctx, unsigned branch, const linli_hash *first_id, span bytes)
{
    struct walk *w = ctx;
    struct verify *v = w->v;
    struct changeset *changesets = NULL;
    struct run run;

    (void)branch;
    arena_reset(&v->step);
    v->rv = run_decode(&v->step, bytes, &run);
    if (v->rv == LINLI_OK)
        v->rv = run_open(&v->step, &run, &v->r->self.network, &changesets);
    if (v->rv == LINLI_OK &&
        (!hash_equal(first_id, &changesets[0].id) || !id_equal(&run.scope, &v->scope_id) ||
         !author_equal(&run.author, &w->log.name)))
        v->rv = LINLI_E_CORRUPT;
    v->rv = verify_fault(v, v->rv, "fork", &w->log.name, w->said.seq + 1, NULL);
    v->found++;
    return v->rv == LINLI_OK;
}

static int fork_check(struct walk *w)
{
    struct verify *v = w->v;
    int rv;

    v->rv = LINLI_OK;
    v->found = 0;
    rv = branch_each(v->txn, v->scope, w->log.author, branch_check, w);
    if (rv == LINLI_OK)
        rv = v->rv;
    if (rv == LINLI_OK && (v->found > 0) != w->said.frozen)
        verify_bad(v, "fork", &w->log.name, w->said.seq, NULL);
    v->forks += w->said.frozen;
    return rv;
}

/* ---- one log, and all ---- */

static int log_verify(struct verify *v, uint32_t author)
{
    struct arena arena = {0};
    struct walk w = {.v = v};
    bool stop = false;
    int rv = log_load(v->r, v->txn, &arena, v->scope, author, &w.log);

    if (rv == LINLI_OK) {
        w.said = w.log.head;
        w.cited_count = w.log.cited_count;
        w.cited = arena_array(&arena, w.cited_count, sizeof(*w.cited));
        rv = w.cited == NULL ? LINLI_E_NOMEM : LINLI_OK;
    } else {
        rv = verify_fault(v, rv, "head", NULL, 0, NULL);
        arena_free(&arena);
        return rv;
    }
    if (rv == LINLI_OK && w.cited_count > 0)
        memcpy(w.cited, w.log.cited, w.cited_count * sizeof(*w.cited));
    log_rewind(&w.log);
    for (uint64_t seq = 1; seq <= w.said.seq && rv == LINLI_OK && !stop; seq++) {
        arena_reset(&v->step);
        rv = changeset_verify(&w, seq, &stop);
    }
    if (rv == LINLI_OK && !stop)
        rv = head_check(&w);
    if (rv == LINLI_OK)
        rv = fork_check(&w);
    arena_free(&arena);
    return rv;
}

struct authors {
    uint32_t *at;
    size_t count, room;
    int failed;
};

static bool author_add(void *ctx, uint32_t author, const struct head_row *row)
{
    struct authors *authors = ctx;

    (void)row;
    authors->failed = mem_grow(&authors->at, &authors->room, authors->count + 1, sizeof(*authors->at));
    if (authors->failed == LINLI_OK)
        authors->at[authors->count++] = author;
    return authors->failed == LINLI_OK;
}

int verify_logs(struct verify *v)
{
    struct authors authors = {.failed = LINLI_OK};
    int rv = head_each(v->txn, v->scope, author_add, &authors);

    if (rv == LINLI_OK)
        rv = authors.failed;
    for (size_t i = 0; i < authors.count && rv == LINLI_OK; i++)
        rv = log_verify(v, authors.at[i]);
    mem_free(authors.at);
    return rv;
}

/* ---- the order in which all of them came ---- */

static int arrival_check(struct verify *v, uint64_t arrival, const struct arrival_row *row)
{
    struct scope_row scope;
    struct log_row log;
    int rv = scope_get(v->txn, row->scope, &scope);

    if (rv == LINLI_OK) {
        v->scope_id = scope.id;
        rv = log_get(v->txn, row->scope, row->author, row->seq, &log);
    }
    if (rv == LINLI_OK && log.arrival != arrival)
        rv = LINLI_E_CORRUPT;
    return verify_fault(v, rv, "arrival", NULL, row->seq, NULL);
}

static bool arrival_one(void *ctx, uint64_t arrival, const struct arrival_row *row)
{
    struct verify *v = ctx;

    v->rv = arrival_check(v, arrival, row);
    v->found++;
    v->arrival = arrival;
    return v->rv == LINLI_OK;
}

/* Each changeset arrived once; so a log without a head row shows here. */
int verify_arrivals(struct verify *v, uint64_t changesets)
{
    uint64_t last = 0;

    v->found = v->arrival = 0;
    v->rv = LINLI_OK;
    int rv = arrival_each(v->txn, 0, arrival_one, v);
    if (rv == LINLI_OK)
        rv = v->rv;
    if (rv == LINLI_OK)
        rv = verify_fault(v, arrival_last(v->txn, &last), "arrival", NULL, 0, NULL);
    v->scope_id = (linli_id){{0}};
    if (rv == LINLI_OK && (v->found != changesets || v->arrival > last))
        verify_bad(v, "arrival", NULL, 0, NULL);
    return rv;
}
