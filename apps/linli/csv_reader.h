/** Command line: CSV as spreadsheets write it: UTF-8 with or without its mark, or GB18030; row by row. */
#ifndef LINLI_APP_CSV_READER_H
#define LINLI_APP_CSV_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CSV_FILE_BYTES = 256 * 1024 * 1024, /**< more than any roster or register we know of, by ten times */
    CSV_COLUMNS = 256,
    CSV_CELL_BYTES = 16 * 1024,
    CSV_ROW_BYTES = 256 * 1024
};

enum csv_fault {
    CSV_GOOD,
    CSV_TOO_LARGE, /**< the file, a row or a cell is over its cap */
    CSV_NOT_TEXT,  /**< NUL bytes, or no row at all */
    CSV_OPEN_QUOTE,/**< a quotation mark that never closes: what follows it was not read */
    CSV_UNREADABLE,/**< the file cannot be read; errno says why */
    CSV_NO_MEMORY,
    CSV_STOPPED    /**< the callback asked for it */
};

struct csv_row {
    size_t number;  /**< as a spreadsheet counts: the headings are row 1, blank rows count */
    size_t count;
    char **cells;   /**< UTF-8, NUL-terminated, trimmed; lent for the call, and may be written to */
    size_t bad;     /**< 1 + index of the first cell whose bytes are in neither encoding; 0 = none */
    uint64_t offset;/**< bytes of the file behind this row, for a progress bar */
};

/** Return false to stop. */
typedef bool (*csv_row_fn)(void *ctx, const struct csv_row *row);

/**
 * Read the rows of `data`, which is changed. The encoding is UTF-8 when there is a byte order mark; else whichever the
 * first row's bytes are in, if it has any beyond ASCII; else whichever the whole file is in. Comma, tab or semicolon
 * part the cells, whichever the first row has most of. A leading apostrophe before = + - @ is taken off: it is how
 * exports keep a spreadsheet from taking a cell for a formula.
 */
enum csv_fault csv_each(char *data, size_t size, csv_row_fn fn, void *ctx);

/** Read a whole file into memory. Args: data  yours to free */
enum csv_fault csv_load(const char *path, char **data, size_t *size);

/** True when `size` bytes are well-formed UTF-8 without surrogates or overlong forms. */
bool csv_is_utf8(const char *text, size_t size);

#endif
