/* codec: bytes made smaller and back, and frames that a peer made to cost more than they may. */
#include "unit.h"

#include "codec/squeeze.h"

#include <string.h>

enum { PLAIN_BYTES = 20000 };
static uint8_t plain[PLAIN_BYTES];

static int setup(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(plain); i++)
        plain[i] = (uint8_t)(i / 50 * 7);
    return 0;
}

static void what_was_made_smaller_comes_back_whole(void **state)
{
    static const size_t sizes[] = {0, 1, 1000, PLAIN_BYTES};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct buf out = {0};
        struct arena a = {0};
        span back;
        assert_ok(buf_append(&out, "before", 6));
        assert_ok(squeeze(span_of(plain, sizes[i]), &out));
        assert_memory_equal(out.at, "before", 6);
        assert_true(out.size < 6 + sizes[i] / 4 + 20);
        assert_ok(unsqueeze(&a, span_of(out.at + 6, out.size - 6), sizes[i], &back));
        assert_true(span_equal(back, span_of(plain, sizes[i])));
        arena_free(&a);
        buf_free(&out);
    }
}

static void a_frame_that_says_more_than_may_come_of_it_reserves_nothing(void **state)
{
    struct buf out = {0};
    struct arena a = {0};
    span back;

    (void)state;
    assert_ok(squeeze(span_of(plain, sizeof(plain)), &out));
    heap_watch();
    assert_code(unsqueeze(&a, buf_span(&out), sizeof(plain) - 1, &back), LINLI_E_LIMIT);
    /* a frame need not say its size: the bit of the 4-byte size is off, so there is none to believe */
    static const uint8_t silent[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58, 0x01, 0x00, 0x00};
    assert_code(unsqueeze(&a, span_of(silent, sizeof(silent)), sizeof(plain), &back), LINLI_E_LIMIT);
    assert_int_equal(heap_count(), 0);
    heap_unwatch();
    buf_free(&out);
}

static void what_is_no_whole_frame_is_refused(void **state)
{
    struct buf out = {0};
    struct arena a = {0};
    span back;

    (void)state;
    assert_code(unsqueeze(&a, span_of("no frame at all", 15), 100, &back), LINLI_E_FORMAT);
    assert_ok(squeeze(span_of(plain, 1000), &out));
    size_t one = out.size;
    for (size_t size = 0; size < one; size++)
        assert_int_not_equal(unsqueeze(&a, span_of(out.at, size), 1000, &back), LINLI_OK);
    assert_ok(squeeze(span_of(plain, 1000), &out)); /* a second frame behind the first */
    assert_code(unsqueeze(&a, buf_span(&out), 2000, &back), LINLI_E_FORMAT);
    /* one block of the right length that claims to be compressed and is not */
    static const uint8_t broken[] = {0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x04, 0x25, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff};
    assert_code(unsqueeze(&a, span_of(broken, sizeof(broken)), 100, &back), LINLI_E_FORMAT);
    arena_free(&a);
    buf_free(&out);
}

static void room_that_is_not_there_leaves_the_buffer_as_it_was(void **state)
{
    struct buf out = {.cap = 10};

    (void)state;
    assert_ok(buf_append(&out, "before", 6));
    assert_code(squeeze(span_of(plain, 1000), &out), LINLI_E_LIMIT);
    assert_int_equal(out.size, 6);
    buf_free(&out);
}

static int there_and_back(void *ctx)
{
    struct buf out = {0};
    struct arena a = {0};
    span back;
    int rv = squeeze(span_of(plain, sizeof(plain)), &out);

    (void)ctx;
    if (rv == LINLI_OK)
        rv = unsqueeze(&a, buf_span(&out), sizeof(plain), &back);
    arena_free(&a);
    buf_free(&out);
    return rv;
}

static void memory_that_runs_out_is_said_and_nothing_leaks(void **state)
{
    (void)state;
    assert_int_equal(heap_each_failure(there_and_back, NULL), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_made_smaller_comes_back_whole),
        cmocka_unit_test(a_frame_that_says_more_than_may_come_of_it_reserves_nothing),
        cmocka_unit_test(what_is_no_whole_frame_is_refused),
        cmocka_unit_test(room_that_is_not_there_leaves_the_buffer_as_it_was),
        cmocka_unit_test(memory_that_runs_out_is_said_and_nothing_leaks),
    };
    return seed_report(cmocka_run_group_tests(tests, setup, NULL));
}
