/*
 * replica: the bounds of proto/authority.md 6 looked at again, when acts came or went: what one of them lists no more is counted from
 * then on, and of what is said under a grant that has ended only so much is held. Where a bound is reached, receipts must know.
 */
#include <stdlib.h>
#include <string.h>

#include "auth/certificate.h"
#include "replica/internal.h"

/* A statement that bounds count. */
struct counted {
    linli_hash issuer, id;
    linli_id scope;
    linli_id pool;    /* of those that are not kept */
    uint8_t list[1 + ID_BYTES + AUTHOR_BYTES]; /* the note that lists it, and its key */
    bool fallen;      /* it is not kept */
    bool out;
};
struct trimming {
    struct work *w;
    struct standing_source source;
    const struct sayers *sayers;
    struct counted *at;
    size_t count, room;
    int failed;
};

/* --- where a bound is reached --- */

enum { FULL_BYTES = ID_BYTES + HASH_BYTES };

static span full_key(const linli_id *scope, const linli_hash *issuer, uint8_t out[FULL_BYTES])
{
    memcpy(out, scope->b, ID_BYTES);
    memcpy(out + ID_BYTES, issuer->b, HASH_BYTES);
    return span_of(out, FULL_BYTES);
}

/* What is held of a scope that is not known here is compared with nobody: all such are one. */
static int pool_of(struct store_txn *txn, const linli_id *scope, linli_id *out)
{
    uint32_t number;
    int rv = scope_number(txn, scope, &number);

    *out = rv == LINLI_OK ? *scope : (linli_id){{0}};
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

static int scope_touch(struct work *w, const linli_id *scope)
{
    uint32_t number;
    int rv = scope_number(w->txn, scope, &number);

    if (rv == LINLI_OK)
        rv = work_touch(w, number);
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

int full_mark(struct work *w, const linli_id *scope, const linli_hash *issuer, const linli_hash *greatest)
{
    uint8_t key[FULL_BYTES];
    span full = full_key(scope, issuer, key), before;
    int rv = greatest == NULL ? note_get(w->txn, NOTE_FULL, full, &before) : LINLI_E_NOT_FOUND;

    if (rv == LINLI_E_NOT_FOUND)
        rv = note_put(w->txn, NOTE_FULL, full, greatest != NULL ? span_of(greatest->b, HASH_BYTES) : (span){NULL, 0});
    return rv == LINLI_OK ? scope_touch(w, scope) : rv;
}

int full_of_fallen(struct work *w, const struct statement *st, bool *full)
{
    uint8_t key[FULL_BYTES];
    enum kept kept = KEPT_FREELY;
    span greatest = {NULL, 0};
    linli_id pool;
    int rv = pool_of(w->txn, &st->scope, &pool);

    if (rv == LINLI_OK)
        rv = note_get(w->txn, NOTE_FULL, full_key(&pool, &st->issuer, key), &greatest);

    *full = rv == LINLI_OK && greatest.size == HASH_BYTES && memcmp(st->id.b, greatest.at, HASH_BYTES) > 0;
    if (*full)
        rv = statement_counts(w, st, &kept);
    *full = *full && kept == KEPT_NOT;
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

struct full_look {
    const linli_id *scope;   /* either of the two */
    const uint8_t *device;
    struct grant_source grants;
    bool found;
    int failed;
};

static bool full_see(void *ctx, span key, span value)
{
    struct full_look *f = ctx;
    linli_hash issuer;
    struct grant g;

    (void)value;
    if (key.size != FULL_BYTES)
        return true;
    memcpy(issuer.b, key.at + ID_BYTES, HASH_BYTES);
    if (f->scope != NULL)
        f->found = memcmp(key.at, f->scope->b, ID_BYTES) == 0;
    else
        f->failed = f->grants.find(f->grants.ctx, &issuer, &g);
    if (f->failed == LINLI_OK && f->device != NULL)
        f->found = memcmp(g.subject, f->device, KEY_BYTES) == 0;
    f->failed = f->failed == LINLI_E_NOT_FOUND ? LINLI_OK : f->failed; /* a document of the root */
    return f->failed == LINLI_OK && !f->found;
}

static int full_search(struct store_txn *txn, struct full_look *f, bool *any)
{
    int rv = note_each(txn, NOTE_FULL, full_see, f);

    *any = f->found;
    return rv == LINLI_OK ? f->failed : rv;
}

int full_any(struct store_txn *txn, const linli_id *scope, bool *any)
{
    return full_search(txn, &(struct full_look){.scope = scope}, any);
}

int full_of(struct store_txn *txn, const uint8_t device[KEY_BYTES], bool *any)
{
    return full_search(txn, &(struct full_look){.device = device, .grants = authority_source(txn)}, any);
}

struct full_list {
    struct trimming *t;
    uint8_t (*at)[FULL_BYTES];
    size_t count, room;
    int failed;
};

static bool said_by(struct trimming *t, bool by_root, const linli_hash *issuer)
{
    struct grant g;

    if (by_root)
        return t->sayers->root;
    t->failed = grant_issuer_find(&t->source.grants, issuer, &g);
    return t->failed == LINLI_OK && t->sayers->among(t->sayers->devices, g.subject);
}

static bool full_take(void *ctx, span key, span value)
{
    struct full_list *f = ctx;
    struct grant g;
    linli_hash issuer;

    (void)value;
    if (key.size != FULL_BYTES)
        return true;
    memcpy(issuer.b, key.at + ID_BYTES, HASH_BYTES);
    bool by_root = f->t->source.grants.find(f->t->source.grants.ctx, &issuer, &g) != LINLI_OK; /* then it is a document */
    if (!said_by(f->t, by_root, &issuer))
        return f->t->failed == LINLI_OK;
    f->failed = mem_grow(&f->at, &f->room, f->count + 1, sizeof(*f->at));
    if (f->failed == LINLI_OK)
        memcpy(f->at[f->count++], key.at, FULL_BYTES);
    return f->failed == LINLI_OK;
}

/* Where these reached one before. */
static int full_clear(struct trimming *t)
{
    struct full_list f = {.t = t};
    int rv = note_each(t->w->txn, NOTE_FULL, full_take, &f);

    if (rv == LINLI_OK)
        rv = f.failed != LINLI_OK ? f.failed : t->failed;
    for (size_t i = 0; i < f.count && rv == LINLI_OK; i++) {
        linli_id scope;
        memcpy(scope.b, f.at[i], ID_BYTES);
        rv = note_delete(t->w->txn, NOTE_FULL, span_of(f.at[i], FULL_BYTES));
        if (rv == LINLI_OK)
            rv = scope_touch(t->w, &scope);
    }
    mem_free(f.at);
    return rv;
}

/* --- what is counted --- */

static int counted_add(struct trimming *t, const struct statement *st, bool fallen)
{
    size_t size;
    char note;
    int rv = mem_grow(&t->at, &t->room, t->count + 1, sizeof(*t->at));

    if (rv != LINLI_OK)
        return rv;
    struct counted *c = &t->at[t->count];
    *c = (struct counted){.issuer = st->issuer, .id = st->id, .scope = st->scope, .fallen = fallen};
    rv = statement_note(st->certificate, &note, c->list + 1, &size);
    c->list[0] = (uint8_t)note;
    if (rv == LINLI_OK)
        rv = pool_of(t->w->txn, &st->scope, &c->pool);
    t->count += rv == LINLI_OK;
    return rv;
}

static int statement_look(struct trimming *t, span certificate)
{
    struct arena a = {0};
    struct statement st;
    enum kept kept = KEPT_LISTED;
    int rv = statement_decode(certificate, &st) == LINLI_OK ? LINLI_OK : LINLI_E_CORRUPT;

    if (rv == LINLI_OK && said_by(t, st.by_root, &st.issuer))
        rv = standing_kept(&t->source, &a, &st, &kept);
    if (rv == LINLI_OK)
        rv = t->failed;
    if (rv == LINLI_OK && kept != KEPT_LISTED)
        rv = counted_add(t, &st, kept == KEPT_NOT);
    arena_free(&a);
    return rv;
}

static bool statement_visit(void *ctx, const linli_hash *id, span certificate)
{
    struct trimming *t = ctx;
    unsigned kind = certificate_kind(certificate);

    (void)id;
    if (kind == STATEMENT_REVOCATION || kind == STATEMENT_RULING || kind == STATEMENT_ERASURE)
        t->failed = statement_look(t, certificate);
    return t->failed == LINLI_OK;
}

/* --- what goes --- */

static int list_compare(const void *x, const void *y)
{
    const struct counted *a = x, *b = y;
    int order = hash_compare(&a->issuer, &b->issuer);

    order = order != 0 ? order : id_compare(&a->scope, &b->scope);
    order = order != 0 ? order : memcmp(a->list, b->list, sizeof(a->list));
    return order != 0 ? order : hash_compare(&a->id, &b->id);
}

static int pool_compare(const void *x, const void *y)
{
    const struct counted *a = x, *b = y;
    int order = hash_compare(&a->issuer, &b->issuer);

    order = order != 0 ? order : id_compare(&a->pool, &b->pool);
    return order != 0 ? order : hash_compare(&a->id, &b->id);
}

static size_t list_most(const struct counted *c)
{
    switch ((char)c->list[0]) {
    case NOTE_REVOKED: return REVOCATIONS_KEPT;
    case NOTE_RULED: return RULINGS_KEPT;
    }
    return SIZE_MAX; /* orders to erase */
}

static int lists_bound(struct trimming *t)
{
    size_t run = 0;
    int rv = LINLI_OK;

    if (t->count > 1)
        qsort(t->at, t->count, sizeof(*t->at), list_compare);
    for (size_t i = 0; i < t->count && rv == LINLI_OK; i++) {
        struct counted *c = &t->at[i], *last = i > 0 ? &t->at[i - 1] : NULL;
        bool same = last != NULL && hash_equal(&c->issuer, &last->issuer) && id_equal(&c->scope, &last->scope) &&
                    memcmp(c->list, last->list, sizeof(c->list)) == 0;
        run = same ? run + 1 : 1;
        c->out = run > list_most(c);
        rv = run == list_most(c) ? full_mark(t->w, &c->scope, &c->issuer, NULL) : LINLI_OK;
    }
    return rv;
}

static int pools_bound(struct trimming *t)
{
    size_t run = 0;
    const struct counted *last = NULL;
    int rv = LINLI_OK;

    if (t->count > 1)
        qsort(t->at, t->count, sizeof(*t->at), pool_compare);
    for (size_t i = 0; i < t->count && rv == LINLI_OK; i++) {
        struct counted *c = &t->at[i];
        if (c->out || !c->fallen)
            continue;
        run = last != NULL && hash_equal(&c->issuer, &last->issuer) && id_equal(&c->pool, &last->pool) ? run + 1 : 1;
        last = c;
        c->out = run > UNKEPT_MAX;
        rv = run == UNKEPT_MAX ? full_mark(t->w, &c->pool, &c->issuer, &c->id) : LINLI_OK;
    }
    return rv;
}

static int goes(struct work *w, const linli_hash *id)
{
    span certificate;
    int rv = held_certificate(w->txn, &w->arena, id, &certificate);

    if (rv == LINLI_OK)
        rv = statement_put_out(w, certificate);
    return rv == LINLI_OK && certificate_kind(certificate) != STATEMENT_ERASURE ? statement_follow_later(w, certificate) : rv;
}

int statements_trim(struct work *w, const struct sayers *sayers)
{
    struct trimming t = {.w = w, .source = standing_of(w->txn), .sayers = sayers};
    int rv = grant_row_each(w->txn, NULL, statement_visit, &t);

    rv = rv == LINLI_OK ? t.failed : rv;
    if (rv == LINLI_OK)
        rv = full_clear(&t);
    if (rv == LINLI_OK)
        rv = lists_bound(&t);
    if (rv == LINLI_OK)
        rv = pools_bound(&t);
    for (size_t i = 0; i < t.count && rv == LINLI_OK; i++)
        rv = t.at[i].out ? goes(w, &t.at[i].id) : LINLI_OK;
    mem_free(t.at);
    return rv;
}
