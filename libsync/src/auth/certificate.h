/*
 * auth: what every signed statement of authority is: [body bin, signatures bin] (proto/authority.md 3). What a grant's holder says
 * has one signature; what the root says has as many as its document asks for, each after the index of its key. Pure.
 */
#ifndef LINLI_AUTH_CERTIFICATE_H
#define LINLI_AUTH_CERTIFICATE_H

#include "base/crypto.h"
#include "codec/reader.h"

enum {
    CERTIFICATE_DEPTH = 3, CERTIFICATE_ITEMS = 1024,
    ROOT_SIGNATURE_BYTES = 1 + SIGNATURE_BYTES, /* key index, signature */
    ROOT_SIGNATURES_MAX = 32                    /* those of a new root document: of the one before, and its own */
};

/* Under what it is said: a grant, or a version of the root document. */
struct issuer {
    bool by_root;
    uint64_t version;    /* when by_root */
    linli_hash id;       /* of the grant or of the document */
};
/* bin 32 of a grant, or [version, bin 32] of a root document. Reading fails the reader on anything else. */
void issuer_write(struct buf *out, const struct issuer *issuer);
void issuer_read(struct reader *r, struct issuer *out);

/* Its two halves, lent. */
struct certified {
    span body, signatures;
};
/*
 * Take it apart; the body is one scanned item. LINLI_OK, LINLI_E_FORMAT, LINLI_E_LIMIT (over `max` bytes). How many
 * signatures there must be is for the body's issuer to say (signatures_fit).
 */
int certificate_split(span certificate, size_t max, struct certified *out);
/* Are they of a form that this issuer's can have? None at all is a draft of the root's: it is no good yet. */
bool signatures_fit(const struct issuer *issuer, span signatures);
/*
 * Sign as this issuer (the root: as its key 0) and append; `secret` NULL: without a signature.
 * LINLI_OK, LINLI_E_LIMIT, LINLI_E_NOMEM: then nothing is appended.
 */
int certificate_sign(const uint8_t *secret, const struct issuer *issuer, const char *context, span body, struct buf *certificate);
/* The first number of the body: 1 a grant, 2 and up a statement. 0: no certificate. */
unsigned certificate_kind(span certificate);
/* Under what a statement is said: the id of a grant, or of a document of the root. False: it is none. */
bool certificate_issuer(span certificate, linli_hash *issuer);

#endif
