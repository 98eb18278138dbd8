/* tests: replica: the same work with each allocation, and each call of the store, failing in turn; and with each row damaged. */
#ifndef LINLI_TEST_FAILING_H
#define LINLI_TEST_FAILING_H

#include "heap.h"
#include "rows.h"
#include "town.h"

/* What must be as it was when a work has failed. */
struct state_of {
    struct linli_status status;
    linli_hash shown;
};

static inline struct state_of state_of(struct replica *r, const linli_id *scope)
{
    struct state_of s;

    assert_ok(replica_status(r, &s.status));
    s.shown = shown(r, scope);
    return s;
}

static inline void assert_unchanged(struct replica *r, const linli_id *scope, const struct state_of *before)
{
    struct state_of after = state_of(r, scope);

    assert_memory_equal(before->status.digest.b, after.status.digest.b, 32);
    assert_int_equal(before->status.changesets, after.status.changesets);
    assert_int_equal(before->status.scopes, after.status.scopes);
    assert_int_equal(before->status.waiting, after.status.waiting);
    assert_int_equal(before->status.wants, after.status.wants);
    assert_memory_equal(before->shown.b, after.shown.b, 32);
}

/*
 * Fail the store's first call, its second, ... and then each row that is read, in each way; until none is left before the
 * commit, which is not made. Whoever could not read says that the disk failed; whoever read nonsense says what it likes, and
 * ends. Nothing is changed. Returns the number of calls.
 */
static inline size_t each_bad_call(struct replica *r, const linli_id *scope, int (*work)(void *ctx), void *ctx)
{
    struct state_of before = state_of(r, scope);
    size_t calls = 0;

    for (enum rows_fault fault = ROWS_UNREAD; fault < ROWS_FAULTS; fault++) {
        bool failed = true;
        for (size_t n = 1; failed; n++) {
            rows_hold_commits(true);
            rows_fail_at(fault, n);
            int rv = work(ctx);
            failed = rows_failed();
            rows_unwatch();
            if (fault == ROWS_UNREAD && failed)
                assert_code(rv, LINLI_E_DISK);
            else if (!failed)
                assert_true(rv == LINLI_OK || rv == LINLI_E_FULL);
            assert_unchanged(r, scope, &before);
            calls += fault == ROWS_UNREAD && failed;
        }
    }
    return calls;
}

/*
 * All that, and then fail the first allocation, the second, ... until the work is done without a failure; whoever failed has
 * changed nothing. Returns the number of runs.
 */
static inline size_t each_failure(struct replica *r, const linli_id *scope, int (*work)(void *ctx), void *ctx)
{
    size_t n = 0;

    assert_true(each_bad_call(r, scope, work, ctx) > 0);
    struct state_of before = state_of(r, scope);
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
        assert_unchanged(r, scope, &before);
    }
}

#endif
