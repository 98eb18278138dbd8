/* replica: what stands of the grants and statements held: the store as the source that auth/standing.h asks. */
#include <string.h>

#include "replica/internal.h"

int ids_of_note(struct store_txn *txn, char kind, span key, span *ids)
{
    int rv = note_get(txn, kind, key, ids);

    if (rv == LINLI_E_NOT_FOUND)
        *ids = (span){NULL, 0};
    if (rv == LINLI_OK && ids->size % HASH_BYTES != 0)
        return LINLI_E_CORRUPT;
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

int ids_to_note(struct store_txn *txn, char kind, span key, const linli_hash *id)
{
    struct buf ids = {0};
    span before;
    int rv = ids_of_note(txn, kind, key, &before);

    if (rv != LINLI_OK)
        return rv;
    buf_append(&ids, before.at, before.size);
    rv = buf_append(&ids, id->b, HASH_BYTES);
    if (rv == LINLI_OK)
        rv = note_put(txn, kind, key, buf_span(&ids));
    buf_free(&ids);
    return rv;
}

int ids_from_note(struct store_txn *txn, char kind, span key, const linli_hash *id)
{
    struct buf ids = {0};
    span before;
    int rv = ids_of_note(txn, kind, key, &before);

    for (size_t at = 0; at < before.size && rv == LINLI_OK; at += HASH_BYTES)
        if (memcmp(before.at + at, id->b, HASH_BYTES) != 0)
            rv = buf_append(&ids, before.at + at, HASH_BYTES);
    if (rv == LINLI_OK)
        rv = note_put(txn, kind, key, buf_span(&ids));
    buf_free(&ids);
    return rv;
}

int held_certificate(struct store_txn *txn, struct arena *a, const linli_hash *id, span *out)
{
    int rv = grant_row_get(txn, id, out);

    if (rv != LINLI_OK)
        return rv == LINLI_E_NOT_FOUND ? LINLI_E_CORRUPT : rv;
    *out = arena_copy(a, *out); /* what the map lends may end with the next write */
    return out->at == NULL ? LINLI_E_NOMEM : LINLI_OK;
}

int statements_listed(struct store_txn *txn, struct arena *a, const struct note_form *form, char kind, span key, void **out,
                      size_t *count)
{
    span ids, certificate;
    linli_hash id;
    int rv = ids_of_note(txn, kind, key, &ids);
    size_t all = rv == LINLI_OK ? ids.size / HASH_BYTES : 0;

    *count = 0;
    *out = all > 0 ? arena_array(a, all, form->size) : NULL;
    if (rv != LINLI_OK || all == 0)
        return rv;
    if (*out == NULL)
        return LINLI_E_NOMEM;
    for (; *count < all && rv == LINLI_OK; *count += rv == LINLI_OK) {
        memcpy(id.b, ids.at + *count * HASH_BYTES, HASH_BYTES);
        rv = held_certificate(txn, a, &id, &certificate);
        if (rv == LINLI_OK && form->decode(certificate, (uint8_t *)*out + *count * form->size) != LINLI_OK)
            rv = LINLI_E_CORRUPT;
    }
    return rv;
}

static int revocation_row(span certificate, void *out)
{
    return revocation_decode(certificate, out);
}

static int ruling_row(span certificate, void *out)
{
    return ruling_decode(certificate, out);
}

static int revocations_of(void *ctx, struct arena *a, const uint8_t device[KEY_BYTES], struct revocation **out,
                          size_t *count)
{
    static const struct note_form form = {sizeof(struct revocation), revocation_row};
    void *rows;
    int rv = statements_listed(ctx, a, &form, NOTE_REVOKED, span_of(device, KEY_BYTES), &rows, count);

    *out = rows;
    return rv;
}

static int rulings_on(void *ctx, struct arena *a, const linli_id *scope, const linli_author *author, struct ruling **out,
                      size_t *count)
{
    static const struct note_form form = {sizeof(struct ruling), ruling_row};
    uint8_t key[ID_BYTES + AUTHOR_BYTES];
    void *rows;

    memcpy(key, scope->b, ID_BYTES);
    author_encode(author, key + ID_BYTES);
    int rv = statements_listed(ctx, a, &form, NOTE_RULED, span_of(key, sizeof(key)), &rows, count);
    *out = rows;
    return rv;
}

struct standing_source standing_of(struct store_txn *txn)
{
    return (struct standing_source){authority_source(txn), revocations_of, rulings_on, txn, root_said_read};
}

static bool seen_one(void *ctx, span key, span value)
{
    (void)key;
    (void)value;
    *(bool *)ctx = true;
    return false;
}

/* Is anything held by which a good grant may not stand? */
static int any_ends(struct store_txn *txn, bool *any)
{
    *any = false;
    int rv = note_each(txn, NOTE_REVOKED, seen_one, any);
    return rv == LINLI_OK && !*any ? note_each(txn, NOTE_ROOT, seen_one, any) : rv;
}

int standing_usable(struct store_txn *txn, const struct grant *g, bool *usable)
{
    struct standing_source source = standing_of(txn);
    struct arena a = {0};
    bool any;
    int rv = any_ends(txn, &any);

    *usable = rv == LINLI_OK;
    if (rv == LINLI_OK && any)
        rv = standing_grant(&source, &a, g, usable);
    arena_free(&a);
    return rv;
}

int standing_of_log(struct store_txn *txn, struct arena *a, struct log *log)
{
    struct standing_source source = standing_of(txn);
    bool any;
    int rv = any_ends(txn, &any);

    log->cut = (struct cut){.any = false};
    return rv == LINLI_OK && any ? standing_cut(&source, a, &log->authority.grant, &log->scope_id, &log->name, &log->cut)
                                 : rv;
}
