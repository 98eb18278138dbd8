/* tests: the day of a moment by China's clock, also of moments that no calendar has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "figures.h"
#include "today.h"

#define HOUR_MS INT64_C(3600000)

static void a_day_begins_eight_hours_before_utc(void **state)
{
    (void)state;
    assert_int_equal(figures_day(0), 0);
    assert_int_equal(figures_day(16 * HOUR_MS - 1), 0);
    assert_int_equal(figures_day(16 * HOUR_MS), 1);
    assert_int_equal(figures_day(-8 * HOUR_MS), 0);
    assert_int_equal(figures_day(-8 * HOUR_MS - 1), -1);
}

static void a_moment_past_all_calendars_has_a_day_with_four_digits_to_its_year(void **state)
{
    static const int64_t late[] = {INT64_MAX, INT64_MAX - 8 * HOUR_MS, INT64_C(253402300800000)};
    char out[DATES_TIME_BYTES];
    (void)state;
    for (size_t i = 0; i < sizeof(late) / sizeof(late[0]); i++)
        assert_string_equal(today_date(figures_day(late[i]), out), "9998-12-31");
    assert_string_equal(today_date(figures_day(INT64_MIN), out), "0001-01-01");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_begins_eight_hours_before_utc),
        cmocka_unit_test(a_moment_past_all_calendars_has_a_day_with_four_digits_to_its_year),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
