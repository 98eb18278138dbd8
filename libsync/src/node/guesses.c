/* node: wrong tries at enrolment, by address and in all. */
#include "node/guesses.h"

#include <string.h>

/* A person who mistypes has ten tries at once and one more every ten seconds. */
enum { ONE_COST_MS = 10 * 1000, ONE_ROOM_MS = 10 * ONE_COST_MS, ALL_COST_MS = 50, ALL_ROOM_MS = 200 * ALL_COST_MS };

static uint32_t spent(const struct guess_bucket *b, uint64_t now_ms)
{
    uint64_t paid = now_ms > b->at_ms ? now_ms - b->at_ms : 0;

    return paid >= b->spent_ms ? 0 : b->spent_ms - (uint32_t)paid;
}

static void spend(struct guess_bucket *b, uint32_t cost_ms, uint64_t now_ms)
{
    *b = (struct guess_bucket){now_ms, spent(b, now_ms) + cost_ms};
}

static unsigned find(const struct guesses *g, const uint8_t address[GUESS_ADDRESS_BYTES])
{
    unsigned i = 0;

    while (i < g->count && memcmp(g->at[i].address, address, GUESS_ADDRESS_BYTES) != 0)
        i++;
    return i;
}

bool guesses_allow(const struct guesses *g, const uint8_t address[GUESS_ADDRESS_BYTES], uint64_t now_ms)
{
    unsigned i = find(g, address);

    return spent(&g->all, now_ms) + ALL_COST_MS <= ALL_ROOM_MS &&
           (i == g->count || spent(&g->at[i].bucket, now_ms) + ONE_COST_MS <= ONE_ROOM_MS);
}

void guesses_wrong(struct guesses *g, const uint8_t address[GUESS_ADDRESS_BYTES], uint64_t now_ms)
{
    unsigned at = find(g, address);

    if (at == g->count && g->count == GUESS_ADDRESSES) {
        at = 0;
        for (unsigned i = 1; i < g->count; i++)
            if (spent(&g->at[i].bucket, now_ms) < spent(&g->at[at].bucket, now_ms))
                at = i;
        g->at[at].bucket = (struct guess_bucket){0};
    } else if (at == g->count) {
        g->count++;
    }
    memcpy(g->at[at].address, address, GUESS_ADDRESS_BYTES);
    spend(&g->at[at].bucket, ONE_COST_MS, now_ms);
    spend(&g->all, ALL_COST_MS, now_ms);
}
