/** Command line: where output waits while a query's callbacks run, so that a slow reader never holds the store up. */
#ifndef LINLI_APP_SPOOL_H
#define LINLI_APP_SPOOL_H

#include "context.h"

/**
 * A stream to write and to read again: in memory while it is short, then in a file of mode 0600 that has no name, in
 * $TMPDIR or /tmp.
 *
 * Returns: yours to fclose; NULL without memory. That the file cannot be had or is full is an error of the stream.
 */
FILE *spool_stream(const struct context *ctx);

/** Where such files lie: $TMPDIR or /tmp. */
const char *spool_folder(const struct context *ctx);
/** The file alone, for a library that must have one: a descriptor, -1 with errno. */
int spool_file(const struct context *ctx);

/** One stream whose writes wait. */
struct spool {
    FILE **stream, *before, *file;
};
/** From now on `*stream` collects. Exit code; on failure `*stream` is as before. */
int spool_begin(struct context *ctx, FILE **stream, struct spool *spool);
/**
 * `*stream` is as before, and has what was collected. To be called once the query is over: this is what may block.
 *
 * Returns: an exit code. Errors of the stream itself stay in its error flag, for whoever flushes it.
 */
int spool_end(struct context *ctx, struct spool *spool);

/** Print that a spool failed with `why` of errno. Exit code. */
int spool_fault(struct context *ctx, int why);

#endif
