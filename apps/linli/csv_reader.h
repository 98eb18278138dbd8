/** Command line: CSV as spreadsheets write it: UTF-8 with or without its mark, or GB18030; row by row. */
#ifndef LINLI_APP_CSV_READER_H
#define LINLI_APP_CSV_READER_H

#include "sheet.h"

/**
 * Read the rows of `data`, which is changed. The encoding is UTF-8 when there is a byte order mark; else whichever the
 * first row's bytes are in, if it has any beyond ASCII; else whichever the whole file is in. Comma, tab or semicolon
 * part the cells, whichever the first row has most of.
 */
enum sheet_fault csv_each(char *data, size_t size, sheet_row_fn fn, void *ctx);

/** Read a whole file into memory. Args: data  yours to free */
enum sheet_fault csv_load(const char *path, char **data, size_t *size);

/** True when `size` bytes are well-formed UTF-8 without surrogates or overlong forms. */
bool csv_is_utf8(const char *text, size_t size);

#endif
