/*
 * replica: what follows from orders to erase, when nothing else is under way: the changesets that hold what they name are judged
 * again, and lose it on the way; so do the runs that are kept beside the logs; and what came of such a record and is not named
 * yet is named by whoever may.
 */
#include <stdlib.h>

#include "replica/erasing.h"

/* Whichever it is, the same may be listed again: dues_sort makes one of them. */
int erase_due(struct work *w, const linli_id *scope, const linli_id *record, bool order)
{
    struct erase_due *last = w->due_count > 0 ? &w->dues[w->due_count - 1] : NULL;

    if (last != NULL && id_equal(&last->record, record) && id_equal(&last->scope, scope)) {
        last->order = last->order || order;
        return LINLI_OK;
    }
    int rv = mem_grow(&w->dues, &w->due_room, w->due_count + 1, sizeof(*w->dues));
    if (rv == LINLI_OK)
        w->dues[w->due_count++] = (struct erase_due){*scope, *record, order};
    return rv;
}

int erase_arrived(struct work *w, struct arena *a, const struct log *log, const struct changeset *cs, const struct part *part)
{
    struct erased_cover cover;

    if (erase_exempt(cs, part))
        return LINLI_OK;
    int rv = erased_covers(w->txn, a, &log->scope_id, &part->record, &cover);
    return rv == LINLI_OK && (cover.classes >> part->cls & 1) != 0 ? erase_due(w, &log->scope_id, &part->record, false) : rv;
}

/* --- the logs --- */

struct log_at {
    uint32_t scope, author;
    uint64_t seq;            /* of the changeset that is concerned */
};
struct logs {
    struct work *w;
    struct log_at *at;
    size_t count, room;
    uint32_t scope;          /* of the order looked at */
    int failed;
};

/* Mostly it is the last one; what is listed again goes when all are. */
static bool log_add(struct logs *l, uint32_t author, uint64_t seq)
{
    const struct log_at *last = l->count > 0 ? &l->at[l->count - 1] : NULL;

    if (last != NULL && last->author == author && last->scope == l->scope && last->seq == seq)
        return true;
    l->failed = mem_grow(&l->at, &l->room, l->count + 1, sizeof(*l->at));
    if (l->failed == LINLI_OK)
        l->at[l->count++] = (struct log_at){l->scope, author, seq};
    return l->failed == LINLI_OK;
}

static bool touched(void *ctx, uint32_t author, uint64_t seq)
{
    return log_add(ctx, author, seq);
}

static bool named(void *ctx, const struct erasure_part *part)
{
    struct logs *l = ctx;
    uint32_t author;
    struct head_row head;
    int rv = author_number(l->w->txn, &part->author, false, &author);

    if (rv == LINLI_OK)
        rv = head_get(l->w->txn, l->scope, author, &head);
    if (rv == LINLI_OK)
        return log_add(l, author, part->seq);
    l->failed = rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv; /* nothing of that log is here */
    return l->failed == LINLI_OK;
}

/* The changesets that hold something of the record, or something that an order about it names. */
static int logs_find(struct logs *l, const struct erase_due *due)
{
    span ids = {NULL, 0};
    int rv = touch_each(l->w->txn, l->scope, &due->record, touched, l);

    rv = rv == LINLI_OK ? l->failed : rv;
    if (rv == LINLI_OK)
        rv = erased_of_record(l->w->txn, &due->scope, &due->record, &ids);
    for (size_t i = 0; i < ids.size / HASH_BYTES && rv == LINLI_OK; i++) {
        struct erasure e;
        rv = erased_order(l->w->txn, ids, i, &e);
        if (rv == LINLI_OK)
            erasure_each(&e, named, l);
        rv = rv == LINLI_OK ? l->failed : rv;
    }
    return rv;
}

/* --- what is redacted --- */

/* How each part is kept from now on. Where content goes, what it was may be on pages that are free. */
static int carried_now(struct work *w, const struct erased *erased, const struct changeset *cs, enum part_carried *as,
                       bool *changed)
{
    bool lost = false;

    for (size_t i = 0; i < cs->part_count; i++) {
        as[i] = erased_carried(&cs->parts[i], erased_mark(erased, i), ~0u);
        *changed = *changed || as[i] != cs->parts[i].carried;
        lost = lost || (as[i] == PART_ERASED && cs->parts[i].carried == PART_HELD);
    }
    w->stale = w->stale || lost;
    return lost ? store_stale(w->txn) : LINLI_OK;
}

int erase_redact(struct work *w, const struct log *log, const struct changeset *cs, span *entry, bool *changed)
{
    struct arena *a = &w->scratch;
    enum part_carried *as = arena_array(a, cs->part_count + 1, sizeof(*as));
    struct buf redacted = {0};
    struct erased erased;
    int rv = as == NULL ? LINLI_E_NOMEM : erased_look(w->txn, a, log, cs, &erased);

    *changed = false;
    if (rv == LINLI_OK)
        rv = carried_now(w, &erased, cs, as, changed);
    if (rv != LINLI_OK || !*changed)
        return rv;
    rv = entry_as(*entry, as, cs->part_count, &redacted);
    if (rv == LINLI_OK)
        *entry = arena_copy(a, buf_span(&redacted));
    buf_free(&redacted);
    return rv == LINLI_OK && entry->at == NULL ? LINLI_E_NOMEM : rv;
}

/* --- the runs beside them --- */

static int kept_redact(void *ctx, struct kept_run *kept, bool *changed)
{
    int rv = LINLI_OK;

    for (size_t i = 0; i < kept->run->count && rv == LINLI_OK; i++) {
        bool differs;
        rv = erase_redact(ctx, &kept->log, &kept->changesets[i], &kept->run->entries[i], &differs);
        *changed = *changed || differs;
    }
    return rv;
}

/* --- all of it --- */

static int log_compare(const void *x, const void *y)
{
    const struct log_at *a = x, *b = y;

    if (a->scope != b->scope)
        return a->scope < b->scope ? -1 : 1;
    if (a->author != b->author)
        return a->author < b->author ? -1 : 1;
    return (a->seq > b->seq) - (a->seq < b->seq);
}

/* Every changeset once, however many orders concern it, and every log walked once. */
static int logs_rejudge(struct work *w, struct logs *l)
{
    uint64_t *seqs = arena_array(&w->arena, l->count + 1, sizeof(*seqs));
    size_t count = 0;
    int rv = seqs == NULL ? LINLI_E_NOMEM : LINLI_OK;

    if (l->count > 1)
        qsort(l->at, l->count, sizeof(*l->at), log_compare);
    for (size_t i = 0; i < l->count && rv == LINLI_OK; i++) {
        const struct log_at *at = &l->at[i], *next = i + 1 < l->count ? at + 1 : NULL;
        if (count == 0 || seqs[count - 1] != at->seq)
            seqs[count++] = at->seq;
        if (next != NULL && next->scope == at->scope && next->author == at->author)
            continue;
        rv = rejudge_changesets(w, at->scope, at->author, seqs, count);
        count = 0;
    }
    return rv;
}

/* `scope`: the one whose kept runs were looked through last. */
static int order_follow(struct logs *l, const struct erase_due *due, uint32_t *scope)
{
    int rv = scope_number(l->w->txn, &due->scope, &l->scope);

    if (rv == LINLI_OK)
        rv = logs_find(l, due);
    if (rv == LINLI_OK && *scope != l->scope)
        rv = kept_runs(l->w, l->scope, kept_redact, l->w);
    *scope = l->scope;
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv; /* a scope that is not held: they wait here for what they speak of */
}

static int orders_follow(struct work *w, const struct erase_due *dues, size_t count)
{
    struct logs l = {.w = w};
    uint32_t scope = 0;
    int rv = LINLI_OK;

    for (size_t i = 0; i < count && rv == LINLI_OK; i++)
        if (dues[i].order)
            rv = order_follow(&l, &dues[i], &scope);
    if (rv == LINLI_OK)
        rv = logs_rejudge(w, &l);
    mem_free(l.at);
    return rv;
}

int erase_gone(struct work *w, const struct erasure *e)
{
    struct logs l = {.w = w};
    int rv = scope_number(w->txn, &e->head.scope, &l.scope);

    if (rv == LINLI_OK) {
        erasure_each(e, named, &l);
        rv = l.failed;
    }
    if (rv == LINLI_OK)
        rv = logs_rejudge(w, &l);
    mem_free(l.at);
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

int erase_stale(struct work *w, const struct erasure *e)
{
    struct standing_source source = standing_of(w->txn);
    struct arena a = {0};
    unsigned classes = 0;
    int rv = standing_erasure(&source, &a, e, &classes);

    arena_free(&a);
    if (rv != LINLI_OK || classes == 0)
        return rv;
    w->stale = true;
    return store_stale(w->txn);
}

/* What is kept beside the logs is looked for once for each scope. */
static int rests_name(struct work *w, const struct erase_due *dues, size_t count)
{
    struct asides asides = {.ready = false};
    int rv = LINLI_OK;

    for (size_t i = 0; i < count && rv == LINLI_OK; i++) {
        if (i > 0 && !id_equal(&dues[i - 1].scope, &dues[i].scope))
            asides_free(&asides);
        rv = erase_name_rest(w, &asides, &dues[i].scope, &dues[i].record);
    }
    asides_free(&asides);
    return rv;
}

static int due_compare(const void *x, const void *y)
{
    const struct erase_due *a = x, *b = y;
    int order = id_compare(&a->scope, &b->scope);

    return order != 0 ? order : id_compare(&a->record, &b->record);
}

/* By scope and record, each once. */
static size_t dues_sort(struct erase_due *dues, size_t count)
{
    size_t kept = 0;

    if (count > 1)
        qsort(dues, count, sizeof(*dues), due_compare);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && due_compare(&dues[kept - 1], &dues[i]) == 0)
            dues[kept - 1].order = dues[kept - 1].order || dues[i].order;
        else
            dues[kept++] = dues[i];
    }
    return kept;
}

static int round_follow(struct work *w)
{
    struct erase_due *dues = w->dues;
    size_t count = dues_sort(dues, w->due_count);

    w->dues = NULL;
    w->due_count = w->due_room = 0;
    int rv = orders_follow(w, dues, count);
    if (rv == LINLI_OK)
        rv = rests_name(w, dues, count);
    mem_free(dues);
    return rv;
}

int erase_follow(struct work *w)
{
    int rv = statements_follow(w);

    while (rv == LINLI_OK && w->due_count > 0) { /* naming the rest says orders, and these are followed in turn */
        rv = round_follow(w);
        if (rv == LINLI_OK)
            rv = statements_follow(w);
    }
    return rv;
}
