/* tests: session: wants travel beside what is compared: what nobody has keeps nobody from agreeing, what somebody has comes. */
#include "unit.h"

#include "pair.h"

/* Two with the same logs, of which b wants a part that a, a viewer perhaps, does not have. */
static void prepare(struct session_pair *p, uint64_t seed)
{
    unsigned numbers[] = {1};
    struct scope_path path = fake_path(1, numbers);

    pair_prepare(p, seed);
    fake_write(&p->a.store, &path, 1, 10);
    fake_write(&p->b.store, &path, 1, 10);
    p->a.store.no_parts = true;
    p->b.store.wanted_seq = 1;
    p->b.store.wanted_author = fake_author(1);
    path_scope(&p->b.store.network, &path, &p->b.store.wanted_scope);
}

static void what_only_one_wants_is_no_difference(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct session_pair p;
        prepare(&p, seed);
        pair_meet(&p, false);
        while (pair_turn(&p))
            ;
        assert_true(p.a.settled && p.b.settled);
        assert_code(p.a.close_code, LINLI_OK);
        assert_code(p.b.close_code, LINLI_OK);
        assert_int_equal(p.b.store.wanted_seq, 1);
        pair_part(&p);
        fake_free(&p.a.store);
        fake_free(&p.b.store);
    }
}

static void a_want_hides_no_other_difference(void **state)
{
    struct session_pair p;

    (void)state;
    prepare(&p, 7);
    linli_hash grant = {{1}};
    fake_grant(&p.a.store, &grant);
    p.a.store.lies = true; /* its logs are the same; its digest is another's: a defect, and loud */
    p.b.store.wanted_seq = 0;
    pair_meet(&p, false);
    while (pair_turn(&p))
        ;
    assert_false(p.a.settled || p.b.settled);
    assert_true(p.a.close_code == LINLI_E_DIVERGED || p.b.close_code == LINLI_E_DIVERGED);
    pair_part(&p);
    fake_free(&p.a.store);
    fake_free(&p.b.store);
}

static void whatever_is_wanted_comes_however_much_it_is(void **state)
{
    (void)state;
    const uint64_t counts[] = {1, SESSION_WANTS_MAX - 1, SESSION_WANTS_MAX, 3 * SESSION_WANTS_MAX + 1};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct session_pair p;
        prepare(&p, i);
        p.a.store.no_parts = false;
        p.b.store.wanted_more = counts[i] - 1;
        pair_sync(&p);
        assert_true(p.a.settled && p.b.settled);
        assert_code(p.a.close_code, LINLI_OK);
        assert_code(p.b.close_code, LINLI_OK);
        assert_int_equal(p.b.store.filled, counts[i]);
        assert_int_equal(p.b.store.wanted_seq, 0);
        assert_true(session_stats(p.b.session)->rounds <= counts[i] / SESSION_WANTS_MAX + 1);
        pair_free(&p);
    }
}

static void what_nobody_has_is_asked_for_once_a_session(void **state)
{
    struct session_pair p;

    (void)state;
    prepare(&p, 3);
    p.b.store.wanted_more = 2 * SESSION_WANTS_MAX;
    pair_sync(&p);
    assert_true(p.a.settled && p.b.settled);
    assert_int_equal(session_stats(p.b.session)->rounds, 1);
    assert_int_equal(p.b.store.filled, 0);
    pair_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_only_one_wants_is_no_difference),
        cmocka_unit_test(a_want_hides_no_other_difference),
        cmocka_unit_test(whatever_is_wanted_comes_however_much_it_is),
        cmocka_unit_test(what_nobody_has_is_asked_for_once_a_session),
    };
    return UNIT_RUN(tests);
}
