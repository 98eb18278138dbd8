/** Command line: one meeting with a peer, as a line of JSON or words. */
#ifndef LINLI_APP_SESSION_OUTPUT_H
#define LINLI_APP_SESSION_OUTPUT_H

#include <jansson.h>

#include "context.h"

/** Print what one session did; `more`: further keys for JSON, taken over, or NULL. Returns an exit code. */
int session_print(struct context *ctx, const struct linli_session_report *report, json_t *more);
/** Split HOST:PORT or [HOST]:PORT; `host` takes 256 bytes. False when it is neither. */
bool session_address(const char *text, char *host, unsigned *port);
/** Progress callback for linli_sync_options; its ctx is a struct progress. */
bool session_progress(void *at, uint64_t in_changesets, uint64_t out_changesets);

#endif
