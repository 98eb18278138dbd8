/* tests: the seed of a run, and its report when the run fails. */
#include "seed.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static bool used;

uint64_t seed_value(void)
{
    const char *text = getenv("LINLI_SEED");

    used = true;
    return text == NULL ? 20260101 : strtoull(text, NULL, 0);
}

void seed_start(struct rng_seeded *rng)
{
    rng_seed(rng, seed_value());
}

int seed_report(int failed)
{
    if (failed != 0 && used)
        fprintf(stderr, "failed with LINLI_SEED=%" PRIu64 "\n", seed_value());
    return failed;
}
