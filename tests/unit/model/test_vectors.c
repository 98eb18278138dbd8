/* model: the vectors of proto/vectors/merge.json, whose readings a plain reference in another language worked out. */
#include "unit.h"

#include "base/check.h"
#include "codec/reader.h"
#include "codec/writer.h"
#include "history.h"

#include <stdlib.h>
#include <string.h>

enum { AUTHORS_MAX = 16, WRITES_MAX = 32, ORDERS = 12 };

static struct rng_seeded rng;
static linli_author authors[AUTHORS_MAX];

static void author_get(void *ctx, uint32_t number, linli_author *out)
{
    (void)ctx;
    *out = authors[number];
}
static const struct author_names names = {author_get, NULL};

static void item_write(struct buf *out, const json_t *json)
{
    const char *key;
    json_t *value;

    if (json_is_boolean(json)) {
        write_bool(out, json_is_true(json));
    } else if (json_is_integer(json)) {
        write_int(out, json_integer_value(json));
    } else if (json_is_string(json)) {
        write_text(out, json_string_value(json), json_string_length(json));
    } else {
        assert_true(json_is_object(json));
        write_map(out, json_object_size(json));
        json_object_foreach((json_t *)(uintptr_t)json, key, value) /* jansson keeps the order, which is rising */
        {
            write_uint(out, strtoul(key, NULL, 10));
            item_write(out, value);
        }
    }
}

static span item(struct arena *a, const json_t *json)
{
    struct buf b = {0};

    if (json == NULL)
        return (span){NULL, 0};
    item_write(&b, json);
    assert_int_equal(b.failed, LINLI_OK);
    span copy = arena_copy(a, buf_span(&b));
    buf_free(&b);
    return copy;
}

static struct context context_of(struct arena *a, const json_t *json)
{
    struct context ctx = {arena_array(a, json_array_size(json), sizeof(*ctx.at)), 0};

    for (; ctx.count < json_array_size(json); ctx.count++) {
        const json_t *pair = json_array_get(json, ctx.count);
        ctx.at[ctx.count].author = (uint32_t)json_integer_value(json_array_get(pair, 0));
        ctx.at[ctx.count].seq = (uint64_t)json_integer_value(json_array_get(pair, 1));
    }
    return ctx;
}

static size_t writes_of(struct arena *a, const json_t *json, uint32_t group, struct write *out)
{
    size_t count = json_array_size(json);

    assert_in_range(count, 1, WRITES_MAX);
    for (size_t i = 0; i < count; i++) {
        const json_t *w = json_array_get(json, i);
        bool life = strcmp(vector_text(w, "group"), "life") == 0;
        out[i] = (struct write){(uint32_t)json_integer_value(json_object_get(w, "author")),
                                (uint64_t)json_integer_value(json_object_get(w, "seq")),
                                strtoull(vector_text(w, "stamp"), NULL, 10),
                                {life ? GROUP_LIFE : group, item(a, json_object_get(w, "element")),
                                 context_of(a, json_object_get(w, "ctx")), item(a, json_object_get(w, "value"))}};
    }
    return count;
}

/* All writes, in a random order, some of them twice. */
static struct record_state in_some_order(struct arena *a, struct write *writes, size_t count)
{
    struct record_state state = {0};

    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)rng_below(&rng, i);
        struct write held = writes[j];
        writes[j] = writes[i - 1];
        writes[i - 1] = held;
    }
    for (size_t i = 0; i < count; i++) {
        apply(a, &state, &writes[i]);
        if (rng_below(&rng, 4) == 0)
            apply(a, &state, &writes[rng_below(&rng, i + 1)]);
    }
    return state;
}

static enum merge_rule rule_of(const json_t *c)
{
    static const char *const rules[RULE_COUNT] = {"register", "set", "counter", "log", "max", "ladder"};
    size_t i = 0;

    while (strcmp(vector_text(c, "rule"), rules[i]) != 0)
        assert_true(++i < RULE_COUNT);
    return (enum merge_rule)i;
}

static void assert_items(struct arena *a, const json_t *want, const struct group_reading *r, size_t from, bool keys)
{
    assert_int_equal(json_array_size(want), r->count - from);
    for (size_t i = from; i < r->count; i++)
        assert_true(span_equal(item(a, json_array_get(want, i - from)), keys ? r->keys[i] : r->values[i]->bytes));
}

static void assert_reading(struct arena *a, const json_t *expected, enum merge_rule rule, const struct group_reading *r)
{
    const json_t *want = json_object_get(expected, "shown"), *conflicts = json_object_get(expected, "conflicts");

    assert_int_equal(r->conflicts, json_array_size(conflicts));
    switch (rule) {
    case RULE_REGISTER:
    case RULE_LADDER:
        assert_int_equal(r->count > 0, !json_is_null(want));
        if (r->count > 0)
            assert_true(span_equal(r->values[0]->bytes, item(a, want)));
        assert_items(a, conflicts, r, r->count > 0, false);
        break;
    case RULE_SET:
        assert_items(a, want, r, 0, true);
        break;
    case RULE_LOG:
        assert_items(a, want, r, 0, false);
        break;
    case RULE_COUNTER:
    case RULE_MAX:
        assert_true(r->number == json_integer_value(want));
        break;
    }
}

static void authors_take(const json_t *root)
{
    const json_t *list = json_object_get(root, "authors");
    struct buf bytes = {0};

    assert_in_range(json_array_size(list), 1, AUTHORS_MAX);
    for (size_t i = 0; i < json_array_size(list); i++) {
        assert_true(vector_unhex(json_string_value(json_array_get(list, i)), &bytes));
        assert_int_equal(bytes.size, AUTHOR_BYTES);
        author_decode(bytes.at, &authors[i]);
    }
    buf_free(&bytes);
}

static void a_group_reads_as_the_vectors_say_in_any_order(void **state)
{
    (void)state;
    json_t *root = vectors_own("proto/vectors/merge.json");
    assert_non_null(root);
    const json_t *cases = json_object_get(root, "cases");

    authors_take(root);
    assert_true(json_array_size(cases) > 200);
    for (size_t i = 0; i < json_array_size(cases) * ORDERS; i++) {
        const json_t *c = json_array_get(cases, i / ORDERS);
        enum merge_rule rule = rule_of(c);
        uint32_t group = group_number(1, rule, CLASS_PUBLIC);
        struct arena a = {0};
        struct write writes[WRITES_MAX];
        struct group_reading r = {0};
        size_t count = writes_of(&a, json_object_get(c, "writes"), group, writes);
        struct record_state s = in_some_order(&a, writes, count);
        assert_ok(reading_group(&a, record_group(&s, group), &names, &r));
        assert_reading(&a, json_object_get(c, "expected"), rule, &r);
        arena_free(&a);
    }
    json_decref(root);
}

static void a_record_lives_as_the_vectors_say_in_any_order(void **state)
{
    (void)state;
    static const char *const lives[] = {"absent", "alive", "deleted", "revived"}; /* as enum record_life */
    json_t *root = vectors_own("proto/vectors/merge.json");
    assert_non_null(root);
    const json_t *cases = json_object_get(root, "lives");

    assert_true(json_array_size(cases) > 50);
    for (size_t i = 0; i < json_array_size(cases) * ORDERS; i++) {
        const json_t *c = json_array_get(cases, i / ORDERS);
        struct arena a = {0};
        struct write writes[WRITES_MAX];
        size_t count = writes_of(&a, json_object_get(c, "writes"), group_number(1, RULE_REGISTER, CLASS_PUBLIC), writes);
        struct record_state s = in_some_order(&a, writes, count);
        assert_string_equal(lives[reading_life(&s)], vector_text(c, "expected"));
        arena_free(&a);
    }
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_reads_as_the_vectors_say_in_any_order),
        cmocka_unit_test(a_record_lives_as_the_vectors_say_in_any_order),
    };

    seed_start(&rng);
    return UNIT_RUN(tests);
}
