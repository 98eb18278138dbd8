/*
 * tests: the scan against msgpack-c. What the scan accepts, msgpack-c accepts too, and writing the object it made gives
 * the same bytes again: so accepted bytes are the one encoding of their value. The cursor reads any bytes unharmed.
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    span bytes = span_of(data, size);
    struct reader r;
    size_t first = 0;

    walk(bytes);
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
