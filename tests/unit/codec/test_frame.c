/* codec: messages through frames, and frames that a peer got wrong. */
#include "unit.h"

#include "base/mem.h"
#include "codec/frame.h"

#include <string.h>

static uint8_t message_bytes[LIMIT_MESSAGE_BYTES + 1];

static int setup(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(message_bytes); i++)
        message_bytes[i] = (uint8_t)(i * 31);
    return 0;
}

/* Send `message` on a stream and read it back through `r`; gives the frames used. */
static size_t carry(struct frame_reader *r, enum frame_stream stream, span message)
{
    struct buf frame = {0};
    enum frame_stream got_stream;
    span got = {NULL, 0};
    size_t sent = 0, frames = 0;
    bool done = false;

    while (!done) {
        buf_clear(&frame);
        assert_ok(frame_write(&frame, stream, message, &sent));
        assert_ok(frame_read(r, buf_span(&frame), &got_stream, &got, &done));
        assert_int_equal(got_stream, stream);
        assert_int_equal(done, sent == message.size);
        frames++;
    }
    assert_true(span_equal(got, message));
    buf_free(&frame);
    return frames;
}

static void messages_of_every_size_come_back_whole(void **state)
{
    static const size_t sizes[] = {0, 1, FRAME_BODY_MAX - 1, FRAME_BODY_MAX, FRAME_BODY_MAX + 1, LIMIT_MESSAGE_BYTES};
    struct frame_reader r = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        size_t frames = carry(&r, STREAM_LIVE, span_of(message_bytes, sizes[i]));
        size_t full = (sizes[i] + FRAME_BODY_MAX - 1) / FRAME_BODY_MAX;
        assert_int_equal(frames, full == 0 ? 1 : full);
    }
    frame_reader_free(&r);
}

static void streams_interleave_without_touching_each_other(void **state)
{
    struct frame_reader r = {0};
    struct buf frame = {0};
    span large = span_of(message_bytes, 40000), got;
    enum frame_stream stream;
    size_t sent = 0;
    bool done = false;

    (void)state;
    while (!done) {
        buf_clear(&frame);
        assert_ok(frame_write(&frame, STREAM_BACKFILL, large, &sent));
        assert_ok(frame_read(&r, buf_span(&frame), &stream, &got, &done));
        if (!done)
            carry(&r, STREAM_CONTROL, span_of("ping", 4));
    }
    carry(&r, STREAM_BLOB, span_of("x", 1));
    assert_true(span_equal(got, large)); /* lent until the next call on its own stream */
    buf_free(&frame);
    frame_reader_free(&r);
}

static void zero_padding_is_passed_over_and_any_other_is_refused(void **state)
{
    struct frame_reader r = {0};
    uint8_t frame[] = {STREAM_LIVE, 1, 0, 2, 'h', 'i', 0, 0, 0};
    enum frame_stream stream;
    span message;
    bool done;

    (void)state;
    assert_ok(frame_read(&r, span_of(frame, sizeof(frame)), &stream, &message, &done));
    assert_true(done && span_equal(message, span_of("hi", 2)));
    frame[8] = 1;
    assert_code(frame_read(&r, span_of(frame, sizeof(frame)), &stream, &message, &done), LINLI_E_PROTOCOL);
    assert_false(done);
    frame_reader_free(&r);
}

/* How many lengths the frames of all messages up to the largest frame have on a stream; each is at most `worst` times too long. */
static size_t lengths_on(enum frame_stream stream, size_t worst_percent)
{
    static bool seen[FRAME_HEAD_BYTES + FRAME_BODY_MAX + 1];
    struct buf frame = {0};
    size_t lengths = 0;

    memset(seen, 0, sizeof(seen));
    for (size_t size = 0; size <= FRAME_BODY_MAX; size++) {
        size_t sent = 0;
        buf_clear(&frame);
        assert_ok(frame_write(&frame, stream, span_of(message_bytes, size), &sent));
        assert_in_range(frame.size, FRAME_HEAD_BYTES + size, FRAME_HEAD_BYTES + FRAME_BODY_MAX);
        assert_true(frame.size <= 256 || frame.size * 100 <= (FRAME_HEAD_BYTES + size) * worst_percent);
        lengths += !seen[frame.size];
        seen[frame.size] = true;
    }
    buf_free(&frame);
    return lengths;
}

static void what_is_typed_is_hidden_in_a_few_lengths(void **state)
{
    (void)state;
    assert_int_equal(lengths_on(STREAM_LIVE, 400), 4);
    assert_true(lengths_on(STREAM_BACKFILL, 113) < 100);
    assert_true(lengths_on(STREAM_BLOB, 113) < 100);
}

static void frames_that_break_the_form_are_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } cases[] = {
        {"", 0},
        {"\0\1\0", 3},            /* head cut short */
        {"\4\1\0\0", 4},          /* no such stream */
        {"\0\2\0\0", 4},          /* no such flag */
        {"\0\xff\0\0", 4},
        {"\0\1\0\1", 4},          /* body longer than the frame */
        {"\0\1\0\3ab", 6},
    };
    static uint8_t long_body[FRAME_HEAD_BYTES + FRAME_BODY_MAX + 1] = {0, 1, 0x40, 0x01};
    struct frame_reader r = {0};
    enum frame_stream stream;
    span message;
    bool done;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_code(frame_read(&r, span_of(cases[i].bytes, cases[i].size), &stream, &message, &done),
                    LINLI_E_PROTOCOL);
    assert_code(frame_read(&r, span_of(long_body, sizeof(long_body)), &stream, &message, &done), LINLI_E_PROTOCOL);
    frame_reader_free(&r);
}

static void a_message_over_its_limit_is_refused_before_memory_is_reserved_for_it(void **state)
{
    struct frame_reader r = {0};
    struct buf frame = {0};
    enum frame_stream stream;
    span message;
    size_t sent = 0;
    bool done;
    int rv = LINLI_OK;

    (void)state;
    heap_watch();
    while (rv == LINLI_OK && sent < sizeof(message_bytes)) {
        buf_clear(&frame);
        assert_ok(frame_write(&frame, STREAM_LIVE, span_of(message_bytes, sizeof(message_bytes)), &sent));
        rv = frame_read(&r, buf_span(&frame), &stream, &message, &done);
    }
    assert_code(rv, LINLI_E_LIMIT);
    assert_true(heap_largest() <= LIMIT_MESSAGE_BYTES);
    buf_free(&frame);
    frame_reader_free(&r);
    assert_int_equal(heap_live(), 0);
    heap_unwatch();
}

static void an_idle_reader_gives_its_memory_back(void **state)
{
    struct frame_reader r = {0};

    (void)state;
    heap_watch();
    carry(&r, STREAM_LIVE, span_of(message_bytes, 100000));
    assert_true(heap_live() > 0);
    frame_reader_release(&r);
    assert_int_equal(heap_live(), 0);
    carry(&r, STREAM_LIVE, span_of("again", 5));
    frame_reader_free(&r);
    assert_int_equal(heap_live(), 0);
    heap_unwatch();
}

static int carry_both_ways(void *ctx)
{
    struct frame_reader r = {0};
    struct buf frame = {0};
    enum frame_stream stream;
    size_t sent = 0;
    bool done = false;
    int rv = LINLI_OK;
    span message, got;

    (void)ctx;
    message = span_of(message_bytes, 50000);
    while (rv == LINLI_OK && !done) {
        buf_clear(&frame);
        rv = frame_write(&frame, STREAM_BLOB, message, &sent);
        if (rv == LINLI_OK)
            rv = frame_read(&r, buf_span(&frame), &stream, &got, &done);
    }
    buf_free(&frame);
    frame_reader_free(&r);
    return rv;
}

static void frames_that_find_no_memory_say_so_and_leak_nothing(void **state)
{
    (void)state;
    assert_true(heap_each_failure(carry_both_ways, NULL) >= 3);
}

static void a_reader_with_a_limit_of_its_own_goes_by_that(void **state)
{
    static const uint8_t three[] = {STREAM_LIVE, 1, 0, 3, 'a', 'b', 'c'}, four[] = {STREAM_LIVE, 1, 0, 4, 'a', 'b', 'c', 'd'};
    struct frame_reader r = {.bytes_max = 3};
    enum frame_stream stream;
    span message;
    bool done;

    (void)state;
    assert_ok(frame_read(&r, span_of(three, sizeof(three)), &stream, &message, &done));
    assert_true(done && message.size == 3);
    assert_code(frame_read(&r, span_of(four, sizeof(four)), &stream, &message, &done), LINLI_E_LIMIT);
    assert_false(done);
    frame_reader_free(&r);
}

static void a_reader_of_the_first_streams_knows_no_other(void **state)
{
    static const uint8_t last[] = {STREAM_LIVE, 1, 0, 1, 'x'}, beyond[] = {STREAM_BACKFILL, 1, 0, 1, 'x'};
    struct frame_reader r = {.streams = STREAM_LIVE + 1};
    enum frame_stream stream;
    span message;
    bool done;

    (void)state;
    assert_ok(frame_read(&r, span_of(last, sizeof(last)), &stream, &message, &done));
    assert_true(done);
    assert_code(frame_read(&r, span_of(beyond, sizeof(beyond)), &stream, &message, &done), LINLI_E_PROTOCOL);
    assert_false(done);
    assert_null(r.partial[STREAM_BACKFILL].at);
    frame_reader_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_of_every_size_come_back_whole),
        cmocka_unit_test(streams_interleave_without_touching_each_other),
        cmocka_unit_test(zero_padding_is_passed_over_and_any_other_is_refused),
        cmocka_unit_test(what_is_typed_is_hidden_in_a_few_lengths),
        cmocka_unit_test(frames_that_break_the_form_are_refused),
        cmocka_unit_test(a_message_over_its_limit_is_refused_before_memory_is_reserved_for_it),
        cmocka_unit_test(a_reader_with_a_limit_of_its_own_goes_by_that),
        cmocka_unit_test(a_reader_of_the_first_streams_knows_no_other),
        cmocka_unit_test(an_idle_reader_gives_its_memory_back),
        cmocka_unit_test(frames_that_find_no_memory_say_so_and_leak_nothing),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
