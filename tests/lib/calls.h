/* tests: a program of bytes played as calls of the public API on a store of its own, for fuzzing and for random runs. */
#ifndef LINLI_TEST_CALLS_H
#define LINLI_TEST_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CALLS_MAX = 256 }; /* a program stops after so many */

/*
 * Make a store in a temporary folder, play the program, verify, close, open again, verify, remove.
 *
 * Returns: NULL when all claims held, else the claim that was broken (static text).
 */
const char *calls_play(const uint8_t *program, size_t size);

#endif
