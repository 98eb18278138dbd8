/* tests: where a test's random choices come from. LINLI_SEED=N brings a run back. */
#ifndef LINLI_TEST_SEED_H
#define LINLI_TEST_SEED_H

#include "base/rng.h"

uint64_t seed_value(void);                  /* $LINLI_SEED, else a fixed one: a plain run is the same run every time */
void seed_start(struct rng_seeded *rng);    /* seeded with seed_value() */
/* Print the seed when `failed` is not 0 and the seed was used; gives `failed` back. */
int seed_report(int failed);

#endif
