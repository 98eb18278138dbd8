/* codec: the long heads of MessagePack items, and whether each is the shortest. */
#include "codec/head.h"

#include "base/check.h"

/* The long heads, 0xc0 to 0xdf: `width` bytes of value follow, and a value under `least` has a shorter head. */
struct long_head {
    uint8_t kind, width;
    uint64_t least;
};
static const struct long_head long_heads[32] = {
    [0x00] = {ITEM_NIL, 0, 0},         [0x01] = {ITEM_NONE, 0, 0},
    [0x02] = {ITEM_BOOL, 0, 0},        [0x03] = {ITEM_BOOL, 0, 0},
    [0x04] = {ITEM_BIN, 1, 0},         [0x05] = {ITEM_BIN, 2, 0x100},
    [0x06] = {ITEM_BIN, 4, 0x10000},   [0x07] = {ITEM_NONE, 0, 0},
    [0x08] = {ITEM_NONE, 0, 0},        [0x09] = {ITEM_NONE, 0, 0},
    [0x0a] = {ITEM_NONE, 0, 0},        [0x0b] = {ITEM_NONE, 0, 0},
    [0x0c] = {ITEM_UINT, 1, 0x80},     [0x0d] = {ITEM_UINT, 2, 0x100},
    [0x0e] = {ITEM_UINT, 4, 0x10000},  [0x0f] = {ITEM_UINT, 8, UINT64_C(0x100000000)},
    [0x10] = {ITEM_INT, 1, 0x20},      [0x11] = {ITEM_INT, 2, 0x80},
    [0x12] = {ITEM_INT, 4, 0x8000},    [0x13] = {ITEM_INT, 8, 0x80000000},
    [0x14] = {ITEM_NONE, 0, 0},        [0x15] = {ITEM_NONE, 0, 0},
    [0x16] = {ITEM_NONE, 0, 0},        [0x17] = {ITEM_NONE, 0, 0},
    [0x18] = {ITEM_NONE, 0, 0},        [0x19] = {ITEM_TEXT, 1, 0x20},
    [0x1a] = {ITEM_TEXT, 2, 0x100},    [0x1b] = {ITEM_TEXT, 4, 0x10000},
    [0x1c] = {ITEM_ARRAY, 2, 0x10},    [0x1d] = {ITEM_ARRAY, 4, 0x10000},
    [0x1e] = {ITEM_MAP, 2, 0x10},      [0x1f] = {ITEM_MAP, 4, 0x10000},
};

/* A signed integer of `width` bytes: a negative one keeps ITEM_INT, a non-negative one has a shorter unsigned head. */
static void int_finish(struct head *h, unsigned width, uint64_t least)
{
    ALWAYS(width > 0);
    uint64_t sign = UINT64_C(1) << (8 * width - 1);

    if ((h->value & sign) == 0) {
        h->kind = ITEM_UINT;
        h->canonical = false;
        return;
    }
    if (width < 8)
        h->value |= ~(2 * sign - 1);
    h->canonical = ~h->value >= least; /* ~v is -v - 1: -33 gives 0x20 */
}

bool head_read_long(const uint8_t *at, const uint8_t *end, struct head *out)
{
    const struct long_head *form = &long_heads[*at - 0xc0];

    if (form->kind == ITEM_NONE || end - at - 1 < form->width)
        return false;
    out->kind = (enum item_kind)form->kind;
    out->size = 1u + form->width;
    out->value = 0;
    for (unsigned i = 1; i <= form->width; i++)
        out->value = out->value << 8 | at[i];
    out->canonical = out->value >= form->least;
    if (out->kind == ITEM_BOOL)
        out->value = *at & 1;
    else if (out->kind == ITEM_INT)
        int_finish(out, form->width, form->least);
    return true;
}
