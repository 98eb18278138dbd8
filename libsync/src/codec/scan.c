/* codec: the bounds scan: one pass, a fixed stack, no allocation, run before any decoder sees bytes from outside. */
#include "codec/scan.h"
#include "base/check.h"
#include "codec/head.h"
#include "codec/limits.h"

#include <linli/error.h>
#include <string.h>

/* An open container. */
struct level {
    uint64_t left;   /* items of it still to come */
    uint64_t least;  /* in a map, where the next item is a key: the smallest key that may come */
    bool map;
};

struct scan {
    const uint8_t *at, *end;
    unsigned depth, depth_max;
    uint64_t owed;       /* items still to come in all open containers: each needs a byte at the least */
    uint64_t spare;      /* how many more than those may still be announced */
    struct level levels[1 + LIMIT_DEPTH]; /* the first holds the item itself */
};

/* In a map the items alternate key, value, so a key is next when an even number of items is left. */
static int key_check(struct level *level, const struct head *h)
{
    if (!level->map || level->left % 2 != 0)
        return LINLI_OK;
    if (h->kind != ITEM_UINT || h->value < level->least)
        return LINLI_E_FORMAT;
    if (h->value == UINT64_MAX && level->left > 2)
        return LINLI_E_FORMAT; /* no key can follow the greatest one */
    level->least = h->value + (h->value != UINT64_MAX);
    return LINLI_OK;
}

static int container_open(struct scan *s, const struct head *h)
{
    uint64_t children = head_children(h);
    uint64_t bytes_left = (uint64_t)(s->end - s->at);

    if (s->depth == s->depth_max)
        return LINLI_E_LIMIT;
    if (children > bytes_left || s->owed > bytes_left - children)
        return LINLI_E_LIMIT; /* more items than there are bytes for */
    if (children > s->spare)
        return LINLI_E_LIMIT;
    s->owed += children;
    s->spare -= children;
    s->levels[++s->depth] = (struct level){.left = children, .least = 0, .map = h->kind == ITEM_MAP};
    return LINLI_OK;
}

static int payload_skip(struct scan *s, const struct head *h)
{
    uint64_t bytes_left = (uint64_t)(s->end - s->at);

    if (h->value > bytes_left || s->owed > bytes_left - h->value)
        return LINLI_E_LIMIT;
    if (h->kind == ITEM_TEXT && !utf8_valid(span_of(s->at, (size_t)h->value)))
        return LINLI_E_FORMAT;
    s->at += h->value;
    return LINLI_OK;
}

/* Take one head (and, of a text or binary, its bytes) off the input. */
static int step(struct scan *s)
{
    struct level *level = &s->levels[s->depth];
    struct head h;
    int rv = LINLI_E_FORMAT;

    if (head_read(s->at, s->end, &h) && h.canonical)
        rv = key_check(level, &h);
    if (rv != LINLI_OK)
        return rv;
    level->left--;
    s->owed--;
    s->at += h.size;
    if (h.kind == ITEM_ARRAY || h.kind == ITEM_MAP)
        rv = container_open(s, &h);
    else if (h.kind == ITEM_TEXT || h.kind == ITEM_BIN)
        rv = payload_skip(s, &h);
    while (s->depth > 0 && s->levels[s->depth].left == 0)
        s->depth--;
    return rv;
}

int scan_first(span bytes, unsigned depth_max, size_t items_max, size_t *size)
{
    struct scan s;

    ALWAYS(depth_max <= LIMIT_DEPTH);
    if (bytes.size == 0)
        return LINLI_E_FORMAT;
    if (items_max == 0)
        return LINLI_E_LIMIT;
    s.at = bytes.at;
    s.end = bytes.at + bytes.size;
    s.depth = 0;
    s.depth_max = depth_max;
    s.owed = 1;
    s.spare = items_max - 1;
    s.levels[0] = (struct level){.left = 1};
    do {
        int rv = step(&s);
        if (rv != LINLI_OK)
            return rv;
    } while (s.owed > 0);
    *size = (size_t)(s.at - bytes.at);
    return LINLI_OK;
}

int scan_item(span bytes, unsigned depth_max, size_t items_max)
{
    size_t size = 0;
    int rv = scan_first(bytes, depth_max, items_max, &size);

    if (rv == LINLI_OK && size != bytes.size)
        return LINLI_E_FORMAT;
    return rv;
}

/* How many bytes follow the lead byte, and the least and greatest second byte (Unicode 15, table 3-7); 0 = no lead. */
static unsigned utf8_tail(uint8_t lead, uint8_t *low, uint8_t *high)
{
    *low = 0x80;
    *high = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf)
        return 1;
    if (lead >= 0xe0 && lead <= 0xef) {
        if (lead == 0xe0)
            *low = 0xa0; /* else an overlong form */
        if (lead == 0xed)
            *high = 0x9f; /* else a surrogate */
        return 2;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        if (lead == 0xf0)
            *low = 0x90;
        if (lead == 0xf4)
            *high = 0x8f; /* else past U+10FFFF */
        return 3;
    }
    return 0;
}

/* How many bytes from `i` on are ASCII and no NUL, by eights: most text is. */
static size_t ascii_run(span text, size_t i)
{
    static const uint64_t highs = UINT64_C(0x8080808080808080), ones = UINT64_C(0x0101010101010101);
    size_t from = i;

    for (uint64_t word; i + sizeof(word) <= text.size; i += sizeof(word)) {
        memcpy(&word, text.at + i, sizeof(word));
        if (((word | (word - ones)) & highs) != 0) /* a high bit is set, or a byte is zero */
            break;
    }
    return i - from;
}

bool utf8_valid(span text)
{
    size_t i = ascii_run(text, 0);

    while (i < text.size) {
        uint8_t low, high;
        if (text.at[i] == 0)
            return false; /* a C string would end here, and show another text than was signed */
        if (text.at[i] < 0x80) {
            i++;
            continue;
        }
        unsigned tail = utf8_tail(text.at[i], &low, &high);
        if (tail == 0 || tail >= text.size - i)
            return false;
        if (text.at[i + 1] < low || text.at[i + 1] > high)
            return false;
        for (unsigned k = 2; k <= tail; k++)
            if ((text.at[i + k] & 0xc0) != 0x80)
                return false;
        i += 1 + tail;
    }
    return true;
}
