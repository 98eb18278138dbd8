/* model: sealed values open in the one place where they belong, and say little by their size. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "codec/limits.h"
#include "codec/writer.h"
#include "model/sealed.h"

static const uint32_t PHONE = 7u << 5 | RULE_REGISTER << 2 | CLASS_PERSONAL;

static void take(const json_t *object, const char *key, void *out, size_t size)
{
    struct buf bytes = {0};

    assert_true(vector_hex(object, key, &bytes));
    assert_int_equal(bytes.size, size);
    memcpy(out, bytes.at, size);
    buf_free(&bytes);
}

static void place_take(const json_t *v, struct sealed_place *place, struct class_key *key)
{
    uint8_t author[AUTHOR_BYTES];

    take(v, "network", place->network.b, HASH_BYTES);
    take(v, "scope", place->scope.b, ID_BYTES);
    take(v, "record", place->record.b, ID_BYTES);
    take(v, "author", author, sizeof(author));
    author_decode(author, &place->author);
    place->group = (uint32_t)json_integer_value(json_object_get(v, "group"));
    place->seq = strtoull(vector_text(v, "seq"), NULL, 10);
    take(v, "key", key->key, sizeof(key->key));
    take(v, "key_id", key->id.b, ID_BYTES);
    key->cls = (unsigned)json_integer_value(json_object_get(v, "class"));
}

static void each_vector(const char *list, int expected)
{
    json_t *vectors = vectors_own("proto/vectors/sealing.json");
    struct buf value = {0}, map = {0};
    struct arena a = {0};
    const json_t *v;
    size_t i;

    assert_non_null(vectors);
    json_array_foreach(json_object_get(vectors, list), i, v)
    {
        struct sealed_place place;
        struct class_key key;
        span opened;
        place_take(v, &place, &key);
        assert_true(vector_hex(v, "value", &value));
        assert_true(sealed_is(buf_span(&value)));
        assert_code(sealed_open(&a, &key, &place, buf_span(&value), &opened), expected);
        if (expected == LINLI_OK) {
            assert_true(vector_hex(v, "opens", &map));
            assert_true(span_equal(opened, buf_span(&map)));
        }
    }
    assert_true(i > 2);
    arena_free(&a);
    buf_free(&value);
    buf_free(&map);
    json_decref(vectors);
}

static void sealed_values_open_as_the_vectors_say(void **state)
{
    (void)state;
    each_vector("values", LINLI_OK);
}

static void what_was_moved_or_spoilt_does_not_open(void **state)
{
    (void)state;
    each_vector("closed", LINLI_E_KEY);
}

static void text_map(struct buf *out, size_t size)
{
    buf_clear(out);
    write_map(out, 1);
    write_uint(out, 7);
    char *text = calloc(1, size + 1);
    assert_non_null(text);
    memset(text, 'x', size);
    write_text(out, text, size);
    free(text);
}

static void sizes_are_few_and_what_is_too_large_is_refused(void **state)
{
    (void)state;
    struct rng_seeded seeded;
    struct rng rng = rng_from(&seeded);
    struct class_key key = {.cls = LINLI_SEAL_CONTACT};
    struct sealed_place place = {.group = PHONE, .seq = 1};
    struct buf map = {0}, value = {0};
    struct arena a = {0};
    linli_id id;
    span opened;

    rng_seed(&seeded, 1);
    for (size_t size = 0; size <= 200; size++) {
        text_map(&map, size);
        buf_clear(&value);
        assert_ok(sealed_make(&key, &place, &rng, buf_span(&map), &value));
        assert_int_equal((value.size - SEALED_AROUND_BYTES - (value.size > 255 + 2 ? 3 : 2)) % SEAL_PAD, 0);
        assert_true(sealed_key_id(buf_span(&value), &id));
        assert_ok(sealed_open(&a, &key, &place, buf_span(&value), &opened));
        assert_true(span_equal(opened, buf_span(&map)));
    }
    text_map(&map, SEALED_MAP_MAX - 5);
    assert_int_equal(map.size, SEALED_MAP_MAX);
    buf_clear(&value);
    assert_ok(sealed_make(&key, &place, &rng, buf_span(&map), &value));
    assert_true(value.size <= LIMIT_VALUE_BYTES);
    assert_ok(sealed_open(&a, &key, &place, buf_span(&value), &opened));
    assert_true(span_equal(opened, buf_span(&map)));
    text_map(&map, SEALED_MAP_MAX - 4);
    assert_code(sealed_make(&key, &place, &rng, buf_span(&map), &value), LINLI_E_LIMIT);
    arena_free(&a);
    buf_free(&map);
    buf_free(&value);
}

static void what_stands_openly_is_not_taken_for_sealed(void **state)
{
    (void)state;
    static const uint8_t map[] = {0x81, 7, 0xa1, '1'}, short_bin[] = {0xc4, 1, 0};
    linli_id id;

    assert_false(sealed_is(span_of(map, sizeof(map))));
    assert_false(sealed_is((span){NULL, 0}));
    assert_false(sealed_key_id(span_of(map, sizeof(map)), &id));
    assert_true(sealed_is(span_of(short_bin, sizeof(short_bin))));
    assert_false(sealed_key_id(span_of(short_bin, sizeof(short_bin)), &id));
}

static void what_has_not_the_form_or_another_key_does_not_open(void **state)
{
    (void)state;
    static const uint8_t map[] = {0x81, 7, 0xa1, '1'}, zeros[SEALED_PLAIN_MAX + SEALED_AROUND_BYTES + SEAL_PAD];
    struct rng_seeded seeded;
    struct rng rng = rng_from(&seeded);
    struct class_key key = {.cls = LINLI_SEAL_CONTACT}, other = {.id = {{1}}, .cls = LINLI_SEAL_CONTACT};
    struct sealed_place place = {.group = PHONE, .seq = 1};
    struct buf value = {0};
    struct arena a = {0};
    linli_id id;
    span opened;

    rng_seed(&seeded, 1);
    assert_ok(sealed_make(&key, &place, &rng, span_of(map, sizeof(map)), &value));
    assert_code(sealed_open(&a, &other, &place, buf_span(&value), &opened), LINLI_E_KEY);
    buf_byte(&value, 0);
    assert_false(sealed_key_id(buf_span(&value), &id)); /* something behind it */
    static const size_t wrong[] = {SEALED_AROUND_BYTES, SEALED_AROUND_BYTES + SEAL_PAD + 1, sizeof(zeros)};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        buf_clear(&value);
        write_bin(&value, zeros, wrong[i]);
        assert_false(sealed_key_id(buf_span(&value), &id));
        assert_code(sealed_open(&a, &key, &place, buf_span(&value), &opened), LINLI_E_KEY);
    }
    arena_free(&a);
    buf_free(&value);
}

static void what_is_a_map_of_fields_can_be_sealed(void **state)
{
    (void)state;
    for (unsigned rule = 0; rule < 8; rule++)
        assert_int_equal(seal_rule(rule), rule == RULE_REGISTER || rule == RULE_LADDER || rule == RULE_LOG);
}

static int open_once(void *ctx)
{
    static const uint8_t map[] = {0x81, 7, 0xa1, '1'};
    struct rng_seeded seeded;
    struct rng rng = rng_from(&seeded);
    struct class_key key = {.cls = LINLI_SEAL_CONTACT};
    struct sealed_place place = {.group = PHONE, .seq = 1};
    struct buf value = {0};
    struct arena a = {0};
    span opened;

    (void)ctx;
    rng_seed(&seeded, 1);
    int rv = sealed_make(&key, &place, &rng, span_of(map, sizeof(map)), &value);
    if (rv == LINLI_OK)
        rv = sealed_open(&a, &key, &place, buf_span(&value), &opened);
    arena_free(&a);
    buf_free(&value);
    return rv;
}

static void without_memory_it_says_so(void **state)
{
    (void)state;
    assert_true(heap_each_failure(open_once, NULL) >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sealed_values_open_as_the_vectors_say),
        cmocka_unit_test(what_was_moved_or_spoilt_does_not_open),
        cmocka_unit_test(sizes_are_few_and_what_is_too_large_is_refused),
        cmocka_unit_test(what_stands_openly_is_not_taken_for_sealed),
        cmocka_unit_test(what_has_not_the_form_or_another_key_does_not_open),
        cmocka_unit_test(what_is_a_map_of_fields_can_be_sealed),
        cmocka_unit_test(without_memory_it_says_so),
    };

    return UNIT_RUN(tests);
}
