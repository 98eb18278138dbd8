/* Command line, CSV out: RFC 4180 through libcsv. */
#include "csv_writer.h"

#include <csv.h>
#include <string.h>

#include "sheet.h"

void csv_write_begin(FILE *out)
{
    fputs("\xEF\xBB\xBF", out);
}

/* A cell that begins like a formula gets an apostrophe, which csv_each takes off again; plain numbers do not need it. */
static bool needs_guard(const char *text)
{
    bool number = text[0] == '-' && text[1] != '\0' && strspn(text + 1, "0123456789.") == strlen(text + 1);
    return sheet_formula_like(text) && !number;
}

void csv_write_cell(FILE *out, const char *text, bool first)
{
    if (!first)
        fputc(',', out);
    if (needs_guard(text)) {
        fputs("\"'", out);
        for (; *text != '\0'; text++) {
            if (*text == '"')
                fputc('"', out);
            fputc(*text, out);
        }
        fputc('"', out);
    } else if (strpbrk(text, ",\"\r\n\t;") != NULL) {
        csv_fwrite(out, text, strlen(text));
    } else {
        fputs(text, out);
    }
}

void csv_write_digits(FILE *out, const char *text, bool first)
{
    if (text[0] != '\0' && strspn(text, "0123456789Xx") == strlen(text))
        fprintf(out, "%s\"%s\t\"", first ? "" : ",", text);
    else
        csv_write_cell(out, text, first);
}

void csv_write_end(FILE *out)
{
    fputs("\r\n", out);
}
