/* noise tests: two ends of one connection with a seeded generator each, and the bytes between them in the test's hands. */
#ifndef LINLI_TESTS_CHANNEL_PAIR_H
#define LINLI_TESTS_CHANNEL_PAIR_H

#include <linli/error.h>
#include <string.h>

#include "codec/writer.h"
#include "noise/channel.h"

/* Made up: what a keyring of one network and one invitation holds. */
struct pair_keys {
    enum channel_intent intent; /* the only one that this keyring answers */
    uint8_t psk[NOISE_PSK_BYTES], network[32];
    bool any_hint; /* answers every hint: what a keyring never does, to reach the checks behind it */
};

struct inbox {
    unsigned messages;
    enum frame_stream stream;
    struct buf bytes; /* every message, one behind the other */
};

struct end {
    struct channel channel;
    struct channel_config config;
    struct rng_seeded seeded;
    struct buf out;
    struct inbox inbox;
};

struct pair {
    struct pair_keys keys;
    uint8_t psk[NOISE_PSK_BYTES], network[32]; /* the initiator's */
    struct end a, b;                           /* initiator, responder */
};

static inline bool pair_find(void *ctx, enum channel_intent intent, const uint8_t hint[HINT_BYTES],
                             uint8_t psk[NOISE_PSK_BYTES], uint8_t network[32])
{
    const struct pair_keys *keys = (const struct pair_keys *)ctx;
    uint8_t want[HINT_BYTES];
    channel_hint(keys->psk, hint, want);
    if (!keys->any_hint && (intent != keys->intent || memcmp(want, hint, HINT_BYTES) != 0))
        return false;
    memcpy(psk, keys->psk, NOISE_PSK_BYTES);
    memcpy(network, keys->network, 32);
    return true;
}

static inline int end_prepare(struct end *end, uint64_t seed, unsigned grants)
{
    static const uint8_t grant[100] = {'m', 'a', 'd', 'e', '-', 'u', 'p'};
    rng_seed(&end->seeded, seed);
    end->config.rng = rng_from(&end->seeded);
    sign_keypair(&end->config.rng, end->config.self.sign_public, end->config.sign_secret);
    end->config.self.incarnation = seed * 1000003;
    if (grants > 0) {
        write_array(&end->config.self.chain, grants);
        for (unsigned i = 0; i < grants; i++)
            write_bin(&end->config.self.chain, grant, sizeof(grant));
    }
    return end->config.self.chain.failed;
}

/* Two ends that will agree, not yet started: a test spoils what it is about. Zeroes `p` first. */
static inline int pair_prepare(struct pair *p, uint64_t seed)
{
    struct rng_seeded shared;
    memset(p, 0, sizeof(*p));
    rng_seed(&shared, seed);
    struct rng rng = rng_from(&shared);
    rng_fill(&rng, p->psk, sizeof(p->psk));
    rng_fill(&rng, p->network, sizeof(p->network));
    memcpy(p->keys.psk, p->psk, sizeof(p->psk));
    memcpy(p->keys.network, p->network, sizeof(p->network));
    p->keys.intent = INTENT_SYNC;
    p->a.config = (struct channel_config){
        .initiator = true, .intent = INTENT_SYNC, .network = p->network, .psk = p->psk};
    p->b.config = (struct channel_config){.keyring = {pair_find, &p->keys}};
    int rv = end_prepare(&p->a, seed * 2 + 1, 3);
    return rv != LINLI_OK ? rv : end_prepare(&p->b, seed * 2 + 2, 2);
}

static inline int pair_start(struct pair *p)
{
    int rv = channel_start(&p->a.channel, &p->a.config, &p->a.out);
    return rv != LINLI_OK ? rv : channel_start(&p->b.channel, &p->b.config, &p->b.out);
}

/* Give bytes to an end as its socket would, until it wants no more. */
static inline int end_feed(struct end *end, span bytes)
{
    for (;;) {
        span message;
        size_t used;
        int rv = channel_take(&end->channel, bytes, &used, &end->out, &end->inbox.stream, &message);
        if (rv != LINLI_OK)
            return rv;
        bytes = span_of(bytes.at + used, bytes.size - used);
        if (message.at != NULL) {
            end->inbox.messages++;
            rv = buf_append(&end->inbox.bytes, message.at, message.size);
            if (rv != LINLI_OK)
                return rv;
        } else if (used == 0) {
            return LINLI_OK;
        }
    }
}

/* All that `from` has to say goes to `to`, in pieces of `step` bytes. */
static inline int end_pass(struct end *from, struct end *to, size_t step)
{
    int rv = from->out.failed;
    for (size_t at = 0; rv == LINLI_OK && at < from->out.size; at += step) {
        size_t left = from->out.size - at;
        rv = end_feed(to, span_of(from->out.at + at, left < step ? left : step));
    }
    buf_clear(&from->out);
    return rv;
}

static inline int pair_shake(struct pair *p, size_t step)
{
    int rv = end_pass(&p->a, &p->b, step);
    if (rv == LINLI_OK)
        rv = end_pass(&p->b, &p->a, step);
    return rv != LINLI_OK ? rv : end_pass(&p->a, &p->b, step);
}

static inline int end_say(struct end *end, enum frame_stream stream, const void *at, size_t size)
{
    size_t sent = 0;
    int rv;
    do
        rv = channel_send(&end->channel, stream, span_of(at, size), &sent, &end->out);
    while (rv == LINLI_OK && sent < size);
    return rv;
}

static inline void end_free(struct end *end)
{
    channel_free(&end->channel);
    buf_free(&end->config.self.chain);
    buf_free(&end->out);
    buf_free(&end->inbox.bytes);
}

static inline void pair_free(struct pair *p)
{
    end_free(&p->a);
    end_free(&p->b);
}

#endif
