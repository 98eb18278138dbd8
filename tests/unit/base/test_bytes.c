/* base: spans, big-endian integers, the growable buffer, and the allocator hook under them. */
#include "unit.h"

#include "base/bytes.h"
#include "base/mem.h"

#include <linli/memory.h>
#include <string.h>

static void a_prefix_sorts_before_the_longer_span(void **state)
{
    (void)state;
    assert_true(span_compare(span_of("ab", 2), span_of("abc", 3)) < 0);
    assert_true(span_compare(span_of("b", 1), span_of("abc", 3)) > 0);
    assert_true(span_compare(span_of(NULL, 0), span_of("a", 1)) < 0);
    assert_int_equal(span_compare(span_of(NULL, 0), span_of("x", 0)), 0);
    assert_true(span_equal(span_of(NULL, 0), span_of("x", 0)));
    assert_false(span_equal(span_of("ab", 2), span_of("ac", 2)));
}

static void a_part_is_found_wherever_it_stands_whole(void **state)
{
    (void)state;
    assert_true(span_contains(span_of("abcab", 5), span_of("abc", 3)));
    assert_true(span_contains(span_of("ababc", 5), span_of("abc", 3)));
    assert_true(span_contains(span_of("abc", 3), span_of("abc", 3)));
    assert_false(span_contains(span_of("ababab", 6), span_of("abc", 3)));
    assert_false(span_contains(span_of("ab", 2), span_of("abc", 3)));
    assert_false(span_contains(span_of(NULL, 0), span_of("a", 1)));
}

static void integers_are_big_endian(void **state)
{
    uint8_t out[8];

    (void)state;
    be16_put(out, 0x0102);
    assert_memory_equal(out, "\x01\x02", 2);
    assert_int_equal(be16_get(out), 0x0102);
    be32_put(out, 0xfffefdfc);
    assert_memory_equal(out, "\xff\xfe\xfd\xfc", 4);
    assert_int_equal(be32_get(out), 0xfffefdfc);
    be64_put(out, UINT64_C(0x8001020304050607));
    assert_memory_equal(out, "\x80\x01\x02\x03\x04\x05\x06\x07", 8);
    assert_true(be64_get(out) == UINT64_C(0x8001020304050607));
}

static void a_buffer_grows_and_keeps_what_it_held(void **state)
{
    struct buf b = {0};

    (void)state;
    for (unsigned i = 0; i < 5000; i++)
        assert_ok(buf_byte(&b, (uint8_t)i));
    assert_int_equal(b.size, 5000);
    for (unsigned i = 0; i < 5000; i++)
        assert_int_equal(b.at[i], (uint8_t)i);
    buf_clear(&b);
    assert_int_equal(b.size, 0);
    assert_true(b.room >= 5000);
    assert_ok(buf_append(&b, NULL, 0));
    buf_free(&b);
    buf_free(&b);
    assert_null(b.at);
}

static void a_capped_buffer_stops_at_its_cap_and_the_error_sticks(void **state)
{
    struct buf b = {.cap = 100};

    (void)state;
    for (int i = 0; i < 100; i++)
        assert_ok(buf_byte(&b, 7));
    assert_true(b.room <= 100);
    assert_code(buf_byte(&b, 7), LINLI_E_LIMIT);
    assert_code(buf_append(&b, NULL, 0), LINLI_E_LIMIT);
    assert_null(buf_extend(&b, 0));
    assert_int_equal(b.size, 100);
    buf_clear(&b);
    assert_ok(buf_byte(&b, 7));
    assert_null(buf_extend(&b, SIZE_MAX));
    assert_code(b.failed, LINLI_E_LIMIT);
    buf_free(&b);
}

static int fill(void *ctx)
{
    struct buf b = {0};

    (void)ctx;
    for (unsigned i = 0; i < 1000; i++)
        buf_byte(&b, (uint8_t)i);
    int rv = b.failed;
    buf_free(&b);
    return rv;
}

static void a_buffer_that_finds_no_memory_says_so_and_leaks_nothing(void **state)
{
    (void)state;
    assert_true(heap_each_failure(fill, NULL) > 3);
}

static void an_array_grows_by_doubling_and_refuses_an_impossible_size(void **state)
{
    uint32_t *items = NULL;
    size_t room = 0;

    (void)state;
    assert_ok(mem_grow(&items, &room, 1, sizeof(*items)));
    assert_true(room >= 1);
    for (uint32_t i = 0; i < 1000; i++) {
        assert_ok(mem_grow(&items, &room, i + 1, sizeof(*items)));
        items[i] = i;
    }
    assert_int_equal(items[999], 999);
    size_t room_before = room;
    assert_code(mem_grow(&items, &room, SIZE_MAX / 2, sizeof(*items)), LINLI_E_NOMEM);
    assert_int_equal(room, room_before);
    heap_fail_at(1);
    assert_code(mem_grow(&items, &room, room + 1, sizeof(*items)), LINLI_E_NOMEM);
    heap_unwatch();
    assert_int_equal(items[999], 999);
    mem_free(items);
}

static void memory_of_no_bytes_is_a_pointer_of_its_own(void **state)
{
    void *a = mem_alloc(0), *b = mem_zalloc(0, 8);

    (void)state;
    assert_non_null(a);
    assert_non_null(b);
    assert_ptr_not_equal(a, b);
    a = mem_realloc(a, 0);
    assert_non_null(a);
    mem_free(a);
    mem_free(b);
    mem_free(NULL);
}

static void zeroed_memory_whose_size_overflows_is_refused(void **state)
{
    (void)state;
    assert_null(mem_zalloc(SIZE_MAX / 2, 3));
    uint8_t *bytes = mem_zalloc(3, 5);
    for (int i = 0; i < 15; i++)
        assert_int_equal(bytes[i], 0);
    mem_free(bytes);
}

static void copies_are_equal_and_apart(void **state)
{
    char *text = mem_text("门牌");
    uint8_t *bytes = mem_dup("abc", 3);

    (void)state;
    assert_string_equal(text, "门牌");
    assert_memory_equal(bytes, "abc", 3);
    mem_free(text);
    mem_free(bytes);
}

static void the_hook_sees_every_block_come_and_go(void **state)
{
    (void)state;
    heap_watch();
    void *a = mem_alloc(10), *b = mem_realloc(NULL, 20);
    assert_int_equal(heap_live(), 2);
    b = mem_realloc(b, 4000);
    assert_int_equal(heap_count(), 3);
    assert_int_equal(heap_largest(), 4000);
    mem_free(a);
    mem_free(b);
    assert_int_equal(heap_live(), 0);
    heap_unwatch();
}

static void an_allocator_with_a_hole_is_refused(void **state)
{
    struct linli_allocator hole = {0};

    (void)state;
    assert_code(linli_set_allocator(&hole), LINLI_E_ARG);
    void *still = mem_alloc(1);
    assert_non_null(still);
    mem_free(still);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_prefix_sorts_before_the_longer_span),
        cmocka_unit_test(a_part_is_found_wherever_it_stands_whole),
        cmocka_unit_test(integers_are_big_endian),
        cmocka_unit_test(a_buffer_grows_and_keeps_what_it_held),
        cmocka_unit_test(a_capped_buffer_stops_at_its_cap_and_the_error_sticks),
        cmocka_unit_test(a_buffer_that_finds_no_memory_says_so_and_leaks_nothing),
        cmocka_unit_test(an_array_grows_by_doubling_and_refuses_an_impossible_size),
        cmocka_unit_test(memory_of_no_bytes_is_a_pointer_of_its_own),
        cmocka_unit_test(zeroed_memory_whose_size_overflows_is_refused),
        cmocka_unit_test(copies_are_equal_and_apart),
        cmocka_unit_test(the_hook_sees_every_block_come_and_go),
        cmocka_unit_test(an_allocator_with_a_hole_is_refused),
    };
    return UNIT_RUN(tests);
}
