/* tests: root files: thresholds, indexes, and their one encoding. */
#include "unit.h"

#include "../changeset/widen.h"
#include "people.h"

static void a_root_file_opens_to_what_was_made(void **state)
{
    (void)state;
    for (unsigned count = 1; count <= ROOT_KEYS_MAX; count++)
        for (unsigned threshold = 1; threshold <= count; threshold += 5) {
            struct buf file = {0};
            linli_id scope;
            struct root root = people_root(threshold, count, &file);
            assert_int_equal(root.first.version, 1);
            assert_int_equal(root.first.threshold, threshold);
            assert_int_equal(root.first.key_count, count);
            assert_memory_equal(root.first.keys[count - 1], person((int)(99 + count)).key, KEY_BYTES);
            assert_true(hash_equal(&root.first.id, &root.network));
            assert_int_equal(root.salt[15], 0x5a);
            assert_int_equal(root.created_ms, 1700000000000U);
            path_scope(&root.network, &(struct scope_path){.depth = 0}, &scope);
            assert_true(id_equal(&scope, &root.scope));
            buf_free(&file);
        }
}

static void odd_counts_and_repeated_keys_are_argument_errors(void **state)
{
    (void)state;
    uint8_t secrets[ROOT_KEYS_MAX + 1][SIGN_SECRET_BYTES];
    const uint8_t(*handed)[SIGN_SECRET_BYTES] = (const uint8_t(*)[SIGN_SECRET_BYTES])secrets;
    int salt = 1;
    struct rng rng = {people_fill, &salt};
    struct buf out = {0};

    for (int i = 0; i <= ROOT_KEYS_MAX; i++)
        memcpy(secrets[i], person(i / 2).secret, SIGN_SECRET_BYTES);
    assert_code(root_make(&rng, 1, 1, handed, 0, &out), LINLI_E_ARG);
    assert_code(root_make(&rng, 1, 0, handed, 1, &out), LINLI_E_ARG);
    assert_code(root_make(&rng, 1, 2, handed, 1, &out), LINLI_E_ARG);
    assert_code(root_make(&rng, 1, 1, handed, ROOT_KEYS_MAX + 1, &out), LINLI_E_ARG);
    assert_code(root_make(&rng, 1, 1, handed, 2, &out), LINLI_E_ARG);
    assert_int_equal(out.size, 0);
    buf_free(&out);
}

/* A root file of five keys and a threshold of three, signed as the case says. */
static void file_of(const struct signing *by, size_t count, struct buf *out)
{
    struct buf file = {0};
    struct reader r;

    people_root(3, 5, &file);
    reader_start(&r, buf_span(&file));
    reader_array(&r, 2);
    span document = reader_bin(&r, LIMIT_ROOT_BYTES);
    buf_clear(out);
    write_array(out, 2);
    write_bin(out, document.at, document.size);
    write_array(out, count);
    for (size_t i = 0; i < count; i++) {
        uint8_t signature[SIGNATURE_BYTES];
        assert_ok(sign_make(person(by[i].signer).secret, "linli/root/1", document, signature));
        write_array(out, 2);
        write_uint(out, by[i].index);
        write_bin(out, signature, sizeof(signature));
    }
    buf_free(&file);
}

static void a_root_stands_with_enough_of_its_own_signatures(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t count;
        struct signing by[6];
        int code;
    } cases[] = {
        {"three of five", 3, {{100, 0}, {102, 2}, {104, 4}}, LINLI_OK},
        {"all", 5, {{100, 0}, {101, 1}, {102, 2}, {103, 3}, {104, 4}}, LINLI_OK},
        {"three good, one bad", 4, {{100, 0}, {9, 1}, {102, 2}, {104, 4}}, LINLI_OK},
        {"two of five", 2, {{100, 0}, {104, 4}}, LINLI_E_SIGNATURE},
        {"none", 0, {{0, 0}}, LINLI_E_SIGNATURE},
        {"two and a foreign one", 3, {{100, 0}, {102, 2}, {9, 4}}, LINLI_E_SIGNATURE},
        {"under one another's index", 3, {{101, 0}, {102, 1}, {100, 2}}, LINLI_E_SIGNATURE},
        {"one index twice", 3, {{100, 0}, {100, 0}, {102, 2}}, LINLI_E_FORMAT},
        {"not sorted", 3, {{102, 2}, {100, 0}, {104, 4}}, LINLI_E_FORMAT},
        {"an index that is not there", 4, {{100, 0}, {101, 1}, {102, 2}, {105, 5}}, LINLI_E_FORMAT},
        {"more signatures than keys", 6, {{100, 0}, {101, 1}, {102, 2}, {103, 3}, {104, 4}, {105, 5}}, LINLI_E_FORMAT},
    };
    struct buf file = {0};
    struct root root;

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        file_of(cases[i].by, cases[i].count, &file);
        int rv = root_open(buf_span(&file), &root);
        if (rv != cases[i].code)
            fail_msg("%s: %s", cases[i].name, linli_code_name(rv));
    }
    buf_free(&file);
}

/* A document by hand, signed by its one or two keys. */
static int open_document(uint64_t version, unsigned threshold, unsigned key_count, bool same_key, size_t fields)
{
    struct buf document = {0}, file = {0};
    struct root root;
    uint8_t signature[SIGNATURE_BYTES], salt[16] = {0};
    int rv;

    write_array(&document, fields);
    write_uint(&document, version);
    write_uint(&document, threshold);
    write_array(&document, key_count);
    for (unsigned i = 0; i < key_count; i++)
        write_bin(&document, person(same_key ? 1 : (int)i + 1).key, KEY_BYTES);
    write_bin(&document, salt, sizeof(salt));
    write_uint(&document, 0);
    for (size_t i = 5; i < fields; i++)
        write_nil(&document);
    assert_ok(sign_make(person(1).secret, "linli/root/1", buf_span(&document), signature));
    write_array(&file, 2);
    write_bin(&file, document.at, document.size);
    write_array(&file, 1);
    write_array(&file, 2);
    write_uint(&file, 0);
    write_bin(&file, signature, sizeof(signature));
    rv = root_open(buf_span(&file), &root);
    buf_free(&document);
    buf_free(&file);
    return rv;
}

static void a_document_that_says_what_none_may_say_is_refused(void **state)
{
    (void)state;
    assert_ok(open_document(1, 1, 2, false, 5));
    assert_code(open_document(0, 1, 2, false, 5), LINLI_E_FORMAT);
    assert_code(open_document(2, 1, 2, false, 5), LINLI_E_VERSION);
    assert_code(open_document(2, 1, 2, false, 6), LINLI_E_VERSION);
    assert_code(open_document(1, 1, 2, false, 6), LINLI_E_FORMAT);
    assert_code(open_document(1, 0, 2, false, 5), LINLI_E_FORMAT);
    assert_code(open_document(1, 3, 2, false, 5), LINLI_E_FORMAT);
    assert_code(open_document(1, 1, 0, false, 5), LINLI_E_FORMAT);
    assert_code(open_document(1, 2, 2, true, 5), LINLI_E_FORMAT);
    assert_code(open_document(1, 1, ROOT_KEYS_MAX + 1, false, 5), LINLI_E_FORMAT);
}

static void any_bit_turned_is_refused(void **state)
{
    (void)state;
    struct buf file = {0};
    struct root root;

    people_root(2, 2, &file);
    for (size_t bit = 0; bit < 8 * file.size; bit++) {
        file.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_not_equal(root_open(buf_span(&file), &root), LINLI_OK);
        file.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    buf_free(&file);
}

static void refused(void *ctx, span variant)
{
    struct root root;

    (void)ctx;
    assert_int_not_equal(root_open(variant, &root), LINLI_OK);
}

static void nothing_but_the_one_encoding_is_accepted(void **state)
{
    (void)state;
    struct buf file = {0};
    struct root root;

    people_root(1, 2, &file);
    for (size_t size = 0; size < file.size; size++)
        assert_int_not_equal(root_open(span_of(file.at, size), &root), LINLI_OK);
    assert_true(widen_each(buf_span(&file), refused, NULL) > 5);
    buf_byte(&file, 0);
    assert_code(root_open(buf_span(&file), &root), LINLI_E_FORMAT);
    buf_extend(&file, LIMIT_ROOT_BYTES);
    assert_code(root_open(buf_span(&file), &root), LINLI_E_LIMIT);
    buf_free(&file);
}

static void a_file_of_another_shape_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *what, *bytes;
        size_t size;
    } cases[] = {
        {"no array", "\x01", 1},
        {"an array of one", "\x91\xc4\x00", 3},
        {"a document that is no binary", "\x92\xa0\x90", 3},
        {"an empty document", "\x92\xc4\x00\x90", 4},
        {"a document that is no array", "\x92\xc4\x01\x01\x90", 5},
    };
    struct root root;

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int rv = root_open(span_of(cases[i].bytes, cases[i].size), &root);
        if (rv != LINLI_E_FORMAT)
            fail_msg("%s: %s", cases[i].what, linli_code_name(rv));
    }
}

static void a_signature_without_its_index_is_refused(void **state)
{
    (void)state;
    struct buf file = {0}, odd = {0};
    struct reader r;
    struct root root;
    uint8_t signature[SIGNATURE_BYTES] = {0};

    people_root(1, 1, &file);
    reader_start(&r, buf_span(&file));
    reader_array(&r, 2);
    span document = reader_bin(&r, LIMIT_ROOT_BYTES);
    write_array(&odd, 2);
    write_bin(&odd, document.at, document.size);
    write_array(&odd, 1);
    write_array(&odd, 1);
    write_bin(&odd, signature, sizeof(signature));
    assert_code(root_open(buf_span(&odd), &root), LINLI_E_FORMAT);
    buf_free(&file);
    buf_free(&odd);
}

static int make(void *ctx)
{
    struct buf out = {0};
    int salt = 3;
    struct rng rng = {people_fill, &salt};
    uint8_t secrets[1][SIGN_SECRET_BYTES];

    (void)ctx;
    memcpy(secrets[0], person(3).secret, SIGN_SECRET_BYTES);
    int rv = root_make(&rng, 1, 1, (const uint8_t(*)[SIGN_SECRET_BYTES])secrets, 1, &out);
    buf_free(&out);
    return rv;
}

static void memory_that_runs_out_is_said_and_nothing_leaks(void **state)
{
    (void)state;
    assert_true(heap_each_failure(make, NULL) > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_root_file_opens_to_what_was_made),
        cmocka_unit_test(odd_counts_and_repeated_keys_are_argument_errors),
        cmocka_unit_test(a_root_stands_with_enough_of_its_own_signatures),
        cmocka_unit_test(a_document_that_says_what_none_may_say_is_refused),
        cmocka_unit_test(any_bit_turned_is_refused),
        cmocka_unit_test(a_file_of_another_shape_is_refused),
        cmocka_unit_test(a_signature_without_its_index_is_refused),
        cmocka_unit_test(nothing_but_the_one_encoding_is_accepted),
        cmocka_unit_test(memory_that_runs_out_is_said_and_nothing_leaks),
    };
    return UNIT_RUN(tests);
}
