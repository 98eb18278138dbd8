/* base: hybrid stamps (DESIGN 4): for display, reports and ties, never for authority. Wall time is an argument. */
#ifndef LINLI_BASE_HLC_H
#define LINLI_BASE_HLC_H

#include <linli/types.h>

enum {
    HLC_AHEAD_MS = 5 * 60 * 1000,       /* a received stamp further ahead than this never drags the local clock */
    HLC_BEHIND_MS = 24 * 60 * 60 * 1000 /* a wall clock further behind the last signed stamp asks its user first */
};

struct clock {
    uint64_t (*now_ms)(void *ctx); /* wall clock, milliseconds since 1970 UTC */
    void *ctx;
};
static inline uint64_t clock_now_ms(const struct clock *c)
{
    return c->now_ms(c->ctx);
}
struct clock clock_system(void);

static inline uint64_t hlc_ms(linli_stamp stamp)
{
    return stamp >> 16;
}
linli_stamp hlc_make(uint64_t ms, uint16_t counter);

/*
 * The next stamp to sign, strictly greater than `last` (the last one this incarnation signed or was dragged to).
 * Returns LINLI_OK; LINLI_E_CLOCK when `wall_ms` is more than HLC_BEHIND_MS behind `last_signed` (out untouched).
 */
int hlc_next(linli_stamp last, linli_stamp last_signed, uint64_t wall_ms, linli_stamp *out);
/* Take notice of a received stamp: the greater of both, unless it is more than HLC_AHEAD_MS ahead of the wall. */
linli_stamp hlc_observe(linli_stamp last, linli_stamp received, uint64_t wall_ms);

#endif
