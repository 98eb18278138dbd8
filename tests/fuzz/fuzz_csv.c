/*
 * tests: any bytes as a roster file. Each cell that comes out is UTF-8, trimmed and within its cap; rows rise; a row that
 * is judged good has a name, a room, and an identity number with the right check; headings that were found stay found.
 */
#include "fuzz.h"

#include <string.h>

#include "csv_reader.h"
#include "roster.h"

struct reading {
    struct roster_map map;
    bool mapped;
    size_t last, rows, tried; /* rows looked at for headings */
};

enum { HEADINGS_WITHIN = 10 }; /* as the import has it */

static void row_holds(const struct sheet_row *row, struct reading *reading)
{
    CLAIM(row->number > reading->last && row->count <= SHEET_COLUMNS && row->bad <= row->count);
    reading->last = row->number;
    for (size_t i = 0; i < row->count; i++) {
        size_t size = strlen(row->cells[i]);
        CLAIM(size <= 2 * SHEET_CELL_BYTES && csv_is_utf8(row->cells[i], size));
        CLAIM(size == 0 || (row->cells[i][0] != ' ' && row->cells[i][size - 1] != ' '));
    }
}

static bool on_row(void *ctx, const struct sheet_row *row)
{
    struct reading *reading = ctx;
    struct roster_row out;
    struct idnumber number;
    row_holds(row, reading);
    if (!reading->mapped) {
        reading->mapped = reading->tried++ < HEADINGS_WITHIN && roster_headings(row, NULL, &reading->map);
        return true;
    }
    bool good = roster_read(&reading->map, row, "2026-11-23", NULL, &out);
    CLAIM(good == (out.problem_count == 0));
    for (size_t i = 0; i < ROSTER_COLUMNS; i++)
        CLAIM(out.text[i] != NULL && csv_is_utf8(out.text[i], strlen(out.text[i])));
    for (size_t i = 0; i < out.problem_count; i++)
        CLAIM(out.problems[i].words[0] != '\0' && out.problems[i].column < ROSTER_COLUMNS);
    if (!good)
        return true;
    CLAIM(out.text[ROSTER_NAME][0] != '\0' && out.text[ROSTER_ROOM][0] != '\0');
    if (out.text[ROSTER_ID_NUMBER][0] != '\0')
        CLAIM(idnumber_read(out.text[ROSTER_ID_NUMBER], "2026-11-23", &number) == IDNUMBER_GOOD);
    reading->rows++;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reading reading;
    char *copy = malloc(size + 1);
    CLAIM(copy != NULL);
    if (size > 0)
        memcpy(copy, data, size);
    memset(&reading, 0, sizeof(reading));
    enum sheet_fault fault = csv_each(copy, size, on_row, &reading);
    CLAIM(fault != SHEET_STOPPED && fault != SHEET_UNREADABLE);
    free(copy);
    return 0;
}
