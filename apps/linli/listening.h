/** Command line: the word that a running `serve` leaves in the store's folder of where it listens. */
#ifndef LINLI_APP_LISTENING_H
#define LINLI_APP_LISTENING_H

#include "context.h"

/** Leave word of `address`, for this user alone; NULL takes the word back. */
void listening_note(const struct context *ctx, const char *address);
/** Where the daemon that runs this call listens; `host` takes 256 bytes. False when none runs it: then the word is stale. */
bool listening_read(const struct context *ctx, char *host, unsigned *port);
/** Whether host:port reaches the daemon that runs this call. May ask the resolver. */
bool listening_is_own(const struct context *ctx, const char *host, unsigned port);

#endif
