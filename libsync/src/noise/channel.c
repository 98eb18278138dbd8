/*
 * noise: the channel of a connection (proto/noise.md): prefix, handshake with device keys, then sealed
 * frames.
 */
#include "noise/channel.h"

#include <linli/error.h>
#include <string.h>

#include "base/check.h"
#include "codec/limits.h"
#include "noise/pattern.h"

enum {
    WIRE_VERSION = 1,
    LENGTH_BYTES = 2,
    NETWORK_BYTES = 32,
    HINT_NONCE_BYTES = 8,
    VERSION_AT = 4,
    INTENT_AT = 5,
    HINT_AT = 6,
    REKEY_RECORDS = 65536 /* proto/noise.md 3 */
};

enum { CODES = 1000000 };

static const uint8_t MAGIC[VERSION_AT] = {'L', 'N', 'L', 'I'};
static const uint8_t EMPTY[1];

void channel_hint(const uint8_t psk[NOISE_PSK_BYTES], const uint8_t nonce[8], uint8_t hint[HINT_BYTES])
{
    uint8_t text[4 + HINT_NONCE_BYTES] = {'h', 'i', 'n', 't'};
    linli_hash mac;
    memcpy(text + 4, nonce, HINT_NONCE_BYTES);
    crypto_mac(psk, span_of(text, sizeof(text)), &mac);
    memmove(hint, nonce, HINT_NONCE_BYTES);
    memcpy(hint + HINT_NONCE_BYTES, mac.b, HINT_BYTES - HINT_NONCE_BYTES);
}

static void wipe_handshake(struct channel *c)
{
    crypto_wipe(&c->hs, sizeof(c->hs));
    crypto_wipe(c->sign_secret, sizeof(c->sign_secret));
    identity_free(&c->self);
}

static void shut(struct channel *c)
{
    wipe_handshake(c);
    crypto_wipe(&c->out_cipher, sizeof(c->out_cipher));
    crypto_wipe(&c->in_cipher, sizeof(c->in_cipher));
    buf_free(&c->in);
    buf_free(&c->plain);
    frame_reader_free(&c->frames);
    c->state = CHANNEL_CLOSED;
}

/* The prologue binds both sides to one prefix (so to one intent and hint) and one network. */
static void start_handshake(struct channel *c, const uint8_t prefix[CHANNEL_PREFIX_BYTES],
                            const uint8_t psk[NOISE_PSK_BYTES])
{
    uint8_t prologue[CHANNEL_PREFIX_BYTES + NETWORK_BYTES];
    uint8_t psks[1][NOISE_PSK_BYTES];
    struct noise_keys keys = {
        .s_fresh = true, .psk = (const uint8_t(*)[NOISE_PSK_BYTES])psks, .psk_count = 1};

    memcpy(prologue, prefix, CHANNEL_PREFIX_BYTES);
    memcpy(prologue + CHANNEL_PREFIX_BYTES, c->network, NETWORK_BYTES);
    memcpy(psks[0], psk, NOISE_PSK_BYTES);
    int rv = noise_start(&c->hs, &noise_xxpsk0, c->initiator, span_of(prologue, sizeof(prologue)), &keys);
    ALWAYS(rv == LINLI_OK); /* these are the keys of this pattern */
    crypto_wipe(psks, sizeof(psks));
}

/* Put the length of what was appended behind the LENGTH_BYTES at `from` in front of it. */
static int prefix_length(struct buf *out, size_t from, size_t max_bytes)
{
    ALWAYS(out->failed == LINLI_OK); /* or else what was appended last would have said so */
    size_t size = out->size - from - LENGTH_BYTES;
    if (size > max_bytes)
        return LINLI_E_LIMIT;
    be16_put(out->at + from, (uint16_t)size);
    return LINLI_OK;
}

static int write_first(struct channel *c, const struct channel_config *config, struct buf *out)
{
    uint8_t prefix[CHANNEL_PREFIX_BYTES], nonce[HINT_NONCE_BYTES];
    static const uint8_t no_length[LENGTH_BYTES];

    memcpy(c->network, config->network, NETWORK_BYTES);
    memcpy(prefix, MAGIC, sizeof(MAGIC));
    prefix[VERSION_AT] = WIRE_VERSION;
    prefix[INTENT_AT] = (uint8_t)c->intent;
    rng_fill(&c->rng, nonce, sizeof(nonce));
    channel_hint(config->psk, nonce, prefix + HINT_AT);
    c->prefix_done = true;
    start_handshake(c, prefix, config->psk);
    (void)buf_append(out, prefix, sizeof(prefix)); /* its errors stick and are told below */
    size_t from = out->size;
    (void)buf_append(out, no_length, sizeof(no_length));
    int rv = noise_write(&c->hs, &c->rng, span_of(NULL, 0), out);
    return rv != LINLI_OK ? rv : prefix_length(out, from, LIMIT_FIRST_FRAME_BYTES);
}

int channel_start(struct channel *c, const struct channel_config *config, struct buf *out)
{
    memset(c, 0, sizeof(*c));
    c->state = CHANNEL_CLOSED;
    if (config->initiator && (config->network == NULL || config->psk == NULL ||
                              (config->intent != INTENT_SYNC && config->intent != INTENT_ENROL)))
        return LINLI_E_ARG;
    c->initiator = config->initiator;
    c->intent = config->intent;
    c->rng = config->rng;
    c->keyring = config->keyring;
    c->hold = config->hold;
    memcpy(c->sign_secret, config->sign_secret, SIGN_SECRET_BYTES);
    memcpy(c->self.sign_public, config->self.sign_public, KEY_BYTES);
    c->self.incarnation = config->self.incarnation;
    c->state = CHANNEL_HANDSHAKE;
    size_t before = c->initiator ? out->size : 0;
    int rv = LINLI_OK;
    if (config->self.chain.size > 0)
        rv = buf_append(&c->self.chain, config->self.chain.at, config->self.chain.size);
    if (rv == LINLI_OK && c->initiator)
        rv = write_first(c, config, out);
    if (rv != LINLI_OK) {
        if (c->initiator)
            out->size = before;
        shut(c);
        return rv;
    }
    if (c->initiator)
        c->bytes_out = out->size - before;
    return LINLI_OK;
}

/*
 * Whatever is wrong shows at its first byte: a scanner's request is shorter than a prefix, and must not be
 * waited for.
 */
static int judge_prefix(const struct channel *c)
{
    size_t have = c->in.size;
    if (memcmp(c->in.at, MAGIC, have < sizeof(MAGIC) ? have : sizeof(MAGIC)) != 0)
        return LINLI_E_PROTOCOL;
    if (have > VERSION_AT && c->in.at[VERSION_AT] != WIRE_VERSION)
        return LINLI_E_VERSION;
    if (have > INTENT_AT && c->in.at[INTENT_AT] != INTENT_SYNC && c->in.at[INTENT_AT] != INTENT_ENROL)
        return LINLI_E_PROTOCOL;
    return LINLI_OK;
}

static int take_prefix(struct channel *c, span bytes, size_t *used)
{
    uint8_t psk[NOISE_PSK_BYTES] = {0};
    size_t missing = CHANNEL_PREFIX_BYTES - c->in.size;

    *used = bytes.size < missing ? bytes.size : missing;
    c->in.cap = LENGTH_BYTES + LIMIT_FIRST_FRAME_BYTES;
    int rv = buf_append(&c->in, bytes.at, *used);
    if (rv == LINLI_OK)
        rv = judge_prefix(c);
    if (rv != LINLI_OK || c->in.size < CHANNEL_PREFIX_BYTES)
        return rv;
    c->intent = (enum channel_intent)c->in.at[INTENT_AT];
    if (!c->keyring.find(c->keyring.ctx, c->intent, c->in.at + HINT_AT, psk, c->network))
        return LINLI_E_NETWORK;
    start_handshake(c, c->in.at, psk);
    crypto_wipe(psk, sizeof(psk));
    buf_clear(&c->in);
    c->prefix_done = true;
    return LINLI_OK;
}

/*
 * What a peer may make us hold: 1 KiB until message 1 proved the network's key, 8 KiB until its device key is
 * proved.
 */
static size_t unit_limit(const struct channel *c)
{
    if (c->state == CHANNEL_OPEN)
        return LIMIT_FRAME_BYTES;
    return c->hs.next_message == 0 ? LIMIT_FIRST_FRAME_BYTES : LIMIT_HANDSHAKE_BYTES;
}

/* The size of a unit with its length, from its first bytes; every unit ends in a tag. */
static int unit_size(const struct channel *c, const uint8_t *head, size_t *size)
{
    size_t length = be16_get(head);
    *size = LENGTH_BYTES + length;
    if (length > unit_limit(c))
        return LINLI_E_LIMIT;
    return length < AEAD_TAG_BYTES ? LINLI_E_PROTOCOL : LINLI_OK;
}

/*
 * Consume bytes up to the end of one handshake message or record, and lend it in `unit` when it is whole
 * (unit->at is NULL until then). One that came in one piece is lent where it lies; only the unfinished one is
 * copied.
 */
static int gather(struct channel *c, span bytes, size_t *used, span *unit)
{
    size_t need = LENGTH_BYTES;
    int rv;
    *unit = span_of(NULL, 0);
    if (c->in.size == 0 && bytes.size >= LENGTH_BYTES) {
        rv = unit_size(c, bytes.at, &need);
        if (rv != LINLI_OK)
            return rv;
        if (bytes.size >= need) {
            *used = need;
            *unit = span_of(bytes.at + LENGTH_BYTES, need - LENGTH_BYTES);
            return LINLI_OK;
        }
    }
    c->in.cap = LENGTH_BYTES + unit_limit(c);
    for (;;) {
        if (c->in.size >= LENGTH_BYTES) {
            rv = unit_size(c, c->in.at, &need);
            if (rv != LINLI_OK)
                return rv;
            if (c->in.size == need)
                break;
        }
        size_t left = bytes.size - *used;
        size_t take = need - c->in.size < left ? need - c->in.size : left;
        if (take == 0)
            return LINLI_OK;
        rv = buf_append(&c->in, bytes.at + *used, take);
        if (rv != LINLI_OK)
            return rv;
        *used += take;
    }
    *unit = span_of(c->in.at + LENGTH_BYTES, need - LENGTH_BYTES);
    return LINLI_OK;
}

static void commitment_of(const uint8_t reveal[REVEAL_BYTES], uint8_t out[HASH_BYTES])
{
    span of = span_of(reveal, REVEAL_BYTES);
    linli_hash hash;

    crypto_hash("linli/code/commitment/1", &of, 1, &hash);
    memcpy(out, hash.b, HASH_BYTES);
}

/* Before the initiator's last word, so that neither side can choose what it says last by the digits that come of it. */
static void commit_to_reveal(struct channel *c)
{
    rng_fill(&c->rng, c->reveal, sizeof(c->reveal));
    c->self.has_commitment = true;
    commitment_of(c->reveal, c->self.commitment);
}

static int write_identity(struct channel *c, struct buf *out)
{
    static const uint8_t no_length[LENGTH_BYTES];
    struct buf payload = {.cap = LIMIT_HANDSHAKE_BYTES};
    size_t from = out->size;

    if (c->intent == INTENT_ENROL && !c->initiator)
        commit_to_reveal(c);
    (void)buf_append(out, no_length, sizeof(no_length)); /* its errors stick and are told below */
    int rv = noise_write_begin(&c->hs, &c->rng, out);
    if (rv == LINLI_OK)
        rv = identity_encode(&c->self, c->sign_secret, c->initiator ? ROLE_INITIATOR : ROLE_RESPONDER,
                             noise_hash(&c->hs), &payload);
    if (rv == LINLI_OK)
        rv = noise_write_payload(&c->hs, buf_span(&payload), out);
    if (rv == LINLI_OK)
        rv = prefix_length(out, from, LIMIT_HANDSHAKE_BYTES);
    buf_free(&payload);
    return rv;
}

/* proto/noise.md 2, in its order: authentication tag, bounds scan, decode, signature; then reflection. */
static int read_identity(struct channel *c, span unit)
{
    uint8_t h[NOISE_HASH_BYTES], signature[SIGNATURE_BYTES];
    struct buf payload = {.cap = LIMIT_HANDSHAKE_BYTES};
    struct channel_identity peer = {0};
    span sealed;

    int rv = noise_read_begin(&c->hs, unit, &sealed);
    if (rv != LINLI_OK)
        goto out;
    memcpy(h, noise_hash(&c->hs), sizeof(h));
    rv = noise_read_payload(&c->hs, sealed, &payload);
    if (rv != LINLI_OK)
        goto out;
    rv = identity_decode(buf_span(&payload), &peer, signature);
    if (rv != LINLI_OK)
        goto out;
    rv = identity_check(&peer, c->initiator ? ROLE_RESPONDER : ROLE_INITIATOR, h, signature);
    if (rv != LINLI_OK)
        goto out;
    if (crypto_equal(c->hs.rs, c->hs.s_public, DH_BYTES)) {
        rv = LINLI_E_PROTOCOL;
        goto out;
    }
    if (crypto_equal(peer.sign_public, c->self.sign_public, KEY_BYTES)) {
        rv = LINLI_E_SELF;
        goto out;
    }
    if (c->intent == INTENT_ENROL && c->initiator && !peer.has_commitment) {
        rv = LINLI_E_PROTOCOL;
        goto out;
    }
    c->peer = peer;
    peer = (struct channel_identity){0};
out:
    identity_free(&peer);
    buf_free(&payload);
    return rv;
}

static int read_first(struct channel *c, span unit)
{
    struct buf payload = {.cap = LIMIT_FIRST_FRAME_BYTES};
    int rv = noise_read(&c->hs, unit, &payload);
    if (rv == LINLI_OK && payload.size != 0)
        rv = LINLI_E_PROTOCOL; /* no early data */
    buf_free(&payload);
    return rv;
}

static int take_handshake(struct channel *c, span unit, struct buf *out)
{
    int rv = c->hs.next_message == 0 ? read_first(c, unit) : read_identity(c, unit);
    if (rv == LINLI_OK && noise_writes_next(&c->hs) && !c->hold)
        rv = write_identity(c, out);
    if (rv != LINLI_OK || !noise_finished(&c->hs))
        return rv;
    rv = noise_split(&c->hs, &c->out_cipher, &c->in_cipher);
    ALWAYS(rv == LINLI_OK); /* it is finished */
    memcpy(c->binding, noise_hash(&c->hs), sizeof(c->binding));
    wipe_handshake(c);
    c->state = CHANNEL_OPEN;
    return LINLI_OK;
}

/* Count a record of one direction, and rekey that direction when its time has come. */
static int count_record(struct noise_cipher *cipher, uint64_t *count)
{
    *count += 1;
    return *count % REKEY_RECORDS == 0 ? noise_rekey(cipher) : LINLI_OK;
}

static int take_record(struct channel *c, span unit, enum frame_stream *stream, span *message)
{
    bool done = false;
    buf_clear(&c->plain);
    c->plain.cap = LIMIT_FRAME_BYTES;
    int rv = noise_open(&c->in_cipher, span_of(NULL, 0), unit, &c->plain);
    if (rv == LINLI_OK)
        rv = count_record(&c->in_cipher, &c->in_count);
    if (rv == LINLI_OK)
        rv = frame_read(&c->frames, buf_span(&c->plain), stream, message, &done);
    if (rv != LINLI_OK || !done)
        *message = span_of(NULL, 0);
    else if (message->at == NULL)
        *message = span_of(EMPTY, 0); /* an empty message is a message */
    return rv;
}

/* An idle channel holds keys and counters, and the pieces of messages that have not ended. */
static void rest(struct channel *c)
{
    buf_free(&c->plain);
    frame_reader_release(&c->frames);
    if (c->in.size == 0)
        buf_free(&c->in);
}

int channel_take(struct channel *c, span bytes, size_t *used, struct buf *out, enum frame_stream *stream,
                 span *message)
{
    span unit = span_of(NULL, 0);
    size_t before = out->size;
    int rv;

    *used = 0;
    *message = span_of(NULL, 0);
    if (c->state == CHANNEL_CLOSED)
        return LINLI_E_CLOSED;
    if (bytes.size == 0) {
        rest(c);
        return LINLI_OK;
    }
    if (channel_owes_answer(c)) {
        rv = LINLI_E_PROTOCOL;
    } else if (!c->prefix_done) {
        rv = take_prefix(c, bytes, used);
    } else {
        rv = gather(c, bytes, used, &unit);
        if (rv == LINLI_OK && unit.at != NULL) {
            rv = c->state == CHANNEL_OPEN ? take_record(c, unit, stream, message)
                                          : take_handshake(c, unit, out);
            buf_clear(&c->in);
        }
    }
    if (rv != LINLI_OK) {
        out->size = before;
        *used = 0;
        *message = span_of(NULL, 0);
        shut(c);
        return rv;
    }
    c->bytes_in += *used;
    c->bytes_out += out->size - before;
    return LINLI_OK;
}

bool channel_owes_answer(const struct channel *c)
{
    return c->hold && c->state == CHANNEL_HANDSHAKE && c->prefix_done && noise_writes_next(&c->hs);
}

int channel_answer(struct channel *c, struct buf *out)
{
    size_t before = out->size;

    ALWAYS(channel_owes_answer(c));
    int rv = write_identity(c, out);
    if (rv != LINLI_OK) {
        out->size = before;
        shut(c);
        return rv;
    }
    c->bytes_out += out->size - before;
    return LINLI_OK;
}

int channel_send(struct channel *c, enum frame_stream stream, span message, size_t *sent, struct buf *out)
{
    uint8_t length[LENGTH_BYTES];
    struct buf frame = {.cap = LIMIT_FRAME_BYTES - AEAD_TAG_BYTES};
    size_t before = out->size, sent_before = *sent;

    if (c->state != CHANNEL_OPEN)
        return LINLI_E_CLOSED;
    int rv = frame_write(&frame, stream, message, sent);
    if (rv != LINLI_OK)
        goto out;
    be16_put(length, (uint16_t)(frame.size + AEAD_TAG_BYTES));
    rv = buf_append(out, length, sizeof(length));
    if (rv == LINLI_OK)
        rv = noise_seal(&c->out_cipher, span_of(NULL, 0), buf_span(&frame), out);
    if (rv == LINLI_OK)
        rv = count_record(&c->out_cipher, &c->out_count);
    if (rv == LINLI_OK)
        c->bytes_out += out->size - before;
out:
    if (rv != LINLI_OK) {
        out->size = before;
        *sent = sent_before;
    }
    buf_free(&frame);
    return rv;
}

int channel_code(const struct channel *c, const uint8_t reveal[REVEAL_BYTES], unsigned *code)
{
    const span of[] = {span_of(c->binding, sizeof(c->binding)), span_of(reveal, REVEAL_BYTES)};
    uint8_t commitment[HASH_BYTES];
    linli_hash hash;

    commitment_of(reveal, commitment);
    if (c->initiator && !crypto_equal(commitment, c->peer.commitment, HASH_BYTES))
        return LINLI_E_PROTOCOL;
    crypto_hash("linli/code/1", of, COUNT_OF(of), &hash);
    *code = (unsigned)(be64_get(hash.b) % CODES);
    return LINLI_OK;
}

void channel_free(struct channel *c)
{
    shut(c);
    identity_free(&c->peer);
    crypto_wipe(c, sizeof(*c));
    c->state = CHANNEL_CLOSED;
}
