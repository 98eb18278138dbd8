/** Command line, XLSX: cells merged downwards: the value of the first stands in all of them, as a person sees it. */
#ifndef LINLI_APP_XLSX_MERGE_H
#define LINLI_APP_XLSX_MERGE_H

#include "sheet.h"

enum { XLSX_MERGES = 1024 * 1024 };

struct xlsx_merge {
    uint32_t first, last; /**< rows, from 1 */
    uint32_t column;      /**< from 0: the left one alone, for a title across the columns is no value of each */
};

/** Zero-initialise; xlsx_merges_free. */
struct xlsx_merges {
    struct xlsx_merge *at;
    size_t count, room, next;
    struct {
        uint32_t last;
        char *text;       /**< of the merged cell that reaches down here; NULL: none does */
    } open[SHEET_COLUMNS];
};

/** Note a range such as "B2:B5". SHEET_GOOD also for what concerns no row below; SHEET_BROKEN, SHEET_TOO_LARGE, SHEET_NO_MEMORY. */
enum sheet_fault xlsx_merges_add(struct xlsx_merges *merges, const char *range);
/** Once all are known, before the first row. */
void xlsx_merges_sort(struct xlsx_merges *merges);
/** A cell has been read; cells come in their order. SHEET_GOOD or SHEET_NO_MEMORY. */
enum sheet_fault xlsx_merges_see(struct xlsx_merges *merges, size_t row, size_t column, const char *text);
/** Returns: what stands in an empty cell; "" for nothing. */
const char *xlsx_merges_text(const struct xlsx_merges *merges, size_t row, size_t column);
void xlsx_merges_free(struct xlsx_merges *merges);

/** Read "BC12": column from 0, row from 1; `*end` is behind it. False when this is no such name. */
bool xlsx_cell_name(const char *text, uint32_t *column, uint32_t *row, const char **end);

#endif
