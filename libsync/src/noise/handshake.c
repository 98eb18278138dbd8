/*
 * noise: the symmetric state and the handshake state of Noise revision 34 (sections 5.2 and 5.3), driven by a
 * pattern.
 */
#include "noise/handshake.h"

#include <linli/error.h>
#include <string.h>

#include "base/check.h"
#include "noise/cipher.h"
#include "noise/pattern.h"

static void wipe_keys(struct noise_handshake *hs)
{
    crypto_wipe(hs->ck, sizeof(hs->ck));
    crypto_wipe(&hs->cipher, sizeof(hs->cipher));
    crypto_wipe(hs->s_secret, sizeof(hs->s_secret));
    crypto_wipe(hs->e_secret, sizeof(hs->e_secret));
    crypto_wipe(hs->psk, sizeof(hs->psk));
    hs->has_s = false;
    hs->has_e = false;
}

static int fail(struct noise_handshake *hs, int code)
{
    wipe_keys(hs);
    hs->failed = true;
    return code;
}

static void mix_hash(struct noise_handshake *hs, span data)
{
    struct hasher hasher;
    hasher_start(&hasher, NOISE_HASH_BYTES);
    hasher_add(&hasher, hs->h, sizeof(hs->h));
    hasher_add(&hasher, data.at, data.size);
    hasher_end(&hasher, hs->h, sizeof(hs->h));
}

static void mix_key(struct noise_handshake *hs, const uint8_t input[DH_BYTES])
{
    uint8_t key[NOISE_HASH_BYTES]; /* HASHLEN is 64: the cipher takes the first 32 */
    noise_hkdf(hs->ck, span_of(input, DH_BYTES), hs->ck, key, NULL);
    cipher_set_key(&hs->cipher, key);
    crypto_wipe(key, sizeof(key));
}

static void mix_psk(struct noise_handshake *hs)
{
    uint8_t hash[NOISE_HASH_BYTES], key[NOISE_HASH_BYTES];
    ALWAYS(hs->psk_next < hs->psk_count);
    noise_hkdf(hs->ck, span_of(hs->psk[hs->psk_next], NOISE_PSK_BYTES), hs->ck, hash, key);
    hs->psk_next++;
    mix_hash(hs, span_of(hash, sizeof(hash)));
    cipher_set_key(&hs->cipher, key);
    crypto_wipe(hash, sizeof(hash));
    crypto_wipe(key, sizeof(key));
}

static int seal_and_hash(struct noise_handshake *hs, span plain, struct buf *out)
{
    size_t before = out->size;
    int rv = noise_seal(&hs->cipher, span_of(hs->h, sizeof(hs->h)), plain, out);
    if (rv == LINLI_OK)
        mix_hash(hs, span_of(out->at + before, out->size - before));
    return rv;
}

/*
 * The pattern decides which keys a token meets; noise_start and the tokens before it have seen to it that
 * they are there.
 */
static int mix_dh(struct noise_handshake *hs, enum noise_token token)
{
    uint8_t shared[DH_BYTES];
    bool own_static = token == TOKEN_SS || token == (hs->initiator ? TOKEN_SE : TOKEN_ES);
    bool peer_static = token == TOKEN_SS || token == (hs->initiator ? TOKEN_ES : TOKEN_SE);
    ALWAYS(own_static ? hs->has_s : hs->has_e);
    ALWAYS(peer_static ? hs->has_rs : hs->has_re);
    int rv = dh_shared(own_static ? hs->s_secret : hs->e_secret, peer_static ? hs->rs : hs->re, shared);
    if (rv == LINLI_OK)
        mix_key(hs, shared);
    crypto_wipe(shared, sizeof(shared));
    return rv;
}

static void mix_ephemeral(struct noise_handshake *hs, const uint8_t public_key[DH_BYTES])
{
    mix_hash(hs, span_of(public_key, DH_BYTES));
    if (hs->psk_count > 0) /* Noise 9.2 */
        mix_key(hs, public_key);
}

static bool pattern_sends_static(const struct noise_pattern *pattern, bool initiator)
{
    for (size_t m = initiator ? 0 : 1; m < pattern->message_count; m += 2)
        for (const uint8_t *token = pattern->tokens[m]; *token != TOKEN_END; token++)
            if (*token == TOKEN_S)
                return true;
    return initiator ? pattern->initiator_known : pattern->responder_known;
}

static void mix_pre_messages(struct noise_handshake *hs)
{
    if (hs->pattern->initiator_known)
        mix_hash(hs, span_of(hs->initiator ? hs->s_public : hs->rs, DH_BYTES));
    if (hs->pattern->responder_known)
        mix_hash(hs, span_of(hs->initiator ? hs->rs : hs->s_public, DH_BYTES));
}

int noise_start(struct noise_handshake *hs, const struct noise_pattern *pattern, bool initiator,
                span prologue, const struct noise_keys *keys)
{
    bool needs_s = pattern_sends_static(pattern, initiator);
    bool needs_rs = initiator ? pattern->responder_known : pattern->initiator_known;
    memset(hs, 0, sizeof(*hs));
    if ((needs_s && keys->s_secret == NULL && !keys->s_fresh) || (needs_rs && keys->rs == NULL) ||
        keys->psk_count != noise_pattern_psks(pattern) || keys->psk_count > NOISE_PSK_MAX) {
        hs->failed = true;
        return LINLI_E_ARG;
    }
    hs->pattern = pattern;
    hs->initiator = initiator;
    if (needs_s && keys->s_secret != NULL) {
        memcpy(hs->s_secret, keys->s_secret, DH_BYTES);
        dh_public(hs->s_secret, hs->s_public);
        hs->has_s = true;
    }
    if (keys->e_secret != NULL) {
        memcpy(hs->e_secret, keys->e_secret, DH_BYTES);
        dh_public(hs->e_secret, hs->e_public);
        hs->has_e = true;
    }
    if (needs_rs) {
        memcpy(hs->rs, keys->rs, DH_BYTES);
        hs->has_rs = true;
    }
    hs->psk_count = keys->psk_count;
    if (hs->psk_count > 0)
        memcpy(hs->psk, keys->psk, hs->psk_count * sizeof(hs->psk[0]));
    memcpy(hs->h, pattern->name, sizeof(hs->h)); /* a name of up to HASHLEN bytes is not hashed but padded */
    memcpy(hs->ck, hs->h, sizeof(hs->ck));
    mix_hash(hs, prologue);
    mix_pre_messages(hs);
    return LINLI_OK;
}

bool noise_finished(const struct noise_handshake *hs)
{
    return !hs->failed && hs->next_message == hs->pattern->message_count;
}

bool noise_writes_next(const struct noise_handshake *hs)
{
    return !hs->failed && !noise_finished(hs) && (hs->next_message % 2 == 0) == hs->initiator;
}

static bool reads_next(const struct noise_handshake *hs)
{
    return !hs->failed && !noise_finished(hs) && !noise_writes_next(hs);
}

/* The tokens without bytes of their own mean the same to who writes and who reads. */
static int mix_token(struct noise_handshake *hs, enum noise_token token)
{
    if (token != TOKEN_PSK)
        return mix_dh(hs, token);
    mix_psk(hs);
    return LINLI_OK;
}

static int write_ephemeral(struct noise_handshake *hs, const struct rng *rng, struct buf *out)
{
    if (!hs->has_e)
        dh_keypair(rng, hs->e_public, hs->e_secret);
    hs->has_e = true;
    int rv = buf_append(out, hs->e_public, DH_BYTES);
    if (rv == LINLI_OK)
        mix_ephemeral(hs, hs->e_public);
    return rv;
}

static int write_static(struct noise_handshake *hs, const struct rng *rng, struct buf *out)
{
    if (!hs->has_s)
        dh_keypair(rng, hs->s_public, hs->s_secret);
    hs->has_s = true;
    return seal_and_hash(hs, span_of(hs->s_public, DH_BYTES), out);
}

static int write_token(struct noise_handshake *hs, enum noise_token token, const struct rng *rng,
                       struct buf *out)
{
    if (token == TOKEN_E)
        return write_ephemeral(hs, rng, out);
    return token == TOKEN_S ? write_static(hs, rng, out) : mix_token(hs, token);
}

int noise_write_begin(struct noise_handshake *hs, const struct rng *rng, struct buf *out)
{
    size_t before = out->size;
    if (!noise_writes_next(hs) || hs->in_payload)
        return fail(hs, LINLI_E_PROTOCOL);
    for (const uint8_t *token = hs->pattern->tokens[hs->next_message]; *token != TOKEN_END; token++) {
        int rv = write_token(hs, (enum noise_token) * token, rng, out);
        if (rv != LINLI_OK) {
            out->size = before;
            return fail(hs, rv);
        }
    }
    hs->in_payload = true;
    return LINLI_OK;
}

int noise_write_payload(struct noise_handshake *hs, span payload, struct buf *out)
{
    if (!noise_writes_next(hs) || !hs->in_payload)
        return fail(hs, LINLI_E_PROTOCOL);
    int rv = seal_and_hash(hs, payload, out);
    if (rv != LINLI_OK)
        return fail(hs, rv);
    hs->in_payload = false;
    hs->next_message++;
    return LINLI_OK;
}

int noise_write(struct noise_handshake *hs, const struct rng *rng, span payload, struct buf *out)
{
    size_t before = out->size;
    int rv = noise_write_begin(hs, rng, out);
    if (rv == LINLI_OK)
        rv = noise_write_payload(hs, payload, out);
    if (rv != LINLI_OK)
        out->size = before;
    return rv;
}

/* Cut `size` bytes off the front of what is left of a message. */
static bool cut(span *left, size_t size, span *piece)
{
    if (left->size < size)
        return false;
    *piece = span_of(left->at, size);
    *left = span_of(left->at + size, left->size - size);
    return true;
}

static int read_ephemeral(struct noise_handshake *hs, span *left)
{
    span piece;
    if (!cut(left, DH_BYTES, &piece))
        return LINLI_E_PROTOCOL;
    memcpy(hs->re, piece.at, DH_BYTES);
    hs->has_re = true;
    mix_ephemeral(hs, hs->re);
    return LINLI_OK;
}

static int read_static(struct noise_handshake *hs, span *left)
{
    span piece;
    if (!cut(left, DH_BYTES + cipher_overhead(&hs->cipher), &piece) ||
        cipher_open(&hs->cipher, span_of(hs->h, sizeof(hs->h)), piece, hs->rs) != LINLI_OK)
        return LINLI_E_PROTOCOL;
    hs->has_rs = true;
    mix_hash(hs, piece);
    return LINLI_OK;
}

static int read_token(struct noise_handshake *hs, enum noise_token token, span *left)
{
    if (token == TOKEN_E)
        return read_ephemeral(hs, left);
    return token == TOKEN_S ? read_static(hs, left) : mix_token(hs, token);
}

int noise_read_begin(struct noise_handshake *hs, span message, span *sealed)
{
    *sealed = span_of(NULL, 0);
    if (!reads_next(hs) || hs->in_payload)
        return fail(hs, LINLI_E_PROTOCOL);
    for (const uint8_t *token = hs->pattern->tokens[hs->next_message]; *token != TOKEN_END; token++) {
        int rv = read_token(hs, (enum noise_token) * token, &message);
        if (rv != LINLI_OK)
            return fail(hs, rv);
    }
    hs->in_payload = true;
    *sealed = message;
    return LINLI_OK;
}

int noise_read_payload(struct noise_handshake *hs, span sealed, struct buf *payload)
{
    if (!reads_next(hs) || !hs->in_payload)
        return fail(hs, LINLI_E_PROTOCOL);
    int rv = noise_open(&hs->cipher, span_of(hs->h, sizeof(hs->h)), sealed, payload);
    if (rv != LINLI_OK)
        return fail(hs, rv);
    mix_hash(hs, sealed);
    hs->in_payload = false;
    hs->next_message++;
    return LINLI_OK;
}

int noise_read(struct noise_handshake *hs, span message, struct buf *payload)
{
    span sealed;
    int rv = noise_read_begin(hs, message, &sealed);
    return rv != LINLI_OK ? rv : noise_read_payload(hs, sealed, payload);
}

const uint8_t *noise_hash(const struct noise_handshake *hs)
{
    return hs->h;
}

int noise_split(struct noise_handshake *hs, struct noise_cipher *out, struct noise_cipher *in)
{
    uint8_t first[NOISE_HASH_BYTES], second[NOISE_HASH_BYTES];
    if (!noise_finished(hs))
        return fail(hs, LINLI_E_PROTOCOL);
    noise_hkdf(hs->ck, span_of(NULL, 0), first, second, NULL);
    memset(out, 0, sizeof(*out));
    memset(in, 0, sizeof(*in));
    cipher_set_key(out, hs->initiator ? first : second);
    cipher_set_key(in, hs->initiator ? second : first);
    crypto_wipe(first, sizeof(first));
    crypto_wipe(second, sizeof(second));
    wipe_keys(hs);
    hs->failed = true; /* a second split would hand out keys of zeros */
    return LINLI_OK;
}
