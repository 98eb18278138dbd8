/* session tests: how two that met must end. */
#ifndef LINLI_TESTS_SESSION_SETTLED_H
#define LINLI_TESTS_SESSION_SETTLED_H

#include "unit.h"

#include "pair.h"

/* Both are through, without a fault, and hold the same. */
static inline void assert_settled(const struct session_pair *p)
{
    assert_ok(p->a.step_code);
    assert_ok(p->b.step_code);
    assert_true(p->a.closed && p->b.closed);
    assert_ok(p->a.close_code);
    assert_ok(p->b.close_code);
    assert_true(p->a.settled && p->b.settled);
    assert_true(pair_equal(p));
}

#endif
