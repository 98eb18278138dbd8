/* noise: the handshake and the ciphers under it when somebody is out of turn, cuts short, or goes on after the end. */
#include "unit.h"

#include <string.h>

#include "base/check.h"
#include "noise/cipher.h"
#include "noise/pattern.h"

static void fill_seeded(void *ctx, uint8_t *out, size_t size)
{
    memset(out, (*(int *)ctx)++, size);
}

/* Two sides of the XX pattern, with static keys made as they are sent. */
struct sides {
    int chance;
    struct rng rng;
    struct noise_pattern pattern;
    struct noise_handshake a, b;
    struct buf wire, payload;
};

static int start(void **state)
{
    static struct sides s;
    struct noise_keys keys = {.s_fresh = true};

    s = (struct sides){.chance = 1};
    s.rng = (struct rng){fill_seeded, &s.chance};
    *state = &s;
    return noise_pattern_named("Noise_XX_25519_ChaChaPoly_BLAKE2b", &s.pattern) == LINLI_OK &&
                   noise_start(&s.a, &s.pattern, true, span_of(NULL, 0), &keys) == LINLI_OK &&
                   noise_start(&s.b, &s.pattern, false, span_of(NULL, 0), &keys) == LINLI_OK
               ? 0
               : -1;
}

static int stop(void **state)
{
    struct sides *s = *state;

    buf_free(&s->wire);
    buf_free(&s->payload);
    return 0;
}

/* The next message from `from`, left in `wire`. */
static void say(struct sides *s, struct noise_handshake *from)
{
    buf_clear(&s->wire);
    assert_ok(noise_write(from, &s->rng, span_of("hello", 5), &s->wire));
}

static void hear(struct sides *s, struct noise_handshake *to)
{
    buf_clear(&s->payload);
    assert_ok(noise_read(to, buf_span(&s->wire), &s->payload));
    assert_true(span_equal(buf_span(&s->payload), span_of("hello", 5)));
}

/* Bring both sides to just before message `next`. */
static void advance(struct sides *s, unsigned next)
{
    for (unsigned m = 0; m < next; m++) {
        say(s, m % 2 == 0 ? &s->a : &s->b);
        hear(s, m % 2 == 0 ? &s->b : &s->a);
    }
}

static void assert_over(const struct noise_handshake *hs)
{
    static const uint8_t zeros[DH_BYTES];

    assert_true(hs->failed);
    assert_false(noise_finished(hs));
    assert_false(noise_writes_next(hs));
    assert_memory_equal(hs->e_secret, zeros, DH_BYTES);
    assert_memory_equal(hs->s_secret, zeros, DH_BYTES);
}

enum act { WRITE_BEGIN, WRITE_PAYLOAD, READ_BEGIN, READ_PAYLOAD, SPLIT, ACTS };

static int act(struct sides *s, enum act what, struct noise_handshake *hs)
{
    struct noise_cipher out, in;
    span sealed;

    switch (what) {
    case WRITE_BEGIN: return noise_write_begin(hs, &s->rng, &s->wire);
    case WRITE_PAYLOAD: return noise_write_payload(hs, span_of(NULL, 0), &s->wire);
    case READ_BEGIN: return noise_read_begin(hs, buf_span(&s->wire), &sealed);
    case READ_PAYLOAD: return noise_read_payload(hs, buf_span(&s->wire), &s->payload);
    case SPLIT: return noise_split(hs, &out, &in);
    case ACTS: break;
    }
    return LINLI_E_INTERNAL;
}

static void whoever_is_out_of_turn_is_out(void **state)
{
    struct sides *s = *state;

    for (unsigned next = 0; next <= s->pattern.message_count; next++)
        for (unsigned initiator = 0; initiator < 2; initiator++)
            for (enum act what = 0; what < ACTS; what++) {
                start(state);
                advance(s, next);
                struct noise_handshake *hs = initiator ? &s->a : &s->b;
                bool over = next == s->pattern.message_count, writes = (next % 2 == 0) == (initiator == 1);
                bool allowed = over ? what == SPLIT : what == (writes ? WRITE_BEGIN : READ_BEGIN);
                if (!allowed) {
                    assert_code(act(s, what, hs), LINLI_E_PROTOCOL);
                    assert_over(hs);
                    assert_code(act(s, what, hs), LINLI_E_PROTOCOL); /* for ever */
                }
                stop(state);
            }
}

static void a_message_begun_is_ended_before_the_next(void **state)
{
    struct sides *s = *state;
    span sealed;

    assert_ok(noise_write_begin(&s->a, &s->rng, &s->wire));
    assert_code(noise_write_begin(&s->a, &s->rng, &s->wire), LINLI_E_PROTOCOL);
    assert_over(&s->a);
    stop(state);
    start(state);
    say(s, &s->a);
    assert_ok(noise_read_begin(&s->b, buf_span(&s->wire), &sealed));
    assert_code(noise_read_begin(&s->b, buf_span(&s->wire), &sealed), LINLI_E_PROTOCOL);
    assert_over(&s->b);
}

static void a_message_cut_anywhere_ends_the_handshake(void **state)
{
    struct sides *s = *state;

    for (unsigned next = 0; next < 3; next++)
        for (size_t size = 0;; size++) {
            start(state);
            advance(s, next);
            say(s, next % 2 == 0 ? &s->a : &s->b);
            struct noise_handshake *reader = next % 2 == 0 ? &s->b : &s->a;
            bool whole = size >= (next == 0 ? (size_t)DH_BYTES : s->wire.size); /* message 1 has no tag in this pattern */
            buf_clear(&s->payload);
            int rv = noise_read(reader, span_of(s->wire.at, size), &s->payload);
            assert_code(rv, whole ? LINLI_OK : LINLI_E_PROTOCOL);
            if (!whole) {
                assert_over(reader);
                assert_int_equal(s->payload.size, 0);
            }
            stop(state);
            if (whole)
                break;
        }
}

static void a_key_that_leads_nowhere_ends_the_handshake(void **state)
{
    static const uint8_t low_order[DH_BYTES]; /* RFC 7748 section 6.1: agreement with it is all zeros */
    struct sides *s = *state;

    assert_ok(noise_read(&s->b, span_of(low_order, sizeof(low_order)), &s->payload));
    assert_code(noise_write(&s->b, &s->rng, span_of(NULL, 0), &s->wire), LINLI_E_PROTOCOL);
    assert_int_equal(s->wire.size, 0);
    assert_over(&s->b);
}

static void after_the_end_both_sides_hold_the_same_two_keys(void **state)
{
    struct sides *s = *state;
    struct noise_cipher out[2], in[2];

    advance(s, 3);
    assert_true(noise_finished(&s->a) && noise_finished(&s->b));
    assert_ok(noise_split(&s->a, &out[0], &in[0]));
    assert_ok(noise_split(&s->b, &out[1], &in[1]));
    assert_memory_equal(out[0].key, in[1].key, AEAD_KEY_BYTES);
    assert_memory_equal(out[1].key, in[0].key, AEAD_KEY_BYTES);
    assert_code(noise_split(&s->a, &out[0], &in[0]), LINLI_E_PROTOCOL);
}

/* --- one direction's cipher --- */

static void without_a_key_bytes_pass_as_they_are(void **state)
{
    struct noise_cipher c = {0};
    uint8_t out[3] = {9, 9, 9};

    (void)state;
    assert_ok(cipher_seal(&c, span_of(NULL, 0), span_of(NULL, 0), out));
    assert_ok(cipher_open(&c, span_of(NULL, 0), span_of(NULL, 0), out));
    assert_memory_equal(out, "\x09\x09\x09", 3);
    assert_ok(cipher_seal(&c, span_of(NULL, 0), span_of("abc", 3), out));
    assert_memory_equal(out, "abc", 3);
    assert_ok(cipher_open(&c, span_of(NULL, 0), span_of("xyz", 3), out));
    assert_memory_equal(out, "xyz", 3);
    assert_int_equal(c.n, 0);
}

static void a_dead_cipher_does_nothing_more(void **state)
{
    static const uint8_t key[AEAD_KEY_BYTES] = {1}, zeros[AEAD_KEY_BYTES];
    struct noise_cipher c = {0};
    struct buf out = {0};
    uint8_t room[64];

    (void)state;
    cipher_set_key(&c, key);
    assert_code(noise_open(&c, span_of(NULL, 0), span_of(room, AEAD_TAG_BYTES - 1), &out), LINLI_E_PROTOCOL);
    assert_true(c.dead);
    assert_memory_equal(c.key, zeros, sizeof(zeros));
    assert_code(cipher_seal(&c, span_of(NULL, 0), span_of("a", 1), room), LINLI_E_PROTOCOL);
    assert_code(cipher_open(&c, span_of(NULL, 0), span_of(room, AEAD_TAG_BYTES), room), LINLI_E_PROTOCOL);
    assert_code(noise_seal(&c, span_of(NULL, 0), span_of("a", 1), &out), LINLI_E_PROTOCOL);
    assert_code(noise_open(&c, span_of(NULL, 0), span_of(room, AEAD_TAG_BYTES), &out), LINLI_E_PROTOCOL);
    assert_code(noise_rekey(&c), LINLI_E_PROTOCOL);
    assert_int_equal(out.size, 0);
    assert_int_equal(c.n, 0);
    buf_free(&out);
}

static void what_cannot_be_opened_kills_the_cipher(void **state)
{
    static const uint8_t key[AEAD_KEY_BYTES] = {1};
    static const struct {
        const char *what;
        uint64_t n;
        size_t size;
    } cases[] = {
        {"the nonce that is kept for rekeying", UINT64_MAX, AEAD_TAG_BYTES},
        {"less than a tag", 0, AEAD_TAG_BYTES - 1},
        {"a tag of zeros", 0, AEAD_TAG_BYTES},
    };
    uint8_t sealed[AEAD_TAG_BYTES] = {0}, out[AEAD_TAG_BYTES];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct noise_cipher c = {0};
        cipher_set_key(&c, key);
        c.n = cases[i].n;
        int rv = cipher_open(&c, span_of(NULL, 0), span_of(sealed, cases[i].size), out);
        if (rv != LINLI_E_PROTOCOL || !c.dead || c.n != cases[i].n)
            fail_msg("%s: %s", cases[i].what, linli_code_name(rv));
    }
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, start, stop)
    const struct CMUnitTest tests[] = {
        CASE(whoever_is_out_of_turn_is_out),
        CASE(a_message_begun_is_ended_before_the_next),
        CASE(a_message_cut_anywhere_ends_the_handshake),
        CASE(a_key_that_leads_nowhere_ends_the_handshake),
        CASE(after_the_end_both_sides_hold_the_same_two_keys),
        cmocka_unit_test(without_a_key_bytes_pass_as_they_are),
        cmocka_unit_test(a_dead_cipher_does_nothing_more),
        cmocka_unit_test(what_cannot_be_opened_kills_the_cipher),
    };
    return UNIT_RUN(tests);
}
