/* base: an arena goes back to a mark, and what was before it stays. */
#include "unit.h"

#include "base/arena.h"

#include <string.h>

static void what_was_before_a_mark_stays_and_its_room_is_used_again(void **state)
{
    (void)state;
    struct arena a = {0};
    char *kept = arena_text(&a, "kept");
    struct arena_mark mark = arena_mark(&a);
    size_t used = a.used_bytes;

    for (unsigned i = 0; i < 3; i++) {
        char *first = arena_text(&a, "goes");
        assert_non_null(first);
        assert_non_null(arena_alloc(&a, 100000)); /* more than a block */
        arena_rewind(&a, mark);
        assert_int_equal(a.used_bytes, used);
        assert_ptr_equal(arena_alloc(&a, 5), first);
        assert_int_equal(first[0], 0);
        arena_rewind(&a, mark);
    }
    assert_string_equal(kept, "kept");
    arena_free(&a);
}

static void a_mark_of_an_empty_arena_is_its_beginning(void **state)
{
    (void)state;
    struct arena a = {.cap_bytes = 1 << 20};
    struct arena_mark mark = arena_mark(&a);

    for (unsigned i = 0; i < 4; i++) {
        assert_non_null(arena_alloc(&a, 1 << 19));
        assert_non_null(arena_alloc(&a, 1 << 19));
        assert_null(arena_alloc(&a, 16));
        arena_rewind(&a, mark);
        assert_int_equal(a.used_bytes, 0);
    }
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_before_a_mark_stays_and_its_room_is_used_again),
        cmocka_unit_test(a_mark_of_an_empty_arena_is_its_beginning),
    };
    return UNIT_RUN(tests);
}
