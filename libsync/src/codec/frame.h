/*
 * codec: frames inside the encrypted channel (proto/session.md 1). One Noise transport message carries one frame:
 * u8 stream, u8 flags (1 = last frame of its message), u16 big-endian body length, body, zero padding.
 * Messages of different streams may interleave; those of one stream may not.
 */
#ifndef LINLI_CODEC_FRAME_H
#define LINLI_CODEC_FRAME_H

#include "base/bytes.h"
#include "codec/limits.h"

enum frame_stream { STREAM_CONTROL, STREAM_LIVE, STREAM_BACKFILL, STREAM_BLOB, STREAM_COUNT };
enum { FRAME_HEAD_BYTES = 4, FRAME_BODY_MAX = 16 * 1024 };

struct frame_reader {
    struct buf partial[STREAM_COUNT];
    bool lent[STREAM_COUNT]; /* `partial` is a whole message, lent to the caller */
    unsigned streams;        /* of the first so many only; 0: of all */
    size_t bytes_max;        /* of one message; 0: LIMIT_MESSAGE_BYTES */
};

/* Append to `out` one frame, padded, with up to FRAME_BODY_MAX bytes of `message` from `*sent` on, and move `*sent`. */
int frame_write(struct buf *out, enum frame_stream stream, span message, size_t *sent);
/*
 * Take in one decrypted frame. When it ends a message, `*message` lends it until the next call on that stream and
 * `*done` is true. Returns LINLI_OK; LINLI_E_PROTOCOL (unknown stream or flag, lengths that disagree, padding not zero);
 * LINLI_E_LIMIT (message over LIMIT_MESSAGE_BYTES); LINLI_E_NOMEM.
 */
int frame_read(struct frame_reader *r, span frame, enum frame_stream *stream, span *message, bool *done);
/* Take lent messages back at once, with their memory: for a reader that goes idle. */
void frame_reader_release(struct frame_reader *r);
void frame_reader_free(struct frame_reader *r);

#endif
