/* noise: what an attacker on the wire, a stranger or a scanner tries: the connection ends and nothing is let through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "auth/certificate.h"
#include "auth/root.h"
#include "base/check.h"
#include "channel_pair.h"
#include "codec/limits.h"
#include "noise/pattern.h"

enum { RECORDS = 64, RECORD_MAX = 256, JUNK_BYTES = 70000 };

static const uint8_t flips[] = {0x01, 0x80};

static void open_pair(struct pair *p, uint64_t seed)
{
    assert_int_equal(pair_prepare(p, seed), LINLI_OK);
    assert_int_equal(pair_start(p), LINLI_OK);
    assert_int_equal(pair_shake(p, SIZE_MAX / 2), LINLI_OK);
}

static void started_pair(struct pair *p, uint64_t seed)
{
    assert_int_equal(pair_prepare(p, seed), LINLI_OK);
    assert_int_equal(pair_start(p), LINLI_OK);
}

/* A spoiled length may make an end wait for more: whatever comes then must end it. */
static void must_end(struct end *end, span spoiled)
{
    static const uint8_t junk[JUNK_BYTES];
    struct buf before = end->out;
    end->out = (struct buf){0};
    int rv = end_feed(end, spoiled);
    if (rv == LINLI_OK) {
        assert_int_not_equal(end->channel.state, CHANNEL_OPEN);
        rv = end_feed(end, span_of(junk, sizeof(junk)));
    }
    assert_int_not_equal(rv, LINLI_OK);
    assert_int_equal(end->channel.state, CHANNEL_CLOSED);
    assert_int_equal(end->out.size, 0);
    assert_int_equal(end->inbox.messages, 0);
    buf_free(&end->out);
    end->out = before;
}

/* Messages 1, 2 and 3 of a handshake that is played up to that message; returns its size. */
static size_t spoil_message(unsigned number, size_t at, uint8_t flip)
{
    struct pair p;
    started_pair(&p, 20);
    struct end *from = number == 2 ? &p.b : &p.a, *to = number == 2 ? &p.a : &p.b;
    if (number >= 2)
        assert_int_equal(end_pass(&p.a, &p.b, SIZE_MAX / 2), LINLI_OK);
    if (number == 3)
        assert_int_equal(end_pass(&p.b, &p.a, SIZE_MAX / 2), LINLI_OK);
    size_t size = from->out.size;
    if (at < size) {
        from->out.at[at] ^= flip;
        must_end(to, buf_span(&from->out));
    }
    pair_free(&p);
    return size;
}

static void any_flipped_byte_of_the_handshake_ends_it(void **state)
{
    (void)state;
    size_t tried = 0;
    for (unsigned number = 1; number <= 3; number++) {
        size_t size = spoil_message(number, SIZE_MAX, 0);
        for (size_t at = 0; at < size; at++)
            for (size_t f = 0; f < COUNT_OF(flips); f++)
                (void)spoil_message(number, at, flips[f]);
        tried += size;
    }
    printf("flipped each of %zu handshake bytes\n", tried);
}

/* Judge bytes on a copy of an idle end, which keeps no buffer of its own: the end itself stays as it was. */
static void must_end_a_copy(const struct end *end, span spoiled)
{
    static const uint8_t junk[JUNK_BYTES];
    struct end copy = {.channel = end->channel};
    assert_null(copy.channel.in.at);
    int rv = end_feed(&copy, spoiled);
    if (rv == LINLI_OK)
        rv = end_feed(&copy, span_of(junk, sizeof(junk)));
    assert_int_not_equal(rv, LINLI_OK);
    assert_int_equal(copy.channel.state, CHANNEL_CLOSED);
    assert_int_equal(copy.inbox.messages, 0);
    assert_int_equal(copy.out.size, 0);
}

static void any_flipped_byte_of_64_records_ends_the_connection(void **state)
{
    (void)state;
    struct pair p;
    size_t tried = 0;
    uint8_t text[RECORD_MAX];
    memset(text, 'v', sizeof(text));
    open_pair(&p, 21);
    for (size_t i = 0; i < RECORDS; i++) {
        struct end *from = i % 2 == 0 ? &p.a : &p.b, *to = i % 2 == 0 ? &p.b : &p.a;
        assert_int_equal(end_say(from, (enum frame_stream)(i % STREAM_COUNT), text, i), LINLI_OK);
        for (size_t at = 0; at < from->out.size; at++) {
            from->out.at[at] ^= flips[at % 2];
            must_end_a_copy(to, buf_span(&from->out));
            from->out.at[at] ^= flips[at % 2];
        }
        tried += from->out.size;
        assert_int_equal(end_pass(from, to, SIZE_MAX / 2), LINLI_OK);
    }
    assert_int_equal(p.a.inbox.messages + p.b.inbox.messages, RECORDS);
    printf("flipped each of %zu record bytes\n", tried);
    pair_free(&p);
}

static void a_truncated_stream_lets_no_part_through(void **state)
{
    (void)state;
    struct pair p;
    open_pair(&p, 22);
    assert_int_equal(end_say(&p.a, STREAM_LIVE, "a visit, made up", 16), LINLI_OK);
    for (size_t size = 0; size < p.a.out.size; size++) {
        struct end copy = {.channel = p.b.channel};
        assert_int_equal(end_feed(&copy, span_of(p.a.out.at, size)), LINLI_OK);
        assert_int_equal(copy.inbox.messages, 0);
        assert_int_equal(copy.channel.in_count, 0);
        buf_free(&copy.channel.in);
    }
    pair_free(&p);
    for (size_t size = 0; size < 800; size += 13) {
        started_pair(&p, 22);
        size_t all = p.a.out.size;
        assert_int_equal(end_feed(&p.b, span_of(p.a.out.at, size < all ? size : all)), LINLI_OK);
        assert_int_equal(p.b.channel.state, CHANNEL_HANDSHAKE);
        assert_true((p.b.out.size > 0) == (size >= all));
        pair_free(&p);
    }
}

static void replayed_and_reordered_records_end_the_connection(void **state)
{
    (void)state;
    struct pair p;
    struct buf first = {0};
    open_pair(&p, 23);
    assert_int_equal(end_say(&p.a, STREAM_LIVE, "one", 3), LINLI_OK);
    assert_int_equal(buf_append(&first, p.a.out.at, p.a.out.size), LINLI_OK);
    buf_clear(&p.a.out);
    assert_int_equal(end_say(&p.a, STREAM_LIVE, "two", 3), LINLI_OK);
    must_end_a_copy(&p.b, buf_span(&p.a.out)); /* the second before the first: also the first one dropped */
    assert_int_equal(end_feed(&p.b, buf_span(&first)), LINLI_OK);
    assert_int_equal(p.b.inbox.messages, 1);
    assert_int_equal(end_feed(&p.b, buf_span(&first)), LINLI_E_PROTOCOL);
    assert_int_equal(end_feed(&p.b, buf_span(&p.a.out)), LINLI_E_CLOSED);
    assert_int_equal(p.b.inbox.messages, 1);
    buf_free(&first);
    pair_free(&p);
}

static void records_sent_back_to_their_writer_end_the_connection(void **state)
{
    (void)state;
    struct pair p;
    open_pair(&p, 24);
    assert_int_equal(end_say(&p.a, STREAM_LIVE, "mine", 4), LINLI_OK);
    must_end_a_copy(&p.a, buf_span(&p.a.out));
    pair_free(&p);
}

static void records_of_another_connection_end_this_one(void **state)
{
    (void)state;
    struct pair p, q;
    open_pair(&p, 25);
    open_pair(&q, 26);
    assert_int_equal(end_say(&q.a, STREAM_LIVE, "elsewhere", 9), LINLI_OK);
    must_end_a_copy(&p.b, buf_span(&q.a.out));
    pair_free(&p);
    pair_free(&q);
}

static void a_handshake_replayed_to_a_responder_goes_no_further_than_its_answer(void **state)
{
    (void)state;
    struct pair p;
    struct buf message1 = {0}, message3 = {0};
    started_pair(&p, 27);
    assert_int_equal(buf_append(&message1, p.a.out.at, p.a.out.size), LINLI_OK);
    assert_int_equal(end_pass(&p.a, &p.b, 100), LINLI_OK);
    assert_int_equal(end_pass(&p.b, &p.a, 100), LINLI_OK);
    assert_int_equal(buf_append(&message3, p.a.out.at, p.a.out.size), LINLI_OK);
    struct end again = {.config = p.b.config}; /* its generator has moved on: another ephemeral key */
    assert_int_equal(channel_start(&again.channel, &again.config, &again.out), LINLI_OK);
    assert_int_equal(end_feed(&again, buf_span(&message1)), LINLI_OK);
    must_end(&again, buf_span(&message3));
    again.config.self.chain = (struct buf){0};
    end_free(&again);
    buf_free(&message1);
    buf_free(&message3);
    pair_free(&p);
}

static void a_device_does_not_talk_to_itself(void **state)
{
    (void)state;
    struct pair p;
    assert_int_equal(pair_prepare(&p, 28), LINLI_OK);
    memcpy(p.b.config.sign_secret, p.a.config.sign_secret, SIGN_SECRET_BYTES);
    memcpy(p.b.config.self.sign_public, p.a.config.self.sign_public, KEY_BYTES);
    assert_int_equal(pair_start(&p), LINLI_OK);
    assert_int_equal(end_pass(&p.a, &p.b, 100), LINLI_OK);
    assert_int_equal(end_pass(&p.b, &p.a, SIZE_MAX / 2), LINLI_E_SELF);
    assert_int_equal(p.a.out.size, 0);
    pair_free(&p);

    started_pair(&p, 28); /* and its own first message is no answer to it */
    must_end(&p.a, buf_span(&p.a.out));
    pair_free(&p);
}

static void a_device_key_that_did_not_sign_is_refused(void **state)
{
    (void)state;
    struct pair p;
    for (unsigned liar = 0; liar < 2; liar++) {
        assert_int_equal(pair_prepare(&p, 29), LINLI_OK);
        struct end *end = liar == 0 ? &p.a : &p.b, *other = liar == 0 ? &p.b : &p.a;
        uint8_t unused[KEY_BYTES];
        sign_keypair(&end->config.rng, unused, end->config.sign_secret);
        assert_int_equal(pair_start(&p), LINLI_OK);
        assert_int_equal(pair_shake(&p, SIZE_MAX / 2), LINLI_E_SIGNATURE);
        assert_int_equal(other->channel.state, CHANNEL_CLOSED);
        assert_int_equal(other->out.size, 0);
        pair_free(&p);
    }
}

static void wrong_key_network_or_intent_is_closed_without_a_word(void **state)
{
    (void)state;
    static const struct {
        bool psk, network, intent, any_hint;
        int code;
    } cases[] = {
        {.psk = true, .code = LINLI_E_NETWORK},
        {.psk = true, .any_hint = true, .code = LINLI_E_PROTOCOL},
        {.network = true, .code = LINLI_E_PROTOCOL},
        {.intent = true, .code = LINLI_E_NETWORK},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct pair p;
        assert_int_equal(pair_prepare(&p, 30), LINLI_OK);
        p.psk[5] ^= cases[i].psk;
        p.network[31] ^= cases[i].network;
        p.keys.any_hint = cases[i].any_hint;
        if (cases[i].intent)
            p.a.config.intent = INTENT_ENROL;
        assert_int_equal(pair_start(&p), LINLI_OK);
        assert_int_equal(pair_shake(&p, SIZE_MAX / 2), cases[i].code);
        assert_int_equal(p.b.channel.state, CHANNEL_CLOSED);
        assert_int_equal(p.b.out.size, 0);
        pair_free(&p);
    }
}

static void an_intent_changed_on_the_way_breaks_the_prologue(void **state)
{
    (void)state;
    struct pair p;
    started_pair(&p, 31);
    p.keys.any_hint = true; /* a network key that were an invitation's too */
    p.a.out.at[5] = INTENT_ENROL;
    assert_int_equal(end_pass(&p.a, &p.b, SIZE_MAX / 2), LINLI_E_PROTOCOL);
    assert_int_equal(p.b.out.size, 0);
    pair_free(&p);
}

static void early_data_in_message_1_is_refused(void **state)
{
    (void)state;
    struct pair p;
    static const uint8_t s_secret[DH_BYTES] = {8};
    uint8_t prologue[CHANNEL_PREFIX_BYTES + 32], psk[1][NOISE_PSK_BYTES];
    struct noise_keys keys = {
        .s_secret = s_secret, .psk = (const uint8_t(*)[NOISE_PSK_BYTES])psk, .psk_count = 1};
    struct noise_handshake hs;
    for (unsigned early = 0; early < 2; early++) {
        started_pair(&p, 36);
        memcpy(psk[0], p.psk, sizeof(p.psk));
        memcpy(prologue, p.a.out.at, CHANNEL_PREFIX_BYTES);
        memcpy(prologue + CHANNEL_PREFIX_BYTES, p.network, sizeof(p.network));
        p.a.out.size = CHANNEL_PREFIX_BYTES + 2;
        be16_put(p.a.out.at + CHANNEL_PREFIX_BYTES, (uint16_t)(DH_BYTES + AEAD_TAG_BYTES + early));
        assert_int_equal(noise_start(&hs, &noise_xxpsk0, true, span_of(prologue, sizeof(prologue)), &keys),
                         LINLI_OK);
        assert_int_equal(noise_write(&hs, &p.a.config.rng, span_of("!", early), &p.a.out), LINLI_OK);
        assert_int_equal(end_pass(&p.a, &p.b, SIZE_MAX / 2), early == 0 ? LINLI_OK : LINLI_E_PROTOCOL);
        assert_true((p.b.out.size > 0) == (early == 0));
        pair_free(&p);
    }
}

static void an_answer_that_is_held_back_comes_when_it_is_due_and_nothing_is_heard_before(void **state)
{
    (void)state;
    struct pair p;
    for (unsigned early = 0; early < 2; early++) {
        assert_int_equal(pair_prepare(&p, 37), LINLI_OK);
        p.b.config.hold = true;
        assert_int_equal(pair_start(&p), LINLI_OK);
        assert_false(channel_owes_answer(&p.b.channel));
        assert_int_equal(end_pass(&p.a, &p.b, 7), LINLI_OK);
        assert_true(channel_owes_answer(&p.b.channel));
        assert_int_equal(p.b.out.size, 0);
        assert_false(p.b.channel.hs.has_s || p.b.channel.hs.has_e); /* nothing dear was done yet */
        if (early == 1) {
            assert_int_equal(end_feed(&p.b, span_of("!", 1)), LINLI_E_PROTOCOL);
        } else {
            assert_int_equal(channel_answer(&p.b.channel, &p.b.out), LINLI_OK);
            assert_int_equal(end_pass(&p.b, &p.a, SIZE_MAX / 2), LINLI_OK);
            assert_int_equal(end_pass(&p.a, &p.b, SIZE_MAX / 2), LINLI_OK);
            assert_int_equal(p.b.channel.state, CHANNEL_OPEN);
            assert_false(channel_owes_answer(&p.b.channel));
        }
        pair_free(&p);
    }
}

static void a_newer_wire_version_is_told_apart(void **state)
{
    (void)state;
    struct pair p;
    started_pair(&p, 32);
    p.a.out.at[4] = 2;
    assert_int_equal(end_pass(&p.a, &p.b, 1), LINLI_E_VERSION);
    assert_int_equal(p.b.out.size, 0);
    pair_free(&p);
}

static void a_scanner_gets_no_reply(void **state)
{
    (void)state;
    static const uint8_t http[] = "GET / HTTP/1.0\r\n\r\n";
    static const uint8_t tls[] = {0x16, 3, 1, 0, 0xa5, 1, 0, 0, 0xa1, 3, 3, 7,
                                  7,    7, 7, 7, 7,    7, 7, 7, 7,    7, 7, 7};
    static const uint8_t zeros[64], half[] = {'L', 'N', 'L', 'X'};
    static const uint8_t intent[] = {'L', 'N', 'L', 'I', 1, 9};
    uint8_t noise[64];
    struct rng_seeded seeded;
    rng_seed(&seeded, 33);
    struct rng rng = rng_from(&seeded);
    rng_fill(&rng, noise, sizeof(noise));
    const span scans[] = {span_of(http, sizeof(http) - 1),
                          span_of(tls, sizeof(tls)),
                          span_of(zeros, sizeof(zeros)),
                          span_of(noise, sizeof(noise)),
                          span_of(half, sizeof(half)),
                          span_of(intent, sizeof(intent)),
                          span_of("Z", 1)};
    for (size_t i = 0; i < COUNT_OF(scans); i++) {
        struct pair p;
        started_pair(&p, 33);
        assert_int_equal(end_feed(&p.b, scans[i]), LINLI_E_PROTOCOL);
        assert_int_equal(p.b.channel.state, CHANNEL_CLOSED);
        assert_int_equal(p.b.out.size, 0);
        pair_free(&p);
    }
}

static void a_stranger_makes_us_hold_little(void **state)
{
    (void)state;
    struct pair p;
    uint8_t length[2];

    started_pair(&p, 34);
    assert_int_equal(end_feed(&p.b, span_of(p.a.out.at, CHANNEL_PREFIX_BYTES)), LINLI_OK);
    be16_put(length, LIMIT_FIRST_FRAME_BYTES + 1);
    assert_int_equal(end_feed(&p.b, span_of(length, sizeof(length))), LINLI_E_LIMIT);
    pair_free(&p);

    started_pair(&p, 34);
    assert_int_equal(end_feed(&p.b, span_of(p.a.out.at, CHANNEL_PREFIX_BYTES)), LINLI_OK);
    be16_put(length, LIMIT_FIRST_FRAME_BYTES);
    assert_int_equal(end_feed(&p.b, span_of(length, sizeof(length))), LINLI_OK);
    for (size_t i = 1; i < LIMIT_FIRST_FRAME_BYTES; i++) {
        assert_int_equal(end_feed(&p.b, span_of("s", 1)), LINLI_OK);
        assert_true(p.b.channel.in.room < 2048);
    }
    assert_int_equal(end_feed(&p.b, span_of("s", 1)), LINLI_E_PROTOCOL);
    pair_free(&p);

    started_pair(&p, 34);
    assert_int_equal(end_pass(&p.a, &p.b, SIZE_MAX / 2), LINLI_OK);
    be16_put(length, LIMIT_HANDSHAKE_BYTES + 1);
    assert_int_equal(end_feed(&p.b, span_of(length, sizeof(length))), LINLI_E_LIMIT);
    pair_free(&p);
}

static void the_longest_chain_of_grants_fits_in_a_handshake_message(void **state)
{
    (void)state;
    struct pair p;
    static uint8_t grant[LIMIT_GRANT_BYTES];
    static const size_t below = LIMIT_GRANT_BYTES - (ROOT_KEYS_MAX - 1) * ROOT_SIGNATURE_BYTES; /* signed by one key */
    assert_int_equal(pair_prepare(&p, 35), LINLI_OK);
    buf_free(&p.b.config.self.chain);
    write_array(&p.b.config.self.chain, LIMIT_CHAIN);
    for (unsigned i = 0; i < LIMIT_CHAIN; i++)
        write_bin(&p.b.config.self.chain, grant, i == 0 ? sizeof(grant) : below);
    assert_int_equal(pair_start(&p), LINLI_OK);
    assert_int_equal(end_pass(&p.a, &p.b, SIZE_MAX / 2), LINLI_OK);
    assert_true(p.b.out.size > sizeof(grant) + (LIMIT_CHAIN - 1) * below);
    assert_true(p.b.out.size <= LIMIT_HANDSHAKE_BYTES + 2);
    pair_free(&p);
}

static void a_chain_too_long_to_send_ends_the_handshake(void **state)
{
    (void)state;
    static uint8_t bytes[LIMIT_HANDSHAKE_BYTES];
    /* more than the payload may hold; and what it may hold, but not with the keys beside it */
    static const size_t sizes[] = {LIMIT_HANDSHAKE_BYTES - 10, LIMIT_HANDSHAKE_BYTES - 200};

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct pair p;
        assert_int_equal(pair_prepare(&p, 36), LINLI_OK);
        buf_free(&p.b.config.self.chain);
        write_bin(&p.b.config.self.chain, bytes, sizes[i]);
        assert_int_equal(pair_start(&p), LINLI_OK);
        assert_int_equal(end_pass(&p.a, &p.b, SIZE_MAX / 2), LINLI_E_LIMIT);
        assert_int_equal(p.b.out.size, 0);
        assert_int_equal(p.b.channel.state, CHANNEL_CLOSED);
        pair_free(&p);
    }
}

static void a_unit_too_short_for_its_tag_ends_the_connection(void **state)
{
    (void)state;
    static const uint8_t short_unit[] = {0, AEAD_TAG_BYTES - 1};

    for (size_t step = 1; step <= sizeof(short_unit); step++) {
        struct pair p;
        open_pair(&p, 37);
        int rv = end_feed(&p.b, span_of(short_unit, step));
        if (step < sizeof(short_unit)) {
            assert_int_equal(rv, LINLI_OK);
            rv = end_feed(&p.b, span_of(short_unit + step, sizeof(short_unit) - step));
        }
        assert_int_equal(rv, LINLI_E_PROTOCOL);
        assert_int_equal(p.b.channel.state, CHANNEL_CLOSED);
        pair_free(&p);
    }
}

static void fill_same(void *ctx, uint8_t *out, size_t size)
{
    (void)ctx;
    memset(out, 7, size);
}

/* Two ends without chance make one static key; a peer that shows ours is a mirror, whatever device it claims to be. */
static void a_peer_with_our_own_static_key_is_refused(void **state)
{
    (void)state;
    struct pair p;
    assert_int_equal(pair_prepare(&p, 38), LINLI_OK);
    p.a.config.rng = p.b.config.rng = (struct rng){fill_same, NULL};
    assert_int_equal(pair_start(&p), LINLI_OK);
    assert_int_equal(end_pass(&p.a, &p.b, SIZE_MAX / 2), LINLI_OK);
    assert_int_equal(end_pass(&p.b, &p.a, SIZE_MAX / 2), LINLI_OK); /* it has made none of its own yet */
    assert_int_equal(end_pass(&p.a, &p.b, SIZE_MAX / 2), LINLI_E_PROTOCOL);
    assert_int_equal(p.b.channel.state, CHANNEL_CLOSED);
    pair_free(&p);
}

static int start_crypto(void **state)
{
    (void)state;
    return crypto_start();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_flipped_byte_of_the_handshake_ends_it),
        cmocka_unit_test(any_flipped_byte_of_64_records_ends_the_connection),
        cmocka_unit_test(a_truncated_stream_lets_no_part_through),
        cmocka_unit_test(replayed_and_reordered_records_end_the_connection),
        cmocka_unit_test(records_sent_back_to_their_writer_end_the_connection),
        cmocka_unit_test(records_of_another_connection_end_this_one),
        cmocka_unit_test(a_handshake_replayed_to_a_responder_goes_no_further_than_its_answer),
        cmocka_unit_test(a_device_does_not_talk_to_itself),
        cmocka_unit_test(a_device_key_that_did_not_sign_is_refused),
        cmocka_unit_test(wrong_key_network_or_intent_is_closed_without_a_word),
        cmocka_unit_test(an_intent_changed_on_the_way_breaks_the_prologue),
        cmocka_unit_test(early_data_in_message_1_is_refused),
        cmocka_unit_test(an_answer_that_is_held_back_comes_when_it_is_due_and_nothing_is_heard_before),
        cmocka_unit_test(a_newer_wire_version_is_told_apart),
        cmocka_unit_test(a_scanner_gets_no_reply),
        cmocka_unit_test(a_stranger_makes_us_hold_little),
        cmocka_unit_test(the_longest_chain_of_grants_fits_in_a_handshake_message),
        cmocka_unit_test(a_chain_too_long_to_send_ends_the_handshake),
        cmocka_unit_test(a_unit_too_short_for_its_tag_ends_the_connection),
        cmocka_unit_test(a_peer_with_our_own_static_key_is_refused),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
