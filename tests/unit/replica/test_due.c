/* tests: replica: what is past its term: by its last change, or by a date that it holds. */
#include "erasing_story.h"

enum { RESIDENT_LEFT = 14, TERM_DAYS = 365 };
#define DAY_MS UINT64_C(86400000)

static bool due_count(void *ctx, const struct linli_due *due)
{
    assert_int_equal(due->type, TYPE_RESIDENT);
    ++*(size_t *)ctx;
    return true;
}

static size_t due(struct replica *r)
{
    size_t count = 0;

    assert_ok(replica_due_each(r, NULL, due_count, &count));
    return count;
}

/* At noon of the day so many days behind 1970-01-01. */
static void at_day(struct story *s, uint64_t day)
{
    s->town.now_ms = day * DAY_MS + DAY_MS / 2;
}

static void a_term_runs_from_the_day_that_they_left(void **state)
{
    enum { LEFT_DAY = 21976 }; /* 2030-03-03 */
    struct story s;

    (void)state;
    story_start(&s);
    resident_new(s.captain, &s.patch, &s.record, FIRST);
    all_meet(&s);
    at_day(&s, LEFT_DAY + 10 * TERM_DAYS);
    assert_int_equal(due(s.office), 0); /* who has not left lives there */
    at_day(&s, LEFT_DAY);
    assert_ok(resident_set(s.captain, &s.patch, &s.record, RESIDENT_LEFT, "2030-03-03"));
    all_meet(&s);
    at_day(&s, LEFT_DAY + TERM_DAYS - 1);
    assert_int_equal(due(s.office), 0);
    at_day(&s, LEFT_DAY + TERM_DAYS);
    assert_int_equal(due(s.office), 1);
    assert_int_equal(due(s.captain), 1);
    (void)erase(s.office, &s.record);
    assert_int_equal(due(s.office), 0); /* nothing is left of it */
    town_end(&s.town);
}

static void of_dates_that_stand_beside_each_other_the_latest_counts(void **state)
{
    enum { LATER_DAY = 22037 }; /* 2030-05-03 */
    struct story s;

    (void)state;
    story_start(&s);
    resident_new(s.captain, &s.patch, &s.record, FIRST);
    all_meet(&s);
    at_day(&s, LATER_DAY);
    assert_ok(resident_set(s.captain, &s.patch, &s.record, RESIDENT_LEFT, "2030-03-03"));
    assert_ok(resident_set(s.other, &s.patch, &s.record, RESIDENT_LEFT, "2030-05-03"));
    all_meet(&s);
    at_day(&s, LATER_DAY + TERM_DAYS - 1);
    assert_int_equal(due(s.office), 0);
    at_day(&s, LATER_DAY + TERM_DAYS);
    assert_int_equal(due(s.office), 1);
    town_end(&s.town);
}

/* Nor does who has a captain's telephone make a record due at once. */
static void a_date_of_long_ago_leaves_days_to_put_it_right(void **state)
{
    enum { WRITTEN_DAY = 22037, GRACE_DAYS = 30 };
    struct story s;

    (void)state;
    story_start(&s);
    resident_new(s.captain, &s.patch, &s.record, FIRST);
    all_meet(&s);
    at_day(&s, WRITTEN_DAY);
    assert_ok(resident_set(s.captain, &s.patch, &s.record, RESIDENT_LEFT, "2001-01-01"));
    all_meet(&s);
    assert_int_equal(due(s.office), 0);
    at_day(&s, WRITTEN_DAY + GRACE_DAYS - 1);
    assert_int_equal(due(s.office), 0);
    at_day(&s, WRITTEN_DAY + GRACE_DAYS + 1);
    assert_int_equal(due(s.office), 1);
    town_end(&s.town);
}

/* What others wrote need not be a date: it starts no term, and is no crash. */
static void what_is_no_date_starts_no_term(void **state)
{
    static const char *const none[] = {"1969-12-31", "soon", "20300303", "2030-3-3", "2030-03-0x"};
    struct story s;

    (void)state;
    story_start(&s);
    resident_new(s.captain, &s.patch, &s.record, FIRST);
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        linli_id record = id_new(&s.town);
        resident_new(s.captain, &s.patch, &record, BYSTANDER);
        assert_ok(resident_set(s.captain, &s.patch, &record, RESIDENT_LEFT, none[i]));
    }
    s.town.now_ms += UINT64_C(100) * 365 * DAY_MS;
    assert_int_equal(due(s.captain), 0);
    town_end(&s.town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_term_runs_from_the_day_that_they_left),
        cmocka_unit_test(of_dates_that_stand_beside_each_other_the_latest_counts),
        cmocka_unit_test(a_date_of_long_ago_leaves_days_to_put_it_right),
        cmocka_unit_test(what_is_no_date_starts_no_term),
    };

    return UNIT_RUN(tests);
}
