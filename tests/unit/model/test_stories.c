/* model: what people see when they read, write and meet; every story here is one that a captain could live through. */
#include "unit.h"

#include "base/check.h"
#include "history.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static struct rng_seeded rng;
static const linli_stamp year = UINT64_C(365) * 24 * 3600 * 1000 << 16;
static const struct context unseen = {NULL, 0};
static const span no_key = {NULL, 0};

static struct group_reading read_group(struct arena *a, const struct record_state *state, uint32_t group)
{
    struct group_reading r = {0};
    const struct group_state *g = record_group(state, group);

    if (g != NULL)
        assert_ok(reading_group(a, g, &test_names, &r));
    return r;
}

static bool in_reading(const struct group_reading *r, const struct write *w)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->values[i]->author == w->author && r->values[i]->seq == w->seq)
            return true;
    return false;
}

static void assert_shows(struct arena *a, const struct record_state *state, uint32_t group, span value)
{
    struct group_reading r = read_group(a, state, group);

    assert_true(r.count > 0);
    assert_true(span_equal(r.values[0]->bytes, value));
}

/* One write of the long story, and which earlier ones its writer had before their eyes. */
enum { STORY_WRITES = 400, STORY_DEVICES = 5 };
struct told {
    struct write write;
    bool saw[STORY_WRITES];
};

/* A form: what was read when it was opened. */
struct form {
    bool open;
    struct context ctx;
    bool saw[STORY_WRITES];
};

static void form_open(struct arena *a, struct form *form, const struct device *d, uint32_t group,
                      const struct told *told, size_t count)
{
    struct group_reading r = read_group(a, &d->state, group);

    form->open = true;
    form->ctx = shown(a, &d->state, group, no_key);
    for (size_t i = 0; i < count; i++)
        form->saw[i] = in_reading(&r, &told[i].write);
}

/* Each write is in front of whoever reads the state, or somebody replaced it who had been shown it. */
static void assert_nothing_lost(struct arena *a, const struct record_state *state, uint32_t group,
                                const struct told *told, size_t count)
{
    struct group_reading r = read_group(a, state, group);

    for (size_t i = 0; i < count; i++) {
        bool safe = in_reading(&r, &told[i].write);
        for (size_t j = i + 1; j < count && !safe; j++)
            safe = told[j].saw[i];
        assert_true(safe);
    }
}

static void a_clock_31_years_fast_and_forms_left_open_hide_nobodys_value(void **state)
{
    (void)state;
    static struct told told[STORY_WRITES];
    uint32_t group = test_group(RULE_REGISTER);
    struct device devices[STORY_DEVICES] = {{.author = 3}, {.author = 8}, {.author = 5}, {.author = 1}, {.author = 2}};
    struct form forms[STORY_DEVICES];
    struct arena a = {0};

    memset(told, 0, sizeof(told));
    memset(forms, 0, sizeof(forms));
    for (size_t count = 0, step = 0; count < STORY_WRITES; step++) {
        size_t at = (size_t)rng_below(&rng, STORY_DEVICES);
        struct device *d = &devices[at];
        if (!forms[at].open) {
            form_open(&a, &forms[at], d, group, told, count);
        } else if (rng_below(&rng, 2) == 0) {
            linli_stamp stamp = 50 * year + (step << 16) + (at == 0 ? 31 * year : 0);
            char text[32];
            snprintf(text, sizeof(text), "typed %zu", count);
            memcpy(told[count].saw, forms[at].saw, sizeof(forms[at].saw));
            told[count].write = device_write(&a, d, stamp, group, no_key, forms[at].ctx, value_text(&a, group, text));
            forms[at].open = false;
            count++;
        } else {
            devices_meet(&a, d, &devices[rng_below(&rng, STORY_DEVICES)]);
        }
    }
    for (size_t i = 1; i < STORY_DEVICES; i++)
        devices_meet(&a, &devices[0], &devices[i]);
    assert_nothing_lost(&a, &devices[0].state, group, told, STORY_WRITES);
    arena_free(&a);
}

static void a_form_open_while_others_sync_overwrites_only_what_it_showed(void **state)
{
    (void)state;
    uint32_t group = test_group(RULE_REGISTER);
    struct device li = {.author = 1}, wang = {.author = 2};
    struct arena a = {0};

    device_write(&a, &li, 10, group, no_key, unseen, value_text(&a, group, "room 301"));
    devices_meet(&a, &li, &wang);
    struct context opened = shown(&a, &li.state, group, no_key);
    struct context at_wangs = shown(&a, &wang.state, group, no_key);
    span second = value_text(&a, group, "room 302"), third = value_text(&a, group, "room 303");
    device_write(&a, &wang, 20, group, no_key, at_wangs, second);
    devices_meet(&a, &li, &wang); /* the form stays open meanwhile */
    device_write(&a, &li, 30, group, no_key, opened, third);
    devices_meet(&a, &li, &wang);

    struct group_reading r = read_group(&a, &wang.state, group);
    assert_int_equal(r.count, 2);
    assert_int_equal(r.conflicts, 1);
    assert_true(span_equal(r.values[0]->bytes, third));
    assert_true(span_equal(r.values[1]->bytes, second));
    device_write(&a, &wang, 5, group, no_key, shown(&a, &wang.state, group, no_key), second); /* a person chooses */
    devices_meet(&a, &li, &wang);
    r = read_group(&a, &li.state, group);
    assert_int_equal(r.conflicts, 0);
    assert_true(span_equal(r.values[0]->bytes, second));
    arena_free(&a);
}

static void a_replaced_value_stays_replaced_when_the_write_between_is_set_aside(void **state)
{
    (void)state;
    uint32_t group = test_group(RULE_REGISTER);
    struct device one = {.author = 1}, two = {.author = 2}, three = {.author = 3};
    struct record_state office = {0};
    struct arena a = {0};

    struct write first = device_write(&a, &one, 1, group, no_key, unseen, value_text(&a, group, "first"));
    devices_meet(&a, &one, &two);
    struct context seen = shown(&a, &two.state, group, no_key);
    device_write(&a, &two, 2, group, no_key, seen, value_text(&a, group, "between"));
    devices_meet(&a, &two, &three);
    seen = shown(&a, &three.state, group, no_key);
    struct write last = device_write(&a, &three, 3, group, no_key, seen, value_text(&a, group, "last"));

    apply(&a, &office, &last); /* the write of the second device is not merged here */
    apply(&a, &office, &first);
    struct group_reading r = read_group(&a, &office, group);
    assert_int_equal(r.count, 1);
    assert_true(span_equal(r.values[0]->bytes, last.op.value));
    arena_free(&a);
}

static struct write device_delete(struct arena *a, struct device *d, linli_stamp stamp)
{
    struct context all;

    assert_ok(reading_shown_all(a, &d->state, &all));
    return device_write(a, d, stamp, GROUP_LIFE, no_key, all, value_of(a, GROUP_LIFE, LIFE_VALUE_DELETED));
}

static void an_edit_that_a_delete_did_not_see_brings_the_record_back_marked(void **state)
{
    (void)state;
    uint32_t group = test_group(RULE_REGISTER), log = test_group(RULE_LOG);
    struct device li = {.author = 1}, wang = {.author = 2};
    struct arena a = {0};

    assert_int_equal(reading_life(&li.state), LIFE_ABSENT);
    device_write(&a, &li, 1, group, no_key, unseen, value_text(&a, group, "moved in"));
    device_write(&a, &li, 2, log, no_key, unseen, value_text(&a, log, "a remark"));
    assert_int_equal(reading_life(&li.state), LIFE_ALIVE);
    devices_meet(&a, &li, &wang);
    device_delete(&a, &li, 90);
    assert_int_equal(reading_life(&li.state), LIFE_DELETED);
    device_write(&a, &wang, 3, group, no_key, shown(&a, &wang.state, group, no_key), value_text(&a, group, "edited"));
    devices_meet(&a, &li, &wang);
    assert_int_equal(reading_life(&wang.state), LIFE_REVIVED);
    device_delete(&a, &wang, 4); /* seen this time, whatever its stamp */
    assert_int_equal(reading_life(&wang.state), LIFE_DELETED);
    struct context seen = shown(&a, &wang.state, GROUP_LIFE, no_key);
    device_write(&a, &wang, 5, GROUP_LIFE, no_key, seen, value_of(&a, GROUP_LIFE, LIFE_VALUE_ALIVE));
    assert_int_equal(reading_life(&wang.state), LIFE_ALIVE);
    arena_free(&a);
}

static void two_deletes_at_once_leave_it_deleted(void **state)
{
    (void)state;
    uint32_t group = test_group(RULE_REGISTER);
    struct device li = {.author = 1}, wang = {.author = 2};
    struct arena a = {0};

    device_write(&a, &li, 1, group, no_key, unseen, value_text(&a, group, "x"));
    devices_meet(&a, &li, &wang);
    device_delete(&a, &li, 2);
    device_delete(&a, &wang, 3);
    devices_meet(&a, &li, &wang);
    assert_int_equal(reading_life(&li.state), LIFE_DELETED);
    arena_free(&a);
}

static void adding_to_a_set_wins_over_taking_out_unseen(void **state)
{
    (void)state;
    uint32_t group = test_group(RULE_SET);
    struct device li = {.author = 1}, wang = {.author = 2};
    struct arena a = {0};
    span tag = key_of(&a, group, 7), other = key_of(&a, group, 3), in = value_of(&a, group, 1), out = value_of(&a, group, 0);

    device_write(&a, &li, 1, group, tag, unseen, in);
    device_write(&a, &li, 2, group, other, unseen, in);
    devices_meet(&a, &li, &wang);
    device_write(&a, &li, 99, group, tag, shown(&a, &li.state, group, tag), out);
    assert_int_equal(read_group(&a, &li.state, group).count, 1);
    device_write(&a, &wang, 3, group, tag, shown(&a, &wang.state, group, tag), in);
    devices_meet(&a, &li, &wang);
    device_write(&a, &wang, 8, group, tag, unseen, in);
    struct group_reading r = read_group(&a, &wang.state, group);
    assert_int_equal(r.values[1]->stamp, 8); /* of two that say in, the later is shown */
    r = read_group(&a, &li.state, group);
    assert_int_equal(r.count, 2);
    assert_true(span_equal(r.keys[0], other));
    assert_true(span_equal(r.keys[1], tag));
    device_write(&a, &li, 4, group, tag, shown(&a, &li.state, group, tag), out);
    r = read_group(&a, &li.state, group);
    assert_int_equal(r.count, 1);
    assert_true(span_equal(r.keys[0], other));
    arena_free(&a);
}

static void a_counter_sums_each_authors_newest_total(void **state)
{
    (void)state;
    uint32_t group = test_group(RULE_COUNTER);
    struct device li = {.author = 1}, wang = {.author = 2};
    struct record_state late = {0};
    struct arena a = {0};

    struct write two = device_write(&a, &li, 1, group, no_key, unseen, value_of(&a, group, 2));
    struct write four = device_write(&a, &li, 2, group, no_key, unseen, value_of(&a, group, 4));
    struct write five = device_write(&a, &li, 2, group, no_key, unseen, value_of(&a, group, 5));
    device_write(&a, &wang, 1, group, no_key, unseen, value_of(&a, group, -3));
    devices_meet(&a, &li, &wang);
    assert_int_equal(read_group(&a, &li.state, group).number, 2);
    apply(&a, &late, &five);
    apply(&a, &late, &two); /* both arrive after the one that replaced them */
    apply(&a, &late, &four);
    assert_int_equal(read_group(&a, &late, group).number, 5);
    assert_int_equal(record_group(&late, group)->cells[0].count, 1);
    arena_free(&a);
}

static void a_sum_past_64_bits_is_cut_once_and_not_on_the_way(void **state)
{
    (void)state;
    static const struct {
        int64_t parts[4];
        int64_t sum;
    } cases[] = {
        {{INT64_MAX, INT64_MAX, INT64_MIN, INT64_MIN}, -2},
        {{INT64_MAX, 1, -1, 0}, INT64_MAX},
        {{INT64_MAX, 1, 0, 0}, INT64_MAX},
        {{INT64_MIN, -1, 0, 0}, INT64_MIN},
        {{INT64_MIN, -1, 1, 0}, INT64_MIN},
        {{-1, -1, 1, -7}, -8},
        {{UINT32_MAX, 1, 0, 0}, INT64_C(1) << 32},
    };
    uint32_t group = test_group(RULE_COUNTER);

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct record_state s = {0};
        struct arena a = {0};
        for (uint32_t author = 0; author < 4; author++)
            apply(&a, &s, &(struct write){author, 1, 1, {group, no_key, unseen, value_of(&a, group, cases[i].parts[author])}});
        assert_true(read_group(&a, &s, group).number == cases[i].sum);
        arena_free(&a);
    }
}

static void a_ladder_shows_the_highest_rung_of_the_latest_episode(void **state)
{
    (void)state;
    uint32_t group = test_group(RULE_LADDER);
    struct device li = {.author = 1}, wang = {.author = 2};
    struct arena a = {0};
    enum { REPORTED = 1, ACCEPTED = 2, DONE = 4 };

    device_write(&a, &li, 1, group, no_key, unseen, value_ladder(&a, group, 1, REPORTED, ""));
    devices_meet(&a, &li, &wang);
    struct context seen = shown(&a, &wang.state, group, no_key);
    span done = value_ladder(&a, group, 1, DONE, "Wang");
    device_write(&a, &wang, 2, group, no_key, seen, done);
    device_write(&a, &li, 99, group, no_key, seen, value_ladder(&a, group, 1, ACCEPTED, "Li"));
    devices_meet(&a, &li, &wang);
    struct group_reading r = read_group(&a, &li.state, group); /* done is done, though accepted has the later stamp */
    assert_int_equal(r.conflicts, 0);
    assert_true(span_equal(r.values[0]->bytes, done));

    span again = value_ladder(&a, group, 2, REPORTED, "");
    device_write(&a, &li, 3, group, no_key, unseen, again); /* reopened, without a token even */
    assert_shows(&a, &li.state, group, again);
    span other = value_ladder(&a, group, 2, REPORTED, "Zhao");
    device_write(&a, &wang, 4, group, no_key, shown(&a, &wang.state, group, no_key), other);
    devices_meet(&a, &li, &wang);
    r = read_group(&a, &li.state, group); /* one rung, two texts: somebody must look */
    assert_int_equal(r.conflicts, 1);
    assert_true(span_equal(r.values[0]->bytes, other));
    arena_free(&a);
}

static void a_sealed_ladder_value_stands_below_every_open_one(void **state)
{
    (void)state;
    static const uint8_t sealed[] = {0xc4, 2, 0xaa, 0xbb};
    uint32_t group = test_group(RULE_LADDER);
    struct record_state s = {0};
    struct arena a = {0};
    span open = value_ladder(&a, group, -5, 1, "");

    apply(&a, &s, &(struct write){1, 1, 99, {group, no_key, unseen, span_of(sealed, sizeof(sealed))}});
    apply(&a, &s, &(struct write){2, 1, 1, {group, no_key, unseen, open}});
    assert_shows(&a, &s, group, open);
    arena_free(&a);
}

static void max_keeps_the_greatest_and_the_first_write_of_it(void **state)
{
    (void)state;
    uint32_t group = test_group(RULE_MAX);
    struct device li = {.author = 1}, wang = {.author = 2};
    struct arena a = {0};
    const int64_t said[] = {5, 9, 9, -1};

    for (size_t i = 0; i < COUNT_OF(said); i++)
        device_write(&a, &li, 1, group, no_key, unseen, value_of(&a, group, said[i]));
    device_write(&a, &wang, 1, group, no_key, unseen, value_of(&a, group, 9));
    devices_meet(&a, &li, &wang);
    const struct cell *c = &record_group(&li.state, group)->cells[0];
    assert_int_equal(c->count, 2);
    assert_int_equal(c->values[0].seq, 2);
    assert_int_equal(read_group(&a, &li.state, group).number, 9);
    arena_free(&a);
}

static void a_log_reads_oldest_first_and_loses_nothing(void **state)
{
    (void)state;
    uint32_t group = test_group(RULE_LOG);
    struct record_state s = {0};
    struct arena a = {0};

    for (uint64_t i = 0; i < 300; i++) {
        struct context_entry lie = {(uint32_t)(i % 7), 1000}; /* a log has no context: this one must do nothing */
        apply(&a, &s, &(struct write){(uint32_t)(i % 7), i / 7 + 1, i * 131 % 300,
                                      {group, no_key, {&lie, i > 200}, value_of(&a, group, (int64_t)i)}});
    }
    struct group_reading r = read_group(&a, &s, group);
    assert_int_equal(r.count, 300);
    for (size_t i = 1; i < r.count; i++)
        assert_true(value_compare(r.values[i - 1], r.values[i], &test_names) < 0);
    arena_free(&a);
}

static void a_tie_is_broken_by_author_bytes_whatever_the_numbers(void **state)
{
    (void)state;
    uint32_t group = test_group(RULE_REGISTER);
    struct record_state s = {0};
    struct arena a = {0};
    linli_author greatest = {.incarnation = 0}, name;
    uint32_t winner = 0;

    for (uint32_t author = 0; author < 8; author++) {
        test_author(author, &name);
        if (author_compare(&name, &greatest) > 0) {
            greatest = name;
            winner = author;
        }
        apply(&a, &s, &(struct write){author, 1, 5, {group, no_key, unseen, value_of(&a, group, author)}});
    }
    assert_int_not_equal(winner, 7); /* else the numbers would do as well */
    assert_shows(&a, &s, group, value_of(&a, group, winner));
    struct group_reading r = read_group(&a, &s, group);
    assert_int_equal(r.conflicts, 7);
    for (size_t i = 1; i < r.count; i++)
        assert_true(value_compare(r.values[i - 1], r.values[i], &test_names) > 0);
    arena_free(&a);
}

static void equal_values_at_once_are_no_conflict(void **state)
{
    (void)state;
    uint32_t group = test_group(RULE_REGISTER);
    struct record_state s = {0};
    struct arena a = {0};

    for (uint32_t author = 0; author < 5; author++)
        apply(&a, &s, &(struct write){author, 1, author, {group, no_key, unseen, value_of(&a, group, author % 2)}});
    struct group_reading r = read_group(&a, &s, group);
    assert_int_equal(r.count, 2);
    assert_int_equal(r.conflicts, 1);
    arena_free(&a);
}

static void a_conflict_is_told_without_the_reading_as_the_reading_tells_it(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 2000; round++) {
        uint32_t group = test_group((enum merge_rule)rng_below(&rng, RULE_COUNT));
        struct record_state s = {0};
        struct arena a = {0};
        size_t writes = 1 + (size_t)rng_below(&rng, 5);
        for (uint32_t author = 0; author < writes; author++) {
            span value = value_of(&a, group, (int64_t)rng_below(&rng, 3));
            if (group_rule(group) == RULE_LADDER)
                value = value_ladder(&a, group, (int64_t)rng_below(&rng, 2), (int64_t)rng_below(&rng, 2),
                                     rng_below(&rng, 2) == 0 ? "one" : "two");
            apply(&a, &s, &(struct write){author, 1, rng_below(&rng, 3), {group, key_of(&a, group, 1), unseen, value}});
        }
        assert_int_equal(reading_in_conflict(&s.groups[0]), read_group(&a, &s, group).conflicts > 0);
        arena_free(&a);
    }
}

/* Each value twice: half are shown, once each, from the greatest on. With every two compared this took 2.5 s. */
static void very_many_values_are_read_in_little_time(void **state)
{
    (void)state;
    enum { VALUES = 60000, SECONDS_MOST = 1 };
    struct arena a = {0};
    struct cell cell = {.values = arena_array(&a, VALUES, sizeof(*cell.values)), .count = VALUES};
    struct group_state g = {test_group(RULE_REGISTER), &cell, 1};
    struct group_reading r = {0};

    for (uint32_t i = 0; i < VALUES; i++)
        cell.values[i] = (struct cell_value){.author = i, .seq = 1, .stamp = 1 + i,
                                             .bytes = value_of(&a, g.group, 70000 + i / 2)};
    clock_t start = clock();
    assert_ok(reading_group(&a, &g, &test_names, &r));
    assert_true(reading_in_conflict(&g));
    assert_true(clock() - start < SECONDS_MOST * CLOCKS_PER_SEC);
    assert_int_equal(r.count, VALUES / 2);
    assert_int_equal(r.conflicts, VALUES / 2 - 1);
    for (size_t i = 0; i < r.count; i++)
        assert_int_equal(r.values[i]->author, VALUES - 1 - 2 * i);
    arena_free(&a);
}

static void a_group_no_schema_knows_is_kept_merged_and_passed_on(void **state)
{
    (void)state;
    struct arena a = {0};

    for (unsigned rule = 0; rule < RULE_COUNT; rule++) {
        uint32_t group = group_number(100000 + rule, (enum merge_rule)rule, CLASS_SENSITIVE);
        struct device li = {.author = 1}, wang = {.author = 2};
        span key = key_of(&a, group, 1), value = value_of(&a, group, 41);
        device_write(&a, &li, 1, group, key, unseen, value);
        devices_meet(&a, &li, &wang);
        device_write(&a, &wang, 2, group, key, unseen, value_of(&a, group, 40));
        devices_meet(&a, &li, &wang);
        struct record_state back = moved(&a, &a, &li.state);
        assert_true(same_state(&a, &back, &wang.state));
        assert_true(span_equal(record_group(&back, group)->cells[0].values[0].bytes, value));
    }
    arena_free(&a);
}

static void a_field_is_read_out_of_its_groups_value(void **state)
{
    (void)state;
    uint32_t group = test_group(RULE_LADDER);
    struct arena a = {0};
    span value = value_ladder(&a, group, 3, 2, "who");
    static const uint8_t who[] = {0xa3, 'w', 'h', 'o'}, sealed[] = {0xc4, 1, 0};

    assert_true(span_equal(reading_field(value, group_n(group) + 1), span_of(who, sizeof(who))));
    assert_null(reading_field(value, 9999).at);
    assert_null(reading_field(span_of(sealed, sizeof(sealed)), 1).at);
    assert_null(reading_field((span){NULL, 0}, 1).at);
    assert_null(reading_field(span_of("\x82\x01\xc1\x02\x03", 5), 1).at); /* what cannot be read is not there, */
    assert_null(reading_field(span_of("\x82\x01\xc1\x02\x03", 5), 2).at); /* nor what stands behind it */
    arena_free(&a);
}

/* Bytes that no check of ours let through, as after damage to a store. */
static void what_is_no_number_counts_nothing_and_never_wins(void **state)
{
    (void)state;
    struct arena a = {0};
    struct record_state counted = {0}, greatest = {0};
    uint32_t counter = test_group(RULE_COUNTER), max = test_group(RULE_MAX);
    span word = span_of("\xa1x", 2);

    apply(&a, &counted, &(struct write){1, 1, 1, {counter, no_key, unseen, word}});
    apply(&a, &counted, &(struct write){2, 1, 1, {counter, no_key, unseen, value_of(&a, counter, 4)}});
    assert_int_equal(read_group(&a, &counted, counter).number, 4);
    assert_int_equal(read_group(&a, &counted, counter).count, 2);
    apply(&a, &greatest, &(struct write){1, 1, 9, {max, no_key, unseen, word}});
    apply(&a, &greatest, &(struct write){2, 1, 1, {max, no_key, unseen, value_of(&a, max, -4)}});
    assert_int_equal(read_group(&a, &greatest, max).number, -4);
    assert_int_equal(read_group(&a, &greatest, max).count, 1);
    arena_free(&a);
}

static void a_cell_without_values_adds_nothing_to_a_reading(void **state)
{
    (void)state;
    static const enum merge_rule rules[] = {RULE_COUNTER, RULE_MAX, RULE_LOG, RULE_SET, RULE_LADDER};
    struct arena a = {0};

    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        struct context_entry seen = {4, 9};
        struct cell skeleton = {.key = span_of("\0\0\0\4", 4), .ctx = {&seen, 1}};
        struct group_state g = {test_group(rules[i]), &skeleton, 1};
        struct record_state s = {TEST_TYPE, &g, 1};
        struct group_reading r = read_group(&a, &s, g.group);
        assert_int_equal(r.count, 0);
        assert_int_equal(r.number, 0);
        assert_int_equal(r.conflicts, 0);
        assert_int_equal(reading_life(&s), LIFE_ABSENT);
    }
    arena_free(&a);
}

static void a_life_that_cannot_be_read_deletes_nothing(void **state)
{
    (void)state;
    struct arena a = {0};
    struct record_state s = {0};

    apply(&a, &s, &(struct write){1, 1, 1, {GROUP_LIFE, no_key, unseen, span_of("\xc4\x01\x01", 3)}});
    assert_int_equal(reading_life(&s), LIFE_ALIVE);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_31_years_fast_and_forms_left_open_hide_nobodys_value),
        cmocka_unit_test(a_form_open_while_others_sync_overwrites_only_what_it_showed),
        cmocka_unit_test(a_replaced_value_stays_replaced_when_the_write_between_is_set_aside),
        cmocka_unit_test(an_edit_that_a_delete_did_not_see_brings_the_record_back_marked),
        cmocka_unit_test(two_deletes_at_once_leave_it_deleted),
        cmocka_unit_test(adding_to_a_set_wins_over_taking_out_unseen),
        cmocka_unit_test(a_counter_sums_each_authors_newest_total),
        cmocka_unit_test(a_sum_past_64_bits_is_cut_once_and_not_on_the_way),
        cmocka_unit_test(a_ladder_shows_the_highest_rung_of_the_latest_episode),
        cmocka_unit_test(a_sealed_ladder_value_stands_below_every_open_one),
        cmocka_unit_test(max_keeps_the_greatest_and_the_first_write_of_it),
        cmocka_unit_test(a_log_reads_oldest_first_and_loses_nothing),
        cmocka_unit_test(a_tie_is_broken_by_author_bytes_whatever_the_numbers),
        cmocka_unit_test(equal_values_at_once_are_no_conflict),
        cmocka_unit_test(a_conflict_is_told_without_the_reading_as_the_reading_tells_it),
        cmocka_unit_test(very_many_values_are_read_in_little_time),
        cmocka_unit_test(a_group_no_schema_knows_is_kept_merged_and_passed_on),
        cmocka_unit_test(a_field_is_read_out_of_its_groups_value),
        cmocka_unit_test(what_is_no_number_counts_nothing_and_never_wins),
        cmocka_unit_test(a_cell_without_values_adds_nothing_to_a_reading),
        cmocka_unit_test(a_life_that_cannot_be_read_deletes_nothing),
    };

    seed_start(&rng);
    return UNIT_RUN(tests);
}
