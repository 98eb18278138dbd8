/** Command line: what was erased of a record, as `show` and `history` say it. */
#ifndef LINLI_APP_ERASING_H
#define LINLI_APP_ERASING_H

#include <jansson.h>

#include "context.h"

/** A line for each order about the record, none for most. A code of the library. */
int erasing_text(struct context *ctx, const linli_id *record);
/** The same as an array: yours; NULL when there is none. */
int erasing_json(struct context *ctx, const linli_id *record, json_t **out);
/** The same as lines of `linli history --json`: {"erased": true, ...}. */
int erasing_lines(struct context *ctx, const linli_id *record, int *status);
/** The word for scripts, "" when none was given. */
const char *erasing_kind(enum linli_erase_reason reason);

#endif
