/* replica: how much is kept of what one issuer says of one device, or rules on one log (proto/authority.md 6, bounds). */
#include <string.h>

#include "replica/internal.h"

struct looking {
    struct work *w;
    const struct statement *st; /* whose issuer's are counted */
    size_t count;
    struct statement greatest;  /* by its id, of those counted */
};

static bool same_issuer(const struct statement *a, const struct statement *b)
{
    return a->by_root == b->by_root && (a->by_root || hash_equal(&a->issuer, &b->issuer));
}

static int look_at(struct looking *l, const linli_hash *id)
{
    struct statement other;
    span certificate;
    int rv = held_certificate(l->w->txn, &l->w->arena, id, &certificate);

    if (rv == LINLI_OK && statement_decode(certificate, &other) != LINLI_OK)
        rv = LINLI_E_CORRUPT;
    if (rv != LINLI_OK || !same_issuer(&other, l->st))
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
