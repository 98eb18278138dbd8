/*
 * noise: what a side proves in the payload of message 2 or 3 (proto/noise.md 2): its device key, signed over
 * the handshake so far, and its grants. The grants are carried, not judged: what the key may do is the
 * caller's question.
 */
#ifndef LINLI_NOISE_IDENTITY_H
#define LINLI_NOISE_IDENTITY_H

#include "base/bytes.h"
#include "base/crypto.h"
#include "noise/handshake.h"

enum identity_role { ROLE_INITIATOR = 1, ROLE_RESPONDER = 2 };

struct channel_identity {
    uint8_t sign_public[KEY_BYTES];
    uint64_t incarnation;
    struct buf chain; /* its grants, root-most first: one MessagePack array of bins; no bytes when none */
    bool has_commitment; /* a responder at enrolment has one (channel_code) */
    uint8_t commitment[HASH_BYTES];
};

/*
 * Append the payload, signed for `role` over `h` as it stands just before it is encrypted. LINLI_OK, or what
 * `out` says of its room: LINLI_E_NOMEM, LINLI_E_LIMIT.
 */
int identity_encode(const struct channel_identity *self, const uint8_t sign_secret[SIGN_SECRET_BYTES],
                    enum identity_role role, const uint8_t h[NOISE_HASH_BYTES], struct buf *out);
/*
 * Bounds scan, then decode; keys of a newer version are skipped. The signature is not judged here.
 * Returns LINLI_OK (`out->chain` is then the caller's to free); LINLI_E_PROTOCOL; LINLI_E_LIMIT;
 * LINLI_E_NOMEM.
 */
int identity_decode(span payload, struct channel_identity *out, uint8_t signature[SIGNATURE_BYTES]);
/* LINLI_OK or LINLI_E_SIGNATURE. */
int identity_check(const struct channel_identity *identity, enum identity_role role,
                   const uint8_t h[NOISE_HASH_BYTES], const uint8_t signature[SIGNATURE_BYTES]);
void identity_free(struct channel_identity *identity);

#endif
