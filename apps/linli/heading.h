/** Command line, imports: which column holds what, by headings in Chinese, English or an office's own words. Pure. */
#ifndef LINLI_APP_HEADING_H
#define LINLI_APP_HEADING_H

#include "sheet.h"

enum { HEADING_NAMES = 12, HEADING_BYTES = 96 };
typedef const char *heading_names[HEADING_NAMES];

/**
 * Find the columns that have a known name; case, blanks, stars and what stands in brackets do not count.
 *
 * Args:    rules    an office's own headings: "HEADING=COLUMN" parted by commas or line ends, # before a remark; COLUMN is any
 *                   name of `names`, or - for a column to pass over. NULL = none
 *          names    of each column; borrowed
 *          cell     filled for each column: its cell, -1 = there is none
 *          heading  filled: as the file writes it
 * Returns: false when a rule names a column that there is not.
 */
bool heading_map(const struct sheet_row *row, const char *rules, const heading_names *names, int columns, int *cell,
                 char (*heading)[HEADING_BYTES]);

#endif
