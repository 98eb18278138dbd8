/* replica: orders to erase that are said here: everything that is held of a record, in as many as it needs. */
#include <stdlib.h>
#include <string.h>

#include "replica/erasing.h"
#include "replica/reading.h"

/* What an order holds besides its parts takes less than the rest; a part, and a log it is the first of, take no more. */
enum { ORDER_PARTS_BYTES = 3400, PART_BYTES_MOST = 9 + 3, LOG_BYTES_MOST = 3 + 2 + AUTHOR_BYTES };

/* --- by what right --- */

static unsigned classes_of(const struct grant *g, unsigned classes)
{
    unsigned may = 0;

    for (unsigned cls = 0; classes >> cls != 0; cls++)
        if ((classes >> cls & 1) != 0 && decide_right(g->rights, cls, true))
            may |= 1u << cls;
    return may;
}

/* Our grant that stands and lets us erase most of these classes there; `*may` 0: none lets us erase any. */
static int right_find(struct work *w, const struct scope_path *path, unsigned classes, struct grant *by, unsigned *may)
{
    struct replica *r = w->r;

    *may = 0;
    for (size_t i = 0; i < r->own_count; i++) {
        const struct held_grant *held = &r->own[i];
        unsigned allows = path_contains(&held->grant.path, path) ? classes_of(&held->grant, classes) : 0;
        bool usable = false;
        if ((allows | *may) == *may || (allows & *may) != *may || clock_now_ms(&r->clock) >= held->term_end_ms)
            continue;
        int rv = standing_usable(w->txn, &held->grant, &usable);
        if (rv != LINLI_OK)
            return rv;
        if (usable) {
            *by = held->grant;
            *may = allows;
        }
    }
    return LINLI_OK;
}

/* What the record of an order may be made of there: nothing without its public part, which is of one grant with the note. */
static int record_right(struct work *w, const struct scope_path *path, bool *any, bool *note)
{
    enum { BARE = 1 << CLASS_PUBLIC, WITH_NOTE = BARE | 1 << CLASS_PERSONAL };
    struct grant by;
    unsigned may = 0;
    int rv = right_find(w, path, BARE, &by, &may);

    *any = may == BARE;
    if (rv == LINLI_OK)
        rv = right_find(w, path, WITH_NOTE, &by, &may);
    *note = may == WITH_NOTE;
    return rv;
}

/* --- saying it --- */

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
    unsigned classes;        /* of these orders */
    unsigned reason;
    const char *note;        /* beside the first */
    size_t parts, orders;
};

static int order_say(struct finding *f, struct saying *s, struct erasure_part *parts, size_t count)
{
    struct work *w = f->w;
    struct erasure e = {.record = f->record, .classes = s->classes, .reason = s->reason};
    struct buf certificate = {0};
    bool added;

    statement_start(w->r, &s->by, &s->path, &e.head);
    int rv = erasure_make(w->r->self.sign_secret, &e, parts, count, &certificate);
    if (rv == LINLI_OK)
        rv = authority_enter(w, buf_span(&certificate), &added);
    if (rv == LINLI_OK)
        rv = statement_record(w, &e.head, buf_span(&certificate), (span){NULL, 0}, s->orders == 0 ? s->note : NULL);
    s->orders += rv == LINLI_OK;
    s->parts += rv == LINLI_OK ? count : 0;
    buf_free(&certificate);
    return rv;
}

/* What was found of these classes, each once. */
static size_t parts_of(const struct finding *f, unsigned classes, struct erasure_part *out)
{
    size_t count = 0;

    for (size_t i = 0; i < f->count; i++)
        if ((classes >> f->parts[i].cls & 1) != 0 &&
            (count == 0 || erasure_part_compare(&out[count - 1], &f->parts[i].at) != 0))
            out[count++] = f->parts[i].at;
    return count;
}

/* In as many as it takes; where there is nothing to name, `anyway` says one of what still comes. */
static int orders_say(struct finding *f, struct saying *s, bool anyway)
{
    struct erasure_part *parts = mem_alloc((f->count + 1) * sizeof(*parts));
    size_t count = parts == NULL ? 0 : parts_of(f, s->classes, parts), i = 0;
    int rv = parts == NULL ? LINLI_E_NOMEM : LINLI_OK;

    for (bool more = count > 0 || anyway; more && rv == LINLI_OK; more = i < count) {
        size_t holds = order_holds(parts + i, count - i);
        rv = order_say(f, s, parts + i, holds);
        i += holds;
    }
    mem_free(parts);
    return rv;
}

/*
 * All of it that this device may: under one of its grants what that allows, and so on. `anyway`: classes of which one is said
 * though nothing be found. `*may`: the classes of which something could be said.
 */
static int finding_say(struct finding *f, struct saying *s, unsigned anyway, unsigned *may)
{
    unsigned left = f->classes;
    bool any = false, note = false;
    int rv = tree_path(f->w->txn, f->scope, &s->path);

    *may = 0;
    if (rv == LINLI_OK)
        rv = record_right(f->w, &s->path, &any, &note);
    s->note = note ? s->note : NULL;
    while (rv == LINLI_OK && any && left != 0) {
        rv = right_find(f->w, &s->path, left, &s->by, &s->classes);
        if (rv != LINLI_OK || s->classes == 0)
            break;
        rv = orders_say(f, s, (s->classes & anyway) != 0);
        *may |= s->classes;
        left &= ~s->classes;
    }
    return rv;
}

/* --- of what is erased already more came --- */

/* Not now: another that may will do it, or this one when it is asked again. */
static bool not_now(int code)
{
    return code == LINLI_E_REFUSED || code == LINLI_E_LIMIT || code == LINLI_E_FORK || code == LINLI_E_CLOCK;
}

static int rest_say(struct finding *f, struct saying *s, struct asides *asides)
{
    struct grant by;
    unsigned may = 0;
    int rv = tree_path(f->w->txn, f->scope, &s->path);

    if (rv == LINLI_OK)
        rv = right_find(f->w, &s->path, f->classes, &by, &may);
    if (rv != LINLI_OK || may == 0)
        return rv; /* most devices may not, and looking is dear */
    if (!asides->ready)
        rv = asides_find_in(f->w, f->scope, asides);
    f->asides = asides;
    if (rv == LINLI_OK)
        rv = finding_fill(f);
    return rv == LINLI_OK ? finding_say(f, s, 0, &may) : rv;
}

int erase_name_rest(struct work *w, struct asides *asides, const linli_id *scope, const linli_id *record)
{
    struct finding f = {.w = w, .scope_id = *scope, .record = *record};
    struct erased_cover cover = {.classes = 0};
    int rv = scope_number(w->txn, scope, &f.scope);

    arena_reset(&w->scratch);
    if (rv == LINLI_OK)
        rv = erased_covers(w->txn, &w->scratch, scope, record, &cover);
    if (rv == LINLI_E_NOT_FOUND || (rv == LINLI_OK && cover.classes == 0))
        return LINLI_OK;
    f.classes = cover.classes;
    struct saying s = {.reason = cover.reason};
    if (rv == LINLI_OK)
        rv = rest_say(&f, &s, asides);
    finding_free(&f);
    return not_now(rv) ? LINLI_OK : rv;
}

/* --- a person erases --- */

struct erase_call {
    struct work *w;
    const struct linli_erase *asked;
    const linli_id *record;  /* the one under way */
    struct asides asides;
    bool did;                /* of that one something was, or would be, erased, or all is already */
    bool exempt, refused;    /* of that one something stays: it is of the audit; this device may not */
    bool any_did, any_refused;
    struct linli_erased done;
};

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

static unsigned classes_found(const struct finding *f)
{
    unsigned classes = 0;

    for (size_t i = 0; i < f->count; i++)
        classes |= 1u << f->parts[i].cls;
    return classes;
}

/* Of these classes something is there that stays. */
static void left_count(struct erase_call *call, const struct finding *f, unsigned classes)
{
    for (size_t i = 0; i < f->count; i++)
        call->done.left += (classes >> f->parts[i].cls & 1) != 0;
    call->done.left_classes |= classes;
    call->refused = call->refused || classes != 0;
}

/* `open`: classes that no order covers yet. */
static int found_erase(struct erase_call *call, struct finding *f, unsigned open)
{
    struct saying s = {.reason = (unsigned)call->asked->reason, .note = call->done.orders == 0 ? call->asked->note : NULL};
    unsigned needed = open | classes_found(f), may = 0;
    int rv = needed == 0 ? LINLI_OK : finding_say(f, &s, open, &may);

    if (rv != LINLI_OK)
        return rv;
    left_count(call, f, needed & ~may);
    call->did = call->did || needed == 0 || (needed & may) != 0;
    call->done.parts += s.parts;
    call->done.orders += s.orders;
    return s.orders > 0 && (needed & ~may) == 0 ? hide(call->w, f) : LINLI_OK; /* what stays is still to be seen */
}

static int erase_there(void *ctx, uint32_t scope)
{
    struct erase_call *call = ctx;
    struct work *w = call->w;
    struct finding f = {.w = w, .asides = &call->asides, .scope = scope, .record = *call->record, .classes = ERASABLE};
    struct erased_cover cover = {.classes = 0};
    struct scope_row row;
    int rv = scope_get(w->txn, scope, &row);

    f.scope_id = row.id;
    if (rv == LINLI_OK)
        rv = finding_fill(&f);
    if (rv == LINLI_OK)
        rv = erased_covers(w->txn, &w->scratch, &f.scope_id, call->record, &cover);
    bool exempt = f.exempt && f.count == 0 && cover.classes == 0;
    call->exempt = call->exempt || exempt;
    if (rv == LINLI_OK && !exempt)
        rv = found_erase(call, &f, ERASABLE & ~cover.classes);
    finding_free(&f);
    return rv;
}

static int record_erase(struct erase_call *call, const linli_id *record)
{
    size_t orders = call->done.orders;

    call->record = record;
    call->did = call->exempt = call->refused = false;
    int rv = asides_places(call->w, &call->asides, record, erase_there, call);
    call->done.records += call->done.orders > orders;
    call->any_did = call->any_did || call->did;
    call->any_refused = call->any_refused || call->refused;
    return rv == LINLI_OK && call->exempt && !call->did && !call->refused
               ? replica_fail(call->w->r, LINLI_E_REFUSED, "what was shown to whom is not erased")
               : rv;
}

static int id_order(const void *x, const void *y)
{
    return id_compare(x, y);
}

static int erase_step(struct work *w, void *ctx)
{
    struct erase_call *call = ctx;
    size_t count = call->asked->count;
    linli_id *ids = arena_array(&w->arena, count, sizeof(*ids));

    *call = (struct erase_call){.w = w, .asked = call->asked}; /* a first try may have been given up */
    if (ids == NULL)
        return LINLI_E_NOMEM;
    memcpy(ids, call->asked->records, count * sizeof(*ids));
    qsort(ids, count, sizeof(*ids), id_order);
    int rv = asides_find(w, &call->asides);
    for (size_t i = 0; i < count && rv == LINLI_OK; i++)
        if (i == 0 || !id_equal(&ids[i - 1], &ids[i]))
            rv = record_erase(call, &ids[i]);
    asides_free(&call->asides);
    if (rv == LINLI_OK && call->any_refused && !call->any_did)
        rv = LINLI_E_REFUSED;
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
