/* codec: the head of one MessagePack item, read the same way by the scan and by the reader. */
#ifndef LINLI_CODEC_HEAD_H
#define LINLI_CODEC_HEAD_H

#include "codec/reader.h"

struct head {
    enum item_kind kind;
    bool canonical;  /* the shortest head for what it says */
    size_t size;     /* bytes of the head itself */
    uint64_t value;  /* integer (two's complement for ITEM_INT), bool, byte length, or count of items or pairs */
};

/* The heads 0xc0 to 0xdf: `width` bytes of value follow, and a value under `least` has a shorter head. */
struct long_head {
    uint8_t kind, width;
    uint64_t least;
};
extern const struct long_head long_heads[32];

/* What a head of `width` bytes of value says, 0 without any. */
static inline uint64_t head_value(const uint8_t *at, unsigned width)
{
    switch (width) {
    case 0: return 0;
    case 1: return at[0];
    case 2: return be16_get(at);
    case 4: return be32_get(at);
    default: return be64_get(at);
    }
}

/* The last step for a bool or a signed integer, whose value is not as it stands. */
void head_finish(uint8_t lead, const struct long_head *form, struct head *out);

static inline bool head_read_long(const uint8_t *at, const uint8_t *end, struct head *out)
{
    const struct long_head *form = &long_heads[*at - 0xc0];

    if (form->kind == ITEM_NONE || end - at - 1 < form->width)
        return false;
    out->kind = (enum item_kind)form->kind;
    out->size = 1u + form->width;
    out->value = head_value(at + 1, form->width);
    out->canonical = out->value >= form->least;
    if (out->kind == ITEM_BOOL || out->kind == ITEM_INT)
        head_finish(*at, form, out);
    return true;
}

/*
 * Read the head at `at`, without looking at what follows it. Every byte from outside passes here several times: so it is inline.
 * Returns: true; false when it is cut short, or is of a kind that is never used here (float, extension, 0xc1).
 */
static inline bool head_read(const uint8_t *at, const uint8_t *end, struct head *out)
{
    if (at == end)
        return false;
    uint8_t lead = *at;
    if (lead >= 0xc0 && lead < 0xe0)
        return head_read_long(at, end, out);
    out->size = 1;
    out->canonical = true;
    if (lead < 0x80) {
        out->kind = ITEM_UINT;
        out->value = lead;
    } else if (lead < 0x90) {
        out->kind = ITEM_MAP;
        out->value = lead & 0x0f;
    } else if (lead < 0xa0) {
        out->kind = ITEM_ARRAY;
        out->value = lead & 0x0f;
    } else if (lead < 0xc0) {
        out->kind = ITEM_TEXT;
        out->value = lead & 0x1f;
    } else {
        out->kind = ITEM_INT;
        out->value = ~(uint64_t)0xff | lead;
    }
    return true;
}

/* How many items stand inside the item: a map's keys and values count one each. */
static inline uint64_t head_children(const struct head *h)
{
    if (h->kind == ITEM_MAP)
        return 2 * h->value;
    return h->kind == ITEM_ARRAY ? h->value : 0;
}

/* How many bytes of payload follow the head. */
static inline uint64_t head_payload(const struct head *h)
{
    return h->kind == ITEM_TEXT || h->kind == ITEM_BIN ? h->value : 0;
}

#endif
