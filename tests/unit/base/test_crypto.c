/* base: hashes, sealed boxes, passphrases, base64: our own cases. Vectors of others: test_crypto_vectors.c. */
#include "unit.h"

#include "base/crypto.h"

#include <string.h>

static uint8_t key[32];
static struct rng_seeded seeded;

static int start(void **state)
{
    (void)state;
    seed_start(&seeded);
    for (unsigned i = 0; i < sizeof(key); i++)
        key[i] = (uint8_t)i;
    return crypto_start();
}

static void a_hash_is_blake2b_over_the_context_its_nul_and_the_spans(void **state)
{
    /* Python: hashlib.blake2b(b'linli/test/1\0onetwo', digest_size=32) */
    static const char expected[] = "3c910f172807417b1f41fe062d432c6de3b3249764c7f93277db25aadaae9598";
    span spans[] = {span_of("one", 3), span_of(NULL, 0), span_of("two", 3)};
    linli_hash hash;
    linli_id id;
    char text[65];

    (void)state;
    crypto_hash("linli/test/1", spans, 3, &hash);
    hex_encode(hash.b, 32, text);
    assert_string_equal(text, expected);
    crypto_hash16("linli/test/1", spans, 3, &id);
    assert_memory_equal(id.b, hash.b, 16);
}

static void a_mac_is_keyed_blake2b(void **state)
{
    /* Python: hashlib.blake2b(b'abc', key=bytes(range(32)), digest_size=32) */
    static const char expected[] = "d63a32d3e44738d7907f964316c241adaba0abfeabc32349677578a15a203f7f";
    linli_hash mac;
    char text[65];

    (void)state;
    crypto_mac(key, span_of("abc", 3), &mac);
    hex_encode(mac.b, 32, text);
    assert_string_equal(text, expected);
}

static void a_signature_holds_for_its_context_data_and_key_only(void **state)
{
    struct rng rng = rng_from(&seeded);
    uint8_t public_key[KEY_BYTES], other_key[KEY_BYTES], secret[SIGN_SECRET_BYTES], other[SIGN_SECRET_BYTES];
    uint8_t signature[SIGNATURE_BYTES];
    span data = span_of("三栋", 6);

    (void)state;
    sign_keypair(&rng, public_key, secret);
    sign_keypair(&rng, other_key, other);
    assert_ok(sign_make(secret, "linli/test/1", data, signature));
    assert_ok(sign_check(public_key, "linli/test/1", data, signature));
    assert_code(sign_check(public_key, "linli/test/2", data, signature), LINLI_E_SIGNATURE);
    assert_code(sign_check(public_key, "linli/test/1", span_of("三栋", 5), signature), LINLI_E_SIGNATURE);
    assert_code(sign_check(other_key, "linli/test/1", data, signature), LINLI_E_SIGNATURE);
    signature[40] ^= 1;
    assert_code(sign_check(public_key, "linli/test/1", data, signature), LINLI_E_SIGNATURE);
}

static int sign_large(void *ctx)
{
    struct rng rng = rng_from(&seeded);
    uint8_t public_key[KEY_BYTES], secret[SIGN_SECRET_BYTES], signature[SIGNATURE_BYTES];
    static uint8_t large[5000];

    (void)ctx;
    sign_keypair(&rng, public_key, secret);
    int rv = sign_make(secret, "linli/test/1", span_of(large, sizeof(large)), signature);
    if (rv != LINLI_OK)
        return rv;
    return sign_check(public_key, "linli/test/1", span_of(large, sizeof(large)), signature);
}

static void only_large_signed_data_needs_memory_and_its_lack_is_told(void **state)
{
    (void)state;
    assert_int_equal(heap_each_failure(sign_large, NULL), 2);
    heap_watch();
    a_signature_holds_for_its_context_data_and_key_only(state);
    assert_int_equal(heap_count(), 0);
    heap_unwatch();
}

static void both_sides_of_an_exchange_come_to_one_secret(void **state)
{
    struct rng rng = rng_from(&seeded);
    uint8_t a_public[DH_BYTES], a_secret[DH_BYTES], b_public[DH_BYTES], b_secret[DH_BYTES];
    uint8_t ab[DH_BYTES], ba[DH_BYTES];

    (void)state;
    dh_keypair(&rng, a_public, a_secret);
    dh_keypair(&rng, b_public, b_secret);
    assert_ok(dh_shared(a_secret, b_public, ab));
    assert_ok(dh_shared(b_secret, a_public, ba));
    assert_memory_equal(ab, ba, DH_BYTES);
}

static void a_box_opens_with_its_key_and_its_data_only(void **state)
{
    struct rng rng = rng_from(&seeded);
    uint8_t box[XNONCE_BYTES + 5 + AEAD_TAG_BYTES], again[sizeof(box)], out[5];
    span ad = span_of("record", 6), whole = span_of(box, sizeof(box));

    (void)state;
    box_seal(key, &rng, ad, span_of("hello", 5), box);
    box_seal(key, &rng, ad, span_of("hello", 5), again);
    assert_memory_not_equal(box, again, sizeof(box));
    assert_ok(box_open(key, ad, whole, out));
    assert_memory_equal(out, "hello", 5);
    assert_code(box_open(key, span_of("other!", 6), whole, out), LINLI_E_KEY);
    for (size_t size = 0; size < sizeof(box); size++)
        assert_code(box_open(key, ad, span_of(box, size), out), LINLI_E_KEY);
    for (size_t i = 0; i < sizeof(box); i++) {
        box[i] ^= 0x80;
        assert_code(box_open(key, ad, whole, out), LINLI_E_KEY);
        box[i] ^= 0x80;
    }
}

static void a_stream_opens_whole_in_order_and_under_its_key_only(void **state)
{
    struct rng rng = rng_from(&seeded);
    uint8_t head[STREAM_HEAD_BYTES], sealed[3][8 + STREAM_MORE], plain[8], other[32] = {9};
    struct stream s;
    bool last;

    (void)state;
    stream_head(&rng, head);
    stream_start(&s, key, head);
    for (size_t i = 0; i < 3; i++)
        stream_seal(&s, span_of("eight by", 8), i == 2, sealed[i]);
    stream_start(&s, key, head);
    for (size_t i = 0; i < 3; i++) {
        assert_ok(stream_open(&s, span_of(sealed[i], sizeof(sealed[i])), plain, &last));
        assert_memory_equal(plain, "eight by", 8);
        assert_int_equal(last, i == 2);
    }
    stream_start(&s, key, head); /* one left out */
    assert_code(stream_open(&s, span_of(sealed[1], sizeof(sealed[1])), plain, &last), LINLI_E_KEY);
    stream_start(&s, other, head);
    assert_code(stream_open(&s, span_of(sealed[0], sizeof(sealed[0])), plain, &last), LINLI_E_KEY);
    assert_code(stream_open(&s, span_of(sealed[0], STREAM_MORE - 1), plain, &last), LINLI_E_KEY);
}

static void a_transport_message_opens_at_its_own_number_only(void **state)
{
    uint8_t sealed[3 + AEAD_TAG_BYTES], out[3];

    (void)state;
    aead_seal(key, 7, span_of("", 0), span_of("abc", 3), sealed);
    assert_ok(aead_open(key, 7, span_of(NULL, 0), span_of(sealed, sizeof(sealed)), out));
    assert_memory_equal(out, "abc", 3);
    assert_code(aead_open(key, 8, span_of(NULL, 0), span_of(sealed, sizeof(sealed)), out), LINLI_E_PROTOCOL);
    assert_memory_equal(out, "\0\0\0", 3);
    for (size_t size = 0; size < sizeof(sealed); size++)
        assert_code(aead_open(key, 7, span_of(NULL, 0), span_of(sealed, size), out), LINLI_E_PROTOCOL);
}

static void a_passphrase_gives_one_key_for_each_salt(void **state)
{
    uint8_t salt[PWHASH_SALT_BYTES] = {1}, first[32], second[32], other[32];

    (void)state;
    assert_ok(pwhash_key(span_of("correct horse", 13), salt, first));
    assert_ok(pwhash_key(span_of("correct horse", 13), salt, second));
    salt[0] = 2;
    assert_ok(pwhash_key(span_of("correct horse", 13), salt, other));
    assert_memory_equal(first, second, 32);
    assert_memory_not_equal(first, other, 32);
}

static void base64_goes_there_and_back_at_every_length(void **state)
{
    uint8_t in[64], out[64];
    char text[128];
    struct rng rng = rng_from(&seeded);

    (void)state;
    for (size_t size = 0; size <= sizeof(in); size++) {
        size_t out_size = 0;
        rng_fill(&rng, in, size);
        assert_true(base64_text_size(size) <= sizeof(text));
        base64_encode(span_of(in, size), text);
        assert_int_equal(strlen(text) + 1, base64_text_size(size));
        assert_ok(base64_decode(text, strlen(text), out, size, &out_size));
        assert_int_equal(out_size, size);
        assert_memory_equal(in, out, size);
    }
    base64_encode(span_of("\xfb\xff\xfe", 3), text);
    assert_string_equal(text, "-__-");
}

static void base64_in_another_form_is_refused(void **state)
{
    static const char *const wrong[] = {"A", "AAAAA", "AA==", "AAA=", "A+AA", "A/AA", "AA A", "AB", "AAB", "AA\nA"};
    uint8_t out[8];
    size_t out_size = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_code(base64_decode(wrong[i], strlen(wrong[i]), out, sizeof(out), &out_size), LINLI_E_FORMAT);
    assert_code(base64_decode("AAAA", 4, out, 2, &out_size), LINLI_E_LIMIT);
}

static void secrets_compare_and_wipe(void **state)
{
    uint8_t a[4] = {1, 2, 3, 4}, b[4] = {1, 2, 3, 5};

    (void)state;
    assert_false(crypto_equal(a, b, 4));
    assert_true(crypto_equal(a, b, 3));
    crypto_wipe(a, 4);
    assert_memory_equal(a, "\0\0\0\0", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hash_is_blake2b_over_the_context_its_nul_and_the_spans),
        cmocka_unit_test(a_mac_is_keyed_blake2b),
        cmocka_unit_test(a_signature_holds_for_its_context_data_and_key_only),
        cmocka_unit_test(only_large_signed_data_needs_memory_and_its_lack_is_told),
        cmocka_unit_test(both_sides_of_an_exchange_come_to_one_secret),
        cmocka_unit_test(a_box_opens_with_its_key_and_its_data_only),
        cmocka_unit_test(a_stream_opens_whole_in_order_and_under_its_key_only),
        cmocka_unit_test(a_transport_message_opens_at_its_own_number_only),
        cmocka_unit_test(a_passphrase_gives_one_key_for_each_salt),
        cmocka_unit_test(base64_goes_there_and_back_at_every_length),
        cmocka_unit_test(base64_in_another_form_is_refused),
        cmocka_unit_test(secrets_compare_and_wipe),
    };
    return seed_report(cmocka_run_group_tests(tests, start, NULL));
}
