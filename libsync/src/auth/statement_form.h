/* auth: what the files of the statement kinds share. Pure. */
#ifndef LINLI_AUTH_STATEMENT_FORM_H
#define LINLI_AUTH_STATEMENT_FORM_H

#include "auth/certificate.h"
#include "auth/statement.h"
#include "codec/limits.h"
#include "codec/reader.h"

/* The body's first items; `more` of the kind's own follow. */
void statement_head_write(const struct statement *head, size_t more, struct buf *out);
/* Sign a whole body; LINLI_E_LIMIT when the certificate would be over LIMIT_STATEMENT_BYTES. Fills in id and scope. */
int statement_sign(const uint8_t *secret, struct statement *head, span body, struct buf *certificate);
/*
 * Read the head; `r` stands on the kind's own items, of which there are `fields`. LINLI_OK, LINLI_E_FORMAT, LINLI_E_LIMIT,
 * LINLI_E_VERSION (a kind of a newer version).
 */
int statement_open(span certificate, struct reader *r, struct statement *out, size_t *fields, struct certified *said);

#endif
