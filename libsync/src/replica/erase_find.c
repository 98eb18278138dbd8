/*
 * replica: what is held of a record that is to be erased: in the logs of the scopes where it is shown, in those where it was set
 * aside or came in part, in evidence of forks, and in what waits.
 */
#include <stdlib.h>
#include <string.h>

#include "replica/erasing.h"

/* --- what no list of records leads to --- */

struct gathering {
    struct work *w;
    struct asides *out;
    uint32_t scope;
    int failed;
};

void asides_free(struct asides *asides)
{
    mem_free(asides->at);
    mem_free(asides->scopes);
    *asides = (struct asides){.ready = false};
}

static int aside_add(struct asides *out, const struct aside_part *part)
{
    int rv = mem_grow(&out->at, &out->room, out->count + 1, sizeof(*out->at));

    if (rv == LINLI_OK)
        out->at[out->count++] = *part;
    return rv;
}

static int kept_gather(void *ctx, struct kept_run *kept, bool *changed)
{
    struct gathering *g = ctx;
    int rv = LINLI_OK;

    (void)changed;
    for (size_t i = 0; i < kept->run->count; i++) {
        const struct changeset *cs = &kept->changesets[i];
        for (size_t k = 0; k < cs->part_count && rv == LINLI_OK; k++) {
            const struct part *part = &cs->parts[k];
            struct aside_part found = {part->record, kept->log.scope, true, erase_exempt(cs, part), part->cls,
                                       {kept->log.name, cs->at.seq, (uint32_t)k}};
            if (part->carried == PART_HELD)
                rv = aside_add(g->out, &found);
        }
    }
    return rv;
}

static bool aside_gather(void *ctx, const struct aside_row *row)
{
    struct gathering *g = ctx;

    g->failed = aside_add(g->out, &(struct aside_part){.record = row->record, .scope = g->scope});
    return g->failed == LINLI_OK;
}

static int all_asides_gather(struct gathering *g)
{
    struct store_txn *txn = g->w->txn;
    struct scope_row row;
    uint64_t count = 0;
    int rv = LINLI_OK;

    for (g->scope = 1; rv == LINLI_OK; g->scope++) {
        rv = scope_get(txn, g->scope, &row);
        if (rv == LINLI_OK)
            rv = count_get(txn, g->scope, COUNT_ASIDE, &count);
        if (rv == LINLI_OK && count > 0)
            rv = aside_each(txn, g->scope, aside_gather, g);
        rv = rv == LINLI_OK ? g->failed : rv;
    }
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv; /* after the last one */
}

static bool want_gather(void *ctx, uint32_t scope, uint32_t author, uint64_t seq, uint32_t part)
{
    struct gathering *g = ctx;
    struct asides *out = g->out;

    (void)author;
    (void)seq;
    (void)part;
    if (out->scope_count > 0 && out->scopes[out->scope_count - 1] == scope) /* they come in order */
        return true;
    g->failed = mem_grow(&out->scopes, &out->scope_room, out->scope_count + 1, sizeof(*out->scopes));
    if (g->failed == LINLI_OK)
        out->scopes[out->scope_count++] = scope;
    return g->failed == LINLI_OK;
}

static int place_compare(const struct aside_part *part, const linli_id *record, uint32_t scope)
{
    int order = id_compare(&part->record, record);

    return order != 0 ? order : (part->scope > scope) - (part->scope < scope);
}

static int aside_compare(const void *x, const void *y)
{
    const struct aside_part *b = y;

    return place_compare(x, &b->record, b->scope);
}

static int gathered(struct gathering *g, int rv)
{
    if (rv == LINLI_OK && g->out->count > 1)
        qsort(g->out->at, g->out->count, sizeof(*g->out->at), aside_compare);
    g->out->ready = rv == LINLI_OK;
    return rv;
}

int asides_find_in(struct work *w, uint32_t scope, struct asides *out)
{
    struct gathering g = {.w = w, .out = out};

    return gathered(&g, kept_runs(w, scope, kept_gather, &g));
}

int asides_find(struct work *w, struct asides *out)
{
    struct gathering g = {.w = w, .out = out};
    int rv = kept_runs(w, 0, kept_gather, &g);

    if (rv == LINLI_OK)
        rv = all_asides_gather(&g);
    if (rv == LINLI_OK)
        rv = want_all(w->txn, want_gather, &g);
    return gathered(&g, rv == LINLI_OK ? g.failed : rv);
}

/* The first that is not before this place. */
static size_t asides_at(const struct asides *asides, const linli_id *record, uint32_t scope)
{
    size_t low = 0, high = asides->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (place_compare(&asides->at[middle], record, scope) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* --- where --- */

struct places {
    uint32_t *at;
    size_t count, room;
    int failed;
};

static bool place_add(void *ctx, uint32_t scope)
{
    struct places *p = ctx;

    for (size_t i = 0; i < p->count && p->failed == LINLI_OK; i++) /* a record is in few */
        if (p->at[i] == scope)
            return true;
    if (p->failed == LINLI_OK)
        p->failed = mem_grow(&p->at, &p->room, p->count + 1, sizeof(*p->at));
    if (p->failed == LINLI_OK)
        p->at[p->count++] = scope;
    return p->failed == LINLI_OK;
}

static bool touched_any(void *ctx, uint32_t author, uint64_t seq)
{
    (void)author;
    (void)seq;
    *(bool *)ctx = true;
    return false;
}

static int places_find(struct work *w, const struct asides *asides, const linli_id *record, struct places *p)
{
    int rv = where_each(w->txn, record, place_add, p);

    for (size_t i = asides_at(asides, record, 0); i < asides->count && id_equal(&asides->at[i].record, record); i++)
        (void)place_add(p, asides->at[i].scope);
    for (size_t i = 0; i < asides->scope_count && rv == LINLI_OK; i++) {
        bool any = false;
        rv = touch_each(w->txn, asides->scopes[i], record, touched_any, &any);
        if (any)
            (void)place_add(p, asides->scopes[i]);
    }
    rv = rv == LINLI_OK ? p->failed : rv;
    return rv == LINLI_OK && p->count == 0 ? LINLI_E_NOT_FOUND : rv;
}

int asides_places(struct work *w, const struct asides *asides, const linli_id *record, int (*fn)(void *ctx, uint32_t scope),
                  void *ctx)
{
    struct places p = {.failed = LINLI_OK};
    int rv = places_find(w, asides, record, &p);

    for (size_t i = 0; i < p.count && rv == LINLI_OK; i++)
        rv = fn(ctx, p.at[i]);
    mem_free(p.at);
    return rv;
}

/* --- what --- */

struct touching {
    uint32_t author;
    uint64_t seq;
};
struct touches {
    struct touching *at;
    size_t count, room;
    int failed;
};

static bool touch_add(void *ctx, uint32_t author, uint64_t seq)
{
    struct touches *t = ctx;

    t->failed = mem_grow(&t->at, &t->room, t->count + 1, sizeof(*t->at));
    if (t->failed == LINLI_OK)
        t->at[t->count++] = (struct touching){author, seq};
    return t->failed == LINLI_OK;
}

static int found_add(struct finding *f, const struct erasure_part *at, unsigned cls)
{
    int rv = mem_grow(&f->parts, &f->room, f->count + 1, sizeof(*f->parts));

    if (rv == LINLI_OK)
        f->parts[f->count++] = (struct found_part){*at, cls};
    return rv;
}

static int changeset_find(struct finding *f, const struct log *log, const struct changeset *cs)
{
    struct erased erased;
    int rv = erased_look(f->w->txn, &f->w->scratch, log, cs, &erased);

    for (size_t i = 0; i < cs->part_count && rv == LINLI_OK; i++) {
        const struct part *part = &cs->parts[i];
        if (part->carried != PART_HELD || !id_equal(&part->record, &f->record) || (f->classes >> part->cls & 1) == 0 ||
            erased_mark(&erased, i) == ERASED_NOW)
            continue;
        f->exempt = f->exempt || erase_exempt(cs, part);
        if (!erase_exempt(cs, part))
            rv = found_add(f, &(struct erasure_part){log->name, cs->at.seq, (uint32_t)i}, part->cls);
    }
    return rv;
}

static int logs_find(struct finding *f, const struct touches *t)
{
    struct work *w = f->w;
    struct log log = {.author = 0};
    struct arena a = {0};
    int rv = t->failed;

    for (size_t i = 0; i < t->count && rv == LINLI_OK; i++) {
        struct log_row row;
        struct changeset cs;
        arena_reset(&w->scratch);
        if (t->at[i].author != log.author)
            rv = log_load(w->r, w->txn, &a, f->scope, t->at[i].author, &log);
        if (rv == LINLI_OK)
            rv = log_changeset(w->r, w->txn, &w->scratch, &log, t->at[i].seq, NULL, &row, &cs);
        if (rv == LINLI_OK)
            rv = changeset_find(f, &log, &cs);
    }
    arena_free(&a);
    return rv;
}

/* What an order that counts names is in no such run any more. */
static int kept_find(struct finding *f)
{
    const struct asides *asides = f->asides;
    int rv = LINLI_OK;

    for (size_t i = asides_at(asides, &f->record, f->scope); i < asides->count && rv == LINLI_OK; i++) {
        const struct aside_part *part = &asides->at[i];
        if (place_compare(part, &f->record, f->scope) != 0)
            break;
        if (!part->kept || (f->classes >> part->cls & 1) == 0)
            continue;
        f->exempt = f->exempt || part->exempt;
        if (!part->exempt)
            rv = found_add(f, &part->at, part->cls);
    }
    return rv;
}

static int found_compare(const void *x, const void *y)
{
    const struct found_part *a = x, *b = y;
    int order = erasure_part_compare(&a->at, &b->at);

    return order != 0 ? order : (a->cls > b->cls) - (a->cls < b->cls);
}

static void found_sort(struct finding *f)
{
    size_t kept = 0;

    if (f->count > 1)
        qsort(f->parts, f->count, sizeof(*f->parts), found_compare);
    for (size_t i = 0; i < f->count; i++)
        if (kept == 0 || found_compare(&f->parts[kept - 1], &f->parts[i]) != 0)
            f->parts[kept++] = f->parts[i];
    f->count = kept;
}

int finding_fill(struct finding *f)
{
    struct touches t = {.failed = LINLI_OK};
    int rv = touch_each(f->w->txn, f->scope, &f->record, touch_add, &t);

    if (rv == LINLI_OK)
        rv = logs_find(f, &t);
    if (rv == LINLI_OK)
        rv = kept_find(f);
    found_sort(f);
    mem_free(t.at);
    return rv;
}

void finding_free(struct finding *f)
{
    mem_free(f->parts);
    f->parts = NULL;
    f->count = f->room = 0;
}
