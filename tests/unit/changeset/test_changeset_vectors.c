/* tests: replay proto/vectors/changeset.json. */
#include "unit.h"

#include <stdlib.h>

#include "sample.h"

static void hex_into(const json_t *object, const char *key, void *out, size_t size)
{
    const char *text = vector_text(object, key);

    assert_ok(hex_decode(text, strlen(text), out, size));
}

static struct position position_of(const json_t *vector)
{
    const json_t *at = json_object_get(vector, "position");
    struct position out;
    uint8_t author[AUTHOR_BYTES];

    hex_into(at, "network", out.network.b, HASH_BYTES);
    hex_into(at, "scope", out.scope.b, ID_BYTES);
    hex_into(at, "author", author, sizeof(author));
    author_decode(author, &out.author);
    out.seq = strtoull(vector_text(at, "seq"), NULL, 10);
    hex_into(at, "prev", out.prev.b, HASH_BYTES);
    return out;
}

static json_t *vectors;

static int load(void **state)
{
    (void)state;
    vectors = vectors_own("proto/vectors/changeset.json");
    return vectors == NULL ? -1 : 0;
}

static int unload(void **state)
{
    (void)state;
    json_decref(vectors);
    return 0;
}

/* From the fields alone: what a writer makes of them is the entry of the vector. */
static void redraft(const json_t *v, struct arena *a, const struct changeset *cs, span entry)
{
    struct draft_part parts[8];
    const json_t *list = json_object_get(v, "parts");
    size_t count = json_array_size(list);
    struct buf ops[8] = {{0}}, out = {0};
    linli_hash id;

    assert_true(count <= COUNT_OF(parts));
    for (size_t i = 0; i < count; i++) {
        const json_t *part = json_array_get(list, i);
        parts[i] = (struct draft_part){.cls = (unsigned)json_integer_value(json_object_get(part, "class")),
                                       .manage = json_is_true(json_object_get(part, "manage")),
                                       .type = (linli_type)strtoul(vector_text(part, "type"), NULL, 10)};
        hex_into(part, "salt", parts[i].salt, SALT_BYTES);
        hex_into(part, "record", parts[i].record.b, ID_BYTES);
        assert_true(vector_hex(part, "ops", &ops[i]));
        parts[i].ops = buf_span(&ops[i]);
    }
    struct draft d = {cs->at, cs->seen, cs->seen_count, cs->has_grant ? &cs->grant : NULL, cs->stamp, cs->schema, parts, count};
    assert_ok(changeset_encode(a, &d, &out, &id));
    assert_true(span_equal(buf_span(&out), entry));
    assert_true(hash_equal(&id, &cs->id));
    for (size_t i = 0; i < count; i++)
        buf_free(&ops[i]);
    buf_free(&out);
}

static void every_changeset_has_its_id_and_signature(void **state)
{
    (void)state;
    const json_t *v;
    size_t i;

    json_array_foreach(json_object_get(vectors, "changesets"), i, v)
    {
        struct arena a = {0};
        struct buf entry = {0};
        struct changeset cs;
        struct position at = position_of(v);
        linli_hash id;
        uint8_t signature[SIGNATURE_BYTES];
        assert_true(vector_hex(v, "entry", &entry));
        hex_into(v, "id", id.b, HASH_BYTES);
        hex_into(v, "signature", signature, sizeof(signature));
        assert_ok(changeset_decode(&a, &at, buf_span(&entry), &cs));
        assert_true(hash_equal(&cs.id, &id));
        assert_ok(changeset_check(&at.author, &id, signature));
        assert_true(cs.stamp == strtoull(vector_text(v, "stamp"), NULL, 10));
        redraft(v, &a, &cs, buf_span(&entry));
        arena_free(&a);
        buf_free(&entry);
    }
}

static void every_redaction_is_the_one_written_down(void **state)
{
    (void)state;
    const json_t *v;
    size_t i;

    json_array_foreach(json_object_get(vectors, "redacted"), i, v)
    {
        struct buf whole = {0}, lean = {0}, expected = {0};
        size_t of = (size_t)json_integer_value(json_object_get(v, "changeset"));
        assert_true(vector_hex(json_array_get(json_object_get(vectors, "changesets"), of), "entry", &whole));
        assert_true(vector_hex(v, "entry", &expected));
        assert_ok(entry_for_classes(buf_span(&whole), (unsigned)json_integer_value(json_object_get(v, "class_mask")), &lean));
        assert_true(span_equal(buf_span(&lean), buf_span(&expected)));
        buf_free(&whole);
        buf_free(&lean);
        buf_free(&expected);
    }
}

static void every_refusal_has_its_code(void **state)
{
    (void)state;
    const json_t *v;
    size_t i;

    json_array_foreach(json_object_get(vectors, "refused"), i, v)
    {
        struct arena a = {0};
        struct buf entry = {0};
        struct changeset cs;
        struct position at = position_of(v);
        assert_true(vector_hex(v, "entry", &entry));
        assert_string_equal(linli_code_name(changeset_decode(&a, &at, buf_span(&entry), &cs)), vector_text(v, "expect"));
        arena_free(&a);
        buf_free(&entry);
    }
}

static void every_size_that_is_declared_has_its_verdict(void **state)
{
    (void)state;
    const json_t *v;
    size_t i;

    json_array_foreach(json_object_get(vectors, "sizes"), i, v)
    {
        struct arena a = {0};
        struct buf entry = {0};
        struct changeset cs;
        struct position at = position_of(v);
        const json_t *sizes = json_object_get(v, "sizes");
        assert_true(vector_hex(v, "entry", &entry));
        int rv = changeset_decode(&a, &at, buf_span(&entry), &cs);
        assert_string_equal(linli_code_name(rv), vector_text(v, "expect"));
        for (size_t k = 0; rv == LINLI_OK && k < cs.part_count; k++)
            assert_int_equal(cs.parts[k].size, json_integer_value(json_array_get(sizes, k)));
        arena_free(&a);
        buf_free(&entry);
    }
    assert_true(i >= 9);
}

static void every_run_has_its_verdict(void **state)
{
    (void)state;
    const json_t *v;
    size_t i;

    json_array_foreach(json_object_get(vectors, "runs"), i, v)
    {
        struct arena a = {0};
        struct buf bytes = {0};
        struct run run;
        struct changeset *list = NULL;
        linli_hash network, id;
        const json_t *ids = json_object_get(v, "ids");
        hex_into(v, "network", network.b, HASH_BYTES);
        assert_true(vector_hex(v, "bytes", &bytes));
        int rv = run_decode(&a, buf_span(&bytes), &run);
        if (rv == LINLI_OK)
            rv = run_open(&a, &run, &network, &list);
        assert_string_equal(linli_code_name(rv), vector_text(v, "expect"));
        for (size_t k = 0; k < json_array_size(ids); k++) {
            const char *text = json_string_value(json_array_get(ids, k));
            assert_ok(hex_decode(text, strlen(text), id.b, HASH_BYTES));
            assert_true(hash_equal(&list[k].id, &id));
        }
        arena_free(&a);
        buf_free(&bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_changeset_has_its_id_and_signature),
        cmocka_unit_test(every_redaction_is_the_one_written_down),
        cmocka_unit_test(every_refusal_has_its_code),
        cmocka_unit_test(every_size_that_is_declared_has_its_verdict),
        cmocka_unit_test(every_run_has_its_verdict),
    };
    return seed_report(cmocka_run_group_tests(tests, load, unload));
}
