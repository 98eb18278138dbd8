/* replica: what the root is to say, drafted; and said, once enough of its keys have signed (proto/authority.md 7, 8). */
#include "replica/ceremony.h"

#include <string.h>

/* --- what is held --- */

int replica_root_read(struct replica *r, struct linli_root *out)
{
    struct root_state state;
    struct root_document now;
    struct store_txn *txn = NULL;
    struct arena a = {0};
    size_t versions = 0;
    int rv = store_begin(r->store, false, &txn);

    *out = (struct linli_root){.version = 0};
    if (rv == LINLI_OK)
        rv = root_document_now(r, txn, &now);
    if (rv == LINLI_OK)
        rv = root_state_read(txn, &a, &state);
    if (rv == LINLI_OK)
        rv = root_versions_count(txn, &r->self.root_scope, &versions);
    if (rv == LINLI_OK) {
        root_public(&now, out);
        out->rivals = versions - (state.succession.length > 0 ? state.succession.length - 1 : 0);
    }
    arena_free(&a);
    store_abort(txn);
    return rv;
}

struct telling {
    struct store_txn *txn;
    linli_root_fn fn;
    void *ctx;
    int rv;
};

/* A grant may stand and have been ended since: what its holder said while it was in force hangs on it still. */
static int stands_tell(struct telling *t, span certificate, struct linli_root_item *item)
{
    struct standing_source source = standing_of(t->txn);
    struct arena a = {0};
    struct statement st;
    struct grant g;
    int rv = LINLI_OK;

    if (grant_decode(certificate, &g) == LINLI_OK)
        st = (struct statement){.id = g.id, .kind = STATEMENT_GRANT, .by_root = true, .root_version = g.root_version,
                                .issuer = g.issuer};
    else
        rv = statement_decode(certificate, &st);
    if (rv == LINLI_OK)
        rv = standing_statement(&source, &a, &st, &item->stands);
    arena_free(&a);
    return rv;
}

static bool said_tell(void *ctx, const linli_hash *id, span certificate)
{
    struct telling *t = ctx;
    struct linli_root_item item;

    (void)id;
    if (!root_item(certificate, &item))
        return true; /* somebody else's word */
    t->rv = stands_tell(t, certificate, &item);
    return t->rv == LINLI_OK && t->fn(t->ctx, &item);
}

int replica_root_each(struct replica *r, linli_root_fn fn, void *ctx)
{
    struct telling t = {.fn = fn, .ctx = ctx};
    int rv = store_begin(r->store, false, &t.txn);

    if (rv == LINLI_OK)
        rv = grant_row_each(t.txn, NULL, said_tell, &t);
    store_abort(t.txn);
    return rv == LINLI_OK ? t.rv : rv;
}

/* --- drafts --- */

static const struct scope_path TOP = {.depth = 0};

struct drafting {
    const struct linli_root_order *order;
    struct root_document under;
    struct root_draft draft;
    struct arena arena;
    struct buf *out;
    size_t out_start;
};

void root_head(struct work *w, const struct root_document *under, const struct scope_path *path, struct statement *head)
{
    *head = (struct statement){.by_root = true, .root_version = under->version, .issuer = under->id, .network = w->r->self.network,
                               .path = *path, .issued_ms = clock_now_ms(&w->r->clock)};
    rng_fill(&w->r->rng, head->salt, sizeof(head->salt));
}

static int affirmation_draft(struct work *w, struct drafting *d, const struct root_document *under)
{
    enum { PER_STATEMENT = 64 }; /* so many ids, and the signatures of as many keys as there can be */
    const struct linli_root_order *order = d->order;
    int rv = LINLI_OK;

    for (size_t at = 0; at < order->affirm_count && rv == LINLI_OK; at += PER_STATEMENT) {
        struct affirmation a = {.ids = {NULL, 0}};
        linli_hash ids[PER_STATEMENT];
        struct buf certificate = {0};
        size_t count = order->affirm_count - at < PER_STATEMENT ? order->affirm_count - at : PER_STATEMENT;
        memcpy(ids, order->affirm + at, count * sizeof(*ids));
        root_head(w, under, &TOP, &a.head);
        rv = affirmation_make(&a, ids, count, &certificate);
        if (rv == LINLI_OK)
            rv = root_draft_add(&d->draft, buf_span(&certificate));
        buf_free(&certificate);
    }
    return rv;
}

static int version_draft(struct work *w, struct drafting *d)
{
    const struct linli_root_order *order = d->order;
    struct root_version v = {.signers = order->signatures > d->under.threshold ? order->signatures : 0, .document = {.version = d->under.version + 1, .threshold = order->threshold,
                                          .key_count = (unsigned)order->key_count,
                                          .oldest = order->oldest != 0 ? order->oldest : d->under.oldest}};
    struct buf certificate = {0};

    if (d->under.version == LIMIT_ROOT_VERSIONS)
        return replica_fail(w->r, LINLI_E_LIMIT, "the root document has had all its versions");
    if (order->key_count > ROOT_KEYS_MAX || v.document.oldest < d->under.oldest || v.signers > d->under.key_count)
        return LINLI_E_ARG;
    memcpy(v.document.keys, order->keys, order->key_count * KEY_BYTES);
    root_head(w, &d->under, &TOP, &v.head);
    int rv = root_version_make(&v, &certificate);
    if (rv == LINLI_OK)
        rv = root_draft_add(&d->draft, buf_span(&certificate));
    buf_free(&certificate);
    return rv == LINLI_OK ? affirmation_draft(w, d, &v.document) : rv;
}

/* The sealing key is that of a grant which the device holds already. */
static int device_seal(struct work *w, const uint8_t device[KEY_BYTES], uint8_t seal[KEY_BYTES])
{
    struct held_grant held;
    linli_hash id;
    span ids;
    int rv = authority_of_device(w->txn, device, &ids);

    if (rv == LINLI_OK && ids.size == 0)
        rv = LINLI_E_NOT_FOUND;
    if (rv != LINLI_OK)
        return rv;
    memcpy(id.b, ids.at + ids.size - HASH_BYTES, HASH_BYTES);
    rv = authority_get(w->txn, &id, &held);
    memcpy(seal, held.grant.seal, KEY_BYTES);
    return rv;
}

static int grant_draft(struct work *w, struct drafting *d)
{
    const struct linli_root_order *order = d->order;
    struct grant g = {.by_root = true, .root_version = d->under.version, .issuer = d->under.id, .network = w->r->self.network,
                      .role = order->role, .rights = grant_rights_of_role((enum grant_role)order->role),
                      .issued_ms = clock_now_ms(&w->r->clock), .expires_ms = order->expires_ms};
    struct buf certificate = {0};
    uint32_t scope;
    int rv = scope_number(w->txn, id_is_zero(&order->scope) ? &w->r->self.root_scope : &order->scope, &scope);

    if (rv == LINLI_OK)
        rv = tree_path(w->txn, scope, &g.path);
    if (rv == LINLI_OK)
        rv = device_seal(w, order->device, g.seal);
    memcpy(g.subject, order->device, KEY_BYTES);
    rng_fill(&w->r->rng, g.salt, sizeof(g.salt));
    if (rv == LINLI_OK)
        rv = grant_after(w, NULL, &g);
    if (rv == LINLI_OK)
        rv = grant_make(NULL, &g, &certificate);
    if (rv == LINLI_OK)
        rv = root_draft_add(&d->draft, buf_span(&certificate));
    buf_free(&certificate);
    return rv;
}

/* The version under which it is drafted: that which holds now, or one of those before it. LINLI_E_NOT_FOUND. */
static int under_find(struct work *w, struct drafting *d)
{
    uint64_t after = d->order->act == LINLI_ROOT_VERSION ? d->order->after : 0;
    struct root_state state;
    struct arena a = {0};
    int rv = root_document_now(w->r, w->txn, &d->under);

    if (rv != LINLI_OK || after == 0 || after == d->under.version)
        return rv;
    rv = root_state_read(w->txn, &a, &state);
    d->under = w->r->self.root.first;
    if (rv == LINLI_OK && after > state.succession.length)
        rv = LINLI_E_NOT_FOUND;
    if (rv == LINLI_OK && after > 1)
        rv = root_document_held(w->txn, &state.succession.ids[after - 1], &d->under);
    arena_free(&a);
    return rv;
}

static int draft_step(struct work *w, void *ctx)
{
    struct drafting *d = ctx;
    int rv = under_find(w, d);

    arena_free(&d->arena); /* a first try may have been given up */
    d->out->size = d->out_start;
    if (rv == LINLI_OK)
        rv = root_draft_start(&d->draft, &d->arena, &d->under);
    if (rv != LINLI_OK)
        return rv;
    switch (d->order->act) {
    case LINLI_ROOT_VERSION: rv = version_draft(w, d); break;
    case LINLI_ROOT_GRANT: rv = grant_draft(w, d); break;
    case LINLI_ROOT_REVOKE: rv = revoke_draft(w, d->order->revoke, &d->draft); break;
    case LINLI_ROOT_AFFIRM: rv = affirmation_draft(w, d, &d->under); break;
    case LINLI_ROOT_OTHER: rv = LINLI_E_ARG; break;
    }
    if (rv == LINLI_OK && d->draft.count == 0)
        rv = LINLI_E_ARG;
    return rv == LINLI_OK ? root_draft_write(&d->draft, d->out) : rv;
}

int replica_root_draft(struct replica *r, const struct linli_root_order *order, struct buf *out)
{
    struct drafting d = {.order = order, .out = out, .out_start = out->size};
    int rv = work_run(r, draft_step, &d);

    arena_free(&d.arena);
    return rv;
}

/* --- said --- */

/* Written down by whoever may manage there: what the root says is in the office's log then, too. */
static int record_write(struct work *w, span certificate)
{
    const struct held_grant *by = NULL;
    struct statement st = {.kind = STATEMENT_GRANT};
    struct grant g;
    bool grant = certificate_kind(certificate) == STATEMENT_GRANT;
    int rv = grant ? grant_decode(certificate, &g) : statement_decode(certificate, &st);

    if (rv == LINLI_OK)
        rv = grant_issuer(w, grant ? &g.path : &st.path, 0, &by);
    if (rv != LINLI_OK)
        return rv == LINLI_E_REFUSED ? LINLI_OK : rv;
    struct grant_order order = {.scope = grant ? g.scope : st.scope};
    return grant ? grant_record(w, &order, &g, certificate) : statement_record(w, &st, certificate, (span){NULL, 0}, NULL);
}

struct applying {
    const struct root_draft *draft;
    struct buf said[DRAFT_ITEMS_MAX]; /* as certificates; of size 0: held before */
};

static int said_enter(struct work *w, const struct root_draft *d, size_t i, struct buf *said)
{
    bool added = false;
    int rv = root_draft_certificate(d, i, said);

    if (rv == LINLI_OK)
        rv = authority_enter(w, buf_span(said), &added);
    if (rv == LINLI_E_WAIT && root_draft_missing(d, 0) == 0)
        rv = LINLI_E_SIGNATURE; /* it names a document that is not held here */
    if (!added)
        buf_clear(said);
    return rv;
}

/* All of it or nothing: what an honest ceremony says in one draft belongs together. It may say by whom it is written down. */
static int apply_step(struct work *w, void *ctx)
{
    struct applying *a = ctx;
    int rv = LINLI_OK;

    for (size_t i = 0; i < a->draft->count && rv == LINLI_OK; i++) {
        buf_clear(&a->said[i]); /* a first try may have been given up */
        rv = said_enter(w, a->draft, i, &a->said[i]);
    }
    if (rv == LINLI_OK)
        rv = statements_follow(w);
    for (size_t i = 0; i < a->draft->count && rv == LINLI_OK; i++)
        if (a->said[i].size > 0)
            rv = record_write(w, buf_span(&a->said[i]));
    if (rv == LINLI_OK)
        rv = keys_tend(w, SIZE_MAX);
    return rv == LINLI_OK ? ingest_waiting(w) : rv;
}

int replica_root_apply(struct replica *r, const struct root_draft *draft)
{
    for (size_t s = 0; s < draft->signer_count; s++)
        if (root_draft_missing(draft, s) > 0)
            return LINLI_E_WAIT;
    struct applying a = {.draft = draft};
    int rv = work_run(r, apply_step, &a);
    for (size_t i = 0; i < draft->count; i++)
        buf_free(&a.said[i]);
    return rv;
}
