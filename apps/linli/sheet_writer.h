/** Command line: rows of cells into a CSV or an XLSX file, none of which a spreadsheet takes for a number or a formula. */
#ifndef LINLI_APP_SHEET_WRITER_H
#define LINLI_APP_SHEET_WRITER_H

#include "context.h"

enum { SHEET_WRITER_COLUMNS = 256 };

struct sheet_writer;
/**
 * Args:    out   where the file goes; `*out` is looked at with each write, so that it may be spooled
 *          xlsx  else CSV, which is written as it comes
 * Returns: yours to close; NULL with an error printed and in `*status`.
 */
struct sheet_writer *sheet_writer_open(struct context *ctx, FILE **out, bool xlsx, int *status);
/**
 * A column more, before the first row.
 * Args:    heading  as it is to stand there
 *          digits   long numbers: a spreadsheet that opens a CSV file must not take them for numbers
 */
void sheet_writer_column(struct sheet_writer *writer, const char *heading, bool digits);
/** Mark the last column as one that is not for people: narrow, and grey. */
void sheet_writer_aside(struct sheet_writer *writer);
/** End the row of headings. */
void sheet_writer_head(struct sheet_writer *writer);
/** The next cell of the row; after the last column's, the row ends. */
void sheet_writer_cell(struct sheet_writer *writer, const char *text);
/** Write what is left, and free. Returns an exit code, its error printed; NULL is done. */
int sheet_writer_close(struct sheet_writer *writer);
/** Free without writing. */
void sheet_writer_drop(struct sheet_writer *writer);

#endif
