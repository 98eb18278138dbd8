/** Command line: rows of cells out of a table that somebody keeps in a spreadsheet, whichever form it was saved in. */
#ifndef LINLI_APP_SHEET_H
#define LINLI_APP_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SHEET_FILE_BYTES = 256 * 1024 * 1024, /**< more than any roster or register we know of, by ten times */
    SHEET_ROWS = 1048576,                 /**< no spreadsheet has more */
    SHEET_COLUMNS = 256,
    SHEET_CELL_BYTES = 16 * 1024,
    SHEET_ROW_BYTES = 256 * 1024
};

enum sheet_fault {
    SHEET_GOOD,
    SHEET_TOO_LARGE, /**< the file, a row, a cell or what it unpacks to is over its cap */
    SHEET_NOT_TEXT,  /**< NUL bytes, or no row at all */
    SHEET_OPEN_QUOTE,/**< a quotation mark that never closes: what follows it was not read */
    SHEET_UNREADABLE,/**< the file cannot be read; errno says why */
    SHEET_NO_MEMORY,
    SHEET_STOPPED,   /**< the callback asked for it */
    SHEET_BROKEN,    /**< an XLSX file that is damaged, or no XLSX file at all */
    SHEET_HOSTILE,   /**< it unpacks to far more than it holds, or declares what no spreadsheet declares */
    SHEET_LOCKED,    /**< encrypted with a password, or the form before XLSX */
};

struct sheet_row {
    size_t number;  /**< as a spreadsheet counts: the headings are row 1, blank rows count */
    size_t count;
    char **cells;   /**< UTF-8, NUL-terminated, trimmed; lent for the call, and may be written to */
    size_t bad;     /**< 1 + index of the first cell whose bytes are in neither encoding; 0 = none */
    uint64_t offset;/**< bytes of the file behind this row, for a progress bar */
    bool from_1904; /**< a date that is a bare number counts from 1904, not from 1900 */
};

/** Return false to stop. */
typedef bool (*sheet_row_fn)(void *ctx, const struct sheet_row *row);

/** Read the rows of `data`, which may be changed, whatever form it is in: see csv_each and xlsx_each. */
enum sheet_fault sheet_each(char *data, size_t size, sheet_row_fn fn, void *ctx);

/**
 * Make line ends LF, take blanks off both ends, the full-width one and the no-break one included, and an apostrophe before = + - @ or a tab:
 * it is how exports keep a spreadsheet from taking a cell for a formula. In place.
 */
void sheet_trim(char *text, size_t *size);
/**
 * Returns: what a spreadsheet has done to this cell, in words, translated; NULL when nothing. `number`: a long number is meant, which
 *          must not be 1.23E+17.
 */
const char *sheet_spoilt(const char *text, bool number);
/** The point in names such as 阿依·努尔 is typed in several ways; U+00B7 is the one that is meant. In place. */
void sheet_one_point(char *text);
/** Whether a spreadsheet could take this text for a formula: it begins with = + - @, full-width or not, a tab or a line end. */
bool sheet_formula_like(const char *text);

#endif
