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

/* The certificates that a detail of this scope names. */
struct certificates {
    struct buf at[64];
    span list[64];
    size_t count;
};

static inline void certificates_of(struct replica *r, const linli_id *scope, struct certificates *out)
{
    struct buf body = {0};
    struct reader in;

    memset(out, 0, sizeof(*out));
    assert_ok(replica_detail(r, scope, false, &body));
    reader_start(&in, buf_span(&body));
    for (size_t left = reader_map(&in, 8); left > 0; left--) {
        if (reader_uint(&in, 8) != 5) {
            reader_skip(&in);
            continue;
        }
        for (size_t n = reader_array(&in, COUNT_OF(out->at)); n > 0; n--) {
            linli_hash id;
            reader_fixed(&in, id.b, HASH_BYTES);
            assert_ok(replica_read_certificate(r, &id, &out->at[out->count]));
            out->list[out->count] = buf_span(&out->at[out->count]);
            out->count++;
        }
    }
    assert_ok(reader_end(&in));
    buf_free(&body);
}

static inline void certificates_free(struct certificates *c)
{
    for (size_t i = 0; i < c->count; i++)
        buf_free(&c->at[i]);
}

/* What a detail of this scope names goes over, as a session hands it on. */
static inline void detail_grants_pass(struct replica *from, struct replica *to, const linli_id *scope)
{
    struct certificates held;
    size_t added;

    certificates_of(from, scope, &held);
    assert_ok(replica_grants_add(to, held.list, held.count, &added));
    certificates_free(&held);
}

#endif
