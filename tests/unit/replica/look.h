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

/* What a detail of this scope names goes over, as a session hands it on. */
static inline void detail_grants_pass(struct replica *from, struct replica *to, const linli_id *scope)
{
    struct buf body = {0}, certificates[64] = {{0}};
    span list[64];
    struct reader r;
    size_t count = 0, added;

    assert_ok(replica_detail(from, scope, false, &body));
    reader_start(&r, buf_span(&body));
    for (size_t left = reader_map(&r, 8); left > 0; left--) {
        if (reader_uint(&r, 8) != 5) {
            reader_skip(&r);
            continue;
        }
        for (size_t n = reader_array(&r, 64); n > 0; n--) {
            linli_hash id;
            reader_fixed(&r, id.b, HASH_BYTES);
            assert_ok(replica_read_certificate(from, &id, &certificates[count]));
            list[count] = buf_span(&certificates[count]);
            count++;
        }
    }
    assert_ok(reader_end(&r));
    assert_ok(replica_grants_add(to, list, count, &added));
    for (size_t i = 0; i < count; i++)
        buf_free(&certificates[i]);
    buf_free(&body);
}

#endif
