/* base: every primitive the project uses, on libsodium. */
#include "base/crypto.h"
#include "base/check.h"
#include "base/mem.h"

#include <linli/error.h>
#include <string.h>

/* By name, not <sodium.h>: that one also declares NaCl's old crypto_hash, a name that is ours here. */
#include <sodium/core.h>
#include <sodium/crypto_aead_chacha20poly1305.h>
#include <sodium/crypto_aead_xchacha20poly1305.h>
#include <sodium/crypto_box.h>
#include <sodium/crypto_generichash.h>
#include <sodium/crypto_pwhash.h>
#include <sodium/crypto_scalarmult.h>
#include <sodium/crypto_secretstream_xchacha20poly1305.h>
#include <sodium/crypto_sign.h>
#include <sodium/utils.h>

_Static_assert(sizeof(struct hasher) >= sizeof(crypto_generichash_state), "a hasher holds libsodium's state");
_Static_assert(KEY_BYTES == crypto_sign_PUBLICKEYBYTES && SIGNATURE_BYTES == crypto_sign_BYTES, "Ed25519");
_Static_assert(SIGN_SECRET_BYTES == crypto_sign_SECRETKEYBYTES && SEED_BYTES == crypto_sign_SEEDBYTES, "Ed25519");
_Static_assert(DH_BYTES == crypto_scalarmult_BYTES, "X25519");
_Static_assert(XNONCE_BYTES == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "XChaCha20");
_Static_assert(SEALED_BOX_MORE == crypto_box_SEALBYTES && DH_BYTES == crypto_box_PUBLICKEYBYTES, "sealed boxes");
_Static_assert(sizeof(struct stream) >= sizeof(crypto_secretstream_xchacha20poly1305_state), "a stream holds libsodium's state");
_Static_assert(STREAM_HEAD_BYTES == crypto_secretstream_xchacha20poly1305_HEADERBYTES &&
                   STREAM_MORE == crypto_secretstream_xchacha20poly1305_ABYTES && AEAD_KEY_BYTES == crypto_secretstream_xchacha20poly1305_KEYBYTES,
               "secretstream");
_Static_assert(PWHASH_SALT_BYTES == crypto_pwhash_SALTBYTES, "Argon2id");

int crypto_start(void)
{
    return sodium_init() < 0 ? LINLI_E_INTERNAL : LINLI_OK;
}

void crypto_wipe(void *at, size_t size)
{
    sodium_memzero(at, size);
}

bool crypto_equal(const void *a, const void *b, size_t size)
{
    return sodium_memcmp(a, b, size) == 0;
}

/* --- BLAKE2b --- */

void hasher_start(struct hasher *h, size_t out_bytes)
{
    int rc = crypto_generichash_init((crypto_generichash_state *)(void *)h->opaque, NULL, 0, out_bytes);
    ALWAYS(rc == 0);
}

void hasher_add(struct hasher *h, const void *at, size_t size)
{
    if (size == 0)
        return; /* `at` may be NULL then */
    int rc = crypto_generichash_update((crypto_generichash_state *)(void *)h->opaque, at, size);
    ALWAYS(rc == 0);
}

void hasher_end(struct hasher *h, uint8_t *out, size_t out_bytes)
{
    int rc = crypto_generichash_final((crypto_generichash_state *)(void *)h->opaque, out, out_bytes);
    ALWAYS(rc == 0);
}

void crypto_hash(const char *context, const span *spans, size_t count, linli_hash *out)
{
    struct hasher h;

    hasher_start(&h, HASH_BYTES);
    hasher_add(&h, context, strlen(context) + 1);
    for (size_t i = 0; i < count; i++)
        hasher_add(&h, spans[i].at, spans[i].size);
    hasher_end(&h, out->b, HASH_BYTES);
}

void crypto_hash16(const char *context, const span *spans, size_t count, linli_id *out)
{
    linli_hash whole;

    crypto_hash(context, spans, count, &whole);
    memcpy(out->b, whole.b, ID_BYTES);
}

void crypto_mac(const uint8_t key[32], span data, linli_hash *out)
{
    int rc = crypto_generichash(out->b, HASH_BYTES, data.at, data.size, key, 32);
    ALWAYS(rc == 0);
}

/* --- Ed25519 --- */

/* What is signed, in one piece: libsodium's plain Ed25519 has no streaming form. */
struct joined {
    uint8_t small[1024];
    uint8_t *at, *owned;
    size_t size;
};

static int join(struct joined *j, const char *context, span data)
{
    size_t context_size = strlen(context) + 1;

    j->owned = NULL;
    j->at = j->small;
    j->size = context_size + data.size;
    if (j->size < data.size)
        return LINLI_E_NOMEM;
    if (j->size > sizeof(j->small)) {
        j->at = j->owned = mem_alloc(j->size);
        if (j->owned == NULL)
            return LINLI_E_NOMEM;
    }
    memcpy(j->at, context, context_size);
    if (data.size != 0)
        memcpy(j->at + context_size, data.at, data.size);
    return LINLI_OK;
}

void sign_keypair(const struct rng *rng, uint8_t public_key[KEY_BYTES], uint8_t secret[SIGN_SECRET_BYTES])
{
    uint8_t seed[SEED_BYTES];

    rng_fill(rng, seed, sizeof(seed));
    int rc = crypto_sign_seed_keypair(public_key, secret, seed);
    ALWAYS(rc == 0);
    crypto_wipe(seed, sizeof(seed));
}

int sign_make(const uint8_t secret[SIGN_SECRET_BYTES], const char *context, span data, uint8_t out[SIGNATURE_BYTES])
{
    struct joined j;
    int rv = join(&j, context, data);
    if (rv != LINLI_OK)
        return rv;
    int rc = crypto_sign_detached(out, NULL, j.at, j.size, secret);
    ALWAYS(rc == 0);
    mem_free(j.owned);
    return LINLI_OK;
}

int sign_check(const uint8_t public_key[KEY_BYTES], const char *context, span data,
               const uint8_t signature[SIGNATURE_BYTES])
{
    struct joined j;
    int rv = join(&j, context, data);
    if (rv != LINLI_OK)
        return rv;
    if (!sign_check_raw(public_key, span_of(j.at, j.size), signature))
        rv = LINLI_E_SIGNATURE;
    mem_free(j.owned);
    return rv;
}

bool sign_check_raw(const uint8_t public_key[KEY_BYTES], span data, const uint8_t signature[SIGNATURE_BYTES])
{
    return crypto_sign_verify_detached(signature, data.at, data.size, public_key) == 0;
}

/* The y of each of the eight points, and y + p where 255 bits hold it (proto/vectors/signature.py works them out). */
bool sign_key_small(const uint8_t public_key[KEY_BYTES])
{
    static const uint8_t order_8[2][KEY_BYTES] = {
        {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
         0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
        {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
         0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a}};
    uint8_t y[KEY_BYTES], middle;
    unsigned last = KEY_BYTES - 1;

    memcpy(y, public_key, KEY_BYTES);
    y[last] &= 0x7f; /* the sign of x */
    if (memcmp(y, order_8[0], KEY_BYTES) == 0 || memcmp(y, order_8[1], KEY_BYTES) == 0)
        return true;
    middle = y[1];
    for (unsigned i = 1; i < last; i++)
        if (y[i] != middle)
            return false;
    if (middle == 0x00)
        return y[last] == 0x00 && y[0] <= 1;                       /* 0, 1 */
    return middle == 0xff && y[last] == 0x7f && y[0] >= 0xec && y[0] <= 0xee; /* p - 1, p, p + 1 */
}

/* --- X25519 --- */

void dh_keypair(const struct rng *rng, uint8_t public_key[DH_BYTES], uint8_t secret[DH_BYTES])
{
    rng_fill(rng, secret, DH_BYTES);
    dh_public(secret, public_key);
}

void dh_public(const uint8_t secret[DH_BYTES], uint8_t public_key[DH_BYTES])
{
    int rc = crypto_scalarmult_base(public_key, secret);
    ALWAYS(rc == 0);
}

int dh_shared(const uint8_t secret[DH_BYTES], const uint8_t public_key[DH_BYTES], uint8_t out[DH_BYTES])
{
    if (crypto_scalarmult(out, secret, public_key) == 0)
        return LINLI_OK;
    crypto_wipe(out, DH_BYTES); /* a low-order point: RFC 7748 section 6.1 asks to stop */
    return LINLI_E_PROTOCOL;
}

/* --- AEAD --- */

/* Noise revision 34, section 12: 32 zero bits, then n as 64 bits little-endian. */
static void nonce_put(uint8_t nonce[12], uint64_t n)
{
    memset(nonce, 0, 4);
    for (unsigned i = 0; i < 8; i++)
        nonce[4 + i] = (uint8_t)(n >> 8 * i);
}

void aead_seal_with(const uint8_t key[AEAD_KEY_BYTES], const uint8_t nonce[AEAD_NONCE_BYTES], span ad, span plain, uint8_t *out)
{
    int rc = crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, plain.at, plain.size, ad.at, ad.size, NULL, nonce,
                                                       key);
    ALWAYS(rc == 0);
}

int aead_open_with(const uint8_t key[AEAD_KEY_BYTES], const uint8_t nonce[AEAD_NONCE_BYTES], span ad, span sealed, uint8_t *out)
{
    if (sealed.size < AEAD_TAG_BYTES)
        return LINLI_E_PROTOCOL;
    if (crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed.at, sealed.size, ad.at, ad.size, nonce,
                                                  key) != 0)
        return LINLI_E_PROTOCOL;
    return LINLI_OK;
}

void aead_seal(const uint8_t key[AEAD_KEY_BYTES], uint64_t n, span ad, span plain, uint8_t *out)
{
    uint8_t nonce[AEAD_NONCE_BYTES];

    nonce_put(nonce, n);
    aead_seal_with(key, nonce, ad, plain, out);
}

int aead_open(const uint8_t key[AEAD_KEY_BYTES], uint64_t n, span ad, span sealed, uint8_t *out)
{
    uint8_t nonce[AEAD_NONCE_BYTES];

    nonce_put(nonce, n);
    return aead_open_with(key, nonce, ad, sealed, out);
}

void box_seal(const uint8_t key[AEAD_KEY_BYTES], const struct rng *rng, span ad, span plain, uint8_t *out)
{
    rng_fill(rng, out, XNONCE_BYTES);
    int rc = crypto_aead_xchacha20poly1305_ietf_encrypt(out + XNONCE_BYTES, NULL, plain.at, plain.size, ad.at, ad.size,
                                                        NULL, out, key);
    ALWAYS(rc == 0);
}

int box_open(const uint8_t key[AEAD_KEY_BYTES], span ad, span sealed, uint8_t *out)
{
    if (sealed.size < XNONCE_BYTES + AEAD_TAG_BYTES)
        return LINLI_E_KEY;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed.at + XNONCE_BYTES,
                                                   sealed.size - XNONCE_BYTES, ad.at, ad.size, sealed.at, key) != 0)
        return LINLI_E_KEY;
    return LINLI_OK;
}

void stream_head(const struct rng *rng, uint8_t head[STREAM_HEAD_BYTES])
{
    rng_fill(rng, head, STREAM_HEAD_BYTES);
}

/* Both ends begin in the same state; libsodium's own start of the sealing end would take the head from the operating system. */
void stream_start(struct stream *s, const uint8_t key[AEAD_KEY_BYTES], const uint8_t head[STREAM_HEAD_BYTES])
{
    (void)crypto_secretstream_xchacha20poly1305_init_pull((void *)s->opaque, head, key);
}

void stream_seal(struct stream *s, span plain, bool last, uint8_t *out)
{
    unsigned char tag = last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;

    (void)crypto_secretstream_xchacha20poly1305_push((void *)s->opaque, out, NULL, plain.at, plain.size, NULL, 0, tag);
}

int stream_open(struct stream *s, span sealed, uint8_t *out, bool *last)
{
    unsigned char tag;

    *last = false;
    if (sealed.size < STREAM_MORE ||
        crypto_secretstream_xchacha20poly1305_pull((void *)s->opaque, out, NULL, &tag, sealed.at, sealed.size, NULL, 0) != 0)
        return LINLI_E_KEY;
    *last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    return LINLI_OK;
}

/* libsodium's crypto_box_seal takes its key from the operating system, which no simulation can replay. */
int sealed_box_make(const uint8_t to[DH_BYTES], const struct rng *rng, span plain, uint8_t *out)
{
    uint8_t secret[DH_BYTES], nonce[crypto_box_NONCEBYTES];
    struct hasher h;

    dh_keypair(rng, out, secret);
    hasher_start(&h, sizeof(nonce));
    hasher_add(&h, out, DH_BYTES);
    hasher_add(&h, to, DH_BYTES);
    hasher_end(&h, nonce, sizeof(nonce));
    int rc = crypto_box_easy(out + DH_BYTES, plain.at, plain.size, nonce, to, secret);
    crypto_wipe(secret, sizeof(secret));
    return rc == 0 ? LINLI_OK : LINLI_E_PROTOCOL;
}

int sealed_box_open(const uint8_t public_key[DH_BYTES], const uint8_t secret[DH_BYTES], span sealed, uint8_t *out)
{
    if (sealed.size < SEALED_BOX_MORE)
        return LINLI_E_KEY;
    return crypto_box_seal_open(out, sealed.at, sealed.size, public_key, secret) == 0 ? LINLI_OK : LINLI_E_KEY;
}

/* --- passphrases and text --- */

int pwhash_key(span passphrase, const uint8_t salt[PWHASH_SALT_BYTES], uint8_t out[32])
{
    int rc = crypto_pwhash(out, 32, (const char *)passphrase.at, passphrase.size, salt,
                           crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE,
                           crypto_pwhash_ALG_ARGON2ID13);
    return rc == 0 ? LINLI_OK : LINLI_E_NOMEM;
}

size_t base64_text_size(size_t size)
{
    return sodium_base64_encoded_len(size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void base64_encode(span in, char *text)
{
    sodium_bin2base64(text, base64_text_size(in.size), in.at, in.size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

int base64_decode(const char *text, size_t text_size, uint8_t *out, size_t room, size_t *out_size)
{
    size_t tail = text_size % 4;
    size_t size = text_size / 4 * 3 + (tail == 0 ? 0 : tail - 1);

    for (size_t i = 0; i < text_size; i++)
        if ((text[i] & 0x80) != 0) /* libsodium 1.0.18 takes some bytes past ASCII for letters */
            return LINLI_E_FORMAT;
    if (tail == 1)
        return LINLI_E_FORMAT;
    if (size > room)
        return LINLI_E_LIMIT;
    if (sodium_base642bin(out, room, text, text_size, NULL, out_size, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
        return LINLI_E_FORMAT;
    return LINLI_OK;
}
