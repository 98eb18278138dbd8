/* replica: the grants held. What is held was good when it came in, so finding a grant is all the proof it takes. */
#include <string.h>

#include "auth/certificate.h"
#include "replica/internal.h"

static int held_find(void *ctx, const linli_hash *id, struct grant *out)
{
    span certificate;
    int rv = grant_row_get(ctx, id, &certificate);

    if (rv != LINLI_OK)
        return rv;
    if (certificate_kind(certificate) > STATEMENT_GRANT)
        return LINLI_E_NOT_FOUND; /* a statement is held under this id, and that is no grant */
    return grant_decode(certificate, out) == LINLI_OK ? LINLI_OK : LINLI_E_CORRUPT;
}

struct grant_source authority_source(struct store_txn *txn)
{
    return (struct grant_source){held_find, txn, root_document_held};
}

int authority_get(struct store_txn *txn, const linli_hash *id, struct held_grant *out)
{
    struct grant_source source = authority_source(txn);
    int rv = held_find(txn, id, &out->grant);

    if (rv != LINLI_OK)
        return rv == LINLI_E_NOT_FOUND ? LINLI_E_WAIT : rv;
    rv = grant_term(&out->grant, &source, &out->term_end_ms);
    out->grant.certificate = (span){NULL, 0};
    return rv == LINLI_E_WAIT || rv == LINLI_E_REFUSED ? LINLI_E_CORRUPT : rv; /* it came in with its chain, and good */
}

static int own_push(struct replica *r, const struct held_grant *held)
{
    int rv = mem_grow(&r->own, &r->own_room, r->own_count + 1, sizeof(*r->own));

    if (rv == LINLI_OK)
        r->own[r->own_count++] = *held;
    return rv;
}

int authority_of_device(struct store_txn *txn, const uint8_t device[32], span *ids)
{
    return ids_of_note(txn, NOTE_DEVICE, span_of(device, KEY_BYTES), ids);
}

int authority_load_own(struct replica *r, struct store_txn *txn)
{
    span ids;
    int rv = authority_of_device(txn, r->self.sign_public, &ids);

    for (size_t at = 0; at < ids.size && rv == LINLI_OK; at += HASH_BYTES) {
        struct held_grant held;
        linli_hash id;
        memcpy(id.b, ids.at + at, HASH_BYTES);
        rv = authority_get(txn, &id, &held);
        if (rv == LINLI_OK)
            rv = own_push(r, &held);
    }
    return rv == LINLI_E_WAIT ? LINLI_E_CORRUPT : rv;
}

/* Everybody of the scope hears of a device's first grant. */
static int device_tell(struct work *w, const struct grant *g, bool first)
{
    struct linli_event event = {.kind = LINLI_EVENT_DEVICE, .scope = g->scope, .role = g->role};

    memcpy(event.author.key, g->subject, KEY_BYTES);
    return first ? work_event(w, &event) : LINLI_OK;
}

struct learning {
    struct work *w;
    int failed;
};

static bool scope_learn(void *ctx, const linli_hash *id, span certificate)
{
    struct learning *l = ctx;
    struct grant g;
    uint32_t scope;

    (void)id;
    if (certificate_kind(certificate) != STATEMENT_GRANT)
        return true;
    l->failed = grant_decode(certificate, &g);
    if (l->failed == LINLI_OK && authority_readable(l->w->r, &g.path) != 0)
        l->failed = tree_learn(l->w, &g.path, &scope);
    return l->failed == LINLI_OK;
}

/* A grant of our own opens scopes: those that any grant held, or a scope's record, speaks of are held from now on. */
static int scopes_learn(struct work *w)
{
    struct learning l = {w, LINLI_OK};
    int rv = grant_row_each(w->txn, NULL, scope_learn, &l);

    if (rv == LINLI_OK)
        rv = l.failed;
    return rv == LINLI_OK ? learn_children(w) : rv;
}

static int keep(struct work *w, const struct grant *g, span certificate)
{
    struct held_grant held;
    uint32_t scope;
    span before = {NULL, 0};
    int rv = authority_of_device(w->txn, g->subject, &before);
    bool first = before.size == 0;

    if (rv == LINLI_OK)
        rv = grant_row_put(w->txn, &g->scope, &g->id, certificate);
    if (rv == LINLI_OK)
        rv = said_add(w->txn, &(struct said_row){g->issuer, g->scope, g->id});
    if (rv == LINLI_OK)
        rv = device_tell(w, g, first);
    if (rv == LINLI_OK)
        rv = ids_to_note(w->txn, NOTE_DEVICE, span_of(g->subject, KEY_BYTES), &g->id);
    if (rv == LINLI_OK)
        rv = statement_attach(w, g);
    if (rv == LINLI_OK)
        rv = authority_get(w->txn, &g->id, &held);
    if (rv != LINLI_OK)
        return rv;
    if (memcmp(g->subject, w->r->self.sign_public, KEY_BYTES) == 0) {
        rv = own_push(w->r, &held); /* what it opens: want_follow */
        if (rv == LINLI_OK)
            rv = tree_learn(w, &g->path, &scope);
        if (rv == LINLI_OK)
            rv = scopes_learn(w);
    } else if (authority_readable(w->r, &g->path) != 0) {
        rv = tree_learn(w, &g->path, &scope); /* what we may read, we hold; a good grant vouches that it is there */
    }
    if (rv != LINLI_OK)
        return rv;
    rv = scope_number(w->txn, &g->scope, &scope);
    if (rv == LINLI_OK)
        rv = work_touch(w, scope);
    if (rv == LINLI_OK)
        rv = keys_mark(w, &g->path, &g->scope);
    w->advanced = true;
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

int authority_enter(struct work *w, span certificate, bool *added)
{
    struct grant_source source = authority_source(w->txn);
    struct grant g;
    span held;

    *added = false;
    if (certificate_kind(certificate) > STATEMENT_GRANT)
        return statement_enter(w, certificate, added);
    int rv = grant_decode(certificate, &g);
    if (rv != LINLI_OK)
        return rv;
    rv = grant_row_get(w->txn, &g.id, &held);
    if (rv != LINLI_E_NOT_FOUND)
        return rv;
    rv = grant_check(&w->r->self.root, &g, &source);
    if (rv == LINLI_OK)
        rv = keep(w, &g, certificate);
    *added = rv == LINLI_OK;
    return rv;
}

static bool allows(const struct replica *r, const struct held_grant *held, const struct scope_path *path,
                   const struct draft_part *parts, size_t count, linli_stamp stamp)
{
    for (size_t i = 0; i < count; i++)
        if (decide_write(&held->grant, held->term_end_ms, &r->author, path, parts[i].cls, parts[i].manage, stamp) !=
            VERDICT_ACCEPTED)
            return false;
    return true;
}

int authority_for(const struct replica *r, struct store_txn *txn, const struct scope_path *path,
                  const struct draft_part *parts, size_t count, linli_stamp stamp, const linli_hash *prefer, linli_hash *grant)
{
    const struct held_grant *found = NULL;
    int rv = LINLI_OK;

    for (size_t i = 0; i < r->own_count && rv == LINLI_OK; i++) {
        const struct held_grant *held = &r->own[i];
        bool preferred = prefer != NULL && hash_equal(prefer, &held->grant.id), usable = false;
        if ((found != NULL && !preferred) || !allows(r, held, path, parts, count, stamp))
            continue;
        rv = standing_usable(txn, &held->grant, &usable);
        if (usable)
            found = held;
    }
    if (rv != LINLI_OK || found == NULL)
        return rv == LINLI_OK ? LINLI_E_REFUSED : rv;
    *grant = found->grant.id;
    return LINLI_OK;
}

unsigned authority_readable(const struct replica *r, const struct scope_path *path)
{
    unsigned classes = 0;

    for (size_t i = 0; i < r->own_count; i++)
        classes |= decide_read(&r->own[i].grant, &r->own[i].term_end_ms, 1, path, 0);
    return classes;
}

int authority_chain(struct store_txn *txn, const linli_hash *id, span out[LIMIT_CHAIN], size_t *count)
{
    linli_hash next = *id;
    size_t length = 0;
    struct grant g = {.by_root = false};

    while (!g.by_root) {
        if (length == LIMIT_CHAIN)
            return LINLI_E_CORRUPT;
        int rv = grant_row_get(txn, &next, &out[length]);
        if (rv != LINLI_OK)
            return rv;
        if (grant_decode(out[length++], &g) != LINLI_OK)
            return LINLI_E_CORRUPT;
        next = g.issuer;
    }
    for (size_t i = 0; i < length / 2; i++) {
        span last = out[length - 1 - i];
        out[length - 1 - i] = out[i];
        out[i] = last;
    }
    *count = length;
    return LINLI_OK;
}

int authority_attach(struct work *w, const struct log *log)
{
    span chain[LIMIT_CHAIN];
    uint8_t keys[LIMIT_CHAIN][ID_BYTES + HASH_BYTES];
    size_t length = 0, count = 0;
    int rv = authority_chain(w->txn, &log->authority.grant.id, chain, &length);

    for (size_t i = 0; i < length && rv == LINLI_OK; i++) { /* what is lent ends with the first put */
        struct grant g;
        rv = grant_decode(chain[i], &g);
        if (rv != LINLI_OK || path_contains(&g.path, &log->path))
            continue;
        memcpy(keys[count], log->scope_id.b, ID_BYTES);
        memcpy(keys[count++] + ID_BYTES, g.id.b, HASH_BYTES);
    }
    for (size_t i = 0; i < count && rv == LINLI_OK; i++)
        rv = note_put(w->txn, NOTE_ATTACHED, span_of(keys[i], sizeof(keys[i])), (span){NULL, 0});
    return rv;
}

struct attached {
    const linli_id *scope;
    bool (*fn)(void *ctx, const linli_hash *id, span certificate);
    void *ctx;
};

static bool attached_one(void *ctx, span key, span value)
{
    const struct attached *a = ctx;
    linli_hash id;

    if (key.size != ID_BYTES + HASH_BYTES || memcmp(key.at, a->scope->b, ID_BYTES) != 0)
        return true;
    memcpy(id.b, key.at + ID_BYTES, HASH_BYTES);
    return a->fn(a->ctx, &id, value);
}

int authority_attached_each(struct store_txn *txn, const linli_id *scope,
                            bool (*fn)(void *ctx, const linli_hash *id, span certificate), void *ctx)
{
    struct attached a = {scope, fn, ctx};

    return note_each(txn, NOTE_ATTACHED, attached_one, &a);
}

struct adding {
    const span *certificates;
    size_t count, added;
};

/* One pass over the certificates. An issuer may stand behind what it issued: then another pass lets that in. */
static int add_pass(struct work *w, const struct adding *adding, size_t *news)
{
    *news = 0;
    for (size_t i = 0; i < adding->count; i++) {
        bool added;
        int rv = authority_enter(w, adding->certificates[i], &added);
        if (rv != LINLI_OK && !authority_fault(rv))
            return rv;
        *news += added;
    }
    return LINLI_OK;
}

static int add_step(struct work *w, void *ctx)
{
    struct adding *adding = ctx;
    size_t news = 1;
    int rv = LINLI_OK;

    adding->added = 0;
    for (size_t pass = 0; pass < LIMIT_CHAIN + LIMIT_ROOT_VERSIONS && news > 0 && rv == LINLI_OK; pass++) {
        rv = add_pass(w, adding, &news);
        adding->added += news;
    }
    return rv == LINLI_OK && adding->added > 0 ? ingest_waiting(w) : rv;
}

bool authority_fault(int code)
{
    return code == LINLI_E_FORMAT || code == LINLI_E_LIMIT || code == LINLI_E_SIGNATURE || code == LINLI_E_NETWORK ||
           code == LINLI_E_REFUSED || code == LINLI_E_VERSION || code == LINLI_E_WAIT;
}

int replica_grants_add(struct replica *r, const span *certificates, size_t count, size_t *added)
{
    struct adding adding = {certificates, count, 0};
    int rv = count > 0 ? work_run(r, add_step, &adding) : LINLI_OK;

    *added = rv == LINLI_OK ? adding.added : 0;
    return rv;
}
