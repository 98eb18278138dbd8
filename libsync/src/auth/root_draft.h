/*
 * auth: what is to be said by the root, carried from one holder of a key to the next until enough of them have signed
 * (proto/authority.md 9). Nothing in a draft is believed: what counts is what its signatures are over. Pure.
 */
#ifndef LINLI_AUTH_ROOT_DRAFT_H
#define LINLI_AUTH_ROOT_DRAFT_H

#include "auth/succession.h"
#include "base/arena.h"

enum { DRAFT_ITEMS_MAX = 64, DRAFT_SIGNERS_MAX = 2, DRAFT_BYTES_MAX = 512 * 1024 };

struct signature_set {
    bool has[ROOT_KEYS_MAX];         /* by key index */
    uint8_t at[ROOT_KEYS_MAX][SIGNATURE_BYTES];
};
struct root_draft_item {
    span certificate;                /* not signed; in the arena */
    unsigned kind;                   /* enum statement_kind */
    size_t issuer;                   /* which of the signers says it; */
    unsigned signers;                /* with so many signatures */
    struct signature_set by_issuer, by_itself; /* the second: of a root version */
};
struct root_draft {
    struct arena *arena;
    struct root_document signers[DRAFT_SIGNERS_MAX]; /* the version that holds, and the one that is to come, when one is */
    size_t signer_count;
    struct root_draft_item *items;
    size_t count;
};

/* An empty one, to be said under this document. LINLI_OK or LINLI_E_NOMEM. */
int root_draft_start(struct root_draft *d, struct arena *a, const struct root_document *under);
/*
 * Add what is not signed yet; what comes after a root version may be said under that. LINLI_OK; LINLI_E_FORMAT (not the root's
 * to say, or under another document); LINLI_E_LIMIT; LINLI_E_NOMEM.
 */
int root_draft_add(struct root_draft *d, span certificate);
int root_draft_write(const struct root_draft *d, struct buf *out);
/* Without the signatures that are not good. LINLI_OK; LINLI_E_FORMAT; LINLI_E_LIMIT; LINLI_E_VERSION (of a newer program); LINLI_E_NOMEM. */
int root_draft_read(struct root_draft *d, struct arena *a, span bytes);
/* Over all that is to be signed: the same wherever the same thing is shown to somebody. */
void root_draft_fingerprint(const struct root_draft *d, linli_hash *out);
/*
 * Add this key's signature wherever it belongs and still lacks. LINLI_OK; LINLI_E_KEY (not a key of either document);
 * LINLI_E_EXISTS (it has signed, or enough others have); LINLI_E_NOMEM.
 */
int root_draft_sign(struct root_draft *d, const uint8_t secret[SIGN_SECRET_BYTES]);
/* How many more keys of a signer must sign, and whether this one has signed all that it is asked for. */
unsigned root_draft_missing(const struct root_draft *d, size_t signer);
bool root_draft_signed(const struct root_draft *d, size_t signer, unsigned key);
/* An item as it is said; appended. LINLI_OK; LINLI_E_WAIT (too few have signed); LINLI_E_NOMEM. */
int root_draft_certificate(const struct root_draft *d, size_t item, struct buf *out);

#endif
