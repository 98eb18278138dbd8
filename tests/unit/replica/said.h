/* tests: replica: statements in great numbers, and how many of them are held. */
#ifndef LINLI_TESTS_SAID_H
#define LINLI_TESTS_SAID_H

#include "story.h"

static inline bool held_one(void *ctx, const linli_hash *id, span certificate)
{
    (void)id;
    (void)certificate;
    ++*(size_t *)ctx;
    return true;
}

/* How many certificates there are, of all kinds. */
static inline size_t held(struct replica *r)
{
    struct store_txn *txn = NULL;
    size_t count = 0;

    assert_ok(store_begin(r->store, false, &txn));
    assert_ok(grant_row_each(txn, NULL, held_one, &count));
    store_abort(txn);
    return count;
}

static inline bool holds(struct replica *r, const linli_hash *id)
{
    struct store_txn *txn = NULL;
    span certificate;

    assert_ok(store_begin(r->store, false, &txn));
    int rv = grant_row_get(txn, id, &certificate);
    store_abort(txn);
    return rv == LINLI_OK;
}

/* Revocations of made-up devices, said with this key, with ids below those of the honest one. */
static inline void revocations_made_up(struct replica *by, struct buf *out, span *list, size_t count)
{
    enum { HIGH = 0xc0 };

    for (unsigned i = 0; i < count; i++) {
        struct revocation r = {.page = 1, .pages = 1};
        statement_start(by, &by->own[0].grant, &by->own[0].grant.path, &r.head);
        memset(r.device, 77, KEY_BYTES);
        be64_put(r.device, i);
        do {
            buf_clear(&out[i]);
            r.head.salt[0]++;
            assert_ok(revocation_make(by->self.sign_secret, &r, NULL, 0, NULL, 0, &out[i]));
        } while (r.head.id.b[0] >= HIGH);
        list[i] = buf_span(&out[i]);
    }
}

#endif
