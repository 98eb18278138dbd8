/*
 * codec: the forward cursor over scanned MessagePack. Our own rather than msgpack-c's unpacker, which builds a tree of
 * up to 24 bytes for each item and so turns a message into many times its size; the cursor reserves nothing.
 */
#include "codec/reader.h"
#include "base/check.h"
#include "codec/head.h"

#include <linli/error.h>
#include <string.h>

void reader_start(struct reader *r, span bytes)
{
    r->at = bytes.at;
    r->end = bytes.size == 0 ? bytes.at : bytes.at + bytes.size;
    r->failed = LINLI_OK;
}

void reader_fail(struct reader *r)
{
    r->failed = LINLI_E_FORMAT;
    r->at = r->end; /* nothing more can be read, whatever the caller does next */
}

/* Take the head of an item of `kind`; anything else there is an error. */
static bool take(struct reader *r, enum item_kind kind, struct head *h)
{
    if (!head_read(r->at, r->end, h) || h->kind != kind) {
        reader_fail(r);
        return false;
    }
    r->at += h->size;
    return true;
}

static span payload(struct reader *r, enum item_kind kind, size_t max_bytes)
{
    struct head h;

    if (!take(r, kind, &h))
        return (span){NULL, 0};
    if (h.value > max_bytes || h.value > (size_t)(r->end - r->at)) {
        reader_fail(r);
        return (span){NULL, 0};
    }
    span bytes = span_of(r->at, (size_t)h.value);
    r->at += bytes.size;
    return bytes;
}

static size_t container(struct reader *r, enum item_kind kind, size_t max_count)
{
    struct head h;

    if (!take(r, kind, &h))
        return 0;
    if (h.value > max_count || head_children(&h) > (size_t)(r->end - r->at)) {
        reader_fail(r);
        return 0;
    }
    return (size_t)h.value;
}

enum item_kind reader_peek(struct reader *r)
{
    struct head h;

    return head_read(r->at, r->end, &h) ? h.kind : ITEM_NONE;
}

bool reader_nil(struct reader *r)
{
    if (r->at == r->end || reader_peek(r) != ITEM_NIL)
        return false;
    r->at++;
    return true;
}

bool reader_bool(struct reader *r)
{
    struct head h;

    return take(r, ITEM_BOOL, &h) && h.value != 0;
}

uint64_t reader_uint(struct reader *r, uint64_t max)
{
    struct head h;

    if (!take(r, ITEM_UINT, &h))
        return 0;
    if (h.value > max) {
        reader_fail(r);
        return 0;
    }
    return h.value;
}

int64_t reader_int(struct reader *r)
{
    struct head h;
    int64_t v;

    if (reader_peek(r) != ITEM_INT)
        return (int64_t)reader_uint(r, INT64_MAX);
    bool taken = take(r, ITEM_INT, &h);
    ALWAYS(taken); /* it was looked at */
    memcpy(&v, &h.value, sizeof(v)); /* two's complement, which int64_t is by the standard */
    return v;
}

span reader_text(struct reader *r, size_t max_bytes)
{
    return payload(r, ITEM_TEXT, max_bytes);
}

span reader_bin(struct reader *r, size_t max_bytes)
{
    return payload(r, ITEM_BIN, max_bytes);
}

void reader_fixed(struct reader *r, void *out, size_t size)
{
    span bytes = payload(r, ITEM_BIN, size);

    if (r->failed == LINLI_OK && bytes.size != size)
        reader_fail(r);
    if (r->failed != LINLI_OK)
        memset(out, 0, size);
    else if (size != 0)
        memcpy(out, bytes.at, size);
}

size_t reader_array(struct reader *r, size_t max_count)
{
    return container(r, ITEM_ARRAY, max_count);
}

size_t reader_map(struct reader *r, size_t max_count)
{
    return container(r, ITEM_MAP, max_count);
}

span reader_item(struct reader *r)
{
    const uint8_t *start = r->at;
    uint64_t owed = 1; /* a counter in place of a stack: containers need not be told apart to be passed over */

    while (owed > 0) {
        struct head h;
        if (!head_read(r->at, r->end, &h))
            break;
        r->at += h.size;
        uint64_t bytes_left = (uint64_t)(r->end - r->at);
        if (head_payload(&h) > bytes_left || head_children(&h) > bytes_left)
            break;
        r->at += head_payload(&h);
        owed += head_children(&h) - 1;
    }
    if (owed > 0) {
        reader_fail(r);
        return (span){NULL, 0};
    }
    return span_of(start, (size_t)(r->at - start));
}

void reader_skip(struct reader *r)
{
    (void)reader_item(r); /* an error sticks in the reader */
}

bool reader_scalar(struct reader *r)
{
    struct head h;

    if (!head_read(r->at, r->end, &h) || h.kind == ITEM_ARRAY || h.kind == ITEM_MAP ||
        head_payload(&h) > (uint64_t)(r->end - r->at) - h.size) {
        reader_fail(r);
        return false;
    }
    r->at += h.size + head_payload(&h);
    return true;
}

int reader_end(struct reader *r)
{
    if (r->failed == LINLI_OK && r->at != r->end)
        reader_fail(r);
    return r->failed;
}
