/*
 * tests: vector files in JSON. Those that others wrote stand in the folder shared/data beside the source tree, and a
 * test that finds no such folder says SKIP; our own stand in the source tree and must be there.
 */
#ifndef LINLI_TEST_VECTORS_H
#define LINLI_TEST_VECTORS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/bytes.h"

/* A file of the shared data, such as "blake2/blake2b-kat.json". NULL, with a SKIP line, when there is no such file. */
json_t *vectors_shared(const char *path);
/* A file of the source tree, such as "proto/vectors/encoding.json". NULL, with a line, when it cannot be read. */
json_t *vectors_own(const char *path);

/* A text member; "" when there is none. Lent by `object`. */
const char *vector_text(const json_t *object, const char *key);
/* A member of hexadecimal digits (dashes are passed over) as bytes in `out`, replacing what it held. */
bool vector_hex(const json_t *object, const char *key, struct buf *out);
bool vector_unhex(const char *text, struct buf *out);

#endif
