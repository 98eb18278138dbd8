/* auth: the keys of an epoch: what it commits to, and who opens which wrap. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "auth/seal_key.h"

static void take(const json_t *object, const char *key, void *out, size_t size)
{
    struct buf bytes = {0};

    assert_true(vector_hex(object, key, &bytes));
    assert_int_equal(bytes.size, size);
    memcpy(out, bytes.at, size);
    buf_free(&bytes);
}

static void epoch_take(const json_t *v, struct seal_epoch *epoch)
{
    take(v, "network", epoch->network.b, HASH_BYTES);
    take(v, "scope", epoch->scope.b, ID_BYTES);
    take(v, "commitments", epoch->commitments, COMMITMENTS_BYTES);
    epoch->epoch = strtoull(vector_text(v, "epoch"), NULL, 10);
}

static void the_record_of_an_epoch_is_named_by_what_it_commits_to(void **state)
{
    (void)state;
    json_t *vectors = vectors_own("proto/vectors/sealing.json");
    const json_t *v = json_object_get(vectors, "keys"), *key;
    struct seal_epoch epoch, again;
    seal_keys keys;
    linli_id record, expected;
    size_t i;

    assert_non_null(v);
    epoch_take(v, &epoch);
    json_array_foreach(json_object_get(v, "keys"), i, key)
        assert_ok(hex_decode(json_string_value(key), json_string_length(key), keys[i], AEAD_KEY_BYTES));
    again = epoch;
    seal_epoch_commit(&again, (const uint8_t(*)[AEAD_KEY_BYTES])keys);
    assert_memory_equal(again.commitments, epoch.commitments, COMMITMENTS_BYTES);
    for (unsigned cls = 1; cls <= SEAL_CLASSES; cls++) { /* a key is named by the first bytes of its commitment */
        linli_hash commitment;
        linli_id id;
        seal_commit(&epoch, cls, keys[cls - 1], &commitment);
        seal_key_id(&epoch, cls, &id);
        assert_memory_equal(id.b, commitment.b, ID_BYTES);
    }
    take(v, "record", expected.b, ID_BYTES);
    seal_epoch_record(&epoch, &record);
    assert_true(id_equal(&record, &expected));
    again.epoch++;
    seal_epoch_record(&again, &record);
    assert_false(id_equal(&record, &expected));
    json_decref(vectors);
}

static void each_wrap_gives_the_keys_that_it_holds(const char *list, bool any)
{
    json_t *vectors = vectors_own("proto/vectors/sealing.json");
    const json_t *all = json_object_get(vectors, "keys"), *v;
    struct seal_epoch epoch;
    struct buf wrap = {0};
    size_t i;

    assert_non_null(all);
    epoch_take(all, &epoch);
    json_array_foreach(json_object_get(all, list), i, v)
    {
        uint8_t public_key[DH_BYTES], secret[DH_BYTES];
        seal_keys keys;
        unsigned mask;
        take(v, "seal_public", public_key, DH_BYTES);
        take(v, "seal_secret", secret, DH_BYTES);
        assert_true(vector_hex(v, "wrap", &wrap));
        int rv = wrap_open(buf_span(&wrap), &epoch, public_key, secret, keys, &mask);
        assert_int_equal(mask, json_integer_value(json_object_get(v, "mask")));
        assert_int_equal(rv == LINLI_OK && mask != 0, any);
    }
    assert_true(i > 2);
    buf_free(&wrap);
    json_decref(vectors);
}

static void wraps_open_as_the_vectors_say(void **state)
{
    (void)state;
    each_wrap_gives_the_keys_that_it_holds("wraps", true);
    each_wrap_gives_the_keys_that_it_holds("no_wraps", false);
}

static void a_key_that_is_none_gets_no_wrap(void **state)
{
    (void)state;
    static const uint8_t device[KEY_BYTES], none[DH_BYTES];
    static const seal_keys keys;
    struct rng_seeded seeded;
    struct rng rng = rng_from(&seeded);
    struct buf wrap = {0};

    rng_seed(&seeded, 1);
    assert_code(wrap_make(device, none, 1, keys, &rng, &wrap), LINLI_E_PROTOCOL);
    buf_free(&wrap);
}

static void what_has_not_the_size_of_its_classes_is_no_wrap(void **state)
{
    (void)state;
    enum { ONE = WRAP_HEAD_BYTES + SEALED_BOX_MORE + AEAD_KEY_BYTES };
    static const struct {
        size_t size;
        uint8_t mask;
        bool wrap;
    } each[] = {{ONE, 1, true}, {ONE, 3, false}, {ONE - AEAD_KEY_BYTES, 0, false}, {ONE, 64, false}, {WRAP_BYTES_MAX, 63, true},
                {WRAP_BYTES_MAX, 127, false}, {WRAP_HEAD_BYTES - 1, 1, false}};
    uint8_t bytes[WRAP_BYTES_MAX] = {0};

    for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
        const uint8_t *device;
        unsigned mask;
        bytes[KEY_BYTES] = each[i].mask;
        assert_int_equal(wrap_read(span_of(bytes, each[i].size), &device, &mask), each[i].wrap);
    }
}

static int wrap_once(void *ctx)
{
    static const uint8_t device[KEY_BYTES];
    static const seal_keys keys;
    uint8_t public_key[DH_BYTES], secret[DH_BYTES];
    struct rng_seeded seeded;
    struct rng rng = rng_from(&seeded);
    struct buf wrap = {0};

    (void)ctx;
    rng_seed(&seeded, 1);
    dh_keypair(&rng, public_key, secret);
    int rv = wrap_make(device, public_key, SEAL_MASK_ALL, keys, &rng, &wrap);
    buf_free(&wrap);
    return rv;
}

static void without_memory_it_says_so(void **state)
{
    (void)state;
    assert_true(heap_each_failure(wrap_once, NULL) >= 2);
}

static void roles_open_what_they_need(void **state)
{
    (void)state;
    static const struct {
        enum grant_role role;
        unsigned mask;
    } each[] = {{ROLE_NODE, SEAL_MASK_ALL}, {ROLE_CLERK, SEAL_MASK_ALL}, {ROLE_CAPTAIN, SEAL_MASK_ALL}, {ROLE_VIEWER, 0}};

    for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
        struct grant g = {.rights = grant_rights_of_role(each[i].role)};
        assert_int_equal(seal_mask_of(&g), each[i].mask);
    }
    assert_int_equal(seal_mask_of(&(struct grant){.rights = 127}), 0); /* as grants were before there were sealed classes */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_record_of_an_epoch_is_named_by_what_it_commits_to),
        cmocka_unit_test(wraps_open_as_the_vectors_say),
        cmocka_unit_test(a_key_that_is_none_gets_no_wrap),
        cmocka_unit_test(what_has_not_the_size_of_its_classes_is_no_wrap),
        cmocka_unit_test(without_memory_it_says_so),
        cmocka_unit_test(roles_open_what_they_need),
    };

    return UNIT_RUN(tests);
}
