/** Command line: where this replica has met others, in `peers.json` in the store's folder: addresses and keys, no names. */
#ifndef LINLI_APP_PEERS_H
#define LINLI_APP_PEERS_H

#include <jansson.h>

#include "context.h"

/** Returns: an array of {address, peer, last, settled}; empty when nobody was met; yours; NULL without memory. */
json_t *peers_read(const struct context *ctx);
/** Remember a meeting at `address`; NULL: the peer called us. From any thread. What cannot be written is not remembered: it is a convenience. */
void peers_note(const struct context *ctx, const char *address, const struct linli_session_report *report);

#endif
