/* tests: XLSX as spreadsheets write it, and as nobody should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dates.h"
#include "stored_zip.h"
#include "xlsx_book.h"
#include "xlsx_merge.h"
#include "xlsx_reader.h"

#define SHEET(rows) "<worksheet><sheetData>" rows "</sheetData></worksheet>"
#define TEXTS "<sst><si><t>甲</t></si><si><r><t>乙</t></r><r><t> 丙</t></r><rPh><t>yi</t></rPh></si><si><t>_x005F_x_x0009_y</t></si></sst>"
#define STYLES                                                                                                                  \
    "<styleSheet><numFmts><numFmt numFmtId='200' formatCode='yyyy\"年\"'/></numFmts><cellStyleXfs><xf numFmtId='14'/></cellStyleXfs>" \
    "<cellXfs><xf numFmtId='0'/><xf numFmtId='14'/><xf numFmtId='200'/></cellXfs></styleSheet>"

struct seen {
    char text[4096]; /* rows as "number:cell|cell;" */
    size_t stop_after;
};

static bool on_row(void *ctx, const struct sheet_row *row)
{
    struct seen *seen = ctx;
    size_t used = strlen(seen->text);
    used += (size_t)snprintf(seen->text + used, sizeof(seen->text) - used, "%zu:", row->number);
    for (size_t i = 0; i < row->count && strlen(row->cells[i]) < 100; i++)
        used += (size_t)snprintf(seen->text + used, sizeof(seen->text) - used, "%s%s", i > 0 ? "|" : "", row->cells[i]);
    snprintf(seen->text + used, sizeof(seen->text) - used, ";");
    return seen->stop_after == 0 || --seen->stop_after > 0;
}

static enum sheet_fault read_sheet(const char *sheet, const char *book, struct seen *seen)
{
    size_t size = 0;
    const struct stored_part parts[4] = {{NULL, sheet, strlen(sheet)}, {NULL, TEXTS, strlen(TEXTS)}, {NULL, STYLES, strlen(STYLES)},
                                         {NULL, book, book != NULL ? strlen(book) : 0}};
    char *file = stored_book(parts, &size);
    assert_non_null(file);
    seen->text[0] = '\0';
    enum sheet_fault fault = xlsx_each(file, size, on_row, seen);
    free(file);
    return fault;
}

static void every_kind_of_cell_becomes_text(void **state)
{
    static const struct {
        const char *sheet, *rows;
    } cases[] = {
        {SHEET("<row r='1'><c r='A1' t='s'><v>0</v></c><c r='B1' t='s'><v>1</v></c></row>"), "1:甲|乙 丙;"},
        {SHEET("<row r='2'><c r='C2' t='inlineStr'><is><r><t> a</t></r><r><t>b </t></r></is></c></row>"), "2:||ab;"},
        {SHEET("<row><c><v>101</v></c><c t='str'><f>A1</f><v>x</v></c></row><row><c t='b'><v>1</v></c><c/></row>"), "1:101|x;2:TRUE|;"},
        {SHEET("<row r='7'><c r='A7' t='e'><v>#N/A</v></c></row>"), "7:#N/A;"},
        {SHEET("<row><c s='1'><v>45351</v></c><c s='2'><v>45351.5</v></c><c><v>45351</v></c></row>"), "1:2024-02-29|2024-02-29|45351;"},
        {SHEET("<row><c><v>530111188402290019</v></c><c><v>19900000101</v></c></row>"), "1:5.3011118840229E+17|19900000101;"},
        {SHEET("<row><c t='s'><v>2</v></c></row>"), "1:_x\ty;"},
        {SHEET("<row><c t='str'><v>'=1+1</v></c><c t='str'><v>'x</v></c></row>"), "1:=1+1|'x;"},
        {"<x:worksheet xmlns:x='u'><x:sheetData><x:row x:r='3'><x:c x:r='A3'><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>", "3:1;"},
        {SHEET("<row r='1'/><row r='2'><c r='XFD2' s='1'/></row><row r='3'><c><v>1</v></c></row>"), "3:1;"},
    };
    struct seen seen = {.stop_after = 0};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(read_sheet(cases[i].sheet, NULL, &seen), SHEET_GOOD);
        assert_string_equal(seen.text, cases[i].rows);
    }
}

static void a_merged_cell_reaches_down_and_not_across(void **state)
{
    static const char sheet[] =
        "<worksheet><sheetData><row r='1'><c r='A1' t='str'><v>title</v></c></row>"
        "<row r='3'><c r='A3'><v>1</v></c><c r='B3'><v>2</v></c><c r='C3'><v>3</v></c></row>"
        "<row r='4'><c r='B4'><v>4</v></c></row><row r='5'><c r='A5'/><c r='B5'/></row><row r='6'><c r='B6'><v>6</v></c></row></sheetData>"
        "<mergeCells><mergeCell ref='A1:C1'/><mergeCell ref='A3:A5'/><mergeCell ref='C3:D4'/></mergeCells></worksheet>";
    struct seen seen = {.stop_after = 0};
    (void)state;
    assert_int_equal(read_sheet(sheet, NULL, &seen), SHEET_GOOD);
    assert_string_equal(seen.text, "1:title;3:1|2|3;4:1|4|3;6:|6;");
}

static void dates_count_from_1904_where_the_workbook_says_so(void **state)
{
    static const char book[] = "<workbook><workbookPr date1904='1'/><sheets><sheet state='hidden' id='q'/><sheet id='s'/></sheets></workbook>";
    struct seen seen = {.stop_after = 0};
    (void)state;
    assert_int_equal(read_sheet(SHEET("<row><c s='1'><v>43889</v></c></row>"), book, &seen), SHEET_GOOD);
    assert_string_equal(seen.text, "1:2024-02-29;");
}

static void what_no_spreadsheet_writes_is_refused(void **state)
{
    static const struct {
        const char *sheet;
        enum sheet_fault fault;
    } cases[] = {
        {"<!DOCTYPE a>" SHEET(""), SHEET_HOSTILE},
        {SHEET(""), SHEET_NOT_TEXT},
        {"", SHEET_BROKEN},
        {"<worksheet><sheetData><row>", SHEET_BROKEN},
        {SHEET("<row r='2'/><row r='2'/>"), SHEET_BROKEN},
        {SHEET("<row r='0'/>"), SHEET_BROKEN},
        {SHEET("<row r='1048577'/>"), SHEET_TOO_LARGE},
        {SHEET("<row r='1'><c r='A2'><v>1</v></c></row>"), SHEET_BROKEN},
        {SHEET("<row><c r='B1'/><c r='A1'/></row>"), SHEET_BROKEN},
        {SHEET("<row><c t='s'><v>3</v></c></row>"), SHEET_BROKEN},
        {SHEET("<row><c r='XFD1'><v>3</v></c></row>"), SHEET_TOO_LARGE},
        {SHEET("") "<mergeCell/>", SHEET_BROKEN},
        {"<a><mergeCell ref='A1:'/></a>", SHEET_BROKEN},
    };
    struct seen seen = {.stop_after = 0};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(read_sheet(cases[i].sheet, NULL, &seen), cases[i].fault);
    assert_int_equal(xlsx_each("PK\x03\x04", 4, on_row, &seen), SHEET_BROKEN);
    assert_int_equal(read_sheet(SHEET("<row/>"), "<w/>", &seen), SHEET_BROKEN); /* no sheet in the workbook */
}

/* One text of each size about the cap, and one tag; between them lies what a row may hold. */
static void cells_rows_and_tags_have_caps(void **state)
{
    enum { ROOM = 512 * 1024 };
    struct seen *seen = calloc(1, sizeof(*seen));
    char *sheet = malloc(ROOM);
    (void)state;
    assert_non_null(seen);
    assert_non_null(sheet);
    for (int over = 0; over < 2; over++) {
        snprintf(sheet, ROOM, "<a><row><c t='str'><v>%0*d</v></c></row></a>", SHEET_CELL_BYTES + over, 1);
        assert_int_equal(read_sheet(sheet, NULL, seen), over ? SHEET_TOO_LARGE : SHEET_GOOD);
    }
    for (int cells = 15; cells < 18; cells++) {
        size_t used = (size_t)snprintf(sheet, ROOM, "<a><row>");
        for (int i = 0; i < cells; i++)
            used += (size_t)snprintf(sheet + used, ROOM - used, "<c t='str'><v>%0*d</v></c>", SHEET_CELL_BYTES - 2, 1);
        snprintf(sheet + used, ROOM - used, "</row></a>");
        assert_int_equal(read_sheet(sheet, NULL, seen), cells > 16 ? SHEET_TOO_LARGE : SHEET_GOOD);
    }
    snprintf(sheet, ROOM, "<a b='%0*d'/>", XLSX_TOKEN_BYTES + 65536, 1);
    assert_int_equal(read_sheet(sheet, NULL, seen), SHEET_TOO_LARGE);
    free(sheet);
    free(seen);
}

/* 262 rows of 16 cells with one text of 16,000 bytes stay below 64 MiB, one more does not; the file has 120 KB. */
static void one_text_in_many_cells_has_a_cap(void **state)
{
    enum { ROOM = 512 * 1024, TEXT = 16000 };
    struct seen seen = {.stop_after = 0};
    char *sheet = malloc(ROOM), *texts = malloc(ROOM);
    (void)state;
    assert_non_null(sheet);
    assert_non_null(texts);
    snprintf(texts, ROOM, "<sst><si><t>%0*d</t></si></sst>", TEXT, 1);
    for (int rows = 262; rows < 264; rows++) {
        size_t size = 0, used = (size_t)snprintf(sheet, ROOM, "<a>");
        for (int i = 0; i < 16 * rows; i++)
            used += (size_t)snprintf(sheet + used, ROOM - used, "%s<c t='s'><v>0</v></c>%s", i % 16 == 0 ? "<row>" : "", i % 16 == 15 ? "</row>" : "");
        snprintf(sheet + used, ROOM - used, "</a>");
        const struct stored_part parts[4] = {{NULL, sheet, strlen(sheet)}, {NULL, texts, strlen(texts)}, {NULL, STYLES, strlen(STYLES)}, {NULL, NULL, 0}};
        char *file = stored_book(parts, &size);
        assert_non_null(file);
        seen.text[0] = '\0';
        assert_int_equal(xlsx_each(file, size, on_row, &seen), rows > 262 ? SHEET_HOSTILE : SHEET_GOOD);
        free(file);
    }
    free(sheet);
    free(texts);
}

static void the_callback_may_stop(void **state)
{
    struct seen seen = {.stop_after = 1};
    (void)state;
    assert_int_equal(read_sheet(SHEET("<row><c><v>1</v></c></row><row><c><v>2</v></c></row>"), NULL, &seen), SHEET_STOPPED);
    assert_string_equal(seen.text, "1:1;");
}

static void formats_tell_dates_from_numbers(void **state)
{
    static const char *const dates[] = {"yyyy-mm-dd", "m/d/yy", "[$-804]yyyy\"年\"m\"月\"", "d", "YYYY", "\\yyyyy"};
    static const char *const others[] = {"General", "0.00", "hh:mm:ss", "[h]:mm", "\"day\" 0", "0_d", "\\d0", "[Red]0;yyyy", "#,##0\"元\"", "mm:ss", "\""};
    (void)state;
    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++)
        assert_true(xlsx_format_is_date(dates[i]));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(xlsx_format_is_date(others[i]));
}

static void serial_days_are_dates_of_either_calendar(void **state)
{
    static const struct {
        int64_t serial;
        bool from_1904;
        const char *date; /* NULL: none */
    } cases[] = {{1, false, "1900-01-01"}, {59, false, "1900-02-28"}, {60, false, NULL}, {61, false, "1900-03-01"}, {0, false, NULL},
                 {32874, false, "1990-01-01"}, {2958465, false, "9999-12-31"}, {2958466, false, NULL}, {0, true, "1904-01-01"},
                 {31412, true, "1990-01-01"}, {-1, true, NULL}};
    char date[DATES_DATE_BYTES];
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(dates_serial(cases[i].serial, cases[i].from_1904, date), cases[i].date != NULL);
        if (cases[i].date != NULL)
            assert_string_equal(date, cases[i].date);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_cell_becomes_text),
        cmocka_unit_test(a_merged_cell_reaches_down_and_not_across),
        cmocka_unit_test(dates_count_from_1904_where_the_workbook_says_so),
        cmocka_unit_test(what_no_spreadsheet_writes_is_refused),
        cmocka_unit_test(cells_rows_and_tags_have_caps),
        cmocka_unit_test(one_text_in_many_cells_has_a_cap),
        cmocka_unit_test(the_callback_may_stop),
        cmocka_unit_test(formats_tell_dates_from_numbers),
        cmocka_unit_test(serial_days_are_dates_of_either_calendar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
