/*
 * base: every primitive the project uses on libsodium (its guarded memory is secret.h's, its randomness rng.h's). Inputs are caller-owned; nothing is
 * kept. Secret comparisons are constant-time.
 */
#ifndef LINLI_BASE_CRYPTO_H
#define LINLI_BASE_CRYPTO_H

#include "base/bytes.h"
#include "base/ids.h"
#include "base/rng.h"

enum {
    SIGN_SECRET_BYTES = 64,
    SIGNATURE_BYTES = 64,
    SEED_BYTES = 32,
    DH_BYTES = 32,
    AEAD_KEY_BYTES = 32,
    AEAD_TAG_BYTES = 16,
    XNONCE_BYTES = 24,
    PWHASH_SALT_BYTES = 16
};

int crypto_start(void); /* once a process, any thread, again is harmless. LINLI_OK or LINLI_E_INTERNAL */
void crypto_wipe(void *at, size_t size);
bool crypto_equal(const void *a, const void *b, size_t size);

/* BLAKE2b-256 over a context string (with its NUL), then each span in order. */
void crypto_hash(const char *context, const span *spans, size_t count, linli_hash *out);
/* The same, cut to 16 bytes. */
void crypto_hash16(const char *context, const span *spans, size_t count, linli_id *out);
/* Keyed BLAKE2b-256. */
void crypto_mac(const uint8_t key[32], span data, linli_hash *out);

/* Plain streaming BLAKE2b: 64-byte output for Noise, 32-byte for ids and digests. Opaque storage. */
struct hasher {
    _Alignas(64) unsigned char opaque[384];
};
void hasher_start(struct hasher *h, size_t out_bytes);
void hasher_add(struct hasher *h, const void *at, size_t size);
void hasher_end(struct hasher *h, uint8_t *out, size_t out_bytes);

/* Ed25519. The secret is libsodium's 64 bytes. A signature is over the context string (with its NUL), then `data`. */
void sign_keypair(const struct rng *rng, uint8_t public_key[KEY_BYTES], uint8_t secret[SIGN_SECRET_BYTES]);
int sign_make(const uint8_t secret[SIGN_SECRET_BYTES], const char *context, span data, uint8_t out[SIGNATURE_BYTES]);
/* LINLI_OK or LINLI_E_SIGNATURE; LINLI_E_NOMEM for data over 1 KiB that could not be joined. */
int sign_check(const uint8_t public_key[KEY_BYTES], const char *context, span data, const uint8_t signature[SIGNATURE_BYTES]);
/* Plain Ed25519 verification without a context, for the pinned verdicts of odd signatures. */
bool sign_check_raw(const uint8_t public_key[KEY_BYTES], span data, const uint8_t signature[SIGNATURE_BYTES]);
/* A key of small order, in any encoding: somebody who holds no secret could make a verifier accept for it. */
bool sign_key_small(const uint8_t public_key[KEY_BYTES]);

/* X25519. LINLI_E_PROTOCOL when the shared secret is all zero. */
void dh_keypair(const struct rng *rng, uint8_t public_key[DH_BYTES], uint8_t secret[DH_BYTES]);
void dh_public(const uint8_t secret[DH_BYTES], uint8_t public_key[DH_BYTES]);
int dh_shared(const uint8_t secret[DH_BYTES], const uint8_t public_key[DH_BYTES], uint8_t out[DH_BYTES]);

/* ChaCha20-Poly1305 (IETF). Sealing writes size + 16 bytes; opening size - 16: LINLI_OK or LINLI_E_PROTOCOL (out then holds nothing). */
enum { AEAD_NONCE_BYTES = 12 };
void aead_seal_with(const uint8_t key[AEAD_KEY_BYTES], const uint8_t nonce[AEAD_NONCE_BYTES], span ad, span plain, uint8_t *out);
int aead_open_with(const uint8_t key[AEAD_KEY_BYTES], const uint8_t nonce[AEAD_NONCE_BYTES], span ad, span sealed, uint8_t *out);
/* The same with the nonce as Noise counts it: 4 zero bytes, then n little-endian. */
void aead_seal(const uint8_t key[AEAD_KEY_BYTES], uint64_t n, span ad, span plain, uint8_t *out);
int aead_open(const uint8_t key[AEAD_KEY_BYTES], uint64_t n, span ad, span sealed, uint8_t *out);

/* XChaCha20-Poly1305 with a random nonce in front: `out` takes 24 + size + 16. `plain` may stand at out + 24. */
void box_seal(const uint8_t key[AEAD_KEY_BYTES], const struct rng *rng, span ad, span plain, uint8_t *out);
int box_open(const uint8_t key[AEAD_KEY_BYTES], span ad, span sealed, uint8_t *out); /* LINLI_OK or LINLI_E_KEY */

/*
 * A stream of sealed pieces (libsodium's secretstream): none can be changed, left out, moved, or lost at the end unseen. The head
 * goes in front. A piece sealed is STREAM_MORE longer. One key makes any number of streams.
 */
enum { STREAM_HEAD_BYTES = 24, STREAM_MORE = 17 };
struct stream {
    _Alignas(8) unsigned char opaque[64];
};
void stream_head(const struct rng *rng, uint8_t head[STREAM_HEAD_BYTES]);
void stream_start(struct stream *s, const uint8_t key[AEAD_KEY_BYTES], const uint8_t head[STREAM_HEAD_BYTES]);
void stream_seal(struct stream *s, span plain, bool last, uint8_t *out);
int stream_open(struct stream *s, span sealed, uint8_t *out, bool *last); /* LINLI_OK or LINLI_E_KEY */

/*
 * To whoever has the secret of an X25519 key, from nobody in particular: libsodium's crypto_box_seal, with the key of its own out
 * of `rng`. `out` takes size + SEALED_BOX_MORE; opening gives size - SEALED_BOX_MORE: LINLI_OK or LINLI_E_KEY.
 */
enum { SEALED_BOX_MORE = DH_BYTES + AEAD_TAG_BYTES };
int sealed_box_make(const uint8_t to[DH_BYTES], const struct rng *rng, span plain, uint8_t *out); /* LINLI_E_PROTOCOL: no such key */
int sealed_box_open(const uint8_t public_key[DH_BYTES], const uint8_t secret[DH_BYTES], span sealed, uint8_t *out);

/* Argon2id (interactive limits). LINLI_OK or LINLI_E_NOMEM. */
int pwhash_key(span passphrase, const uint8_t salt[PWHASH_SALT_BYTES], uint8_t out[32]);

/* base64url without padding. `text` takes base64_text_size(size) bytes with its NUL. */
size_t base64_text_size(size_t size);
void base64_encode(span in, char *text);
/* LINLI_OK; LINLI_E_FORMAT; LINLI_E_LIMIT when more than `room` bytes come out. */
int base64_decode(const char *text, size_t text_size, uint8_t *out, size_t room, size_t *out_size);

#endif
