/*
 * noise: the secure channel of a connection (proto/noise.md): hint and handshake, device keys proved over the
 * handshake hash, then framed messages. Bytes in, messages out; the caller owns the socket, the clock and the
 * trust decision.
 */
#ifndef LINLI_NOISE_CHANNEL_H
#define LINLI_NOISE_CHANNEL_H

#include "codec/frame.h"
#include "noise/handshake.h"
#include "noise/identity.h"

enum channel_intent { INTENT_SYNC = 1, INTENT_ENROL = 2 };
enum { HINT_BYTES = 16, CHANNEL_PREFIX_BYTES = 4 + 1 + 1 + HINT_BYTES, REVEAL_BYTES = 16 };

/*
 * Finds the pre-shared key of a hint: true, with 32 bytes in `psk` and the network's id in `network`, or
 * false to close without a word.
 */
struct channel_keyring {
    bool (*find)(void *ctx, enum channel_intent intent, const uint8_t hint[HINT_BYTES],
                 uint8_t psk[NOISE_PSK_BYTES], uint8_t network[32]);
    void *ctx;
};

enum channel_state { CHANNEL_HANDSHAKE, CHANNEL_OPEN, CHANNEL_CLOSED };

struct channel {
    enum channel_state state;
    bool initiator;
    enum channel_intent intent;
    struct noise_handshake hs;
    struct noise_cipher out_cipher, in_cipher;
    struct rng rng;
    struct channel_keyring keyring;
    uint8_t sign_secret[SIGN_SECRET_BYTES];
    struct channel_identity self, peer;
    uint8_t network[32];
    uint8_t binding[NOISE_HASH_BYTES]; /* final handshake hash, once open: receipts and pairing digits */
    uint8_t reveal[REVEAL_BYTES];      /* of a responder at enrolment: what its commitment stands for */
    struct buf in;                     /* bytes of an unfinished prefix, handshake message or record */
    struct buf plain;                  /* the last record opened, for one burst */
    struct frame_reader frames;
    uint64_t out_count, in_count, bytes_in, bytes_out;
    bool prefix_done, hold;
};

struct channel_config {
    bool initiator;
    enum channel_intent intent;     /* initiator only */
    const uint8_t *network, *psk;   /* initiator only: 32 bytes each, copied */
    struct channel_keyring keyring; /* responder only */
    bool hold;                      /* responder only: the answer to message 1 waits for channel_answer */
    uint8_t sign_secret[SIGN_SECRET_BYTES];
    struct channel_identity self; /* chain is copied */
    struct rng rng;
};

/*
 * The hint of a pre-shared key: 8 random bytes, then the first 8 of BLAKE2b-256(key = psk, "hint" | those).
 */
void channel_hint(const uint8_t psk[NOISE_PSK_BYTES], const uint8_t nonce[8], uint8_t hint[HINT_BYTES]);

/*
 * Begin. `c` needs no initialisation and may be moved between calls. An initiator's first bytes are appended
 * to `out`; a responder sends nothing until message 1 was good. Secrets in `config` are copied; wipe your own.
 * LINLI_OK; LINLI_E_ARG (an initiator without network or psk, no such intent); what `out` says of its room.
 * After an error the channel is closed and holds nothing.
 */
int channel_start(struct channel *c, const struct channel_config *config, struct buf *out);
/*
 * Take in bytes from the socket: as many as make one step. `*used` says how many were consumed, bytes to send
 * are appended to `out`. When a whole message has come, `*message` lends it until the next call and `*stream`
 * is set; otherwise message->at is NULL. Call again until used is 0 with no message: that last call, when all
 * bytes are consumed, also gives back what an idle channel does not need.
 * Returns LINLI_OK; LINLI_E_PROTOCOL, LINLI_E_LIMIT, LINLI_E_NETWORK (no such key here), LINLI_E_SIGNATURE,
 * LINLI_E_SELF (the peer proved our own device key), LINLI_E_VERSION, LINLI_E_NOMEM: the channel is closed for ever, its keys are wiped, nothing was let through
 * and nothing was appended; LINLI_E_CLOSED: it was closed before.
 * The state turns to CHANNEL_OPEN in the call that finishes the handshake; `peer` is then authentic: the peer
 * holds that device key in this very channel. What it may do is the caller's question.
 */
int channel_take(struct channel *c, span bytes, size_t *used, struct buf *out, enum frame_stream *stream,
                 span *message);
/* Message 1 was good, and the answer to it is held back; what the peer says before it has it is LINLI_E_PROTOCOL. */
bool channel_owes_answer(const struct channel *c);
/* Append it to `out`: two new keys, two agreements and a signature. What it returns is as with channel_take. */
int channel_answer(struct channel *c, struct buf *out);
/*
 * Append the next frame of `message` (from *sent on), sealed and length-prefixed, to `out`, and move `*sent`.
 * LINLI_OK; LINLI_E_CLOSED unless the channel is open; LINLI_E_NOMEM or what `out` says of its room (the
 * channel, `*sent` and the bytes in `out` are as before).
 */
int channel_send(struct channel *c, enum frame_stream stream, span message, size_t *sent, struct buf *out);
/*
 * The six digits that both screens show at enrolment, of an open channel (proto/noise.md 4). `reveal`: a responder's own
 * `c->reveal`, or what it has told the initiator. LINLI_OK with *code below 1,000,000; LINLI_E_PROTOCOL: it is not what
 * the responder committed to.
 */
int channel_code(const struct channel *c, const uint8_t reveal[REVEAL_BYTES], unsigned *code);
void channel_free(struct channel *c); /* wipes keys; accepts one that is closed or freed */

#endif
