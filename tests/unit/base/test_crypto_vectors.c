/* base: vectors that others wrote for BLAKE2b, Ed25519, X25519 and the two AEADs. */
#include "unit.h"

#include "base/crypto.h"

#include <string.h>

static int start(void **state)
{
    (void)state;
    return crypto_start();
}

/* The file's root, or the test ends as skipped (vectors_shared has said why). */
static json_t *shared_or_skip(const char *path)
{
    json_t *root = vectors_shared(path);

    if (root == NULL)
        skip();
    return root;
}

static bool is_valid(const json_t *test)
{
    return strcmp(vector_text(test, "result"), "valid") == 0;
}

static void blake2b_gives_the_published_hashes(void **state)
{
    json_t *root = shared_or_skip("blake2/blake2b-kat.json"), *test;
    struct buf in = {0}, out = {0};
    size_t i, checked = 0;

    (void)state;
    json_array_foreach(root, i, test) {
        struct hasher h;
        uint8_t hash[64];
        if (vector_text(test, "key")[0] != '\0')
            continue; /* keyed with 64 bytes into 64 bytes: a form that nothing here offers */
        assert_true(vector_hex(test, "in", &in) && vector_hex(test, "out", &out));
        hasher_start(&h, sizeof(hash));
        hasher_add(&h, in.at, in.size / 3); /* in two pieces: the result must not depend on the cut */
        hasher_add(&h, in.size == 0 ? NULL : in.at + in.size / 3, in.size - in.size / 3);
        hasher_end(&h, hash, sizeof(hash));
        assert_memory_equal(hash, out.at, sizeof(hash));
        checked++;
    }
    assert_int_equal(checked, 256);
    buf_free(&in);
    buf_free(&out);
    json_decref(root);
}

static void ed25519_agrees_with_rfc_8032(void **state)
{
    json_t *root = shared_or_skip("ed25519/rfc8032.json"), *test;
    struct buf public_key = {0}, message = {0}, signature = {0};
    size_t i;

    (void)state;
    json_array_foreach(json_object_get(root, "tests"), i, test) {
        assert_true(vector_hex(test, "pk", &public_key) && vector_hex(test, "msg", &message));
        assert_true(vector_hex(test, "sig", &signature) && signature.size == SIGNATURE_BYTES);
        assert_true(sign_check_raw(public_key.at, buf_span(&message), signature.at));
        signature.at[3] ^= 1;
        assert_false(sign_check_raw(public_key.at, buf_span(&message), signature.at));
    }
    assert_int_equal(i, 3);
    buf_free(&public_key);
    buf_free(&message);
    buf_free(&signature);
    json_decref(root);
}

static void ed25519_agrees_with_wycheproof(void **state)
{
    json_t *root = shared_or_skip("wycheproof/ed25519_test.json"), *group, *test;
    struct buf public_key = {0}, message = {0}, signature = {0};
    size_t g, i, checked = 0;

    (void)state;
    json_array_foreach(json_object_get(root, "testGroups"), g, group) {
        assert_true(vector_hex(json_object_get(group, "publicKey"), "pk", &public_key));
        json_array_foreach(json_object_get(group, "tests"), i, test) {
            assert_true(vector_hex(test, "msg", &message) && vector_hex(test, "sig", &signature));
            checked++;
            if (signature.size != SIGNATURE_BYTES) {
                assert_false(is_valid(test)); /* such a length never reaches the primitive: readers take bin 64 only */
                continue;
            }
            assert_int_equal(sign_check_raw(public_key.at, buf_span(&message), signature.at), is_valid(test));
        }
    }
    assert_int_equal(checked, 151);
    buf_free(&public_key);
    buf_free(&message);
    buf_free(&signature);
    json_decref(root);
}

static bool text_listed(const json_t *texts, const char *text)
{
    json_t *entry;
    size_t i;

    json_array_foreach(texts, i, entry)
        if (strcmp(json_string_value(entry), text) == 0)
            return true;
    return false;
}

static bool listed(const json_t *numbers, json_int_t number)
{
    json_t *entry;
    size_t i;

    json_array_foreach(numbers, i, entry)
        if (json_integer_value(entry) == number)
            return true;
    return false;
}

/* Our own: they stand in the tree, so that no build goes without (proto/vectors/signature.py). */
static void odd_signatures_get_the_verdicts_of_the_reference(void **state)
{
    json_t *root = vectors_own("proto/vectors/signature.json"), *test;
    struct buf public_key = {0}, message = {0}, signature = {0};
    size_t i;

    (void)state;
    assert_non_null(root);
    json_array_foreach(json_object_get(root, "signatures"), i, test) {
        assert_true(vector_hex(test, "key", &public_key) && vector_hex(test, "signature", &signature));
        assert_true(vector_hex(test, "message", &message));
        if (sign_check_raw(public_key.at, buf_span(&message), signature.at) != json_is_true(json_object_get(test, "good")))
            fail_msg("%s", vector_text(test, "name"));
    }
    assert_int_equal(i, 24);
    buf_free(&public_key);
    buf_free(&message);
    buf_free(&signature);
    json_decref(root);
}

static void keys_of_small_order_are_known_in_every_encoding(void **state)
{
    json_t *root = vectors_own("proto/vectors/signature.json"), *key;
    struct buf bytes = {0};
    size_t i;

    (void)state;
    assert_non_null(root);
    json_array_foreach(json_object_get(root, "small_keys"), i, key) {
        assert_true(vector_unhex(json_string_value(key), &bytes) && bytes.size == KEY_BYTES);
        assert_true(sign_key_small(bytes.at));
        for (size_t bit = 0; bit < 8 * KEY_BYTES - 1; bit++) { /* the neighbours are not, but where they are on the list */
            bytes.at[bit / 8] ^= (uint8_t)(1U << bit % 8);
            bool neighbour = sign_key_small(bytes.at);
            char text[2 * KEY_BYTES + 1];
            hex_encode(bytes.at, KEY_BYTES, text);
            assert_int_equal(neighbour, text_listed(json_object_get(root, "small_keys"), text));
            bytes.at[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
    }
    assert_int_equal(i, 14);
    buf_free(&bytes);
    json_decref(root);
}

/* Two replicas that judge an odd signature differently would never agree again: the verdicts are part of the format. */
static void odd_signatures_get_their_pinned_verdicts(void **state)
{
    json_t *verdicts = shared_or_skip("ed25519/libsodium-1.0.18-verdicts.json");
    json_t *cctv = shared_or_skip("ed25519/cctv-ed25519vectors.json");
    json_t *speccheck = shared_or_skip("ed25519/speccheck-cases.json"), *test;
    struct buf public_key = {0}, message = {0}, signature = {0};
    size_t i;

    (void)state;
    json_array_foreach(cctv, i, test) {
        const char *text = vector_text(test, "msg");
        assert_true(vector_hex(test, "key", &public_key) && vector_hex(test, "sig", &signature));
        bool expected = listed(json_object_get(verdicts, "cctv_accepted_numbers"),
                               json_integer_value(json_object_get(test, "number")));
        assert_int_equal(sign_check_raw(public_key.at, span_of(text, strlen(text)), signature.at), expected);
        assert_int_equal(sign_key_small(public_key.at), text_listed(json_object_get(test, "flags"), "low_order_A"));
    }
    assert_int_equal(i, 914);
    json_array_foreach(speccheck, i, test) {
        assert_true(vector_hex(test, "pub_key", &public_key) && vector_hex(test, "signature", &signature));
        assert_true(vector_hex(test, "message", &message));
        bool expected = listed(json_object_get(verdicts, "speccheck_accepted_indices"), (json_int_t)i);
        assert_int_equal(sign_check_raw(public_key.at, buf_span(&message), signature.at), expected);
    }
    assert_int_equal(i, 12);
    buf_free(&public_key);
    buf_free(&message);
    buf_free(&signature);
    json_decref(verdicts);
    json_decref(cctv);
    json_decref(speccheck);
}

static void x25519_agrees_with_wycheproof_and_stops_at_a_zero_secret(void **state)
{
    json_t *root = shared_or_skip("wycheproof/x25519_test.json"), *group, *test;
    struct buf public_key = {0}, secret = {0}, shared = {0};
    size_t g, i, checked = 0, zero = 0;

    (void)state;
    json_array_foreach(json_object_get(root, "testGroups"), g, group) {
        json_array_foreach(json_object_get(group, "tests"), i, test) {
            uint8_t out[DH_BYTES], nothing[DH_BYTES] = {0};
            assert_true(vector_hex(test, "public", &public_key) && vector_hex(test, "private", &secret));
            assert_true(vector_hex(test, "shared", &shared) && shared.size == DH_BYTES);
            bool is_zero = memcmp(shared.at, nothing, DH_BYTES) == 0;
            assert_code(dh_shared(secret.at, public_key.at, out), is_zero ? LINLI_E_PROTOCOL : LINLI_OK);
            assert_memory_equal(out, shared.at, DH_BYTES);
            zero += is_zero;
            checked++;
        }
    }
    assert_int_equal(checked, 518);
    assert_int_equal(zero, 31);
    buf_free(&public_key);
    buf_free(&secret);
    buf_free(&shared);
    json_decref(root);
}

struct aead_case {
    struct buf key, iv, ad, plain, sealed;
    bool valid;
};

static void aead_case_load(struct aead_case *c, const json_t *test)
{
    struct buf tag = {0};

    assert_true(vector_hex(test, "key", &c->key) && vector_hex(test, "iv", &c->iv));
    assert_true(vector_hex(test, "aad", &c->ad) && vector_hex(test, "msg", &c->plain));
    assert_true(vector_hex(test, "ct", &c->sealed) && vector_hex(test, "tag", &tag));
    assert_ok(buf_append(&c->sealed, tag.at, tag.size));
    c->valid = is_valid(test);
    buf_free(&tag);
}

static void aead_case_free(struct aead_case *c)
{
    buf_free(&c->key);
    buf_free(&c->iv);
    buf_free(&c->ad);
    buf_free(&c->plain);
    buf_free(&c->sealed);
}

/* Every case with the algorithm's 12-byte nonce; those in the form in which Noise counts go through the counting calls, too. */
static void chacha20_poly1305_agrees_with_wycheproof(void **state)
{
    json_t *root = shared_or_skip("wycheproof/chacha20_poly1305_test.json"), *group, *test;
    struct aead_case c = {0};
    size_t g, i, checked = 0, counted = 0, other_nonce = 0;

    (void)state;
    json_array_foreach(json_object_get(root, "testGroups"), g, group) {
        json_array_foreach(json_object_get(group, "tests"), i, test) {
            uint8_t out[4096], sealed[4096];
            uint64_t n = 0;
            aead_case_load(&c, test);
            if (c.iv.size != AEAD_NONCE_BYTES) { /* our calls take no other: such a case cannot be asked */
                other_nonce++;
                continue;
            }
            int expected = c.valid ? LINLI_OK : LINLI_E_PROTOCOL;
            assert_code(aead_open_with(c.key.at, c.iv.at, buf_span(&c.ad), buf_span(&c.sealed), out), expected);
            checked++;
            if (c.valid) {
                assert_memory_equal(out, c.plain.at, c.plain.size);
                aead_seal_with(c.key.at, c.iv.at, buf_span(&c.ad), buf_span(&c.plain), sealed);
                assert_memory_equal(sealed, c.sealed.at, c.sealed.size);
            }
            if (memcmp(c.iv.at, "\0\0\0\0", 4) != 0)
                continue;
            for (unsigned k = 0; k < 8; k++)
                n |= (uint64_t)c.iv.at[4 + k] << 8 * k;
            assert_code(aead_open(c.key.at, n, buf_span(&c.ad), buf_span(&c.sealed), out), expected);
            counted++;
        }
    }
    print_message("wycheproof chacha20-poly1305: %zu cases, %zu of them counted as Noise does, %zu with another nonce size\n",
                  checked, counted, other_nonce);
    assert_int_equal(counted, 10);
    assert_true(checked > 300);
    aead_case_free(&c);
    json_decref(root);
}

static void fill_from(void *ctx, uint8_t *out, size_t size)
{
    memcpy(out, ctx, size);
}

static void xchacha20_poly1305_agrees_with_wycheproof(void **state)
{
    json_t *root = shared_or_skip("wycheproof/xchacha20_poly1305_test.json"), *group, *test;
    struct aead_case c = {0};
    struct buf box = {0};
    size_t g, i, checked = 0;

    (void)state;
    json_array_foreach(json_object_get(root, "testGroups"), g, group) {
        json_array_foreach(json_object_get(group, "tests"), i, test) {
            uint8_t out[4096], sealed[4096];
            aead_case_load(&c, test);
            if (c.iv.size != XNONCE_BYTES)
                continue; /* a nonce of another length has no place in a box */
            buf_clear(&box);
            assert_ok(buf_append(&box, c.iv.at, c.iv.size));
            assert_ok(buf_append(&box, c.sealed.at, c.sealed.size));
            assert_code(box_open(c.key.at, buf_span(&c.ad), buf_span(&box), out), c.valid ? LINLI_OK : LINLI_E_KEY);
            checked++;
            if (!c.valid)
                continue;
            assert_memory_equal(out, c.plain.at, c.plain.size);
            struct rng nonce = {fill_from, c.iv.at};
            box_seal(c.key.at, &nonce, buf_span(&c.ad), buf_span(&c.plain), sealed);
            assert_memory_equal(sealed, box.at, box.size);
        }
    }
    assert_int_equal(checked, 306);
    buf_free(&box);
    aead_case_free(&c);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blake2b_gives_the_published_hashes),
        cmocka_unit_test(ed25519_agrees_with_rfc_8032),
        cmocka_unit_test(ed25519_agrees_with_wycheproof),
        cmocka_unit_test(odd_signatures_get_the_verdicts_of_the_reference),
        cmocka_unit_test(keys_of_small_order_are_known_in_every_encoding),
        cmocka_unit_test(odd_signatures_get_their_pinned_verdicts),
        cmocka_unit_test(x25519_agrees_with_wycheproof_and_stops_at_a_zero_secret),
        cmocka_unit_test(chacha20_poly1305_agrees_with_wycheproof),
        cmocka_unit_test(xchacha20_poly1305_agrees_with_wycheproof),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
