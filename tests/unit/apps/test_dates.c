/* tests: dates and times in every spelling that is read, and the calendar there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "dates.h"

static void dates_are_read_in_five_spellings(void **state)
{
    static const char *const good[] = {"1990-01-05", "1990-1-5", "1990/1/5", "1990.01.05", "19900105", "1990年1月5日",
                                       "1990年01月05"};
    static const char *const bad[] = {"",           "1990",       "1990-13-01", "1990-02-29", "1990-1", "90-1-5",
                                      "1990-1/5",   "1990-01-05x", "5/1/1990",   "1990010",    "0999-01-01", "1990-00-01"};
    char out[DATES_DATE_BYTES];
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(dates_read(good[i], out));
        assert_string_equal(out, "1990-01-05");
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (dates_read(bad[i], out))
            fail_msg("'%s' was read as %s", bad[i], out);
    assert_true(dates_read("2000-02-29", out));
    assert_false(dates_read("1900-02-29", out));
}

static void times_are_read_and_written(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
        const char *written;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"},
        {"2026-11-23T10:20:30.5+08:00", INT64_C(1795400430500), "2026-11-23T02:20:30.500Z"},
        {"1969-12-31T23:59:59.999Z", -1, "1969-12-31T23:59:59.999Z"},
        {"2000-02-29", INT64_C(951782400000), "2000-02-29T00:00:00Z"},
        {"1884-02-29 12:00:00-01:30", INT64_C(-2708764200000), "1884-02-29T13:30:00Z"},
    };
    static const char *const bad[] = {"2026-11-23T10:20Z", "2026-11-23T10:20:30", "2026-11-23T24:00:00Z",
                                      "2026-11-23T10:20:30+0800", "2026-11-23T10:20:30.Z", "yesterday"};
    char out[DATES_TIME_BYTES];
    int64_t ms = 0;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_true(dates_read_time(cases[i].text, &ms));
        assert_int_equal(ms, cases[i].ms);
        assert_string_equal(dates_write_time(ms, out), cases[i].written);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (dates_read_time(bad[i], &ms))
            fail_msg("'%s' was read", bad[i]);
    assert_string_equal(dates_write_time(INT64_MAX, out), "9223372036854775807ms");
    assert_string_equal(dates_write_time(INT64_MIN, out), "-9223372036854775808ms");
}

static void every_day_of_eight_centuries_comes_back(void **state)
{
    char text[DATES_TIME_BYTES];
    int64_t ms = 0;
    (void)state;
    for (int64_t day = dates_days(1600, 1, 1); day < dates_days(2400, 1, 1); day++) {
        dates_write_time(day * 86400000, text);
        assert_true(dates_read_time(text, &ms));
        assert_int_equal(ms, day * 86400000);
    }
}

static void spans_are_read(void **state)
{
    uint64_t ms = 0;
    (void)state;
    assert_true(dates_read_span("24h", &ms) && ms == UINT64_C(86400000));
    assert_true(dates_read_span("90", &ms) && ms == 90000);
    assert_true(dates_read_span("2w", &ms) && ms == UINT64_C(1209600000));
    assert_true(dates_read_span("100y", &ms));
    assert_false(dates_read_span("", &ms));
    assert_false(dates_read_span("h", &ms));
    assert_false(dates_read_span("-1h", &ms));
    assert_false(dates_read_span("1 h", &ms));
    assert_false(dates_read_span("101y", &ms));
    assert_false(dates_read_span("99999999999999999999", &ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_read_in_five_spellings),
        cmocka_unit_test(times_are_read_and_written),
        cmocka_unit_test(every_day_of_eight_centuries_comes_back),
        cmocka_unit_test(spans_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
