/*
 * sim: everything that came is accounted for: of each run what the store made of it, and of each part in a store whether it
 * was accepted or set aside. What a place told a peer that it had stored, it has for ever.
 */
#include "replica/internal.h"
#include "sim.h"

/* --- runs, as they come; -Wl,--wrap puts these in front of the replica --- */

static uint64_t last_of(const struct run *run)
{
    return run->first + run->count - 1;
}

static void claim_keep(struct world *w, const struct place *p, const struct run *run)
{
    uint64_t last = last_of(run);
    size_t i = 0;

    while (i < w->claim_count && !(w->claims[i].place == p->number && id_equal(&w->claims[i].scope, &run->scope) &&
                                   author_equal(&w->claims[i].author, &run->author)))
        i++;
    if (i == w->claim_count) {
        ALWAYS(mem_grow(&w->claims, &w->claim_room, w->claim_count + 1, sizeof(*w->claims)) == LINLI_OK);
        w->claims[w->claim_count++] = (struct claim){p->number, run->scope, run->author, last};
    }
    if (w->claims[i].seq < last)
        w->claims[i].seq = last;
}

static void arrived(struct world *w, const struct place *p, span bytes, const struct ingested *out, int code)
{
    struct arena a = {0};
    struct run run;

    w->arrivals.runs++;
    if (code != LINLI_OK || run_decode(&a, bytes, &run) != LINLI_OK) {
        w->arrivals.refused++;
        if (code == LINLI_OK)
            world_fail(w, "%u took in what is no run", p->number);
        arena_free(&a);
        return;
    }
    switch (out->outcome) {
    case INGEST_STORED:
        w->arrivals.stored++;
        if (out->head < last_of(&run))
            world_fail(w, "%u says that it stored what is beyond its head", p->number);
        claim_keep(w, p, &run);
        break;
    case INGEST_WAITING: w->arrivals.waiting++; break;
    case INGEST_GAP: w->arrivals.gap++; break;
    case INGEST_FORKED: w->arrivals.forked++; break;
    case INGEST_HELD_BACK: world_fail(w, "%u holds back what no quota asks for: nobody writes that much here", p->number); break;
    }
    arena_free(&a);
}

static struct place *place_of(struct world *w, const struct replica *r)
{
    for (unsigned i = 0; i < w->place_count; i++)
        if (w->places[i].store != NULL && w->places[i].store->replica == r)
            return &w->places[i];
    return NULL;
}

static void all_arrived(struct replica *r, const span *runs, size_t count, const struct ingested *outs, const int *codes, int rv)
{
    const struct place *p = place_of(sim_world, r);
    bool own = heap_own(true);

    for (size_t i = 0; p != NULL && i < count; i++)
        arrived(sim_world, p, runs[i], &outs[i], rv == LINLI_OK ? codes[i] : rv);
    (void)heap_own(own);
}

int __real_replica_ingest(struct replica *r, const span *runs, size_t count, struct ingested *outs, int *codes);
int __wrap_replica_ingest(struct replica *r, const span *runs, size_t count, struct ingested *outs, int *codes);
int __wrap_replica_ingest(struct replica *r, const span *runs, size_t count, struct ingested *outs, int *codes)
{
    int rv = __real_replica_ingest(r, runs, count, outs, codes);

    all_arrived(r, runs, count, outs, codes, rv);
    return rv;
}

/* --- parts, as they stand in a store --- */

struct accounting {
    struct world *w;
    struct place *p;
    struct replica *r;
    struct store_txn *txn;
    struct arena arena, one;
    uint32_t scope;
    int rv;
    uint64_t changesets, parts, accepted, aside; /* as the logs' verdicts say */
    uint64_t rows, fork_rows;                    /* as the list of what was set aside says */
};

static int changeset_account(struct accounting *a, const struct log *log, uint64_t seq)
{
    struct log_row row;
    struct changeset cs;

    arena_reset(&a->one);
    int rv = log_changeset(a->r, a->txn, &a->one, log, seq, NULL, &row, &cs);
    if (rv != LINLI_OK)
        return rv;
    if (row.verdicts.size != cs.part_count)
        world_fail(a->w, "%u has %zu verdicts on %zu parts", a->p->number, row.verdicts.size, cs.part_count);
    a->changesets++;
    a->parts += cs.part_count;
    for (size_t i = 0; i < row.verdicts.size; i++) {
        bool aside = verdict_aside(row.verdicts.at[i]);
        a->aside += aside;
        a->accepted += !aside;
    }
    return LINLI_OK;
}

static bool log_account(void *ctx, uint32_t author, const struct head_row *head)
{
    struct accounting *a = ctx;
    struct log log;

    arena_reset(&a->arena);
    a->rv = log_load(a->r, a->txn, &a->arena, a->scope, author, &log);
    for (uint64_t seq = 1; seq <= head->seq && a->rv == LINLI_OK; seq++)
        a->rv = changeset_account(a, &log, seq);
    return a->rv == LINLI_OK;
}

static bool aside_count(void *ctx, const struct aside_row *row)
{
    struct accounting *a = ctx;

    a->rows++;
    a->fork_rows += row->reason == VERDICT_FORK;
    return true;
}

static void store_account(struct world *w, struct place *p, const struct linli_status *status)
{
    struct accounting a = {.w = w, .p = p, .r = p->store->replica};
    struct scope_row row;
    int rv = store_begin(a.r->store, false, &a.txn);

    for (a.scope = 1; rv == LINLI_OK; a.scope++) {
        rv = scope_get(a.txn, a.scope, &row);
        if (rv == LINLI_OK)
            rv = head_each(a.txn, a.scope, log_account, &a);
        if (rv == LINLI_OK)
            rv = a.rv;
        if (rv == LINLI_OK)
            rv = aside_each(a.txn, a.scope, aside_count, &a);
    }
    store_abort(a.txn);
    arena_free(&a.arena);
    arena_free(&a.one);
    if (rv != LINLI_E_NOT_FOUND) /* after the last scope */
        world_fail(w, "reading the logs of %u: %s", p->number, linli_code_name(rv));
    if (a.accepted + a.aside != a.parts || a.aside != a.rows - a.fork_rows || a.rows != status->set_aside ||
        a.changesets != status->changesets)
        world_fail(w, "%u: the account of what it holds does not add up", p->number);
    w->parts += a.parts;
}

/* --- what was said --- */

struct said {
    const struct claim *claim;
    bool kept;
};

static bool claim_find(void *ctx, const linli_author *author, uint64_t seq, const linli_hash *id, bool frozen)
{
    struct said *said = ctx;

    (void)id;
    if (author_equal(author, &said->claim->author))
        said->kept = seq >= said->claim->seq || frozen; /* of a fork the branches are taken back */
    return true;
}

void account_check(struct world *w, struct place *p, const struct linli_status *status)
{
    store_account(w, p, status);
    for (size_t i = 0; i < w->claim_count && p->honest && !w->over; i++) {
        struct said said = {&w->claims[i], false};
        if (w->claims[i].place != p->number)
            continue;
        (void)replica_head_each(p->store->replica, &w->claims[i].scope, claim_find, &said);
        if (!said.kept)
            world_fail(w, "%u had said that it stored write %llu of %02x%02x.., and has it no more", p->number,
                       (unsigned long long)w->claims[i].seq, w->claims[i].author.key[0], w->claims[i].author.key[1]);
    }
}
