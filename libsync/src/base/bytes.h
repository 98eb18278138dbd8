/* base: big-endian integers, and a growable buffer with a hard cap. */
#ifndef LINLI_BASE_BYTES_H
#define LINLI_BASE_BYTES_H

#include <linli/types.h>

typedef linli_span span;

static inline span span_of(const void *at, size_t size)
{
    return (span){(const uint8_t *)at, size};
}
bool span_equal(span a, span b);
int span_compare(span a, span b); /* memcmp order, shorter first when one is a prefix */
bool span_contains(span in, span part); /* `part` is not empty */

void be16_put(uint8_t *out, uint16_t v);
void be32_put(uint8_t *out, uint32_t v);
void be64_put(uint8_t *out, uint64_t v);
uint16_t be16_get(const uint8_t *in);
uint32_t be32_get(const uint8_t *in);
uint64_t be64_get(const uint8_t *in);

/*
 * A growable byte buffer. Zero-initialise it, or set `cap` first. Appending past `cap` gives LINLI_E_LIMIT, and
 * running out of memory LINLI_E_NOMEM; either sets `failed`, later appends do nothing and return that code again,
 * so that a writer may check once at the end.
 */
struct buf {
    uint8_t *at;
    size_t size, room;
    size_t cap;  /* hard limit in bytes; 0 = none */
    int failed;  /* first error, sticky */
};

int buf_append(struct buf *b, const void *bytes, size_t size);
int buf_byte(struct buf *b, uint8_t byte);
/* Make room for `size` more bytes and return where they go (their content is undefined); NULL on failure. */
uint8_t *buf_extend(struct buf *b, size_t size);
void buf_clear(struct buf *b);  /* keeps the memory and the cap; forgets the failure */
void buf_free(struct buf *b);   /* back to zero; accepts an already freed one */
static inline span buf_span(const struct buf *b)
{
    return span_of(b->at, b->size);
}

#endif
