/* tests: session: a part that one side wants and the other has not got keeps nobody from agreeing; anything else does. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_only_one_wants_is_no_difference),
        cmocka_unit_test(a_want_hides_no_other_difference),
    };
    return UNIT_RUN(tests);
}
