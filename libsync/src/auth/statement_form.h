/* auth: what the files of the statement kinds share. Pure. */
#ifndef LINLI_AUTH_STATEMENT_FORM_H
#define LINLI_AUTH_STATEMENT_FORM_H

#include "auth/certificate.h"
#include "auth/statement.h"
#include "codec/limits.h"
#include "codec/reader.h"

/* A row of any kind's array, and how it is written, read and ordered. */
union row {
    struct cut_row cut;
    linli_hash kept;
    struct ruling_item item;
};
struct row_form {
    size_t size;
    void (*write)(struct buf *out, const void *row);
    void (*read)(struct reader *r, void *row);
    int (*compare)(const void *x, const void *y);
};
/* LINLI_E_ARG: one row stands twice. */
int rows_sort(void *rows, size_t count, const struct row_form *form);
void rows_write(struct buf *out, const void *rows, size_t count, const struct row_form *form);
/* An array of such rows, lent whole; `r` fails when they do not rise. */
span rows_read(struct reader *r, const struct row_form *form);
/* The first row that matches; in an array that was read so. */
bool rows_find(span all, const struct row_form *form, bool (*match)(const void *row, const void *sought), const void *sought,
               void *out);

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
