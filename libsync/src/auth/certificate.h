/* auth: what every signed statement of authority is: [body bin, signature bin 64] (proto/authority.md 3, 6). Pure. */
#ifndef LINLI_AUTH_CERTIFICATE_H
#define LINLI_AUTH_CERTIFICATE_H

#include "base/crypto.h"

enum { CERTIFICATE_DEPTH = 3, CERTIFICATE_ITEMS = 1024 };

/* The two halves, lent; the body is one scanned item. LINLI_OK, LINLI_E_FORMAT, LINLI_E_LIMIT (over `max` bytes). */
int certificate_split(span certificate, size_t max, span *body, uint8_t signature[SIGNATURE_BYTES]);
/* Sign and append. LINLI_OK, LINLI_E_LIMIT, LINLI_E_NOMEM: then nothing is appended. */
int certificate_sign(const uint8_t secret[SIGN_SECRET_BYTES], const char *context, span body, struct buf *certificate);
/* The first number of the body: 1 a grant, 2 and up a statement. 0: no certificate. */
unsigned certificate_kind(span certificate);

#endif
