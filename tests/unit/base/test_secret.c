/* tests: base: memory for keys. */
#include "unit.h"

#include <string.h>

#include "base/secret.h"

enum { SIZE = 1600, MANY = 200 };

static void blocks_are_zero_and_apart_and_wiped_when_given_back(void **state)
{
    struct secret_pool pool = {NULL, NULL};
    static uint8_t *at[MANY];

    (void)state;
    for (unsigned i = 0; i < MANY; i++) {
        at[i] = secret_take(&pool, SIZE);
        assert_non_null(at[i]);
        assert_int_equal((uintptr_t)at[i] % sizeof(void *), 0);
        for (size_t k = 0; k < SIZE; k++)
            assert_int_equal(at[i][k], 0);
        memset(at[i], (int)(i + 1), SIZE);
    }
    for (unsigned i = 0; i < MANY; i++)
        for (size_t k = 0; k < SIZE; k++)
            assert_int_equal(at[i][k], (uint8_t)(i + 1));
    secret_give(&pool, at[7], SIZE);
    secret_give(&pool, NULL, SIZE);
    for (size_t k = sizeof(void *); k < SIZE; k++) /* the list of free ones goes through the first bytes */
        assert_int_equal(at[7][k], 0);
    uint8_t *again = secret_take(&pool, SIZE);
    assert_ptr_equal(again, at[7]);
    for (size_t k = 0; k < SIZE; k++)
        assert_int_equal(again[k], 0);
    secret_pool_free(&pool);
    assert_null(pool.regions);
}

static void a_block_by_itself_is_zero(void **state)
{
    uint8_t *at = secret_alloc(SIZE);

    (void)state;
    assert_non_null(at);
    for (size_t k = 0; k < SIZE; k++)
        assert_int_equal(at[k], 0);
    secret_free(at);
    secret_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_zero_and_apart_and_wiped_when_given_back),
        cmocka_unit_test(a_block_by_itself_is_zero),
    };
    return UNIT_RUN(tests);
}
