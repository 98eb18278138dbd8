/* Command line, tables: columns aligned by what a terminal shows, where a Chinese character takes two columns. */
#include <stdlib.h>
#include <string.h>

#include "clean.h"
#include "fail.h"
#include "output.h"

/* Ranges of East Asian Width W and F (Unicode 15, UAX #11), joined where what lies between is unassigned. */
static const uint32_t wide[][2] = {
    {0x1100, 0x115F}, {0x231A, 0x231B}, {0x2329, 0x232A}, {0x23E9, 0x23EC}, {0x25FD, 0x25FE}, {0x2614, 0x2615},
    {0x2648, 0x2653}, {0x26A1, 0x26A1}, {0x2705, 0x2705}, {0x274C, 0x274C}, {0x2753, 0x2757}, {0x2795, 0x2797},
    {0x2E80, 0x303E}, {0x3041, 0x33FF}, {0x3400, 0x4DBF}, {0x4E00, 0xA4CF}, {0xA960, 0xA97F}, {0xAC00, 0xD7A3},
    {0xF900, 0xFAFF}, {0xFE10, 0xFE19}, {0xFE30, 0xFE6F}, {0xFF01, 0xFF60}, {0xFFE0, 0xFFE6}, {0x16FE0, 0x18CFF},
    {0x1B000, 0x1B2FF}, {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
/* Marks that stand on the character before them, and signs without a shape. */
static const uint32_t narrowless[][2] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x064B, 0x065F},
                                         {0x0E34, 0x0E3A}, {0x200B, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x2064},
                                         {0x20D0, 0x20F0}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF},
                                         {0xE0100, 0xE01EF}};

static bool among(const uint32_t ranges[][2], size_t count, uint32_t c)
{
    for (size_t i = 0; i < count; i++)
        if (c >= ranges[i][0] && c <= ranges[i][1])
            return true;
    return false;
}

static size_t character_width(uint32_t c)
{
    if (c < 0x300)
        return 1;
    if (among(narrowless, sizeof(narrowless) / sizeof(narrowless[0]), c))
        return 0;
    return among(wide, sizeof(wide) / sizeof(wide[0]), c) ? 2 : 1;
}

size_t output_width(const char *text)
{
    size_t width = 0;
    while (*text != '\0')
        width += character_width(clean_next(&text));
    return width;
}

/* Copy for a cell: at most TABLE_CELL_COLUMNS wide, on one line. */
static char *cell_copy(const char *text)
{
    const char *at = text;
    size_t width = 0;
    while (*at != '\0') {
        const char *before = at;
        width += character_width(clean_next(&at));
        if (width > TABLE_CELL_COLUMNS) {
            at = before;
            break;
        }
    }
    size_t size = (size_t)(at - text);
    bool cut = *at != '\0';
    char *copy = malloc(size + 4);
    if (copy == NULL)
        return NULL;
    size = clean_copy(copy, text, size);
    memcpy(copy + size, cut ? "\xe2\x80\xa6" : "", cut ? 4 : 1);
    return copy;
}

void table_begin(struct table *table, const char *const *headings, size_t columns)
{
    const char *texts[24];
    memset(table, 0, sizeof(*table));
    table->columns = columns;
    for (size_t i = 0; i < columns; i++) {
        table->right[i] = headings[i][0] == '>';
        texts[i] = headings[i] + (table->right[i] ? 1 : 0);
    }
    table_row(table, texts);
}

void table_row(struct table *table, const char *const *texts)
{
    if (table->rows == table->room) {
        size_t room = table->room == 0 ? 32 : table->room * 2;
        char **cells = table->columns > 0 ? realloc(table->cells, room * table->columns * sizeof(char *)) : NULL;
        if (cells == NULL) {
            table->broken = true;
            return;
        }
        table->cells = cells;
        table->room = room;
    }
    char **row = table->cells + table->rows * table->columns;
    for (size_t i = 0; i < table->columns; i++) {
        row[i] = cell_copy(texts[i] != NULL ? texts[i] : "");
        if (row[i] == NULL)
            table->broken = true;
    }
    table->rows++;
}

/* Nothing is put behind the last cell that holds something. */
static void put_row(struct context *ctx, const struct table *table, char *const *row, const size_t *widths)
{
    size_t columns = table->columns;
    while (columns > 0 && row[columns - 1][0] == '\0')
        columns--;
    for (size_t i = 0; i < columns; i++) {
        size_t pad = widths[i] - output_width(row[i]);
        if (table->right[i])
            fprintf(ctx->out, "%*s%s", (int)pad, "", row[i]);
        else
            fprintf(ctx->out, "%s%*s", row[i], i + 1 == columns ? 0 : (int)pad, "");
        fputs(i + 1 == columns ? "" : "  ", ctx->out);
    }
    fputc('\n', ctx->out);
}

/* A table whose headings are all empty is a list of pairs and has no first line. */
static bool has_headings(const struct table *table)
{
    for (size_t i = 0; i < table->columns; i++)
        if (table->cells[i][0] != '\0')
            return true;
    return false;
}

int table_finish(struct context *ctx, struct table *table, bool show)
{
    size_t widths[24] = {0};
    for (size_t i = 0; i < table->rows * table->columns; i++) {
        size_t width = table->cells[i] != NULL ? output_width(table->cells[i]) : 0;
        if (width > widths[i % table->columns])
            widths[i % table->columns] = width;
    }
    show = show && !table->broken && table->cells != NULL;
    for (size_t i = show && has_headings(table) ? 0 : 1; show && i < table->rows; i++) {
        if (i == 0 && ctx->colour)
            fputs("\033[1m", ctx->out);
        put_row(ctx, table, table->cells + i * table->columns, widths);
        if (i == 0 && ctx->colour)
            fputs("\033[0m", ctx->out);
    }
    for (size_t i = 0; i < table->rows * table->columns; i++)
        free(table->cells[i]);
    free(table->cells);
    bool broken = table->broken;
    memset(table, 0, sizeof(*table));
    return broken ? fail_memory(ctx) : STATUS_DONE;
}
