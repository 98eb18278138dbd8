/* replica: what a peer may read, what both may, and the chain that says who we are (proto/authority.md 4, session.md 3). */
#include <stdlib.h>
#include <string.h>

#include "codec/scan.h"
#include "codec/writer.h"
#include "replica/internal.h"

void peer_access_free(struct peer_access *access)
{
    mem_free(access->grants);
    mem_free(access->term_end_ms);
    *access = (struct peer_access){NULL, NULL, 0};
}

static int access_add(struct peer_access *access, const struct grant *g, uint64_t term_end_ms)
{
    size_t count = access->count;

    for (size_t i = 0; i < count; i++)
        if (hash_equal(&access->grants[i].id, &g->id))
            return LINLI_OK;
    struct grant *grants = mem_realloc(access->grants, (count + 1) * sizeof(*grants));
    if (grants == NULL)
        return LINLI_E_NOMEM;
    access->grants = grants;
    uint64_t *terms = mem_realloc(access->term_end_ms, (count + 1) * sizeof(*terms));
    if (terms == NULL)
        return LINLI_E_NOMEM;
    access->term_end_ms = terms;
    grants[count] = *g;
    grants[count].certificate = (span){NULL, 0};
    terms[count] = term_end_ms;
    access->count++;
    return LINLI_OK;
}

/* --- a peer's chain --- */

/* Grants of the chain that were found good, then those held. */
struct chain {
    struct grant good[LIMIT_CHAIN];
    size_t count;
    struct grant_source held;
};

static int chain_find(void *ctx, const linli_hash *id, struct grant *out)
{
    struct chain *c = ctx;

    for (size_t i = 0; i < c->count; i++)
        if (hash_equal(&c->good[i].id, id)) {
            *out = c->good[i];
            return LINLI_OK;
        }
    return c->held.find(c->held.ctx, id, out);
}

static int chain_document(void *ctx, const linli_hash *id, struct root_document *out)
{
    struct chain *c = ctx;

    return c->held.document(c->held.ctx, id, out);
}

static int chain_read(struct replica *r, span bytes, struct chain *c)
{
    struct grant_source source = {chain_find, c, chain_document};
    struct reader reader;

    if (bytes.size == 0)
        return LINLI_OK;
    if (bytes.size > LIMIT_CHAIN_BYTES || scan_item(bytes, 2, LIMIT_CHAIN_CERTIFICATES + 1) != LINLI_OK)
        return LINLI_E_REFUSED;
    reader_start(&reader, bytes);
    for (size_t left = reader_array(&reader, LIMIT_CHAIN_CERTIFICATES); left > 0; left--) {
        struct grant g;
        if (grant_decode(reader_bin(&reader, LIMIT_STATEMENT_BYTES), &g) == LINLI_OK && c->count < LIMIT_CHAIN &&
            grant_check(&r->self.root, &g, &source) == LINLI_OK)
            c->good[c->count++] = g;
    }
    return reader_end(&reader) == LINLI_OK ? LINLI_OK : LINLI_E_REFUSED;
}

/* What does not stand opens nothing. */
static int access_add_standing(struct store_txn *txn, struct chain *c, struct peer_access *out, const struct grant *g,
                               uint64_t term_end_ms)
{
    struct standing_source source = standing_of(txn);
    struct arena a = {0};
    bool usable;

    source.grants = (struct grant_source){chain_find, c, chain_document};
    int rv = standing_grant(&source, &a, g, &usable);
    arena_free(&a);
    return rv == LINLI_OK && usable ? access_add(out, g, term_end_ms) : rv;
}

static int access_gather(struct store_txn *txn, const uint8_t device[32], struct chain *c, struct peer_access *out)
{
    struct grant_source source = {chain_find, c, chain_document};
    struct held_grant held;
    uint64_t end_ms;
    span ids;
    int rv = authority_of_device(txn, device, &ids);

    for (size_t at = 0; at < ids.size && rv == LINLI_OK; at += HASH_BYTES) {
        linli_hash id;
        memcpy(id.b, ids.at + at, HASH_BYTES);
        rv = authority_get(txn, &id, &held);
        if (rv == LINLI_OK)
            rv = access_add_standing(txn, c, out, &held.grant, held.term_end_ms);
    }
    for (size_t i = 0; i < c->count && rv == LINLI_OK; i++) {
        if (memcmp(c->good[i].subject, device, KEY_BYTES) != 0)
            continue;
        rv = grant_term(&c->good[i], &source, &end_ms);
        if (rv == LINLI_OK)
            rv = access_add_standing(txn, c, out, &c->good[i], end_ms);
    }
    return rv == LINLI_E_WAIT ? LINLI_E_REFUSED : rv;
}

/*
 * What the root itself said stands before the chain, and is kept whoever brings it: without it the chain might not stand here, and
 * who is not let in for that could never say so.
 */
static int root_take(struct replica *r, span bytes)
{
    span news[LIMIT_CHAIN_CERTIFICATES];
    struct store_txn *txn = NULL;
    struct reader reader;
    size_t count = 0, added;
    int rv = store_begin(r->store, false, &txn);

    reader_start(&reader, bytes);
    for (size_t left = reader_array(&reader, LIMIT_CHAIN_CERTIFICATES); left > 0 && rv == LINLI_OK; left--) {
        span held, certificate = reader_bin(&reader, LIMIT_STATEMENT_BYTES);
        struct statement st;
        if (statement_decode(certificate, &st) == LINLI_OK && st.by_root &&
            grant_row_get(txn, &st.id, &held) == LINLI_E_NOT_FOUND)
            news[count++] = certificate;
    }
    rv = store_end(txn, rv);
    return rv == LINLI_OK ? replica_grants_add(r, news, count, &added) : rv;
}

int replica_peer_access(struct replica *r, const uint8_t device[32], span chain, struct peer_access *out)
{
    struct chain c = {.count = 0};
    struct store_txn *txn = NULL;
    uint64_t now_ms = clock_now_ms(&r->clock);
    bool good = false;

    *out = (struct peer_access){NULL, NULL, 0};
    int rv = chain.size > 0 ? root_take(r, chain) : LINLI_OK;
    if (rv == LINLI_OK)
        rv = store_begin(r->store, false, &txn);
    if (rv == LINLI_OK) {
        c.held = authority_source(txn);
        rv = chain_read(r, chain, &c);
    }
    if (rv == LINLI_OK)
        rv = access_gather(txn, device, &c, out);
    for (size_t i = 0; i < out->count; i++)
        good = good || now_ms < out->term_end_ms[i];
    if (rv == LINLI_OK && !good)
        rv = LINLI_E_REFUSED;
    rv = store_end(txn, rv);
    if (rv != LINLI_OK)
        peer_access_free(out);
    return rv;
}

int replica_own_access(struct replica *r, struct peer_access *out)
{
    struct store_txn *txn = NULL;
    int rv = store_begin(r->store, false, &txn);

    *out = (struct peer_access){NULL, NULL, 0};
    for (size_t i = 0; i < r->own_count && rv == LINLI_OK; i++) {
        bool usable = false;
        rv = standing_usable(txn, &r->own[i].grant, &usable);
        if (usable)
            rv = access_add(out, &r->own[i].grant, r->own[i].term_end_ms);
    }
    rv = store_end(txn, rv);
    if (rv != LINLI_OK)
        peer_access_free(out);
    return rv;
}

int replica_readable(struct replica *r, const struct peer_access *access, const linli_id *scope, unsigned *classes)
{
    struct scope_path path;
    int rv = replica_scope_path(r, scope, &path);

    *classes = 0;
    if (rv != LINLI_OK)
        return rv;
    *classes = decide_read(access->grants, access->term_end_ms, access->count, &path, clock_now_ms(&r->clock));
    return *classes != 0 ? LINLI_OK : LINLI_E_NOT_FOUND;
}

/* --- our own chain --- */

/* What we may use goes first: what ended long ago must not take its place. What does not fit the peer may hold already. */
static int own_introduce(struct replica *r, struct store_txn *txn, struct introduction *shown)
{
    uint64_t now_ms = clock_now_ms(&r->clock);
    int rv = LINLI_OK;

    for (unsigned pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < r->own_count && rv == LINLI_OK; i++) {
            bool usable;
            rv = standing_usable(txn, &r->own[i].grant, &usable);
            usable = usable && now_ms < r->own[i].term_end_ms;
            if (rv == LINLI_OK && usable == (pass == 0))
                rv = introduction_grant(txn, shown, &r->own[i].grant.id);
            rv = rv == LINLI_E_LIMIT ? LINLI_OK : rv;
        }
    return rv;
}

int replica_own_chain(struct replica *r, struct buf *chain)
{
    struct store_txn *txn = NULL;
    struct introduction shown = {.count = 0};
    int rv = store_begin(r->store, false, &txn);

    if (rv == LINLI_OK)
        rv = introduction_start(txn, &shown);
    if (rv == LINLI_OK)
        rv = own_introduce(r, txn, &shown);
    if (rv == LINLI_OK) {
        write_array(chain, shown.count);
        for (size_t i = 0; i < shown.count; i++)
            write_bin(chain, shown.at[i].at, shown.at[i].size);
        rv = chain->failed;
    }
    arena_free(&shown.arena);
    return store_end(txn, rv);
}

/* --- the shared set --- */

struct sharing {
    const linli_hash *network;
    struct shared_scope *at;
    size_t count, room;
};

static int share(struct sharing *s, const struct scope_path *path, size_t depth, bool subtree)
{
    struct shared_scope shared = {.path = *path, .subtree = subtree};
    int rv;

    shared.path.depth = depth;
    memset(shared.path.nonce[depth], 0, sizeof(shared.path.nonce) - depth * sizeof(shared.path.nonce[0]));
    path_scope(s->network, &shared.path, &shared.id);
    rv = mem_grow(&s->at, &s->room, s->count + 1, sizeof(*s->at));
    if (rv == LINLI_OK)
        s->at[s->count++] = shared;
    return rv;
}

/* What the holders of two grants may both read: below the deeper of two that are nested, and above where they meet. */
static int share_pair(struct sharing *s, const struct scope_path *x, const struct scope_path *y)
{
    const struct scope_path *deeper = x->depth >= y->depth ? x : y, *other = deeper == x ? y : x;
    size_t common = 0;
    int rv = LINLI_OK;

    while (common < other->depth && memcmp(deeper->nonce[common], other->nonce[common], sizeof(x->nonce[0])) == 0)
        common++;
    bool nested = common == other->depth;
    if (nested)
        rv = share(s, deeper, deeper->depth, true);
    for (size_t depth = 0; depth <= (nested ? deeper->depth : common) && rv == LINLI_OK; depth++)
        if (!nested || depth < deeper->depth)
            rv = share(s, deeper, depth, false);
    return rv;
}

/* By depth, then id; a subtree before the same scope alone. */
static int shared_compare(const void *a, const void *b)
{
    const struct shared_scope *x = a, *y = b;
    int order;

    if (x->path.depth != y->path.depth)
        return x->path.depth < y->path.depth ? -1 : 1;
    order = id_compare(&x->id, &y->id);
    return order != 0 ? order : (int)y->subtree - (int)x->subtree;
}

/* Sort, and leave out what a subtree in the list already has. */
static void share_tidy(struct sharing *s)
{
    size_t kept = 0;

    if (s->count > 1)
        qsort(s->at, s->count, sizeof(*s->at), shared_compare);
    for (size_t i = 0; i < s->count; i++) {
        bool covered = false;
        for (size_t j = 0; j < kept && !covered; j++)
            covered = id_equal(&s->at[j].id, &s->at[i].id) ||
                      (s->at[j].subtree && path_contains(&s->at[j].path, &s->at[i].path));
        if (!covered)
            s->at[kept++] = s->at[i];
    }
    s->count = kept;
}

static bool reads(const struct peer_access *access, size_t i, uint64_t now_ms)
{
    return (access->grants[i].rights & RIGHT_READ) != 0 && now_ms < access->term_end_ms[i];
}

int replica_shared(struct replica *r, const struct peer_access *a, const struct peer_access *b, struct shared_scope **out,
                   size_t *count)
{
    struct sharing s = {.network = &r->self.network};
    uint64_t now_ms = clock_now_ms(&r->clock);
    size_t room = *count;
    int rv = LINLI_OK;

    for (size_t i = 0; i < a->count && rv == LINLI_OK; i++)
        for (size_t j = 0; j < b->count && rv == LINLI_OK; j++)
            if (reads(a, i, now_ms) && reads(b, j, now_ms))
                rv = share_pair(&s, &a->grants[i].path, &b->grants[j].path);
    share_tidy(&s);
    if (rv == LINLI_OK)
        rv = mem_grow(out, &room, *count + s.count, sizeof(**out));
    if (rv == LINLI_OK && s.count > 0) {
        memcpy(*out + *count, s.at, s.count * sizeof(*s.at));
        *count += s.count;
    }
    mem_free(s.at);
    return rv;
}
