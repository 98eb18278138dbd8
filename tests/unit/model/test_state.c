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
    arena_free(&a);
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
        cmocka_unit_test(the_token_of_an_imported_record_is_short),
        cmocka_unit_test(a_token_gives_back_what_each_cell_showed),
        cmocka_unit_test(a_token_of_another_store_or_record_is_stale),
        cmocka_unit_test(a_token_that_was_bent_is_refused_or_harmless),
    };

    seed_start(&rng);
    return UNIT_RUN(tests);
}
