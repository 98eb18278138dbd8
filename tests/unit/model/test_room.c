/* model: working memory that ends anywhere: it is said, and what was there before is untouched. */
#include "unit.h"

#include "base/check.h"
#include "codec/writer.h"
#include "history.h"

#include <string.h>

static const linli_id epoch = {{1}}, record = {{2}};
static const span no_key = {NULL, 0};

/* Two devices' states of one record with every rule, their ops, a token and the stored form; all in `keep`. */
struct town {
    struct arena keep;
    struct record_state x, y;
    struct op ops[RULE_COUNT];
    struct buf part, stored, token;
};

static uint32_t index_of(void *ctx, uint32_t author)
{
    (void)ctx;
    return author;
}

static void town_write(struct town *t, struct record_state *s, uint32_t author)
{
    for (uint64_t seq = 1; seq <= 3; seq++)
        for (unsigned rule = 0; rule < RULE_COUNT; rule++) {
            uint32_t group = test_group((enum merge_rule)rule);
            span key = key_of(&t->keep, group, seq % 2 + author);
            struct context ctx = {NULL, 0};
            if (group_keyed(group) || rule == RULE_REGISTER)
                ctx = shown(&t->keep, s, group, key);
            span value = value_of(&t->keep, group, (int64_t)seq + 3);
            apply(&t->keep, s, &(struct write){author, seq * 10 + rule, seq, {group, key, ctx, value}});
        }
}

static int start(void **state)
{
    static struct town t;
    static struct context_entry seen[] = {{1, 2}, {2, 3}};

    t = (struct town){.keep = {0}};
    town_write(&t, &t.x, 1);
    town_write(&t, &t.y, 2);
    town_write(&t, &t.y, 3);
    for (unsigned rule = 0; rule < RULE_COUNT; rule++) {
        uint32_t group = test_group((enum merge_rule)rule);
        bool may = rule == RULE_REGISTER || rule == RULE_SET || rule == RULE_LADDER;
        t.ops[rule] = (struct op){group, key_of(&t.keep, group, 9), {seen, may ? COUNT_OF(seen) : 0},
                                  value_of(&t.keep, group, 3)};
    }
    *state = &t;
    int rv = ops_encode(&t.part, &t.keep, t.ops, RULE_COUNT, index_of, NULL);
    if (rv == LINLI_OK)
        rv = record_encode(&t.y, &t.stored);
    return rv == LINLI_OK ? token_encode(&t.y, &epoch, &record, &t.keep, &t.token) : rv;
}

static int stop(void **state)
{
    struct town *t = *state;

    buf_free(&t->part);
    buf_free(&t->stored);
    buf_free(&t->token);
    arena_free(&t->keep);
    return 0;
}

/* --- what asks for memory, one call each --- */

static int decode_ops(struct arena *a, const struct town *t)
{
    static const uint32_t authors[] = {0, 1, 2};
    static const uint64_t cited[] = {9, 9, 9};
    struct op *ops;
    size_t count;

    return ops_decode(a, buf_span(&t->part), authors, cited, COUNT_OF(authors), CLASS_PERSONAL, &ops, &count);
}

static int encode_ops(struct arena *a, const struct town *t)
{
    struct buf out = {0};
    int rv = ops_encode(&out, a, t->ops, RULE_COUNT, index_of, NULL);

    assert_int_equal(out.size == 0, rv != LINLI_OK);
    buf_free(&out);
    return rv;
}

static int apply_ops(struct arena *a, const struct town *t)
{
    struct record_state s = t->x;
    int rv = record_apply_all(a, &s, TEST_TYPE, t->ops, RULE_COUNT, 5, 77, 7);

    if (rv != LINLI_OK)
        assert_memory_equal(&s, &t->x, sizeof(s));
    return rv;
}

static int merge_states(struct arena *a, const struct town *t)
{
    struct record_state s = t->x;
    int rv = record_merge(a, &s, &t->y, &s);

    if (rv != LINLI_OK)
        assert_memory_equal(&s, &t->x, sizeof(s));
    return rv;
}

/* Each side has a value that the other has not, and each has replaced what the other has not seen. */
static int merge_cells(struct arena *a, const struct town *t)
{
    static struct context_entry one[] = {{1, 5}}, other[] = {{2, 6}};
    static struct cell_value mine = {.author = 3, .seq = 1}, theirs = {.author = 4, .seq = 1};
    const struct cell x = {.ctx = {one, 1}, .values = &mine, .count = 1};
    const struct cell y = {.ctx = {other, 1}, .values = &theirs, .count = 1};
    struct cell out;

    (void)t;
    return cell_merge(a, RULE_REGISTER, &x, &y, &out);
}

static int add_to_context(struct arena *a, const struct town *t)
{
    struct context out;

    return context_add(a, &t->ops[RULE_REGISTER].ctx, 8, 1, &out);
}

static int read_groups(struct arena *a, const struct town *t)
{
    struct group_reading reading;
    int rv = LINLI_OK;

    for (size_t i = 0; i < t->y.count && rv == LINLI_OK; i++)
        rv = reading_group(a, &t->y.groups[i], &test_names, &reading);
    return rv;
}

static int read_all_shown(struct arena *a, const struct town *t)
{
    struct context out;

    return reading_shown_all(a, &t->y, &out);
}

static int decode_state(struct arena *a, const struct town *t)
{
    struct record_state s = {.type = 4};
    int rv = record_decode(a, buf_span(&t->stored), &s);

    if (rv != LINLI_OK)
        assert_true(s.type == 4 && s.count == 0);
    return rv;
}

static int encode_token(struct arena *a, const struct town *t)
{
    struct buf out = {0};
    int rv = token_encode(&t->y, &epoch, &record, a, &out);

    buf_free(&out);
    return rv;
}

static int take_token(struct arena *a, const struct town *t)
{
    struct context out = {NULL, 7};
    int rv = token_context(a, buf_span(&t->token), &epoch, &record, test_group(RULE_REGISTER), no_key, &out);

    if (rv != LINLI_OK)
        assert_int_equal(out.count, 7);
    return rv;
}

static int take_all_of_a_token(struct arena *a, const struct town *t)
{
    struct context out = {NULL, 7};
    int rv = token_all(a, buf_span(&t->token), &epoch, &record, &out);

    if (rv != LINLI_OK)
        assert_int_equal(out.count, 7);
    return rv;
}

static void whatever_finds_no_room_says_so(void **state)
{
    static const struct {
        const char *what;
        int (*work)(struct arena *a, const struct town *t);
    } works[] = {
        {"ops_decode", decode_ops},       {"ops_encode", encode_ops},
        {"record_apply_all", apply_ops},  {"record_merge", merge_states},
        {"cell_merge", merge_cells},      {"context_add", add_to_context},
        {"reading_group", read_groups},   {"reading_shown_all", read_all_shown},
        {"record_decode", decode_state},  {"token_encode", encode_token},
        {"token_context", take_token},    {"token_all", take_all_of_a_token},
    };
    enum { STEP = 16, ENOUGH = 1 << 16 }; /* an arena gives out in steps of 16 */

    for (size_t i = 0; i < COUNT_OF(works); i++) {
        int rv = LINLI_E_NOMEM;
        for (size_t room = 1; rv != LINLI_OK && room < ENOUGH; room += STEP) {
            struct arena a = {.cap_bytes = room};
            rv = works[i].work(&a, *state);
            arena_free(&a);
            if (room == 1 ? rv != LINLI_E_NOMEM : rv != LINLI_E_NOMEM && rv != LINLI_OK)
                fail_msg("%s with %zu bytes: %s", works[i].what, room, linli_code_name(rv));
        }
        if (rv != LINLI_OK)
            fail_msg("%s never found enough", works[i].what);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(whatever_finds_no_room_says_so, start, stop),
    };

    return UNIT_RUN(tests);
}
