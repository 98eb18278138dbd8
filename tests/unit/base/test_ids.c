/* base: ids, authors, hexadecimal and the names of codes. */
#include "unit.h"

#include "base/ids.h"

#include <linli/version.h>
#include <string.h>

static void authors_are_ordered_by_key_then_incarnation(void **state)
{
    linli_author low = {.key = {1}, .incarnation = 9}, high = {.key = {2}, .incarnation = 1}, later = low;

    (void)state;
    later.incarnation = UINT64_MAX;
    assert_true(author_compare(&low, &high) < 0);
    assert_true(author_compare(&high, &low) > 0);
    assert_true(author_compare(&low, &later) < 0);
    assert_true(author_compare(&later, &low) > 0);
    assert_int_equal(author_compare(&low, &low), 0);
    assert_false(author_equal(&low, &later));
}

static void an_encoded_author_sorts_as_the_author_does(void **state)
{
    struct rng_seeded rng;

    (void)state;
    seed_start(&rng);
    for (int i = 0; i < 1000; i++) {
        linli_author a = {.key = {0}}, b = {.key = {0}}, back;
        uint8_t a_bytes[AUTHOR_BYTES], b_bytes[AUTHOR_BYTES];
        a.key[31] = (uint8_t)rng_below(&rng, 3);
        b.key[31] = (uint8_t)rng_below(&rng, 3);
        a.incarnation = rng_next(&rng);
        b.incarnation = rng_next(&rng);
        author_encode(&a, a_bytes);
        author_encode(&b, b_bytes);
        int by_bytes = memcmp(a_bytes, b_bytes, AUTHOR_BYTES), by_value = author_compare(&a, &b);
        assert_int_equal((by_bytes > 0) - (by_bytes < 0), (by_value > 0) - (by_value < 0));
        author_decode(a_bytes, &back);
        assert_true(author_equal(&a, &back));
    }
}

static void ids_and_hashes_compare_as_bytes(void **state)
{
    linli_id a = {{0}}, b = {{0}};
    linli_hash h = {{0}}, g = {{0}};

    (void)state;
    assert_true(id_is_zero(&a) && id_equal(&a, &b));
    b.b[15] = 1;
    assert_false(id_is_zero(&b));
    assert_true(id_compare(&a, &b) < 0 && id_compare(&b, &a) > 0);
    a.b[0] = 1;
    assert_true(id_compare(&a, &b) > 0);
    g.b[31] = 200;
    assert_true(hash_compare(&h, &g) < 0 && !hash_equal(&h, &g) && hash_equal(&h, &h));
}

static void hexadecimal_goes_there_and_back(void **state)
{
    uint8_t in[256], out[256];
    char text[513];

    (void)state;
    for (unsigned i = 0; i < sizeof(in); i++)
        in[i] = (uint8_t)i;
    hex_encode(in, sizeof(in), text);
    assert_int_equal(strlen(text), 512);
    assert_memory_equal(text, "000102", 6);
    assert_ok(hex_decode(text, 512, out, sizeof(out)));
    assert_memory_equal(in, out, sizeof(in));
    assert_ok(hex_decode("aBcD", 4, out, 2));
    assert_ok(hex_decode("", 0, out, 0));
}

static void hexadecimal_of_another_length_or_with_another_digit_is_refused(void **state)
{
    static const char *const wrong[] = {"", "0", "000", "00000", "000g", "g000", "0x00", " 000", "00 0", "00:0"};
    uint8_t out[2];

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_code(hex_decode(wrong[i], strlen(wrong[i]), out, sizeof(out)), LINLI_E_FORMAT);
}

static void every_code_has_a_name_of_its_own(void **state)
{
    (void)state;
    assert_string_equal(linli_code_name(LINLI_OK), "LINLI_OK");
    for (int code = 1; code <= LINLI_E_QUOTA; code++) {
        assert_memory_equal(linli_code_name(code), "LINLI_E_", 8);
        assert_string_not_equal(linli_code_name(code), "LINLI_E_?");
        for (int other = 0; other < code; other++)
            assert_string_not_equal(linli_code_name(code), linli_code_name(other));
    }
    assert_string_equal(linli_code_name(LINLI_E_QUOTA + 1), "LINLI_E_?");
    assert_string_equal(linli_code_name(-1), "LINLI_E_?");
}

static void the_version_is_the_headers_version(void **state)
{
    char text[32];

    (void)state;
    snprintf(text, sizeof(text), "%d.%d.%d", LINLI_VERSION_MAJOR, LINLI_VERSION_MINOR, LINLI_VERSION_PATCH);
    assert_string_equal(linli_version(), text);
    assert_string_equal(linli_version(), LINLI_VERSION_TEXT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(authors_are_ordered_by_key_then_incarnation),
        cmocka_unit_test(an_encoded_author_sorts_as_the_author_does),
        cmocka_unit_test(ids_and_hashes_compare_as_bytes),
        cmocka_unit_test(hexadecimal_goes_there_and_back),
        cmocka_unit_test(hexadecimal_of_another_length_or_with_another_digit_is_refused),
        cmocka_unit_test(every_code_has_a_name_of_its_own),
        cmocka_unit_test(the_version_is_the_headers_version),
    };
    return UNIT_RUN(tests);
}
