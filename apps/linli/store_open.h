/** Command line: which store, under which key, by which clock. */
#ifndef LINLI_APP_STORE_OPEN_H
#define LINLI_APP_STORE_OPEN_H

#include "store_key.h"

/** Put the store's folder into ctx->store_dir: --store, $LINLI_STORE, else the user's data folder. Exit code. */
int store_find(struct context *ctx);

/**
 * Open the store into ctx->store. While another process holds it, wait for it for a moment, or hand the call to it
 * when it is a daemon that answers.
 * Args:    forwarded  set when a daemon did the work; the exit code is then its
 * Returns: an exit code, the error printed.
 */
int store_open(struct context *ctx, int argc, char **argv, bool *forwarded);

/** `dir`/`name`; yours to free; NULL without memory. */
char *store_path(const char *dir, const char *name);
/** Fill the library's options from the context and a key. */
void store_options(const struct context *ctx, const struct store_key *key, struct linli_options *options);

/** Set this thread's clock from --now or $LINLI_NOW. Exit code, the error printed. */
int store_clock(struct context *ctx);
/** Milliseconds since 1970 UTC, by this thread's clock. */
uint64_t store_now_ms(void);

#endif
