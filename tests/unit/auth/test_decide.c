/* tests: who may write and read, against a second, plain telling of the rules. */
#include "unit.h"

#include "base/hlc.h"
#include "people.h"

enum { CASES = 100000 };

/* --- the rules once more, on scopes as text: a grant's scope is a prefix of what it speaks of --- */

struct plain {
    char path[4], subject;
    bool read[4], write[4], manage; /* by class; there is no fourth, and nobody has rights in it */
    uint64_t end_ms;
};

static bool begins_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static enum verdict plain_write(const struct plain *g, char author, const char *path, unsigned cls, bool manage, uint64_t ms)
{
    if (author != g->subject)
        return VERDICT_SUBJECT;
    if (!begins_with(path, g->path))
        return VERDICT_SCOPE;
    if (!(ms < g->end_ms))
        return VERDICT_TERM;
    if (!g->write[cls] || (manage && !g->manage))
        return VERDICT_RIGHT;
    return VERDICT_ACCEPTED;
}

static bool plain_reads(const struct plain *grants, size_t count, const char *path, unsigned cls, uint64_t now_ms)
{
    for (size_t i = 0; i < count; i++) {
        bool stands = now_ms < grants[i].end_ms;
        bool in_reach = begins_with(path, grants[i].path);
        bool strictly_above = begins_with(grants[i].path, path) && !in_reach;
        if (stands && ((in_reach && grants[i].read[cls]) || (strictly_above && cls == 0)))
            return true;
    }
    return false;
}

/* --- the same case for both --- */

static void random_path(struct rng_seeded *rng, char out[4])
{
    size_t depth = (size_t)rng_below(rng, 4);

    for (size_t i = 0; i < depth; i++)
        out[i] = (char)('a' + rng_below(rng, 2));
    out[depth] = '\0';
}

static void random_grant(struct rng_seeded *rng, struct plain *plain, struct grant *g, uint64_t *end_ms)
{
    *plain = (struct plain){.subject = (char)('k' + rng_below(rng, 2))};
    *g = (struct grant){0};
    random_path(rng, plain->path);
    g->path = path_of(plain->path);
    memset(g->subject, plain->subject, KEY_BYTES);
    for (unsigned cls = 0; cls < 3; cls++) {
        plain->read[cls] = rng_below(rng, 2) != 0;
        plain->write[cls] = rng_below(rng, 2) != 0;
        g->rights |= plain->read[cls] ? 1U << cls : 0;
        g->rights |= plain->write[cls] ? 8U << cls : 0;
    }
    plain->manage = rng_below(rng, 2) != 0;
    g->rights |= plain->manage ? RIGHT_MANAGE : 0;
    plain->end_ms = *end_ms = rng_below(rng, 5) == 0 ? UINT64_MAX : 1000 + rng_below(rng, 4);
}

static void writing_agrees_with_the_plain_rules(void **state)
{
    (void)state;
    struct rng_seeded rng;
    size_t seen[VERDICT_FORK + 1] = {0};

    seed_start(&rng);
    for (unsigned i = 0; i < CASES; i++) {
        struct plain plain;
        struct grant g;
        uint64_t end_ms, ms = 1000 + rng_below(&rng, 4);
        char author = (char)('k' + (rng_below(&rng, 6) == 0)), path[4];
        unsigned cls = (unsigned)rng_below(&rng, 4);
        bool manage = rng_below(&rng, 3) == 0;
        random_grant(&rng, &plain, &g, &end_ms);
        random_path(&rng, path);
        linli_author a = {.incarnation = rng_next(&rng)};
        memset(a.key, author, KEY_BYTES);
        struct scope_path where = path_of(path);
        enum verdict got =
            decide_write(&g, end_ms, &a, &where, cls, manage, hlc_make(ms, (uint16_t)rng_below(&rng, 65536)));
        assert_int_equal(got, plain_write(&plain, author, path, cls, manage, ms));
        seen[got]++;
    }
    for (unsigned v = VERDICT_ACCEPTED; v <= VERDICT_RIGHT; v++)
        assert_true(seen[v] > CASES / 100);
}

static void reading_agrees_with_the_plain_rules(void **state)
{
    (void)state;
    struct rng_seeded rng;

    seed_start(&rng);
    for (unsigned i = 0; i < CASES; i++) {
        struct plain plain[3];
        struct grant grants[3];
        uint64_t ends[3], now_ms = 1000 + rng_below(&rng, 4);
        size_t count = (size_t)rng_below(&rng, 4);
        char path[4];
        for (size_t k = 0; k < count; k++)
            random_grant(&rng, &plain[k], &grants[k], &ends[k]);
        random_path(&rng, path);
        struct scope_path where = path_of(path);
        unsigned got = decide_read(grants, ends, count, &where, now_ms);
        for (unsigned cls = 0; cls < 4; cls++)
            assert_int_equal(got >> cls & 1, plain_reads(plain, count, path, cls, now_ms));
    }
}

static void a_write_is_judged_by_its_stamp_and_not_by_a_clock(void **state)
{
    (void)state;
    struct grant g = {.rights = RIGHT_ALL, .path = path_of("a")};
    linli_author author = {{0}, 1};
    struct scope_path path = path_of("a");

    assert_int_equal(decide_write(&g, 5000, &author, &path, 0, false, hlc_make(4999, 65535)), VERDICT_ACCEPTED);
    assert_int_equal(decide_write(&g, 5000, &author, &path, 0, false, hlc_make(5000, 0)), VERDICT_TERM);
    assert_int_equal(decide_write(&g, UINT64_MAX, &author, &path, 0, false, UINT64_MAX), VERDICT_ACCEPTED);
    g.rights = RIGHT_MANAGE;
    assert_int_equal(decide_write(&g, 5000, &author, &path, 0, true, 0), VERDICT_RIGHT);
}

static void what_may_still_be_accepted_is_not_set_aside(void **state)
{
    (void)state;
    for (unsigned v = VERDICT_ACCEPTED; v <= VERDICT_PARTLY; v++)
        assert_int_equal(verdict_aside(v), v != VERDICT_ACCEPTED && v != VERDICT_PARTLY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writing_agrees_with_the_plain_rules),
        cmocka_unit_test(reading_agrees_with_the_plain_rules),
        cmocka_unit_test(a_write_is_judged_by_its_stamp_and_not_by_a_clock),
        cmocka_unit_test(what_may_still_be_accepted_is_not_set_aside),
    };
    return UNIT_RUN(tests);
}
