/* replica: the grants held looked over: each certificate, its chain, and the lists it stands in. */
#include <string.h>

#include "auth/certificate.h"
#include "replica/erasing.h"
#include "replica/verify.h"

struct listed {
    const linli_hash *id;
    size_t times;
};

static bool listed_check(void *ctx, const linli_hash *id, span certificate)
{
    struct listed *listed = ctx;

    (void)certificate;
    listed->times += hash_equal(id, listed->id);
    return true;
}

/* The id stands so often in the list that this note keeps. */
static int noted_times(struct verify *v, char note, span key, const linli_hash *id, size_t wanted)
{
    span ids;
    size_t times = 0;
    int rv = ids_of_note(v->txn, note, key, &ids);

    for (size_t at = 0; rv == LINLI_OK && at + HASH_BYTES <= ids.size; at += HASH_BYTES)
        times += memcmp(ids.at + at, id->b, HASH_BYTES) == 0;
    return rv == LINLI_OK && times != wanted ? LINLI_E_CORRUPT : rv;
}

static int noted(struct verify *v, char note, span key, const linli_hash *id)
{
    return noted_times(v, note, key, id, 1);
}

/* A version of the root is listed when it holds. */
static int version_noted(struct verify *v, const struct root_version *version)
{
    static const uint8_t kind[] = {STATEMENT_ROOT};
    bool holds;
    int rv = root_version_holds(v->txn, version, &holds);

    return rv == LINLI_OK ? noted_times(v, NOTE_ROOT, span_of(kind, 1), &version->head.id, holds) : rv;
}

static int erasure_noted(void *ctx, span key, const linli_hash *id)
{
    return noted(ctx, NOTE_ERASURE, key, id);
}

static int statement_noted(struct verify *v, span certificate, const linli_hash *id)
{
    uint8_t key[ID_BYTES + AUTHOR_BYTES];
    struct revocation revocation;
    struct root_version version;
    struct ruling ruling;
    struct erasure e;
    bool any = false;

    if (root_version_decode(certificate, &version) == LINLI_OK)
        return version_noted(v, &version);
    if (erasure_decode(certificate, &e) == LINLI_OK) {
        int found = erased_any(v->txn, &e.head.scope, &any);
        if (found == LINLI_OK && !any)
            found = LINLI_E_CORRUPT;
        return found == LINLI_OK ? erased_keys(&e, erasure_noted, v) : found;
    }

    if (revocation_decode(certificate, &revocation) == LINLI_OK)
        return noted(v, NOTE_REVOKED, span_of(revocation.device, KEY_BYTES), id);
    key[0] = (uint8_t)certificate_kind(certificate);
    if (key[0] == STATEMENT_AFFIRMATION)
        return noted(v, NOTE_ROOT, span_of(key, 1), id);
    int rv = ruling_decode(certificate, &ruling);
    memcpy(key, ruling.scope.b, ID_BYTES);
    author_encode(&ruling.author, key + ID_BYTES);
    return rv == LINLI_OK ? noted(v, NOTE_RULED, span_of(key, sizeof(key)), id) : rv;
}

static int statement_verify(struct verify *v, const linli_hash *id, span certificate)
{
    struct grant_source source = authority_source(v->txn);
    struct listed listed = {.id = id};
    struct statement st;
    int rv = statement_decode(certificate, &st);

    if (rv != LINLI_OK)
        return rv;
    v->scope_id = st.scope;
    if (!hash_equal(&st.id, id))
        return LINLI_E_CORRUPT;
    rv = said_check(v->txn, &(struct said_row){st.issuer, st.scope, *id});
    if (rv == LINLI_OK)
        rv = statement_check(&v->r->self.root, certificate, &source);
    if (rv == LINLI_OK)
        rv = grant_row_each(v->txn, &st.scope, listed_check, &listed);
    if (rv == LINLI_OK && listed.times != 1)
        rv = LINLI_E_CORRUPT;
    return rv == LINLI_OK ? statement_noted(v, certificate, id) : rv;
}

static int grant_verify(struct verify *v, const linli_hash *id, span certificate)
{
    struct grant_source source = authority_source(v->txn);
    struct listed listed = {.id = id};
    struct grant g;
    int rv = grant_decode(certificate, &g);

    if (rv != LINLI_OK)
        return rv;
    v->scope_id = g.scope;
    if (!hash_equal(&g.id, id))
        return LINLI_E_CORRUPT;
    rv = said_check(v->txn, &(struct said_row){g.issuer, g.scope, *id});
    if (rv == LINLI_OK)
        rv = grant_check(&v->r->self.root, &g, &source);
    if (rv == LINLI_OK)
        rv = grant_row_each(v->txn, &g.scope, listed_check, &listed);
    if (rv == LINLI_OK && listed.times != 1)
        rv = LINLI_E_CORRUPT;
    return rv == LINLI_OK ? noted(v, NOTE_DEVICE, span_of(g.subject, KEY_BYTES), &g.id) : rv;
}

static bool grant_visit(void *ctx, const linli_hash *id, span certificate)
{
    struct verify *v = ctx;

    bool grant = certificate_kind(certificate) <= STATEMENT_GRANT;

    v->found += grant;
    v->scope_id = (linli_id){{0}};
    v->rv = verify_fault(v, grant ? grant_verify(v, id, certificate) : statement_verify(v, id, certificate), "grant", NULL,
                         0, NULL);
    return v->rv == LINLI_OK;
}

/* Each id in a device's list is a grant of that device; with as many as there are grants, the lists are right. */
static bool device_visit(void *ctx, span key, span ids)
{
    struct verify *v = ctx;
    linli_hash id;
    span certificate;
    struct grant g;

    if (key.size != KEY_BYTES || ids.size % HASH_BYTES != 0)
        verify_bad(v, "grant", NULL, 0, NULL);
    for (size_t at = 0; at + HASH_BYTES <= ids.size && v->rv == LINLI_OK; at += HASH_BYTES) {
        memcpy(id.b, ids.at + at, HASH_BYTES);
        v->rv = grant_row_get(v->txn, &id, &certificate);
        if (v->rv == LINLI_OK)
            v->rv = grant_decode(certificate, &g);
        if (v->rv == LINLI_OK && !span_equal(key, span_of(g.subject, KEY_BYTES)))
            v->rv = LINLI_E_CORRUPT;
        v->rv = verify_fault(v, v->rv, "grant", NULL, 0, NULL);
        v->found--;
    }
    return v->rv == LINLI_OK;
}

int verify_grants(struct verify *v)
{
    int rv;

    v->found = 0;
    v->rv = LINLI_OK;
    rv = grant_row_each(v->txn, NULL, grant_visit, v);
    if (rv == LINLI_OK)
        rv = v->rv;
    v->scope_id = (linli_id){{0}};
    if (rv == LINLI_OK)
        rv = note_each(v->txn, NOTE_DEVICE, device_visit, v);
    if (rv == LINLI_OK)
        rv = v->rv;
    if (rv == LINLI_OK && v->found != 0)
        verify_bad(v, "grant", NULL, 0, NULL);
    return rv;
}
