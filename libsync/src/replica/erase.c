/* replica: orders to erase that are said here: everything that is held of a record, in as many as it needs. */
#include <stdlib.h>
#include <string.h>

#include "replica/erasing.h"
#include "replica/reading.h"

/* What an order holds besides its parts takes less than the rest; a part, and a log it is the first of, take no more. */
enum { ORDER_PARTS_BYTES = 3400, PART_BYTES_MOST = 9 + 3, LOG_BYTES_MOST = 3 + 2 + AUTHOR_BYTES };

/* --- what is to be named --- */

struct touching {
    uint32_t author;
    uint64_t seq;
};
struct finding {
    struct work *w;
    uint32_t scope;
    linli_id scope_id, record;
    unsigned classes;
    struct touching *touches;
    size_t touch_count, touch_room;
    struct erasure_part *parts;
    size_t count, room;
    bool exempt;             /* something is of it that is not erased */
    int failed;
};

static void finding_free(struct finding *f)
{
    mem_free(f->touches);
    mem_free(f->parts);
}

static bool touch_add(void *ctx, uint32_t author, uint64_t seq)
{
    struct finding *f = ctx;

    f->failed = mem_grow(&f->touches, &f->touch_room, f->touch_count + 1, sizeof(*f->touches));
    if (f->failed == LINLI_OK)
        f->touches[f->touch_count++] = (struct touching){author, seq};
    return f->failed == LINLI_OK;
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
        if (erase_exempt(part)) {
            f->exempt = true;
            continue;
        }
        rv = mem_grow(&f->parts, &f->room, f->count + 1, sizeof(*f->parts));
        if (rv == LINLI_OK)
            f->parts[f->count++] = (struct erasure_part){log->name, cs->at.seq, (uint32_t)i};
    }
    return rv;
}

static int kept_find(void *ctx, struct kept_run *kept, bool *changed)
{
    struct finding *f = ctx;
    int rv = LINLI_OK;

    (void)changed;
    for (size_t i = 0; i < kept->run->count && rv == LINLI_OK; i++)
        rv = changeset_find(f, &kept->log, &kept->changesets[i]);
    return rv;
}

static int part_order(const void *x, const void *y)
{
    const struct erasure_part *a = x, *b = y;
    int order = author_compare(&a->author, &b->author);

    if (order != 0)
        return order;
    if (a->seq != b->seq)
        return a->seq < b->seq ? -1 : 1;
    return (a->part > b->part) - (a->part < b->part);
}

/* In order, and each once: the two branches of a fork have one dot. */
static void parts_sort(struct finding *f)
{
    size_t kept = 0;

    if (f->count > 1)
        qsort(f->parts, f->count, sizeof(*f->parts), part_order);
    for (size_t i = 0; i < f->count; i++)
        if (kept == 0 || part_order(&f->parts[kept - 1], &f->parts[i]) != 0)
            f->parts[kept++] = f->parts[i];
    f->count = kept;
}

/* In the logs of the scope, and in what is kept beside them. */
static int parts_find(struct finding *f)
{
    struct work *w = f->w;
    struct log log = {.author = 0};
    struct arena a = {0};
    int rv = touch_each(w->txn, f->scope, &f->record, touch_add, f);

    rv = rv == LINLI_OK ? f->failed : rv;
    for (size_t i = 0; i < f->touch_count && rv == LINLI_OK; i++) {
        struct log_row row;
        struct changeset cs;
        arena_reset(&w->scratch);
        if (f->touches[i].author != log.author)
            rv = log_load(w->r, w->txn, &a, f->scope, f->touches[i].author, &log);
        if (rv == LINLI_OK)
            rv = log_changeset(w->r, w->txn, &w->scratch, &log, f->touches[i].seq, NULL, &row, &cs);
        if (rv == LINLI_OK)
            rv = changeset_find(f, &log, &cs);
    }
    if (rv == LINLI_OK)
        rv = kept_runs(w, f->scope, kept_find, f);
    parts_sort(f);
    arena_free(&a);
    return rv;
}

/* --- saying it --- */

/* Our grant under which it may be said, of those that stand. */
static int right_find(struct work *w, const struct scope_path *path, unsigned classes, struct grant *by)
{
    struct replica *r = w->r;

    for (size_t i = 0; i < r->own_count; i++) {
        const struct held_grant *held = &r->own[i];
        bool usable = false, may = path_contains(&held->grant.path, path);
        for (unsigned cls = 0; classes >> cls != 0; cls++)
            may = may && ((classes >> cls & 1) == 0 || decide_right(held->grant.rights, cls, true));
        if (!may || clock_now_ms(&r->clock) >= held->term_end_ms)
            continue;
        int rv = standing_usable(w->txn, &held->grant, &usable);
        if (rv != LINLI_OK)
            return rv;
        if (usable) {
            *by = held->grant;
            return LINLI_OK;
        }
    }
    return LINLI_E_REFUSED;
}

/* How many of these one order holds. */
static size_t order_holds(const struct erasure_part *parts, size_t count)
{
    size_t n = 0, bytes = 0;

    for (; n < count && n < ERASURE_PARTS_MAX; n++) {
        bytes += PART_BYTES_MOST;
        if (n == 0 || !author_equal(&parts[n - 1].author, &parts[n].author))
            bytes += LOG_BYTES_MOST;
        if (bytes > ORDER_PARTS_BYTES)
            break;
    }
    return n;
}

struct saying {
    struct scope_path path;
    struct grant by;
    unsigned reason;
    const char *note;    /* beside the first */
    size_t orders;
};

static int order_say(struct finding *f, struct saying *s, struct erasure_part *parts, size_t count)
{
    struct work *w = f->w;
    struct erasure e = {.record = f->record, .classes = f->classes, .reason = s->reason};
    struct buf certificate = {0};
    bool added;

    statement_start(w->r, &s->by, &s->path, &e.head);
    int rv = erasure_make(w->r->self.sign_secret, &e, parts, count, &certificate);
    if (rv == LINLI_OK)
        rv = authority_enter(w, buf_span(&certificate), &added);
    if (rv == LINLI_OK)
        rv = statement_record(w, &e.head, buf_span(&certificate), (span){NULL, 0}, s->orders == 0 ? s->note : NULL);
    s->orders += rv == LINLI_OK;
    buf_free(&certificate);
    return rv;
}

static int saying_start(struct finding *f, struct saying *s)
{
    int rv = tree_path(f->w->txn, f->scope, &s->path);

    return rv == LINLI_OK ? right_find(f->w, &s->path, f->classes, &s->by) : rv;
}

/* At least one, though there be nothing to name: it speaks of what still comes. */
static int orders_say(struct finding *f, struct saying *s)
{
    size_t i = 0;
    int rv;

    do {
        size_t count = order_holds(f->parts + i, f->count - i);
        rv = order_say(f, s, f->parts + i, count);
        i += count;
    } while (rv == LINLI_OK && i < f->count);
    return rv;
}

/* This device may not, or not now: another that holds it will, or this one when it is asked again. */
static bool not_ours(int code)
{
    return code == LINLI_E_REFUSED || code == LINLI_E_LIMIT || code == LINLI_E_FORK || code == LINLI_E_CLOCK;
}

int erase_name_rest(struct work *w, const linli_id *scope, const linli_id *record)
{
    struct finding f = {.w = w, .scope_id = *scope, .record = *record};
    struct erased_cover cover;
    int rv = scope_number(w->txn, scope, &f.scope);

    arena_reset(&w->scratch);
    if (rv == LINLI_OK)
        rv = erased_covers(w->txn, &w->scratch, scope, record, &cover);
    if (rv == LINLI_E_NOT_FOUND || (rv == LINLI_OK && cover.classes == 0))
        return LINLI_OK;
    f.classes = cover.classes;
    struct saying s = {.reason = cover.reason};
    if (rv == LINLI_OK)
        rv = saying_start(&f, &s); /* first, for most devices may not, and looking is dear */
    if (rv == LINLI_OK)
        rv = parts_find(&f);
    if (rv == LINLI_OK && f.count > 0)
        rv = orders_say(&f, &s);
    rv = not_ours(rv) ? LINLI_OK : rv;
    finding_free(&f);
    return rv;
}

/* --- a person erases --- */

struct erase_call {
    const struct linli_erase *asked;
    struct linli_erased done;
};
struct places {
    uint32_t *at;
    size_t count, room;
    int failed;
};

static bool place_add(void *ctx, uint32_t scope)
{
    struct places *p = ctx;

    p->failed = mem_grow(&p->at, &p->room, p->count + 1, sizeof(*p->at));
    if (p->failed == LINLI_OK)
        p->at[p->count++] = scope;
    return p->failed == LINLI_OK;
}

static bool seen_one(void *ctx, uint32_t author, uint64_t seq)
{
    (void)author;
    (void)seq;
    *(bool *)ctx = true;
    return false;
}

/* Where something of it was accepted; where nothing was, where something is held at all. */
static int places_find(struct work *w, const linli_id *record, struct places *p)
{
    struct scope_row row;
    int rv = where_each(w->txn, record, place_add, p);

    rv = rv == LINLI_OK ? p->failed : rv;
    for (uint32_t scope = 1; rv == LINLI_OK && p->count == 0 && scope_get(w->txn, scope, &row) == LINLI_OK; scope++) {
        bool any = false;
        rv = touch_each(w->txn, scope, record, seen_one, &any);
        if (rv == LINLI_OK && any)
            rv = place_add(p, scope) ? LINLI_OK : p->failed;
    }
    return rv == LINLI_OK && p->count == 0 ? LINLI_E_NOT_FOUND : rv;
}

/* What is left of it is hidden, as a deletion would: it is listed and counted no more. */
static int hide(struct work *w, const struct finding *f)
{
    struct edit e = {.count = 0}, *edits[] = {&e};
    struct record_state state;
    int rv = view_load(w->txn, &e.arena, f->scope, &f->record, &state);
    bool hides = rv == LINLI_OK && !type_needs_manage(state.type) && reading_life(&state) != LIFE_DELETED;

    if (hides)
        rv = edit_deleted(&e, &f->scope_id, &f->record, state.type);
    if (rv == LINLI_OK && hides)
        rv = reading_shown_all(&e.arena, &state, &e.ops[0].op.ctx);
    if (rv == LINLI_OK && hides)
        rv = commit_edits(w, edits, 1, NULL);
    edit_free(&e);
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

static int erase_there(struct work *w, struct erase_call *call, uint32_t scope, const linli_id *record)
{
    struct finding f = {.w = w, .scope = scope, .record = *record, .classes = ERASABLE};
    struct saying s = {.reason = (unsigned)call->asked->reason, .note = call->done.orders == 0 ? call->asked->note : NULL};
    struct erased_cover cover = {.classes = 0};
    struct scope_row row;
    int rv = scope_get(w->txn, scope, &row);

    f.scope_id = row.id;
    if (rv == LINLI_OK)
        rv = parts_find(&f);
    if (rv == LINLI_OK)
        rv = erased_covers(w->txn, &w->scratch, &f.scope_id, record, &cover);
    if (rv == LINLI_OK && f.exempt && f.count == 0 && cover.classes == 0)
        rv = replica_fail(w->r, LINLI_E_REFUSED, "what was shown to whom is not erased");
    if (rv == LINLI_OK && (f.count > 0 || cover.classes != ERASABLE)) {
        rv = saying_start(&f, &s);
        if (rv == LINLI_OK)
            rv = orders_say(&f, &s);
        if (rv == LINLI_OK)
            rv = hide(w, &f);
        call->done.records++;
    }
    call->done.parts += f.count;
    call->done.orders += s.orders;
    finding_free(&f);
    return rv;
}

static int erase_step(struct work *w, void *ctx)
{
    struct erase_call *call = ctx;
    int rv = LINLI_OK;

    call->done = (struct linli_erased){.records = 0}; /* a first try may have been given up */
    for (size_t i = 0; i < call->asked->count && rv == LINLI_OK; i++) {
        struct places p = {.failed = LINLI_OK};
        rv = places_find(w, &call->asked->records[i], &p);
        for (size_t k = 0; k < p.count && rv == LINLI_OK; k++)
            rv = erase_there(w, call, p.at[k], &call->asked->records[i]);
        mem_free(p.at);
    }
    return rv == LINLI_OK && call->asked->dry_run ? LINLI_E_CANCELLED : rv; /* all was tried, and nothing is kept */
}

int replica_erase(struct replica *r, const struct linli_erase *erase, struct linli_erased *out)
{
    struct erase_call call = {.asked = erase};
    int rv = work_run(r, erase_step, &call);

    if (rv == LINLI_E_CANCELLED && erase->dry_run)
        rv = LINLI_OK;
    *out = rv == LINLI_OK ? call.done : (struct linli_erased){.records = 0};
    return rv;
}
