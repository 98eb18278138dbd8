/* noise: the machine against public vectors of many patterns, and against the project's own of the one it speaks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <linli/error.h>

#include "base/check.h"
#include "noise/channel.h"
#include "noise/cipher.h"
#include "noise/pattern.h"

enum { FIELD_MAX = 1024 };

struct bytes {
    uint8_t at[FIELD_MAX];
    size_t size;
    bool given;
};

static struct bytes bytes_of(const json_t *json)
{
    struct bytes b = {.given = json_is_string(json)};
    if (b.given) {
        size_t digits = json_string_length(json);
        assert_true(digits / 2 <= FIELD_MAX);
        b.size = digits / 2;
        assert_int_equal(hex_decode(json_string_value(json), digits, b.at, b.size), LINLI_OK);
    }
    return b;
}

static void start_side(struct noise_handshake *hs, const struct noise_pattern *pattern, bool initiator,
                       const json_t *v)
{
    struct bytes prologue = bytes_of(json_object_get(v, initiator ? "init_prologue" : "resp_prologue"));
    struct bytes s = bytes_of(json_object_get(v, initiator ? "init_static" : "resp_static"));
    struct bytes e = bytes_of(json_object_get(v, initiator ? "init_ephemeral" : "resp_ephemeral"));
    struct bytes rs = bytes_of(json_object_get(v, initiator ? "init_remote_static" : "resp_remote_static"));
    const json_t *psks = json_object_get(v, initiator ? "init_psks" : "resp_psks");
    uint8_t psk[NOISE_PSK_MAX][NOISE_PSK_BYTES];
    struct noise_keys keys = {.s_secret = s.given ? s.at : NULL,
                              .rs = rs.given ? rs.at : NULL,
                              .e_secret = e.given ? e.at : NULL,
                              .psk = (const uint8_t(*)[NOISE_PSK_BYTES])psk,
                              .psk_count = (unsigned)json_array_size(psks)};
    for (size_t i = 0; i < keys.psk_count; i++) {
        struct bytes one = bytes_of(json_array_get(psks, i));
        assert_int_equal(one.size, NOISE_PSK_BYTES);
        memcpy(psk[i], one.at, NOISE_PSK_BYTES);
    }
    assert_int_equal(noise_start(hs, pattern, initiator, span_of(prologue.at, prologue.size), &keys),
                     LINLI_OK);
}

/* The bytes that went must be the vector's, and the payload that comes out of them too. */
static void expect(const struct buf *got, const struct bytes *want)
{
    assert_int_equal(got->size, want->size);
    if (want->size > 0)
        assert_memory_equal(got->at, want->at, want->size);
}

static void run_vector(const struct noise_pattern *pattern, const json_t *v)
{
    struct noise_handshake side[2];
    struct noise_cipher out[2], in[2];
    const json_t *messages = json_object_get(v, "messages");
    struct bytes hash = bytes_of(json_object_get(v, "handshake_hash"));
    struct rng none = {0}; /* every key of a vector is given: a call would crash here */

    start_side(&side[0], pattern, true, v);
    start_side(&side[1], pattern, false, v);
    for (size_t i = 0; i < json_array_size(messages); i++) {
        const json_t *m = json_array_get(messages, i);
        struct bytes payload = bytes_of(json_object_get(m, "payload"));
        struct bytes ciphertext = bytes_of(json_object_get(m, "ciphertext"));
        struct buf wire = {0}, read = {0};
        size_t from = pattern->message_count == 1 ? 0 : i % 2; /* one-way patterns never answer */
        if (i < pattern->message_count) {
            assert_true(noise_writes_next(&side[from]));
            assert_int_equal(noise_write(&side[from], &none, span_of(payload.at, payload.size), &wire),
                             LINLI_OK);
            assert_int_equal(noise_read(&side[1 - from], buf_span(&wire), &read), LINLI_OK);
        } else {
            span nothing = span_of(NULL, 0);
            assert_int_equal(noise_seal(&out[from], nothing, span_of(payload.at, payload.size), &wire),
                             LINLI_OK);
            assert_int_equal(noise_open(&in[1 - from], nothing, buf_span(&wire), &read), LINLI_OK);
        }
        expect(&wire, &ciphertext);
        expect(&read, &payload);
        buf_free(&wire);
        buf_free(&read);
        if (i + 1 != pattern->message_count)
            continue;
        for (size_t s = 0; s < 2; s++) {
            assert_true(noise_finished(&side[s]));
            if (hash.given)
                assert_memory_equal(noise_hash(&side[s]), hash.at, NOISE_HASH_BYTES);
            assert_int_equal(noise_split(&side[s], &out[s], &in[s]), LINLI_OK);
        }
    }
    assert_true(json_array_size(messages) >= pattern->message_count);
}

/* Returns the vectors that ran; prints them, and those of another hash that did not. */
static size_t run_file(const char *folder, const char *file)
{
    char path[1024];
    json_error_t error;
    size_t ran = 0, hashed = 0, other = 0;
    assert_true(snprintf(path, sizeof(path), "%s/%s.json", folder, file) < (int)sizeof(path));
    json_t *root = json_load_file(path, 0, &error);
    if (root == NULL) {
        printf("noise vectors: %s skipped, %s\n", file, error.text);
        return 0;
    }
    const json_t *vectors = json_object_get(root, "vectors");
    for (size_t i = 0; i < json_array_size(vectors); i++) {
        const json_t *v = json_array_get(vectors, i);
        const json_t *name = json_object_get(v, "protocol_name");
        struct noise_pattern pattern;
        name = name != NULL ? name : json_object_get(v, "name");
        assert_non_null(json_string_value(name));
        if (noise_pattern_named(json_string_value(name), &pattern) != LINLI_OK) {
            other++;
            if (strstr(json_string_value(name), "BLAKE2b") != NULL)
                fail_msg("no pattern for %s", json_string_value(name));
            continue;
        }
        run_vector(&pattern, v);
        ran++;
        hashed += json_object_get(v, "handshake_hash") != NULL;
    }
    printf("noise vectors: %s %zu both ways, %zu with handshake hash, %zu skipped (another hash function)\n",
           file, ran, hashed, other);
    json_decref(root);
    return ran;
}

static void public_vectors_of_every_pattern_match_byte_for_byte(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        size_t count;
    } files[] = {{"cacophony-25519-chachapoly", 59},
                 {"snow-25519-chachapoly", 51},
                 {"core-xx-ik", 24},
                 {"noise-c-basic-25519-chachapoly", 15},
                 {"derived-xxpsk0", 1}};
    const char *folder = LINLI_SHARED_DATA "/noise-vectors";
    FILE *probe = fopen(LINLI_SHARED_DATA "/noise-vectors/cacophony-25519-chachapoly.json", "r");
    if (probe == NULL) {
        printf("noise vectors: public ones skipped, no folder %s\n", folder);
        skip();
    }
    (void)fclose(probe);
    for (size_t i = 0; i < COUNT_OF(files); i++)
        assert_int_equal(run_file(folder, files[i].file), files[i].count);
}

static void the_projects_own_vectors_match(void **state)
{
    (void)state;
    assert_int_equal(run_file(LINLI_SOURCE_DIR "/proto/vectors", "noise"), 4);
}

static void fill_seed(void *ctx, uint8_t *out, size_t size)
{
    memcpy(out, ctx, size);
}

static void hints_and_identities_match_the_projects_vectors(void **state)
{
    (void)state;
    json_t *root = json_load_file(LINLI_SOURCE_DIR "/proto/vectors/noise.json", 0, NULL);
    assert_non_null(root);
    const json_t *hints = json_object_get(root, "hints");
    assert_true(json_array_size(hints) > 0);
    for (size_t i = 0; i < json_array_size(hints); i++) {
        const json_t *v = json_array_get(hints, i);
        struct bytes psk = bytes_of(json_object_get(v, "psk")), nonce = bytes_of(json_object_get(v, "nonce"));
        struct bytes want = bytes_of(json_object_get(v, "hint"));
        uint8_t hint[HINT_BYTES];
        channel_hint(psk.at, nonce.at, hint);
        assert_int_equal(want.size, HINT_BYTES);
        assert_memory_equal(hint, want.at, HINT_BYTES);
    }
    const json_t *identities = json_object_get(root, "identities");
    assert_true(json_array_size(identities) > 0);
    for (size_t i = 0; i < json_array_size(identities); i++) {
        const json_t *v = json_array_get(identities, i);
        struct bytes seed = bytes_of(json_object_get(v, "sign_seed")), h = bytes_of(json_object_get(v, "h"));
        struct bytes chain = bytes_of(json_object_get(v, "chain")),
                     want = bytes_of(json_object_get(v, "payload"));
        struct bytes incarnation = bytes_of(json_object_get(v, "incarnation"));
        enum identity_role role = (enum identity_role)json_integer_value(json_object_get(v, "role"));
        struct rng rng = {fill_seed, seed.at};
        struct channel_identity self = {.incarnation = be64_get(incarnation.at)}, back;
        uint8_t secret[SIGN_SECRET_BYTES], signature[SIGNATURE_BYTES];
        struct buf payload = {0};
        sign_keypair(&rng, self.sign_public, secret);
        assert_int_equal(buf_append(&self.chain, chain.at, chain.size), LINLI_OK);
        assert_int_equal(identity_encode(&self, secret, role, h.at, &payload), LINLI_OK);
        expect(&payload, &want);
        assert_int_equal(identity_decode(buf_span(&payload), &back, signature), LINLI_OK);
        assert_int_equal(identity_check(&back, role, h.at, signature), LINLI_OK);
        identity_free(&back);
        identity_free(&self);
        buf_free(&payload);
    }
    json_decref(root);
}

static void names_outside_the_table_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {
        "Noise_XX_25519_AESGCM_BLAKE2b",
        "Noise_XX_25519_ChaChaPoly_SHA256",
        "Noise_XX_448_ChaChaPoly_BLAKE2b",
        "Noise_XXfallback_25519_ChaChaPoly_BLAKE2b",
        "Noise_XXpsk4_25519_ChaChaPoly_BLAKE2b",
        "Noise_NNpsk3_25519_ChaChaPoly_BLAKE2b",
        "Noise_XXpsk1+psk0_25519_ChaChaPoly_BLAKE2b",
        "Noise_XXpsk1+psk1_25519_ChaChaPoly_BLAKE2b",
        "Noise_XXpsk9_25519_ChaChaPoly_BLAKE2b",
        "Noise_XXpsk:_25519_ChaChaPoly_BLAKE2b",
        "Noise_XXpsk/_25519_ChaChaPoly_BLAKE2b",
        "Noise_X1X1psk0+psk1+psk2+psk3+psk4_25519_ChaChaPoly_BLAKE2b+longer", /* no name is so long */
        "XX_25519_ChaChaPoly_BLAKE2b",
        "Noise_XXpsk0psk_25519_ChaChaPoly_BLAKE2b",
        "Noise_XXpsk0+_25519_ChaChaPoly_BLAKE2b",
        "Noise_ZZ_25519_ChaChaPoly_BLAKE2b",
        "NoisePSK_XX_25519_ChaChaPoly_BLAKE2b",
        "Noise_XX",
        "",
    };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct noise_pattern pattern;
        assert_int_equal(noise_pattern_named(names[i], &pattern), LINLI_E_NOT_FOUND);
    }
    struct noise_pattern named;
    assert_int_equal(noise_pattern_named(noise_xxpsk0.name, &named), LINLI_OK);
    assert_memory_equal(&named, &noise_xxpsk0, sizeof(named));
    assert_int_equal(noise_pattern_named("Noise_X1X1psk4_25519_ChaChaPoly_BLAKE2b", &named), LINLI_OK);
}

static void a_pattern_without_its_keys_does_not_start(void **state)
{
    (void)state;
    struct noise_handshake hs;
    static const uint8_t key[DH_BYTES] = {9};
    static const uint8_t psk[1][NOISE_PSK_BYTES] = {{0}};
    struct noise_keys none = {0};
    struct noise_keys no_psk = {.s_secret = key};
    struct noise_keys no_static = {.psk = psk, .psk_count = 1};
    span prologue = span_of(NULL, 0);
    assert_int_equal(noise_start(&hs, &noise_xxpsk0, true, prologue, &none), LINLI_E_ARG);
    assert_int_equal(noise_start(&hs, &noise_xxpsk0, true, prologue, &no_psk), LINLI_E_ARG);
    assert_int_equal(noise_start(&hs, &noise_xxpsk0, false, prologue, &no_static), LINLI_E_ARG);
    struct noise_pattern ik;
    assert_int_equal(noise_pattern_named("Noise_IK_25519_ChaChaPoly_BLAKE2b", &ik), LINLI_OK);
    assert_int_equal(noise_start(&hs, &ik, true, prologue, &no_psk), LINLI_E_ARG);
    assert_false(noise_writes_next(&hs));
}

static void a_pattern_of_more_keys_than_there_is_room_for_does_not_start(void **state)
{
    (void)state;
    struct noise_handshake hs;
    struct noise_pattern pattern;
    static const uint8_t key[DH_BYTES] = {9};
    static const uint8_t psk[NOISE_PSK_MAX + 1][NOISE_PSK_BYTES] = {{0}};
    struct noise_keys keys = {.s_secret = key, .psk = psk, .psk_count = NOISE_PSK_MAX + 1};
    assert_int_equal(noise_pattern_named("Noise_X1Xpsk0+psk1+psk2+psk3+psk4_25519_ChaChaPoly_BLAKE2b", &pattern), LINLI_OK);
    assert_int_equal(noise_pattern_psks(&pattern), NOISE_PSK_MAX + 1);
    assert_int_equal(noise_start(&hs, &pattern, true, span_of(NULL, 0), &keys), LINLI_E_ARG);
    assert_true(hs.failed);
}

static void the_last_nonce_is_never_used(void **state)
{
    (void)state;
    struct noise_cipher cipher = {0};
    static const uint8_t key[AEAD_KEY_BYTES] = {1};
    struct buf out = {0};
    cipher_set_key(&cipher, key);
    cipher.n = UINT64_MAX - 1;
    assert_int_equal(noise_seal(&cipher, span_of(NULL, 0), span_of("a", 1), &out), LINLI_OK);
    assert_int_equal(noise_seal(&cipher, span_of(NULL, 0), span_of("a", 1), &out), LINLI_E_PROTOCOL);
    assert_int_equal(out.size, 1 + AEAD_TAG_BYTES);
    assert_true(cipher.dead);
    buf_free(&out);
}

static void a_failed_open_kills_the_direction_and_leaves_the_nonce(void **state)
{
    (void)state;
    struct noise_cipher from = {0}, to = {0};
    static const uint8_t key[AEAD_KEY_BYTES] = {1};
    struct buf wire = {0}, plain = {0};
    cipher_set_key(&from, key);
    cipher_set_key(&to, key);
    assert_int_equal(noise_seal(&from, span_of(NULL, 0), span_of("a", 1), &wire), LINLI_OK);
    wire.at[0] ^= 1;
    assert_int_equal(noise_open(&to, span_of(NULL, 0), buf_span(&wire), &plain), LINLI_E_PROTOCOL);
    wire.at[0] ^= 1;
    assert_int_equal(noise_open(&to, span_of(NULL, 0), buf_span(&wire), &plain), LINLI_E_PROTOCOL);
    assert_int_equal(plain.size, 0);
    assert_int_equal(to.n, 0);
    buf_free(&wire);
    buf_free(&plain);
}

static int start_crypto(void **state)
{
    (void)state;
    return crypto_start();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_vectors_of_every_pattern_match_byte_for_byte),
        cmocka_unit_test(the_projects_own_vectors_match),
        cmocka_unit_test(hints_and_identities_match_the_projects_vectors),
        cmocka_unit_test(names_outside_the_table_are_refused),
        cmocka_unit_test(a_pattern_without_its_keys_does_not_start),
        cmocka_unit_test(a_pattern_of_more_keys_than_there_is_room_for_does_not_start),
        cmocka_unit_test(the_last_nonce_is_never_used),
        cmocka_unit_test(a_failed_open_kills_the_direction_and_leaves_the_nonce),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
