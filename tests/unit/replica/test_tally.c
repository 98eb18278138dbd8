/*
 * tests: replica: figures. After whatever happens to records each figure is what a count of the records gives (replica_verify makes
 * that count), and replicas that hold the same tell the same.
 */
#include "erasing_story.h"
#include "heap.h"

enum {
    TYPE_HOUSEHOLD = 4 << 1, HOUSEHOLD_VISITED = 7,
    TYPE_REQUEST = 8 << 1, REQUEST_STATE = 5, REQUEST_DUE = 7, REQUEST_REPORTED = 13,
    TYPE_APPOINTMENT = 21 << 1 | 1, APPOINTMENT_ROLE = 2, APPOINTMENT_PATCH = 4, APPOINTMENT_UNTIL = 6,
    RECORDS = 16, STEPS = 120, TOLD_MAX = 256
};
#define DAY_MS INT64_C(86400000)

/* ---- what is told ---- */

struct told { /* the rows of all tallies of a scope, as text */
    char at[TOLD_MAX][96];
    size_t count;
    linli_type type;
};

static bool told_add(void *ctx, const struct linli_tally *tally)
{
    struct told *told = ctx;

    assert_true(told->count < TOLD_MAX);
    snprintf(told->at[told->count++], sizeof(told->at[0]), "%u: %d %lld, %d %lld, %d %lld: %llu", told->type,
             (int)tally->values[0].kind, (long long)tally->values[0].number, (int)tally->values[1].kind,
             (long long)tally->values[1].number, (int)tally->values[2].kind, (long long)tally->values[2].number,
             (unsigned long long)tally->records);
    return true;
}

static void told_all(struct replica *r, const linli_id *scope, struct told *out)
{
    size_t types;
    const struct linli_schema_type *type = linli_schema_types(&types);

    out->count = 0;
    for (size_t i = 0; i < types; i++)
        for (size_t k = 0; k < type[i].tally_count; k++) {
            out->type = type[i].number;
            assert_ok(replica_tally_each(r, scope, type[i].number, type[i].tallies[k].fields, type[i].tallies[k].count, told_add, out));
        }
}

static void assert_tell_alike(struct replica *a, struct replica *b, const linli_id *scope)
{
    static struct told x, y;

    told_all(a, scope, &x);
    told_all(b, scope, &y);
    assert_int_equal(x.count, y.count);
    for (size_t i = 0; i < x.count; i++)
        assert_string_equal(x.at[i], y.at[i]);
}

struct sum {
    int64_t value; /* only rows with this value; INT64_MIN: all */
    uint64_t records;
};

static bool sum_add(void *ctx, const struct linli_tally *tally)
{
    struct sum *sum = ctx;

    bool counts = sum->value == INT64_MIN;
    for (size_t i = 0; i < LINLI_TALLY_FIELDS; i++)
        counts = counts || (tally->values[i].kind == LINLI_KIND_INT && tally->values[i].number == sum->value);
    sum->records += counts ? tally->records : 0;
    return true;
}

static uint64_t sum_of(struct replica *r, const linli_id *scope, linli_type type, size_t number, int64_t value)
{
    const struct linli_schema_tally *tally = &linli_schema_type_by_number(type)->tallies[number];
    struct sum sum = {.value = value};

    assert_ok(replica_tally_each(r, scope, type, tally->fields, tally->count, sum_add, &sum));
    return sum.records;
}

/* ---- writing ---- */

static void commit_shown(struct replica *r, struct edit *e, bool blind)
{
    struct edit *edits[] = {e};

    for (size_t i = 0; i < e->count && !blind; i++)
        edit_shown(r, e, i);
    int rv = replica_commit(r, edits, 1, NULL);
    if (rv != LINLI_E_REFUSED) /* what is erased is not written again */
        assert_ok(rv);
    edit_free(e);
}

static void household_new(struct replica *r, const linli_id *scope, const linli_id *record)
{
    struct edit e = {.count = 0};

    assert_ok(edit_life(&e, scope, record, TYPE_HOUSEHOLD));
    commit_shown(r, &e, true);
}

static void household_visited(struct replica *r, const linli_id *scope, const linli_id *record, int64_t ms)
{
    struct edit e = {.count = 0};
    struct buf item = {0};

    write_uint(&item, (uint64_t)ms);
    assert_ok(edit_add(&e, scope, record, TYPE_HOUSEHOLD, group_number(HOUSEHOLD_VISITED, RULE_MAX, CLASS_PERSONAL), (span){NULL, 0},
                       buf_span(&item)));
    buf_free(&item);
    commit_shown(r, &e, true);
}

static void request_state(struct replica *r, const linli_id *scope, const linli_id *record, uint64_t episode, uint64_t rung, bool blind)
{
    struct edit e = {.count = 0};
    struct buf value = {0};

    write_map(&value, 2);
    write_uint(&value, LADDER_EPISODE);
    write_uint(&value, episode);
    write_uint(&value, REQUEST_STATE);
    write_uint(&value, rung);
    assert_ok(edit_add(&e, scope, record, TYPE_REQUEST, group_number(REQUEST_STATE, RULE_LADDER, CLASS_PERSONAL), (span){NULL, 0},
                       buf_span(&value)));
    buf_free(&value);
    commit_shown(r, &e, blind);
}

static void request_new(struct replica *r, const linli_id *scope, const linli_id *record, uint64_t reported_ms)
{
    struct edit e = {.count = 0};

    assert_ok(edit_life(&e, scope, record, TYPE_REQUEST));
    assert_ok(edit_uint(&e, scope, record, TYPE_REQUEST, REQUEST_REPORTED, reported_ms));
    commit_shown(r, &e, true);
}

static void text_set(struct replica *r, const linli_id *scope, const linli_id *record, linli_type type, linli_field field, const char *text,
                     bool blind)
{
    struct edit e = {.count = 0};

    assert_ok(edit_text(&e, scope, record, type, field, text));
    commit_shown(r, &e, blind);
}

static void remove_or_bring_back(struct replica *r, const linli_id *scope, const linli_id *record, linli_type type, bool back)
{
    struct edit e = {.count = 0};
    struct arena a = {0};
    struct record_state state;

    assert_ok(back ? edit_life(&e, scope, record, type) : edit_deleted(&e, scope, record, type));
    if (replica_load(r, &a, record, NULL, &state) == LINLI_OK)
        assert_ok(reading_shown_all(&e.arena, &state, &e.ops[0].op.ctx));
    arena_free(&a);
    commit_shown(r, &e, true);
}

/* ---- stories ---- */

static void a_record_is_counted_by_what_it_says_now(void **state)
{
    struct story s;
    (void)state;

    story_start(&s);
    linli_id home = id_new(&s.town), asked = id_new(&s.town);
    household_new(s.captain, &s.patch, &home);
    assert_int_equal(sum_of(s.captain, &s.patch, TYPE_HOUSEHOLD, 0, INT64_MIN), 1);
    household_visited(s.captain, &s.patch, &home, 10 * DAY_MS + 15 * 3600000); /* 23 hours by China's clock */
    assert_int_equal(sum_of(s.captain, &s.patch, TYPE_HOUSEHOLD, 1, 10), 1);
    household_visited(s.captain, &s.patch, &home, 10 * DAY_MS + 16 * 3600000); /* midnight there */
    assert_int_equal(sum_of(s.captain, &s.patch, TYPE_HOUSEHOLD, 1, 10), 0);
    assert_int_equal(sum_of(s.captain, &s.patch, TYPE_HOUSEHOLD, 1, 11), 1);
    request_new(s.captain, &s.patch, &asked, 20 * DAY_MS);
    text_set(s.captain, &s.patch, &asked, TYPE_REQUEST, REQUEST_DUE, "1970-01-21", false);
    request_state(s.captain, &s.patch, &asked, 1, 2, false);
    static struct told told;
    told_all(s.captain, &s.patch, &told);
    assert_int_equal(told.count, 4); /* the household in two tallies, the request in two */
    assert_string_equal(told.at[told.count - 1], "16: 2 2, 2 20, 0 0: 1");
    assert_int_equal(sum_of(s.captain, &s.patch, TYPE_REQUEST, 0, 2), 1);
    request_state(s.captain, &s.patch, &asked, 1, 4, false);
    assert_int_equal(sum_of(s.captain, &s.patch, TYPE_REQUEST, 0, 2), 0);
    assert_int_equal(sum_of(s.captain, &s.patch, TYPE_REQUEST, 0, 4), 1);
    meet(s.office, s.captain);
    assert_int_equal(sum_of(s.office, &s.root, TYPE_REQUEST, 0, 4), 1); /* in the scope above, too */
    remove_or_bring_back(s.office, &s.patch, &asked, TYPE_REQUEST, false);
    assert_int_equal(sum_of(s.office, &s.root, TYPE_REQUEST, 0, INT64_MIN), 0);
    assert_verifies(s.office);
    town_end(&s.town);
}

static void what_no_tally_names_is_refused(void **state)
{
    static const linli_field fields[] = {REQUEST_STATE};
    struct story s;
    struct sum sum = {.value = INT64_MIN};
    (void)state;

    story_start(&s);
    assert_code(replica_tally_each(s.office, &s.root, TYPE_REQUEST, fields, 1, sum_add, &sum), LINLI_E_SCHEMA);
    assert_code(replica_tally_each(s.office, &s.root, 9999, NULL, 0, sum_add, &sum), LINLI_E_SCHEMA);
    assert_code(replica_tally_each(s.office, &s.record, TYPE_HOUSEHOLD, NULL, 0, sum_add, &sum), LINLI_E_NOT_FOUND);
    town_end(&s.town);
}

/* ---- at random ---- */

struct random_world {
    struct story s;
    struct replica *all[4];
    linli_id records[RECORDS];
    linli_type types[RECORDS];
    size_t count;
};

static uint64_t draw(struct random_world *w, uint64_t below)
{
    return rng_next(&w->s.town.seed) % below;
}

static void random_new(struct random_world *w, struct replica *r)
{
    if (w->count == RECORDS)
        return;
    linli_id id = id_new(&w->s.town);
    w->types[w->count] = draw(w, 2) == 0 ? TYPE_HOUSEHOLD : TYPE_REQUEST;
    w->records[w->count] = id;
    if (w->types[w->count++] == TYPE_HOUSEHOLD)
        household_new(r, &w->s.patch, &id);
    else
        request_new(r, &w->s.patch, &id, draw(w, 40) * (uint64_t)DAY_MS / 2);
}

static void random_edit(struct random_world *w, struct replica *r)
{
    char day[16];
    size_t i = draw(w, w->count);
    bool blind = draw(w, 3) == 0;

    snprintf(day, sizeof(day), "2026-01-%02u", (unsigned)(1 + draw(w, 9)));
    if (w->types[i] == TYPE_HOUSEHOLD)
        household_visited(r, &w->s.patch, &w->records[i], (int64_t)draw(w, 60) * DAY_MS / 3);
    else if (draw(w, 2) == 0)
        request_state(r, &w->s.patch, &w->records[i], 1 + draw(w, 2), 1 + draw(w, 5), blind);
    else
        text_set(r, &w->s.patch, &w->records[i], TYPE_REQUEST, REQUEST_DUE, draw(w, 5) == 0 ? "no date" : day, blind);
}

static void random_step(struct random_world *w)
{
    struct replica *r = w->all[draw(w, 4)], *other = w->all[draw(w, 4)];
    size_t i = w->count == 0 ? 0 : draw(w, w->count);

    w->s.town.now_ms += draw(w, 100000);
    switch (draw(w, 12)) {
    case 0:
    case 1: random_new(w, r); break;
    case 2:
        if (w->count > 0)
            remove_or_bring_back(r, &w->s.patch, &w->records[i], w->types[i], draw(w, 2) == 0);
        break;
    case 3:
        if (w->count > 0 && draw(w, 4) == 0 && r != w->s.captain && r != w->s.other)
            (void)replica_erase(r, &(struct linli_erase){.records = &w->records[i], .count = 1, .reason = LINLI_ERASE_REQUEST},
                                &(struct linli_erased){0});
        break;
    case 4:
    case 5:
        if (r != other)
            meet(r, other);
        break;
    default:
        if (w->count > 0)
            random_edit(w, r);
        break;
    }
}

static void figures_are_what_a_count_gives_whatever_happens(void **state)
{
    static struct random_world w;
    (void)state;

    for (unsigned round = 0; round < 2; round++) {
        memset(&w, 0, sizeof(w));
        story_start(&w.s);
        for (unsigned i = 0; i < round; i++) /* another world each time */
            (void)rng_next(&w.s.town.seed);
        struct replica *const all[] = {w.s.office, w.s.clerk, w.s.captain, w.s.other};
        memcpy(w.all, all, sizeof(all));
        for (unsigned i = 1; i <= STEPS; i++) {
            random_step(&w);
            if (i % 30 == 0)
                assert_verifies(w.all[draw(&w, 4)]);
        }
        struct linli_revoke order = revoke_strictly(&w.s.keys, w.s.town.now_ms - 2000000);
        struct linli_revoked done;
        if (round % 2 == 1) /* and some of what the captain wrote is taken back */
            assert_ok(replica_revoke(w.s.office, &order, &done));
        all_meet(&w.s);
        all_meet(&w.s);
        for (size_t i = 0; i < 4; i++)
            assert_verifies(w.all[i]);
        assert_same(w.s.office, w.s.clerk, &w.s.patch);
        assert_tell_alike(w.s.office, w.s.clerk, &w.s.patch);
        assert_same(w.s.office, w.s.other, &w.s.patch);
        assert_tell_alike(w.s.office, w.s.other, &w.s.patch);
        town_end(&w.s.town);
    }
}

/* As a store is that an older program made, or wrote to meanwhile: its mark is another. */
static void figures_that_another_program_left_are_made_again(void **state)
{
    static const uint8_t other_mark[HASH_BYTES] = {1};
    struct story s;
    struct store_txn *txn = NULL;
    struct tally_key key;
    (void)state;

    story_start(&s);
    linli_id home = id_new(&s.town);
    household_new(s.office, &s.patch, &home);
    assert_ok(store_begin(s.office->store, true, &txn));
    assert_ok(tally_clear(txn));
    tally_begin(&key, TYPE_REQUEST, 3, 1); /* of a tally that there is no more */
    assert_ok(tally_add(txn, tally_span(&key), 1, 1));
    assert_ok(meta_put(txn, "index", span_of(other_mark, sizeof(other_mark))));
    assert_ok(store_commit(txn));
    assert_int_equal(sum_of(s.office, &s.root, TYPE_HOUSEHOLD, 0, INT64_MIN), 0);
    s.office = house_reopen(&s.town, 0);
    assert_int_equal(sum_of(s.office, &s.root, TYPE_HOUSEHOLD, 0, INT64_MIN), 1);
    assert_verifies(s.office);
    town_end(&s.town);
}

/* ---- coverage ---- */

struct covered {
    struct linli_coverage of[4];
    char names[4][32];
    uint64_t households[4];
    unsigned styles[4];
    size_t count;
};

static bool covered_add(void *ctx, const struct linli_coverage *coverage)
{
    struct covered *c = ctx;

    assert_true(c->count < COUNT_OF(c->of));
    c->of[c->count] = *coverage;
    c->of[c->count].scope = NULL; /* lent for the call */
    c->households[c->count] = coverage->scope->households;
    c->styles[c->count] = coverage->scope->style;
    snprintf(c->names[c->count++], sizeof(c->names[0]), "%s", coverage->scope->name);
    return true;
}

static struct covered coverage(struct replica *r, const linli_id *scope, int64_t day)
{
    struct covered c = {.count = 0};

    assert_ok(replica_coverage_each(r, scope, day, covered_add, &c));
    return c;
}

static linli_id patch_styled(struct replica *r, const linli_id *parent, const char *name, unsigned style)
{
    struct linli_scope_spec spec = {.name = name, .kind = LINLI_PATCH, .style = style};
    linli_id id;

    assert_ok(replica_scope_add(r, parent, &spec, 1, &id));
    return id;
}

/* In `where`, of `patch`. */
static void appoint(struct story *s, const linli_id *where, const linli_id *patch, uint64_t role, const char *until)
{
    struct edit e = {.count = 0};
    linli_id id = id_new(&s->town);

    record_id_make_fit(&id, TYPE_APPOINTMENT);
    assert_ok(edit_life(&e, where, &id, TYPE_APPOINTMENT));
    assert_ok(edit_uint(&e, where, &id, TYPE_APPOINTMENT, APPOINTMENT_ROLE, role));
    assert_ok(edit_bin(&e, where, &id, TYPE_APPOINTMENT, APPOINTMENT_PATCH, span_of(patch->b, ID_BYTES)));
    if (until != NULL)
        assert_ok(edit_text(&e, where, &id, TYPE_APPOINTMENT, APPOINTMENT_UNTIL, until));
    commit_shown(s->office, &e, true);
}

static void coverage_is_told_at_every_level_and_by_the_day(void **state)
{
    struct story s;
    (void)state;

    story_start(&s);
    linli_id fringe = patch_styled(s.office, &s.root, "patch 2", 3), village = patch_styled(s.office, &s.root, "patch 3", 4);
    for (unsigned i = 0; i < 21; i++) {
        linli_id home = id_new(&s.town);
        household_new(s.office, &fringe, &home);
        home = id_new(&s.town);
        household_new(s.office, &village, &home);
    }
    appoint(&s, &fringe, &fringe, 2, NULL);
    appoint(&s, &s.root, &village, 2, "1970-02-10"); /* by the office, in its own scope; day 40 */
    appoint(&s, &fringe, &village, 1, NULL);         /* whoever manages one patch says nothing of another */
    struct covered c = coverage(s.office, &s.root, 40);
    assert_int_equal(c.count, 4);
    assert_string_equal(c.names[1], "patch 1");
    assert_int_equal(c.of[0].patches, 3);
    assert_int_equal(c.households[0], 42);
    assert_int_equal(c.of[0].household_captains, 2);
    assert_int_equal(c.of[0].building_captains, 0);
    assert_int_equal(c.of[0].without, 1);
    assert_int_equal(c.of[0].overloaded, 1); /* 21 to one on the fringe; in a village they are not too many */
    assert_int_equal(c.of[0].covered, 42);
    assert_int_equal(c.of[2].overloaded, 1);
    assert_int_equal(c.of[3].overloaded, 0);
    c = coverage(s.office, &s.root, 41); /* the captain of the village has left */
    assert_int_equal(c.of[0].without, 2);
    assert_int_equal(c.of[0].covered, 21);
    appoint(&s, &fringe, &fringe, 1, NULL);
    c = coverage(s.office, &fringe, 41);
    assert_int_equal(c.count, 1);
    assert_int_equal(c.of[0].overloaded, 0);
    assert_int_equal(c.of[0].building_captains, 1);
    assert_int_equal(c.styles[0], 3);
    assert_code(replica_coverage_each(s.office, &s.record, 0, covered_add, &c), LINLI_E_NOT_FOUND);
    assert_int_equal(linli_ratio_of(3).most, 20);
    assert_int_equal(linli_ratio_of(77).most, 200);
    assert_verifies(s.office);
    town_end(&s.town);
}

static bool pass_over(void *ctx, const struct linli_coverage *coverage)
{
    (void)ctx;
    (void)coverage;
    return true;
}

static int coverage_again(void *ctx)
{
    return replica_coverage_each(ctx, NULL, 40, pass_over, NULL);
}

static void whatever_allocation_fails_coverage_is_told_whole_or_not_at_all(void **state)
{
    struct story s;
    (void)state;

    story_start(&s);
    appoint(&s, &s.root, &s.patch, 1, NULL);
    assert_true(heap_each_failure(coverage_again, s.office) > 0);
    town_end(&s.town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_counted_by_what_it_says_now),
        cmocka_unit_test(what_no_tally_names_is_refused),
        cmocka_unit_test(figures_are_what_a_count_gives_whatever_happens),
        cmocka_unit_test(figures_that_another_program_left_are_made_again),
        cmocka_unit_test(coverage_is_told_at_every_level_and_by_the_day),
        cmocka_unit_test(whatever_allocation_fails_coverage_is_told_whole_or_not_at_all),
    };

    return UNIT_RUN(tests);
}
