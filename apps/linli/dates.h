/** Command line: dates, moments and spans of time as people and scripts write them. Pure. */
#ifndef LINLI_APP_DATES_H
#define LINLI_APP_DATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DATES_DATE_BYTES = 11, DATES_TIME_BYTES = 40 };

bool dates_valid(int year, int month, int day);
/** Days from 1970-01-01 (Gregorian, also before 1970). */
int64_t dates_days(int year, int month, int day);
/**
 * Read a date: 2024-01-02, 2024/1/2, 2024.1.2, 20240102 or 2024年1月2日, in years 1000 to 9999.
 * Args: out  takes DATES_DATE_BYTES: YYYY-MM-DD
 */
bool dates_read(const char *text, char *out);
/** A spreadsheet's number of days: from 1900, with the 29th of February that 1900 had not, or from 1904. False: no date. */
bool dates_serial(int64_t serial, bool from_1904, char *out);
/** Read RFC 3339 (`2026-11-23T10:20:30.5+08:00`, `...Z`), or a date, which means its first moment in UTC. */
bool dates_read_time(const char *text, int64_t *ms);
/** RFC 3339 in UTC with milliseconds when there are any; `out` takes DATES_TIME_BYTES. */
char *dates_write_time(int64_t ms, char *out);
/** For people: the local time to the minute; `out` takes DATES_TIME_BYTES. */
char *dates_write_local(int64_t ms, char *out);
/** Read a span such as 90s, 15m, 24h, 7d, 2w into milliseconds; a number alone is seconds. At most 100 years. */
bool dates_read_span(const char *text, uint64_t *ms);

#endif
