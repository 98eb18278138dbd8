/*
 * node: wrong tries at enrolment are counted, by address and in all (token buckets). A secret of 256 bits is not guessed;
 * this keeps trying cheap to refuse. Pure: time is handed in.
 */
#ifndef LINLI_NODE_GUESSES_H
#define LINLI_NODE_GUESSES_H

#include <stdbool.h>
#include <stdint.h>

enum {
    GUESS_ADDRESS_BYTES = 16, /* IPv6, of which a /64 counts as one; IPv4 mapped into it */
    GUESS_ADDRESSES = 256     /* remembered; the one that has the most left makes room */
};

struct guess_bucket {
    uint64_t at_ms;
    uint32_t spent_ms; /* each wrong try costs time, and time pays it back */
};
struct guesses {
    struct guess_bucket all;
    struct {
        uint8_t address[GUESS_ADDRESS_BYTES];
        struct guess_bucket bucket;
    } at[GUESS_ADDRESSES];
    unsigned count;
};

/* May a try from there be looked at? */
bool guesses_allow(const struct guesses *g, const uint8_t address[GUESS_ADDRESS_BYTES], uint64_t now_ms);
/* One was looked at, and was wrong. */
void guesses_wrong(struct guesses *g, const uint8_t address[GUESS_ADDRESS_BYTES], uint64_t now_ms);

#endif
