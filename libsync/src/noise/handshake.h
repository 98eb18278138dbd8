/*
 * noise: the Noise handshake state machine, bytes in and bytes out (Noise revision 34). The product speaks
 * one pattern, XXpsk0 with BLAKE2b (proto/noise.md); the machine is driven by a table of patterns so that the
 * public vectors of other patterns prove the same code. No I/O, no allocation beyond the caller's buffers,
 * randomness handed in.
 */
#ifndef LINLI_NOISE_HANDSHAKE_H
#define LINLI_NOISE_HANDSHAKE_H

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/rng.h"

enum { NOISE_HASH_BYTES = 64, NOISE_PSK_BYTES = 32, NOISE_PSK_MAX = 4 };

/* One direction of the transport. After 2^64-2 messages, or any failed open, it is dead. */
struct noise_cipher {
    uint8_t key[AEAD_KEY_BYTES];
    uint64_t n;
    bool has_key, dead;
};

struct noise_pattern; /* name, pre-messages, message tokens: noise/pattern.h */

struct noise_handshake {
    const struct noise_pattern *pattern; /* outlives the handshake */
    bool initiator;
    unsigned next_message; /* 0, 1, 2, ... */
    uint8_t h[NOISE_HASH_BYTES], ck[NOISE_HASH_BYTES];
    struct noise_cipher cipher;
    uint8_t s_secret[DH_BYTES], s_public[DH_BYTES];
    uint8_t e_secret[DH_BYTES], e_public[DH_BYTES];
    uint8_t rs[DH_BYTES], re[DH_BYTES];
    bool has_s, has_e, has_rs, has_re;
    uint8_t psk[NOISE_PSK_MAX][NOISE_PSK_BYTES];
    unsigned psk_count, psk_next;
    bool in_payload; /* between the tokens of a message and its payload */
    bool failed;
};

struct noise_keys {
    const uint8_t *s_secret; /* own static secret, 32 bytes, or NULL when the pattern has none */
    bool s_fresh;            /* no s_secret: a static key is made when it is first sent, and not for who never gets so far */
    const uint8_t *rs;       /* the peer's static key when known beforehand, or NULL */
    const uint8_t (*psk)[NOISE_PSK_BYTES];
    unsigned psk_count;
    const uint8_t *e_secret; /* fixed ephemeral, for vectors only; NULL in the product */
};

/* Keys are copied. LINLI_OK, LINLI_E_ARG when the pattern needs a key that is not given. */
int noise_start(struct noise_handshake *hs, const struct noise_pattern *pattern, bool initiator,
                span prologue, const struct noise_keys *keys);
/* True when the next message is ours to write. */
bool noise_writes_next(const struct noise_handshake *hs);
bool noise_finished(const struct noise_handshake *hs);
/*
 * Append the next handshake message with `payload` to `out`. LINLI_OK, LINLI_E_PROTOCOL (not our turn, dead),
 * or what `out` says of its room: LINLI_E_NOMEM, LINLI_E_LIMIT. Any error is final, and keys are wiped.
 */
int noise_write(struct noise_handshake *hs, const struct rng *rng, span payload, struct buf *out);
/*
 * Read the peer's next message; its payload is appended to `payload`. Any error is final: LINLI_E_PROTOCOL,
 * LINLI_E_NOMEM.
 */
int noise_read(struct noise_handshake *hs, span message, struct buf *payload);
/*
 * The same in two steps, for a payload that must speak of the handshake up to itself: `begin` does the
 * message's tokens, after which noise_hash is h as it stands just before the payload is encrypted (what a
 * device signs, proto/noise.md 2); `payload` ends the message. noise_read_begin lends in `sealed` the part of
 * `message` that is the payload.
 */
int noise_write_begin(struct noise_handshake *hs, const struct rng *rng, struct buf *out);
int noise_write_payload(struct noise_handshake *hs, span payload, struct buf *out);
int noise_read_begin(struct noise_handshake *hs, span message, span *sealed);
int noise_read_payload(struct noise_handshake *hs, span sealed, struct buf *payload);
/* The handshake hash so far; after the end, also after the split, the final one (channel binding). */
const uint8_t *noise_hash(const struct noise_handshake *hs);
/*
 * Split after the last message; wipes the handshake's keys. `out` is the direction that this side writes.
 * LINLI_OK, or LINLI_E_PROTOCOL before the end or after a failure.
 */
int noise_split(struct noise_handshake *hs, struct noise_cipher *out, struct noise_cipher *in);

/* Transport. Seal appends size+16 bytes. A failed open never moves n and kills the direction. */
int noise_seal(struct noise_cipher *c, span ad, span plain, struct buf *out);
int noise_open(struct noise_cipher *c, span ad, span sealed, struct buf *out);
int noise_rekey(struct noise_cipher *c);

#endif
