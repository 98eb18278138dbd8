/* Command line, figures: what the store counts by day and state, put into what people ask for. */
#include "figures.h"

#include <string.h>

#include "dates.h"
#include "store_open.h"

#define DAY_MS INT64_C(86400000)
#define CHINA_MS (INT64_C(8) * 3600000)

int64_t figures_day(int64_t ms)
{
    static const int64_t first = -719162, last = 2932531; /* 0001-01-01, 9998-12-31 */
    if (ms < first * DAY_MS)
        return first;
    if (ms >= last * DAY_MS)
        return last;
    ms += CHINA_MS;
    return ms / DAY_MS - (ms % DAY_MS < 0 ? 1 : 0);
}

int64_t figures_today(void)
{
    return figures_day((int64_t)store_now_ms());
}

static int64_t month_of(int64_t day)
{
    char text[DATES_TIME_BYTES];
    dates_write_time(day * DAY_MS, text);
    return day - ((text[8] - '0') * 10 + (text[9] - '0') - 1);
}

static bool is_number(const struct linli_value *value)
{
    return value->kind == LINLI_KIND_INT;
}

static bool in_month(const struct figures *f, const struct linli_value *day)
{
    return is_number(day) && day->number >= f->month && day->number <= f->today;
}

/* Those that nobody says he has seen are counted by the caller: all but these, and but flats where nobody lives. */
static bool on_household(void *at, const struct linli_tally *tally)
{
    struct figures *f = at;
    const struct linli_value *tenure = &tally->values[0], *last = &tally->values[1];
    bool vacant = is_number(tenure) && tenure->number == FIGURES_VACANT;
    f->visited += in_month(f, last) ? tally->records : 0;
    f->overdue -= vacant || (is_number(last) && f->today - last->number <= FIGURES_VISIT_DAYS) ? tally->records : 0;
    return true;
}

static bool on_visit(void *at, const struct linli_tally *tally)
{
    struct figures *f = at;
    f->visits += in_month(f, &tally->values[0]) ? tally->records : 0;
    return true;
}

static size_t state_of(const struct linli_value *state)
{
    return is_number(state) && state->number > 0 && state->number < FIGURES_STATES ? (size_t)state->number : 0;
}

static bool is_open(const struct linli_value *state)
{
    return !is_number(state) || state->number < FIGURES_DONE;
}

static size_t age_of(const struct figures *f, const struct linli_value *day)
{
    int64_t age = f->today - day->number;
    return !is_number(day) ? 4 : age <= 3 ? 0 : age <= 7 ? 1 : age <= 30 ? 2 : 3;
}

static bool on_request(void *at, const struct linli_tally *tally)
{
    struct figures *f = at;
    f->requests[state_of(&tally->values[0])][age_of(f, &tally->values[1])] += tally->records;
    f->requests_open += is_open(&tally->values[0]) ? tally->records : 0;
    return true;
}

static uint64_t late(const struct figures *f, const struct linli_tally *tally)
{
    bool past = is_number(&tally->values[1]) && tally->values[1].number < f->today;
    return is_open(&tally->values[0]) && past ? tally->records : 0;
}

static bool on_request_due(void *at, const struct linli_tally *tally)
{
    struct figures *f = at;
    f->requests_late += late(f, tally);
    return true;
}

static bool on_hazard(void *at, const struct linli_tally *tally)
{
    struct figures *f = at;
    f->hazards_open += is_open(&tally->values[0]) ? tally->records : 0;
    f->hazards_late += late(f, tally);
    return true;
}

static bool on_registration(void *at, const struct linli_tally *tally)
{
    struct figures *f = at;
    int64_t days = tally->values[1].number - tally->values[0].number;
    if (!is_number(&tally->values[0]) || !is_number(&tally->values[1]) || days < 0)
        return true;
    f->registered += tally->records;
    f->lag_days += (uint64_t)days * tally->records;
    f->registered_late += days > FIGURES_LAG_DAYS ? tally->records : 0;
    return true;
}

struct asked {
    const char *type, *fields[LINLI_TALLY_FIELDS];
    linli_tally_fn fn;
};

static int ask(struct context *ctx, const linli_id *scope, const struct asked *asked, struct figures *out)
{
    const struct linli_schema_type *type = linli_schema_type_by_name(asked->type);
    linli_field fields[LINLI_TALLY_FIELDS];
    size_t count = 0;
    for (; count < LINLI_TALLY_FIELDS && asked->fields[count] != NULL; count++)
        fields[count] = linli_schema_field_by_name(type, asked->fields[count])->number;
    return linli_tally_each(ctx->store, scope, type->number, fields, count, asked->fn, out);
}

int figures_gather(struct context *ctx, const linli_id *scope, uint64_t households, int64_t today, struct figures *out)
{
    static const struct asked all[] = {{"household", {"tenure", "last_visited"}, on_household},
                                       {"visit", {"time"}, on_visit},
                                       {"request", {"state", "reported"}, on_request},
                                       {"request", {"state", "due"}, on_request_due},
                                       {"hazard", {"state", "due"}, on_hazard},
                                       {"registration", {"arrived", "registered"}, on_registration}};
    int rc = LINLI_OK;
    *out = (struct figures){.today = today, .month = month_of(today), .overdue = households};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && rc == LINLI_OK; i++)
        rc = ask(ctx, scope, &all[i], out);
    return rc;
}
