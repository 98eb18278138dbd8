/* model: the merge is commutative, associative and idempotent, over every order of small histories and many of large. */
#include "unit.h"

#include "base/check.h"
#include "history.h"

#include <string.h>

enum { SMALL_WRITES = 6, SMALL_AUTHORS = 3, SMALL_HISTORIES = 150, CELLS = 2 };

static struct rng_seeded rng;

/* Contexts as honest devices make them: they read, write and meet, and sometimes save without a token or with an old one. */
static size_t honest(struct arena *a, uint32_t group, struct write *out)
{
    struct device devices[SMALL_AUTHORS] = {{.author = 4}, {.author = 1}, {.author = 9}};
    size_t count = 2 + (size_t)rng_below(&rng, SMALL_WRITES - 1);

    for (size_t i = 0; i < count; i++) {
        struct device *d = &devices[rng_below(&rng, SMALL_AUTHORS)];
        span key = key_of(a, group, rng_below(&rng, CELLS));
        struct context ctx = shown(a, &d->state, group, key);
        if (rng_below(&rng, 4) == 0)
            ctx = (struct context){NULL, 0};
        out[i] = device_write(a, d, rng_below(&rng, 4), group, key, ctx,
                              value_of(a, group, (int64_t)rng_below(&rng, 4)));
        if (rng_below(&rng, 2) == 0)
            devices_meet(a, d, &devices[rng_below(&rng, SMALL_AUTHORS)]);
    }
    return count;
}

/* Contexts of devices that lie, as far as a changeset can: any seq of the others, of their own only the past. */
static size_t hostile(struct arena *a, uint32_t group, struct write *out)
{
    uint64_t seqs[SMALL_AUTHORS] = {0};
    size_t count = 2 + (size_t)rng_below(&rng, SMALL_WRITES - 1);

    for (size_t i = 0; i < count; i++) {
        uint32_t author = (uint32_t)rng_below(&rng, SMALL_AUTHORS);
        uint64_t seq = ++seqs[author];
        struct context_entry *entries = arena_array(a, SMALL_AUTHORS, sizeof(*entries));
        struct context ctx = {entries, 0};
        for (uint32_t other = 0; other < SMALL_AUTHORS; other++) {
            uint64_t reach = rng_below(&rng, other == author ? seq : SMALL_WRITES);
            if (reach > 0 && rng_below(&rng, 2) == 0)
                entries[ctx.count++] = (struct context_entry){other, reach};
        }
        out[i] = (struct write){author, seq, rng_below(&rng, 3),
                                {group, key_of(a, group, rng_below(&rng, CELLS)), ctx,
                                 value_of(a, group, (int64_t)rng_below(&rng, 4))}};
    }
    return count;
}

/* The next order in the order of dictionaries; false after the last. */
static bool next_order(size_t *order, size_t count)
{
    size_t i = count - 1, j = count - 1, low, high;

    while (i > 0 && order[i - 1] >= order[i])
        i--;
    if (i == 0)
        return false;
    while (order[j] <= order[i - 1])
        j--;
    size_t held = order[i - 1];
    order[i - 1] = order[j];
    order[j] = held;
    for (low = i, high = count - 1; low < high; low++, high--) {
        held = order[low];
        order[low] = order[high];
        order[high] = held;
    }
    return true;
}

static size_t check_orders(const struct write *writes, size_t count)
{
    size_t order[SMALL_WRITES] = {0, 1, 2, 3, 4, 5}, orders = 0;
    struct arena kept = {0}, work = {0};
    span first = {NULL, 0};

    do {
        struct record_state state = {0};
        arena_reset(&work);
        for (size_t i = 0; i < count; i++)
            apply(&work, &state, &writes[order[i]]);
        for (size_t i = 0; i < count; i++)
            apply(&work, &state, &writes[i]); /* everything once more */
        span now = encoded(&work, &state);
        if (first.at == NULL)
            first = arena_copy(&kept, now);
        assert_true(span_equal(first, now));
        orders++;
    } while (next_order(order, count));
    arena_free(&work);
    arena_free(&kept);
    return orders;
}

static struct record_state subset(struct arena *a, const struct write *writes, size_t count, uint64_t which)
{
    struct record_state state = {0};

    for (size_t i = 0; i < count; i++)
        if ((which >> i & 1) != 0)
            apply(a, &state, &writes[i]);
    return state;
}

static void check_laws(struct arena *a, const struct write *writes, size_t count)
{
    uint64_t all = (UINT64_C(1) << count) - 1;
    uint64_t p = rng_below(&rng, all + 1), q = rng_below(&rng, all + 1), r = rng_below(&rng, all + 1);
    struct record_state x = subset(a, writes, count, p), y = subset(a, writes, count, q);
    struct record_state z = subset(a, writes, count, r);
    struct record_state xy = merged(a, &x, &y), yx = merged(a, &y, &x), yz = merged(a, &y, &z);
    struct record_state left = merged(a, &xy, &z), right = merged(a, &x, &yz), xx = merged(a, &x, &x);
    struct record_state applied = subset(a, writes, count, p | q | r);

    assert_true(same_state(a, &xy, &yx));
    assert_true(same_state(a, &left, &right));
    assert_true(same_state(a, &xx, &x));
    assert_true(same_state(a, &left, &applied));
}

static void check_rules(size_t (*make)(struct arena *, uint32_t, struct write *))
{
    for (unsigned rule = 0; rule <= RULE_COUNT; rule++) {
        uint32_t group = rule < RULE_COUNT ? test_group((enum merge_rule)rule) : GROUP_LIFE;
        size_t orders = 0;
        for (size_t i = 0; i < SMALL_HISTORIES; i++) {
            struct write writes[SMALL_WRITES];
            struct arena a = {0};
            size_t count = make(&a, group, writes);
            orders += check_orders(writes, count);
            for (int j = 0; j < 8; j++)
                check_laws(&a, writes, count);
            arena_free(&a);
        }
        assert_true(orders > SMALL_HISTORIES);
    }
}

static void every_order_of_a_small_honest_history_gives_one_state(void **state)
{
    (void)state;
    check_rules(honest);
}

static void every_order_of_a_small_hostile_history_gives_one_state(void **state)
{
    (void)state;
    check_rules(hostile);
}

/* A long history over all rules at once. */
enum { AUTHORS = 24, WRITES = 3000, ELEMENTS = 12, REPLICAS = 4 };

static size_t long_history(struct arena *a, struct write *out, struct device *devices)
{
    struct arena work[2] = {{0}, {0}};
    size_t turn = 0;

    for (size_t i = 0; i < WRITES; i++) {
        struct device *d = &devices[rng_below(&rng, AUTHORS)];
        unsigned rule = (unsigned)rng_below(&rng, RULE_COUNT + 1);
        uint32_t group = rule < RULE_COUNT ? test_group((enum merge_rule)rule) : GROUP_LIFE;
        span key = key_of(a, group, rng_below(&rng, ELEMENTS));
        struct context ctx = shown(&work[turn], &d->state, group, key);
        if (ctx.count > 0) {
            struct context_entry *at = arena_array(a, ctx.count, sizeof(*at));
            memcpy(at, ctx.at, ctx.count * sizeof(*at));
            ctx.at = at;
        }
        out[i] = device_write(&work[turn], d, rng_below(&rng, 1000), group, key, ctx,
                              value_of(a, group, (int64_t)rng_below(&rng, 1 << 20)));
        devices_meet(&work[turn], d, &devices[rng_below(&rng, AUTHORS)]);
        if (i % 64 != 0)
            continue;
        for (size_t j = 0; j < AUTHORS; j++)
            devices[j].state = moved(&work[1 - turn], &work[turn], &devices[j].state);
        arena_reset(&work[turn]);
        turn = 1 - turn;
    }
    for (size_t j = 0; j < AUTHORS; j++)
        devices[j].state = moved(a, &work[turn], &devices[j].state);
    arena_free(&work[0]);
    arena_free(&work[1]);
    return WRITES;
}

/* Apply all writes in a random order, a tenth of them twice. */
static span delivered(struct arena *kept, const struct write *writes, size_t count)
{
    struct arena work[2] = {{0}, {0}};
    size_t *order = arena_array(kept, count, sizeof(*order)), turn = 0;
    struct record_state state = {0};

    for (size_t i = 0; i < count; i++) {
        size_t j = (size_t)rng_below(&rng, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    for (size_t i = 0; i < count; i++) {
        apply(&work[turn], &state, &writes[order[i]]);
        if (rng_below(&rng, 10) == 0)
            apply(&work[turn], &state, &writes[order[rng_below(&rng, i + 1)]]);
        if (i % 256 != 0)
            continue;
        state = moved(&work[1 - turn], &work[turn], &state);
        arena_reset(&work[turn]);
        turn = 1 - turn;
    }
    span all = arena_copy(kept, encoded(&work[turn], &state));
    arena_free(&work[0]);
    arena_free(&work[1]);
    return all;
}

static void replicas_of_a_long_history_are_equal_whatever_the_order_and_the_repeats(void **state)
{
    (void)state;
    static struct write writes[WRITES];
    struct device devices[AUTHORS];
    struct arena a = {0};
    struct record_state whole = {0};

    memset(devices, 0, sizeof(devices));
    for (uint32_t i = 0; i < AUTHORS; i++)
        devices[i].author = i * 7 % 31;
    size_t count = long_history(&a, writes, devices);
    span first = delivered(&a, writes, count);
    for (int i = 1; i < REPLICAS; i++)
        assert_true(span_equal(first, delivered(&a, writes, count)));
    for (size_t i = 0; i < AUTHORS; i++)
        whole = merged(&a, &devices[i].state, &whole); /* and so is what the devices make of each other's states */
    assert_true(span_equal(first, encoded(&a, &whole)));
    arena_free(&a);
}

static void a_state_that_learns_nothing_is_not_copied(void **state)
{
    (void)state;
    struct arena a = {0};
    struct record_state s = {0};
    uint32_t group = test_group(RULE_LOG);

    for (uint64_t seq = 1; seq < 100; seq++)
        apply(&a, &s, &(struct write){3, seq, seq, {group, {NULL, 0}, {NULL, 0}, value_of(&a, group, 1)}});
    const struct group_state *groups = s.groups;
    apply(&a, &s, &(struct write){3, 50, 50, {group, {NULL, 0}, {NULL, 0}, value_of(&a, group, 1)}});
    assert_ptr_equal(s.groups, groups);
    assert_int_equal(s.groups[0].cells[0].count, 99);
    arena_free(&a);
}

/* As ops of a part come: sorted (a rule's made-up group follows that of the rule before), a cell once. */
static size_t random_part(struct arena *a, struct op *ops, size_t most)
{
    size_t count = 0;

    for (unsigned rule = 0; rule < RULE_COUNT; rule++) {
        uint32_t group = test_group((enum merge_rule)rule);
        for (uint64_t element = 0; element < (rule == RULE_SET ? most : 1); element++)
            if (rng_below(&rng, 2) == 0)
                ops[count++] = (struct op){group, key_of(a, group, element), {NULL, 0},
                                           value_of(a, group, (int64_t)rng_below(&rng, 5))};
    }
    return count;
}

static void the_ops_of_a_part_are_merged_at_once_as_they_are_one_by_one(void **state)
{
    (void)state;
    struct arena a = {0};
    struct record_state one = {0}, all = {0};
    struct op ops[RULE_COUNT + 8];

    for (uint64_t seq = 1; seq < 200; seq++) {
        uint32_t author = (uint32_t)rng_below(&rng, 4);
        size_t count = random_part(&a, ops, 8);
        for (size_t i = 0; i < count; i++) {
            if (group_rule(ops[i].group) == RULE_REGISTER || group_rule(ops[i].group) == RULE_SET)
                ops[i].ctx = shown(&a, &all, ops[i].group, ops[i].key);
        }
        for (size_t i = 0; i < count; i++)
            apply(&a, &one, &(struct write){author, seq, seq, ops[i]});
        assert_ok(record_apply_all(&a, &all, TEST_TYPE, ops, count, author, seq, seq));
        assert_true(same_state(&a, &one, &all));
    }
    struct record_state before = all;
    assert_ok(record_apply_all(&a, &all, TEST_TYPE + 2, NULL, 0, 1, 200, 200));
    assert_int_equal(all.type, TEST_TYPE); /* a part that writes nothing says nothing */
    assert_ptr_equal(all.groups, before.groups);
    arena_free(&a);
}

/* Once around for what is there, and a fixed number of bytes for each op. */
static void the_room_for_a_part_grows_with_its_ops_and_not_with_their_square(void **state)
{
    (void)state;
    enum { HELD = 20000, OPS = 512, OP_BYTES = 256 };
    struct arena a = {0};
    struct record_state s = {0};
    uint32_t group = test_group(RULE_SET);
    struct op *ops = arena_array(&a, HELD + OPS, sizeof(*ops));

    for (uint64_t i = 0; i < HELD + OPS; i++)
        ops[i] = (struct op){group, key_of(&a, group, 70000 + i), {NULL, 0}, value_of(&a, group, 1)};
    assert_ok(record_apply_all(&a, &s, TEST_TYPE, ops, HELD, 1, 1, 1));
    size_t before = a.used_bytes;
    assert_ok(record_apply_all(&a, &s, TEST_TYPE, ops + HELD, OPS, 1, 2, 2));
    assert_int_equal(s.groups[0].count, HELD + OPS);
    assert_true(a.used_bytes - before < (HELD + OPS) * sizeof(struct cell) + OPS * OP_BYTES);
    before = a.used_bytes;
    assert_ok(record_apply_all(&a, &s, TEST_TYPE, ops + HELD, OPS, 1, 2, 2)); /* known: nothing of the record is copied */
    assert_true(a.used_bytes - before < OPS * OP_BYTES);
    arena_free(&a);
}

static void a_copy_of_a_state_is_a_snapshot(void **state)
{
    (void)state;
    struct arena a = {0};
    struct record_state s = {0};

    for (uint64_t seq = 1; seq < 60; seq++) {
        struct record_state before = s;
        span said = encoded(&a, &before);
        uint32_t group = test_group((enum merge_rule)(seq % RULE_COUNT));
        apply(&a, &s, &(struct write){1, seq, seq, {group, key_of(&a, group, seq % 5), {NULL, 0},
                                                    value_of(&a, group, (int64_t)seq)}});
        assert_true(span_equal(said, encoded(&a, &before)));
    }
    arena_free(&a);
}

static void a_context_keeps_the_greatest_seq_of_each_author(void **state)
{
    (void)state;
    struct context_entry loose[] = {{5, 1}, {2, 9}, {5, 7}, {1, 3}, {2, 4}};
    struct context c = context_from(loose, COUNT_OF(loose));

    assert_int_equal(c.count, 3);
    assert_int_equal(context_get(&c, 1), 3);
    assert_int_equal(context_get(&c, 2), 9);
    assert_int_equal(context_get(&c, 5), 7);
    assert_int_equal(context_get(&c, 4), 0);
    assert_true(context_covers(&c, 5, 7));
    assert_false(context_covers(&c, 5, 8));

    struct arena a = {0};
    struct context more, join;
    assert_ok(context_add(&a, &c, 4, 2, &more));
    assert_int_equal(more.count, 4);
    assert_ok(context_add(&a, &more, 4, 1, &join)); /* known: lent as it is */
    assert_ptr_equal(join.at, more.at);
    assert_ok(context_join(&a, &c, &more, &join));
    assert_true(context_equal(&join, &more));
    assert_false(context_equal(&join, &c));
    arena_free(&a);
}

static void a_group_is_found_among_any_number_and_no_other_for_it(void **state)
{
    (void)state;
    enum { MOST = 6 };
    struct group_state groups[MOST];

    for (uint32_t i = 0; i < MOST; i++)
        groups[i] = (struct group_state){.group = 10 * (i + 1)};
    for (size_t count = 0; count <= MOST; count++) {
        struct record_state s = {TEST_TYPE, groups, count};
        for (uint32_t group = 0; group <= 10 * MOST + 5; group += 5) {
            bool there = group % 10 == 0 && group > 0 && group <= 10 * count;
            assert_ptr_equal(record_group(&s, group), there ? &groups[group / 10 - 1] : NULL);
        }
    }
}

static void a_context_is_compared_by_its_entries_wherever_they_lie(void **state)
{
    (void)state;
    struct context_entry at[] = {{1, 3}, {2, 9}}, again[] = {{1, 3}, {2, 9}}, later[] = {{1, 4}};
    struct context both = {at, 2}, first = {at, 1}, same = {again, 2}, greater = {later, 1};

    assert_int_equal(context_compare(&both, &both), 0);
    assert_int_equal(context_compare(&both, &same), 0);
    assert_true(context_compare(&first, &both) < 0); /* one array, and yet not one context */
    assert_true(context_compare(&both, &first) > 0);
    assert_true(context_compare(&both, &greater) < 0);
    assert_true(context_compare(&greater, &both) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_of_a_small_honest_history_gives_one_state),
        cmocka_unit_test(every_order_of_a_small_hostile_history_gives_one_state),
        cmocka_unit_test(replicas_of_a_long_history_are_equal_whatever_the_order_and_the_repeats),
        cmocka_unit_test(a_group_is_found_among_any_number_and_no_other_for_it),
        cmocka_unit_test(a_context_is_compared_by_its_entries_wherever_they_lie),
        cmocka_unit_test(a_state_that_learns_nothing_is_not_copied),
        cmocka_unit_test(the_ops_of_a_part_are_merged_at_once_as_they_are_one_by_one),
        cmocka_unit_test(the_room_for_a_part_grows_with_its_ops_and_not_with_their_square),
        cmocka_unit_test(a_copy_of_a_state_is_a_snapshot),
        cmocka_unit_test(a_context_keeps_the_greatest_seq_of_each_author),
    };

    seed_start(&rng);
    return UNIT_RUN(tests);
}
