/* codec: canonical MessagePack out, through msgpack-c's packer into a `struct buf` (errors stick in the buffer). */
#ifndef LINLI_CODEC_WRITER_H
#define LINLI_CODEC_WRITER_H

#include "base/bytes.h"

void write_nil(struct buf *out);
void write_bool(struct buf *out, bool v);
void write_uint(struct buf *out, uint64_t v);
void write_int(struct buf *out, int64_t v);         /* non-negative values in unsigned form */
void write_text(struct buf *out, const char *text, size_t size);
void write_bin(struct buf *out, const void *at, size_t size);
void write_array(struct buf *out, size_t count);
void write_map(struct buf *out, size_t count);      /* then count times: write_uint key (rising), value */
void write_raw(struct buf *out, span item);         /* an item already encoded */

size_t uint_size(uint64_t v);                       /* how many bytes write_uint writes */

#endif
