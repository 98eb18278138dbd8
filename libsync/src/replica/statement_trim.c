/*
 * replica: the bounds of proto/authority.md 6 looked at again, when something was said or acts came or went: what one of them lists no
 * more is counted from then on, and of what is said under a grant that has ended only so much is held.
 */
#include <stdlib.h>
#include <string.h>

#include "auth/certificate.h"
#include "replica/internal.h"

/* A statement of one of the sayers. */
struct counted {
    linli_hash issuer, id;
    linli_id scope;
    linli_id pool;    /* of those that are not kept */
    uint8_t list[1 + ID_BYTES + AUTHOR_BYTES]; /* the note that lists it, and its key */
    enum kept kept;
    bool out;
};
struct trimming {
    struct work *w;
    struct asking *asking;   /* nothing changes until all are counted */
    struct counted *at;
    size_t count, room;
    int failed;              /* of a walk over all */
};

/* --- what is counted --- */

static int counted_add(struct trimming *t, const struct statement *st, enum kept kept)
{
    size_t size;
    char note;
    int rv = mem_grow(&t->at, &t->room, t->count + 1, sizeof(*t->at));

    if (rv != LINLI_OK)
        return rv;
    struct counted *c = &t->at[t->count];
    *c = (struct counted){.issuer = st->issuer, .id = st->id, .scope = st->scope, .kept = kept};
    rv = statement_note(st->certificate, &note, c->list + 1, &size);
    c->list[0] = (uint8_t)note;
    if (rv == LINLI_OK)
        rv = full_pool(t->w->txn, &st->scope, &c->pool);
    t->count += rv == LINLI_OK;
    return rv;
}

static int statement_look(struct trimming *t, span certificate)
{
    struct statement st;
    enum kept kept;
    int rv = statement_decode(certificate, &st) == LINLI_OK ? LINLI_OK : LINLI_E_CORRUPT;

    if (rv == LINLI_OK)
        rv = standing_kept(t->asking, &st, &kept);
    return rv == LINLI_OK ? counted_add(t, &st, kept) : rv;
}

static int said_visit(void *ctx, const linli_hash *id, span certificate)
{
    (void)id;
    return certificate_kind(certificate) > STATEMENT_GRANT ? statement_look(ctx, certificate) : LINLI_OK;
}

static bool held_visit(void *ctx, const linli_hash *id, span certificate)
{
    struct trimming *t = ctx;

    t->failed = said_visit(t, id, certificate);
    return t->failed == LINLI_OK;
}

static int sayers_visit(struct trimming *t, const struct sayers *sayers)
{
    struct store_txn *txn = t->w->txn;
    int rv = LINLI_OK;

    if (sayers->all) {
        rv = grant_row_each(txn, NULL, held_visit, t);
        return rv == LINLI_OK ? t->failed : rv;
    }
    if (sayers->root)
        rv = said_by_root(txn, &t->w->r->self.root.network, said_visit, t);
    for (size_t i = 0; i < sayers->count && rv == LINLI_OK; i++)
        rv = said_by(txn, sayers->at[i], said_visit, t);
    return rv;
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

static bool is_of_root(const struct counted *c, uint8_t kind)
{
    return c->list[0] == NOTE_ROOT && c->list[1] == kind;
}

static size_t list_most(const struct counted *c)
{
    return is_of_root(c, STATEMENT_AFFIRMATION) ? REVOCATIONS_KEPT : statements_most((char)c->list[0]);
}

/* How many there are so far of the issuer in the scope, and in the list; and of these, how many it counts. */
struct runs {
    size_t said, listed, counted;
};

static void runs_add(struct runs *runs, const struct counted *last, const struct counted *c)
{
    bool scope = last != NULL && hash_equal(&c->issuer, &last->issuer) && id_equal(&c->scope, &last->scope);
    bool list = scope && memcmp(c->list, last->list, sizeof(c->list)) == 0;

    runs->said = scope ? runs->said + 1 : 1;
    runs->listed = list ? runs->listed + 1 : 1;
    runs->counted = (list ? runs->counted : 0) + (c->kept != KEPT_LISTED);
}

/* A bound that was reached stays so: it puts out nothing below itself. Hence the mark follows from what is held, listed or not. */
static int lists_bound(struct trimming *t)
{
    struct runs runs = {0};
    int rv = LINLI_OK;

    if (t->count > 1)
        qsort(t->at, t->count, sizeof(*t->at), list_compare);
    for (size_t i = 0; i < t->count && rv == LINLI_OK; i++) {
        struct counted *c = &t->at[i];
        runs_add(&runs, i > 0 ? &t->at[i - 1] : NULL, c);
        c->out = c->kept != KEPT_LISTED && runs.counted > list_most(c);
        if (runs.said == UNKEPT_MAX || runs.listed == list_most(c))
            rv = full_mark(t->w, &c->scope, &c->issuer, NULL);
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
        if (c->out || c->kept != KEPT_NOT || c->list[0] == NOTE_ROOT)
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
    struct standing_source source = standing_of(w->txn);
    struct arena a = {0};
    struct trimming t = {.w = w, .asking = standing_asking(&source, &a)};
    int rv = t.asking != NULL ? sayers_visit(&t, sayers) : LINLI_E_NOMEM;

    arena_free(&a);
    if (rv == LINLI_OK)
        rv = full_clear(w, sayers);
    if (rv == LINLI_OK)
        rv = lists_bound(&t);
    if (rv == LINLI_OK)
        rv = pools_bound(&t);
    for (size_t i = 0; i < t.count && rv == LINLI_OK; i++)
        rv = t.at[i].out ? goes(w, &t.at[i].id) : LINLI_OK;
    mem_free(t.at);
    return rv;
}
