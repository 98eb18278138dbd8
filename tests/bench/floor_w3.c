/*
 * bench, the floor of W3: two that know each other's keys connect, agree on a key by three exchanges, prove their device keys, and
 * say a digest each. Usage: floor_w3
 */
#include <string.h>

#include "floor.h"

enum { HELLO_BYTES = 2 * DH_BYTES + SIGNATURE_BYTES };

struct side {
    struct floor_keys device;
    uint8_t public_key[2][DH_BYTES], secret[2][DH_BYTES]; /* ephemeral, static */
};

static void side_make(struct side *s)
{
    struct rng rng = rng_system();

    for (size_t i = 0; i < 2; i++)
        dh_keypair(&rng, s->public_key[i], s->secret[i]);
}

static void hello_send(const struct side *s, struct link *link)
{
    uint8_t hello[HELLO_BYTES];

    memcpy(hello, s->public_key, 2 * DH_BYTES);
    must(sign_make(s->device.secret, "floor", span_of(hello, 2 * DH_BYTES), hello + 2 * DH_BYTES), "sign");
    link_send(link, span_of(hello, sizeof(hello)));
}

/* Both sides know the same three secrets, each by other pairs of keys: ee, es, se. */
static void hello_take(const struct side *s, bool first, struct link *link)
{
    uint8_t secrets[3][DH_BYTES];
    struct buf hello = {0};
    linli_hash key;

    link_receive(link, &hello);
    must_be(hello.size == HELLO_BYTES, "hello");
    must(sign_check(s->device.public_key, "floor", span_of(hello.at, 2 * DH_BYTES), hello.at + 2 * DH_BYTES), "signature");
    must(dh_shared(s->secret[0], hello.at, secrets[0]), "ee");
    must(dh_shared(s->secret[0], hello.at + DH_BYTES, secrets[first ? 1 : 2]), "es");
    must(dh_shared(s->secret[1], hello.at, secrets[first ? 2 : 1]), "se");
    floor_hash(span_of(secrets, sizeof(secrets)), &key);
    memcpy(link->key, key.b, sizeof(link->key));
    link->in = link->out = 0;
    buf_free(&hello);
}

static void digests(struct link *link)
{
    static const linli_hash digest;
    struct buf got = {0};

    link_send(link, span_of(digest.b, HASH_BYTES));
    link_receive(link, &got);
    must_be(span_equal(buf_span(&got), span_of(digest.b, HASH_BYTES)), "the same");
    buf_free(&got);
}

static void answer(int in, int out, void *ctx)
{
    struct side side = {.device = *(const struct floor_keys *)ctx};
    struct link link;
    unsigned port;
    int listener = link_listen(&port);
    double used = cpu_s();

    say(out, &port, sizeof(port));
    say(out, &used, sizeof(used));
    link_accept(&link, listener);
    side_make(&side);
    hello_send(&side, &link);
    hello_take(&side, false, &link);
    digests(&link);
    used = cpu_s();
    say(out, &used, sizeof(used));
    link_close(&link);
    (void)in;
}

int main(void)
{
    struct side side;
    struct link link;
    unsigned port;
    double before, after;

    floor_keys(&side.device);
    struct other other = other_start(answer, &side.device);
    other_hear(&other, &port, sizeof(port));
    other_hear(&other, &before, sizeof(before));
    double own = cpu_s(), start = now_s();
    link_connect(&link, port);
    side_make(&side);
    hello_send(&side, &link);
    hello_take(&side, true, &link);
    digests(&link);
    double took = now_s() - start;
    other_hear(&other, &after, sizeof(after));
    figure("seconds", took);
    figure("bytes", link.bytes);
    figure("cpu_seconds", cpu_s() - own + after - before);
    figure("round_trips", 1);
    figures_end();
    link_close(&link);
    (void)other_end(&other);
    return 0;
}
