/*
 * tests: the scan against msgpack-c. What the scan accepts, msgpack-c accepts too, and writing the object it made gives
 * the same bytes again: so accepted bytes are the one encoding of their value. What msgpack-c packs of values that may be
 * said is accepted, to the exact limits. The cursor reads any bytes unharmed.
 */
#include "fuzz.h"

#include "base/mem.h"
#include "codec/limits.h"
#include "codec/reader.h"
#include "codec/scan.h"
#include "codec/writer.h"

#include <linli/error.h>
#include <msgpack.h>
#include <string.h>

static void object_write(struct buf *out, const msgpack_object *object)
{
    switch (object->type) {
    case MSGPACK_OBJECT_NIL: write_nil(out); break;
    case MSGPACK_OBJECT_BOOLEAN: write_bool(out, object->via.boolean); break;
    case MSGPACK_OBJECT_POSITIVE_INTEGER: write_uint(out, object->via.u64); break;
    case MSGPACK_OBJECT_NEGATIVE_INTEGER: write_int(out, object->via.i64); break;
    case MSGPACK_OBJECT_STR: write_text(out, object->via.str.ptr, object->via.str.size); break;
    case MSGPACK_OBJECT_BIN: write_bin(out, object->via.bin.ptr, object->via.bin.size); break;
    case MSGPACK_OBJECT_ARRAY:
        write_array(out, object->via.array.size);
        for (uint32_t i = 0; i < object->via.array.size; i++)
            object_write(out, &object->via.array.ptr[i]);
        break;
    case MSGPACK_OBJECT_MAP:
        write_map(out, object->via.map.size);
        for (uint32_t i = 0; i < object->via.map.size; i++) {
            object_write(out, &object->via.map.ptr[i].key);
            object_write(out, &object->via.map.ptr[i].val);
        }
        break;
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
    case MSGPACK_OBJECT_EXT:
        CLAIM(0 && "a float or an extension passed the scan");
        break;
    }
}

/* The accepted item through msgpack-c and back. Its counts are bounded by its bytes, or the scan had refused it. */
static void agree_with_msgpack_c(span item)
{
    msgpack_unpacked unpacked;
    struct buf again = {0};
    size_t used = 0;

    msgpack_unpacked_init(&unpacked);
    CLAIM(msgpack_unpack_next(&unpacked, (const char *)item.at, item.size, &used) == MSGPACK_UNPACK_SUCCESS);
    CLAIM(used == item.size);
    object_write(&again, &unpacked.data);
    CLAIM(again.failed == LINLI_OK && span_equal(buf_span(&again), item));
    buf_free(&again);
    msgpack_unpacked_destroy(&unpacked);
}

/* Walk the bytes with the cursor, scanned or not: descend into containers, take the rest as it comes. */
static void walk(span bytes)
{
    struct reader r;

    reader_start(&r, bytes);
    for (;;) {
        switch (reader_peek(&r)) {
        case ITEM_NIL: reader_nil(&r); break;
        case ITEM_BOOL: reader_bool(&r); break;
        case ITEM_UINT: reader_uint(&r, UINT64_MAX); break;
        case ITEM_INT: reader_int(&r); break;
        case ITEM_TEXT: reader_text(&r, SIZE_MAX); break;
        case ITEM_BIN: reader_bin(&r, SIZE_MAX); break;
        case ITEM_ARRAY: reader_array(&r, SIZE_MAX); break;
        case ITEM_MAP: reader_map(&r, SIZE_MAX); break;
        case ITEM_NONE: return;
        }
    }
}

enum { PROGRAM_MAX = 48 };

/* --- the other way round: what msgpack-c packs within the limits, the scan accepts --- */

struct packing {
    msgpack_packer packer;
    const uint8_t *at, *end;
    size_t items;
    unsigned depth;    /* the deepest */
    bool out_of_order; /* a key that came before */
};

static uint8_t pick(struct packing *p)
{
    return p->at < p->end ? *p->at++ : 0;
}

static uint64_t pick_number(struct packing *p, uint8_t how)
{
    uint64_t n = 0;

    for (unsigned i = 0; i <= how % 9u && i < 8; i++)
        n = n << 8 | pick(p);
    return n;
}

static void pack_text(struct packing *p, uint8_t how)
{
    char text[300];
    size_t size = (size_t)pick(p) + (how & 31);

    for (size_t i = 0; i < size; i++)
        text[i] = (char)('a' + i % 26);
    msgpack_pack_str(&p->packer, size);
    msgpack_pack_str_body(&p->packer, text, size);
}

static void pack_bin(struct packing *p)
{
    uint8_t bytes[300] = {0};
    size_t size = (size_t)pick(p) + (pick(p) & 31);

    msgpack_pack_bin(&p->packer, size);
    msgpack_pack_bin_body(&p->packer, bytes, size);
}

static void pack_item(struct packing *p, unsigned depth)
{
    uint8_t how = pick(p);
    size_t count = (how >> 3) % 20;
    uint64_t key = 0;

    p->items++;
    switch (how % 8) {
    case 0: msgpack_pack_nil(&p->packer); break;
    case 1: how & 8 ? msgpack_pack_true(&p->packer) : msgpack_pack_false(&p->packer); break;
    case 2: msgpack_pack_uint64(&p->packer, pick_number(p, how >> 3)); break;
    case 3: msgpack_pack_int64(&p->packer, (int64_t)~pick_number(p, how >> 3)); break;
    case 4: pack_text(p, how >> 3); break;
    case 5: pack_bin(p); break;
    case 6:
        p->depth = depth + 1 > p->depth ? depth + 1 : p->depth;
        msgpack_pack_array(&p->packer, count);
        for (size_t i = 0; i < count; i++)
            pack_item(p, depth + 1);
        break;
    default:
        p->depth = depth + 1 > p->depth ? depth + 1 : p->depth;
        msgpack_pack_map(&p->packer, count);
        for (size_t i = 0; i < count; i++) {
            uint64_t more = pick_number(p, pick(p) % 3);
            p->out_of_order = p->out_of_order || (more == 255 && i > 0);
            key += more == 255 ? 0 : more + 1;
            p->items++;
            msgpack_pack_uint64(&p->packer, key);
            pack_item(p, depth + 1);
        }
        break;
    }
}

static void what_msgpack_c_packs_is_accepted(const uint8_t *data, size_t size)
{
    static msgpack_sbuffer out; /* kept from run to run */
    struct packing p = {.at = data, .end = data + size};

    msgpack_sbuffer_clear(&out);
    msgpack_packer_init(&p.packer, &out, msgpack_sbuffer_write);
    pack_item(&p, 0);
    span bytes = span_of(out.data, out.size);
    if (p.out_of_order) {
        CLAIM(scan_item(bytes, LIMIT_DEPTH, LIMIT_MESSAGE_ITEMS) != LINLI_OK);
        return;
    }
    int within = p.depth <= LIMIT_DEPTH && p.items <= LIMIT_MESSAGE_ITEMS ? LINLI_OK : LINLI_E_LIMIT;
    CLAIM(scan_item(bytes, LIMIT_DEPTH, LIMIT_MESSAGE_ITEMS) == within);
    if (within != LINLI_OK)
        return;
    CLAIM(scan_item(bytes, p.depth, p.items) == LINLI_OK);
    CLAIM(scan_item(bytes, LIMIT_DEPTH, p.items - 1) == LINLI_E_LIMIT);
    CLAIM(p.depth == 0 || scan_item(bytes, p.depth - 1, p.items) == LINLI_E_LIMIT);
    CLAIM(scan_item(span_of(bytes.at, bytes.size - 1), LIMIT_DEPTH, LIMIT_MESSAGE_ITEMS) != LINLI_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    span bytes = span_of(data, size);
    struct reader r;
    size_t first = 0;

    walk(bytes);
    what_msgpack_c_packs_is_accepted(data, size < PROGRAM_MAX ? size : PROGRAM_MAX);
    if (scan_first(bytes, LIMIT_DEPTH, LIMIT_MESSAGE_ITEMS, &first) != LINLI_OK)
        return 0;
    CLAIM(first > 0 && first <= size);
    reader_start(&r, bytes);
    CLAIM(reader_item(&r).size == first && r.failed == LINLI_OK);
    int whole = scan_item(bytes, LIMIT_DEPTH, LIMIT_MESSAGE_ITEMS);
    CLAIM(whole == (first == size ? LINLI_OK : LINLI_E_FORMAT));
    agree_with_msgpack_c(span_of(data, first));
    return 0;
}
