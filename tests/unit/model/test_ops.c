/* model: ops have exactly one encoding; what is not it, or reaches past what the log cites, is refused. */
#include "unit.h"

#include "base/check.h"
#include "codec/writer.h"
#include "history.h"

#include <string.h>

/* The log of these tests: its own author is 70 and stands at seq 10; it has cited 5 up to 3 and 90 up to 200. */
static const uint32_t authors[] = {70, 5, 90};
static const uint64_t cited[] = {9, 3, 200};

static int decode(struct arena *a, span bytes, unsigned cls, struct op **ops, size_t *count)
{
    return ops_decode(a, bytes, authors, cited, COUNT_OF(authors), cls, ops, count);
}

static uint32_t index_of(void *ctx, uint32_t author)
{
    (void)ctx;
    for (uint32_t i = 0; i < COUNT_OF(authors); i++)
        if (authors[i] == author)
            return i;
    return UINT32_MAX;
}

/* Groups of n = 1, class personal: register 0x21, set 0x25, counter 0x29, log 0x2d, max 0x31, ladder 0x35; life 0x00. */
static void each_op_has_one_form(void **state)
{
    (void)state;
    static const struct {
        const char *what, *hex;
        unsigned cls;
        int code;
    } cases[] = {
        {"no ops", "90", 1, LINLI_OK},
        {"not an array", "c0", 1, LINLI_E_FORMAT},
        {"nothing", "", 1, LINLI_E_FORMAT},
        {"cut short", "91 94 21 c0 90", 1, LINLI_E_FORMAT},
        {"bytes after", "91 94 21 c0 90 80 c0", 1, LINLI_E_FORMAT},
        {"an op of five", "91 95 21 c0 90 80 c0", 1, LINLI_E_FORMAT},
        {"register", "91 94 21 c0 90 81 01 a1 78", 1, LINLI_OK},
        {"register, no field", "91 94 21 c0 90 80", 1, LINLI_OK},
        {"register, all kinds", "91 94 21 c0 90 85 01 c0 02 c3 03 ff 04 a0 05 c4 00", 1, LINLI_OK},
        {"register, sealed", "91 94 21 c0 90 c4 01 00", 1, LINLI_OK},
        {"register, an array in a field", "91 94 21 c0 90 81 01 90", 1, LINLI_E_FORMAT},
        {"register, a map in a field", "91 94 21 c0 90 81 01 80", 1, LINLI_E_FORMAT},
        {"register, field 0", "91 94 21 c0 90 81 00 c0", 1, LINLI_E_FORMAT},
        {"register, a number", "91 94 21 c0 90 07", 1, LINLI_E_FORMAT},
        {"register, nil", "91 94 21 c0 90 c0", 1, LINLI_E_FORMAT},
        {"register with a key", "91 94 21 c4 01 07 90 80", 1, LINLI_E_FORMAT},
        {"of another class", "91 94 21 c0 90 80", 0, LINLI_E_FORMAT},
        {"class 3", "91 94 23 c0 90 80", 3, LINLI_E_FORMAT},
        {"rule 6", "91 94 39 c0 90 80", 1, LINLI_E_FORMAT},
        {"rule 7", "91 94 3d c0 90 80", 1, LINLI_E_FORMAT},
        {"context", "91 94 21 c0 96 00 09 01 03 02 cc c8 80", 1, LINLI_OK},
        {"context, own seq", "91 94 21 c0 92 00 0a 80", 1, LINLI_E_REFUSED},
        {"context past the cited", "91 94 21 c0 92 01 04 80", 1, LINLI_E_REFUSED},
        {"context of nobody", "91 94 21 c0 92 03 01 80", 1, LINLI_E_REFUSED},
        {"context, seq 0", "91 94 21 c0 92 01 00 80", 1, LINLI_E_FORMAT},
        {"context out of order", "91 94 21 c0 94 01 01 00 01 80", 1, LINLI_E_FORMAT},
        {"context, one twice", "91 94 21 c0 94 01 01 01 02 80", 1, LINLI_E_FORMAT},
        {"context, odd", "91 94 21 c0 91 01 80", 1, LINLI_E_FORMAT},
        {"context, nil", "91 94 21 c0 c0 80", 1, LINLI_E_FORMAT},
        {"context of a word", "91 94 21 c0 92 a0 01 80", 1, LINLI_E_FORMAT},
        {"a group in words", "91 94 a0 c0 90 80", 1, LINLI_E_FORMAT},
        {"a value that is none", "91 94 21 c0 90 c1", 1, LINLI_E_FORMAT},
        {"set", "91 94 25 c4 01 07 92 01 01 c3", 1, LINLI_OK},
        {"set, out", "91 94 25 c4 03 a2 68 69 90 c2", 1, LINLI_OK},
        {"set, sealed element", "91 94 25 c4 03 c4 01 00 90 c3", 1, LINLI_OK},
        {"set, no element", "91 94 25 c0 90 c3", 1, LINLI_E_FORMAT},
        {"set, empty element", "91 94 25 c4 00 90 c3", 1, LINLI_E_FORMAT},
        {"set, two elements", "91 94 25 c4 02 07 08 90 c3", 1, LINLI_E_FORMAT},
        {"set, an array as element", "91 94 25 c4 01 90 90 c3", 1, LINLI_E_FORMAT},
        {"set, long form of 7", "91 94 25 c4 02 cc 07 90 c3", 1, LINLI_E_FORMAT},
        {"set, a number", "91 94 25 c4 01 07 90 01", 1, LINLI_E_FORMAT},
        {"counter", "91 94 29 c0 90 d1 ff 00", 1, LINLI_OK},
        {"counter after its own", "91 94 29 c0 92 00 09 05", 1, LINLI_OK},
        {"counter after another's", "91 94 29 c0 92 01 01 05", 1, LINLI_E_FORMAT},
        {"counter, text", "91 94 29 c0 90 a1 35", 1, LINLI_E_FORMAT},
        {"counter past 63 bits", "91 94 29 c0 90 cf 80 00 00 00 00 00 00 00", 1, LINLI_E_FORMAT},
        {"counter with a key", "91 94 29 c4 01 07 90 05", 1, LINLI_E_FORMAT},
        {"log", "91 94 2d c0 90 81 01 a1 78", 1, LINLI_OK},
        {"log with a context", "91 94 2d c0 92 00 01 80", 1, LINLI_E_FORMAT},
        {"max", "91 94 31 c0 90 05", 1, LINLI_OK},
        {"max with a context", "91 94 31 c0 92 00 01 05", 1, LINLI_E_FORMAT},
        {"max, sealed", "91 94 31 c0 90 c4 01 05", 1, LINLI_E_FORMAT},
        {"ladder", "91 94 35 c0 90 82 00 01 01 02", 1, LINLI_OK},
        {"ladder with an assignee", "91 94 35 c0 90 83 00 01 01 02 02 a1 78", 1, LINLI_OK},
        {"ladder, sealed", "91 94 35 c0 90 c4 01 00", 1, LINLI_OK},
        {"ladder, no episode", "91 94 35 c0 90 81 01 02", 1, LINLI_E_FORMAT},
        {"ladder, no rung", "91 94 35 c0 90 81 00 01", 1, LINLI_E_FORMAT},
        {"ladder, rung in words", "91 94 35 c0 90 82 00 01 01 a1 78", 1, LINLI_E_FORMAT},
        {"ladder, rung in words, and an assignee", "91 94 35 c0 90 83 00 01 01 a1 78 02 a1 79", 1, LINLI_E_FORMAT},
        {"alive", "91 94 00 c0 90 81 00 00", 0, LINLI_OK},
        {"deleted", "91 94 00 c0 92 01 02 81 00 01", 0, LINLI_OK},
        {"neither", "91 94 00 c0 90 81 00 02", 0, LINLI_E_FORMAT},
        {"life, sealed", "91 94 00 c0 90 c4 01 00", 0, LINLI_E_FORMAT},
        {"life under another number", "91 94 00 c0 90 81 01 00", 0, LINLI_E_FORMAT},
        {"life, empty", "91 94 00 c0 90 80", 0, LINLI_E_FORMAT},
        {"life of another class", "91 94 01 c0 90 81 00 00", 1, LINLI_E_FORMAT},
        {"life of another rule", "91 94 10 c0 90 05", 0, LINLI_E_FORMAT},
        {"rising groups", "92 94 21 c0 90 80 94 31 c0 90 05", 1, LINLI_OK},
        {"falling groups", "92 94 31 c0 90 05 94 21 c0 90 80", 1, LINLI_E_FORMAT},
        {"one group twice", "92 94 21 c0 90 80 94 21 c0 90 80", 1, LINLI_E_FORMAT},
        {"rising elements", "92 94 25 c4 01 07 90 c3 94 25 c4 01 08 90 c2", 1, LINLI_OK},
        {"one element twice", "92 94 25 c4 01 07 90 c3 94 25 c4 01 07 90 c2", 1, LINLI_E_FORMAT},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct arena a = {0};
        struct buf bytes = {0}, again = {0};
        struct op *ops = NULL;
        size_t count = 0;
        char plain[128] = "";
        for (const char *c = cases[i].hex; *c != '\0'; c++)
            if (*c != ' ')
                strncat(plain, c, 1);
        assert_true(vector_unhex(plain, &bytes));
        int rv = decode(&a, buf_span(&bytes), cases[i].cls, &ops, &count);
        if (rv != cases[i].code)
            print_error("%s: %s\n", cases[i].what, linli_code_name(rv));
        assert_int_equal(rv, cases[i].code);
        if (rv == LINLI_OK) {
            assert_ok(ops_encode(&again, &a, ops, count, index_of, NULL));
            assert_true(span_equal(buf_span(&bytes), buf_span(&again)));
        }
        buf_free(&bytes);
        buf_free(&again);
        arena_free(&a);
    }
}

static void contexts_are_sorted_by_the_callers_numbers_here_and_by_citation_on_the_wire(void **state)
{
    (void)state;
    struct arena a = {0};
    struct buf out = {0};
    struct op *ops = NULL;
    size_t count = 0;
    struct context_entry seen[] = {{5, 2}, {70, 8}, {90, 150}};
    uint32_t group = test_group(RULE_REGISTER);
    struct op op = {group, {NULL, 0}, {seen, COUNT_OF(seen)}, value_of(&a, group, 1)};

    assert_ok(ops_encode(&out, &a, &op, 1, index_of, NULL));
    assert_ok(decode(&a, buf_span(&out), CLASS_PERSONAL, &ops, &count));
    assert_int_equal(count, 1);
    assert_true(context_equal(&ops[0].ctx, &op.ctx));
    buf_free(&out);
    arena_free(&a);
}

static void ops_are_sorted_when_encoded(void **state)
{
    (void)state;
    struct arena a = {0};
    struct buf out = {0};
    struct op *read = NULL, ops[RULE_COUNT + 1] = {0};
    size_t count = 0;

    for (unsigned i = 0; i < RULE_COUNT; i++) {
        uint32_t group = test_group((enum merge_rule)(RULE_COUNT - 1 - i));
        ops[i] = (struct op){group, key_of(&a, group, 9), {NULL, 0}, value_of(&a, group, 3)};
    }
    uint32_t set = test_group(RULE_SET);
    ops[RULE_COUNT] = (struct op){set, key_of(&a, set, 2), {NULL, 0}, value_of(&a, set, 0)};
    assert_ok(ops_encode(&out, &a, ops, COUNT_OF(ops), index_of, NULL));
    assert_ok(decode(&a, buf_span(&out), CLASS_PERSONAL, &read, &count));
    assert_int_equal(count, COUNT_OF(ops));
    assert_true(span_equal(read[1].key, key_of(&a, set, 2)));
    buf_free(&out);
    arena_free(&a);
}

static void what_may_not_be_sent_is_not_encoded(void **state)
{
    (void)state;
    static uint8_t large[LIMIT_VALUE_BYTES + 1];
    static struct context_entry many[LIMIT_CONTEXT + 1];
    struct arena a = {0};
    struct buf out = {0};
    uint32_t group = test_group(RULE_REGISTER);
    struct op op = {group, {NULL, 0}, {NULL, 0}, value_of(&a, group, 1)};
    struct op twice[] = {op, op};
    struct context_entry stranger = {71, 1};

    assert_ok(buf_byte(&out, 0x5a));
    assert_code(ops_encode(&out, &a, twice, 2, index_of, NULL), LINLI_E_ARG);
    op.ctx = (struct context){&stranger, 1};
    assert_code(ops_encode(&out, &a, &op, 1, index_of, NULL), LINLI_E_ARG);
    op.ctx = (struct context){many, COUNT_OF(many)};
    assert_code(ops_encode(&out, &a, &op, 1, index_of, NULL), LINLI_E_LIMIT);
    op.ctx.count = 0;
    op.value = span_of(large, sizeof(large));
    assert_code(ops_encode(&out, &a, &op, 1, index_of, NULL), LINLI_E_LIMIT);
    assert_code(ops_encode(&out, &a, &op, LIMIT_OPS + 1, index_of, NULL), LINLI_E_LIMIT);
    op = (struct op){test_group(RULE_SET), span_of(large, sizeof(large)), {NULL, 0}, value_of(&a, test_group(RULE_SET), 1)};
    assert_code(ops_encode(&out, &a, &op, 1, index_of, NULL), LINLI_E_LIMIT);
    assert_int_equal(out.size, 1);
    out.failed = LINLI_E_NOMEM; /* what was wrong before stays wrong */
    assert_code(ops_encode(&out, &a, &op, 0, index_of, NULL), LINLI_E_NOMEM);
    assert_int_equal(out.size, 1);
    buf_free(&out);
    arena_free(&a);
}

static void limits_are_checked_one_past_and_not_one_before(void **state)
{
    (void)state;
    static uint8_t zeros[LIMIT_VALUE_BYTES];
    static const struct {
        size_t value_bytes, ops, pairs;
        int code;
    } cases[] = {
        {LIMIT_VALUE_BYTES - 3, 1, 0, LINLI_OK}, /* the value's own head is 3 bytes */
        {LIMIT_VALUE_BYTES - 2, 1, 0, LINLI_E_LIMIT},
        {1, LIMIT_OPS, 0, LINLI_OK},
        {1, LIMIT_OPS + 1, 0, LINLI_E_LIMIT},
        {1, 1, LIMIT_CONTEXT, LINLI_OK},
        {1, 1, LIMIT_CONTEXT + 1, LINLI_E_LIMIT},
    };
    static uint32_t names[LIMIT_CONTEXT + 1];
    static uint64_t reach[LIMIT_CONTEXT + 1];

    for (uint32_t i = 0; i < COUNT_OF(names); i++) {
        names[i] = 9999 - i;
        reach[i] = 1;
    }
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct arena a = {0};
        struct buf b = {0};
        struct op *ops = NULL;
        size_t count = 0;
        write_array(&b, cases[i].ops);
        for (uint32_t n = 0; n < cases[i].ops; n++) {
            write_array(&b, 4);
            write_uint(&b, group_number(1 + n, RULE_REGISTER, CLASS_PUBLIC));
            write_nil(&b);
            write_array(&b, 2 * cases[i].pairs);
            for (size_t j = 0; j < cases[i].pairs; j++) {
                write_uint(&b, j);
                write_uint(&b, 1);
            }
            write_bin(&b, zeros, cases[i].value_bytes);
        }
        assert_code(ops_decode(&a, buf_span(&b), names, reach, COUNT_OF(names), CLASS_PUBLIC, &ops, &count),
                    cases[i].code);
        for (size_t j = 1; cases[i].code == LINLI_OK && j < ops[0].ctx.count; j++)
            assert_true(ops[0].ctx.at[j - 1].author < ops[0].ctx.at[j].author);
        buf_free(&b);
        arena_free(&a);
    }
}

static void an_element_over_its_limit_is_refused(void **state)
{
    (void)state;
    static uint8_t zeros[LIMIT_VALUE_BYTES + 64];
    uint8_t inner[3];

    for (size_t over = 0; over < 2; over++) {
        struct arena a = {0};
        struct buf b = {0};
        struct op *ops = NULL;
        size_t count = 0, size = LIMIT_VALUE_BYTES - sizeof(inner) + over;
        inner[0] = 0xc5; /* the element is a binary, and travels in another */
        be16_put(inner + 1, (uint16_t)size);
        write_array(&b, 1);
        write_array(&b, 4);
        write_uint(&b, test_group(RULE_SET));
        write_bin(&b, zeros, sizeof(inner) + size);
        memcpy(b.at + b.size - sizeof(inner) - size, inner, sizeof(inner));
        write_array(&b, 0);
        write_bool(&b, true);
        assert_code(decode(&a, buf_span(&b), CLASS_PERSONAL, &ops, &count), over == 0 ? LINLI_OK : LINLI_E_LIMIT);
        buf_free(&b);
        arena_free(&a);
    }
}

/* Decode, apply, read, encode, token: all that asks for memory. */
static int work(void *ctx)
{
    const struct buf *bytes = ctx;
    static const linli_id epoch = {{1}}, record = {{2}};
    struct arena a = {0};
    struct buf out = {0};
    struct op *ops = NULL;
    size_t count = 0;
    struct record_state s = {0}, t = {0}, both = {0};
    struct group_reading reading;
    struct context seen;
    int rv = decode(&a, buf_span(bytes), CLASS_PERSONAL, &ops, &count);

    for (uint64_t seq = 1; seq < 40 && rv == LINLI_OK; seq++)
        for (size_t i = 0; i < count && rv == LINLI_OK; i++)
            rv = record_apply(&a, seq % 2 == 0 ? &s : &t, TEST_TYPE, &ops[i], (uint32_t)(seq % 5), seq, seq);
    if (rv == LINLI_OK)
        rv = record_merge(&a, &s, &t, &both);
    for (size_t i = 0; i < both.count && rv == LINLI_OK; i++)
        rv = reading_group(&a, &both.groups[i], &test_names, &reading);
    if (rv == LINLI_OK)
        rv = reading_shown_all(&a, &both, &seen);
    if (rv == LINLI_OK)
        rv = record_encode(&both, &out);
    if (rv == LINLI_OK)
        rv = record_decode(&a, buf_span(&out), &both);
    buf_clear(&out);
    if (rv == LINLI_OK)
        rv = token_encode(&both, &epoch, &record, &a, &out);
    if (rv == LINLI_OK)
        rv = token_context(&a, buf_span(&out), &epoch, &record, test_group(RULE_REGISTER), (span){NULL, 0}, &seen);
    if (rv == LINLI_OK)
        rv = token_all(&a, buf_span(&out), &epoch, &record, &seen);
    buf_clear(&out);
    if (rv == LINLI_OK)
        rv = ops_encode(&out, &a, ops, count, index_of, NULL);
    buf_free(&out);
    arena_free(&a);
    return rv;
}

static void any_allocation_may_fail(void **state)
{
    (void)state;
    struct arena a = {0};
    struct buf bytes = {0};
    struct op ops[RULE_COUNT];
    struct context_entry seen = {5, 1};

    for (unsigned rule = 0; rule < RULE_COUNT; rule++) {
        uint32_t group = test_group((enum merge_rule)rule);
        bool may = rule == RULE_REGISTER || rule == RULE_SET || rule == RULE_LADDER;
        ops[rule] = (struct op){group, key_of(&a, group, 9), {&seen, may}, value_of(&a, group, 3)};
    }
    assert_ok(ops_encode(&bytes, &a, ops, RULE_COUNT, index_of, NULL));
    assert_true(heap_each_failure(work, &bytes) > 5);
    buf_free(&bytes);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_op_has_one_form),
        cmocka_unit_test(contexts_are_sorted_by_the_callers_numbers_here_and_by_citation_on_the_wire),
        cmocka_unit_test(ops_are_sorted_when_encoded),
        cmocka_unit_test(what_may_not_be_sent_is_not_encoded),
        cmocka_unit_test(limits_are_checked_one_past_and_not_one_before),
        cmocka_unit_test(an_element_over_its_limit_is_refused),
        cmocka_unit_test(any_allocation_may_fail),
    };

    return UNIT_RUN(tests);
}
