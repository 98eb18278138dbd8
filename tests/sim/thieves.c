/*
 * sim: a key in the wrong hands, for ever: logs of incarnations that nobody has heard of, stamped before all else, handed to
 * anybody; accomplices let in under it. And the check that nothing of it shows once the root has cut it off.
 */
#include "codec/writer.h"
#include "replica/internal.h"
#include "sim.h"

/* --- a forged log --- */

enum { FORGED_MAX = 3 };

struct forging {
    struct world *w;
    struct place *p;
    struct draft draft;
    struct draft_part part;
    struct buf ops, entries[FORGED_MAX];
    linli_hash grant, id;
    bool granted;
};

static bool grant_any(void *ctx, const struct linli_grant *grant)
{
    struct forging *f = ctx;

    if (memcmp(grant->device, f->p->author.key, KEY_BYTES) == 0 && (!f->granted || chance(f->w, 500))) {
        f->grant = grant->id;
        f->granted = true;
    }
    return true;
}

static void forging_start(struct forging *f)
{
    struct world *w = f->w;
    uint64_t year_ms = UINT64_C(365) * 24 * 60 * 60 * 1000;

    f->draft.at = (struct position){.network = f->p->store->replica->self.network, .scope = w->scopes[draw(w, w->scope_count)].id,
                                    .author = f->p->author};
    f->draft.at.author.incarnation = rng_next(&w->rng);
    f->draft.stamp = hlc_make(place_now(f->p) - draw(w, year_ms), 0);
    f->draft.schema = SCHEMA_VERSION;
    f->draft.parts = &f->part;
    f->draft.part_count = 1;
    write_array(&f->ops, 1);
    write_array(&f->ops, 4);
    write_uint(&f->ops, group_number(2, RULE_REGISTER, CLASS_PERSONAL));
    write_nil(&f->ops);
    write_array(&f->ops, 0);
    write_map(&f->ops, 1);
    write_uint(&f->ops, 1);
    write_text(&f->ops, "forged", 6);
    f->part = (struct draft_part){.type = 4 << 1, .cls = CLASS_PERSONAL, .ops = buf_span(&f->ops)};
}

/* One after the other, each on the one before. */
static int entries_make(struct forging *f, struct arena *a, size_t count)
{
    int rv = LINLI_OK;

    for (size_t i = 0; i < count && rv == LINLI_OK; i++) {
        f->draft.at.prev = f->id;
        f->draft.at.seq = i + 1;
        f->draft.stamp++;
        f->draft.grant = i == 0 ? &f->grant : NULL;
        f->part.record = f->w->record_count > 0 ? f->w->records[draw(f->w, f->w->record_count)] : f->w->scopes[0].id;
        rv = changeset_encode(a, &f->draft, &f->entries[i], &f->id);
    }
    return rv;
}

/* Into any replica that is there, as a peer would bring it. */
static void hand_over(struct forging *f, span run)
{
    struct world *w = f->w;
    struct ingested done = {.outcome = INGEST_STORED};
    int code = LINLI_OK;

    for (unsigned tries = 0; tries < 4; tries++) {
        struct place *q = &w->places[draw(w, w->place_count)];
        if (!q->up || q->sick)
            continue;
        struct place *before = place_runs(q);
        int rv = replica_ingest(q->store->replica, &run, 1, &done, &code);
        w->runs = before;
        world_log(w, "%u hands a forged log to %u: %s, %s, outcome %d, %llu set aside", f->p->number, q->number, linli_code_name(rv),
                  linli_code_name(code), (int)done.outcome, (unsigned long long)done.set_aside);
        if (rv != LINLI_OK)
            world_fail(w, "%u takes in a forged log: %s", q->number, linli_code_name(rv));
    }
}

static void forge(struct world *w, struct place *p)
{
    struct forging f = {.w = w, .p = p};
    struct arena a = {0};
    struct buf bytes = {0};
    span entries[FORGED_MAX];
    size_t count = 1 + draw(w, FORGED_MAX);
    int rv = replica_grant_each(p->store->replica, grant_any, &f);

    forging_start(&f);
    if (rv == LINLI_OK)
        rv = f.granted ? entries_make(&f, &a, count) : LINLI_E_NOT_FOUND;
    for (size_t i = 0; i < count; i++)
        entries[i] = buf_span(&f.entries[i]);
    struct run run = {.scope = f.draft.at.scope, .author = f.draft.at.author, .first = 1, .entries = entries, .count = count};
    if (rv == LINLI_OK)
        rv = changeset_sign(p->enrol.sign_secret, &f.id, run.signature);
    if (rv == LINLI_OK)
        rv = run_encode(&run, &bytes);
    if (rv == LINLI_OK) {
        w->faults[FAULT_FORGED]++;
        hand_over(&f, buf_span(&bytes));
    }
    for (size_t i = 0; i < count; i++)
        buf_free(&f.entries[i]);
    buf_free(&f.ops);
    buf_free(&bytes);
    arena_free(&a);
}

static void accomplice(struct world *w, struct place *p)
{
    struct place *guest;

    if ((p->role != LINLI_NODE && p->role != LINLI_CLERK) || w->place_count >= 12 ||
        invite_prepare(w, p, p->scope, LINLI_CAPTAIN, &guest) != LINLI_OK)
        return;
    guest->honest = false;
    (void)link_open(w, guest, p, true, false);
}

void thief_act(struct world *w, struct place *p)
{
    if (chance(w, 150))
        forge(w, p);
    if (chance(w, 40))
        accomplice(w, p);
}

/* --- what shows of those whom the root has cut off --- */

struct search {
    struct world *w;
    struct replica *r;
    linli_id scope;
};

static const struct place *cut_off(const struct world *w, const linli_author *author)
{
    for (unsigned i = 0; i < w->place_count; i++) {
        const struct place *p = &w->places[i];
        if (p->cut_by_root && !p->honest && !p->adopted && p->granted == 0 && memcmp(p->author.key, author->key, KEY_BYTES) == 0)
            return p;
    }
    return NULL;
}

static void value_search(const struct search *s, const linli_id *record, const struct cell_value *v)
{
    struct world *w = s->w;
    linli_author author;
    bool within = false;

    s->r->names.get(s->r->names.ctx, v->author, &author);
    const struct place *p = cut_off(w, &author);
    for (size_t i = 0; p != NULL && i < w->cut_count; i++)
        within = within || (w->cuts[i].place == p->number && id_equal(&w->cuts[i].scope, &s->scope) &&
                            w->cuts[i].incarnation == author.incarnation && v->seq <= w->cuts[i].seq);
    if (p != NULL && !within)
        world_fail(w, "record %02x%02x shows write %llu of %u, whom the root had cut off", record->b[0], record->b[1],
                   (unsigned long long)v->seq, p->number);
}

static bool record_search(void *ctx, const linli_id *record, span bytes)
{
    const struct search *s = ctx;
    struct record_state state;
    struct arena a = {0};

    if (record_decode(&a, bytes, &state) != LINLI_OK)
        world_fail(s->w, "a record that cannot be read");
    for (size_t g = 0; g < state.count && !s->w->over; g++)
        for (size_t c = 0; c < state.groups[g].count; c++)
            for (size_t v = 0; v < state.groups[g].cells[c].count; v++)
                value_search(s, record, &state.groups[g].cells[c].values[v]);
    arena_free(&a);
    return !s->w->over;
}

void thieves_check(struct world *w, const struct place *at)
{
    struct search s = {.w = w, .r = at->store->replica};
    struct store_txn *txn = NULL;
    uint32_t scope;
    int rv = w->cut_count > 0 ? store_begin(s.r->store, false, &txn) : LINLI_OK;

    for (unsigned i = 0; i < w->scope_count && w->cut_count > 0 && rv == LINLI_OK && !w->over; i++) {
        s.scope = w->scopes[i].id;
        if (scope_number(txn, &s.scope, &scope) == LINLI_OK)
            rv = view_each(txn, scope, record_search, &s);
    }
    store_abort(txn);
    if (rv != LINLI_OK)
        world_fail(w, "what %u shows: %s", at->number, linli_code_name(rv));
}
