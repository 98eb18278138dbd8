/*
 * tests: the frame reader on any sequence of frames. The input is a list of frames, each after its length in 16 bits.
 * What it gives out is never longer than the limit and never more than came in; what was read can be written again and
 * reads the same.
 */
#include "fuzz.h"

#include "codec/frame.h"

#include <linli/error.h>

static void written_again_reads_the_same(enum frame_stream stream, span message)
{
    struct frame_reader r = {0};
    struct buf frame = {0};
    enum frame_stream got_stream = STREAM_COUNT;
    span got = {NULL, 0};
    size_t sent = 0;
    bool done = false;

    while (!done) {
        buf_clear(&frame);
        CLAIM(frame_write(&frame, stream, message, &sent) == LINLI_OK);
        CLAIM(frame_read(&r, buf_span(&frame), &got_stream, &got, &done) == LINLI_OK);
    }
    CLAIM(got_stream == stream && span_equal(got, message));
    buf_free(&frame);
    frame_reader_free(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame_reader r = {0};
    size_t at = 0, read = 0, given = 0;

    while (size - at >= 2) {
        size_t frame_size = be16_get(data + at);
        enum frame_stream stream = STREAM_COUNT;
        span message;
        bool done;
        at += 2;
        if (frame_size > size - at)
            frame_size = size - at;
        int rv = frame_read(&r, span_of(data + at, frame_size), &stream, &message, &done);
        CLAIM(rv == LINLI_OK || rv == LINLI_E_PROTOCOL || rv == LINLI_E_LIMIT);
        at += frame_size;
        read += frame_size;
        if (rv != LINLI_OK) {
            CLAIM(!done && message.at == NULL);
            break;
        }
        if (!done)
            continue;
        given += message.size;
        CLAIM((unsigned)stream < STREAM_COUNT && message.size <= LIMIT_MESSAGE_BYTES && given <= read);
        written_again_reads_the_same(stream, message);
    }
    frame_reader_free(&r);
    return 0;
}
