/* codec: the writer, and the cursor that reads it back. */
#include "unit.h"

#include "base/check.h"
#include "codec/reader.h"
#include "codec/scan.h"
#include "codec/writer.h"

#include <string.h>

static const int64_t edges[] = {
    0, 1, 127, 128, 255, 256, 65535, 65536, 4294967295, 4294967296, INT64_MAX, -1, -32, -33, -128, -129, -32768,
    -32769, INT32_MIN, (int64_t)INT32_MIN - 1, INT64_MIN,
};

static void integers_go_there_and_back_at_every_edge(void **state)
{
    struct buf out = {0};
    struct reader r;

    (void)state;
    for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
        buf_clear(&out);
        write_int(&out, edges[i]);
        assert_ok(scan_item(buf_span(&out), 1, 1));
        reader_start(&r, buf_span(&out));
        assert_int_equal(reader_peek(&r), edges[i] < 0 ? ITEM_INT : ITEM_UINT);
        assert_true(reader_int(&r) == edges[i]);
        assert_ok(reader_end(&r));
        reader_start(&r, buf_span(&out));
        assert_true(reader_uint(&r, UINT64_MAX) == (edges[i] < 0 ? 0 : (uint64_t)edges[i]));
        assert_code(reader_end(&r), edges[i] < 0 ? LINLI_E_FORMAT : LINLI_OK);
    }
    buf_clear(&out);
    write_uint(&out, UINT64_MAX);
    reader_start(&r, buf_span(&out));
    assert_true(reader_uint(&r, UINT64_MAX) == UINT64_MAX);
    reader_start(&r, buf_span(&out));
    assert_true(reader_int(&r) == 0); /* it does not fit */
    assert_code(reader_end(&r), LINLI_E_FORMAT);
    buf_free(&out);
}

static void the_size_of_an_integer_is_what_writing_it_takes(void **state)
{
    (void)state;
    static const uint64_t each[] = {0, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000, UINT32_MAX, UINT64_C(1) << 32, UINT64_MAX};
    struct buf out = {0};

    for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
        buf_clear(&out);
        write_uint(&out, each[i]);
        assert_int_equal(uint_size(each[i]), out.size);
    }
    buf_free(&out);
}

static void texts_and_bytes_go_there_and_back_at_every_length_of_head(void **state)
{
    static const size_t sizes[] = {0, 1, 31, 32, 255, 256, 65535, 65536};
    static char text[65536];
    struct buf out = {0};
    struct reader r;

    (void)state;
    memset(text, 'x', sizeof(text));
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        buf_clear(&out);
        write_array(&out, 2);
        write_text(&out, text, sizes[i]);
        write_bin(&out, text, sizes[i]);
        assert_ok(scan_item(buf_span(&out), 1, 3));
        reader_start(&r, buf_span(&out));
        assert_int_equal(reader_array(&r, 2), 2);
        span lent = reader_text(&r, sizes[i]);
        assert_true(span_equal(lent, span_of(text, sizes[i])));
        assert_true(lent.at >= out.at && lent.at <= out.at + out.size); /* lent, not copied */
        assert_true(span_equal(reader_bin(&r, sizes[i]), span_of(text, sizes[i])));
        assert_ok(reader_end(&r));
    }
    buf_free(&out);
}

static void containers_go_there_and_back_at_every_length_of_head(void **state)
{
    static const size_t counts[] = {0, 1, 15, 16, 65535, 65536};
    struct buf out = {0};
    struct reader r;

    (void)state;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        buf_clear(&out);
        write_map(&out, counts[i]);
        for (size_t k = 0; k < counts[i]; k++) {
            write_uint(&out, k);
            write_nil(&out);
        }
        assert_ok(scan_item(buf_span(&out), 1, 1 + 2 * counts[i]));
        reader_start(&r, buf_span(&out));
        assert_int_equal(reader_map(&r, counts[i]), counts[i]);
        for (size_t k = 0; k < counts[i]; k++) {
            assert_true(reader_uint(&r, UINT64_MAX) == k);
            assert_true(reader_nil(&r));
        }
        assert_ok(reader_end(&r));
    }
    buf_free(&out);
}

static void a_value_over_its_limit_fails_and_reads_as_nothing(void **state)
{
    struct reader r;

    (void)state;
    reader_start(&r, span_of("\x05", 1));
    assert_int_equal(reader_uint(&r, 4), 0);
    assert_code(r.failed, LINLI_E_FORMAT);
    reader_start(&r, span_of("\xa3xyz", 4));
    assert_int_equal(reader_text(&r, 2).size, 0);
    assert_code(reader_end(&r), LINLI_E_FORMAT);
    reader_start(&r, span_of("\x93\1\2\3", 4));
    assert_int_equal(reader_array(&r, 2), 0);
    assert_code(reader_end(&r), LINLI_E_FORMAT);
    reader_start(&r, span_of("\x81\1\2", 3));
    assert_int_equal(reader_map(&r, 0), 0);
    assert_code(reader_end(&r), LINLI_E_FORMAT);
}

static void after_an_error_everything_reads_as_nothing(void **state)
{
    uint8_t fixed[4] = {1, 2, 3, 4};
    struct reader r;

    (void)state;
    reader_start(&r, span_of("\xc0\x05\xc3\xa1x", 5));
    assert_int_equal(reader_uint(&r, 9), 0); /* a nil stands there */
    assert_int_equal(reader_peek(&r), ITEM_NONE);
    assert_false(reader_nil(&r));
    assert_false(reader_bool(&r));
    assert_true(reader_int(&r) == 0);
    assert_int_equal(reader_text(&r, 9).size, 0);
    assert_int_equal(reader_array(&r, 9), 0);
    assert_int_equal(reader_item(&r).size, 0);
    reader_fixed(&r, fixed, sizeof(fixed));
    assert_memory_equal(fixed, "\0\0\0\0", 4);
    reader_skip(&r);
    assert_code(reader_end(&r), LINLI_E_FORMAT);
}

static void a_fixed_binary_has_its_size_or_fails(void **state)
{
    uint8_t fixed[4];
    struct reader r;

    (void)state;
    reader_start(&r, span_of("\xc4\4abcd", 6));
    reader_fixed(&r, fixed, sizeof(fixed));
    assert_ok(reader_end(&r));
    assert_memory_equal(fixed, "abcd", 4);
    reader_start(&r, span_of("\xc4\3abc", 5));
    reader_fixed(&r, fixed, sizeof(fixed));
    assert_code(reader_end(&r), LINLI_E_FORMAT);
    assert_memory_equal(fixed, "\0\0\0\0", 4);
    reader_start(&r, span_of("\xc4\5abcde", 7));
    reader_fixed(&r, fixed, sizeof(fixed));
    assert_code(reader_end(&r), LINLI_E_FORMAT);
}

static void a_fixed_binary_of_no_bytes_touches_nothing(void **state)
{
    struct reader r;

    (void)state;
    reader_start(&r, span_of("\xc4\0", 2));
    reader_fixed(&r, NULL, 0);
    assert_ok(reader_end(&r));
}

static void an_item_is_taken_whole_whatever_is_in_it(void **state)
{
    static const char bytes[] = "\x92\x82\1\x91\xa2hi\2\xc4\1z\xc0\x07";
    struct reader r;

    (void)state;
    reader_start(&r, span_of(bytes, sizeof(bytes) - 1));
    span item = reader_item(&r);
    assert_int_equal(item.size, sizeof(bytes) - 2);
    assert_int_equal(reader_uint(&r, 9), 7);
    assert_ok(reader_end(&r));
}

static void a_scalar_is_passed_over_and_nothing_else(void **state)
{
    static const char *const scalars[] = {"\xc0", "\xc3", "\x05", "\xcd\x01\x02", "\xff", "\xa2xy", "\xc4\2xy"};
    static const size_t sizes[] = {1, 1, 1, 3, 1, 3, 4};
    static const char *const others[] = {"\x91\x05", "\x80", "\xa2x", "\xc4\2x", "\xcd\x01", ""};
    static const size_t other_sizes[] = {2, 1, 2, 3, 2, 0};
    struct reader r;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(scalars); i++) {
        reader_start(&r, span_of(scalars[i], sizes[i]));
        assert_true(reader_scalar(&r));
        assert_ok(reader_end(&r));
    }
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        reader_start(&r, span_of(others[i], other_sizes[i]));
        assert_false(reader_scalar(&r));
        assert_code(reader_end(&r), LINLI_E_FORMAT);
    }
}

static void what_is_left_over_is_an_error(void **state)
{
    struct reader r;

    (void)state;
    reader_start(&r, span_of("\1\2", 2));
    assert_int_equal(reader_uint(&r, 9), 1);
    assert_code(reader_end(&r), LINLI_E_FORMAT);
}

/* The reader stands behind the scan, but must not read past the end even when somebody forgets the scan. */
static void bytes_that_were_not_scanned_do_no_harm(void **state)
{
    struct rng_seeded seeded;
    struct reader r;

    (void)state;
    seed_start(&seeded);
    struct rng rng = rng_from(&seeded);
    for (int i = 0; i < 50000; i++) {
        size_t size = (size_t)rng_below(&seeded, 12);
        uint8_t *bytes = test_malloc(size + 1);
        rng_fill(&rng, bytes, size);
        reader_start(&r, span_of(bytes, size));
        while (reader_peek(&r) != ITEM_NONE && r.failed == LINLI_OK) {
            switch (rng_below(&seeded, 7)) {
            case 0: reader_skip(&r); break;
            case 1: reader_text(&r, 100); break;
            case 2: reader_bin(&r, 100); break;
            case 3: reader_array(&r, 100); break;
            case 4: reader_map(&r, 100); break;
            case 5: reader_int(&r); break;
            default: reader_bool(&r); break;
            }
            assert_true(r.at <= r.end);
        }
        test_free(bytes);
    }
}

static int write_some(void *ctx)
{
    static const char text[300];
    struct buf out = {0};

    (void)ctx;
    write_map(&out, 1);
    write_uint(&out, 1);
    write_bin(&out, text, sizeof(text));
    int rv = out.failed;
    buf_free(&out);
    return rv;
}

static void a_writer_that_finds_no_memory_says_so_once_at_the_end(void **state)
{
    (void)state;
    assert_true(heap_each_failure(write_some, NULL) >= 2);
}

static void a_full_buffer_refuses_the_rest(void **state)
{
    struct buf out = {.cap = 4};

    (void)state;
    write_array(&out, 2);
    write_text(&out, "abcdef", 6);
    assert_code(out.failed, LINLI_E_LIMIT);
    write_nil(&out);
    write_raw(&out, span_of("\1", 1));
    assert_code(out.failed, LINLI_E_LIMIT);
    buf_free(&out);
}

static void write_kind(struct buf *out, enum item_kind kind, size_t size)
{
    switch (kind) {
    case ITEM_TEXT: write_text(out, "x", size); break;
    case ITEM_BIN: write_bin(out, "x", size); break;
    case ITEM_ARRAY: write_array(out, size); break;
    default: write_map(out, size); break;
    }
}

static void lengths_over_32_bits_are_not_written_and_the_first_error_stays(void **state)
{
    static const enum item_kind kinds[] = {ITEM_TEXT, ITEM_BIN, ITEM_ARRAY, ITEM_MAP};

    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct buf out = {0}, failed = {.failed = LINLI_E_NOMEM};
        write_kind(&out, kinds[i], (size_t)UINT32_MAX + 1);
        assert_code(out.failed, LINLI_E_LIMIT);
        assert_int_equal(out.size, 0);
        write_kind(&failed, kinds[i], (size_t)UINT32_MAX + 1);
        assert_code(failed.failed, LINLI_E_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_go_there_and_back_at_every_edge),
        cmocka_unit_test(the_size_of_an_integer_is_what_writing_it_takes),
        cmocka_unit_test(texts_and_bytes_go_there_and_back_at_every_length_of_head),
        cmocka_unit_test(containers_go_there_and_back_at_every_length_of_head),
        cmocka_unit_test(a_value_over_its_limit_fails_and_reads_as_nothing),
        cmocka_unit_test(after_an_error_everything_reads_as_nothing),
        cmocka_unit_test(a_fixed_binary_has_its_size_or_fails),
        cmocka_unit_test(a_fixed_binary_of_no_bytes_touches_nothing),
        cmocka_unit_test(an_item_is_taken_whole_whatever_is_in_it),
        cmocka_unit_test(a_scalar_is_passed_over_and_nothing_else),
        cmocka_unit_test(what_is_left_over_is_an_error),
        cmocka_unit_test(bytes_that_were_not_scanned_do_no_harm),
        cmocka_unit_test(a_writer_that_finds_no_memory_says_so_once_at_the_end),
        cmocka_unit_test(a_full_buffer_refuses_the_rest),
        cmocka_unit_test(lengths_over_32_bits_are_not_written_and_the_first_error_stays),
    };
    return UNIT_RUN(tests);
}
