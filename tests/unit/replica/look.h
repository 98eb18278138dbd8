/* tests: replica: what a test looks up in a replica's tables: the newest grant of a device, how many parts are wanted, whether all agree. */
#ifndef LINLI_TESTS_LOOK_H
#define LINLI_TESTS_LOOK_H

#include "town.h"

/* The newest grant of a device, as `r` holds them. */
static inline linli_hash grant_of(struct replica *r, const struct device_keys *d)
{
    struct store_txn *txn = NULL;
    linli_hash out;
    span ids;

    assert_ok(store_begin(r->store, false, &txn));
    assert_ok(authority_of_device(txn, d->sign_public, &ids));
    assert_true(ids.size >= HASH_BYTES);
    memcpy(out.b, ids.at + ids.size - HASH_BYTES, HASH_BYTES);
    store_abort(txn);
    return out;
}

static inline bool want_one(void *ctx, uint32_t author, uint64_t seq, uint32_t part)
{
    (void)author;
    (void)seq;
    (void)part;
    ++*(size_t *)ctx;
    return true;
}

static inline size_t wants(struct replica *r, const linli_id *scope)
{
    struct store_txn *txn = NULL;
    uint32_t number;
    size_t count = 0;

    assert_ok(store_begin(r->store, false, &txn));
    assert_ok(scope_number(txn, scope, &number));
    assert_ok(want_each(txn, number, want_one, &count));
    store_abort(txn);
    return count;
}

static inline void assert_verifies(struct replica *r)
{
    struct linli_verify verify = {.bad = 0};

    assert_ok(replica_verify(r, &verify));
}

#endif
