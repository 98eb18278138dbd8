/*
 * replica: what was said is followed, when nothing else is under way: every log that it may concern is judged again: of the device
 * it names, of all whose grants come down from that device, and of those that these spoke of in turn.
 */
#include <string.h>

#include "auth/certificate.h"
#include "replica/erasing.h"

/* --- whom it may concern --- */

struct devices {
    struct store_txn *txn;
    uint8_t (*at)[KEY_BYTES];
    size_t count, room;
    bool all;
};

static bool device_in(const struct devices *d, const uint8_t key[KEY_BYTES])
{
    if (d->all)
        return true;
    for (size_t i = 0; i < d->count; i++)
        if (memcmp(d->at[i], key, KEY_BYTES) == 0)
            return true;
    return false;
}

static int device_add(struct devices *d, const uint8_t key[KEY_BYTES])
{
    if (device_in(d, key))
        return LINLI_OK;
    int rv = mem_grow(&d->at, &d->room, d->count + 1, sizeof(*d->at));
    if (rv == LINLI_OK)
        memcpy(d->at[d->count++], key, KEY_BYTES);
    return rv;
}

/* Whom one of them spoke of is concerned, too. */
static int concerned_add(void *ctx, const linli_hash *id, span certificate)
{
    struct revocation revocation;
    struct ruling ruling;
    struct grant g;

    (void)id;
    if (grant_decode(certificate, &g) == LINLI_OK)
        return device_add(ctx, g.subject);
    if (revocation_decode(certificate, &revocation) == LINLI_OK)
        return device_add(ctx, revocation.device);
    return ruling_decode(certificate, &ruling) == LINLI_OK ? device_add(ctx, ruling.author.key) : LINLI_OK;
}

static int concerned(struct devices *d)
{
    int rv = LINLI_OK;

    for (size_t i = 0; i < d->count && rv == LINLI_OK; i++) { /* those that are added stand behind */
        uint8_t device[KEY_BYTES];
        memcpy(device, d->at[i], KEY_BYTES);
        rv = said_by(d->txn, device, concerned_add, d);
    }
    return rv;
}

/* --- their logs --- */

struct logs_of {
    struct replica *r;
    const struct devices *devices;
    uint32_t *authors;
    size_t count, room;
    int failed;
};

static bool log_of(void *ctx, uint32_t author, const struct head_row *head)
{
    struct logs_of *l = ctx;

    (void)head;
    if (author == 0 || author > l->r->author_count)
        l->failed = LINLI_E_CORRUPT;
    else if (device_in(l->devices, l->r->authors[author - 1].key)) {
        l->failed = mem_grow(&l->authors, &l->room, l->count + 1, sizeof(*l->authors));
        if (l->failed == LINLI_OK)
            l->authors[l->count++] = author;
    }
    return l->failed == LINLI_OK;
}

static int logs_each(struct work *w, uint32_t scope, const struct devices *devices, int (*fn)(struct work *w, uint32_t scope, uint32_t author))
{
    struct logs_of l = {.r = w->r, .devices = devices};
    int rv = head_each(w->txn, scope, log_of, &l);

    rv = rv == LINLI_OK ? l.failed : rv;
    for (size_t i = 0; i < l.count && rv == LINLI_OK; i++)
        rv = fn(w, scope, l.authors[i]);
    mem_free(l.authors);
    return rv;
}

/* What stands again, or is listed, comes back from the log that tells of it, as far as bounds let it. */
static int recall(void *ctx, span certificate, uint64_t arrival)
{
    struct work *w = ctx;
    struct statement st;
    enum kept kept = KEPT_NOT;
    span held;
    bool added;
    int rv = statement_decode(certificate, &st);

    (void)arrival;
    if (rv == LINLI_OK)
        rv = grant_row_get(w->txn, &st.id, &held);
    if (rv == LINLI_OK)
        return rv;
    if (rv == LINLI_E_NOT_FOUND)
        rv = statement_counts(w, &st, &kept);
    if (rv == LINLI_OK && kept != KEPT_NOT)
        rv = authority_enter(w, certificate, &added);
    return authority_fault(rv) ? LINLI_OK : rv;
}

/* Something that its author said may have been put out: one of his bounds has been reached. */
static int log_recall(struct work *w, uint32_t scope, uint32_t author)
{
    bool full;
    int rv = full_of(w->txn, w->r->authors[author - 1].key, &full);

    return rv == LINLI_OK && full ? recall_each(w, scope, author, UINT64_MAX, recall, w) : rv;
}

/* --- what was said in one transaction, followed together --- */

struct following {
    struct work *w;
    struct devices devices;      /* whom it concerns */
    struct devices sayers;       /* who said it; */
    bool by_root;                /* or the root did */
    struct scope_path *paths;    /* in these scopes and below */
    size_t count, room;
};

static bool within(const struct following *f, const struct scope_path *path)
{
    bool is = false;

    for (size_t i = 0; i < f->count && !is; i++)
        is = path_contains(&f->paths[i], path);
    return is;
}

/* Who has keys by a grant that fell with another's must not have the next ones. */
static int keys_turn(struct following *f)
{
    int rv = LINLI_OK;

    for (size_t i = 0; i < f->devices.count && rv == LINLI_OK; i++)
        for (size_t k = 0; k < f->count && rv == LINLI_OK; k++)
            rv = keys_mark_device(f->w, f->devices.at[i], &f->paths[k]);
    return rv;
}

/* In every scope where it counts. */
static int scopes_each(struct following *f, const struct devices *devices, int (*fn)(struct work *w, uint32_t scope, uint32_t author))
{
    struct work *w = f->w;
    int rv = LINLI_OK;

    for (uint32_t scope = 1; rv == LINLI_OK; scope++) {
        struct scope_path at;
        struct scope_row row;
        rv = scope_get(w->txn, scope, &row);
        if (rv == LINLI_OK)
            rv = tree_path(w->txn, scope, &at);
        if (rv == LINLI_OK && within(f, &at))
            rv = logs_each(w, scope, devices, fn);
    }
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv; /* after the last one */
}

static int devices_rejudge(struct following *f)
{
    int rv = f->devices.all ? LINLI_OK : concerned(&f->devices);

    if (rv == LINLI_OK)
        rv = keys_turn(f);
    return rv == LINLI_OK ? scopes_each(f, &f->devices, rejudge_log) : rv;
}

/* What was ordered by one of them may count no more, or again. */
static int order_visit(void *ctx, const linli_hash *id, span certificate)
{
    struct work *w = ctx;
    struct erasure e;

    (void)id;
    if (erasure_decode(certificate, &e) != LINLI_OK)
        return LINLI_OK;
    int rv = erase_due(w, &e.head.scope, &e.record, true);
    return rv == LINLI_OK ? erase_stale(w, &e) : rv;
}

struct ordered {
    struct work *w;
    int failed;
};

static bool held_visit(void *ctx, const linli_hash *id, span certificate)
{
    struct ordered *o = ctx;

    o->failed = order_visit(o->w, id, certificate);
    return o->failed == LINLI_OK;
}

static int orders_due(struct work *w, const struct devices *devices)
{
    struct ordered o = {w, LINLI_OK};
    int rv = devices->all ? grant_row_each(w->txn, NULL, held_visit, &o) : LINLI_OK;

    rv = rv == LINLI_OK ? o.failed : rv;
    for (size_t i = 0; !devices->all && i < devices->count && rv == LINLI_OK; i++)
        rv = said_by(w->txn, devices->at[i], order_visit, w);
    return rv;
}

/* Does it, which may have been put out, or anything that its issuer said of the device, stand? What does not changes nothing. */
static int matters(struct work *w, const struct revocation *r, bool *out)
{
    struct standing_source source = standing_of(w->txn);
    struct arena a = {0};
    struct revocation *held = NULL;
    size_t count = 0;
    int rv = source.revocations(source.ctx, &a, r->device, &held, &count);

    *out = false;
    if (rv == LINLI_OK)
        rv = standing_statement(&source, &a, &r->head, out);
    for (size_t i = 0; i < count && rv == LINLI_OK && !*out; i++)
        if (statement_counted_with(&held[i].head, &r->head))
            rv = standing_statement(&source, &a, &held[i].head, out);
    arena_free(&a);
    return rv;
}

static int revocation_follow(struct following *f, const struct revocation *r)
{
    bool any;
    int rv = matters(f->w, r, &any);

    if (rv != LINLI_OK || !any)
        return rv;
    rv = device_add(&f->devices, r->device);
    if (rv == LINLI_OK)
        rv = mem_grow(&f->paths, &f->room, f->count + 1, sizeof(*f->paths));
    if (rv == LINLI_OK)
        f->paths[f->count++] = r->head.path;
    return rv;
}

static int ruling_follow(struct work *w, const struct ruling *ruling)
{
    struct head_row head;
    uint32_t scope, author;
    int rv = scope_number(w->txn, &ruling->scope, &scope);

    if (rv == LINLI_OK)
        rv = author_number(w->txn, &ruling->author, false, &author);
    if (rv == LINLI_OK)
        rv = head_get(w->txn, scope, author, &head);
    if (rv == LINLI_OK)
        return rejudge_log(w, scope, author);
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv; /* it waits here for what it speaks of */
}

/* Where the root's word is turned, everybody's may be: all is judged again, and who holds keys is looked at anew. */
static int root_follow(struct following *f, const struct statement *said)
{
    bool turned;
    int rv = root_turned(f->w->txn, said, &turned);

    if (rv != LINLI_OK || !turned)
        return rv;
    f->devices.all = true;
    rv = mem_grow(&f->paths, &f->room, f->count + 1, sizeof(*f->paths));
    if (rv == LINLI_OK)
        f->paths[f->count++] = (struct scope_path){.depth = 0};
    return rv == LINLI_OK ? keys_mark_all(f->w) : rv;
}

static int tell(struct work *w, const struct statement *st, const uint8_t device[KEY_BYTES])
{
    struct linli_event event = {.kind = LINLI_EVENT_AUTHORITY, .scope = st->scope};

    memcpy(event.author.key, device, KEY_BYTES);
    return work_event(w, &event);
}

static int tell_erased(struct work *w, const struct erasure *e)
{
    return work_event(w, &(struct linli_event){.kind = LINLI_EVENT_ERASED, .scope = e->head.scope, .record = e->record});
}

/* Who said it may have said too much. */
static int sayer_add(struct following *f, span certificate)
{
    struct grant_source source = authority_source(f->w->txn);
    struct statement st;
    struct grant issuer;
    bool bound = true;
    int rv = statement_decode(certificate, &st);

    f->by_root = f->by_root || (rv == LINLI_OK && st.by_root);
    if (rv == LINLI_OK && !st.by_root)
        rv = full_by(f->w, &st, &bound);
    if (rv != LINLI_OK || st.by_root || !bound)
        return rv;
    rv = grant_issuer_find(&source, &st.issuer, &issuer);
    return rv == LINLI_OK ? device_add(&f->sayers, issuer.subject) : rv;
}

static int said_follow(struct following *f, span certificate)
{
    struct revocation revocation;
    struct ruling ruling;
    struct statement said;
    struct erasure e;
    int rv = sayer_add(f, certificate);

    if (rv != LINLI_OK)
        return rv;
    if (revocation_decode(certificate, &revocation) == LINLI_OK) {
        rv = revocation_follow(f, &revocation);
        if (rv == LINLI_OK)
            rv = tell(f->w, &revocation.head, revocation.device);
    } else if (ruling_decode(certificate, &ruling) == LINLI_OK) {
        rv = ruling_follow(f->w, &ruling);
        if (rv == LINLI_OK)
            rv = tell(f->w, &ruling.head, ruling.author.key);
    } else if (erasure_decode(certificate, &e) == LINLI_OK) {
        rv = tell_erased(f->w, &e); /* what follows is due, and comes when all that was said is heard */
    } else if (statement_decode(certificate, &said) == LINLI_OK) {
        rv = root_follow(f, &said);
        if (rv == LINLI_OK)
            rv = tell(f->w, &said, (const uint8_t[KEY_BYTES]){0});
    }
    return rv;
}

/* Of those who said it, and whose word may have turned. */
static int trim(struct following *f)
{
    int rv = LINLI_OK;

    for (size_t i = 0; i < f->devices.count && rv == LINLI_OK; i++)
        rv = device_add(&f->sayers, f->devices.at[i]);
    struct sayers sayers = {f->devices.all, f->by_root, f->sayers.at, f->sayers.count};
    return rv == LINLI_OK ? statements_trim(f->w, &sayers) : rv;
}

int statements_follow(struct work *w)
{
    int rv = LINLI_OK;

    for (size_t i = 0; i < w->said_count && rv == LINLI_OK;) { /* what is accepted now may say more */
        struct following f = {.w = w, .devices = {.txn = w->txn}, .sayers = {.txn = w->txn}};
        for (; i < w->said_count && rv == LINLI_OK; i++)
            rv = said_follow(&f, w->said[i]);
        if (rv == LINLI_OK && f.count > 0)
            rv = devices_rejudge(&f);
        if (rv == LINLI_OK && f.count > 0)
            rv = orders_due(w, &f.devices);
        if (rv == LINLI_OK)
            rv = trim(&f);
        if (rv == LINLI_OK && f.count > 0) /* after that: it is known by now who has reached a bound */
            rv = scopes_each(&f, &f.devices, log_recall);
        mem_free(f.devices.at);
        mem_free(f.sayers.at);
        mem_free(f.paths);
    }
    w->said_count = 0;
    return rv;
}
