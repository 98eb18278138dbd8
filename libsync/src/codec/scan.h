/*
 * codec: the bounds scan. It walks MessagePack bytes without recursion and without allocation, and accepts exactly one
 * well-formed item in its one canonical encoding. It runs before any decoder: 5 bytes must never reserve megabytes.
 */
#ifndef LINLI_CODEC_SCAN_H
#define LINLI_CODEC_SCAN_H

#include "base/bytes.h"

/*
 * Canonical form (proto/encoding.md): shortest head for every integer, string, binary, array and map; non-negative
 * integers in unsigned form; no float, no extension, no timestamp; map keys are unsigned integers in strictly rising
 * order; strings are valid UTF-8 without U+0000.
 *
 * Args:    depth_max   nested containers allowed, at most LIMIT_DEPTH
 *          items_max   items allowed in all, containers included
 * Returns: LINLI_OK: `bytes` is exactly one item;
 *          LINLI_E_LIMIT  too deep or too many items, or a count or length that its container's bytes cannot hold;
 *          LINLI_E_FORMAT truncated, trailing bytes, not canonical.
 */
int scan_item(span bytes, unsigned depth_max, size_t items_max);
/* The same for the first item of `bytes`; its length goes to `size`. */
int scan_first(span bytes, unsigned depth_max, size_t items_max, size_t *size);
bool utf8_valid(span text); /* valid UTF-8 without U+0000: what a text may be; check it before writing one */

#endif
