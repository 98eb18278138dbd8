/* base: the operating system's random source, and a seeded one that replays. */
#include "base/rng.h"
#include "base/check.h"

#include <sodium.h>

static void system_fill(void *ctx, uint8_t *out, size_t size)
{
    (void)ctx;
    randombytes_buf(out, size);
}

struct rng rng_system(void)
{
    return (struct rng){system_fill, NULL};
}

/* splitmix64 (Steele, Lea, Flood 2014): spreads one word over the whole state, which must not be all zero. */
static uint64_t split_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void rng_seed(struct rng_seeded *s, uint64_t seed)
{
    for (size_t i = 0; i < COUNT_OF(s->state); i++)
        s->state[i] = split_next(&seed);
}

static uint64_t rotate_left(uint64_t v, unsigned bits)
{
    return v << bits | v >> (64 - bits);
}

/* xoshiro256** (Blackman, Vigna 2018). */
uint64_t rng_next(struct rng_seeded *s)
{
    uint64_t *w = s->state;
    uint64_t result = rotate_left(w[1] * 5, 7) * 9;
    uint64_t shifted = w[1] << 17;

    w[2] ^= w[0];
    w[3] ^= w[1];
    w[1] ^= w[2];
    w[0] ^= w[3];
    w[2] ^= shifted;
    w[3] = rotate_left(w[3], 45);
    return result;
}

uint64_t rng_below(struct rng_seeded *s, uint64_t limit)
{
    ALWAYS(limit > 0);
    /* Draws under 2^64 mod limit would make the low results likelier: draw again. */
    uint64_t unfair = (UINT64_MAX - limit + 1) % limit;
    uint64_t draw;
    do {
        draw = rng_next(s);
    } while (draw < unfair);
    return draw % limit;
}

static void seeded_fill(void *ctx, uint8_t *out, size_t size)
{
    struct rng_seeded *s = ctx;
    uint64_t word = 0;

    for (size_t i = 0; i < size; i++) {
        if (i % 8 == 0)
            word = rng_next(s);
        out[i] = (uint8_t)(word >> 8 * (i % 8)); /* by shifts, so that byte order does not change a replay */
    }
}

struct rng rng_from(struct rng_seeded *s)
{
    return (struct rng){seeded_fill, s};
}
