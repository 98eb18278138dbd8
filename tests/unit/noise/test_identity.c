/* noise: the payload of messages 2 and 3 as a hostile member might write it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linli/error.h>
#include <string.h>

#include "base/check.h"
#include "codec/limits.h"
#include "codec/writer.h"
#include "noise/identity.h"

/* How a payload differs from a good one. */
struct spoil {
    const char *what;
    unsigned leave_out; /* a key that is absent */
    size_t key_bytes, incarnation_bytes, signature_bytes, grants, grant_bytes;
    bool grants_as_text, chain_as_map, extra, trailing, text_key, twice;
    int code;
};

static const struct spoil good = {
    .key_bytes = 32, .incarnation_bytes = 8, .signature_bytes = 64, .grants = 2, .grant_bytes = 40};

static void write_chain(struct buf *out, const struct spoil *s)
{
    static const uint8_t bytes[LIMIT_GRANT_BYTES + 1];
    if (s->chain_as_map) {
        write_map(out, 0);
        return;
    }
    write_array(out, s->grants);
    for (size_t i = 0; i < s->grants; i++) {
        if (s->grants_as_text)
            write_text(out, "grant", 5);
        else
            write_bin(out, bytes, s->grant_bytes);
    }
}

static void write_payload(struct buf *out, const struct spoil *s)
{
    static const uint8_t bytes[128];
    write_map(out, (size_t)4 - (s->leave_out != 0) + (s->extra || s->twice));
    for (unsigned key = 1; key <= 4; key++) {
        if (key == s->leave_out)
            continue;
        if (s->text_key && key == 1)
            write_text(out, "k", 1);
        else
            write_uint(out, key);
        if (key == 1)
            write_bin(out, bytes, s->key_bytes);
        else if (key == 2)
            write_bin(out, bytes, s->incarnation_bytes);
        else if (key == 3)
            write_chain(out, s);
        else
            write_bin(out, bytes, s->signature_bytes);
    }
    if (s->extra || s->twice) {
        write_uint(out, s->extra ? 77 : 4);
        write_bin(out, bytes, 64);
    }
    if (s->trailing)
        write_nil(out);
    assert_int_equal(out->failed, LINLI_OK);
}

static void only_the_one_shape_is_decoded(void **state)
{
    (void)state;
    struct spoil cases[20];
    size_t n = 0;
#define CASE(result, field, value)                                                                           \
    cases[n] = good, cases[n].what = #field " " #value, cases[n].field = (value), cases[n++].code = (result)
    CASE(LINLI_OK, grants, 0);
    CASE(LINLI_OK, grants, LIMIT_CHAIN);
    CASE(LINLI_OK, grant_bytes, LIMIT_GRANT_BYTES);
    CASE(LINLI_OK, extra, true); /* of a newer version: skipped */
    CASE(LINLI_E_PROTOCOL, leave_out, 1);
    CASE(LINLI_E_PROTOCOL, leave_out, 2);
    CASE(LINLI_E_PROTOCOL, leave_out, 3);
    CASE(LINLI_E_PROTOCOL, leave_out, 4);
    CASE(LINLI_E_PROTOCOL, key_bytes, 31);
    CASE(LINLI_E_PROTOCOL, key_bytes, 33);
    CASE(LINLI_E_PROTOCOL, incarnation_bytes, 7);
    CASE(LINLI_E_PROTOCOL, signature_bytes, 63);
    CASE(LINLI_E_PROTOCOL, grants, LIMIT_CHAIN + 1);
    CASE(LINLI_E_PROTOCOL, grant_bytes, LIMIT_GRANT_BYTES + 1);
    CASE(LINLI_E_PROTOCOL, grants_as_text, true);
    CASE(LINLI_E_PROTOCOL, chain_as_map, true);
    CASE(LINLI_E_PROTOCOL, trailing, true);
    CASE(LINLI_E_PROTOCOL, text_key, true);
    CASE(LINLI_E_PROTOCOL, twice, true);
#undef CASE
    for (size_t i = 0; i < n; i++) {
        struct channel_identity identity;
        uint8_t signature[SIGNATURE_BYTES];
        struct buf payload = {0};
        write_payload(&payload, &cases[i]);
        int rv = identity_decode(buf_span(&payload), &identity, signature);
        if (rv != cases[i].code)
            fail_msg("%s: %d", cases[i].what, rv);
        if (rv == LINLI_OK)
            assert_int_equal(identity.chain.size == 0, cases[i].grants == 0);
        else
            assert_null(identity.chain.at);
        if (rv == LINLI_OK)
            identity_free(&identity);
        buf_free(&payload);
    }
}

static void every_cut_of_a_payload_is_refused(void **state)
{
    (void)state;
    struct buf payload = {0};
    write_payload(&payload, &good);
    for (size_t size = 0; size < payload.size; size++) {
        struct channel_identity identity;
        uint8_t signature[SIGNATURE_BYTES];
        int rv = identity_decode(span_of(payload.at, size), &identity, signature);
        assert_true(rv == LINLI_E_PROTOCOL || rv == LINLI_E_LIMIT);
        assert_null(identity.chain.at);
    }
    buf_free(&payload);
}

static void a_count_that_its_bytes_cannot_hold_reserves_nothing(void **state)
{
    (void)state;
    static const uint8_t bombs[][6] = {{0x84, 3, 0xdd, 0xff, 0xff, 0xff},
                                       {0xdf, 0xff, 0xff, 0xff, 0xff, 1},
                                       {0x84, 1, 0xc6, 0x7f, 0xff, 0xff}};
    for (size_t i = 0; i < COUNT_OF(bombs); i++) {
        struct channel_identity identity;
        uint8_t signature[SIGNATURE_BYTES];
        assert_int_not_equal(identity_decode(span_of(bombs[i], sizeof(bombs[i])), &identity, signature),
                             LINLI_OK);
        assert_null(identity.chain.at);
    }
}

static void a_signature_holds_for_one_role_and_one_handshake(void **state)
{
    (void)state;
    struct rng_seeded seeded;
    struct channel_identity self = {.incarnation = 7}, back;
    uint8_t secret[SIGN_SECRET_BYTES], signature[SIGNATURE_BYTES], h[NOISE_HASH_BYTES] = {1, 2, 3};
    struct buf payload = {0};
    rng_seed(&seeded, 1);
    struct rng rng = rng_from(&seeded);
    sign_keypair(&rng, self.sign_public, secret);
    assert_int_equal(identity_encode(&self, secret, ROLE_INITIATOR, h, &payload), LINLI_OK);
    assert_int_equal(identity_decode(buf_span(&payload), &back, signature), LINLI_OK);
    assert_int_equal(identity_check(&back, ROLE_INITIATOR, h, signature), LINLI_OK);
    assert_int_equal(identity_check(&back, ROLE_RESPONDER, h, signature), LINLI_E_SIGNATURE);
    for (size_t i = 0; i < NOISE_HASH_BYTES; i++) {
        h[i] ^= 1;
        assert_int_equal(identity_check(&back, ROLE_INITIATOR, h, signature), LINLI_E_SIGNATURE);
        h[i] ^= 1;
    }
    buf_free(&payload);
    identity_free(&back);
}

static int start_crypto(void **state)
{
    (void)state;
    return crypto_start();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_one_shape_is_decoded),
        cmocka_unit_test(every_cut_of_a_payload_is_refused),
        cmocka_unit_test(a_count_that_its_bytes_cannot_hold_reserves_nothing),
        cmocka_unit_test(a_signature_holds_for_one_role_and_one_handshake),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
