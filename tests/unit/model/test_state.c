/* model: a record's stored state has one encoding, and the token of a reading says what was shown and no more. */
#include "unit.h"

#include "base/check.h"
#include "history.h"

#include <string.h>

static struct rng_seeded rng;
static const linli_id epoch = {{0xe0, 1}}, other_epoch = {{0xe0, 2}}, record = {{0xec, 1}}, other_record = {{0xec, 2}};
static const span no_key = {NULL, 0};

/* A state of random writes; contexts are those of readers, or none. */
static struct record_state random_state(struct arena *a, size_t writes)
{
    struct record_state s = {0};
    uint64_t seqs[6] = {0};

    for (size_t i = 0; i < writes; i++) {
        uint32_t author = (uint32_t)rng_below(&rng, COUNT_OF(seqs));
        uint32_t group = test_group((enum merge_rule)rng_below(&rng, RULE_COUNT));
        span key = key_of(a, group, rng_below(&rng, 5));
        struct context ctx = {NULL, 0};
        if (rng_below(&rng, 3) > 0)
            ctx = shown(a, &s, group, key);
        apply(a, &s, &(struct write){author, ++seqs[author], rng_next(&rng),
                                     {group, key, ctx, value_of(a, group, (int64_t)rng_below(&rng, 1000))}});
    }
    return s;
}

static void a_state_comes_back_from_its_bytes(void **state)
{
    (void)state;
    for (size_t writes = 0; writes < 120; writes++) {
        struct arena a = {0};
        struct record_state s = random_state(&a, writes), back = {0};
        span bytes = encoded(&a, &s);
        assert_ok(record_decode(&a, bytes, &back));
        assert_int_equal(back.type, s.type);
        assert_int_equal(back.count, s.count);
        assert_true(span_equal(encoded(&a, &back), bytes));
        struct record_state both = merged(&a, &s, &back);
        assert_true(span_equal(encoded(&a, &both), bytes));
        arena_free(&a);
    }
}

static void a_state_with_a_byte_changed_or_cut_is_corrupt_or_another_state(void **state)
{
    (void)state;
    struct arena a = {0};
    struct record_state s = random_state(&a, 30);
    span bytes = encoded(&a, &s);
    uint8_t *copy = arena_alloc(&a, bytes.size);

    for (size_t i = 0; i < bytes.size; i++) {
        struct record_state back = {0};
        assert_code(record_decode(&a, span_of(bytes.at, i), &back), LINLI_E_CORRUPT);
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(copy, bytes.at, bytes.size);
            copy[i] ^= (uint8_t)(1 << bit);
            int rv = record_decode(&a, span_of(copy, bytes.size), &back);
            assert_true(rv == LINLI_OK || rv == LINLI_E_CORRUPT);
            if (rv == LINLI_OK)
                assert_true(span_equal(encoded(&a, &back), span_of(copy, bytes.size)));
        }
    }
    arena_free(&a);
}

static void a_cell_whose_values_were_erased_keeps_its_context(void **state)
{
    (void)state;
    struct arena a = {0};
    struct context_entry seen = {4, 9};
    uint32_t group = test_group(RULE_REGISTER);
    struct cell skeleton = {.ctx = {&seen, 1}};
    struct group_state g = {group, &skeleton, 1};
    struct record_state s = {TEST_TYPE, &g, 1}, back = moved(&a, &a, &s);

    apply(&a, &back, &(struct write){4, 9, 1, {group, no_key, {NULL, 0}, value_of(&a, group, 1)}});
    assert_true(same_state(&a, &s, &back)); /* what was replaced does not come back */
    assert_int_equal(reading_life(&back), LIFE_ABSENT);
    struct group_reading r;
    assert_ok(reading_group(&a, &back.groups[0], &test_names, &r));
    assert_int_equal(r.count, 0);
    assert_int_equal(shown(&a, &back, group, no_key).count, 0); /* and its token is well-formed */
    arena_free(&a);
}

static void unhex(struct buf *out, const char *spaced)
{
    char plain[256] = "";

    for (const char *c = spaced; *c != '\0'; c++)
        if (*c != ' ')
            strncat(plain, c, 1);
    assert_true(vector_unhex(plain, out));
}

static void each_stored_state_has_one_form(void **state)
{
    (void)state;
    static const struct {
        const char *what, *hex;
        int code;
    } cases[] = {
        {"nothing", "92 00 90", LINLI_OK},
        {"no array", "01", LINLI_E_CORRUPT},
        {"an array of three", "93 00 90 c0", LINLI_E_CORRUPT},
        {"a type in words", "92 a0 90", LINLI_E_CORRUPT},
        {"groups that are no array", "92 00 c0", LINLI_E_CORRUPT},
        {"half a context", "92 02 92 21 94 91 01 93 03 05 07 00 80", LINLI_E_CORRUPT},
        {"a context that is no array", "92 02 92 21 94 c0 93 03 05 07 00 80", LINLI_E_CORRUPT},
        {"a write by a place that there never is", "92 02 92 21 97 00 93 03 05 07 00 80 10 00 80", LINLI_E_CORRUPT},
        {"a set that is no array", "92 02 92 25 c0", LINLI_E_CORRUPT},
        {"one register", "92 02 92 21 94 00 93 03 05 07 00 80", LINLI_OK},
        {"its write in a long form", "92 02 92 21 94 00 93 03 05 cc 07 00 80", LINLI_E_CORRUPT},
        {"rule 6", "92 02 92 39 94 00 93 03 05 07 00 80", LINLI_E_CORRUPT},
        {"seq 0", "92 02 92 21 94 00 93 03 00 07 00 80", LINLI_E_CORRUPT},
        {"a group without a cell", "92 02 91 21", LINLI_E_CORRUPT},
        {"groups out of order", "92 02 94 25 92 c4 01 07 91 92 01 01 21 91 92 01 01", LINLI_E_CORRUPT},
        {"a cell with a context alone", "92 02 92 21 91 92 01 05", LINLI_OK},
        {"a cell with nothing", "92 02 92 21 91 00", LINLI_E_CORRUPT},
        {"a value that its cell covers", "92 02 92 21 94 92 03 05 93 03 05 07 00 80", LINLI_E_CORRUPT},
        {"two values", "92 02 92 21 97 00 93 03 05 07 00 80 93 03 06 07 00 80", LINLI_OK},
        {"two values out of order", "92 02 92 21 97 00 93 03 06 07 00 80 93 03 05 07 00 80", LINLI_E_CORRUPT},
        {"a context by its place", "92 02 92 21 94 92 01 01 93 03 05 07 01 80", LINLI_OK},
        {"a context again in full", "92 02 92 21 94 92 01 01 93 03 05 07 92 01 01 80", LINLI_E_CORRUPT},
        {"a context by a place not taken", "92 02 92 21 94 92 01 01 93 03 05 07 02 80", LINLI_E_CORRUPT},
        {"an empty context in full", "92 02 92 21 94 90 93 03 05 07 00 80", LINLI_E_CORRUPT},
        {"a context out of order", "92 02 92 21 91 94 02 01 01 01", LINLI_E_CORRUPT},
        {"a write by a place not taken", "92 02 92 21 94 00 00 00 80", LINLI_E_CORRUPT},
        {"a write by its place", "92 02 94 21 94 00 93 03 05 07 00 80 41 94 00 00 00 80", LINLI_OK},
        {"a write again in full", "92 02 94 21 94 00 93 03 05 07 00 80 41 94 00 93 03 05 07 00 80", LINLI_E_CORRUPT},
        {"a set", "92 02 92 25 92 c4 01 07 91 92 01 01", LINLI_OK},
        {"a set, one key too many", "92 02 94 25 93 c4 01 07 91 92 01 01 2d 91 92 01 01", LINLI_E_CORRUPT},
        {"a set, one key twice", "92 02 92 25 94 c4 01 07 91 92 01 01 c4 01 07 91 01", LINLI_E_CORRUPT},
        {"a set without keys", "92 02 92 25 90", LINLI_E_CORRUPT},
        {"a counter with a short key", "92 02 92 29 92 c4 01 03 91 92 03 01", LINLI_E_CORRUPT},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct arena a = {0};
        struct buf bytes = {0};
        struct record_state s = {0};
        unhex(&bytes, cases[i].hex);
        int rv = record_decode(&a, buf_span(&bytes), &s);
        if (rv != cases[i].code)
            print_error("%s: %s\n", cases[i].what, linli_code_name(rv));
        assert_int_equal(rv, cases[i].code);
        if (rv == LINLI_OK)
            assert_true(span_equal(encoded(&a, &s), buf_span(&bytes)));
        buf_free(&bytes);
        arena_free(&a);
    }
}

static void a_token_out_of_form_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *tail; /* after the binding */
        unsigned items;
        int code;
    } cases[] = {
        {"", 1, LINLI_OK},
        {"92 03 05 92 21 20", 3, LINLI_OK},
        {"92 03 05 94 25 c4 01 07 00 c4 01 08", 3, LINLI_OK},
        {"92 03 05", 2, LINLI_E_FORMAT},
        {"92 03 05 92 21 00", 3, LINLI_E_FORMAT},
        {"92 03 05 94 25 c4 01 08 00 c4 01 07", 3, LINLI_E_FORMAT},
        {"92 03 05 91 25", 3, LINLI_E_FORMAT},
        {"92 03 05 91 39", 3, LINLI_E_FORMAT},
        {"90 91 21", 3, LINLI_E_FORMAT},
        {"91 03 91 21", 3, LINLI_E_FORMAT},
        {"92 03 00 91 21", 3, LINLI_E_FORMAT},
        {"94 03 05 03 06 91 21", 3, LINLI_E_FORMAT},
        {"94 04 05 03 06 91 21", 3, LINLI_E_FORMAT},
        {"92 a0 05 91 21", 3, LINLI_E_FORMAT},
        {"c0 91 21", 3, LINLI_E_FORMAT},
    };
    static const linli_id zero = {{0}};

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct arena a = {0};
        struct buf bytes = {0}, tail = {0};
        struct context ctx;
        unhex(&bytes, "90 c4 10 00000000000000000000000000000000");
        unhex(&tail, cases[i].tail);
        bytes.at[0] = (uint8_t)(0x90 | cases[i].items);
        assert_ok(buf_append(&bytes, tail.at, tail.size));
        assert_code(token_all(&a, buf_span(&bytes), &zero, &zero, &ctx), cases[i].code);
        assert_code(token_context(&a, buf_span(&bytes), &zero, &zero, 0x21, no_key, &ctx), cases[i].code);
        buf_free(&bytes);
        buf_free(&tail);
        arena_free(&a);
    }
}

/* Twelve fields with numbers as the schema gives them, all written by one changeset of one author. */
static struct record_state imported(struct arena *a)
{
    struct record_state s = {0};

    for (uint32_t n = 1; n <= 12; n++) {
        uint32_t group = group_number(n, RULE_REGISTER, CLASS_PERSONAL);
        apply(a, &s, &(struct write){3, 100000, 5, {group, no_key, {NULL, 0}, value_of(a, group, n)}});
    }
    return s;
}

static void the_token_of_an_imported_record_is_short(void **state)
{
    (void)state;
    struct arena a = {0};
    struct buf token = {0};
    struct record_state s = imported(&a);

    assert_ok(token_encode(&s, &epoch, &record, &a, &token));
    assert_in_range(token.size, 1, 63);
    buf_free(&token);
    arena_free(&a);
}

static void a_token_gives_back_what_each_cell_showed(void **state)
{
    (void)state;
    for (size_t writes = 0; writes < 100; writes++) {
        struct arena a = {0};
        struct buf token = {0};
        struct record_state s = random_state(&a, writes);
        struct context got, want, all;
        assert_ok(token_encode(&s, &epoch, &record, &a, &token));
        for (size_t i = 0; i < s.count; i++)
            for (size_t j = 0; j < s.groups[i].count; j++) {
                const struct cell *c = &s.groups[i].cells[j];
                assert_ok(cell_shown(&a, c, &want));
                assert_ok(token_context(&a, buf_span(&token), &epoch, &record, s.groups[i].group, c->key, &got));
                assert_true(context_equal(&got, &want));
                assert_true(got.count > 0);
            }
        assert_ok(token_context(&a, buf_span(&token), &epoch, &record, group_number(9, RULE_LOG, CLASS_PUBLIC), no_key,
                                &got));
        assert_int_equal(got.count, 0); /* not shown: a write stands beside whatever comes there */
        uint32_t set = test_group(RULE_SET);
        assert_ok(token_context(&a, buf_span(&token), &epoch, &record, set, key_of(&a, set, 99), &got));
        assert_int_equal(got.count, 0);
        assert_ok(reading_shown_all(&a, &s, &want));
        assert_ok(token_all(&a, buf_span(&token), &epoch, &record, &all));
        assert_true(context_equal(&all, &want));
        buf_free(&token);
        arena_free(&a);
    }
}

static void a_token_of_another_store_or_record_is_stale(void **state)
{
    (void)state;
    struct arena a = {0};
    struct buf token = {0};
    struct record_state s = imported(&a);
    struct context got;
    uint32_t group = s.groups[0].group;

    assert_ok(token_encode(&s, &epoch, &record, &a, &token));
    assert_code(token_context(&a, buf_span(&token), &other_epoch, &record, group, no_key, &got), LINLI_E_STALE);
    assert_code(token_context(&a, buf_span(&token), &epoch, &other_record, group, no_key, &got), LINLI_E_STALE);
    assert_code(token_all(&a, buf_span(&token), &epoch, &other_record, &got), LINLI_E_STALE);
    buf_free(&token);
    arena_free(&a);
}

static void a_token_that_was_bent_is_refused_or_harmless(void **state)
{
    (void)state;
    struct arena a = {0};
    struct buf token = {0};
    struct record_state s = random_state(&a, 40);
    struct context got, all;

    assert_ok(token_encode(&s, &epoch, &record, &a, &token));
    for (size_t i = 0; i < token.size; i++) {
        span cut = span_of(token.at, i);
        assert_code(token_all(&a, cut, &epoch, &record, &all), LINLI_E_FORMAT);
        for (unsigned bit = 0; bit < 8; bit++) {
            token.at[i] ^= (uint8_t)(1 << bit);
            int one = token_context(&a, buf_span(&token), &epoch, &record, s.groups[0].group, no_key, &got);
            int two = token_all(&a, buf_span(&token), &epoch, &record, &all);
            assert_int_equal(one, two);
            assert_true(one == LINLI_OK || one == LINLI_E_FORMAT || one == LINLI_E_STALE);
            token.at[i] ^= (uint8_t)(1 << bit);
        }
    }
    buf_free(&token);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_comes_back_from_its_bytes),
        cmocka_unit_test(a_state_with_a_byte_changed_or_cut_is_corrupt_or_another_state),
        cmocka_unit_test(a_cell_whose_values_were_erased_keeps_its_context),
        cmocka_unit_test(each_stored_state_has_one_form),
        cmocka_unit_test(a_token_out_of_form_is_refused),
        cmocka_unit_test(the_token_of_an_imported_record_is_short),
        cmocka_unit_test(a_token_gives_back_what_each_cell_showed),
        cmocka_unit_test(a_token_of_another_store_or_record_is_stale),
        cmocka_unit_test(a_token_that_was_bent_is_refused_or_harmless),
    };

    seed_start(&rng);
    return UNIT_RUN(tests);
}
