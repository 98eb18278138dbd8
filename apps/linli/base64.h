/** Command line: base64 (RFC 4648 section 4), for tokens and attached bytes in JSON. Pure. */
#ifndef LINLI_APP_BASE64_H
#define LINLI_APP_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Returns: the text; yours to free; NULL without memory. */
char *base64_write(const uint8_t *at, size_t size);
/**
 * Args:    out  yours to free; never NULL after true
 * Returns: true; false when `text` is not in the one valid spelling, or without memory.
 */
bool base64_read(const char *text, uint8_t **out, size_t *size);

#endif
