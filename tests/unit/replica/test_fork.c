/* tests: replica: two changesets of one dot end the log for everybody, whichever branch came first. */
#include "forks.h"

static void whichever_branch_comes_first_the_log_ends_at_what_both_share(void **state)
{
    struct scene s;
    struct linli_status status;

    (void)state;
    scene_start(&s);
    struct replica *first = scene_copy(&s);
    ingest(first, buf_span(&s.shared));
    assert_int_equal(ingest(first, buf_span(&s.branch[0])).outcome, INGEST_STORED);
    assert_building(first, &s.building, BUILDING_NAME, "branch A");
    assert_int_equal(ingest(first, buf_span(&s.branch[1])).outcome, INGEST_FORKED);
    assert_building(first, &s.building, BUILDING_NAME, "shared");
    struct head_copy head = head_at(first, &s.patch, &s.hand.author);
    assert_int_equal(head.seq, BEFORE);
    assert_true(head.frozen);
    assert_ok(replica_status(first, &status));
    assert_int_equal(status.forks, 1);
    struct replica *second = scene_copy(&s);
    ingest(second, buf_span(&s.shared));
    ingest(second, buf_span(&s.branch[1]));
    assert_int_equal(ingest(second, buf_span(&s.branch[0])).outcome, INGEST_FORKED);
    assert_same(first, second, &s.patch);
    assert_int_equal(ingest(second, buf_span(&s.branch[2])).outcome, INGEST_FORKED); /* a third changes nothing */
    assert_int_equal(ingest(second, buf_span(&s.shared)).outcome, INGEST_STORED);
    assert_same(first, second, &s.patch);
    scene_end(&s);
}

static void every_order_of_all_branches_ends_the_same(void **state)
{
    enum { RUNS = 6, ORDERS = 24 };
    struct scene s;
    linli_hash digest, view;

    (void)state;
    scene_start(&s);
    span runs[RUNS] = {buf_span(&s.shared), buf_span(&s.branch[0]), buf_span(&s.branch[1]), buf_span(&s.branch[2]),
                       buf_span(&s.deep), buf_span(&s.cites)};
    for (unsigned order = 0; order < ORDERS; order++) {
        struct replica *r = scene_copy(&s);
        for (size_t i = RUNS; i > 1 && order > 0; i--) {
            size_t j = (size_t)rng_below(&s.town.seed, i);
            span swap = runs[i - 1];
            runs[i - 1] = runs[j];
            runs[j] = swap;
        }
        ingest(r, buf_span(&s.shared));
        for (unsigned twice = 0; twice < 3; twice++)
            for (size_t i = 0; i < RUNS; i++)
                ingest(r, runs[i]);
        struct head_copy head = head_at(r, &s.patch, &s.hand.author);
        assert_int_equal(head.seq, 1); /* the deepest fork wins */
        assert_true(head.frozen);
        assert_int_equal(head_at(r, &s.patch, &s.other.author).seq, 1); /* the honest log goes on */
        linli_hash now_digest = digest_of(r, &s.patch), now_view = shown(r, &s.patch);
        if (order == 0) {
            digest = now_digest;
            view = now_view;
        }
        assert_memory_equal(digest.b, now_digest.b, 32);
        assert_memory_equal(view.b, now_view.b, 32);
        copy_drop(&s);
    }
    scene_end(&s);
}

static void the_evidence_travels_and_freezes_the_log_elsewhere(void **state)
{
    struct scene s;

    (void)state;
    scene_start(&s);
    struct replica *knows = scene_copy(&s), *believes = scene_copy(&s), *new = scene_copy(&s);
    ingest(knows, buf_span(&s.shared));
    ingest(knows, buf_span(&s.branch[0]));
    ingest(knows, buf_span(&s.branch[1]));
    ingest(believes, buf_span(&s.shared));
    ingest(believes, buf_span(&s.branch[0]));
    ingest(believes, buf_span(&s.cites));
    meet(knows, believes);
    assert_same(knows, believes, &s.patch);
    assert_true(head_at(believes, &s.patch, &s.hand.author).frozen);
    meet(believes, new);
    assert_same(knows, new, &s.patch);
    ingest(knows, buf_span(&s.deep));
    meet(knows, new);
    assert_same(knows, new, &s.patch);
    assert_int_equal(head_at(new, &s.patch, &s.hand.author).seq, 1);
    struct replica *late = scene_copy(&s); /* the row before the fork has no signature of its own */
    meet(new, late);
    assert_same(new, late, &s.patch);
    scene_end(&s);
}

static void a_cloned_device_may_not_write_on(void **state)
{
    struct scene s;
    struct device_keys keys;
    struct buf run = {0};

    (void)state;
    scene_start(&s);
    device_make(&s.town, &keys);
    struct replica *phone = town_join_keys(&s.town, s.node, &s.patch, LINLI_CAPTAIN, &keys);
    meet(s.node, phone);
    linli_hash grant = grant_of(s.node, &keys);
    struct hand clone = hand_make(s.node, &keys, &s.patch, &grant, s.town.now_ms);
    assert_ok(building_set(phone, &s.patch, &s.building, BUILDING_NAME, "phone", false));
    grow(&s, &clone, "clone", 1, &run);
    assert_int_equal(ingest(phone, buf_span(&run)).outcome, INGEST_FORKED);
    assert_building(phone, &s.building, BUILDING_NAME, "block 1");
    assert_code(building_set(phone, &s.patch, &s.building, BUILDING_NAME, "phone", false), LINLI_E_FORK);
    buf_free(&run);
    scene_end(&s);
}

/* What goes on from a changeset that is not the one here hangs on nothing: the branch is asked for from further back. */
static void the_end_of_another_branch_is_not_hung_on_ours(void **state)
{
    struct scene s;
    struct buf begin = {0}, end = {0};

    (void)state;
    scene_start(&s);
    struct hand hand = s.hand;
    grow(&s, &hand, "another", 2, &begin);
    grow(&s, &hand, "another end", 1, &end);
    struct replica *r = scene_copy(&s);
    ingest(r, buf_span(&s.shared));
    ingest(r, buf_span(&s.branch[0]));
    struct ingested out = ingest(r, buf_span(&end));
    assert_int_equal(out.outcome, INGEST_GAP);
    assert_int_equal(out.advanced, 0);
    assert_true(out.from <= BEFORE + 2);
    assert_building(r, &s.building, BUILDING_NAME, "branch A");
    assert_int_equal(ingest(r, buf_span(&begin)).outcome, INGEST_FORKED);
    assert_building(r, &s.building, BUILDING_NAME, "shared");
    buf_free(&begin);
    buf_free(&end);
    scene_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whichever_branch_comes_first_the_log_ends_at_what_both_share),
        cmocka_unit_test(every_order_of_all_branches_ends_the_same),
        cmocka_unit_test(the_evidence_travels_and_freezes_the_log_elsewhere),
        cmocka_unit_test(a_cloned_device_may_not_write_on),
        cmocka_unit_test(the_end_of_another_branch_is_not_hung_on_ours),
    };
    return UNIT_RUN(tests);
}
