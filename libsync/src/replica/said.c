/*
 * replica: what is held, listed by the grant or the document under which it was said: so that whoever asks what one device said, or whom
 * it let in, looks at that alone. A store whose list is not whole (an older program wrote to it) gets it anew when it is opened.
 */
#include <string.h>

#include "auth/certificate.h"
#include "replica/internal.h"

enum { SAID_BYTES = HASH_BYTES + ID_BYTES + HASH_BYTES }; /* issuer, scope, id */

static span said_key(const struct said_row *said, uint8_t out[SAID_BYTES])
{
    memcpy(out, said->issuer.b, HASH_BYTES);
    memcpy(out + HASH_BYTES, said->scope.b, ID_BYTES);
    memcpy(out + HASH_BYTES + ID_BYTES, said->id.b, HASH_BYTES);
    return span_of(out, SAID_BYTES);
}

int said_add(struct store_txn *txn, const struct said_row *said)
{
    uint8_t key[SAID_BYTES];

    return note_put(txn, NOTE_SAID, said_key(said, key), (span){NULL, 0});
}

int said_drop(struct store_txn *txn, const struct said_row *said)
{
    uint8_t key[SAID_BYTES];
    int rv = note_delete(txn, NOTE_SAID, said_key(said, key));

    return rv == LINLI_E_NOT_FOUND ? LINLI_E_CORRUPT : rv;
}

int said_check(struct store_txn *txn, const struct said_row *said)
{
    uint8_t key[SAID_BYTES];
    span none;
    int rv = note_get(txn, NOTE_SAID, said_key(said, key), &none);

    return rv == LINLI_E_NOT_FOUND ? LINLI_E_CORRUPT : rv;
}

/* The id is the last of the key, whatever it was looked up by. */
static bool id_list(void *ctx, span rest, span value)
{
    (void)value;
    return rest.size < HASH_BYTES || buf_append(ctx, rest.at + rest.size - HASH_BYTES, HASH_BYTES) == LINLI_OK;
}

int said_under(struct store_txn *txn, const linli_hash *issuer, said_fn fn, void *ctx)
{
    struct buf ids = {0};
    int rv = note_under(txn, NOTE_SAID, span_of(issuer->b, HASH_BYTES), id_list, &ids);

    rv = rv == LINLI_OK ? ids.failed : rv;
    for (size_t at = 0; at + HASH_BYTES <= ids.size && rv == LINLI_OK; at += HASH_BYTES) {
        linli_hash id;
        span certificate;
        memcpy(id.b, ids.at + at, HASH_BYTES);
        rv = grant_row_get(txn, &id, &certificate);
        rv = rv == LINLI_OK ? fn(ctx, &id, certificate) : rv == LINLI_E_NOT_FOUND ? LINLI_E_CORRUPT : rv;
    }
    buf_free(&ids);
    return rv;
}

int said_by(struct store_txn *txn, const uint8_t device[KEY_BYTES], said_fn fn, void *ctx)
{
    struct buf grants = {0}; /* of its own: what is lent may end with what `fn` writes */
    span ids;
    int rv = authority_of_device(txn, device, &ids);

    if (rv == LINLI_OK)
        rv = buf_append(&grants, ids.at, ids.size);
    for (size_t at = 0; at < grants.size && rv == LINLI_OK; at += HASH_BYTES) {
        linli_hash grant;
        memcpy(grant.b, grants.at + at, HASH_BYTES);
        rv = said_under(txn, &grant, fn, ctx);
    }
    buf_free(&grants);
    return rv;
}

struct issuer_count {
    size_t count, most;
};

static bool issuer_count_one(void *ctx, span rest, span value)
{
    struct issuer_count *t = ctx;

    (void)rest;
    (void)value;
    return ++t->count < t->most;
}

int said_many(struct store_txn *txn, const linli_hash *issuer, const linli_id *scope, size_t most, bool *many)
{
    struct issuer_count t = {0, most};
    uint8_t key[HASH_BYTES + ID_BYTES];

    memcpy(key, issuer->b, HASH_BYTES);
    memcpy(key + HASH_BYTES, scope->b, ID_BYTES);
    int rv = note_under(txn, NOTE_SAID, span_of(key, sizeof(key)), issuer_count_one, &t);
    *many = t.count >= most;
    return rv;
}

/* --- by the root: under the first document, and under those that were said there, and so on --- */

struct root_walk {
    struct buf documents;
    said_fn fn;
    void *ctx;
};

static int document_visit(void *ctx, const linli_hash *id, span certificate)
{
    struct root_walk *walk = ctx;
    int rv = certificate_kind(certificate) == STATEMENT_ROOT ? buf_append(&walk->documents, id->b, HASH_BYTES) : LINLI_OK;

    return rv == LINLI_OK ? walk->fn(walk->ctx, id, certificate) : rv;
}

int said_by_root(struct store_txn *txn, const linli_hash *first, said_fn fn, void *ctx)
{
    struct root_walk walk = {.fn = fn, .ctx = ctx};
    int rv = buf_append(&walk.documents, first->b, HASH_BYTES);

    for (size_t at = 0; at < walk.documents.size && rv == LINLI_OK; at += HASH_BYTES) {
        linli_hash document;
        memcpy(document.b, walk.documents.at + at, HASH_BYTES);
        rv = said_under(txn, &document, document_visit, &walk);
    }
    buf_free(&walk.documents);
    return rv;
}

/* --- the list, made again --- */

static bool note_count(void *ctx, span key, span value)
{
    (void)key;
    (void)value;
    ++*(size_t *)ctx;
    return true;
}

static bool row_count(void *ctx, const linli_hash *id, span certificate)
{
    return note_count(ctx, span_of(id->b, HASH_BYTES), certificate);
}

struct relisting {
    struct store_txn *txn;
    int failed;
};

static bool row_list(void *ctx, const linli_hash *id, span certificate)
{
    struct relisting *l = ctx;
    struct statement st;
    struct grant g;
    struct said_row said = {.id = *id};

    if (grant_decode(certificate, &g) == LINLI_OK) {
        said.issuer = g.issuer;
        said.scope = g.scope;
    } else if (statement_decode(certificate, &st) == LINLI_OK) {
        said.issuer = st.issuer;
        said.scope = st.scope;
    } else {
        l->failed = LINLI_E_CORRUPT;
        return false;
    }
    l->failed = said_add(l->txn, &said);
    return l->failed == LINLI_OK;
}

static bool note_drop(void *ctx, span key, span value)
{
    struct relisting *l = ctx;
    uint8_t own[SAID_BYTES]; /* what is lent ends with the first row that goes */

    (void)value;
    if (key.size != SAID_BYTES)
        l->failed = LINLI_E_CORRUPT;
    else
        memcpy(own, key.at, SAID_BYTES);
    if (l->failed == LINLI_OK)
        l->failed = note_delete(l->txn, NOTE_SAID, span_of(own, SAID_BYTES));
    return l->failed == LINLI_OK;
}

static int relist(struct work *w, void *ctx)
{
    struct relisting l = {.txn = w->txn};
    int rv = note_each(w->txn, NOTE_SAID, note_drop, &l);

    (void)ctx;
    if (rv == LINLI_OK && l.failed == LINLI_OK)
        rv = grant_row_each(w->txn, NULL, row_list, &l);
    rv = rv == LINLI_OK ? l.failed : rv;
    return rv == LINLI_OK ? statements_trim(w, &(struct sayers){.all = true}) : rv; /* and where bounds are reached */
}

int said_keep_up(struct replica *r)
{
    struct store_txn *txn = NULL;
    size_t listed = 0, held = 0;
    int rv = store_begin(r->store, false, &txn);

    if (rv == LINLI_OK)
        rv = note_each(txn, NOTE_SAID, note_count, &listed);
    if (rv == LINLI_OK)
        rv = grant_row_each(txn, NULL, row_count, &held);
    rv = store_end(txn, rv);
    return rv == LINLI_OK && listed != held ? work_run(r, relist, NULL) : rv;
}
