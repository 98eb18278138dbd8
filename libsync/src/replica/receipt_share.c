/* replica: receipts in a meeting: what each side says at its beginning, what one passes on, and what the application sees. */
#include <linli/receipt.h>
#include <stdlib.h>
#include <string.h>

#include "codec/writer.h"
#include "replica/internal.h"

enum {
    PASSED_ON_MAX = 24,
    ENTRIES_BYTES_MAX = 28 * 1024 /* of a message: with as many certificates as there may be it is within what one may be */
};
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

/* Does it speak of something that the two share? */
static bool speaks(const struct concerned *c, const struct receipt *r)
{
    struct receipt_element said;

    for (size_t i = 0; receipt_element(r, i, &said); i++)
        for (size_t k = 0; k < c->count; k++)
            if (id_equal(&c->shared[k].id, &said.scope))
                return true;
    return false;
}

/* Is the i-th the highest of its incarnation that does? */
static bool leads(const struct concerned *c, size_t i)
{
    if (!speaks(c, &c->list.at[i]))
        return false;
    while (!receipts_top(&c->list, i))
        if (speaks(c, &c->list.at[++i]))
            return false;
    return true;
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

/* One that leads, and of how many elements of the shared set it can be shown what it lists of them. */
struct lead {
    linli_hash id;
    uint8_t shows;
};

static int leads_compare(const void *a, const void *b)
{
    const struct lead *x = a, *y = b;

    return hash_compare(&x->id, &y->id);
}

static int lead_of(const struct concerned *c, const struct receipt *r, struct lead *out)
{
    struct receipt_element e;
    struct receipt_listed listed;
    int rv = listed_open(c->txn, r, &listed);

    *out = (struct lead){.id = r->id};
    for (size_t i = 0; i < c->count && rv == LINLI_OK && out->shows < RECEIPT_ENTRIES_MAX; i++)
        out->shows += listed_find(&listed, &c->shared[i].id, c->shared[i].subtree, &e);
    listed_close(&listed);
    return rv;
}

/*
 * The first 8 bytes over the ids of those that lead, in rising order, each with how many elements it shows where that is more than none;
 * nothing leads: all zero.
 */
static int heard_digest(const struct concerned *c, uint8_t out[8])
{
    struct lead *list = mem_zalloc(c->list.count + 1, sizeof(*list));
    struct buf bytes = {0};
    linli_hash digest;
    size_t count = 0;
    int rv = list == NULL ? LINLI_E_NOMEM : LINLI_OK;

    memset(out, 0, 8);
    for (size_t i = 0; i < c->list.count && rv == LINLI_OK; i++)
        if (leads(c, i))
            rv = lead_of(c, &c->list.at[i], &list[count++]);
    if (rv == LINLI_OK && count > 0) {
        qsort(list, count, sizeof(*list), leads_compare);
        for (size_t i = 0; i < count; i++) {
            buf_append(&bytes, list[i].id.b, HASH_BYTES);
            rv = buf_append(&bytes, &list[i].shows, list[i].shows > 0);
        }
        span all = buf_span(&bytes);
        crypto_hash("linli/heard/1", &all, 1, &digest);
        memcpy(out, digest.b, 8);
    }
    buf_free(&bytes);
    mem_free(list);
    return rv;
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

/* In which order they go: nodes take turns, so that none can fill the message. */
struct turn {
    size_t turn;             /* of its node */
    unsigned rank;           /* within it: what was given to ourselves, for nobody else can bring that; those that lead; the rest */
    size_t place;            /* of its incarnation, as heard */
    const struct receipt *receipt;
};

static int turn_order(const struct turn *x, const struct turn *y)
{
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    if (x->place != y->place)
        return x->place < y->place ? -1 : 1;
    return x->receipt->mark.number > y->receipt->mark.number ? -1 : 1;
}

static int of_one_node(const void *a, const void *b)
{
    return turn_order(a, b);
}

static int by_turns(const void *a, const void *b)
{
    const struct turn *x = a, *y = b;

    if (x->turn != y->turn)
        return x->turn < y->turn ? -1 : 1;
    int order = turn_order(x, y);
    return order != 0 ? order : memcmp(x->receipt->node, y->receipt->node, KEY_BYTES);
}

/* Of one node, from the i-th on: LINLI_OK and how many there are. */
static int node_turns(const struct concerned *c, size_t i, struct turn *out, size_t *count)
{
    const struct receipt *first = &c->list.at[i];
    struct confirmed ours = {.incarnation = 0};
    span heard;
    int rv = heard_incarnations(c->txn, first->node, &heard);

    if (rv != LINLI_OK)
        return rv;
    rv = confirmed_get(c->txn, first->node, &ours);
    if (rv != LINLI_OK && rv != LINLI_E_NOT_FOUND)
        return rv;
    for (*count = 0; i < c->list.count && memcmp(c->list.at[i].node, first->node, KEY_BYTES) == 0; i++) {
        const struct receipt *at = &c->list.at[i];
        bool given = rv == LINLI_OK && ours.incarnation == at->incarnation && ours.number == at->mark.number;
        out[(*count)++] = (struct turn){0, given ? 0 : leads(c, i) ? 1 : 2, heard_place(heard, at->incarnation), at};
    }
    qsort(out, *count, sizeof(*out), of_one_node);
    for (size_t turn = 0; turn < *count; turn++)
        out[turn].turn = turn;
    return LINLI_OK;
}

/* With what its list says of the elements that the two share, while there is room for that. */
static int listing_write(const struct concerned *c, const struct receipt *r, size_t *room, struct buf *out)
{
    struct list_entry entries[RECEIPT_ENTRIES_MAX];
    struct receipt shown = *r;
    struct arena arena = {.last = NULL};
    struct receipt_listed listed;
    struct buf bytes = {0}, told = {0};
    size_t count = 0;
    int rv = listed_open(c->txn, r, &listed);

    for (size_t i = 0; i < c->count && count < RECEIPT_ENTRIES_MAX && rv == LINLI_OK && *room >= LIST_ENTRY_BYTES_MAX; i++) {
        bool found = false;
        rv = listed_show(&listed, &arena, &c->shared[i].id, c->shared[i].subtree, &entries[count], &found);
        count += found;
        *room -= found ? LIST_ENTRY_BYTES_MAX : 0;
    }
    if (rv == LINLI_OK && count > 0)
        rv = receipt_entries_write(entries, count, &bytes);
    shown.entries = buf_span(&bytes);
    if (rv == LINLI_OK)
        rv = receipt_told_write(&shown, &told);
    write_bin(out, told.at, told.size);
    buf_free(&bytes);
    buf_free(&told);
    listed_close(&listed);
    arena_free(&arena);
    return rv == LINLI_OK ? out->failed : rv;
}

static int passed_on_write(const struct concerned *c, struct turn *turns, struct buf *plain, struct buf *listing)
{
    size_t passed_on = c->list.count < PASSED_ON_MAX ? c->list.count : PASSED_ON_MAX, lists = 0, room = ENTRIES_BYTES_MAX;
    int rv = LINLI_OK;

    for (size_t i = 0, count = 0; i < c->list.count && rv == LINLI_OK; i += count)
        rv = node_turns(c, i, turns + i, &count);
    if (rv != LINLI_OK)
        return rv;
    qsort(turns, c->list.count, sizeof(*turns), by_turns);
    for (size_t i = 0; i < passed_on; i++)
        lists += turns[i].receipt->lists;
    write_array(plain, passed_on - lists);
    write_array(listing, lists);
    for (size_t i = 0; i < passed_on && rv == LINLI_OK; i++) {
        const struct receipt *r = turns[i].receipt;
        if (r->lists)
            rv = listing_write(c, r, &room, listing);
        else
            write_bin(plain, r->certificate.at, r->certificate.size);
    }
    return rv == LINLI_OK ? plain->failed : rv;
}

int replica_receipts_heard(struct replica *r, const uint8_t peer[KEY_BYTES], const struct shared_scope *shared, size_t count,
                           struct buf *plain, struct buf *listing)
{
    struct concerned c = {.r = r, .peer = peer, .shared = shared, .count = count};
    int rv = store_begin(r->store, false, &c.txn);

    if (rv == LINLI_OK)
        rv = concerned_load(&c);
    if (rv == LINLI_OK) {
        struct turn *turns = mem_zalloc(c.list.count + 1, sizeof(*turns));
        rv = turns == NULL ? LINLI_E_NOMEM : passed_on_write(&c, turns, plain, listing);
        mem_free(turns);
    }
    receipts_free(&c.list);
    return store_end(c.txn, rv);
}

/* --- for the application --- */

/* The newest of its node: numbers of two incarnations say nothing about each other, so it is of the one heard of last. */
static bool newest(const struct receipt_list *list, span heard, size_t i)
{
    const struct receipt *at = &list->at[i];

    for (size_t k = 0; k < list->count; k++)
        if (memcmp(list->at[k].node, at->node, KEY_BYTES) == 0 &&
            heard_place(heard, list->at[k].incarnation) > heard_place(heard, at->incarnation))
            return false;
    return receipts_top(list, i);
}

static int tell(struct store_txn *txn, const struct receipt_list *list, size_t i, linli_receipt_fn fn, void *ctx, bool *more)
{
    const struct receipt *at = &list->at[i];
    struct linli_receipt told = {.incarnation = at->incarnation, .issued_ms = at->issued_ms, .certificate = at->certificate.at,
                                 .certificate_size = at->certificate.size};
    struct confirmed ours = {.incarnation = 0};
    struct grant g;
    size_t first = 0;
    span heard;
    int rv = heard_incarnations(txn, at->node, &heard);

    if (rv != LINLI_OK)
        return rv;
    rv = confirmed_get(txn, at->node, &ours);

    told.ours = rv == LINLI_OK && ours.incarnation == at->incarnation && ours.number == at->mark.number;
    rv = rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
    memcpy(told.node, at->node, KEY_BYTES);
    if (rv == LINLI_OK && receipt_node_grant(txn, at->node, &first, &g, &rv))
        told.scope = g.scope;
    if (rv == LINLI_OK && (told.ours || newest(list, heard, i)))
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
