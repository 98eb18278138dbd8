/* replica: revocations, rulings, orders to erase and what the root says of itself come in, and each is kept like a grant. */
#include <string.h>

#include "auth/certificate.h"
#include "replica/erasing.h"

int statement_note(span certificate, char *note, uint8_t key[ID_BYTES + AUTHOR_BYTES], size_t *size)
{
    struct revocation revocation;
    struct ruling ruling;
    struct erasure e;

    if (revocation_decode(certificate, &revocation) == LINLI_OK) {
        memcpy(key, revocation.device, KEY_BYTES);
        *size = KEY_BYTES;
        *note = NOTE_REVOKED;
        return LINLI_OK;
    }
    if (erasure_decode(certificate, &e) == LINLI_OK) {
        *size = 0;
        *note = NOTE_ERASURE;
        return LINLI_OK;
    }
    key[0] = (uint8_t)certificate_kind(certificate);
    if (key[0] == STATEMENT_ROOT || key[0] == STATEMENT_AFFIRMATION) {
        *size = 1;
        *note = NOTE_ROOT;
        return LINLI_OK;
    }
    int rv = ruling_decode(certificate, &ruling);
    memcpy(key, ruling.scope.b, ID_BYTES);
    author_encode(&ruling.author, key + ID_BYTES);
    *size = ID_BYTES + AUTHOR_BYTES;
    *note = NOTE_RULED;
    return rv;
}

/* The grant that the act admits its device by: named where the act is, for the device may know of no scope but that. */
static int attach(struct work *w, const linli_id *scope, const linli_hash *grant)
{
    uint8_t key[ID_BYTES + HASH_BYTES];
    span held;
    int rv = grant_row_get(w->txn, grant, &held);

    memcpy(key, scope->b, ID_BYTES);
    memcpy(key + ID_BYTES, grant->b, HASH_BYTES);
    if (rv == LINLI_OK)
        rv = note_put(w->txn, NOTE_ATTACHED, span_of(key, sizeof(key)), (span){NULL, 0});
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

int statement_attach(struct work *w, const struct grant *g)
{
    struct standing_source source = standing_of(w->txn);
    struct arena a = {0};
    struct revocation *acts = NULL;
    size_t count = 0;
    int rv = source.revocations(source.ctx, &a, g->subject, &acts, &count);

    for (size_t i = 0; i < count && rv == LINLI_OK; i++)
        if (acts[i].admits && hash_equal(&acts[i].admitted, &g->id))
            rv = attach(w, &acts[i].head.scope, &g->id);
    arena_free(&a);
    return rv;
}

int statement_follow_later(struct work *w, span certificate)
{
    int rv = mem_grow(&w->said, &w->said_room, w->said_count + 1, sizeof(*w->said));

    if (rv == LINLI_OK)
        w->said[w->said_count++] = certificate;
    return rv;
}

/* What it is listed under is its own affair, and all are kept. */
static int order_keep(struct work *w, span certificate)
{
    struct erasure e;
    int rv = erasure_decode(certificate, &e);

    if (rv == LINLI_OK)
        rv = erased_keep(w->txn, &e);
    if (rv == LINLI_OK)
        rv = erase_stale(w, &e);
    return rv == LINLI_OK ? erase_due(w, &e.head.scope, &e.record, true) : rv;
}

int order_put_out(struct work *w, span certificate)
{
    struct erasure e;
    int rv = erasure_decode(certificate, &e);

    if (rv == LINLI_OK)
        rv = erased_forget(w->txn, &e);
    return rv == LINLI_OK ? erase_gone(w, &e) : rv;
}

/* Is there room for it? What it puts out goes. Root versions need none: too much hangs on them. */
static int room_make(struct work *w, const struct statement *st, char note, span key)
{
    span gone = {NULL, 0};
    bool full;
    int rv = full_of_fallen(w, st, &full);

    if (rv == LINLI_OK && full)
        return LINLI_E_LIMIT;
    if (rv == LINLI_OK && note != NOTE_ERASURE && st->kind != STATEMENT_ROOT)
        rv = statement_room(w, st, note, key, &gone);
    return rv == LINLI_OK && gone.size > 0 ? statement_follow_later(w, gone) : rv;
}

/* Where whoever asks what stands looks for it. */
static int list(struct work *w, const struct statement *st, char note, span key)
{
    struct root_version v;

    if (root_version_decode(st->certificate, &v) == LINLI_OK)
        return root_version_list(w->txn, &v);
    return note == NOTE_ERASURE ? order_keep(w, st->certificate) : ids_to_note(w->txn, note, key, &st->id);
}

static int keep(struct work *w, const struct statement *st, char note, span key)
{
    uint32_t scope;
    int rv = room_make(w, st, note, key);

    if (rv == LINLI_OK)
        rv = grant_row_put(w->txn, &st->scope, &st->id, st->certificate);
    if (rv == LINLI_OK)
        rv = said_add(w->txn, &(struct said_row){st->issuer, st->scope, st->id});
    if (rv == LINLI_OK)
        rv = list(w, st, note, key);
    if (rv != LINLI_OK)
        return rv;
    rv = scope_number(w->txn, &st->scope, &scope);
    if (rv == LINLI_OK)
        rv = work_touch(w, scope);
    w->statements++;
    w->advanced = true;
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

int statement_enter(struct work *w, span certificate, bool *added)
{
    struct grant_source source = authority_source(w->txn);
    uint8_t key[ID_BYTES + AUTHOR_BYTES];
    struct revocation revocation;
    struct statement st;
    size_t key_size;
    char note;
    span held;

    *added = false;
    w->urgent = true;
    certificate = arena_copy(&w->arena, certificate); /* it may be lent by a row that is about to move */
    if (certificate.at == NULL)
        return LINLI_E_NOMEM;
    int rv = statement_decode(certificate, &st);
    if (rv == LINLI_OK)
        rv = grant_row_get(w->txn, &st.id, &held);
    if (rv != LINLI_E_NOT_FOUND)
        return rv;
    rv = statement_check(&w->r->self.root, certificate, &source);
    if (rv == LINLI_OK)
        rv = statement_note(certificate, &note, key, &key_size);
    if (rv == LINLI_OK)
        rv = keep(w, &st, note, span_of(key, key_size));
    if (rv == LINLI_OK && revocation_decode(certificate, &revocation) == LINLI_OK && revocation.admits)
        rv = attach(w, &st.scope, &revocation.admitted);
    if (rv == LINLI_OK)
        rv = statement_follow_later(w, certificate);
    *added = rv == LINLI_OK;
    return rv;
}
