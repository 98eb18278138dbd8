/* codec: canonical MessagePack out. msgpack-c's packer chooses the shortest head; this file keeps it to what scan.h allows. */
#include "codec/writer.h"

#include <linli/error.h>
#include <msgpack.h>

static int into_buf(void *data, const char *bytes, size_t size)
{
    return buf_append(data, bytes, size) == LINLI_OK ? 0 : -1;
}

/* The packer's own return values are not looked at: the first error sticks in the buffer, where the caller reads it. */
static msgpack_packer packer_on(struct buf *out)
{
    msgpack_packer packer;

    msgpack_packer_init(&packer, out, into_buf);
    return packer;
}

/* MessagePack's lengths and counts end at 32 bits. */
static bool fits(struct buf *out, size_t size)
{
    if (size > UINT32_MAX && out->failed == LINLI_OK)
        out->failed = LINLI_E_LIMIT;
    return size <= UINT32_MAX;
}

void write_nil(struct buf *out)
{
    msgpack_packer packer = packer_on(out);

    msgpack_pack_nil(&packer);
}

void write_bool(struct buf *out, bool v)
{
    msgpack_packer packer = packer_on(out);

    if (v)
        msgpack_pack_true(&packer);
    else
        msgpack_pack_false(&packer);
}

void write_uint(struct buf *out, uint64_t v)
{
    msgpack_packer packer = packer_on(out);

    msgpack_pack_uint64(&packer, v);
}

void write_int(struct buf *out, int64_t v)
{
    msgpack_packer packer = packer_on(out);

    if (v >= 0)
        msgpack_pack_uint64(&packer, (uint64_t)v);
    else
        msgpack_pack_int64(&packer, v);
}

void write_text(struct buf *out, const char *text, size_t size)
{
    msgpack_packer packer = packer_on(out);

    if (!fits(out, size))
        return;
    msgpack_pack_str(&packer, size);
    buf_append(out, text, size);
}

void write_bin(struct buf *out, const void *at, size_t size)
{
    msgpack_packer packer = packer_on(out);

    if (!fits(out, size))
        return;
    msgpack_pack_bin(&packer, size);
    buf_append(out, at, size);
}

void write_array(struct buf *out, size_t count)
{
    msgpack_packer packer = packer_on(out);

    if (fits(out, count))
        msgpack_pack_array(&packer, count);
}

void write_map(struct buf *out, size_t count)
{
    msgpack_packer packer = packer_on(out);

    if (fits(out, count))
        msgpack_pack_map(&packer, count);
}

void write_raw(struct buf *out, span item)
{
    buf_append(out, item.at, item.size);
}

size_t uint_size(uint64_t v)
{
    return v < 0x80 ? 1 : v < 0x100 ? 2 : v < 0x10000 ? 3 : v <= UINT32_MAX ? 5 : 9;
}
