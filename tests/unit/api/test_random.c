/* api: random sequences of calls, from one seed: nothing crashes, every code is a named one, every store verifies. */
#include "unit.h"

#include "calls.h"

enum { RUNS = 150, PROGRAM_BYTES = 1500 };

static void random_calls_leave_a_store_that_verifies(void **state)
{
    struct rng_seeded seed;
    struct rng rng;
    uint8_t program[PROGRAM_BYTES];
    (void)state;
    seed_start(&seed);
    rng = rng_from(&seed);
    for (unsigned run = 0; run < RUNS; run++) {
        rng_fill(&rng, program, sizeof(program));
        const char *broken = calls_play(program, sizeof(program));
        if (broken != NULL)
            print_error("run %u: %s\n", run, broken);
        assert_null(broken);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_calls_leave_a_store_that_verifies),
    };

    return UNIT_RUN(tests);
}
