/* base: big-endian integers, and a growable buffer with a hard cap. */
#ifndef LINLI_BASE_BYTES_H
#define LINLI_BASE_BYTES_H

#include <linli/types.h>
#include <string.h>

typedef linli_span span;

static inline span span_of(const void *at, size_t size)
{
    return (span){(const uint8_t *)at, size};
}
bool span_equal(span a, span b);
int span_compare(span a, span b); /* memcmp order, shorter first when one is a prefix */
bool span_contains(span in, span part); /* `part` is not empty */

static inline void be16_put(uint8_t *out, uint16_t v)
{
    out[0] = (uint8_t)(v >> 8);
    out[1] = (uint8_t)v;
}
static inline void be32_put(uint8_t *out, uint32_t v)
{
    be16_put(out, (uint16_t)(v >> 16));
    be16_put(out + 2, (uint16_t)v);
}
static inline void be64_put(uint8_t *out, uint64_t v)
{
    be32_put(out, (uint32_t)(v >> 32));
    be32_put(out + 4, (uint32_t)v);
}
static inline uint16_t be16_get(const uint8_t *in)
{
    return (uint16_t)(in[0] << 8 | in[1]);
}
static inline uint32_t be32_get(const uint8_t *in)
{
    return (uint32_t)be16_get(in) << 16 | be16_get(in + 2);
}
static inline uint64_t be64_get(const uint8_t *in)
{
    return (uint64_t)be32_get(in) << 32 | be32_get(in + 4);
}

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

/* Make room for `size` more bytes and return where they go (their content is undefined); NULL on failure. */
uint8_t *buf_extend(struct buf *b, size_t size);
int buf_append_more(struct buf *b, const void *bytes, size_t size); /* what does not fit as it is */
/* Most of what is written is a few bytes for which there is room: so it is inline. */
static inline int buf_append(struct buf *b, const void *bytes, size_t size)
{
    if (b->failed != 0 || size == 0 || size > b->room - b->size || (b->cap != 0 && b->size + size > b->cap))
        return buf_append_more(b, bytes, size);
    memcpy(b->at + b->size, bytes, size);
    b->size += size;
    return 0;
}
static inline int buf_byte(struct buf *b, uint8_t byte)
{
    return buf_append(b, &byte, 1);
}
void buf_clear(struct buf *b);  /* keeps the memory and the cap; forgets the failure */
void buf_free(struct buf *b);   /* back to zero; accepts an already freed one */
static inline span buf_span(const struct buf *b)
{
    return span_of(b->at, b->size);
}

#endif
