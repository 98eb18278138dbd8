/* base: hybrid stamps, and the seeded random source that tests and simulation replay. */
#include "unit.h"

#include "base/hlc.h"
#include "base/rng.h"

enum { NOW = 1000000000 };

static void a_stamp_follows_the_wall_clock(void **state)
{
    linli_stamp out = 0;

    (void)state;
    assert_ok(hlc_next(hlc_make(NOW - 1, 9), hlc_make(NOW - 1, 9), NOW, &out));
    assert_true(out == hlc_make(NOW, 0));
}

static void stamps_rise_even_when_the_wall_clock_stands_or_goes_back(void **state)
{
    linli_stamp last = hlc_make(NOW, 0xfffe), out = 0;

    (void)state;
    assert_ok(hlc_next(last, last, NOW, &out));
    assert_true(out == hlc_make(NOW, 0xffff));
    assert_ok(hlc_next(out, out, NOW - 60000, &out));
    assert_true(out == hlc_make(NOW + 1, 0)); /* a full counter runs over into the milliseconds */
}

static void a_clock_more_than_a_day_behind_asks_its_user(void **state)
{
    linli_stamp last = hlc_make((uint64_t)NOW + HLC_BEHIND_MS, 5), out = 77;

    (void)state;
    assert_ok(hlc_next(last, last, NOW, &out));
    assert_true(out == last + 1);
    out = 77;
    assert_code(hlc_next(last, last, NOW - 1, &out), LINLI_E_CLOCK);
    assert_code(hlc_next(last, last, 0, &out), LINLI_E_CLOCK);
    assert_true(out == 77);
}

static void a_stamp_dragged_forward_by_others_does_not_stop_the_writer(void **state)
{
    linli_stamp dragged = hlc_make((uint64_t)NOW + 10 * HLC_BEHIND_MS, 0), out = 0;

    (void)state;
    assert_ok(hlc_next(dragged, hlc_make(NOW, 0), NOW, &out));
    assert_true(out == dragged + 1);
}

static void the_last_stamp_of_all_has_no_successor(void **state)
{
    linli_stamp out = 77;

    (void)state;
    assert_code(hlc_next(UINT64_MAX, 0, NOW, &out), LINLI_E_CLOCK);
    assert_true(out == 77);
    assert_true(hlc_make(UINT64_MAX, 0) == UINT64_MAX - 0xffff);
}

static void a_received_stamp_drags_the_clock_five_minutes_at_most(void **state)
{
    linli_stamp last = hlc_make(NOW, 1);
    linli_stamp near = hlc_make((uint64_t)NOW + HLC_AHEAD_MS, 3), far = hlc_make((uint64_t)NOW + HLC_AHEAD_MS + 1, 0);

    (void)state;
    assert_true(hlc_observe(last, near, NOW) == near);
    assert_true(hlc_observe(last, far, NOW) == last);
    assert_true(hlc_observe(last, UINT64_MAX, NOW) == last);
    assert_true(hlc_observe(last, hlc_make(NOW - 5, 0), NOW) == last);
    assert_true(hlc_observe(last, hlc_make(NOW, 2), NOW) == hlc_make(NOW, 2));
}

static void the_seeded_source_is_xoshiro256_starstar(void **state)
{
    /* First outputs from state 1, 2, 3, 4, as its authors' C code gives them. */
    struct rng_seeded rng = {{1, 2, 3, 4}};

    (void)state;
    assert_true(rng_next(&rng) == 11520);
    assert_true(rng_next(&rng) == 0);
    assert_true(rng_next(&rng) == 1509978240);
    assert_true(rng_next(&rng) == UINT64_C(1215971899390074240));
    rng_seed(&rng, 0);
    assert_true(rng.state[0] == UINT64_C(0xe220a8397b1dcdaf)); /* splitmix64's first output from 0 */
}

static void a_seed_replays_and_bytes_come_in_one_order(void **state)
{
    struct rng_seeded a, b;
    uint8_t bytes[20];

    (void)state;
    rng_seed(&a, 42);
    rng_seed(&b, 42);
    struct rng rng = rng_from(&a);
    rng_fill(&rng, bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i += 8) {
        uint64_t word = rng_next(&b);
        for (size_t k = 0; k < 8 && i + k < sizeof(bytes); k++)
            assert_int_equal(bytes[i + k], (uint8_t)(word >> 8 * k));
    }
}

static void a_bounded_draw_stays_below_its_bound_and_reaches_every_value(void **state)
{
    struct rng_seeded rng;
    unsigned seen[7] = {0};

    (void)state;
    seed_start(&rng);
    for (int i = 0; i < 7000; i++)
        seen[rng_below(&rng, 7)]++;
    for (int i = 0; i < 7; i++)
        assert_in_range(seen[i], 800, 1200);
    assert_int_equal(rng_below(&rng, 1), 0);
    assert_true(rng_below(&rng, UINT64_MAX) < UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stamp_follows_the_wall_clock),
        cmocka_unit_test(stamps_rise_even_when_the_wall_clock_stands_or_goes_back),
        cmocka_unit_test(a_clock_more_than_a_day_behind_asks_its_user),
        cmocka_unit_test(a_stamp_dragged_forward_by_others_does_not_stop_the_writer),
        cmocka_unit_test(the_last_stamp_of_all_has_no_successor),
        cmocka_unit_test(a_received_stamp_drags_the_clock_five_minutes_at_most),
        cmocka_unit_test(the_seeded_source_is_xoshiro256_starstar),
        cmocka_unit_test(a_seed_replays_and_bytes_come_in_one_order),
        cmocka_unit_test(a_bounded_draw_stays_below_its_bound_and_reaches_every_value),
    };
    return UNIT_RUN(tests);
}
