/*
 * replica: where a bound of proto/authority.md 6 has been reached. From then on statements come and go there: receipts must know, and
 * who revokes somebody, or takes such a word back, looks in the logs for what may have been put out.
 */
#include <string.h>

#include "replica/internal.h"

enum { FULL_BYTES = ID_BYTES + HASH_BYTES };

static span full_key(const linli_id *scope, const linli_hash *issuer, uint8_t out[FULL_BYTES])
{
    memcpy(out, scope->b, ID_BYTES);
    memcpy(out + ID_BYTES, issuer->b, HASH_BYTES);
    return span_of(out, FULL_BYTES);
}

int full_pool(struct store_txn *txn, const linli_id *scope, linli_id *out)
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
    int rv = note_put(w->txn, NOTE_FULL, full_key(scope, issuer, key),
                      greatest != NULL ? span_of(greatest->b, HASH_BYTES) : (span){NULL, 0});

    return rv == LINLI_OK ? scope_touch(w, scope) : rv;
}

int full_of_fallen(struct work *w, const struct statement *st, bool *full)
{
    uint8_t key[FULL_BYTES];
    enum kept kept = KEPT_FREELY;
    span greatest = {NULL, 0};
    linli_id pool;
    int rv = full_pool(w->txn, &st->scope, &pool);

    if (rv == LINLI_OK)
        rv = note_get(w->txn, NOTE_FULL, full_key(&pool, &st->issuer, key), &greatest);
    *full = rv == LINLI_OK && statement_pooled(st->kind) && greatest.size == HASH_BYTES && memcmp(st->id.b, greatest.at, HASH_BYTES) > 0;
    if (*full)
        rv = statement_counts(w, st, &kept);
    *full = *full && kept == KEPT_NOT;
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

/* Do so many stand in its list that one may be too much there? */
static int list_long(struct work *w, const struct statement *st, bool *is)
{
    uint8_t key[ID_BYTES + AUTHOR_BYTES];
    span ids = {NULL, 0};
    size_t size;
    char note;
    int rv = statement_note(st->certificate, &note, key, &size);
    size_t most = rv == LINLI_OK ? statements_most(note) : SIZE_MAX;

    if (rv == LINLI_OK && most != SIZE_MAX)
        rv = ids_of_note(w->txn, note, span_of(key, size), &ids);
    *is = ids.size / HASH_BYTES >= most;
    return rv;
}

/* Has its issuer said so much in the scope that it must be marked? Mostly the figure of all that is held there tells that it has not. */
static int scope_many(struct work *w, const struct statement *st, bool *are)
{
    struct receipt_element element;
    uint32_t number;
    int rv = scope_number(w->txn, &st->scope, &number);

    if (rv == LINLI_OK)
        rv = digest_element(w->txn, &st->scope, false, &element);
    *are = rv == LINLI_E_NOT_FOUND || (rv == LINLI_OK && element.statements + w->statements >= UNKEPT_MAX);
    if (!*are)
        return rv;
    return said_many(w->txn, &st->issuer, &st->scope, UNKEPT_MAX, are);
}

int full_by(struct work *w, const struct statement *st, bool *may)
{
    uint8_t key[FULL_BYTES];
    enum kept kept = KEPT_NOT;
    span greatest;
    int rv = statement_counts(w, st, &kept);

    *may = kept == KEPT_NOT;
    if (rv == LINLI_OK && !*may)
        rv = list_long(w, st, may);
    if (rv != LINLI_OK || *may)
        return rv;
    rv = note_get(w->txn, NOTE_FULL, full_key(&st->scope, &st->issuer, key), &greatest);
    return rv == LINLI_E_NOT_FOUND ? scope_many(w, st, may) : rv;
}

/* --- all marks --- */

struct marks {
    struct store_txn *txn;
    int (*fn)(struct marks *m, const linli_id *scope, const linli_hash *issuer);
    const linli_id *scope;       /* what one of these looks for */
    const uint8_t *device;
    const struct sayers *sayers;
    struct buf *out;
    bool found;
    int failed;
};

static bool mark_visit(void *ctx, span key, span value)
{
    struct marks *m = ctx;
    linli_hash issuer;
    linli_id scope;

    (void)value;
    if (key.size != FULL_BYTES) {
        m->failed = LINLI_E_CORRUPT;
        return false;
    }
    memcpy(scope.b, key.at, ID_BYTES);
    memcpy(issuer.b, key.at + ID_BYTES, HASH_BYTES);
    m->failed = m->fn(m, &scope, &issuer);
    return m->failed == LINLI_OK;
}

static int marks_each(struct marks *m)
{
    int rv = note_each(m->txn, NOTE_FULL, mark_visit, m);

    return rv == LINLI_OK ? m->failed : rv;
}

static int issuer_of_scope(struct marks *m, const linli_id *scope, const linli_hash *issuer)
{
    return id_equal(scope, m->scope) ? buf_append(m->out, issuer->b, HASH_BYTES) : LINLI_OK;
}

int full_issuers(struct store_txn *txn, const linli_id *scope, struct buf *issuers)
{
    return marks_each(&(struct marks){.txn = txn, .fn = issuer_of_scope, .scope = scope, .out = issuers});
}

/* The grant under which it was said; `*by_root`: a document, for that is no grant. */
static int issuer_get(struct store_txn *txn, const linli_hash *issuer, struct grant *g, bool *by_root)
{
    struct grant_source source = authority_source(txn);
    int rv = source.find(source.ctx, issuer, g);

    *by_root = rv == LINLI_E_NOT_FOUND;
    return *by_root ? LINLI_OK : rv;
}

static int mark_of_device(struct marks *m, const linli_id *scope, const linli_hash *issuer)
{
    struct grant g;
    bool by_root;
    int rv = issuer_get(m->txn, issuer, &g, &by_root);

    (void)scope;
    m->found = m->found || (rv == LINLI_OK && !by_root && memcmp(g.subject, m->device, KEY_BYTES) == 0);
    return rv;
}

int full_of(struct store_txn *txn, const uint8_t device[KEY_BYTES], bool *any)
{
    struct marks m = {.txn = txn, .fn = mark_of_device, .device = device};
    int rv = marks_each(&m);

    *any = m.found;
    return rv;
}

/* Did one of these say what has this issuer? */
static int sayers_said(struct store_txn *txn, const struct sayers *sayers, const linli_hash *issuer, bool *said)
{
    struct grant g;
    bool by_root;
    int rv = issuer_get(txn, issuer, &g, &by_root);

    *said = rv == LINLI_OK && (sayers->all || (by_root && sayers->root));
    for (size_t i = 0; rv == LINLI_OK && !by_root && !*said && i < sayers->count; i++)
        *said = memcmp(sayers->at[i], g.subject, KEY_BYTES) == 0;
    return rv;
}

static int mark_of_sayers(struct marks *m, const linli_id *scope, const linli_hash *issuer)
{
    uint8_t key[FULL_BYTES];
    bool said;
    int rv = sayers_said(m->txn, m->sayers, issuer, &said);

    return rv == LINLI_OK && said ? buf_append(m->out, full_key(scope, issuer, key).at, FULL_BYTES) : rv;
}

int full_clear(struct work *w, const struct sayers *sayers)
{
    struct buf keys = {0};
    int rv = marks_each(&(struct marks){.txn = w->txn, .fn = mark_of_sayers, .sayers = sayers, .out = &keys});

    for (size_t at = 0; at < keys.size && rv == LINLI_OK; at += FULL_BYTES) {
        linli_id scope;
        memcpy(scope.b, keys.at + at, ID_BYTES);
        rv = note_delete(w->txn, NOTE_FULL, span_of(keys.at + at, FULL_BYTES));
        if (rv == LINLI_OK)
            rv = scope_touch(w, &scope);
    }
    buf_free(&keys);
    return rv;
}
