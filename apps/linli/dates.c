/* Command line, dates: civil-calendar arithmetic and the spellings of RFC 3339. */
#include "dates.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { DAY_MS = 86400000 };

bool dates_valid(int year, int month, int day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1000 || year > 9999 || month < 1 || month > 12 || day < 1)
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= lengths[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* Years are counted from March, so that the leap day is a year's last; a 400-year cycle has 146,097 days. */
int64_t dates_days(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t cycle = (y >= 0 ? y : y - 399) / 400;
    int64_t of_cycle = y - cycle * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return cycle * 146097 + of_cycle * 365 + of_cycle / 4 - of_cycle / 100 + of_year - 719468;
}

static void from_days(int64_t days, int *year, int *month, int *day)
{
    int64_t z = days + 719468;
    int64_t cycle = (z >= 0 ? z : z - 146096) / 146097;
    int64_t of_cycle = z - cycle * 146097;
    int64_t y = (of_cycle - of_cycle / 1460 + of_cycle / 36524 - of_cycle / 146096) / 365;
    int64_t of_year = of_cycle - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(y + cycle * 400 + (*month <= 2 ? 1 : 0));
}

/* Up to `digits` digits; at least one. */
static bool number(const char **at, int digits, int *out)
{
    const char *start = *at;
    *out = 0;
    while (*at - start < digits && **at >= '0' && **at <= '9')
        *out = *out * 10 + (*(*at)++ - '0');
    return *at > start;
}

static bool word(const char **at, const char *text)
{
    size_t size = strlen(text);
    if (strncmp(*at, text, size) != 0)
        return false;
    *at += size;
    return true;
}

static bool read_parts(const char **at, int *year, int *month, int *day)
{
    const char *start = *at;
    if (!number(at, 4, year) || *at - start != 4)
        return false;
    if (**at >= '0' && **at <= '9') { /* 20240102 */
        start = *at;
        return number(at, 2, month) && number(at, 2, day) && *at - start == 4;
    }
    if (word(at, "年"))
        return number(at, 2, month) && word(at, "月") && number(at, 2, day) && (word(at, "日") || true);
    char mark = **at;
    if (mark != '-' && mark != '/' && mark != '.')
        return false;
    ++*at;
    if (!number(at, 2, month) || **at != mark)
        return false;
    ++*at;
    return number(at, 2, day);
}

bool dates_read(const char *text, char *out)
{
    int year = 0, month = 0, day = 0;
    if (!read_parts(&text, &year, &month, &day) || *text != '\0' || !dates_valid(year, month, day))
        return false;
    snprintf(out, DATES_DATE_BYTES, "%04u-%02u-%02u", (unsigned)year % 10000u, (unsigned)month % 100u,
             (unsigned)day % 100u);
    return true;
}

bool dates_serial(int64_t serial, bool from_1904, char *out)
{
    int year = 0, month = 0, day = 0;
    int64_t first = from_1904 ? dates_days(1904, 1, 1) : dates_days(1899, 12, serial < 60 ? 31 : 30);
    if (serial < (from_1904 ? 0 : 1) || serial > 2958465 || (!from_1904 && serial == 60))
        return false;
    from_days(first + serial, &year, &month, &day);
    snprintf(out, DATES_DATE_BYTES, "%04u-%02u-%02u", (unsigned)year % 10000u, (unsigned)month % 100u, (unsigned)day % 100u);
    return true;
}

static bool two(const char **at, int most, int *out)
{
    const char *start = *at;
    return number(at, 2, out) && *at - start == 2 && *out <= most;
}

static bool read_zone(const char **at, int64_t *ms)
{
    int hours = 0, minutes = 0;
    if (**at == 'Z' || **at == 'z') {
        ++*at;
        return true;
    }
    char sign = **at;
    if (sign != '+' && sign != '-')
        return false;
    ++*at;
    if (!two(at, 23, &hours) || !word(at, ":") || !two(at, 59, &minutes))
        return false;
    int64_t offset = ((int64_t)hours * 60 + minutes) * 60000;
    *ms -= sign == '+' ? offset : -offset;
    return true;
}

bool dates_read_time(const char *text, int64_t *ms)
{
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    if (!read_parts(&text, &year, &month, &day) || !dates_valid(year, month, day))
        return false;
    *ms = dates_days(year, month, day) * DAY_MS;
    if (*text == '\0')
        return true;
    if (*text != 'T' && *text != 't' && *text != ' ')
        return false;
    text++;
    if (!two(&text, 23, &hour) || !word(&text, ":") || !two(&text, 59, &minute) || !word(&text, ":") ||
        !two(&text, 60, &second))
        return false;
    *ms += ((int64_t)hour * 3600 + (int64_t)minute * 60 + second) * 1000;
    if (*text == '.') {
        int64_t unit = 100;
        if (text[1] < '0' || text[1] > '9')
            return false;
        for (text++; *text >= '0' && *text <= '9'; text++, unit /= 10)
            *ms += (*text - '0') * unit;
    }
    return read_zone(&text, ms) && *text == '\0';
}

char *dates_write_time(int64_t ms, char *out)
{
    int year = 0, month = 0, day = 0;
    bool before = ms % DAY_MS < 0; /* division rounds to zero, a day to its beginning */
    int64_t days = ms / DAY_MS - (before ? 1 : 0);
    int64_t rest = ms % DAY_MS + (before ? DAY_MS : 0);
    if (days < -719468 || days > 2932896) { /* outside years 0 to 9999 */
        snprintf(out, DATES_TIME_BYTES, "%" PRId64 "ms", ms);
        return out;
    }
    from_days(days, &year, &month, &day);
    int seconds = (int)(rest / 1000);
    int size = snprintf(out, DATES_TIME_BYTES, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day, seconds / 3600,
                        seconds / 60 % 60, seconds % 60);
    if (rest % 1000 != 0)
        size += snprintf(out + size, DATES_TIME_BYTES - (size_t)size, ".%03d", (int)(rest % 1000));
    snprintf(out + size, DATES_TIME_BYTES - (size_t)size, "Z");
    return out;
}

char *dates_write_local(int64_t ms, char *out)
{
    struct tm parts;
    time_t seconds = (time_t)(ms / 1000);
    if (localtime_r(&seconds, &parts) == NULL || strftime(out, DATES_TIME_BYTES, "%Y-%m-%d %H:%M", &parts) == 0)
        return dates_write_time(ms, out);
    return out;
}

bool dates_read_span(const char *text, uint64_t *ms)
{
    static const struct {
        const char *unit;
        uint64_t seconds;
    } units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 604800}, {"y", 31557600}};
    const uint64_t most = UINT64_C(3155760000);
    uint64_t count = 0;
    if (*text < '0' || *text > '9')
        return false;
    for (; *text >= '0' && *text <= '9'; text++) {
        count = count * 10 + (uint64_t)(*text - '0');
        if (count > most)
            return false;
    }
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strcmp(text, units[i].unit) == 0) {
            *ms = count * units[i].seconds * 1000;
            return count * units[i].seconds <= most;
        }
    return false;
}
