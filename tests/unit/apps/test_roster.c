/* tests: roster rows: headings in any order and language, cells in one spelling, faults by column. All people are made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "csv_reader.h"
#include "roster.h"
#include "roster_mark.h"

struct reading {
    struct roster_map map;
    bool mapped;
    struct roster_row row; /* of the last row */
    char texts[ROSTER_COLUMNS][128];
};

static bool on_row(void *ctx, const struct sheet_row *row)
{
    struct reading *reading = ctx;
    if (!reading->mapped) {
        reading->mapped = roster_headings(row, NULL, &reading->map);
        return true;
    }
    roster_read(&reading->map, row, "2026-11-23", NULL, &reading->row);
    for (int i = 0; i < ROSTER_COLUMNS; i++) /* the row's own texts end with the call */
        strncpy(reading->texts[i], reading->row.text[i], sizeof(reading->texts[i]) - 1);
    return true;
}

static void read_text(const char *text, struct reading *reading)
{
    size_t size = strlen(text);
    char *copy = malloc(size + 1);
    assert_non_null(copy);
    memcpy(copy, text, size + 1);
    memset(reading, 0, sizeof(*reading));
    csv_each(copy, size, on_row, reading);
    free(copy);
}

static void headings_are_found_in_any_order_and_language(void **state)
{
    static const char *const headings[] = {"房号,姓名", "姓名,单元,房间号", "* 姓 名（必填）,备注,门牌号：", "Name,ROOM",
                                           "room,name,identity number"};
    static const char *const others[] = {"姓名,性别", "房号", "code,name", "姓 氏,房号"};
    struct reading reading;
    (void)state;
    for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]); i++) {
        read_text(headings[i], &reading);
        assert_true(reading.mapped);
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        read_text(others[i], &reading);
        assert_false(reading.mapped);
    }
}

static void cells_are_brought_to_one_spelling(void **state)
{
    struct reading r;
    (void)state;
    read_text("姓名,房号,身份证号,手机号,出生日期,备注\n"
              "阿样•努例,５０１室,５３０１１１１８８４０２２９００６ｘ,+86 199-0000-0101,1884年2月29日,原文（不改）\n",
              &r);
    assert_int_equal(r.row.problem_count, 0);
    assert_string_equal(r.texts[ROSTER_NAME], "阿样·努例");
    assert_string_equal(r.texts[ROSTER_ROOM], "501室");
    assert_string_equal(r.texts[ROSTER_FLOOR], "5");
    assert_string_equal(r.texts[ROSTER_ID_NUMBER], "53011118840229006X");
    assert_string_equal(r.texts[ROSTER_PHONE], "19900000101");
    assert_string_equal(r.texts[ROSTER_BIRTH_DATE], "1884-02-29");
    assert_string_equal(r.texts[ROSTER_NOTE], "原文（不改）");
    assert_int_equal(r.row.sex, 2);
    assert_true(r.row.derived[ROSTER_FLOOR] && r.row.derived[ROSTER_SEX]);
    assert_false(r.row.derived[ROSTER_BIRTH_DATE]);
    assert_int_equal(r.row.tenure, -1);
}

static void each_fault_names_its_column(void **state)
{
    static const struct {
        const char *row;
        enum roster_column column;
    } cases[] = {
        {",101,,,,", ROSTER_NAME},
        {"甲例,,,,,", ROSTER_ROOM},
        {"甲例,101,530111188402290018,,,", ROSTER_ID_NUMBER},
        {"甲例,101,,丁,,", ROSTER_SEX},
        {"甲例,101,530111188402290019,女,,", ROSTER_SEX},
        {"甲例,101,530111188402290019,男,1884-03-01,", ROSTER_BIRTH_DATE},
        {"甲例,101,,,31/12/1999,", ROSTER_BIRTH_DATE},
        {"甲例,101,,,,1380013", ROSTER_COLUMNS}, /* a land line without its area code */
        {"甲例,101,,,,13800", ROSTER_PHONE},
        {"甲例,101,,,,1990000010x", ROSTER_PHONE},
    };
    char text[256];
    struct reading r;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        strcpy(text, "姓名,房号,身份证号,性别,出生日期,电话\n");
        strcat(text, cases[i].row);
        read_text(text, &r);
        if (cases[i].column == ROSTER_COLUMNS) {
            assert_int_equal(r.row.problem_count, 0);
            continue;
        }
        assert_int_equal(r.row.problem_count, 1);
        assert_int_equal(r.row.problems[0].column, cases[i].column);
    }
}

static void a_row_shorter_or_longer_than_its_headings_is_read(void **state)
{
    struct reading r;
    (void)state;
    read_text("姓名,房号,备注\n甲例,101\n", &r);
    assert_int_equal(r.row.problem_count, 0);
    assert_string_equal(r.texts[ROSTER_NOTE], "");
    read_text("姓名,房号\n甲例,101,多出来的,格子\n", &r);
    assert_int_equal(r.row.problem_count, 0);
}

static void places_compare_in_one_spelling(void **state)
{
    static const char *const buildings[] = {"1栋", "１栋", "1幢", "1号楼", "1 栋", "1"};
    static const char *const rooms[] = {"501", "501室", "５０１号"};
    char out[64];
    (void)state;
    for (size_t i = 0; i < sizeof(buildings) / sizeof(buildings[0]); i++)
        if (i != 4)
            assert_string_equal(roster_building_key(buildings[i], out, sizeof(out)), "1");
    for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++)
        assert_string_equal(roster_room_key(rooms[i], out, sizeof(out)), "501");
    assert_string_equal(roster_building_key("B座", out, sizeof(out)), "b");
    assert_string_equal(roster_building_key("栋", out, sizeof(out)), "栋");
    assert_string_equal(roster_room_key("2单元", out, sizeof(out)), "2");
}

static void every_column_feeds_a_field_and_has_a_heading_that_is_read_back(void **state)
{
    struct reading r;
    char text[128];
    (void)state;
    for (int column = 0; column < ROSTER_COLUMNS; column++) {
        bool household = false;
        assert_non_null(roster_field((enum roster_column)column, &household));
        strcpy(text, "姓名,房号,");
        strcat(text, roster_heading((enum roster_column)column));
        read_text(text, &r);
        assert_true(r.map.cell[column] >= 0);
    }
}

static void a_mark_is_read_as_it_was_written_or_not_at_all(void **state)
{
    static const uint8_t tokens[] = {1, 2, 3, 4, 5, 6, 7};
    const struct roster_mark mark = {.resident = {{1}}, .household = {{2}}, .token = {tokens, 3}, .household_token = {tokens + 3, 4}};
    struct roster_mark read;
    char *text = roster_mark_write(&mark);
    (void)state;
    assert_non_null(text);
    assert_true(roster_mark_read(text, &read));
    assert_memory_equal(&read.resident, &mark.resident, sizeof(mark.resident));
    assert_memory_equal(&read.household, &mark.household, sizeof(mark.household));
    assert_int_equal(read.token.size, 3);
    assert_memory_equal(read.token.at, tokens, 3);
    assert_int_equal(read.household_token.size, 4);
    assert_memory_equal(read.household_token.at, tokens + 3, 4);
    roster_mark_free(&read);
    for (size_t i = 0; text[i] != '\0'; i++) { /* each character, changed */
        char was = text[i];
        text[i] = was == 'A' ? 'B' : 'A';
        assert_false(roster_mark_read(text, &read));
        text[i] = was;
    }
    for (size_t size = strlen(text); size-- > 0;) {
        text[size] = '\0';
        assert_false(roster_mark_read(text, &read));
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mark_is_read_as_it_was_written_or_not_at_all),
        cmocka_unit_test(headings_are_found_in_any_order_and_language),
        cmocka_unit_test(cells_are_brought_to_one_spelling),
        cmocka_unit_test(each_fault_names_its_column),
        cmocka_unit_test(a_row_shorter_or_longer_than_its_headings_is_read),
        cmocka_unit_test(places_compare_in_one_spelling),
        cmocka_unit_test(every_column_feeds_a_field_and_has_a_heading_that_is_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
