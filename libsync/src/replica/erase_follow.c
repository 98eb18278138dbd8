/*
 * replica: what follows from orders to erase, when nothing else is under way: the logs that hold what they name are judged
 * again, and lose it on the way; so do the runs that are kept beside the logs; and what came of such a record and is not named
 * yet is named by whoever may.
 */
#include <string.h>

#include "replica/erasing.h"

int erase_due(struct work *w, const linli_id *scope, const linli_id *record, bool order)
{
    for (size_t i = 0; i < w->due_count; i++)
        if (id_equal(&w->dues[i].record, record) && id_equal(&w->dues[i].scope, scope)) {
            w->dues[i].order = w->dues[i].order || order;
            return LINLI_OK;
        }
    int rv = mem_grow(&w->dues, &w->due_room, w->due_count + 1, sizeof(*w->dues));
    if (rv == LINLI_OK)
        w->dues[w->due_count++] = (struct erase_due){*scope, *record, order};
    return rv;
}

int erase_arrived(struct work *w, struct arena *a, const struct log *log, const struct part *part)
{
    struct erased_cover cover;

    if (erase_exempt(part))
        return LINLI_OK;
    int rv = erased_covers(w->txn, a, &log->scope_id, &part->record, &cover);
    return rv == LINLI_OK && (cover.classes >> part->cls & 1) != 0 ? erase_due(w, &log->scope_id, &part->record, false) : rv;
}

/* --- the logs --- */

struct log_at {
    uint32_t scope, author;
};
struct logs {
    struct work *w;
    struct log_at *at;
    size_t count, room;
    uint32_t scope;          /* of the order looked at */
    int failed;
};

static bool log_add(struct logs *l, uint32_t author)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->at[i].author == author && l->at[i].scope == l->scope)
            return true;
    l->failed = mem_grow(&l->at, &l->room, l->count + 1, sizeof(*l->at));
    if (l->failed == LINLI_OK)
        l->at[l->count++] = (struct log_at){l->scope, author};
    return l->failed == LINLI_OK;
}

static bool touched(void *ctx, uint32_t author, uint64_t seq)
{
    (void)seq;
    return log_add(ctx, author);
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
        return log_add(l, author);
    l->failed = rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv; /* nothing of that log is here */
    return l->failed == LINLI_OK;
}

/* The logs that hold something of the record, or something that an order about it names. */
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

static bool scope_before(const struct erase_due *dues, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (dues[k].order && id_equal(&dues[k].scope, &dues[i].scope))
            return true;
    return false;
}

/* Every log once, however many orders concern it. */
static int orders_follow(struct work *w, const struct erase_due *dues, size_t count)
{
    struct logs l = {.w = w};
    int rv = LINLI_OK;

    for (size_t i = 0; i < count && rv == LINLI_OK; i++) {
        if (!dues[i].order)
            continue;
        rv = scope_number(w->txn, &dues[i].scope, &l.scope);
        if (rv == LINLI_OK)
            rv = logs_find(&l, &dues[i]);
        if (rv == LINLI_OK && !scope_before(dues, i))
            rv = kept_runs(w, l.scope, kept_redact, w);
        rv = rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv; /* a scope that is not held: they wait here for what they speak of */
    }
    for (size_t i = 0; i < l.count && rv == LINLI_OK; i++)
        rv = rejudge_log(w, l.at[i].scope, l.at[i].author);
    mem_free(l.at);
    return rv;
}

static int round_follow(struct work *w)
{
    struct erase_due *dues = w->dues;
    size_t count = w->due_count;
    int rv;

    w->dues = NULL;
    w->due_count = w->due_room = 0;
    rv = orders_follow(w, dues, count);
    for (size_t i = 0; i < count && rv == LINLI_OK; i++)
        rv = erase_name_rest(w, &dues[i].scope, &dues[i].record);
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
