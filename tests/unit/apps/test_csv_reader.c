/* tests: CSV as spreadsheets write it, and as nobody should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv_reader.h"

struct seen {
    char text[4096]; /* rows as "number:cell|cell;" */
    size_t bad, stop_after;
};

static bool on_row(void *ctx, const struct sheet_row *row)
{
    struct seen *seen = ctx;
    size_t used = strlen(seen->text);
    used += (size_t)snprintf(seen->text + used, sizeof(seen->text) - used, "%zu:", row->number);
    for (size_t i = 0; i < row->count; i++)
        used += (size_t)snprintf(seen->text + used, sizeof(seen->text) - used, "%s%s", i > 0 ? "|" : "", row->cells[i]);
    snprintf(seen->text + used, sizeof(seen->text) - used, ";");
    seen->bad += row->bad != 0 ? 1 : 0;
    return seen->stop_after == 0 || --seen->stop_after > 0;
}

static enum sheet_fault read_bytes(const char *text, size_t size, struct seen *seen)
{
    char *copy = malloc(size + 1);
    assert_non_null(copy);
    memcpy(copy, text, size);
    memset(seen, 0, sizeof(*seen));
    enum sheet_fault fault = csv_each(copy, size, on_row, seen);
    free(copy);
    return fault;
}

static void every_spelling_reads_the_same(void **state)
{
    static const struct {
        const char *text, *rows;
    } cases[] = {
        {"a,b\n1,2\n", "1:a|b;2:1|2;"},
        {"a,b\n1,2", "1:a|b;2:1|2;"},
        {"a,b\r\n1,2\r\n", "1:a|b;2:1|2;"},
        {"a,b\r1,2\r", "1:a|b;2:1|2;"},
        {"\xEF\xBB\xBF"
         "a,b\n1,2\n",
         "1:a|b;2:1|2;"},
        {"a\tb\n1\t2\n", "1:a|b;2:1|2;"},
        {"a;b\n1;2\n", "1:a|b;2:1|2;"},
        {"a,b\n\n\n1,2\n", "1:a|b;4:1|2;"},
        {"a,b\n,\n1,2\n", "1:a|b;3:1|2;"},
        {"a,b\n\"1,\"\"x\"\"\",\"l1\nl2\"\n3,4\n", "1:a|b;2:1,\"x\"|l1\nl2;3:3|4;"},
        {"a,b\n 1 ,\xE3\x80\x80 2\xC2\xA0\n", "1:a|b;2:1|2;"},
        {"a,b\n'=1+1,'x\n", "1:a|b;2:=1+1|'x;"},
        {"\xD0\xD5\xC3\xFB,b\n\xBC\xD7,2\n", "1:姓名|b;2:甲|2;"},                 /* GB18030 by its headings */
        {"a,b\n\xBC\xD7,2\n", "1:a|b;2:甲|2;"},                                  /* GB18030 by its cells */
        {"a,b\n\x95\x32\x82\x36,2\n", "1:a|b;2:\xF0\xA0\x80\x80|2;"},            /* four bytes, beyond the BMP */
    };
    struct seen seen;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(read_bytes(cases[i].text, strlen(cases[i].text), &seen), SHEET_GOOD);
        assert_string_equal(seen.text, cases[i].rows);
        assert_int_equal(seen.bad, 0);
    }
}

static void a_bad_cell_spoils_its_own_row(void **state)
{
    struct seen seen;
    static const char text[] = "姓名,b\n甲,1\n\xFF\xFE,2\n乙,3\n";
    (void)state;
    assert_int_equal(read_bytes(text, strlen(text), &seen), SHEET_GOOD);
    assert_int_equal(seen.bad, 1);
    assert_string_equal(seen.text, "1:姓名|b;2:甲|1;3:|2;4:乙|3;");
}

static void what_is_no_table_is_refused(void **state)
{
    struct seen seen;
    (void)state;
    assert_int_equal(read_bytes("", 0, &seen), SHEET_NOT_TEXT);
    assert_int_equal(read_bytes("a\0b", 3, &seen), SHEET_NOT_TEXT);
    assert_int_equal(read_bytes("\xEF\xBB\xBF", 3, &seen), SHEET_NOT_TEXT);
    assert_int_equal(read_bytes("a,b\n1,\"2\n3,4\n", 13, &seen), SHEET_OPEN_QUOTE);
    assert_int_equal(csv_load("/nonexistent/file.csv", &(char *){NULL}, &(size_t){0}), SHEET_UNREADABLE);
}

static void caps_hold(void **state)
{
    struct seen seen;
    size_t size = SHEET_CELL_BYTES + 10;
    char *text = malloc(size);
    (void)state;
    assert_non_null(text);
    memset(text, 'x', size);
    assert_int_equal(read_bytes(text, size, &seen), SHEET_TOO_LARGE);
    memset(text, ',', size);
    assert_int_equal(read_bytes(text, size, &seen), SHEET_TOO_LARGE);
    memset(text, '\n', size);
    assert_int_equal(read_bytes(text, size, &seen), SHEET_GOOD);
    assert_string_equal(seen.text, "");
    free(text);
}

static bool stop(void *ctx, const struct sheet_row *row)
{
    (void)row;
    return --*(size_t *)ctx > 0;
}

static void the_caller_can_stop(void **state)
{
    char text[] = "a\nb\nc\n";
    size_t left = 2;
    (void)state;
    assert_int_equal(csv_each(text, strlen(text), stop, &left), SHEET_STOPPED);
    assert_int_equal(left, 0);
}

static void utf8_is_judged_strictly(void **state)
{
    (void)state;
    assert_true(csv_is_utf8("甲\xF0\xA0\x85\xA4", 7));
    assert_false(csv_is_utf8("\xC0\x80", 2));
    assert_false(csv_is_utf8("\xED\xA0\x80", 3));
    assert_false(csv_is_utf8("\xF4\x90\x80\x80", 4));
    assert_false(csv_is_utf8("\xE7\x94", 2));
    assert_false(csv_is_utf8("\x80", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_spelling_reads_the_same), cmocka_unit_test(a_bad_cell_spoils_its_own_row),
        cmocka_unit_test(what_is_no_table_is_refused),   cmocka_unit_test(caps_hold),
        cmocka_unit_test(the_caller_can_stop),           cmocka_unit_test(utf8_is_judged_strictly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
