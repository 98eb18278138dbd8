/* Command line, today: households that are to be seen: on the day that the last visit named, else a month after they were seen. */
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "today.h"

#define DAY_MS INT64_C(86400000)

static struct today_visit *visit_room(struct today *today, const linli_id *household)
{
    uint32_t found = lookup_find(&today->households, household->b, sizeof(household->b));
    if (found != LOOKUP_NONE)
        return &today->visits[found];
    if (today->visit_count == today->visit_room) {
        size_t room = today->visit_room == 0 ? 256 : today->visit_room * 2;
        struct today_visit *larger = realloc(today->visits, room * sizeof(*larger));
        if (larger == NULL)
            return NULL;
        today->visits = larger;
        today->visit_room = room;
    }
    if (!lookup_put(&today->households, household->b, sizeof(household->b), (uint32_t)today->visit_count))
        return NULL;
    struct today_visit *visit = &today->visits[today->visit_count++];
    *visit = (struct today_visit){.time = INT64_MIN};
    return visit;
}

static bool on_visit(void *at, const linli_record *record)
{
    struct today *today = at;
    char next[CHECK_TEXT_BYTES];
    const struct linli_schema_type *type = linli_schema_type_by_number(linli_record_type(record));
    const struct linli_value *household = check_named(type, record, "household"), *time = check_named(type, record, "time");
    if (household == NULL || household->kind != LINLI_KIND_ID)
        return true;
    struct today_visit *visit = visit_room(today, &household->id);
    today->broken = today->broken || visit == NULL;
    if (visit == NULL)
        return false;
    int64_t when = time != NULL && time->kind == LINLI_KIND_INT ? time->number : 0;
    if (when >= visit->time) {
        visit->time = when;
        snprintf(visit->next, sizeof(visit->next), "%.10s", check_text(check_named(type, record, "next_due"), next, sizeof(next)));
    }
    return true;
}

/* Where somebody saw them after the last visit that names a day, that day is done with. */
static const char *due_day(const struct today *today, const linli_record *record, const struct linli_value *seen, char out[DATES_TIME_BYTES])
{
    const linli_id *id = linli_record_id(record);
    uint32_t found = lookup_find(&today->households, id->b, sizeof(id->b));
    const struct today_visit *visit = found != LOOKUP_NONE ? &today->visits[found] : NULL;
    int64_t last = seen != NULL && seen->kind == LINLI_KIND_INT ? seen->number : INT64_MIN;
    bool visited_last = visit != NULL && /* a visit and the mark that it leaves are hours apart at most; without a mark it is the last */
                        (visit->time >= last || (uint64_t)last - (uint64_t)visit->time <= (uint64_t)DAY_MS);
    last = visit != NULL && visit->time > last ? visit->time : last;
    if (visited_last && visit->next[0] != '\0')
        return visit->next;
    out[0] = '\0';
    return last == INT64_MIN ? out : today_date(figures_day(last) + FIGURES_VISIT_DAYS, out);
}

static bool on_household(void *at, const linli_record *record)
{
    struct today *today = at;
    char building[CHECK_TEXT_BYTES], unit[CHECK_TEXT_BYTES], room[CHECK_TEXT_BYTES], head[CHECK_TEXT_BYTES], text[TODAY_TEXT_BYTES];
    char out[DATES_TIME_BYTES];
    const struct linli_schema_type *type = linli_schema_type_by_number(linli_record_type(record));
    const struct linli_value *tenure = check_named(type, record, "tenure");
    if (tenure != NULL && tenure->kind == LINLI_KIND_INT && tenure->number == FIGURES_VACANT)
        return true;
    const char *day = due_day(today, record, check_named(type, record, "last_visited"), out);
    if (strcmp(day, today->day) > 0)
        return true;
    check_text(check_named(type, record, "building"), building, sizeof(building));
    check_text(check_named(type, record, "unit"), unit, sizeof(unit));
    check_text(check_named(type, record, "room"), room, sizeof(room));
    check_text(check_named(type, record, "head"), head, sizeof(head));
    snprintf(text, sizeof(text), "%.100s %.40s%s%.40s %.160s", building, unit, unit[0] != '\0' ? "-" : "", room, head);
    today_add(today, TODAY_VISIT, record, day, 0, text);
    return !today->broken;
}

int today_visits(struct today *today)
{
    int rc = today_each(today, "visit", on_visit);
    return rc == LINLI_OK ? today_each(today, "household", on_household) : rc;
}
