/** Command line: the local socket over which `linli` hands a call to the daemon that holds the store. */
#ifndef LINLI_APP_CONTROL_H
#define LINLI_APP_CONTROL_H

#include "context.h"

/**
 * Ask the daemon that holds this store to run the call with our streams, folder and environment.
 *
 * Args:    status  the exit code, when it did
 * Returns: true when a daemon took the call; false when none answers (nothing was printed).
 */
bool control_forward(struct context *ctx, int argc, char **argv, int *status);

/** A daemon's end: one thread that accepts, and one for each call. */
struct control;
/** Listen in ctx->store_dir and serve ctx->store. LINLI_OK, LINLI_E_DISK, LINLI_E_NOMEM. */
int control_listen(struct context *ctx, struct control **out);
/** Take no more calls, wait for those that run, remove the socket. Accepts NULL. */
void control_close(struct control *control);

#endif
