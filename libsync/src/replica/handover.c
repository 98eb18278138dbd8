/*
 * replica: the grants that two devices use, and what they must hear of acts, for the one of them that has not heard of all
 * (proto/session.md 3).
 */
#include <stdlib.h>
#include <string.h>

#include "codec/writer.h"
#include "replica/internal.h"

enum { HANDED_MAX = 28 }; /* certificates of the largest kind that one message holds */

struct handing {
    struct store_txn *txn;
    struct arena arena;      /* of some of them */
    span at[HANDED_MAX];
    size_t count;
    const struct statement **acts; /* that the other should hear of, the most telling first */
    size_t act_count, act_room;
};

static bool hand_one(struct handing *h, span certificate)
{
    for (size_t i = 0; i < h->count; i++)
        if (span_equal(h->at[i], certificate))
            return true;
    if (h->count == HANDED_MAX)
        return false;
    h->at[h->count++] = certificate;
    return true;
}

/* A grant with what it stands on, and (`more` not empty) what was said under it; or nothing of it. */
static int hand_chain(struct handing *h, const linli_hash *id, span more, bool *fits)
{
    span chain[LIMIT_CHAIN];
    size_t length = 0, before = h->count;
    int rv = authority_chain(h->txn, id, chain, &length);

    *fits = true;
    for (size_t i = 0; i < length && rv == LINLI_OK && *fits; i++)
        *fits = hand_one(h, chain[i]);
    if (rv == LINLI_OK && *fits && more.size > 0)
        *fits = hand_one(h, more);
    if (!*fits)
        h->count = before;
    return rv;
}

/* --- acts --- */

/* What a revocation may fall by first, then what nothing else need be shown for: the same order everywhere, whatever came first. */
static int act_compare(const void *x, const void *y)
{
    const struct revocation *a = x, *b = y;
    int order = b->strict - a->strict;

    order = order != 0 ? order : b->head.by_root - a->head.by_root;
    order = order != 0 ? order : id_compare(&a->act, &b->act);
    return order != 0 ? order : hash_compare(&a->head.id, &b->head.id);
}

static int act_add(struct handing *h, const struct statement *act)
{
    for (size_t i = 0; i < h->act_count; i++)
        if (hash_equal(&h->acts[i]->id, &act->id))
            return LINLI_OK;
    int rv = mem_grow(&h->acts, &h->act_room, h->act_count + 1, sizeof(*h->acts));
    if (rv == LINLI_OK)
        h->acts[h->act_count++] = act;
    return rv;
}

/* By what its device lost the grant. What ends nothing is no answer, and there may be much of it. */
static int find_acts(struct handing *h, const struct grant *g)
{
    struct standing_source source = standing_of(h->txn);
    struct revocation *acts = NULL;
    size_t count = 0;
    int rv = standing_endings(&source, &h->arena, g, &acts, &count);

    if (rv == LINLI_OK && count > 1)
        qsort(acts, count, sizeof(*acts), act_compare);
    for (size_t i = 0; i < count && rv == LINLI_OK; i++)
        rv = act_add(h, &acts[i].head);
    return rv;
}

/* Of each in the chain of this grant, by `fn`. */
static int chain_each(struct handing *h, const linli_hash *id, int (*fn)(struct handing *h, const struct grant *g))
{
    span chain[LIMIT_CHAIN];
    size_t length = 0;
    struct grant g;
    int rv = authority_chain(h->txn, id, chain, &length);

    for (size_t i = 0; i < length && rv == LINLI_OK; i++) {
        rv = grant_decode(chain[i], &g);
        if (rv == LINLI_OK)
            rv = fn(h, &g);
    }
    return rv;
}

/* By what an act on the device has fallen: the device may have heard of the act alone. */
static int find_why_fallen(struct handing *h, const struct grant *g)
{
    struct standing_source source = standing_of(h->txn);
    struct revocation *acts = NULL;
    size_t count = 0;
    int rv = source.revocations(source.ctx, &h->arena, g->subject, &acts, &count);

    for (size_t i = 0; i < count && rv == LINLI_OK; i++) {
        bool stands = true;
        if (!acts[i].head.by_root)
            rv = standing_statement(&source, &h->arena, &acts[i].head, &stands);
        if (rv == LINLI_OK && !stands)
            rv = chain_each(h, &acts[i].head.issuer, find_acts);
    }
    return rv;
}

/* From the first so many on, and then these, until there are `most` certificates. */
static int hand_acts(struct handing *h, size_t first, size_t most, bool *all)
{
    int rv = LINLI_OK;

    *all = true;
    for (size_t i = 0; i < h->act_count && h->count < most && rv == LINLI_OK; i++) {
        const struct statement *act = h->acts[(first + i) % h->act_count];
        bool fits = true;
        if (act->by_root)
            fits = hand_one(h, act->certificate);
        else
            rv = hand_chain(h, &act->issuer, act->certificate, &fits);
        *all = *all && fits;
    }
    return rv;
}

/* Where there is not room for all, half of it is for the most telling; each of the others must be told at some meeting. */
static int hand_found(struct replica *r, struct handing *h)
{
    size_t before = h->count;
    uint32_t first;
    bool all;
    int rv = hand_acts(h, 0, SIZE_MAX, &all);

    if (rv != LINLI_OK || all)
        return rv;
    h->count = before;
    rng_fill(&r->rng, &first, sizeof(first));
    rv = hand_acts(h, 0, before + (HANDED_MAX - before) / 2, &all);
    return rv == LINLI_OK ? hand_acts(h, first % h->act_count, SIZE_MAX, &all) : rv;
}

/* --- grants --- */

/* The newest first: they are the ones that may be news. */
static int hand_grants(struct handing *h, const uint8_t device[KEY_BYTES], linli_hash *newest, bool *any)
{
    span ids;
    int rv = authority_of_device(h->txn, device, &ids);

    *any = false;
    for (size_t at = ids.size; at >= HASH_BYTES && rv == LINLI_OK; at -= HASH_BYTES) {
        struct held_grant held;
        linli_hash id;
        bool usable = false, fits;
        memcpy(id.b, ids.at + at - HASH_BYTES, HASH_BYTES);
        rv = authority_get(h->txn, &id, &held);
        if (rv == LINLI_OK)
            rv = standing_usable(h->txn, &held.grant, &usable);
        if (rv == LINLI_OK && usable)
            rv = hand_chain(h, &id, (span){NULL, 0}, &fits);
        if (usable && !*any)
            *newest = id;
        *any = *any || usable;
    }
    return rv == LINLI_E_WAIT ? LINLI_E_CORRUPT : rv;
}

/* By what the device lost any of its grants, the newest first. */
static int find_ends(struct handing *h, const uint8_t device[KEY_BYTES])
{
    span ids;
    int rv = authority_of_device(h->txn, device, &ids);

    for (size_t at = ids.size; at >= HASH_BYTES && rv == LINLI_OK; at -= HASH_BYTES) {
        struct held_grant held;
        linli_hash id;
        memcpy(id.b, ids.at + at - HASH_BYTES, HASH_BYTES);
        rv = authority_get(h->txn, &id, &held);
        if (rv == LINLI_OK)
            rv = find_acts(h, &held.grant);
    }
    return rv == LINLI_E_WAIT ? LINLI_E_CORRUPT : rv;
}

static int hand_all(struct replica *r, struct handing *h, const uint8_t device[KEY_BYTES])
{
    linli_hash theirs, ours;
    bool they, we = false;
    int rv = hand_grants(h, device, &theirs, &they);

    if (rv == LINLI_OK)
        rv = hand_grants(h, r->self.sign_public, &ours, &we);
    if (rv == LINLI_OK && they)
        rv = chain_each(h, &theirs, find_why_fallen);
    if (rv == LINLI_OK && !we) /* turned out, as far as we know: whoever knows better must hear by what */
        rv = find_ends(h, r->self.sign_public);
    return rv == LINLI_OK ? hand_found(r, h) : rv;
}

int replica_handover(struct replica *r, const uint8_t device[KEY_BYTES], struct buf *certificates)
{
    struct handing h = {.count = 0};
    int rv = store_begin(r->store, false, &h.txn);

    if (rv == LINLI_OK)
        rv = hand_all(r, &h, device);
    if (rv == LINLI_OK) {
        write_array(certificates, h.count);
        for (size_t i = 0; i < h.count; i++)
            write_bin(certificates, h.at[i].at, h.at[i].size);
        rv = certificates->failed;
    }
    arena_free(&h.arena);
    mem_free(h.acts);
    return store_end(h.txn, rv);
}
