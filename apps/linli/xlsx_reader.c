/* Command line, XLSX: two passes over the sheet, one for what is merged, one for the rows, each cell made text as it ends. */
#include "xlsx_reader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dates.h"
#include "xlsx_book.h"
#include "xlsx_merge.h"

enum cell_kind { CELL_NUMBER, CELL_SHARED, CELL_TEXT, CELL_FLAG };

struct reader {
    sheet_row_fn fn;
    void *ctx;
    struct xlsx_book book;
    struct xlsx_merges merges;
    uint64_t file_bytes;
    struct sheet_row row;
    uint32_t column;          /* of the cell at hand */
    enum cell_kind kind;
    unsigned long style;
    bool in_row, in_cell, in_value, in_sound, own; /* own: the row says something that is not merged into it */
    char value[SHEET_CELL_BYTES + 1];
    size_t value_size, used;
    uint64_t given;           /* bytes of text in all cells so far */
    char *text;               /* the row's cells, one after the other; SHEET_ROW_BYTES */
    size_t starts[SHEET_COLUMNS];
    char *cells[SHEET_COLUMNS];
};

void xlsx_number(const char *text, bool date, bool from_1904, char out[XLSX_NUMBER_BYTES])
{
    char *end = NULL;
    double number = strtod(text, &end);
    bool whole = end != text && *end == '\0' && isfinite(number);
    if (whole && date && number >= 0 && number < 3000000 && dates_serial((int64_t)floor(number), from_1904, out))
        return;
    if (whole)
        snprintf(out, XLSX_NUMBER_BYTES, "%.15G", number);
    else
        snprintf(out, XLSX_NUMBER_BYTES, "%.*s", XLSX_NUMBER_BYTES - 1, text);
}

/* ---- cells ---- */

static bool style_is_date(const struct reader *reader)
{
    return reader->style < reader->book.style_count && reader->book.dates[reader->style] != 0;
}

/* What the cell says, by its kind. NULL when it names a shared text that there is not. */
static const char *cell_text(struct reader *reader, char number[XLSX_NUMBER_BYTES])
{
    char *end = NULL;
    reader->value[reader->value_size] = '\0';
    if (reader->value_size == 0)
        return "";
    switch (reader->kind) {
    case CELL_TEXT:
        return reader->value;
    case CELL_FLAG:
        return strcmp(reader->value, "1") == 0 ? "TRUE" : strcmp(reader->value, "0") == 0 ? "FALSE" : reader->value;
    case CELL_NUMBER:
        xlsx_number(reader->value, style_is_date(reader), reader->book.from_1904, number);
        return number;
    case CELL_SHARED:
        break;
    }
    unsigned long index = strtoul(reader->value, &end, 10);
    return *end == '\0' && index < reader->book.text_count ? reader->book.texts + reader->book.starts[index] : NULL;
}

/* Append to the row, with empty cells for those passed over, which may be parts of a merged one. */
static enum sheet_fault put_cell(struct reader *reader, size_t column, const char *text)
{
    while (reader->row.count <= column) {
        size_t at = reader->row.count;
        const char *put = at == column ? text : "";
        put = put[0] == '\0' ? xlsx_merges_text(&reader->merges, reader->row.number, at) : put;
        size_t size = strlen(put);
        if (size > SHEET_CELL_BYTES || reader->used + size + 1 > SHEET_ROW_BYTES)
            return SHEET_TOO_LARGE;
        reader->given += size;
        if (reader->given > XLSX_GIVEN_FREE && reader->given / XLSX_RATIO > reader->file_bytes)
            return SHEET_HOSTILE;
        reader->starts[at] = reader->used;
        memcpy(reader->text + reader->used, put, size + 1);
        xlsx_unescape(reader->text + reader->used);
        size = strlen(reader->text + reader->used);
        sheet_trim(reader->text + reader->used, &size);
        reader->used += size + 1;
        reader->row.count++;
    }
    return SHEET_GOOD;
}

static void cell_end(struct xlsx_part *part)
{
    struct reader *reader = part->at;
    char number[XLSX_NUMBER_BYTES];
    const char *text = cell_text(reader, number);
    enum sheet_fault fault = text != NULL ? SHEET_GOOD : SHEET_BROKEN;
    reader->in_cell = false;
    reader->own = reader->own || (text != NULL && text[0] != '\0');
    if (fault == SHEET_GOOD && reader->column < SHEET_COLUMNS) {
        fault = xlsx_merges_see(&reader->merges, reader->row.number, reader->column, text);
        if (fault == SHEET_GOOD)
            fault = put_cell(reader, reader->column, text);
    } else if (fault == SHEET_GOOD && text[0] != '\0') {
        fault = SHEET_TOO_LARGE;
    }
    reader->column++;
    if (fault != SHEET_GOOD)
        xlsx_stop(part, fault);
}

static enum cell_kind kind_of(const char *type)
{
    if (type == NULL || strcmp(type, "n") == 0)
        return CELL_NUMBER;
    return strcmp(type, "s") == 0 ? CELL_SHARED : strcmp(type, "b") == 0 ? CELL_FLAG : CELL_TEXT;
}

/* Cells come from left to right; one without a name stands right of the one before. */
static void cell_start(struct xlsx_part *part, const char **attributes)
{
    struct reader *reader = part->at;
    const char *name = xlsx_attribute(attributes, "r"), *style = xlsx_attribute(attributes, "s"), *end = "";
    uint32_t column = reader->column, row = 0;
    bool good = name == NULL || (xlsx_cell_name(name, &column, &row, &end) && *end == '\0' && row == reader->row.number);
    if (!good || column < reader->column) {
        xlsx_stop(part, SHEET_BROKEN);
        return;
    }
    reader->column = column;
    reader->kind = kind_of(xlsx_attribute(attributes, "t"));
    reader->style = style != NULL ? strtoul(style, NULL, 10) : 0;
    reader->value_size = 0;
    reader->in_cell = true;
}

/* ---- rows ---- */

static void row_start(struct xlsx_part *part, const char **attributes)
{
    struct reader *reader = part->at;
    const char *name = xlsx_attribute(attributes, "r");
    char *end = NULL;
    unsigned long number = name != NULL ? strtoul(name, &end, 10) : reader->row.number + 1;
    if ((end != NULL && *end != '\0') || number <= reader->row.number) {
        xlsx_stop(part, SHEET_BROKEN);
        return;
    }
    if (number > SHEET_ROWS) {
        xlsx_stop(part, SHEET_TOO_LARGE);
        return;
    }
    reader->row.number = number;
    reader->row.count = reader->used = reader->column = 0;
    reader->in_row = true;
    reader->own = false;
}

/* Merged cells right of the last one that the file has. */
static enum sheet_fault fill_rest(struct reader *reader)
{
    size_t end = SHEET_COLUMNS;
    while (end > reader->row.count && xlsx_merges_text(&reader->merges, reader->row.number, end - 1)[0] == '\0')
        end--;
    return end > reader->row.count ? put_cell(reader, end - 1, "") : SHEET_GOOD;
}

/* A merged cell fills rows that say something themselves, and makes none of its own. */
static void row_end(struct xlsx_part *part)
{
    struct reader *reader = part->at;
    struct sheet_row *row = &reader->row;
    reader->in_row = false;
    if (!reader->own)
        return;
    enum sheet_fault fault = fill_rest(reader);
    for (size_t i = 0; i < row->count; i++)
        reader->cells[i] = reader->text + reader->starts[i];
    row->cells = reader->cells;
    uint64_t done = part->done < part->total ? part->done : part->total;
    row->offset = part->total > 0 ? (uint64_t)((double)reader->file_bytes * (double)done / (double)part->total) : 0;
    if (fault == SHEET_GOOD && !reader->fn(reader->ctx, row))
        fault = SHEET_STOPPED;
    if (fault != SHEET_GOOD)
        xlsx_stop(part, fault);
}

static void on_start(struct xlsx_part *part, const char *name, const char **attributes)
{
    struct reader *reader = part->at;
    if (strcmp(name, "row") == 0 && !reader->in_row)
        row_start(part, attributes);
    else if (strcmp(name, "c") == 0 && reader->in_row && !reader->in_cell)
        cell_start(part, attributes);
    else if (strcmp(name, "rPh") == 0)
        reader->in_sound = true;
    else if (reader->in_cell && !reader->in_sound)
        reader->in_value = strcmp(name, "v") == 0 || strcmp(name, "t") == 0;
}

static void on_text(struct xlsx_part *part, const char *text, size_t size)
{
    struct reader *reader = part->at;
    if (!reader->in_value)
        return;
    if (size > SHEET_CELL_BYTES - reader->value_size) {
        xlsx_stop(part, SHEET_TOO_LARGE);
        return;
    }
    memcpy(reader->value + reader->value_size, text, size);
    reader->value_size += size;
}

static void on_end(struct xlsx_part *part, const char *name)
{
    struct reader *reader = part->at;
    reader->in_value = false;
    if (strcmp(name, "rPh") == 0)
        reader->in_sound = false;
    else if (strcmp(name, "c") == 0 && reader->in_cell)
        cell_end(part);
    else if (strcmp(name, "row") == 0 && reader->in_row && !reader->in_cell)
        row_end(part);
}

/* ---- the pass before: what is merged ---- */

static void merge_start(struct xlsx_part *part, const char *name, const char **attributes)
{
    struct reader *reader = part->at;
    const char *range = strcmp(name, "mergeCell") == 0 ? xlsx_attribute(attributes, "ref") : NULL;
    enum sheet_fault fault = range != NULL ? xlsx_merges_add(&reader->merges, range) : SHEET_GOOD;
    if (fault != SHEET_GOOD)
        xlsx_stop(part, fault);
}

static void merge_end(struct xlsx_part *part, const char *name)
{
    (void)part;
    (void)name;
}

/* ---- the file ---- */

static enum sheet_fault read_sheet(struct xlsx_package *package, struct reader *reader)
{
    struct xlsx_part merged = {.start = merge_start, .end = merge_end, .at = reader};
    struct xlsx_part rows = {.start = on_start, .end = on_end, .text = on_text, .at = reader};
    enum sheet_fault fault = xlsx_read(package, reader->book.sheet, &merged, NULL);
    if (fault != SHEET_GOOD)
        return fault;
    xlsx_merges_sort(&reader->merges);
    reader->row.from_1904 = reader->book.from_1904;
    fault = xlsx_read(package, reader->book.sheet, &rows, NULL);
    return fault == SHEET_GOOD && reader->row.number == 0 ? SHEET_NOT_TEXT : fault;
}

enum sheet_fault xlsx_each(const char *data, size_t size, sheet_row_fn fn, void *ctx)
{
    struct xlsx_package *package = NULL;
    struct reader *reader = calloc(1, sizeof(*reader));
    enum sheet_fault fault = SHEET_NO_MEMORY;
    if (reader == NULL || (reader->text = malloc(SHEET_ROW_BYTES)) == NULL)
        goto out;
    reader->fn = fn;
    reader->ctx = ctx;
    reader->file_bytes = size;
    fault = xlsx_open(data, size, &package);
    if (fault == SHEET_GOOD)
        fault = xlsx_book_read(package, &reader->book);
    if (fault == SHEET_GOOD)
        fault = read_sheet(package, reader);

out:
    xlsx_close(package);
    if (reader != NULL) {
        xlsx_book_free(&reader->book);
        xlsx_merges_free(&reader->merges);
        free(reader->text);
    }
    free(reader);
    return fault;
}
