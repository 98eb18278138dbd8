/* tests: replica: the same work with each of its allocations failing in turn. */
#ifndef LINLI_TEST_FAILING_H
#define LINLI_TEST_FAILING_H

#include "heap.h"
#include "town.h"

/*
 * Fail the first allocation, the second, ... until the work is done without a failure; whoever failed has changed nothing.
 * Returns the number of runs.
 */
static inline size_t each_failure(struct replica *r, const linli_id *scope, int (*work)(void *ctx), void *ctx)
{
    size_t n = 0;
    struct linli_status before, after;

    assert_ok(replica_status(r, &before));
    linli_hash shown_before = shown(r, scope);
    for (;;) {
        heap_fail_at(++n);
        int rv = work(ctx);
        bool failed = heap_failed();
        heap_unwatch();
        if (!failed) {
            assert_ok(rv);
            return n;
        }
        assert_code(rv, LINLI_E_NOMEM);
        assert_ok(replica_status(r, &after));
        assert_memory_equal(before.digest.b, after.digest.b, 32);
        assert_int_equal(before.changesets, after.changesets);
        assert_int_equal(before.scopes, after.scopes);
        linli_hash shown_after = shown(r, scope);
        assert_memory_equal(shown_before.b, shown_after.b, 32);
    }
}

#endif
