/*
 * tests: a heap behind the library's allocator hook that knows how much is held at once. Each block has its size before it:
 * whatever is taken while the meter runs must be given back while it runs.
 */
#ifndef LINLI_TEST_METER_H
#define LINLI_TEST_METER_H

#include <stddef.h>

void meter_start(void);   /* from zero */
size_t meter_peak(void);  /* the most bytes that were held at once */
size_t meter_stop(void);  /* back to the C library's heap; the bytes that are still held */

#endif
