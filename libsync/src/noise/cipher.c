/*
 * noise: one direction's cipher, and HMAC and HKDF over BLAKE2b. Keyed BLAKE2b is not HMAC, so it is written
 * out.
 */
#include "noise/cipher.h"

#include <linli/error.h>
#include <string.h>

#include "base/check.h"

/* RFC 2104 with BLAKE2b-512. The key is always a chaining key of 64 bytes, shorter than a block. */
void noise_hmac(const uint8_t key[NOISE_HASH_BYTES], span data, uint8_t out[NOISE_HASH_BYTES])
{
    uint8_t pad[NOISE_BLOCK_BYTES];
    uint8_t inner[NOISE_HASH_BYTES];
    struct hasher hasher;

    memset(pad, 0x36, sizeof(pad));
    for (size_t i = 0; i < NOISE_HASH_BYTES; i++)
        pad[i] ^= key[i];
    hasher_start(&hasher, NOISE_HASH_BYTES);
    hasher_add(&hasher, pad, sizeof(pad));
    hasher_add(&hasher, data.at, data.size);
    hasher_end(&hasher, inner, sizeof(inner));

    for (size_t i = 0; i < sizeof(pad); i++)
        pad[i] ^= 0x36 ^ 0x5c;
    hasher_start(&hasher, NOISE_HASH_BYTES);
    hasher_add(&hasher, pad, sizeof(pad));
    hasher_add(&hasher, inner, sizeof(inner));
    hasher_end(&hasher, out, NOISE_HASH_BYTES);

    crypto_wipe(pad, sizeof(pad));
    crypto_wipe(inner, sizeof(inner));
    crypto_wipe(&hasher, sizeof(hasher));
}

void noise_hkdf(const uint8_t ck[NOISE_HASH_BYTES], span input, uint8_t first[NOISE_HASH_BYTES],
                uint8_t second[NOISE_HASH_BYTES], uint8_t *third)
{
    uint8_t key[NOISE_HASH_BYTES];
    uint8_t chain[NOISE_HASH_BYTES + 1]; /* the output before, then its number */

    noise_hmac(ck, input, key);
    chain[0] = 1;
    noise_hmac(key, span_of(chain, 1), first);
    memcpy(chain, first, NOISE_HASH_BYTES);
    chain[NOISE_HASH_BYTES] = 2;
    noise_hmac(key, span_of(chain, sizeof(chain)), second);
    if (third != NULL) {
        memcpy(chain, second, NOISE_HASH_BYTES);
        chain[NOISE_HASH_BYTES] = 3;
        noise_hmac(key, span_of(chain, sizeof(chain)), third);
    }
    crypto_wipe(key, sizeof(key));
    crypto_wipe(chain, sizeof(chain));
}

void cipher_set_key(struct noise_cipher *c, const uint8_t key[AEAD_KEY_BYTES])
{
    memcpy(c->key, key, AEAD_KEY_BYTES);
    c->n = 0;
    c->has_key = true;
}

static int cipher_kill(struct noise_cipher *c)
{
    crypto_wipe(c->key, sizeof(c->key));
    c->dead = true;
    return LINLI_E_PROTOCOL;
}

size_t cipher_overhead(const struct noise_cipher *c)
{
    return c->has_key ? AEAD_TAG_BYTES : 0;
}

int cipher_seal(struct noise_cipher *c, span ad, span plain, uint8_t *out)
{
    if (c->dead)
        return LINLI_E_PROTOCOL;
    if (!c->has_key) {
        if (plain.size > 0)
            memcpy(out, plain.at, plain.size);
        return LINLI_OK;
    }
    if (c->n == UINT64_MAX) /* Noise 5.1: reserved for rekey */
        return cipher_kill(c);
    aead_seal(c->key, c->n, ad, plain, out);
    c->n++;
    return LINLI_OK;
}

int cipher_open(struct noise_cipher *c, span ad, span sealed, uint8_t *out)
{
    if (c->dead)
        return LINLI_E_PROTOCOL;
    if (!c->has_key) {
        if (sealed.size > 0)
            memcpy(out, sealed.at, sealed.size);
        return LINLI_OK;
    }
    if (c->n == UINT64_MAX || sealed.size < AEAD_TAG_BYTES ||
        aead_open(c->key, c->n, ad, sealed, out) != LINLI_OK)
        return cipher_kill(c);
    c->n++;
    return LINLI_OK;
}

int noise_seal(struct noise_cipher *c, span ad, span plain, struct buf *out)
{
    size_t before = out->size;
    uint8_t *to = buf_extend(out, plain.size + cipher_overhead(c));
    if (to == NULL)
        return out->failed;
    int rv = cipher_seal(c, ad, plain, to);
    if (rv != LINLI_OK)
        out->size = before;
    return rv;
}

int noise_open(struct noise_cipher *c, span ad, span sealed, struct buf *out)
{
    if (c->dead || sealed.size < cipher_overhead(c))
        return cipher_kill(c);
    size_t before = out->size;
    uint8_t *to = buf_extend(out, sealed.size - cipher_overhead(c));
    if (to == NULL) {
        (void)cipher_kill(c); /* the code to tell is why there was no room */
        return out->failed;
    }
    int rv = cipher_open(c, ad, sealed, to);
    if (rv != LINLI_OK)
        out->size = before;
    return rv;
}

/* Noise 4.2: the first 32 bytes of ENCRYPT(k, 2^64-1, no ad, 32 zero bytes); n goes on counting. */
int noise_rekey(struct noise_cipher *c)
{
    static const uint8_t zeros[AEAD_KEY_BYTES];
    uint8_t next[AEAD_KEY_BYTES + AEAD_TAG_BYTES];
    if (c->dead)
        return LINLI_E_PROTOCOL;
    ALWAYS(c->has_key);
    aead_seal(c->key, UINT64_MAX, span_of(NULL, 0), span_of(zeros, sizeof(zeros)), next);
    memcpy(c->key, next, AEAD_KEY_BYTES);
    crypto_wipe(next, sizeof(next));
    return LINLI_OK;
}
