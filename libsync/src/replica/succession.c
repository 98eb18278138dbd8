/*
 * replica: later versions of the root document and affirmations: read for whoever asks what stands, followed when they come in,
 * and shown, before one's own chain, to whoever may not have heard of them.
 */
#include <string.h>

#include "auth/certificate.h"
#include "replica/internal.h"

static int version_row(span certificate, void *out)
{
    return root_version_decode(certificate, out);
}

static int affirmation_row(span certificate, void *out)
{
    return affirmation_decode(certificate, out);
}

int root_said_read(void *txn, struct arena *a, struct root_said *out)
{
    static const struct note_form versions = {sizeof(struct root_version), version_row},
                                affirmations = {sizeof(struct affirmation), affirmation_row};
    static const uint8_t kinds[] = {STATEMENT_ROOT, STATEMENT_AFFIRMATION};
    void *rows;

    *out = (struct root_said){.version_count = 0};
    int rv = statements_listed(txn, a, &versions, NOTE_ROOT, span_of(&kinds[0], 1), &rows, &out->version_count);
    out->versions = rows;
    if (rv == LINLI_OK)
        rv = statements_listed(txn, a, &affirmations, NOTE_ROOT, span_of(&kinds[1], 1), &rows, &out->affirmation_count);
    out->affirmations = rows;
    if (rv != LINLI_OK)
        *out = (struct root_said){.version_count = 0};
    return rv;
}

int root_state_read(struct store_txn *txn, struct arena *a, struct root_state *out)
{
    int rv = root_said_read(txn, a, &out->said); /* of nothing at all when it fails */

    succession_find(&out->said, &out->succession);
    return rv;
}

int root_document_held(void *txn, const linli_hash *id, struct root_document *out)
{
    struct root_version v;
    span certificate;
    int rv = grant_row_get(txn, id, &certificate);

    if (rv == LINLI_OK && root_version_decode(certificate, &v) != LINLI_OK)
        rv = LINLI_E_NOT_FOUND; /* of another kind: it names no document */
    if (rv == LINLI_OK)
        *out = v.document;
    return rv;
}

/* The version that holds now. */
int root_document_now(const struct replica *r, struct store_txn *txn, struct root_document *out)
{
    struct root_state state;
    struct arena a = {0};
    int rv = root_state_read(txn, &a, &state);

    *out = r->self.root.first;
    if (rv == LINLI_OK && state.succession.length > 0)
        rv = root_document_held(txn, &state.succession.ids[state.succession.length - 1], out);
    arena_free(&a);
    return rv;
}

/* --- what came in --- */

/* Of those that held and this one, those that hold now: what held once and does so no more never will again. */
static int state_with(struct store_txn *txn, struct arena *a, const struct root_version *v, struct root_state *out)
{
    int rv = root_state_read(txn, a, out);
    size_t count = out->said.version_count;
    struct root_version *all = rv == LINLI_OK ? arena_array(a, count + 1, sizeof(*all)) : NULL;

    if (all == NULL)
        return rv == LINLI_OK ? LINLI_E_NOMEM : rv;
    for (size_t i = 0; i < count; i++)
        all[i] = out->said.versions[i];
    all[count] = *v;
    out->said.versions = all;
    out->said.version_count = count + 1;
    succession_find(&out->said, &out->succession);
    return out->succession.length > 0 ? LINLI_OK : LINLI_E_CORRUPT; /* the first that came held */
}

int root_version_list(struct store_txn *txn, const struct root_version *v)
{
    static const uint8_t kind[] = {STATEMENT_ROOT};
    struct root_state state;
    struct arena a = {0};
    int rv = state_with(txn, &a, v, &state);

    if (rv == LINLI_OK) /* the first of them is the founding document, which is no statement */
        rv = note_put(txn, NOTE_ROOT, span_of(kind, 1), span_of(&state.succession.ids[1], (state.succession.length - 1) * HASH_BYTES));
    arena_free(&a);
    return rv;
}

int root_version_holds(struct store_txn *txn, const struct root_version *v, bool *holds)
{
    struct root_state state;
    struct arena a = {0};
    int rv = state_with(txn, &a, v, &state);

    *holds = rv == LINLI_OK && succession_holds(&state.succession, v->document.version, &v->head.id);
    arena_free(&a);
    return rv;
}

struct counting {
    const struct statement *than; /* NULL: all versions; else those that follow the same one as this, but for it */
    size_t count;
};

static bool version_count(void *ctx, const linli_hash *id, span certificate)
{
    struct counting *c = ctx;
    struct statement st;

    if (certificate_kind(certificate) != STATEMENT_ROOT)
        return true;
    c->count += c->than == NULL || (!hash_equal(id, &c->than->id) && statement_decode(certificate, &st) == LINLI_OK &&
                                    hash_equal(&st.issuer, &c->than->issuer));
    return true;
}

int root_versions_count(struct store_txn *txn, const linli_id *root_scope, size_t *count)
{
    struct counting c = {.than = NULL};
    int rv = grant_row_each(txn, root_scope, version_count, &c);

    *count = c.count;
    return rv;
}

/*
 * May what stood before have fallen, or what had fallen stand? Not by a version that does not hold, nor by one that only comes after
 * another, and lets everything before it count: nothing can have been said under it yet.
 */
static int turns(struct store_txn *txn, const struct root_state *root, const struct statement *news, bool *turned)
{
    struct counting rivals = {.than = news};
    int rv = LINLI_OK;

    *turned = root->succession.oldest > 1;
    if (news->kind != STATEMENT_ROOT)
        return rv;
    if (succession_holds(&root->succession, news->root_version + 1, &news->id))
        rv = grant_row_each(txn, &news->scope, version_count, &rivals);
    else
        *turned = false;
    *turned = *turned || rivals.count > 0;
    return rv;
}

int root_turned(struct store_txn *txn, const struct statement *news, bool *turned)
{
    struct root_state root;
    struct arena a = {0};
    int rv = root_state_read(txn, &a, &root);

    if (rv == LINLI_OK)
        rv = turns(txn, &root, news, turned);
    arena_free(&a);
    return rv;
}

/* --- what is told to whoever may not have heard of it --- */

static bool introduction_add(struct introduction *t, span certificate)
{
    bool grant = certificate_kind(certificate) == STATEMENT_GRANT;

    for (size_t i = 0; i < t->count; i++)
        if (span_equal(t->at[i], certificate))
            return true;
    if (t->count == LIMIT_CHAIN_CERTIFICATES || t->grants + grant > LIMIT_CHAIN || certificate.size > LIMIT_CHAIN_BYTES - LIMIT_STATEMENT_BYTES - t->bytes)
        return false;
    t->at[t->count++] = certificate;
    t->grants += grant;
    t->bytes += certificate.size;
    return true;
}

/* One that counts is enough: those that do not could take all the room. */
static bool affirmation_add(struct introduction *t, const linli_hash *id)
{
    const struct affirmation *a = succession_affirmed(&t->root.succession, id);

    return a == NULL || introduction_add(t, a->head.certificate);
}

int introduction_start(struct store_txn *txn, struct introduction *out)
{
    span certificate;
    bool fits = true;

    *out = (struct introduction){.count = 0};
    int rv = root_state_read(txn, &out->arena, &out->root);
    for (size_t i = 1; i < out->root.succession.length && rv == LINLI_OK && fits; i++) {
        rv = grant_row_get(txn, &out->root.succession.ids[i], &certificate);
        fits = rv == LINLI_OK && introduction_add(out, certificate);
    }
    return rv;
}

int introduction_grant(struct store_txn *txn, struct introduction *t, const linli_hash *grant)
{
    span chain[LIMIT_CHAIN];
    size_t length = 0, count = t->count, grants = t->grants, bytes = t->bytes;
    struct grant first;
    int rv = authority_chain(txn, grant, chain, &length);

    if (rv == LINLI_OK)
        rv = grant_decode(chain[0], &first);
    bool fits = rv == LINLI_OK && affirmation_add(t, &first.id);
    for (size_t i = 0; i < length && fits; i++)
        fits = introduction_add(t, chain[i]);
    if (rv != LINLI_OK || fits)
        return rv;
    t->count = count;
    t->grants = grants;
    t->bytes = bytes;
    return LINLI_E_LIMIT;
}
