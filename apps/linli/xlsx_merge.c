/* Command line, XLSX: merged cells stand behind the rows in the file, so they are gathered in a pass of their own. */
#include "xlsx_merge.h"

#include <stdlib.h>
#include <string.h>

bool xlsx_cell_name(const char *text, uint32_t *column, uint32_t *row, const char **end)
{
    uint32_t letters = 0, digits = 0;
    *column = *row = 0;
    for (text += *text == '$' ? 1 : 0; *text >= 'A' && *text <= 'Z' && letters < 4; text++, letters++)
        *column = *column * 26 + (uint32_t)(*text - 'A' + 1);
    for (text += *text == '$' ? 1 : 0; *text >= '0' && *text <= '9' && digits < 8; text++, digits++)
        *row = *row * 10 + (uint32_t)(*text - '0');
    *end = text;
    if (letters == 0 || letters > 3 || digits == 0 || *row == 0 || *row > SHEET_ROWS)
        return false;
    --*column;
    return true;
}

enum sheet_fault xlsx_merges_add(struct xlsx_merges *merges, const char *range)
{
    struct xlsx_merge merge;
    uint32_t right = 0;
    const char *end = range;
    if (!xlsx_cell_name(range, &merge.column, &merge.first, &end))
        return SHEET_BROKEN;
    if (*end != ':') /* a range of one cell */
        return *end == '\0' ? SHEET_GOOD : SHEET_BROKEN;
    if (!xlsx_cell_name(end + 1, &right, &merge.last, &end) || *end != '\0')
        return SHEET_BROKEN;
    if (merge.last <= merge.first || merge.column >= SHEET_COLUMNS)
        return SHEET_GOOD;
    if (merges->count == merges->room) {
        size_t room = merges->room == 0 ? 256 : merges->room * 2;
        struct xlsx_merge *larger = room <= XLSX_MERGES ? realloc(merges->at, room * sizeof(*larger)) : NULL;
        if (larger == NULL)
            return room <= XLSX_MERGES ? SHEET_NO_MEMORY : SHEET_TOO_LARGE;
        merges->at = larger;
        merges->room = room;
    }
    merges->at[merges->count++] = merge;
    return SHEET_GOOD;
}

static int by_place(const void *a, const void *b)
{
    const struct xlsx_merge *left = a, *right = b;
    if (left->first != right->first)
        return left->first < right->first ? -1 : 1;
    return (left->column > right->column) - (left->column < right->column);
}

void xlsx_merges_sort(struct xlsx_merges *merges)
{
    if (merges->count > 0)
        qsort(merges->at, merges->count, sizeof(*merges->at), by_place);
}

enum sheet_fault xlsx_merges_see(struct xlsx_merges *merges, size_t row, size_t column, const char *text)
{
    while (merges->next < merges->count) {
        const struct xlsx_merge *at = &merges->at[merges->next];
        if (at->first > row || (at->first == row && at->column > column))
            break;
        merges->next++;
        if (at->first != row || at->column != column)
            continue;
        free(merges->open[column].text);
        merges->open[column].text = strdup(text);
        merges->open[column].last = at->last;
        if (merges->open[column].text == NULL)
            return SHEET_NO_MEMORY;
    }
    return SHEET_GOOD;
}

const char *xlsx_merges_text(const struct xlsx_merges *merges, size_t row, size_t column)
{
    bool reaches = merges->open[column].text != NULL && row <= merges->open[column].last;
    return reaches ? merges->open[column].text : "";
}

void xlsx_merges_free(struct xlsx_merges *merges)
{
    free(merges->at);
    for (size_t i = 0; i < SHEET_COLUMNS; i++)
        free(merges->open[i].text);
}
