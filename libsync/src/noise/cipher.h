/*
 * noise: the cipher state and the key derivation under the handshake (Noise revision 34, sections 4.3 and
 * 5.1).
 */
#ifndef LINLI_NOISE_CIPHER_H
#define LINLI_NOISE_CIPHER_H

#include "noise/handshake.h"

enum { NOISE_BLOCK_BYTES = 128 }; /* BLOCKLEN of BLAKE2b */

void noise_hmac(const uint8_t key[NOISE_HASH_BYTES], span data, uint8_t out[NOISE_HASH_BYTES]);
/* HKDF with 2 or 3 outputs of 64 bytes; `third` is NULL for 2. `first` may be `ck` itself. */
void noise_hkdf(const uint8_t ck[NOISE_HASH_BYTES], span input, uint8_t first[NOISE_HASH_BYTES],
                uint8_t second[NOISE_HASH_BYTES], uint8_t *third);

void cipher_set_key(struct noise_cipher *c, const uint8_t key[AEAD_KEY_BYTES]);
/* Bytes that sealing adds: none as long as there is no key. */
size_t cipher_overhead(const struct noise_cipher *c);
/* Seal or open to a caller's buffer of the right size; without a key the bytes pass as they are. */
int cipher_seal(struct noise_cipher *c, span ad, span plain, uint8_t *out);
int cipher_open(struct noise_cipher *c, span ad, span sealed, uint8_t *out);

#endif
