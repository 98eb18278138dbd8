/** Command line: CSV as spreadsheets read it: UTF-8 with its mark, CRLF, and no cell that could be taken for a formula. */
#ifndef LINLI_APP_CSV_WRITER_H
#define LINLI_APP_CSV_WRITER_H

#include <stdbool.h>
#include <stdio.h>

void csv_write_begin(FILE *out);
/** Args: first  true for the first cell of a row */
void csv_write_cell(FILE *out, const char *text, bool first);
/** The same for a long number: a tab behind it, which csv_each takes off, keeps a spreadsheet from shortening it. */
void csv_write_digits(FILE *out, const char *text, bool first);
void csv_write_end(FILE *out);

#endif
