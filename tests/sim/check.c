/* sim: what must hold when the faults are over: the same records everywhere, nothing acknowledged lost, nothing made up. */
#include "canary.h"
#include "replica/erasing.h"
#include "sim.h"

/* --- convergence --- */

/* The heads, of a detail's own list; what is wanted differs with what one may read. */
static int hash_order(const void *x, const void *y)
{
    return hash_compare(x, y);
}

static bool hash_zero(const linli_hash *h)
{
    static const linli_hash none;

    return hash_equal(h, &none);
}

static bool held_digest(struct world *w, const struct place *p, unsigned scope, linli_hash *out)
{
    linli_hash rows[128];
    struct buf bytes = {0};
    struct detail detail;
    struct detail_head head;
    size_t count = 0;
    bool ok = replica_detail(p->store->replica, &w->scopes[scope].id, false, &bytes) == LINLI_OK &&
              detail_decode(buf_span(&bytes), &detail) == LINLI_OK && detail.heads.count < COUNT_OF(rows);

    for (size_t left = ok ? detail.heads.count : 0; left > 0; left--) {
        uint8_t author[AUTHOR_BYTES], rest[9];
        detail_head_next(&detail.heads, &head);
        author_encode(&head.author, author);
        be64_put(rest, head.seq);
        rest[8] = head.frozen;
        span spans[] = {span_of(author, sizeof(author)), span_of(rest, sizeof(rest)), span_of(head.id.b, HASH_BYTES)};
        crypto_hash("sim/head", spans, 3, &rows[count++]);
    }
    qsort(rows, count, sizeof(rows[0]), hash_order);
    span all = span_of(rows, count * sizeof(rows[0]));
    crypto_hash("sim/held", &all, 1, out);
    buf_free(&bytes);
    return ok;
}

static void held_compare(struct world *w, const struct place *a, const struct place *b, unsigned scope, const char *when, bool all)
{
    const linli_id *id = &w->scopes[scope].id;
    unsigned classes = place_reads(a, scope) & place_reads(b, scope);
    struct buf x = {0}, y = {0};
    linli_hash dx, dy;

    bool known = w->scopes[scope].by->honest && all && !touched(w, w->scopes[scope].by);
    if (!known && replica_digest(a->store->replica, id, false, &dx) == LINLI_OK &&
        replica_digest(b->store->replica, id, false, &dy) == LINLI_OK && hash_zero(&dx) && hash_zero(&dy))
        return; /* an attacker made it and told nobody, or somebody who is not here */
    if (!held_digest(w, a, scope, &dx) || !held_digest(w, b, scope, &dy) || !hash_equal(&dx, &dy)) {
        explain(w, a, b);
        world_fail(w, "%s: %u and %u hold other changesets of scope %u", when, a->number, b->number, scope);
        return;
    }
    bool ha = dump_scope(a->store->replica, id, classes, &x) == LINLI_OK;
    bool hb = dump_scope(b->store->replica, id, classes, &y) == LINLI_OK;
    if (ha != hb || (ha && !span_equal(buf_span(&x), buf_span(&y)))) {
        if (w->trace)
            (void)printf("--- %u\n%.*s--- %u\n%.*s", a->number, (int)x.size, (const char *)x.at, b->number, (int)y.size,
                         (const char *)y.at);
        world_fail(w, "%s: %u and %u show different things of scope %u", when, a->number, b->number, scope);
    }
    buf_free(&x);
    buf_free(&y);
}

void check_core(struct world *w, const unsigned *members, size_t count, const char *when)
{
    const struct place *hub = &w->places[members[0]];
    bool all = strcmp(when, "all") == 0;

    for (size_t i = 1; i < count && !w->over; i++)
        for (unsigned s = 0; s < w->scope_count && !w->over; s++)
            if (place_reads(hub, s) != 0 && place_reads(&w->places[members[i]], s) != 0)
                held_compare(w, hub, &w->places[members[i]], s, when, all);
}

/* --- heads --- */

struct held_head {
    linli_author author;
    uint64_t seq;
    bool frozen;
};
struct heads {
    struct held_head at[64];
    size_t count;
};

static bool head_keep(void *ctx, const linli_author *author, uint64_t seq, const linli_hash *id, bool frozen)
{
    struct heads *h = ctx;

    (void)id;
    ALWAYS(h->count < COUNT_OF(h->at));
    h->at[h->count++] = (struct held_head){*author, seq, frozen};
    return true;
}

static bool author_honest(const struct world *w, const linli_author *author)
{
    for (unsigned i = 0; i < w->place_count; i++)
        if (w->places[i].enrolled && memcmp(w->places[i].author.key, author->key, KEY_BYTES) == 0 && !w->places[i].honest)
            return false;
    return true;
}

static bool author_touched(const struct world *w, const linli_author *author)
{
    for (unsigned i = 0; i < w->place_count; i++)
        if (w->places[i].enrolled && memcmp(w->places[i].author.key, author->key, KEY_BYTES) == 0 && touched(w, &w->places[i]))
            return true;
    return false;
}

/* Every write that was acknowledged to an honest device is in the log here; no honest log was frozen. */
static void heads_check(struct world *w, const struct place *p, unsigned scope)
{
    struct heads heads = {.count = 0};
    int rv = replica_head_each(p->store->replica, &w->scopes[scope].id, head_keep, &heads);

    if (rv != LINLI_OK && rv != LINLI_E_NOT_FOUND)
        world_fail(w, "heads of scope %u at %u: %s", scope, p->number, linli_code_name(rv));
    for (size_t i = 0; i < heads.count; i++)
        if (heads.at[i].frozen && author_honest(w, &heads.at[i].author))
            world_fail(w, "%u has frozen an honest log in scope %u", p->number, scope);
    for (size_t i = 0; i < w->acked_count && !w->over; i++) {
        const struct acked *a = &w->acked[i];
        uint64_t seq = 0;
        if (!w->places[a->place].honest || !id_equal(&a->scope, &w->scopes[scope].id))
            continue;
        for (size_t k = 0; k < heads.count; k++)
            if (author_equal(&heads.at[k].author, &a->author))
                seq = heads.at[k].seq;
        if (seq < a->seq && !touched(w, &w->places[a->place])) /* nobody need take it in: its own store has it */
            world_fail(w, "%u lacks write %llu of %u in scope %u: it has %llu", p->number, (unsigned long long)a->seq, a->place,
                       scope, (unsigned long long)seq);
    }
}

/* Nothing that an honest device wrote is wanted any more: somebody had it. */
static void wants_check(struct world *w, const struct place *p, unsigned scope)
{
    struct shared_scope shared = {.id = w->scopes[scope].id};
    struct part_wanted wants[64];
    size_t count = 0;

    if (replica_wants(p->store->replica, NULL, &shared, 1, wants, COUNT_OF(wants), &count) != LINLI_OK)
        world_fail(w, "wants of scope %u at %u", scope, p->number);
    for (size_t i = 0; i < count && !w->over; i++)
        if (author_honest(w, &wants[i].author) && !author_touched(w, &wants[i].author)) /* whom nobody need listen to */
            world_fail(w, "%u still wants part %u of write %llu in scope %u", p->number, (unsigned)wants[i].part,
                       (unsigned long long)wants[i].seq, scope);
}

/* --- values: shown, in conflict, or replaced by somebody who was shown them --- */

struct looking {
    struct world *w;
    struct replica *r;
    struct store_txn *txn;
    struct arena arena;
};

static bool same_cell(const struct acked *a, const struct acked *b)
{
    return a->group == b->group && id_equal(&a->record, &b->record) && id_equal(&a->scope, &b->scope) &&
           hash_equal(&a->key, &b->key);
}

static bool replaced_knowingly(const struct world *w, const struct acked *a)
{
    for (size_t i = 0; i < w->acked_count; i++) {
        const struct acked *b = &w->acked[i];
        if (!same_cell(a, b))
            continue;
        for (size_t k = 0; k < b->shown_count; k++)
            if ((b->shown[k].seq == a->seq && author_equal(&b->shown[k].author, &a->author)) ||
                !author_honest(w, &b->shown[k].author)) /* a liar's value may say that it replaced anything */
                return true;
    }
    return false;
}

struct liar {
    struct looking *l;
    bool found;
};

static bool liar_find(void *ctx, uint32_t author, uint64_t seq)
{
    struct liar *liar = ctx;
    linli_author name;

    (void)seq;
    liar->l->r->names.get(liar->l->r->names.ctx, author, &name);
    liar->found = liar->found || !author_honest(liar->l->w, &name);
    return true;
}

/* An attacker with the right to write may say that it was shown anything that its log cites. */
static bool liar_wrote(struct looking *l, uint32_t scope, const struct acked *a)
{
    struct liar liar = {l, false};

    return touch_each(l->txn, scope, &a->record, liar_find, &liar) == LINLI_OK && liar.found;
}

static const struct cell_value *value_at(struct looking *l, const struct cell *cell, const struct acked *a, bool or_later)
{
    for (size_t i = 0; i < cell->count; i++) {
        linli_author name;
        l->r->names.get(l->r->names.ctx, cell->values[i].author, &name);
        if (author_equal(&name, &a->author) && (cell->values[i].seq == a->seq || (or_later && cell->values[i].seq > a->seq)))
            return &cell->values[i];
    }
    return NULL;
}

static bool cell_has(struct looking *l, const struct group_state *g, const struct acked *a)
{
    unsigned rule = group_rule(a->group);

    for (size_t c = 0; c < g->count; c++) {
        const struct cell *cell = &g->cells[c];
        linli_hash key;
        int64_t number;
        crypto_hash("sim/key", &cell->key, 1, &key);
        if (rule != RULE_COUNTER && !hash_equal(&key, &a->key))
            continue;
        if (rule == RULE_MAX) {
            for (size_t i = 0; i < cell->count; i++)
                if (value_number(cell->values[i].bytes, &number) && number >= a->amount)
                    return true;
            return false;
        }
        if (value_at(l, cell, a, rule == RULE_COUNTER) != NULL)
            return true;
    }
    return false;
}

/* What was typed and no delete has seen is not hidden. */
static bool hidden_unseen(const struct world *w, const struct record_state *state, const struct acked *a)
{
    bool seen = a->group == GROUP_LIFE || reading_life(state) != LIFE_DELETED;

    for (size_t i = 0; i < w->acked_count && !seen; i++) {
        const struct acked *b = &w->acked[i];
        if (b->group != GROUP_LIFE || b->amount != LIFE_VALUE_DELETED || !id_equal(&b->record, &a->record))
            continue;
        for (size_t k = 0; k < b->shown_count; k++)
            seen = seen || (b->shown[k].seq >= a->seq && author_equal(&b->shown[k].author, &a->author));
    }
    return !seen;
}

/* What a device wrote after its right was taken back: nobody has it, or it is set aside, there to be ruled on. */
static bool late_kept(struct looking *l, uint32_t scope, const struct acked *a)
{
    struct log_row row;
    uint32_t author;
    int rv = author_number(l->txn, &a->author, false, &author);

    if (rv == LINLI_OK)
        rv = log_get(l->txn, scope, author, a->seq, &row);
    if (rv == LINLI_E_NOT_FOUND)
        return touched(l->w, &l->w->places[a->place]); /* its own store has it: own_check */
    for (size_t i = 0; rv == LINLI_OK && i < row.verdicts.size; i++)
        if (row.verdicts.at[i] == VERDICT_REVOKED || row.verdicts.at[i] == VERDICT_REJECTED ||
            (row.verdicts.at[i] == VERDICT_PARTLY && l->w->places[a->place].usable == 0))
            return true; /* of whom nobody meets, the rest does not come */
    return false;
}

static void write_check(struct looking *l, uint32_t scope, const struct acked *a)
{
    struct record_state state = {0};
    span bytes;

    arena_reset(&l->arena);
    int rv = view_get(l->txn, scope, &a->record, &bytes);
    if (rv == LINLI_OK)
        rv = record_decode(&l->arena, bytes, &state);
    const struct group_state *g = rv == LINLI_OK ? record_group(&state, a->group) : NULL;
    unsigned rule = group_rule(a->group);
    bool there = rv == LINLI_OK && g != NULL && cell_has(l, g, a);
    bool whole = there && rule != RULE_MAX && rule != RULE_COUNTER; /* of those a later one may stand for it */
    if (whole && hidden_unseen(l->w, &state, a) && !liar_wrote(l, scope, a)) {
        world_fail(l->w, "record %02x%02x is hidden, and write %llu of %u was not seen by who deleted it", a->record.b[0],
                   a->record.b[1], (unsigned long long)a->seq, a->place);
        return;
    }
    if (there)
        return;
    bool replaceable = rule == RULE_REGISTER || rule == RULE_LADDER || rule == RULE_SET;
    if (rv == LINLI_OK && replaceable && (replaced_knowingly(l->w, a) || liar_wrote(l, scope, a)))
        return;
    world_fail(l->w, "write %llu of %u, group %u of record %02x%02x, is gone unseen (%s)", (unsigned long long)a->seq,
               a->place, a->group, a->record.b[0], a->record.b[1], linli_code_name(rv));
}

/* Somebody ordered that it is erased: what must hold of that is erasures_check's. What an order that fell took may be gone. */
static bool ordered(struct looking *l, const struct acked *a)
{
    span ids;

    if (erased_of_record(l->txn, &a->scope, &a->record, &ids) != LINLI_OK)
        world_fail(l->w, "orders about %02x%02x", a->record.b[0], a->record.b[1]);
    return ids.size > 0;
}

static void values_check(struct world *w)
{
    struct looking l = {.w = w, .r = w->places[0].store->replica};
    uint32_t scope;
    int rv = store_begin(l.r->store, false, &l.txn);

    for (size_t i = 0; i < w->acked_count && rv == LINLI_OK && !w->over; i++) {
        if (!w->places[w->acked[i].place].honest)
            continue;
        rv = scope_number(l.txn, &w->acked[i].scope, &scope);
        if (rv == LINLI_E_NOT_FOUND && touched(w, &w->places[w->acked[i].place])) {
            rv = LINLI_OK; /* a scope of which only it knows */
            continue;
        }
        if (rv == LINLI_OK && w->mix.erases > 0 && ordered(&l, &w->acked[i]))
            continue;
        if (rv == LINLI_OK && !late_kept(&l, scope, &w->acked[i]))
            write_check(&l, scope, &w->acked[i]);
    }
    if (rv != LINLI_OK)
        world_fail(w, "reading the root's view: %s", linli_code_name(rv));
    store_abort(l.txn);
    arena_free(&l.arena);
}

/* Late or not: who wrote it still has it. */
static void own_check(struct world *w)
{
    for (unsigned i = 0; i < w->place_count && !w->over; i++)
        if (w->places[i].honest && w->places[i].up && w->places[i].revoked)
            acked_settle(&w->places[i]);
}

/* --- each store on its own --- */

static void on_bad(void *ctx, const struct linli_bad *bad)
{
    struct place *p = ctx;

    world_log(p->world, "%u verifies: %s, seq %llu, record %02x%02x", p->number, bad->what, (unsigned long long)bad->seq,
              bad->record.b[0], bad->record.b[1]);
}

/* Nobody holds what he may not read. */
static void classes_check(struct world *w, struct place *p)
{
    for (unsigned s = 0; s < w->scope_count && !w->over; s++) {
        struct buf secret = {0};
        int rv = dump_scope(p->store->replica, &w->scopes[s].id, 7u & ~place_classes(p, s), &secret);
        if (rv == LINLI_OK && secret.size > 0 && w->trace)
            (void)printf("%.*s", (int)secret.size, (const char *)secret.at);
        if ((rv == LINLI_OK && secret.size > 0) || (rv == LINLI_OK && place_classes(p, s) == 0))
            world_fail(w, "%u holds of scope %u what it may not read", p->number, s);
        buf_free(&secret);
    }
}

static bool all_honest(const struct world *w)
{
    for (unsigned i = 0; i < w->place_count; i++)
        if (!w->places[i].honest)
            return false;
    return true;
}

/*
 * What was typed into a sealed field stands in no file, also not where its writer or a reader of it keeps his store. Where an
 * attacker made the record one of another type before it was saved, the field was another than its writer saw.
 */
static void canary_check(struct world *w, const struct place *p)
{
    if (all_honest(w) && canary_in_folder(p->dir, SEALED_TEXT))
        world_fail(w, "%u has a sealed field's text in a file", p->number);
}

struct waits {
    const struct world *w;
    bool any;
};

/* Of one who is out, the rest may have no way left: it was turned out in the middle of telling it. */
static bool wait_look(void *ctx, span key, span run)
{
    struct waits *waits = ctx;

    (void)run;
    for (unsigned i = 0; i < waits->w->place_count; i++) {
        const struct place *author = &waits->w->places[i];
        if (memcmp(key.at + ID_BYTES, author->author.key, KEY_BYTES) == 0)
            waits->any = waits->any || author->usable != 0;
    }
    return true;
}

/* Runs of those who still meet others. */
static bool any_waits(struct world *w, const struct place *p)
{
    struct waits waits = {w, false};
    struct store_txn *txn = NULL;
    int rv = store_begin(p->store->replica->store, false, &txn);

    if (rv == LINLI_OK)
        rv = note_each(txn, NOTE_WAITING, wait_look, &waits);
    store_abort(txn);
    if (rv != LINLI_OK)
        world_fail(w, "what waits at %u: %s", p->number, linli_code_name(rv));
    return waits.any;
}

static void store_check(struct world *w, struct place *p)
{
    struct linli_verify verify = {.on_bad = on_bad, .ctx = p};
    struct linli_status status;
    struct place *before = place_runs(p);
    int rv = linli_store_status(p->store, &status);

    if (rv != LINLI_OK)
        world_fail(w, "status of %u: %s", p->number, linli_code_name(rv));
    else
        account_check(w, p, &status);
    rv = linli_store_verify(p->store, &verify);
    w->runs = before;
    if (rv != LINLI_OK)
        world_fail(w, "%u does not verify: %s, %llu bad", p->number, linli_code_name(rv), (unsigned long long)verify.bad);
    canary_files(w, p);
    if (all_honest(w) && status.waiting > 0 && (w->mix.revokes == 0 || (p->usable != 0 && any_waits(w, p))))
        world_fail(w, "%u still has %llu runs that wait", p->number, (unsigned long long)status.waiting);
    hasher_add(&w->state, status.digest.b, HASH_BYTES);
    world_log(w, "%u: %llu changesets, %llu records, %llu conflicts, %llu set aside, %llu waiting, %llu wanted", p->number,
              (unsigned long long)status.changesets, (unsigned long long)status.records, (unsigned long long)status.conflicts,
              (unsigned long long)status.set_aside, (unsigned long long)status.waiting, (unsigned long long)status.wants);
}

void check_all(struct world *w)
{
    for (unsigned i = 0; i < w->place_count && !w->over; i++) {
        struct place *p = &w->places[i];
        if (!p->enrolled || !p->up)
            continue;
        store_check(w, p); /* an attacker's own store is whole too */
        if (p->honest && !w->over)
            classes_check(w, p);
        if (!w->over)
            canary_check(w, p);
        for (unsigned s = 0; s < w->scope_count && p->honest && !w->over; s++)
            if (place_reads(p, s) != 0) {
                heads_check(w, p, s);
                bool fell = w->mix.erases > 0 && w->mix.revokes > 0; /* what an order took that counts no more may be gone */
                if (!w->over && !fell && place_reads(p, s) == place_classes(p, s)) /* else it may want what nobody opens to it now */
                    wants_check(w, p, s);
            }
    }
    if (!w->over)
        values_check(w);
    if (!w->over)
        own_check(w);
    if (!w->over)
        thieves_check(w, &w->places[0]);
}
