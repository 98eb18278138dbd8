/* replica: the grants that two devices use, for the one of them that has not heard of all (proto/session.md 3). */
#include <string.h>

#include "codec/writer.h"
#include "replica/internal.h"

enum { HANDED_MAX = 28 }; /* certificates of the largest kind that one message holds */

struct handing {
    span at[HANDED_MAX];
    size_t count;
};

/* A grant with what it stands on, or nothing of it. */
static int hand_chain(struct store_txn *txn, const linli_hash *id, struct handing *h)
{
    span chain[LIMIT_CHAIN];
    size_t length = 0, before = h->count;
    int rv = authority_chain(txn, id, chain, &length);

    for (size_t i = 0; i < length && rv == LINLI_OK; i++) {
        bool there = false;
        for (size_t k = 0; k < h->count && !there; k++)
            there = span_equal(h->at[k], chain[i]);
        if (!there && h->count == HANDED_MAX) {
            h->count = before;
            return LINLI_OK;
        }
        if (!there)
            h->at[h->count++] = chain[i];
    }
    return rv;
}

/* The newest first: they are the ones that may be news. */
static int hand_device(struct store_txn *txn, const uint8_t device[KEY_BYTES], struct handing *h)
{
    span ids;
    int rv = authority_of_device(txn, device, &ids);

    for (size_t at = ids.size; at >= HASH_BYTES && rv == LINLI_OK; at -= HASH_BYTES) {
        struct held_grant held;
        linli_hash id;
        bool usable = false;
        memcpy(id.b, ids.at + at - HASH_BYTES, HASH_BYTES);
        rv = authority_get(txn, &id, &held);
        if (rv == LINLI_OK)
            rv = standing_usable(txn, &held.grant, &usable);
        if (rv == LINLI_OK && usable)
            rv = hand_chain(txn, &id, h);
    }
    return rv == LINLI_E_WAIT ? LINLI_E_CORRUPT : rv;
}

int replica_handover(struct replica *r, const uint8_t device[KEY_BYTES], struct buf *certificates)
{
    struct handing h = {.count = 0};
    struct store_txn *txn = NULL;
    int rv = store_begin(r->store, false, &txn);

    if (rv == LINLI_OK)
        rv = hand_device(txn, device, &h);
    if (rv == LINLI_OK)
        rv = hand_device(txn, r->self.sign_public, &h);
    if (rv == LINLI_OK) {
        write_array(certificates, h.count);
        for (size_t i = 0; i < h.count; i++)
            write_bin(certificates, h.at[i].at, h.at[i].size);
        rv = certificates->failed;
    }
    return store_end(txn, rv);
}
