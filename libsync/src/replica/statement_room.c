/*
 * replica: how much is kept of what one issuer says in one scope of one device, or rules there on one log (proto/authority.md 6,
 * bounds). What an act lists is not counted, and never goes; of the rest goes what has the greatest id.
 */
#include <string.h>

#include "replica/internal.h"

int statement_counts(struct work *w, const struct statement *st, enum kept *kept)
{
    struct standing_source source = standing_of(w->txn);
    struct arena a = {0};
    struct asking *q = standing_asking(&source, &a);
    int rv = q != NULL ? standing_kept(q, st, kept) : LINLI_E_NOMEM;

    arena_free(&a);
    return rv;
}

size_t statements_most(char note)
{
    switch (note) {
    case NOTE_REVOKED: return REVOCATIONS_KEPT;
    case NOTE_RULED: return RULINGS_KEPT;
    }
    return SIZE_MAX;
}

struct looking {
    struct work *w;
    const struct statement *st; /* with which others are counted */
    size_t count;
    struct statement greatest;  /* of those counted */
};

static int look_at(struct looking *l, const linli_hash *id)
{
    struct statement other;
    span certificate;
    enum kept kept = KEPT_LISTED;
    int rv = held_certificate(l->w->txn, &l->w->arena, id, &certificate);

    if (rv == LINLI_OK && statement_decode(certificate, &other) != LINLI_OK)
        rv = LINLI_E_CORRUPT;
    if (rv == LINLI_OK && statement_counted_with(&other, l->st))
        rv = statement_counts(l->w, &other, &kept);
    if (rv != LINLI_OK || kept == KEPT_LISTED)
        return rv;
    if (l->count++ == 0 || hash_compare(&l->greatest.id, &other.id) < 0)
        l->greatest = other;
    return LINLI_OK;
}

static int looked_over(struct looking *l, char note, span key)
{
    span ids;
    int rv = ids_of_note(l->w->txn, note, key, &ids);

    for (size_t at = 0; at < ids.size && rv == LINLI_OK; at += HASH_BYTES) {
        linli_hash id;
        memcpy(id.b, ids.at + at, HASH_BYTES);
        rv = look_at(l, &id);
    }
    return rv;
}

int statement_room(struct work *w, const struct statement *st, char note, span key, span *gone)
{
    struct looking l = {.w = w, .st = st};
    size_t most = note == NOTE_RULED ? RULINGS_KEPT : REVOCATIONS_KEPT;
    enum kept kept = KEPT_LISTED;
    span ids;
    int rv = ids_of_note(w->txn, note, key, &ids);

    *gone = (span){NULL, 0};
    if (rv == LINLI_OK && ids.size / HASH_BYTES >= most)
        rv = statement_counts(w, st, &kept);
    if (rv == LINLI_OK && kept != KEPT_LISTED)
        rv = looked_over(&l, note, key);
    if (rv != LINLI_OK || l.count < most)
        return rv;
    if (hash_compare(&l.greatest.id, &st->id) < 0)
        return LINLI_E_LIMIT;
    *gone = l.greatest.certificate;
    return statement_put_out(w, *gone);
}

int statement_put_out(struct work *w, span certificate)
{
    uint8_t key[ID_BYTES + AUTHOR_BYTES];
    struct statement st;
    uint32_t scope;
    size_t size;
    char note;
    int rv = statement_decode(certificate, &st);

    if (rv == LINLI_OK)
        rv = statement_note(certificate, &note, key, &size);
    if (rv == LINLI_OK)
        rv = grant_row_delete(w->txn, &st.scope, &st.id);
    if (rv == LINLI_OK)
        rv = said_drop(w->txn, &(struct said_row){st.issuer, st.scope, st.id});
    if (rv == LINLI_OK)
        rv = note == NOTE_ERASURE ? order_put_out(w, certificate) : ids_from_note(w->txn, note, span_of(key, size), &st.id);
    if (rv == LINLI_OK)
        rv = scope_number(w->txn, &st.scope, &scope);
    if (rv == LINLI_OK)
        rv = work_touch(w, scope);
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}
