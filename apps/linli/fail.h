/** Command line: errors as one line for a person, `linli: WHAT: WHY; WHAT TO DO`, and an exit code for a script. */
#ifndef LINLI_APP_FAIL_H
#define LINLI_APP_FAIL_H

#include "context.h"

/**
 * Print one line on the caller's stderr.
 *
 * Args:    what    what was being done or looked at; shown by fail_word, control characters removed
 *          advice  what to do about it, already translated
 *          why     printf format, already translated
 * Returns: `status`.
 */
int fail(struct context *ctx, enum status status, const char *what, const char *advice, const char *why, ...)
    __attribute__((format(printf, 5, 6)));

/** The same for a code of the library: words and exit code come from one table. Returns STATUS_DONE for LINLI_OK. */
int fail_code(struct context *ctx, const char *what, int code);

/** Wrong usage of the running verb; sends the reader to its help page. Returns STATUS_USAGE. */
int fail_usage(struct context *ctx, const char *why, ...) __attribute__((format(printf, 2, 3)));

/**
 * What the caller typed, as an error may show it: to a person at a terminal as it is, into a log or a script's file only when
 * it is no person's (clean_word); else as `…`.
 */
const char *fail_word(const struct context *ctx, const char *word);

/** Memory ran out. Returns STATUS_FAILED. */
int fail_memory(struct context *ctx);

/** The exit code of a code of the library. */
enum status fail_status(int code);

#endif
