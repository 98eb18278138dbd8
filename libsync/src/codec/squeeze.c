/* codec: zstd. The only file that knows it. */
#include "codec/squeeze.h"

#include <linli/error.h>
#include <zstd.h>

enum { LEVEL = 3 };

int squeeze(span plain, struct buf *out)
{
    size_t room = ZSTD_compressBound(plain.size), before = out->size;
    uint8_t *at = buf_extend(out, room);

    if (at == NULL)
        return out->failed;
    size_t size = ZSTD_compress(at, room, plain.at, plain.size, LEVEL);
    bool failed = ZSTD_isError(size);
    out->size = failed ? before : before + size; /* out of reach: there is room, and zstd's own heap is not ours to fail */
    return failed ? LINLI_E_NOMEM : LINLI_OK;
}

int unsqueeze(struct arena *a, span squeezed, size_t max, span *plain)
{
    unsigned long long size = ZSTD_getFrameContentSize(squeezed.at, squeezed.size);

    if (size == ZSTD_CONTENTSIZE_ERROR)
        return LINLI_E_FORMAT;
    if (size > max) /* ZSTD_CONTENTSIZE_UNKNOWN too */
        return LINLI_E_LIMIT;
    if (ZSTD_findFrameCompressedSize(squeezed.at, squeezed.size) != squeezed.size)
        return LINLI_E_FORMAT;
    uint8_t *at = arena_alloc(a, (size_t)size);
    if (at == NULL)
        return LINLI_E_NOMEM;
    if (ZSTD_decompress(at, (size_t)size, squeezed.at, squeezed.size) != size)
        return LINLI_E_FORMAT;
    *plain = span_of(at, (size_t)size);
    return LINLI_OK;
}
