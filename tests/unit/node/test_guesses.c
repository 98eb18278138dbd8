/* node: wrong tries at enrolment get nowhere and cost little. Time is the test's. */
#include "unit.h"

#include <string.h>

#include "node/guesses.h"

static void address(unsigned n, uint8_t out[GUESS_ADDRESS_BYTES])
{
    memset(out, 0, GUESS_ADDRESS_BYTES);
    out[14] = (uint8_t)(n >> 8);
    out[15] = (uint8_t)n;
}

/* How many of `tries` wrong ones at one a millisecond are looked at. */
static unsigned looked_at(struct guesses *g, unsigned tries, unsigned addresses, uint64_t *now_ms)
{
    unsigned count = 0;

    for (unsigned i = 0; i < tries; i++, ++*now_ms) {
        uint8_t from[GUESS_ADDRESS_BYTES];
        address(i % addresses, from);
        if (!guesses_allow(g, from, *now_ms))
            continue;
        guesses_wrong(g, from, *now_ms);
        count++;
    }
    return count;
}

static void ten_thousand_guesses_of_one_address_are_eleven(void **state)
{
    static struct guesses g;
    uint64_t now_ms = 1000;

    (void)state;
    memset(&g, 0, sizeof(g));
    assert_int_equal(looked_at(&g, 10000, 1, &now_ms), 10); /* the eleventh comes after ten seconds, the length of this */
    assert_int_equal(looked_at(&g, 10000, 1, &now_ms), 1);
}

static void many_addresses_share_one_limit(void **state)
{
    static struct guesses g;
    uint64_t now_ms = 1000;

    (void)state;
    memset(&g, 0, sizeof(g));
    unsigned count = looked_at(&g, 10000, 5000, &now_ms);
    assert_in_range(count, 200, 200 + 10000 / 50); /* 200 at once, then 20 a second */
}

static void who_did_not_guess_is_not_kept_out_by_a_neighbour(void **state)
{
    static struct guesses g;
    uint8_t honest[GUESS_ADDRESS_BYTES];
    uint64_t now_ms = 1000;

    (void)state;
    memset(&g, 0, sizeof(g));
    address(9, honest);
    (void)looked_at(&g, 10000, 1, &now_ms);
    assert_true(guesses_allow(&g, honest, now_ms));
}

static void a_guesser_is_not_forgotten_for_others_that_come(void **state)
{
    static struct guesses g;
    uint8_t guesser[GUESS_ADDRESS_BYTES], other[GUESS_ADDRESS_BYTES];
    uint64_t now_ms = 1000;

    (void)state;
    memset(&g, 0, sizeof(g));
    address(7, guesser);
    for (unsigned i = 0; i < 10; i++)
        guesses_wrong(&g, guesser, now_ms);
    for (unsigned i = 0; i < 4 * GUESS_ADDRESSES; i++) {
        address(1000 + i, other);
        guesses_wrong(&g, other, now_ms + i);
    }
    now_ms += 4 * GUESS_ADDRESSES + 9000; /* the limit over all has recovered; that of the guesser is paid back a second later */
    assert_false(guesses_allow(&g, guesser, 10999));
    assert_true(guesses_allow(&g, other, now_ms + 60000));
    assert_true(guesses_allow(&g, guesser, now_ms + 60000));
}

static void a_clock_that_goes_back_forgives_nothing_and_does_not_wrap(void **state)
{
    static struct guesses g;
    uint8_t from[GUESS_ADDRESS_BYTES];

    (void)state;
    memset(&g, 0, sizeof(g));
    address(1, from);
    for (unsigned i = 0; i < 10; i++)
        guesses_wrong(&g, from, 5000);
    assert_false(guesses_allow(&g, from, 10));
    assert_false(guesses_allow(&g, from, 14999));
    assert_true(guesses_allow(&g, from, 15000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_guesses_of_one_address_are_eleven),
        cmocka_unit_test(many_addresses_share_one_limit),
        cmocka_unit_test(who_did_not_guess_is_not_kept_out_by_a_neighbour),
        cmocka_unit_test(a_guesser_is_not_forgotten_for_others_that_come),
        cmocka_unit_test(a_clock_that_goes_back_forgives_nothing_and_does_not_wrap),
    };
    return UNIT_RUN(tests);
}
