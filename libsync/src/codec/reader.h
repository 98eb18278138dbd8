/*
 * codec: a cursor over scanned MessagePack. It only moves forward, allocates nothing and lends spans into the input.
 * The first error sticks in `failed` (LINLI_E_FORMAT): values read after it are zero or empty, so a decoder reads a
 * whole structure and checks reader_end once.
 */
#ifndef LINLI_CODEC_READER_H
#define LINLI_CODEC_READER_H

#include "base/bytes.h"
#include "base/ids.h"

struct reader {
    const uint8_t *at, *end;
    int failed;
};

enum item_kind { ITEM_NIL, ITEM_BOOL, ITEM_UINT, ITEM_INT, ITEM_TEXT, ITEM_BIN, ITEM_ARRAY, ITEM_MAP, ITEM_NONE };

void reader_start(struct reader *r, span bytes);
enum item_kind reader_peek(struct reader *r);       /* ITEM_NONE at the end or after an error */
bool reader_nil(struct reader *r);                  /* takes a nil if one is next and says so; else leaves it */
bool reader_bool(struct reader *r);
uint64_t reader_uint(struct reader *r, uint64_t max);   /* over max: failed */
int64_t reader_int(struct reader *r);               /* any integer that fits */
span reader_text(struct reader *r, size_t max_bytes);
span reader_bin(struct reader *r, size_t max_bytes);
void reader_fixed(struct reader *r, void *out, size_t size); /* a bin of exactly `size`; zeroes `out` on error */
size_t reader_array(struct reader *r, size_t max_count);
size_t reader_map(struct reader *r, size_t max_count);
span reader_item(struct reader *r);                 /* the next item whole, as raw bytes */
void reader_skip(struct reader *r);
bool reader_scalar(struct reader *r);               /* passes over one item; false when it is an array or a map, or there is none */
void reader_fail(struct reader *r);
int reader_end(struct reader *r);                   /* LINLI_OK if all was read and nothing failed; else the error */

#endif
