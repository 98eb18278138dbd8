/* codec: the bounds scan over our vectors, those of others, hostile bytes and random ones. */
#include "unit.h"

#include "codec/limits.h"
#include "codec/scan.h"
#include "codec/writer.h"

#include <msgpack.h>
#include <string.h>

static int scan_whole(const struct buf *bytes)
{
    return scan_item(buf_span(bytes), LIMIT_DEPTH, LIMIT_MESSAGE_ITEMS);
}

/* Whether msgpack-c takes the bytes as one whole item. Only for bytes whose counts the test knows to be small. */
static bool msgpack_c_accepts(const struct buf *bytes)
{
    msgpack_unpacked item;
    size_t used = 0;

    msgpack_unpacked_init(&item);
    msgpack_unpack_return rc = msgpack_unpack_next(&item, (const char *)bytes->at, bytes->size, &used);
    msgpack_unpacked_destroy(&item);
    return rc == MSGPACK_UNPACK_SUCCESS && used == bytes->size;
}

static void what_the_vectors_accept_is_accepted(void **state)
{
    json_t *root = vectors_own("proto/vectors/encoding.json"), *test;
    struct buf bytes = {0};
    size_t i;

    (void)state;
    assert_non_null(root);
    json_array_foreach(json_object_get(root, "accept"), i, test) {
        assert_true(vector_hex(test, "hex", &bytes));
        assert_ok(scan_whole(&bytes));
        assert_true(msgpack_c_accepts(&bytes));
        for (size_t size = 0; size < bytes.size; size++) /* no item is the start of another */
            assert_int_not_equal(scan_item(span_of(bytes.at, size), LIMIT_DEPTH, LIMIT_MESSAGE_ITEMS), LINLI_OK);
    }
    assert_true(i > 30);
    buf_free(&bytes);
    json_decref(root);
}

static void what_the_vectors_refuse_is_refused_with_their_code(void **state)
{
    json_t *root = vectors_own("proto/vectors/encoding.json"), *test;
    struct buf bytes = {0};
    size_t i;

    (void)state;
    assert_non_null(root);
    json_array_foreach(json_object_get(root, "refuse"), i, test) {
        assert_true(vector_hex(test, "hex", &bytes));
        const char *code = linli_code_name(scan_whole(&bytes));
        if (strcmp(code, vector_text(test, "code")) != 0)
            fail_msg("%s (%s): %s", vector_text(test, "hex"), vector_text(test, "why"), code);
    }
    assert_true(i > 40);
    buf_free(&bytes);
    json_decref(root);
}

/* In the suite's groups each case lists one value's encodings, the shortest among them; the first is ours where allowed. */
static void of_the_test_suites_encodings_the_canonical_one_is_accepted(void **state)
{
    json_t *root = vectors_shared("msgpack/msgpack-test-suite.json"), *cases, *test, *hex;
    struct buf bytes = {0};
    const char *group;
    size_t i, k, accepted = 0, refused = 0;

    (void)state;
    if (root == NULL)
        skip();
    json_object_foreach(root, group, cases) {
        int number = atoi(group); /* groups 22, 41, 50 and 60 are floats, maps by text, timestamps and extensions */
        json_array_foreach(cases, i, test) {
            bool any = false;
            json_array_foreach(json_object_get(test, "msgpack"), k, hex) {
                assert_true(vector_unhex(json_string_value(hex), &bytes));
                assert_true(msgpack_c_accepts(&bytes));
                int rv = scan_whole(&bytes);
                assert_true(rv == LINLI_OK || rv == LINLI_E_FORMAT);
                assert_false(any && rv == LINLI_OK); /* never two encodings of one value */
                any |= rv == LINLI_OK;
                accepted += rv == LINLI_OK;
                refused += rv != LINLI_OK;
            }
            bool plain = number != 22 && number < 41;
            bool empty_map = number == 41 && json_object_size(json_object_get(test, "map")) == 0;
            bool nested = number == 42 && json_object_get(test, "array") != NULL;
            assert_int_equal(any, plain || empty_map || nested);
        }
    }
    assert_true(accepted > 40 && refused > 100);
    buf_free(&bytes);
    json_decref(root);
}

static void hostile_bytes_are_refused_and_nothing_is_reserved_for_them(void **state)
{
    json_t *root = vectors_shared("msgpack/hostile-msgpack.json"), *test;
    struct buf bytes = {0};
    size_t i;

    (void)state;
    if (root == NULL)
        skip();
    json_array_foreach(json_object_get(root, "cases"), i, test) {
        const char *expect = vector_text(test, "expect");
        assert_true(vector_hex(test, "hex", &bytes));
        heap_watch();
        int rv = scan_whole(&bytes);
        assert_int_equal(heap_count(), 0);
        heap_unwatch();
        bool accepted = rv == LINLI_OK;
        /* "flag": a bidirectional override is a matter of display; a timestamp is refused like every extension. */
        bool expected = strcmp(expect, "accept") == 0 || strcmp(vector_text(test, "name"), "bidi override") == 0;
        if (accepted != expected)
            fail_msg("%s: %s", vector_text(test, "name"), linli_code_name(rv));
    }
    assert_int_equal(i, 52);
    buf_free(&bytes);
    json_decref(root);
}

static void depth_and_items_are_counted_to_the_callers_limits(void **state)
{
    static const uint8_t nested[] = {0x91, 0x92, 0x90, 0x81, 0x01, 0x02};

    (void)state;
    assert_ok(scan_item(span_of(nested, sizeof(nested)), 3, 6));
    assert_code(scan_item(span_of(nested, sizeof(nested)), 2, 6), LINLI_E_LIMIT);
    assert_code(scan_item(span_of(nested, sizeof(nested)), 3, 5), LINLI_E_LIMIT);
    assert_code(scan_item(span_of("\x90", 1), 0, 1), LINLI_E_LIMIT);
    assert_ok(scan_item(span_of("\x01", 1), 0, 1));
    assert_code(scan_item(span_of("\x01", 1), 0, 0), LINLI_E_LIMIT);
    assert_code(scan_item(span_of(NULL, 0), 1, 1), LINLI_E_FORMAT);
    /* too many are refused where they are announced, before any of them is looked at */
    assert_code(scan_item(span_of("\x93\xc1\xc1\xc1", 4), 1, 3), LINLI_E_LIMIT);
    assert_code(scan_item(span_of("\x93\xc1\xc1\xc1", 4), 1, 4), LINLI_E_FORMAT);
    /* and with those that the containers around it still owe */
    assert_code(scan_item(span_of("\x93\x93\xc1\xc1\xc1\xc1\xc1", 7), 2, 6), LINLI_E_LIMIT);
    assert_code(scan_item(span_of("\x93\x93\xc1\xc1\xc1\xc1\xc1", 7), 2, 7), LINLI_E_FORMAT);
}

static void the_first_item_is_measured_and_the_rest_left_alone(void **state)
{
    size_t size = 0;

    (void)state;
    assert_ok(scan_first(span_of("\x92\x01\xa1z\xc1\xff", 6), 4, 10, &size));
    assert_int_equal(size, 4);
}

/* Write a random item of at most `depth` levels with at most `*left` items; canonical by construction. */
static void random_item(struct rng_seeded *rng, struct buf *out, unsigned depth, unsigned *left)
{
    static const char text[] = "楼栋长abc";
    uint64_t kind = rng_below(rng, depth > 0 && *left > 8 ? 8 : 6);

    *left -= *left > 0;
    switch (kind) {
    case 0: write_nil(out); break;
    case 1: write_bool(out, rng_below(rng, 2)); break;
    case 2: write_uint(out, rng_next(rng) >> rng_below(rng, 64)); break;
    case 3: write_int(out, (int64_t)(rng_next(rng) >> rng_below(rng, 64))); break;
    case 4: write_text(out, text, 3 * rng_below(rng, 4)); break;
    case 5: write_bin(out, text, rng_below(rng, sizeof(text))); break;
    default: {
        size_t count = (size_t)rng_below(rng, 6);
        uint64_t key = rng_below(rng, 3);
        if (kind == 6)
            write_array(out, count);
        else
            write_map(out, count);
        for (size_t i = 0; i < count; i++, key += 1 + rng_below(rng, 300)) {
            if (kind == 7)
                write_uint(out, key);
            random_item(rng, out, depth - 1, left);
        }
    }
    }
}

static void what_the_writer_writes_is_accepted_whatever_it_is(void **state)
{
    struct rng_seeded rng;
    struct buf out = {0};

    (void)state;
    seed_start(&rng);
    for (int i = 0; i < 20000; i++) {
        unsigned left = 40;
        buf_clear(&out);
        random_item(&rng, &out, 6, &left);
        assert_ok(scan_whole(&out));
        assert_true(msgpack_c_accepts(&out));
    }
    buf_free(&out);
}

/* Every string of one, two and three bytes: what the scan takes is a part of what msgpack-c takes. */
static void every_short_input_is_judged_and_acceptance_implies_msgpack_cs(void **state)
{
    uint8_t bytes[3];
    struct buf b = {.at = bytes, .room = 3};
    size_t accepted = 0;

    (void)state;
    for (b.size = 1; b.size <= sizeof(bytes); b.size++) {
        for (uint32_t all = 0; all < UINT32_C(1) << 8 * b.size; all++) {
            for (size_t i = 0; i < b.size; i++)
                bytes[i] = (uint8_t)(all >> 8 * i);
            if (scan_whole(&b) != LINLI_OK)
                continue;
            if (!msgpack_c_accepts(&b))
                fail_msg("msgpack-c refuses %02x %02x %02x", bytes[0], bytes[1], bytes[2]);
            accepted++;
        }
    }
    assert_true(accepted > 100000);
}

static void utf8_is_judged_at_every_edge(void **state)
{
    static const struct {
        const char *bytes;
        bool valid;
    } cases[] = {
        {"", true}, {"a", true}, {"\xc2\x80", true}, {"\xdf\xbf", true}, {"\xe0\xa0\x80", true},
        {"\xed\x9f\xbf", true}, {"\xee\x80\x80", true}, {"\xef\xbf\xbf", true}, {"\xf0\x90\x80\x80", true},
        {"\xf4\x8f\xbf\xbf", true}, {"\xc1\xbf", false}, {"\xc2", false}, {"\xc2\x7f", false}, {"\xc2\xc0", false},
        {"\xe0\x9f\xbf", false}, {"\xed\xa0\x80", false}, {"\xe1\x80", false}, {"\xe1\x80\x7f", false},
        {"\xf0\x8f\xbf\xbf", false}, {"\xf4\x90\x80\x80", false}, {"\xf5\x80\x80\x80", false},
        {"\xf1\x80\x80", false}, {"\xf1\x80\x80\xc0", false}, {"\x80", false}, {"\xbf", false}, {"\xff", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(utf8_valid(span_of(cases[i].bytes, strlen(cases[i].bytes))), cases[i].valid);
    assert_false(utf8_valid(span_of("a\0b", 3)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_vectors_accept_is_accepted),
        cmocka_unit_test(what_the_vectors_refuse_is_refused_with_their_code),
        cmocka_unit_test(of_the_test_suites_encodings_the_canonical_one_is_accepted),
        cmocka_unit_test(hostile_bytes_are_refused_and_nothing_is_reserved_for_them),
        cmocka_unit_test(depth_and_items_are_counted_to_the_callers_limits),
        cmocka_unit_test(the_first_item_is_measured_and_the_rest_left_alone),
        cmocka_unit_test(what_the_writer_writes_is_accepted_whatever_it_is),
        cmocka_unit_test(every_short_input_is_judged_and_acceptance_implies_msgpack_cs),
        cmocka_unit_test(utf8_is_judged_at_every_edge),
    };
    return UNIT_RUN(tests);
}
