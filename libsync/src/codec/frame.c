/* codec: messages cut into frames and put together again, one at a time on each stream. */
#include "codec/frame.h"
#include "base/check.h"

#include <linli/error.h>
#include <string.h>

enum { FLAG_LAST = 1 };

/* Rounded up to three bits behind the highest: eight lengths an octave, of which the last is at most an eighth too long. */
static size_t step_up(size_t size)
{
    size_t step = 1;

    while (size / step >= 16)
        step *= 2;
    return (size + step - 1) / step * step;
}

/*
 * How long the frame is made, so that its length tells little of what a person typed: a change that is pushed as it happens
 * is of one of four lengths, bulk of a few dozen. What control says is as long whatever is in the records.
 */
static size_t padded(enum frame_stream stream, size_t size)
{
    enum { LIVE_LEAST = 256, LIVE_STEP = 4, MOST = FRAME_HEAD_BYTES + FRAME_BODY_MAX };
    size_t wanted = LIVE_LEAST;

    switch (stream) { /* out of reach: frame_write lets no other stream through */
    case STREAM_LIVE:
        while (wanted < size)
            wanted *= LIVE_STEP;
        return wanted < FRAME_BODY_MAX ? wanted : MOST;
    case STREAM_BACKFILL:
    case STREAM_BLOB:
        wanted = step_up(size);
        return wanted < MOST ? wanted : MOST;
    case STREAM_CONTROL:
    case STREAM_COUNT:
        break;
    }
    return size;
}

int frame_write(struct buf *out, enum frame_stream stream, span message, size_t *sent)
{
    ALWAYS(*sent <= message.size && (unsigned)stream < STREAM_COUNT);
    size_t left = message.size - *sent;
    size_t size = left < FRAME_BODY_MAX ? left : FRAME_BODY_MAX;
    size_t whole = padded(stream, FRAME_HEAD_BYTES + size);
    uint8_t *frame = buf_extend(out, whole);

    if (frame == NULL)
        return out->failed;
    frame[0] = (uint8_t)stream;
    frame[1] = size == left ? FLAG_LAST : 0;
    be16_put(frame + 2, (uint16_t)size);
    if (size != 0)
        memcpy(frame + FRAME_HEAD_BYTES, message.at + *sent, size);
    memset(frame + FRAME_HEAD_BYTES + size, 0, whole - FRAME_HEAD_BYTES - size);
    *sent += size;
    return LINLI_OK;
}

/* Stream, flags and length agree with the bytes there, and what pads them is zero. */
static bool frame_valid(span frame)
{
    if (frame.size < FRAME_HEAD_BYTES || frame.at[0] >= STREAM_COUNT || (frame.at[1] & ~FLAG_LAST) != 0)
        return false;
    size_t size = be16_get(frame.at + 2);
    if (size > FRAME_BODY_MAX || size > frame.size - FRAME_HEAD_BYTES)
        return false;
    uint8_t padding = 0;
    for (size_t i = FRAME_HEAD_BYTES + size; i < frame.size; i++)
        padding |= frame.at[i];
    return padding == 0;
}

static void take_back(struct frame_reader *r, enum frame_stream stream)
{
    if (!r->lent[stream])
        return;
    r->lent[stream] = false;
    buf_free(&r->partial[stream]); /* a quiet stream must not keep the room of its largest message */
}

int frame_read(struct frame_reader *r, span frame, enum frame_stream *stream, span *message, bool *done)
{
    *done = false;
    *message = (span){NULL, 0};
    if (!frame_valid(frame))
        return LINLI_E_PROTOCOL;
    if (r->streams != 0 && frame.at[0] >= r->streams)
        return LINLI_E_PROTOCOL;
    *stream = (enum frame_stream)frame.at[0];
    struct buf *partial = &r->partial[*stream];
    take_back(r, *stream);
    partial->cap = r->bytes_max != 0 ? r->bytes_max : LIMIT_MESSAGE_BYTES;
    int rv = buf_append(partial, frame.at + FRAME_HEAD_BYTES, be16_get(frame.at + 2));
    if (rv != LINLI_OK)
        return rv;
    if ((frame.at[1] & FLAG_LAST) != 0) {
        *message = buf_span(partial);
        r->lent[*stream] = true;
        *done = true;
    }
    return LINLI_OK;
}

void frame_reader_release(struct frame_reader *r)
{
    for (unsigned i = 0; i < STREAM_COUNT; i++)
        take_back(r, (enum frame_stream)i);
}

void frame_reader_free(struct frame_reader *r)
{
    for (size_t i = 0; i < STREAM_COUNT; i++)
        buf_free(&r->partial[i]);
    *r = (struct frame_reader){0};
}
