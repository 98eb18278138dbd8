/* base: the random source, handed in so that a simulation can replay it. */
#ifndef LINLI_BASE_RNG_H
#define LINLI_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
    void (*fill)(void *ctx, uint8_t *out, size_t size);
    void *ctx;
};

static inline void rng_fill(const struct rng *rng, void *out, size_t size)
{
    rng->fill(rng->ctx, (uint8_t *)out, size);
}
struct rng rng_system(void);                  /* the operating system's, through libsodium: for keys and salts */

/* A seeded generator for tests, simulation and the made-up town: never for keys of a real store. */
struct rng_seeded {
    uint64_t state[4];
};
void rng_seed(struct rng_seeded *s, uint64_t seed);
uint64_t rng_next(struct rng_seeded *s);
uint64_t rng_below(struct rng_seeded *s, uint64_t limit); /* 0 .. limit-1, unbiased; limit > 0 */
struct rng rng_from(struct rng_seeded *s);

#endif
