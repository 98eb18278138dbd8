/*
 * fuzz: the channel at each of its stages, with a seeded generator. The first byte of an input chooses the stage, the
 * second the size of the pieces in which the rest arrives. A raw byte never opens a channel and never becomes a message.
 */
#include "../unit/noise/channel_pair.h"
#include "fuzz.h"
#include "codec/limits.h"

enum stage {
    STAGE_FRESH,    /* a responder that has heard nothing */
    STAGE_MESSAGE1, /* a responder after a good prefix */
    STAGE_MESSAGE2, /* an initiator that waits for message 2 */
    STAGE_MESSAGE3, /* a responder that waits for message 3 */
    STAGE_OPEN,     /* raw bytes on an open channel */
    STAGE_MEMBER,   /* one who holds the network's key writes the payload of message 3 */
    STAGE_PEER,     /* the peer itself seals what it likes */
    STAGE_COUNT
};

/* Each stage's end, kept as it was when the stage was reached: a run works on a copy. */
static struct pair made[STAGE_COUNT];
static struct noise_handshake member;
static struct buf member_head;

static void make_member(void)
{
    struct pair *p = &made[STAGE_MEMBER];
    CLAIM(end_pass(&p->a, &p->b, SIZE_MAX / 2) == LINLI_OK);
    span sealed, message2 = span_of(p->b.out.at + 2, p->b.out.size - 2);
    struct buf payload = {0};
    member = p->a.channel.hs;
    CLAIM(noise_read_begin(&member, message2, &sealed) == LINLI_OK);
    CLAIM(noise_read_payload(&member, sealed, &payload) == LINLI_OK);
    CLAIM(noise_write_begin(&member, &p->a.config.rng, &member_head) == LINLI_OK);
    buf_free(&payload);
}

static void make_stages(void)
{
    CLAIM(crypto_start() == LINLI_OK);
    for (unsigned stage = 0; stage < STAGE_COUNT; stage++) {
        struct pair *p = &made[stage];
        CLAIM(pair_prepare(p, 50) == LINLI_OK && pair_start(p) == LINLI_OK);
        if (stage == STAGE_MESSAGE1)
            CLAIM(end_feed(&p->b, span_of(p->a.out.at, CHANNEL_PREFIX_BYTES)) == LINLI_OK);
        else if (stage == STAGE_MESSAGE3)
            CLAIM(end_pass(&p->a, &p->b, SIZE_MAX / 2) == LINLI_OK);
        else if (stage == STAGE_OPEN || stage == STAGE_PEER)
            CLAIM(pair_shake(p, SIZE_MAX / 2) == LINLI_OK);
        else if (stage == STAGE_MEMBER)
            make_member();
    }
}

/* A copy with buffers of its own; at these stages only the chains hold any. */
static void copy_end(const struct end *from, struct end *to)
{
    *to = (struct end){.channel = from->channel, .seeded = from->seeded};
    struct channel *c = &to->channel;
    CLAIM(c->in.size == 0 && c->plain.at == NULL);
    c->rng = rng_from(&to->seeded);
    c->in = c->self.chain = c->peer.chain = (struct buf){0};
    const struct buf *self = &from->channel.self.chain, *peer = &from->channel.peer.chain;
    CLAIM(buf_append(&c->self.chain, self->at, self->size) == LINLI_OK);
    CLAIM(buf_append(&c->peer.chain, peer->at, peer->size) == LINLI_OK);
}

static int feed_pieces(struct end *end, span bytes, size_t step)
{
    int rv = LINLI_OK;
    for (size_t at = 0; rv == LINLI_OK && at < bytes.size; at += step) {
        size_t left = bytes.size - at;
        rv = end_feed(end, span_of(bytes.at + at, left < step ? left : step));
    }
    return rv;
}

static void member_writes(span payload, struct buf *wire)
{
    static const uint8_t no_length[2];
    struct noise_handshake hs = member;
    CLAIM(buf_append(wire, no_length, 2) == LINLI_OK);
    CLAIM(buf_append(wire, member_head.at, member_head.size) == LINLI_OK);
    CLAIM(noise_write_payload(&hs, payload, wire) == LINLI_OK);
    be16_put(wire->at, (uint16_t)(wire->size - 2));
}

/* The input as plaintext frames: a byte of length, then that many bytes, each sealed as one record. */
static void peer_seals(span frames, struct buf *wire)
{
    struct noise_cipher cipher = made[STAGE_PEER].a.channel.out_cipher;
    while (frames.size > 0) {
        size_t size = frames.at[0] < frames.size - 1 ? frames.at[0] : frames.size - 1;
        uint8_t length[2];
        be16_put(length, (uint16_t)(size + AEAD_TAG_BYTES));
        CLAIM(buf_append(wire, length, 2) == LINLI_OK);
        CLAIM(noise_seal(&cipher, span_of(NULL, 0), span_of(frames.at + 1, size), wire) == LINLI_OK);
        frames = span_of(frames.at + 1 + size, frames.size - 1 - size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    struct end end;
    struct buf wire = {0};

    if (!ready)
        make_stages();
    ready = true;
    if (size < 2 || size > LIMIT_HANDSHAKE_BYTES - 256)
        return 0;
    enum stage stage = (enum stage)(data[0] % STAGE_COUNT);
    size_t step = data[1] == 0 ? SIZE_MAX / 2 : data[1];
    span input = span_of(data + 2, size - 2);
    copy_end(stage == STAGE_MESSAGE2 ? &made[stage].a : &made[stage].b, &end);
    if (stage == STAGE_MEMBER)
        member_writes(input, &wire);
    else if (stage == STAGE_PEER)
        peer_seals(input, &wire);
    int rv = feed_pieces(&end, wire.at != NULL ? buf_span(&wire) : input, step);
    if (rv != LINLI_OK) {
        span message;
        size_t used;
        CLAIM(end.channel.state == CHANNEL_CLOSED);
        CLAIM(channel_take(&end.channel, input, &used, &end.out, &end.inbox.stream, &message) ==
              LINLI_E_CLOSED);
    }
    CLAIM(stage == STAGE_OPEN || stage == STAGE_PEER || end.channel.state != CHANNEL_OPEN);
    CLAIM(stage == STAGE_PEER || end.inbox.messages == 0);
    /* An answer is only for a good message 1; the prepared one, if the input happens to be it. */
    CLAIM(stage == STAGE_FRESH || stage == STAGE_MESSAGE1 || end.out.size == 0);
    CLAIM(end.channel.in.room <= LIMIT_FRAME_BYTES + 2);
    end_free(&end);
    buf_free(&wire);
    return 0;
}
