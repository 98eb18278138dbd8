/* tests: what may be a telephone number, a name, a division code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "shape.h"

static void telephone_numbers_are_read_down_to_their_digits(void **state)
{
    static const struct {
        const char *text, *digits; /* NULL = none */
    } cases[] = {{"13800138000", "13800138000"},     {"138 0013 8000", "13800138000"},   {"138-0013-8000", "13800138000"},
                 {"+8613800138000", "13800138000"},  {"+86 138 0013 8000", "13800138000"}, {"008613800138000", "13800138000"},
                 {"(0871)63100000", "087163100000"}, {"0871 6310000", "08716310000"},    {"63100000", "63100000"},
                 {"6310000", "6310000"},             {"", NULL},                         {"12800138000", NULL},
                 {"1380013800", NULL},               {"138001380000", NULL},             {"1380013800a", NULL},
                 {"110", NULL},                      {"1380013800０", NULL},             {"13800138000138001380001380", NULL}};
    char digits[SHAPE_PHONE_BYTES];
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (shape_phone(cases[i].text, digits) != (cases[i].digits != NULL))
            fail_msg("'%s' is judged wrongly", cases[i].text);
        if (cases[i].digits != NULL)
            assert_string_equal(digits, cases[i].digits);
    }
}

static void a_name_is_counted_in_characters(void **state)
{
    static const char rare[] = "\xF0\xA0\x85\xA4"; /* four bytes, one character */
    char name[4 * SHAPE_NAME_MAX + 5] = "";
    (void)state;
    assert_false(shape_name(""));
    assert_true(shape_name("甲"));
    assert_true(shape_name("阿依·样例"));
    for (size_t i = 0; i < SHAPE_NAME_MAX; i++)
        memcpy(name + 4 * i, rare, 4);
    assert_true(shape_name(name));
    memcpy(name + (size_t)4 * SHAPE_NAME_MAX, rare, sizeof(rare));
    assert_false(shape_name(name));
}

static void a_division_code_has_six_nine_or_twelve_digits(void **state)
{
    (void)state;
    assert_true(shape_division("530111"));
    assert_true(shape_division("530111001"));
    assert_true(shape_division("530111001001"));
    assert_false(shape_division(""));
    assert_false(shape_division("53011"));
    assert_false(shape_division("53011100"));
    assert_false(shape_division("53011a"));
    assert_false(shape_division("5301110010011"));
}

static void each_fault_of_an_identity_number_has_words(void **state)
{
    (void)state;
    assert_string_equal(shape_identity_words(IDNUMBER_GOOD), "");
    for (int i = IDNUMBER_LENGTH; i <= IDNUMBER_CHECK; i++)
        for (int k = IDNUMBER_GOOD; k < i; k++)
            assert_string_not_equal(shape_identity_words((enum idnumber_fault)i), shape_identity_words((enum idnumber_fault)k));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(telephone_numbers_are_read_down_to_their_digits),
        cmocka_unit_test(a_name_is_counted_in_characters),
        cmocka_unit_test(a_division_code_has_six_nine_or_twelve_digits),
        cmocka_unit_test(each_fault_of_an_identity_number_has_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
