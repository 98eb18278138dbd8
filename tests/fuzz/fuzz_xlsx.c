/*
 * tests: any bytes as an XLSX file, or as the parts of one. After a first byte of zero comes a file as it is; after any other
 * the sheet, the shared texts, the styles and the workbook, parted by zeroes, which are put into a package. Rows rise; each cell
 * is UTF-8, trimmed and within its cap.
 */
#include "fuzz.h"

#include <string.h>

#include "csv_reader.h"
#include "stored_zip.h"
#include "xlsx_reader.h"

static bool on_row(void *ctx, const struct sheet_row *row)
{
    size_t *last = ctx, whole = 0;
    CLAIM(row->number > *last && row->number <= SHEET_ROWS && row->count > 0 && row->count <= SHEET_COLUMNS && row->bad == 0);
    *last = row->number;
    for (size_t i = 0; i < row->count; i++) {
        size_t size = strlen(row->cells[i]);
        whole += size + 1;
        CLAIM(size <= SHEET_CELL_BYTES && csv_is_utf8(row->cells[i], size));
        CLAIM(size == 0 || (row->cells[i][0] != ' ' && row->cells[i][size - 1] != ' '));
    }
    CLAIM(whole <= SHEET_ROW_BYTES);
    return row->number % 7 != 6;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct stored_part parts[4] = {{NULL, NULL, 0}};
    size_t last = 0, file_size = 0;
    char *file = NULL;
    if (size == 0)
        return 0;
    const char *at = (const char *)data + 1, *end = (const char *)data + size;
    if (data[0] == 0) {
        (void)xlsx_each(at, size - 1, on_row, &last);
        return 0;
    }
    for (size_t i = 0; i < 4 && at <= end; i++) {
        const char *zero = at < end ? memchr(at, 0, (size_t)(end - at)) : NULL;
        zero = zero != NULL ? zero : end;
        parts[i] = (struct stored_part){NULL, at, (size_t)(zero - at)};
        at = zero + 1;
    }
    file = stored_book(parts, &file_size);
    CLAIM(file != NULL);
    (void)xlsx_each(file, file_size, on_row, &last);
    free(file);
    return 0;
}
