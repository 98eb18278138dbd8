/** Command line: where output waits while a query's callbacks run, so that a slow reader never holds the store up. */
#ifndef LINLI_APP_SPOOL_H
#define LINLI_APP_SPOOL_H

#include "context.h"

/**
 * A stream to write and to read again, in memory that is no file's: what waits in it was sealed, and no disk shall have it.
 *
 * Returns: yours to fclose; NULL without memory. That memory runs out later is an error of the stream.
 */
FILE *spool_stream(void);
/** The same for a library that must have a file: a descriptor, -1 with errno. */
int spool_file(void);

/** Where a library may lay files of its own: $TMPDIR, else /dev/shm, which is memory, too, else /tmp. */
const char *spool_folder(const struct context *ctx);

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

#endif
