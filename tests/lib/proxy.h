/*
 * tests: a TCP proxy that is a bad network: slow, narrow, breaking off, turning a bit over. What it does to a connection is
 * drawn from a seed and the connection's number, so a run can be had again.
 */
#ifndef LINLI_TEST_PROXY_H
#define LINLI_TEST_PROXY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum proxy_way { PROXY_UP, PROXY_DOWN, PROXY_WAYS }; /* up: from who connects to who listens */
enum proxy_trouble {
    PROXY_NONE,
    PROXY_STALL,      /* nothing passes this way for `amount` ms */
    PROXY_RESET,      /* both sides get a reset */
    PROXY_HALF_CLOSE, /* this way ends; what comes after is dropped */
    PROXY_FLIP,       /* bit `amount` (0-7) of the byte at `at` is turned over */
    PROXY_CUT,        /* both sides get an end of file */
    PROXY_TROUBLES
};

struct proxy_faults {
    unsigned latency_ms;       /* each way */
    uint64_t rate_bytes;       /* a second, each way; 0 = as fast as it goes */
    bool one_byte;             /* each write holds one byte */
    enum proxy_trouble trouble;
    enum proxy_way way;
    uint64_t at;               /* the trouble comes when so many bytes have passed that way */
    unsigned amount;
};
extern const char *const proxy_trouble_names[PROXY_TROUBLES];
void proxy_draw(uint64_t seed, uint64_t number, uint64_t bytes, struct proxy_faults *out); /* `at` below `bytes` */

struct proxy_options {
    uint16_t port;             /* of the target, on 127.0.0.1 */
    uint64_t seed;
    uint64_t draw_bytes;       /* 0: every connection gets `faults`, else proxy_draw's */
    struct proxy_faults faults;
    unsigned connections_max;  /* then it ends; 0 = no such end */
    unsigned seconds_max;
    unsigned patience_ms;      /* after a flip: close what has been silent for so long; 0 = wait for the two sides */
};

/*
 * Listen on a free port of 127.0.0.1, say "listening PORT" in `out`, and pass connections on. One line a connection when it
 * ends: "N up=BYTES down=BYTES end=WHY trouble=NAME struck=0|1".
 * Returns: 0 when the connections were served or the time is over; -1 when it could not listen.
 */
int proxy_run(const struct proxy_options *options, FILE *out);

#endif
