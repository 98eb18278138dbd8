/* tests: identity numbers against the vectors, and the property that makes the check digit worth having. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv_reader.h"
#include "idnumber.h"



struct tally {
    size_t rows;
};

static bool on_vector(void *ctx, const struct sheet_row *row)
{
    struct tally *tally = ctx;
    struct idnumber number;
    if (row->number == 1)
        return true;
    tally->rows++;
    bool valid = strcmp(row->cells[1], "1") == 0;
    bool good = idnumber_read(row->cells[0], "2026-11-23", &number) == IDNUMBER_GOOD;
    if (valid != good)
        fail_msg("%s (%s): judged %s", row->cells[0], row->cells[2], good ? "good" : "bad");
    if (valid && row->cells[4][0] != '\0')
        assert_string_equal(number.birth, row->cells[4]);
    if (valid && row->cells[3][0] != '\0')
        assert_int_equal(number.sex, atoi(row->cells[3]));
    return true;
}

static void the_shared_vectors_are_judged_as_they_say(void **state)
{
    char *data = NULL;
    size_t size = 0;
    struct tally tally = {0};
    (void)state;
    if (csv_load(LINLI_SHARED_DATA "/cn-codes/id-vectors.csv", &data, &size) != SHEET_GOOD) {
        printf("SKIP idnumber: no shared vectors\n");
        skip();
    }
    assert_int_equal(csv_each(data, size, on_vector, &tally), SHEET_GOOD);
    assert_int_equal(tally.rows, 29);
    free(data);
}

static void each_fault_is_named(void **state)
{
    static const struct {
        const char *text;
        enum idnumber_fault fault;
    } cases[] = {
        {"530111188402290019", IDNUMBER_GOOD},   {"53011118840229006x", IDNUMBER_GOOD},
        {"530111840229001", IDNUMBER_LENGTH},    {"", IDNUMBER_LENGTH},
        {"53011118840229001", IDNUMBER_LENGTH},  {"5301111884022900190", IDNUMBER_LENGTH},
        {"53011118840229O019", IDNUMBER_DIGITS}, {"53011118840229X019", IDNUMBER_DIGITS},
        {"550111188402290051", IDNUMBER_AREA},   {"530111188502290016", IDNUMBER_BIRTH},
        {"53011129990101001X", IDNUMBER_BIRTH},  {"530111188402290018", IDNUMBER_CHECK}};
    struct idnumber number;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (idnumber_read(cases[i].text, "2026-11-23", &number) != cases[i].fault)
            fail_msg("%s is not judged %d", cases[i].text, (int)cases[i].fault);
}

/* MOD 11-2 finds every wrong digit and every swap of neighbours that differ. */
static void every_wrong_digit_and_every_swap_is_found(void **state)
{
    static const char *const numbers[] = {"530111188402290019", "530111188402290027", "53011118840229006X"};
    char text[19];
    struct idnumber number;
    (void)state;
    for (size_t n = 0; n < 3; n++)
        for (size_t i = 0; i < 17; i++) {
            for (char digit = '0'; digit <= '9'; digit++) {
                memcpy(text, numbers[n], 19);
                text[i] = digit;
                if (digit != numbers[n][i])
                    assert_int_not_equal(idnumber_read(text, NULL, &number), IDNUMBER_GOOD);
            }
            memcpy(text, numbers[n], 19);
            text[i] = numbers[n][i + 1];
            text[i + 1] = numbers[n][i];
            if (text[i] != text[i + 1])
                assert_int_not_equal(idnumber_read(text, NULL, &number), IDNUMBER_GOOD);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shared_vectors_are_judged_as_they_say),
        cmocka_unit_test(each_fault_is_named),
        cmocka_unit_test(every_wrong_digit_and_every_swap_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
