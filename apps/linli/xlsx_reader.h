/** Command line: XLSX as spreadsheets write it, row by row, as csv_reader.h reads CSV: never a whole sheet in memory. */
#ifndef LINLI_APP_XLSX_READER_H
#define LINLI_APP_XLSX_READER_H

#include "sheet.h"

/**
 * Read the rows of the first sheet that is not hidden. Numbers that are shown as dates come as YYYY-MM-DD; other numbers with
 * at most 15 digits, as the spreadsheet itself keeps them, so that what is longer comes as 1.23456E+17; a formula as what it
 * gave; cells merged downwards all have the value of the first.
 */
enum sheet_fault xlsx_each(const char *data, size_t size, sheet_row_fn fn, void *ctx);

/** Text in the cells of a sheet, for which no ratio to the file is asked: one shared text may stand in a million of them. */
enum { XLSX_GIVEN_FREE = 64 * 1024 * 1024 };

/** A number as it is written in the file, as text. */
enum { XLSX_NUMBER_BYTES = 64 };
void xlsx_number(const char *text, bool date, bool from_1904, char out[XLSX_NUMBER_BYTES]);

#endif
