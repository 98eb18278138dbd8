/* auth: orders to erase (proto/authority.md 8): a statement that names what leaves every replica. Encode, decode, look up. Pure. */
#ifndef LINLI_AUTH_ERASURE_H
#define LINLI_AUTH_ERASURE_H

#include "auth/standing.h"

/* Classes (bit 1 << class) that can be erased: what is public stays, as the record's skeleton. */
enum { ERASABLE = 1 << 1 | 1 << 2 };
/* As many as a certificate holds items for; their bytes may end it before. */
enum { ERASURE_PARTS_MAX = 400 };

struct erasure {
    struct statement head;   /* its path is that of the scope that the record is in */
    linli_id record;
    unsigned classes;        /* bit 1 << class, of ERASABLE */
    unsigned reason;         /* enum linli_erase_reason, or a newer one's number */
    span parts;              /* lent by the certificate */
};
struct erasure_part {
    linli_author author;
    uint64_t seq;
    uint32_t part;
};
/* In the order in which an order has them. */
int erasure_part_compare(const struct erasure_part *a, const struct erasure_part *b);

/* As the makers of statement.h; the parts are sorted by this call. LINLI_E_LIMIT: say it in several. */
int erasure_make(const uint8_t *secret, struct erasure *e, struct erasure_part *parts, size_t count,
                 struct buf *certificate);
int erasure_decode(span certificate, struct erasure *out);
/* What it names, in order; `fn` false stops. */
void erasure_each(const struct erasure *e, bool (*fn)(void *ctx, const struct erasure_part *part), void *ctx);
bool erasure_names(const struct erasure *e, const struct erasure_part *part);

/*
 * The classes for which it counts: none when it does not stand, else those that it speaks of and whose parts its issuer could
 * have written with the right to manage. LINLI_OK or LINLI_E_NOMEM or what the source says.
 */
int standing_erasure(const struct standing_source *source, struct arena *a, const struct erasure *e, unsigned *classes);

#endif
