/* tests: what the makers of vectors share: values as JSON. */
#ifndef LINLI_TESTS_VECTORS_MAKE_H
#define LINLI_TESTS_VECTORS_MAKE_H

#include <jansson.h>

#include "base/bytes.h"

json_t *hex(const void *at, size_t size);
json_t *hex_of(span bytes);
json_t *number(uint64_t v); /* 64-bit numbers as decimal text: many readers of JSON keep 53 bits */
json_t *sealing_vectors(void); /* make_sealing.c */
json_t *receipt_vectors(void); /* make_receipts.c */
void receipt_seeds(void (*write)(const char *path, int first, span bytes));
json_t *erasure_vectors(void); /* make_erasures.c */
json_t *root_version_vectors(void); /* make_roots.c */
void root_seeds(void (*write)(const char *path, int first, span bytes)); /* of the fuzz target; `first`: the byte before them */

#endif
