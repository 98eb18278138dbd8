/* tests: runs: one signature proves all of it, and no order or cut of delivery changes what is authentic. */
#include "unit.h"

#include "sample.h"
#include "widen.h"

enum { LOG = 12 };

struct fixture {
    struct sample_log log;
    struct arena arena;
    struct buf bytes;
    const struct run *run; /* decoded from `bytes` */
};

static int start(void **state)
{
    static struct fixture f;

    f = (struct fixture){0};
    sample_start(&f.log, 1);
    for (uint64_t i = 0; i < LOG; i++)
        sample_add(&f.log, i);
    *state = &f;
    return 0;
}

static int stop(void **state)
{
    struct fixture *f = *state;

    arena_free(&f->arena);
    buf_free(&f->bytes);
    sample_end(&f->log);
    return 0;
}

static int open_bytes(struct fixture *f, span bytes, struct run *run, struct changeset **list)
{
    *list = NULL;
    arena_reset(&f->arena);
    int rv = run_decode(&f->arena, bytes, run);
    return rv == LINLI_OK ? run_open(&f->arena, run, &f->log.at.network, list) : rv;
}

static void one_signature_proves_a_run(void **state)
{
    struct fixture *f = *state;
    struct run run;
    struct changeset *list;

    for (size_t first = 1; first <= LOG; first++)
        for (size_t last = first; last <= LOG; last++) {
            buf_clear(&f->bytes);
            sample_run(&f->log, first, last, &f->bytes);
            assert_ok(open_bytes(f, buf_span(&f->bytes), &run, &list));
            assert_int_equal(run.count, last - first + 1);
            for (size_t i = 0; i < run.count; i++) {
                assert_int_equal(list[i].at.seq, first + i);
                assert_true(hash_equal(&list[i].id, &f->log.ids[first - 1 + i]));
                assert_true(span_equal(run.entries[i], buf_span(&f->log.entries[first - 1 + i])));
            }
            struct buf again = {0};
            assert_ok(run_encode(&run, &again));
            assert_true(span_equal(buf_span(&again), buf_span(&f->bytes)));
            buf_free(&again);
        }
}

static void any_bit_of_a_run_turned_leaves_nothing_authentic(void **state)
{
    struct fixture *f = *state;
    struct run run;
    struct changeset *list;

    sample_run(&f->log, 2, 3, &f->bytes);
    for (size_t bit = 0; bit < 8 * f->bytes.size; bit += 3) {
        f->bytes.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_not_equal(open_bytes(f, buf_span(&f->bytes), &run, &list), LINLI_OK);
        assert_null(list);
        f->bytes.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    f->log.at.network.b[0] ^= 1;
    assert_code(open_bytes(f, buf_span(&f->bytes), &run, &list), LINLI_E_SIGNATURE);
    f->log.at.network.b[0] ^= 1;
}

static void redacted_entries_are_as_authentic_as_whole_ones(void **state)
{
    struct fixture *f = *state;
    struct run run, lean;
    struct changeset *list;
    struct buf redacted[LOG] = {{0}}, bytes = {0};
    span entries[LOG];

    sample_run(&f->log, 1, LOG, &f->bytes);
    assert_ok(open_bytes(f, buf_span(&f->bytes), &run, &list));
    lean = run;
    lean.entries = entries;
    for (unsigned i = 0; i < LOG; i++) {
        assert_ok(entry_for_classes(run.entries[i], i % 8, &redacted[i]));
        entries[i] = buf_span(&redacted[i]);
    }
    assert_ok(run_encode(&lean, &bytes));
    assert_ok(open_bytes(f, buf_span(&bytes), &run, &list));
    assert_true(hash_equal(&list[LOG - 1].id, &f->log.ids[LOG - 1]));
    for (unsigned i = 0; i < LOG; i++)
        buf_free(&redacted[i]);
    buf_free(&bytes);
}

static void nothing_shorter_than_the_whole_is_accepted(void **state)
{
    struct fixture *f = *state;
    struct run run;
    struct changeset *list;

    sample_run(&f->log, 1, 3, &f->bytes);
    for (size_t size = 0; size < f->bytes.size; size++)
        assert_int_not_equal(open_bytes(f, span_of(f->bytes.at, size), &run, &list), LINLI_OK);
    buf_byte(&f->bytes, 0);
    assert_code(open_bytes(f, buf_span(&f->bytes), &run, &list), LINLI_E_FORMAT);
}

static void refused(void *ctx, span variant)
{
    struct run run;
    struct changeset *list;

    assert_code(open_bytes(ctx, variant, &run, &list), LINLI_E_FORMAT);
}

static void a_longer_form_of_any_head_is_refused(void **state)
{
    struct fixture *f = *state;

    sample_run(&f->log, 1, 2, &f->bytes);
    assert_true(widen_each(buf_span(&f->bytes), refused, f) > 120);
}

static void runs_at_impossible_places_are_refused(void **state)
{
    struct fixture *f = *state;
    span entry = buf_span(&f->log.entries[1]);
    struct run run = {f->log.at.scope, f->log.at.author, 0, {{0}}, &entry, 1, {0}};
    struct changeset *list;

    assert_code(run_encode(&run, &f->bytes), LINLI_E_ARG);
    run.first = 1;
    run.prev.b[3] = 1;
    assert_code(run_encode(&run, &f->bytes), LINLI_E_ARG);
    assert_code(run_open(&f->arena, &run, &f->log.at.network, &list), LINLI_E_FORMAT);
    run.prev.b[3] = 0;
    run.count = 0;
    assert_code(run_encode(&run, &f->bytes), LINLI_E_ARG);
    run.count = LIMIT_RUN_CHANGESETS + 1;
    assert_code(run_encode(&run, &f->bytes), LINLI_E_LIMIT);
    run.count = 2;
    run.first = UINT64_MAX;
    assert_code(run_encode(&run, &f->bytes), LINLI_E_ARG);
    run.count = 1;
    assert_ok(run_encode(&run, &f->bytes)); /* the last place there is */
    struct run got;
    assert_ok(run_decode(&f->arena, buf_span(&f->bytes), &got));
    buf_extend(&f->bytes, LIMIT_RUN_BYTES);
    assert_code(run_decode(&f->arena, buf_span(&f->bytes), &got), LINLI_E_LIMIT);
}

/* Put `item` in the place of the entries of a run. */
static int decode_with_entries(struct fixture *f, span entries)
{
    struct buf bytes = {0};
    struct run run;

    write_array(&bytes, 6);
    write_bin(&bytes, f->log.at.scope.b, ID_BYTES);
    write_bin(&bytes, f->log.at.author.key, KEY_BYTES);
    bytes.at[2 + ID_BYTES + 1 + 1] = AUTHOR_BYTES; /* with the incarnation */
    buf_append(&bytes, "12345678", AUTHOR_BYTES - KEY_BYTES);
    write_uint(&bytes, 2);
    write_bin(&bytes, f->log.ids[0].b, HASH_BYTES);
    write_raw(&bytes, entries);
    write_bin(&bytes, f->log.secret, SIGNATURE_BYTES);
    arena_reset(&f->arena);
    int rv = run_decode(&f->arena, buf_span(&bytes), &run);
    buf_free(&bytes);
    return rv;
}

static void more_than_a_run_may_hold_is_refused_as_it_is_announced(void **state)
{
    static const uint8_t large[LIMIT_CHANGESET_BYTES];
    struct fixture *f = *state;
    struct buf entries = {0};

    write_array(&entries, LIMIT_RUN_CHANGESETS);
    for (unsigned i = 0; i < LIMIT_RUN_CHANGESETS; i++)
        write_nil(&entries);
    assert_ok(decode_with_entries(f, buf_span(&entries))); /* what an entry is, is seen when the run is opened */
    buf_clear(&entries);
    write_array(&entries, LIMIT_RUN_CHANGESETS + 1);
    for (unsigned i = 0; i <= LIMIT_RUN_CHANGESETS; i++)
        write_nil(&entries);
    assert_code(decode_with_entries(f, buf_span(&entries)), LINLI_E_LIMIT);
    buf_clear(&entries);
    write_array(&entries, 1);
    write_bin(&entries, large, sizeof(large));
    assert_code(decode_with_entries(f, buf_span(&entries)), LINLI_E_LIMIT);
    buf_free(&entries);
}

static void more_than_a_run_may_hold_is_not_written(void **state)
{
    static const uint8_t large[LIMIT_RUN_BYTES / 2];
    struct fixture *f = *state;
    span entries[] = {span_of(large, sizeof(large)), span_of(large, sizeof(large)), span_of(large, sizeof(large)),
                      span_of(large, sizeof(large))};
    struct run run = {f->log.at.scope, f->log.at.author, 1, {{0}}, entries, 1, {0}};

    assert_ok(run_encode(&run, &f->bytes));
    size_t before = f->bytes.size;
    for (run.count = 2; run.count <= COUNT_OF(entries); run.count++) {
        assert_code(run_encode(&run, &f->bytes), LINLI_E_LIMIT);
        assert_int_equal(f->bytes.size, before);
    }
    struct buf small = {.cap = sizeof(large)};
    assert_code(run_encode(&run, &small), LINLI_E_LIMIT);
    assert_int_equal(small.size, 0);
    buf_free(&small);
}

static void an_entry_with_something_behind_it_does_not_open(void **state)
{
    struct fixture *f = *state;
    struct buf longer = {0};
    struct changeset *list;

    buf_append(&longer, f->log.entries[0].at, f->log.entries[0].size);
    buf_byte(&longer, 0xc0);
    span entry = buf_span(&longer);
    struct run run = {f->log.at.scope, f->log.at.author, 1, {{0}}, &entry, 1, {0}};
    assert_ok(changeset_sign(f->log.secret, &f->log.ids[0], run.signature));
    assert_code(run_open(&f->arena, &run, &f->log.at.network, &list), LINLI_E_FORMAT);
    assert_null(list);
    entry.size--;
    assert_ok(run_open(&f->arena, &run, &f->log.at.network, &list));
    buf_free(&longer);
}

static void a_stamp_that_does_not_rise_stops_the_run(void **state)
{
    struct fixture *f = *state;
    struct arena scratch = {0};
    struct buf entries[2] = {{0}, {0}};
    span spans[2];
    linli_hash ids[2], grant = {{1}};
    struct position at = f->log.positions[0];
    struct changeset *list;

    for (linli_stamp second = 4; second <= 6; second++) {
        at = f->log.positions[0];
        for (unsigned i = 0; i < 2; i++) {
            struct draft d = {at, NULL, 0, &grant, i == 0 ? 5 : second, 1, NULL, 0};
            buf_clear(&entries[i]);
            assert_ok(changeset_encode(&scratch, &d, &entries[i], &ids[i]));
            spans[i] = buf_span(&entries[i]);
            at.seq++;
            at.prev = ids[i];
        }
        struct run run = {at.scope, at.author, 1, {{0}}, spans, 2, {0}};
        assert_ok(changeset_sign(f->log.secret, &ids[1], run.signature));
        assert_code(run_open(&f->arena, &run, &at.network, &list), second > 5 ? LINLI_OK : LINLI_E_FORMAT);
    }
    buf_free(&entries[0]);
    buf_free(&entries[1]);
    arena_free(&scratch);
}

/* --- every cut and every order of delivery --- */

/* A small acceptor: what is attached is kept, what does not attach yet waits, what is not good leaves no trace. */
struct acceptor {
    size_t held;
    linli_hash ids[LOG];
    const struct buf *waiting[64];
    size_t waiting_count;
};

static bool offer(struct fixture *f, struct acceptor *acc, const struct buf *bytes)
{
    struct run run;
    struct changeset *list;

    if (open_bytes(f, buf_span(bytes), &run, &list) != LINLI_OK)
        return true; /* dropped; nothing is concluded */
    if (run.first > acc->held + 1)
        return false;
    if (run.first > 1)
        assert_true(hash_equal(&run.prev, &acc->ids[run.first - 2]));
    for (size_t i = 0; i < run.count; i++) {
        size_t seq = (size_t)run.first + i;
        if (seq <= acc->held)
            assert_true(hash_equal(&acc->ids[seq - 1], &list[i].id)); /* overlap: skipped after comparing */
        else
            acc->ids[acc->held++] = list[i].id;
    }
    return true;
}

static void deliver(struct fixture *f, struct acceptor *acc, const struct buf *bytes)
{
    bool moved = true;

    acc->waiting[acc->waiting_count++] = bytes;
    while (moved) {
        moved = false;
        for (size_t i = 0; i < acc->waiting_count; i++)
            if (offer(f, acc, acc->waiting[i])) {
                acc->waiting[i--] = acc->waiting[--acc->waiting_count];
                moved = true;
            }
    }
}

/* What must come of it: the furthest head to be reached by good runs that overlap or touch. */
static size_t reach(const size_t (*spans)[2], const bool *good, size_t count)
{
    size_t held = 0;

    for (size_t round = 0; round < count; round++)
        for (size_t i = 0; i < count; i++)
            if (good[i] && spans[i][0] <= held + 1 && spans[i][1] > held)
                held = spans[i][1];
    return held;
}

static void every_cut_and_order_of_delivery_leads_to_the_same_changesets(void **state)
{
    enum { RUNS = 8, ROUNDS = 400, ORDERS = 4 };
    struct fixture *f = *state;
    struct rng_seeded rng;

    seed_start(&rng);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct buf runs[RUNS] = {{0}};
        size_t spans[RUNS][2];
        bool good[RUNS];
        for (size_t i = 0; i < RUNS; i++) {
            spans[i][0] = 1 + (size_t)rng_below(&rng, LOG);
            spans[i][1] = spans[i][0] + (size_t)rng_below(&rng, LOG - spans[i][0] + 1);
            sample_run(&f->log, spans[i][0], spans[i][1], &runs[i]);
            good[i] = rng_below(&rng, 4) != 0;
            if (!good[i]) /* a bad signature, or content that it is not the signature of */
                runs[i].at[rng_below(&rng, 2) == 0 ? runs[i].size - 1 - (size_t)rng_below(&rng, 64)
                                                   : 70 + (size_t)rng_below(&rng, 30)] ^= 4;
        }
        size_t expected = reach((const size_t (*)[2])spans, good, RUNS);
        for (unsigned order = 0; order < ORDERS; order++) {
            struct acceptor acc = {0};
            size_t at[RUNS];
            for (size_t i = 0; i < RUNS; i++) {
                size_t k = (size_t)rng_below(&rng, i + 1);
                at[i] = at[k];
                at[k] = i;
            }
            for (size_t i = 0; i < RUNS; i++)
                deliver(f, &acc, &runs[at[i]]);
            assert_int_equal(acc.held, expected);
            assert_memory_equal(acc.ids, f->log.ids, expected * sizeof(linli_hash));
        }
        for (size_t i = 0; i < RUNS; i++)
            buf_free(&runs[i]);
    }
}

static void all_cuts_of_a_short_log_lead_to_all_of_it(void **state)
{
    enum { SHORT = 6 };
    struct fixture *f = *state;

    for (unsigned cuts = 0; cuts < 1U << (SHORT - 1); cuts++)
        for (unsigned backwards = 0; backwards < 2; backwards++) {
            struct buf runs[SHORT] = {{0}};
            size_t count = 0, first = 1;
            for (size_t seq = 1; seq <= SHORT; seq++)
                if (seq == SHORT || (cuts >> (seq - 1) & 1) != 0) {
                    sample_run(&f->log, first, seq, &runs[count++]);
                    first = seq + 1;
                }
            struct acceptor acc = {0};
            for (size_t i = 0; i < count; i++)
                deliver(f, &acc, &runs[backwards ? count - 1 - i : i]);
            assert_int_equal(acc.held, SHORT);
            assert_int_equal(acc.waiting_count, 0);
            for (size_t i = 0; i < count; i++)
                buf_free(&runs[i]);
        }
}

/* --- forks --- */

static void two_changesets_of_one_dot_are_a_fork_and_nothing_else_is(void **state)
{
    struct fixture *f = *state;
    struct changeset x = {.at = f->log.positions[3], .id = f->log.ids[3]}, y = x;

    assert_false(fork_proof(&x, &y));
    y.id.b[31] ^= 1;
    assert_true(fork_proof(&x, &y) && fork_proof(&y, &x));
    y.at.prev.b[0] ^= 1; /* the branches may have parted before */
    assert_true(fork_proof(&x, &y));
    y.at.seq++;
    assert_false(fork_proof(&x, &y));
    y.at.seq--;
    y.at.scope.b[0] ^= 1;
    assert_false(fork_proof(&x, &y));
    y.at.scope.b[0] ^= 1;
    y.at.network.b[0] ^= 1;
    assert_false(fork_proof(&x, &y));
    y.at.network.b[0] ^= 1;
    y.at.author.incarnation++;
    assert_false(fork_proof(&x, &y));
}

static int decode_and_open(void *ctx)
{
    struct fixture *f = ctx;
    struct arena arena = {0};
    struct run run;
    struct changeset *list;
    int rv = run_decode(&arena, buf_span(&f->bytes), &run);

    if (rv == LINLI_OK)
        rv = run_open(&arena, &run, &f->log.at.network, &list);
    arena_free(&arena);
    return rv;
}

static int open_decoded(void *ctx)
{
    struct fixture *f = ctx;
    struct arena arena = {0};
    struct changeset *list;
    int rv = run_open(&arena, f->run, &f->log.at.network, &list);

    arena_free(&arena);
    return rv;
}

static void memory_that_runs_out_is_said_and_nothing_leaks(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 20; i++)
        sample_add(&f->log, 99);
    sample_run(&f->log, 1, LOG + 20, &f->bytes);
    assert_true(heap_each_failure(decode_and_open, f) > 1);
    struct run run;
    assert_ok(run_decode(&f->arena, buf_span(&f->bytes), &run));
    f->run = &run;
    assert_true(heap_each_failure(open_decoded, f) >= 1);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, start, stop)
    const struct CMUnitTest tests[] = {
        CASE(one_signature_proves_a_run),
        CASE(any_bit_of_a_run_turned_leaves_nothing_authentic),
        CASE(redacted_entries_are_as_authentic_as_whole_ones),
        CASE(nothing_shorter_than_the_whole_is_accepted),
        CASE(a_longer_form_of_any_head_is_refused),
        CASE(runs_at_impossible_places_are_refused),
        CASE(more_than_a_run_may_hold_is_refused_as_it_is_announced),
        CASE(more_than_a_run_may_hold_is_not_written),
        CASE(an_entry_with_something_behind_it_does_not_open),
        CASE(a_stamp_that_does_not_rise_stops_the_run),
        CASE(every_cut_and_order_of_delivery_leads_to_the_same_changesets),
        CASE(all_cuts_of_a_short_log_lead_to_all_of_it),
        CASE(two_changesets_of_one_dot_are_a_fork_and_nothing_else_is),
        CASE(memory_that_runs_out_is_said_and_nothing_leaks),
    };
    return UNIT_RUN(tests);
}
