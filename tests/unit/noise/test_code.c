/* noise: the digits of an enrolment: the same on both screens, and of no use to whoever stands between. */
#include "unit.h"

#include <stdlib.h>

#include "channel_pair.h"

static void enrolling(struct pair *p, uint64_t seed)
{
    assert_ok(pair_prepare(p, seed));
    p->keys.intent = p->a.config.intent = INTENT_ENROL;
    assert_ok(pair_start(p));
}

static unsigned code_at(const struct end *end, const struct end *responder)
{
    unsigned code = 0;

    assert_ok(channel_code(&end->channel, responder->channel.reveal, &code));
    assert_true(code < 1000000);
    return code;
}

static void both_ends_show_the_same_digits_and_others_each_time(void **state)
{
    unsigned first = 0, same = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct pair p;
        enrolling(&p, seed);
        assert_ok(pair_shake(&p, 4096));
        unsigned code = code_at(&p.a, &p.b);
        assert_int_equal(code, code_at(&p.b, &p.b));
        first = seed == 1 ? code : first;
        same += code == first;
        pair_free(&p);
    }
    assert_true(same < 3);
}

/* Somebody with the invitation answers the phone and calls the office: two handshakes. */
static void a_relayed_handshake_shows_different_digits(void **state)
{
    struct pair phone_side, office_side;

    (void)state;
    enrolling(&phone_side, 31);
    enrolling(&office_side, 32);
    assert_ok(pair_shake(&phone_side, 4096));
    assert_ok(pair_shake(&office_side, 4096));
    assert_true(code_at(&phone_side.a, &phone_side.b) != code_at(&office_side.b, &office_side.b));
    unsigned code; /* nor can the one between hand the office's reveal on */
    assert_code(channel_code(&phone_side.a.channel, office_side.b.channel.reveal, &code), LINLI_E_PROTOCOL);
    pair_free(&phone_side);
    pair_free(&office_side);
}

static void what_was_not_committed_to_makes_no_digits(void **state)
{
    struct pair p;
    uint8_t other[REVEAL_BYTES];
    unsigned code;

    (void)state;
    enrolling(&p, 41);
    assert_ok(pair_shake(&p, 4096));
    for (size_t bit = 0; bit < 8 * sizeof(other); bit++) {
        memcpy(other, p.b.channel.reveal, sizeof(other));
        other[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_code(channel_code(&p.a.channel, other, &code), LINLI_E_PROTOCOL);
    }
    pair_free(&p);
}

/* The payload of message 2 as a node that commits to nothing would send it. */
static void a_responder_that_commits_to_nothing_is_refused(void **state)
{
    struct pair p;

    (void)state;
    assert_ok(pair_prepare(&p, 51)); /* both sync, until the initiator takes it for an enrolment */
    assert_ok(pair_start(&p));
    assert_ok(end_pass(&p.a, &p.b, 4096));
    p.a.channel.intent = INTENT_ENROL;
    assert_code(end_pass(&p.b, &p.a, 4096), LINLI_E_PROTOCOL);
    pair_free(&p);
}

static void the_digits_are_those_of_the_vectors(void **state)
{
    json_t *root = vectors_own("proto/vectors/noise.json"), *v;
    struct buf bytes = {0};
    size_t i;

    (void)state;
    assert_non_null(root);
    json_array_foreach(json_object_get(root, "codes"), i, v) {
        struct channel c = {.initiator = true};
        uint8_t reveal[REVEAL_BYTES];
        unsigned code = 0;
        assert_true(vector_hex(v, "binding", &bytes) && bytes.size == sizeof(c.binding));
        memcpy(c.binding, bytes.at, sizeof(c.binding));
        assert_true(vector_hex(v, "commitment", &bytes) && bytes.size == HASH_BYTES);
        memcpy(c.peer.commitment, bytes.at, HASH_BYTES);
        assert_true(vector_hex(v, "reveal", &bytes) && bytes.size == sizeof(reveal));
        memcpy(reveal, bytes.at, sizeof(reveal));
        assert_ok(channel_code(&c, reveal, &code));
        assert_int_equal(code, strtoul(vector_text(v, "code"), NULL, 10));
    }
    assert_int_equal(i, 4);
    buf_free(&bytes);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_show_the_same_digits_and_others_each_time),
        cmocka_unit_test(a_relayed_handshake_shows_different_digits),
        cmocka_unit_test(what_was_not_committed_to_makes_no_digits),
        cmocka_unit_test(a_responder_that_commits_to_nothing_is_refused),
        cmocka_unit_test(the_digits_are_those_of_the_vectors),
    };
    return UNIT_RUN(tests);
}
