/* Command line, tables: which form a file is in, and what the forms share. */
#include "sheet.h"

#include <string.h>

#include "csv_reader.h"
#include "text.h"
#include "xlsx_reader.h"

enum sheet_fault sheet_each(char *data, size_t size, sheet_row_fn fn, void *ctx)
{
    static const char zip[] = "PK\x03\x04", compound[] = "\xD0\xCF\x11\xE0"; /* the latter: .xls, or XLSX under a password */
    if (size >= 4 && memcmp(data, zip, 4) == 0)
        return xlsx_each(data, size, fn, ctx);
    if (size >= 4 && memcmp(data, compound, 4) == 0)
        return SHEET_LOCKED;
    return csv_each(data, size, fn, ctx);
}

/* Bytes of the blank that begins or ends here; 0 for none. */
static size_t blank_at(const char *text, size_t left)
{
    if (left >= 1 && (text[0] == ' ' || text[0] == '\t' || text[0] == '\n' || text[0] == '\r'))
        return 1;
    if (left >= 2 && memcmp(text, "\xC2\xA0", 2) == 0)
        return 2;
    return left >= 3 && memcmp(text, "\xE3\x80\x80", 3) == 0 ? 3 : 0;
}

static size_t blank_before(const char *text, size_t start, size_t end)
{
    for (size_t size = 1; size <= 3 && size <= end - start; size++)
        if (blank_at(text + end - size, size) == size)
            return size;
    return 0;
}

bool sheet_formula_like(const char *text)
{
    static const char *const wide[] = {"\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0"};
    if (text[0] == '\0' || strchr("=+-@\t\r\n", text[0]) != NULL)
        return text[0] != '\0';
    for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
        if (strncmp(text, wide[i], 3) == 0)
            return true;
    return false;
}

/* A line end is one LF, whichever form the file has. */
static void unify_lines(char *text, size_t *size)
{
    size_t kept = 0;
    for (size_t i = 0; i < *size; i++)
        if (text[i] != '\r')
            text[kept++] = text[i];
        else if (i + 1 == *size || text[i + 1] != '\n')
            text[kept++] = '\n';
    text[kept] = '\0';
    *size = kept;
}

void sheet_trim(char *text, size_t *size)
{
    unify_lines(text, size);
    size_t start = 0, end = *size, blank = 0;
    while ((blank = blank_at(text + start, end - start)) > 0)
        start += blank;
    while (end > start && (blank = blank_before(text, start, end)) > 0)
        end -= blank;
    memmove(text, text + start, end - start);
    text[end - start] = '\0';
    *size = end - start;
    if (text[0] == '\'' && sheet_formula_like(text + 1)) {
        memmove(text, text + 1, *size);
        --*size;
    }
}

/* 5.30111E+17: what a spreadsheet makes of a long number in a column of numbers. */
static bool is_shortened(const char *text)
{
    size_t size = strspn(text, "0123456789.");
    return size > 0 && (text[size] == 'E' || text[size] == 'e') && text[size + 1] == '+' && text[size + 2] != '\0' &&
           text[size + 2 + strspn(text + size + 2, "0123456789")] == '\0';
}

const char *sheet_spoilt(const char *text, bool number)
{
    static const char *const errors[] = {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!"};
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        if (strcmp(text, errors[i]) == 0)
            return _("the spreadsheet shows an error here, and no value");
    if (number && is_shortened(text))
        return _("a spreadsheet took it for a number and lost its last digits: make the column text, and type it again");
    return NULL;
}

void sheet_one_point(char *text)
{
    for (char *at = text; (at = strpbrk(at, "\xE2\xE3")) != NULL;) {
        if (strncmp(at, "\xE2\x80\xA2", 3) != 0 && strncmp(at, "\xE3\x83\xBB", 3) != 0) {
            at++;
            continue;
        }
        memcpy(at, "\xC2\xB7", 2);
        memmove(at + 2, at + 3, strlen(at + 3) + 1);
        at += 2;
    }
}
