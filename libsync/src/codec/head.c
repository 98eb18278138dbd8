/* codec: the long heads of MessagePack items, and whether each is the shortest. */
#include "codec/head.h"

#include "base/check.h"

const struct long_head long_heads[32] = {
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

void head_finish(uint8_t lead, const struct long_head *form, struct head *out)
{
    if (out->kind == ITEM_BOOL)
        out->value = lead & 1;
    else
        int_finish(out, form->width, form->least);
}
