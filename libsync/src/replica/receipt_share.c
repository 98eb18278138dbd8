/* replica: receipts in a meeting: what each side says at its beginning, what one passes on, and what the application sees. */
#include <linli/receipt.h>
#include <stdlib.h>
#include <string.h>

#include "codec/writer.h"
#include "replica/internal.h"

enum { PASSED_ON_MAX = 24 };
static const uint64_t CONFIRM_AGAIN_MS = UINT64_C(24) * 60 * 60 * 1000;

/* --- which of those kept concern the two that meet --- */

struct concerned {
    struct replica *r;
    struct store_txn *txn;
    const uint8_t *peer;
    const struct shared_scope *shared;
    size_t count;
    struct receipt_list list;
};

static bool touches(const struct concerned *c, const struct grant *g)
{
    for (size_t i = 0; i < c->count; i++)
        if (path_contains(&g->path, &c->shared[i].path) ||
            (c->shared[i].subtree && path_contains(&c->shared[i].path, &g->path)))
            return true;
    return false;
}

/* A node other than the two, whose path has to do with what they share. */
static bool concerns(const struct concerned *c, const uint8_t node[KEY_BYTES], int *rv)
{
    struct grant g;
    size_t i = 0;

    if (memcmp(node, c->peer, KEY_BYTES) == 0 || memcmp(node, c->r->self.sign_public, KEY_BYTES) == 0)
        return false;
    while (receipt_node_grant(c->txn, node, &i, &g, rv))
        if (touches(c, &g))
            return true;
    return false;
}

/* Leave in the list those that concern the two. */
static int concerned_load(struct concerned *c)
{
    int rv = receipts_load(c->txn, NULL, &c->list);
    const uint8_t *last = NULL;
    bool last_concerns = false;
    size_t kept = 0;

    for (size_t i = 0; i < c->list.count && rv == LINLI_OK; i++) {
        ALWAYS(c->list.at != NULL); /* it holds as many as it counts */
        const struct receipt *at = &c->list.at[i];
        if (last == NULL || memcmp(last, at->node, KEY_BYTES) != 0)
            last_concerns = concerns(c, at->node, &rv);
        last = at->node;
        if (last_concerns) {
            c->list.at[kept] = *at;
            last = c->list.at[kept++].node;
        }
    }
    c->list.count = kept;
    return rv;
}

static int ids_compare(const void *a, const void *b)
{
    return hash_compare(a, b);
}

/* The first 8 bytes over the ids of the highest, in rising order; nothing: all zero. */
static int heard_digest(const struct concerned *c, uint8_t out[8])
{
    linli_hash *ids = mem_zalloc(c->list.count + 1, sizeof(*ids)), digest;
    size_t count = 0;

    memset(out, 0, 8);
    if (ids == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < c->list.count; i++)
        if (receipts_top(&c->list, i))
            ids[count++] = c->list.at[i].id;
    if (count > 0) {
        qsort(ids, count, sizeof(*ids), ids_compare);
        span all = span_of(ids, count * sizeof(*ids));
        crypto_hash("linli/heard/1", &all, 1, &digest);
        memcpy(out, digest.b, 8);
    }
    mem_free(ids);
    return LINLI_OK;
}

/* --- the beginning of a meeting --- */

/* The newest of the peer's that is known, from wherever, in the incarnation that it is in now. */
static int known_find(struct store_txn *txn, const linli_author *peer, struct receipts_meeting *out)
{
    struct receipt_list list;
    int rv = receipts_load(txn, peer->key, &list);

    for (size_t i = 0; i < list.count && rv == LINLI_OK; i++)
        if (list.at[i].incarnation == peer->incarnation && receipts_top(&list, i)) {
            out->known_run = list.at[i].mark.run;
            rv = buf_append(&out->known, list.at[i].certificate.at, list.at[i].certificate.size);
        }
    receipts_free(&list);
    return rv;
}

static int settled_find(struct replica *r, struct store_txn *txn, const linli_author *peer, struct receipts_meeting *out)
{
    struct confirmed confirmed;
    uint64_t now_ms = clock_now_ms(&r->clock);
    int rv = confirmed_get(txn, peer->key, &confirmed);

    if (rv != LINLI_OK)
        return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
    bool recent = now_ms >= confirmed.received_ms && now_ms - confirmed.received_ms < CONFIRM_AGAIN_MS;
    if (confirmed.incarnation == peer->incarnation && recent)
        out->settled = confirmed.settled;
    return LINLI_OK;
}

int replica_receipts_meet(struct replica *r, const linli_author *peer, const struct shared_scope *shared, size_t count,
                          struct receipts_meeting *out)
{
    struct concerned c = {.r = r, .peer = peer->key, .shared = shared, .count = count};

    *out = (struct receipts_meeting){.run = r->receipt_mark.run};
    int rv = replica_signs(r, &out->signs);
    if (rv == LINLI_OK)
        rv = store_begin(r->store, false, &c.txn);
    if (rv == LINLI_OK)
        rv = concerned_load(&c);
    if (rv == LINLI_OK)
        rv = heard_digest(&c, out->heard);
    if (rv == LINLI_OK)
        rv = known_find(c.txn, peer, out);
    if (rv == LINLI_OK)
        rv = settled_find(r, c.txn, peer, out);
    receipts_free(&c.list);
    rv = store_end(c.txn, rv);
    if (rv != LINLI_OK)
        receipts_meeting_free(out);
    return rv;
}

void receipts_meeting_free(struct receipts_meeting *meeting)
{
    buf_free(&meeting->known);
}

/* --- passing on --- */

static int later_first(const void *a, const void *b)
{
    const struct receipt *x = a, *y = b;

    if (x->mark.number != y->mark.number)
        return x->mark.number > y->mark.number ? -1 : 1;
    return hash_compare(&x->id, &y->id);
}

/* The tops, and what was given to ourselves: nobody else can bring that. */
static int passed_on_choose(struct concerned *c)
{
    struct confirmed ours;
    size_t kept = 0;

    for (size_t i = 0; i < c->list.count; i++) {
        int rv = confirmed_get(c->txn, c->list.at[i].node, &ours);
        if (rv != LINLI_OK && rv != LINLI_E_NOT_FOUND)
            return rv;
        bool given = rv == LINLI_OK && ours.incarnation == c->list.at[i].incarnation && ours.number == c->list.at[i].mark.number;
        if (given || receipts_top(&c->list, i))
            c->list.at[kept++] = c->list.at[i];
    }
    c->list.count = kept;
    if (kept > 1)
        qsort(c->list.at, kept, sizeof(*c->list.at), later_first);
    return LINLI_OK;
}

int replica_receipts_heard(struct replica *r, const uint8_t peer[KEY_BYTES], const struct shared_scope *shared, size_t count,
                           struct buf *out)
{
    struct concerned c = {.r = r, .peer = peer, .shared = shared, .count = count};
    int rv = store_begin(r->store, false, &c.txn);

    if (rv == LINLI_OK)
        rv = concerned_load(&c);
    if (rv == LINLI_OK)
        rv = passed_on_choose(&c);
    if (rv == LINLI_OK) {
        size_t passed_on = c.list.count < PASSED_ON_MAX ? c.list.count : PASSED_ON_MAX;
        write_array(out, passed_on);
        for (size_t i = 0; i < passed_on; i++)
            write_bin(out, c.list.at[i].certificate.at, c.list.at[i].certificate.size);
        rv = out->failed;
    }
    receipts_free(&c.list);
    return store_end(c.txn, rv);
}

/* --- for the application --- */

/* The newest of its node: numbers of two incarnations say nothing about each other. */
static bool newest(const struct receipt_list *list, size_t i)
{
    for (size_t k = 0; k < list->count; k++) {
        const struct receipt *x = &list->at[k], *at = &list->at[i];
        if (memcmp(x->node, at->node, KEY_BYTES) != 0)
            continue;
        if (x->incarnation == at->incarnation ? x->mark.number > at->mark.number : x->issued_ms > at->issued_ms)
            return false;
    }
    return true;
}

static int tell(struct store_txn *txn, const struct receipt_list *list, size_t i, linli_receipt_fn fn, void *ctx, bool *more)
{
    const struct receipt *at = &list->at[i];
    struct linli_receipt told = {.incarnation = at->incarnation, .issued_ms = at->issued_ms, .certificate = at->certificate.at,
                                 .certificate_size = at->certificate.size};
    struct confirmed ours = {.incarnation = 0};
    struct grant g;
    size_t first = 0;
    int rv = confirmed_get(txn, at->node, &ours);

    told.ours = rv == LINLI_OK && ours.incarnation == at->incarnation && ours.number == at->mark.number;
    rv = rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
    memcpy(told.node, at->node, KEY_BYTES);
    if (rv == LINLI_OK && receipt_node_grant(txn, at->node, &first, &g, &rv))
        told.scope = g.scope;
    if (rv == LINLI_OK && (told.ours || newest(list, i)))
        *more = fn(ctx, &told);
    return rv;
}

int replica_receipt_each(struct replica *r, linli_receipt_fn fn, void *ctx)
{
    struct receipt_list list = {.at = NULL};
    struct store_txn *txn = NULL;
    bool more = true;
    int rv = store_begin(r->store, false, &txn);

    if (rv == LINLI_OK)
        rv = receipts_load(txn, NULL, &list);
    for (size_t i = 0; i < list.count && rv == LINLI_OK && more; i++)
        rv = tell(txn, &list, i, fn, ctx, &more);
    receipts_free(&list);
    return store_end(txn, rv);
}
