/* base: hybrid stamps: the next one to sign, and what a received one may do to the local clock. */
#include "base/hlc.h"

#include <linli/error.h>
#include <time.h>

static const uint64_t ms_max = (UINT64_C(1) << 48) - 1;

static uint64_t system_now_ms(void *ctx)
{
    struct timespec now;

    (void)ctx;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0 || now.tv_sec < 0)
        return 0; /* a clock before 1970 reads as far behind: hlc_next then asks the user */
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct clock clock_system(void)
{
    return (struct clock){system_now_ms, NULL};
}

linli_stamp hlc_make(uint64_t ms, uint16_t counter)
{
    return (ms > ms_max ? ms_max : ms) << 16 | counter;
}

int hlc_next(linli_stamp last, linli_stamp last_signed, uint64_t wall_ms, linli_stamp *out)
{
    uint64_t signed_ms = hlc_ms(last_signed);
    linli_stamp floor = last > last_signed ? last : last_signed;
    linli_stamp wall = hlc_make(wall_ms, 0);

    if (signed_ms > wall_ms && signed_ms - wall_ms > HLC_BEHIND_MS)
        return LINLI_E_CLOCK;
    if (floor == UINT64_MAX)
        return LINLI_E_CLOCK; /* no stamp is left: the clock stood at the end of time */
    *out = wall > floor ? wall : floor + 1;
    return LINLI_OK;
}

linli_stamp hlc_observe(linli_stamp last, linli_stamp received, uint64_t wall_ms)
{
    uint64_t received_ms = hlc_ms(received);

    if (received_ms > wall_ms && received_ms - wall_ms > HLC_AHEAD_MS)
        return last;
    return received > last ? received : last;
}
