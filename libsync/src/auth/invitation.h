/* auth: invitations: what a newcomer's device scans to find and be let in by its node (proto/authority.md 5). Pure. */
#ifndef LINLI_AUTH_INVITATION_H
#define LINLI_AUTH_INVITATION_H

#include "base/crypto.h"

struct invitation {
    linli_hash network;
    uint8_t secret[32];
    uint64_t expires_ms;
    char addresses[8][64];   /* host:port, printable ASCII without spaces */
    size_t address_count;
};

/*
 * Append the URI; it ends in a NUL that `uri->size` does not count.
 * Returns: LINLI_OK; LINLI_E_ARG (an address that may not stand in one, or too many); LINLI_E_LIMIT; LINLI_E_NOMEM.
 */
int invitation_text(const struct invitation *inv, struct buf *uri);
int invitation_parse(const char *uri, struct invitation *out);           /* LINLI_OK, LINLI_E_FORMAT, LINLI_E_VERSION */

#endif
