/* Command line, headings: brought to one spelling, then looked up in the office's rules, then among the known names. */
#include "heading.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "roster.h"

enum { UNKNOWN = -1, PASSED_OVER = -2 };

/* A heading without its ornaments: "* 姓 名（必填）" is "姓名". English names keep their inner blanks. */
static void plain_heading(const char *text, char *out)
{
    char copy[256];
    size_t used = 0;
    bool latin = false;
    snprintf(copy, sizeof(copy), "%s", text);
    roster_halve(copy);
    for (const char *at = copy; *at != '\0' && *at != '(' && *at != ':' && used + 1 < HEADING_BYTES; at++) {
        if (*at == '*' || (*at == ' ' && !latin))
            continue;
        latin = (*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z');
        out[used++] = *at;
    }
    while (used > 0 && out[used - 1] == ' ')
        used--;
    out[used] = '\0';
}

static int find_column(const heading_names *names, int columns, const char *heading)
{
    for (int column = 0; heading[0] != '\0' && column < columns; column++)
        for (size_t i = 0; i < HEADING_NAMES && names[column][i] != NULL; i++)
            if (strcasecmp(names[column][i], heading) == 0)
                return column;
    return UNKNOWN;
}

/* The next rule of several, its two sides plain; false after the last. */
static bool next_rule(const char **rules, char name[HEADING_BYTES], char column[HEADING_BYTES])
{
    while (*rules != NULL && **rules != '\0') {
        char line[256];
        size_t size = strcspn(*rules, ",\n\r");
        snprintf(line, sizeof(line), "%.*s", (int)size, *rules);
        *rules += size + strspn(*rules + size, ",\n\r");
        char *equals = strchr(line, '=');
        if (line[0] == '#' || equals == NULL)
            continue;
        *equals = '\0';
        plain_heading(line, name);
        plain_heading(equals + 1, column);
        return true;
    }
    return false;
}

bool heading_map(const struct sheet_row *row, const char *rules, const heading_names *names, int columns, int *cell,
                 char (*heading)[HEADING_BYTES])
{
    char plain[HEADING_BYTES], name[HEADING_BYTES], column[HEADING_BYTES];
    for (const char *at = rules; next_rule(&at, name, column);)
        if (strcmp(column, "-") != 0 && find_column(names, columns, column) == UNKNOWN)
            return false;
    for (int i = 0; i < columns; i++)
        cell[i] = -1;
    for (size_t i = 0; i < row->count; i++) {
        plain_heading(row->cells[i], plain);
        int found = UNKNOWN;
        for (const char *at = rules; found == UNKNOWN && plain[0] != '\0' && next_rule(&at, name, column);)
            if (strcasecmp(name, plain) == 0)
                found = strcmp(column, "-") == 0 ? PASSED_OVER : find_column(names, columns, column);
        found = found == UNKNOWN ? find_column(names, columns, plain) : found;
        if (found < 0 || cell[found] >= 0)
            continue;
        cell[found] = (int)i;
        snprintf(heading[found], HEADING_BYTES, "%s", row->cells[i]);
    }
    return true;
}
