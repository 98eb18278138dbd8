/*
 * replica: how much is kept of what one issuer says of one device, or rules on one log, and of what it says when its own grant
 * has ended (proto/authority.md 6, bounds). What goes is always what has the greatest id.
 */
#include <stdlib.h>
#include <string.h>

#include "auth/certificate.h"
#include "replica/internal.h"

struct looking {
    struct work *w;
    const struct statement *st; /* whose issuer's are counted */
    size_t count;
    struct statement greatest;  /* by its id, of those counted */
};

static int look_at(struct looking *l, const linli_hash *id)
{
    struct statement other;
    span certificate;
    int rv = held_certificate(l->w->txn, &l->w->arena, id, &certificate);

    if (rv == LINLI_OK && statement_decode(certificate, &other) != LINLI_OK)
        rv = LINLI_E_CORRUPT;
    if (rv != LINLI_OK || !statement_same_issuer(&other, l->st))
        return rv;
    if (l->count++ == 0 || hash_compare(&other.id, &l->greatest.id) > 0)
        l->greatest = other;
    return LINLI_OK;
}

static int put_out(struct work *w, const struct statement *st, char note, span key)
{
    uint32_t scope;
    int rv = grant_row_delete(w->txn, &st->scope, &st->id);

    if (rv == LINLI_OK)
        rv = ids_from_note(w->txn, note, key, &st->id);
    if (rv == LINLI_OK)
        rv = scope_number(w->txn, &st->scope, &scope);
    if (rv == LINLI_OK)
        rv = work_touch(w, scope);
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

int statement_room(struct work *w, const struct statement *st, char note, span key, span *gone)
{
    struct looking l = {.w = w, .st = st};
    size_t most = note == NOTE_RULED ? RULINGS_KEPT : REVOCATIONS_KEPT;
    span ids;
    int rv = ids_of_note(w->txn, note, key, &ids);

    *gone = (span){NULL, 0};
    if (rv == LINLI_OK && ids.size / HASH_BYTES < most)
        return LINLI_OK;
    for (size_t at = 0; at < ids.size && rv == LINLI_OK; at += HASH_BYTES) {
        linli_hash id;
        memcpy(id.b, ids.at + at, HASH_BYTES);
        rv = look_at(&l, &id);
    }
    if (rv != LINLI_OK || l.count < most)
        return rv;
    if (hash_compare(&st->id, &l.greatest.id) > 0)
        return LINLI_E_LIMIT;
    *gone = l.greatest.certificate;
    return put_out(w, &l.greatest, note, key);
}

/* --- of whoever's grant has ended --- */

struct unkept {
    linli_hash issuer, id;
};
struct trimming {
    struct work *w;
    struct standing_source source;
    bool (*among)(const void *devices, const uint8_t key[KEY_BYTES]);
    const void *devices;
    struct unkept *at;
    size_t count, room;
    int failed;
};

/* One that was said by one of the devices, and is not kept. */
static int unkept_look(struct trimming *t, span certificate)
{
    struct arena a = {0};
    struct statement st;
    struct grant issuer;
    bool kept = true;
    int rv = statement_decode(certificate, &st) == LINLI_OK ? LINLI_OK : LINLI_E_CORRUPT;

    if (rv == LINLI_OK && !st.by_root)
        rv = grant_issuer_find(&t->source.grants, &st.issuer, &issuer);
    if (rv == LINLI_OK && !st.by_root && t->among(t->devices, issuer.subject))
        rv = standing_kept(&t->source, &a, &st, &kept);
    if (rv == LINLI_OK && !kept)
        rv = mem_grow(&t->at, &t->room, t->count + 1, sizeof(*t->at));
    if (rv == LINLI_OK && !kept)
        t->at[t->count++] = (struct unkept){st.issuer, st.id};
    arena_free(&a);
    return rv;
}

static bool unkept_visit(void *ctx, const linli_hash *id, span certificate)
{
    struct trimming *t = ctx;
    unsigned kind = certificate_kind(certificate);

    (void)id;
    if (kind == STATEMENT_REVOCATION || kind == STATEMENT_RULING)
        t->failed = unkept_look(t, certificate);
    return t->failed == LINLI_OK;
}

static int unkept_compare(const void *x, const void *y)
{
    const struct unkept *a = x, *b = y;
    int order = hash_compare(&a->issuer, &b->issuer);

    return order != 0 ? order : hash_compare(&a->id, &b->id);
}

static int unkept_put_out(struct work *w, const linli_hash *id)
{
    uint8_t key[ID_BYTES + AUTHOR_BYTES];
    struct statement st;
    span certificate;
    size_t size;
    char note;
    int rv = held_certificate(w->txn, &w->arena, id, &certificate);

    if (rv == LINLI_OK)
        rv = statement_decode(certificate, &st);
    if (rv == LINLI_OK)
        rv = statement_note(certificate, &note, key, &size);
    if (rv == LINLI_OK)
        rv = put_out(w, &st, note, span_of(key, size));
    return rv == LINLI_OK ? statement_follow_later(w, certificate) : rv;
}

int statements_trim(struct work *w, bool (*among)(const void *devices, const uint8_t key[KEY_BYTES]), const void *devices)
{
    struct trimming t = {.w = w, .source = standing_of(w->txn), .among = among, .devices = devices};
    size_t of_issuer = 0;
    int rv = grant_row_each(w->txn, NULL, unkept_visit, &t);

    rv = rv == LINLI_OK ? t.failed : rv;
    if (t.count > 1)
        qsort(t.at, t.count, sizeof(*t.at), unkept_compare);
    for (size_t i = 0; i < t.count && rv == LINLI_OK; i++) {
        bool same = i > 0 && hash_equal(&t.at[i].issuer, &t.at[i - 1].issuer);
        of_issuer = same ? of_issuer + 1 : 1;
        rv = of_issuer > UNKEPT_MAX ? unkept_put_out(w, &t.at[i].id) : LINLI_OK;
    }
    mem_free(t.at);
    return rv;
}
