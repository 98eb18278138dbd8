/** Command line: what goes to stdout: JSON for scripts, aligned tables for people. */
#ifndef LINLI_APP_OUTPUT_H
#define LINLI_APP_OUTPUT_H

#include <jansson.h>

#include "context.h"

enum { OUTPUT_HEX_BYTES = 65, OUTPUT_DOT_BYTES = 64 + 1 + 16 + 1 + 20 + 1 };

/** Lower-case hexadecimal digits; `out` takes 2 * size + 1. Returns: `out`. */
char *output_hex(const uint8_t *at, size_t size, char *out);
/** 32 digits into `out` (OUTPUT_HEX_BYTES will do). */
char *output_id(const linli_id *id, char *out);
/** device key '.' incarnation ':' seq, in OUTPUT_DOT_BYTES: names one write, and is what `resolve --choose` takes. */
char *output_dot(const linli_dot *dot, char *out);
/** For people: the first 8 digits of the key ':' seq, which `resolve --choose` takes too. Into OUTPUT_DOT_BYTES. */
char *output_short_dot(const linli_dot *dot, char *out);
/** device key '.' incarnation. */
char *output_author(const linli_author *author, char *out);
/** Read what output_dot wrote. */
bool output_read_dot(const char *text, linli_dot *dot);

/** Print one JSON document and a newline; takes `json` over. Returns an exit code: memory may have run out. */
int output_json(struct context *ctx, json_t *json);
/** The same with keys sorted: the canonical form. */
int output_json_sorted(struct context *ctx, json_t *json);
/** A JSON string of bytes that should be UTF-8; what is not becomes U+FFFD. */
json_t *output_text(const char *text, size_t size);
json_t *output_json_id(const linli_id *id);

/** "captain", ...; "" for 0. Stable names for scripts. */
const char *output_role(unsigned role);
const char *output_scope_kind(unsigned kind);
/** The same for people, translated. */
const char *output_role_label(unsigned role);
const char *output_scope_kind_label(unsigned kind);

/** Columns that a terminal gives to this text: 2 for wide characters, 0 for combining ones. */
size_t output_width(const char *text);

enum { TABLE_CELL_COLUMNS = 120 }; /* what is wider ends there with an ellipsis */

/** A table that is printed once all its rows are known. */
struct table {
    size_t columns, rows, room;
    char **cells; /**< row 0 holds the headings */
    bool right[24];
    bool broken;  /**< memory ran out */
};
/** Headings are borrowed for the call; a heading that begins with '>' makes a column of numbers, set right. */
void table_begin(struct table *table, const char *const *headings, size_t columns);
/** Add a row; texts are copied, control characters become blanks. */
void table_row(struct table *table, const char *const *texts);
/** Print when `show` (a list in JSON has been printed line by line), and free. Returns an exit code. */
int table_finish(struct context *ctx, struct table *table, bool show);

#endif
