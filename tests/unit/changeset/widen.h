/*
 * tests: the encodings of the same values that must be refused: each head of a MessagePack item, one at a time, in the
 * next longer form.
 */
#ifndef LINLI_TEST_WIDEN_H
#define LINLI_TEST_WIDEN_H

#include <string.h>

#include "base/check.h"
#include "codec/head.h"

/* The head in a longer form, to `out` (9 bytes of room). Returns its size, 0 when there is none. */
static inline size_t widen_head(const struct head *h, uint8_t *out)
{
    static const struct {
        enum item_kind kind;
        uint8_t marks[4]; /* 8, 16, 32, 64 bits; 0 = no such form */
    } forms[] = {
        {ITEM_UINT, {0xcc, 0xcd, 0xce, 0xcf}}, {ITEM_BIN, {0xc4, 0xc5, 0xc6, 0}},
        {ITEM_TEXT, {0xd9, 0xda, 0xdb, 0}},    {ITEM_ARRAY, {0, 0xdc, 0xdd, 0}},
        {ITEM_MAP, {0, 0xde, 0xdf, 0}},
    };
    size_t had = h->size - 1;

    for (size_t f = 0; f < COUNT_OF(forms); f++)
        for (unsigned i = 0; i < 4 && forms[f].kind == h->kind; i++) {
            size_t bytes = (size_t)1 << i;
            if (bytes <= had || forms[f].marks[i] == 0)
                continue;
            out[0] = forms[f].marks[i];
            for (size_t k = 0; k < bytes; k++)
                out[1 + k] = (uint8_t)(h->value >> 8 * (bytes - 1 - k));
            return 1 + bytes;
        }
    return 0;
}

/*
 * Call `refused` with each variant of `item` (what stands inside a binary is not walked).
 * Returns: how many variants there were.
 */
static inline size_t widen_each(span item, void (*refused)(void *ctx, span variant), void *ctx)
{
    uint8_t variant[4096];
    size_t count = 0, at = 0;

    ALWAYS(item.size + 8 <= sizeof(variant));
    while (at < item.size) {
        struct head h;
        uint8_t wide[16];
        ALWAYS(head_read(item.at + at, item.at + item.size, &h));
        size_t size = widen_head(&h, wide);
        if (size != 0) {
            memcpy(variant, item.at, at);
            memcpy(variant + at, wide, size);
            memcpy(variant + at + size, item.at + at + h.size, item.size - at - h.size);
            refused(ctx, span_of(variant, item.size - h.size + size));
            count++;
        }
        at += h.size + (size_t)head_payload(&h);
    }
    return count;
}

#endif
