/* tests: what a fuzz target is, and how it says that a claim is broken (in every build, with or without NDEBUG). */
#ifndef LINLI_FUZZ_H
#define LINLI_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CLAIM(claim) ((claim) ? (void)0 : (fprintf(stderr, "broken: %s (%s:%d)\n", #claim, __FILE__, __LINE__), abort()))

#endif
