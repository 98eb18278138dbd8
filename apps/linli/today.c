/* Command line, today: hazards, announcements, requests, rounds and newcomers that somebody is to see to. */
#include "today.h"

#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "output.h"

#define DAY_MS INT64_C(86400000)

const char *today_date(int64_t day, char *out)
{
    dates_write_time(day * DAY_MS, out);
    out[DATES_DATE_BYTES - 1] = '\0';
    return out;
}

void today_add(struct today *today, enum today_kind kind, const linli_record *record, const char *day, int64_t state, const char *text)
{
    if (today->count == today->room) {
        size_t room = today->room == 0 ? 64 : today->room * 2;
        struct today_item *larger = realloc(today->items, room * sizeof(*larger));
        today->broken = today->broken || larger == NULL;
        if (larger == NULL)
            return;
        today->items = larger;
        today->room = room;
    }
    struct today_item *item = &today->items[today->count];
    *item = (struct today_item){.kind = kind, .record = *linli_record_id(record), .scope = *linli_record_scope(record), .state = state,
                                .text = strdup(text)};
    snprintf(item->day, sizeof(item->day), "%s", day != NULL ? day : "");
    today->broken = today->broken || item->text == NULL;
    today->count += item->text != NULL;
}

int today_each(struct today *today, const char *type, linli_record_fn fn)
{
    const struct linli_query query = {.type = linli_schema_type_by_name(type)->number, .scope = today->scope, .subtree = today->scope != NULL,
                                      .closed = true};
    return linli_query_each(today->ctx->store, &query, fn, today);
}

static const struct linli_value *value_of(const linli_record *record, const char *field)
{
    return check_named(linli_schema_type_by_number(linli_record_type(record)), record, field);
}

static char *text_of(const linli_record *record, const char *field, char *out, size_t size)
{
    return check_text(value_of(record, field), out, size);
}

static int64_t number_of(const linli_record *record, const char *field)
{
    const struct linli_value *value = value_of(record, field);
    return value != NULL && value->kind == LINLI_KIND_INT ? value->number : 0;
}

static bool keep(struct today *today, struct lookup *lookup, const linli_id *id)
{
    today->broken = today->broken || !lookup_put(lookup, id->b, sizeof(id->b), 1);
    return !today->broken;
}

static bool kept(const struct lookup *lookup, const struct linli_value *id)
{
    return id != NULL && id->kind == LINLI_KIND_ID && lookup_find(lookup, id->id.b, sizeof(id->id.b)) != LOOKUP_NONE;
}

/* ---- hazards ---- */

static bool on_hazard(void *at, const linli_record *record)
{
    struct today *today = at;
    char place[CHECK_TEXT_BYTES], note[CHECK_TEXT_BYTES], day[CHECK_TEXT_BYTES], text[TODAY_TEXT_BYTES];
    int64_t state = number_of(record, "state");
    if (state >= FIGURES_DONE)
        return true;
    text_of(record, "place", place, sizeof(place));
    text_of(record, "note", note, sizeof(note));
    snprintf(text, sizeof(text), "%.200s%s%.200s", place, place[0] != '\0' && note[0] != '\0' ? " " : "", note);
    today_add(today, TODAY_HAZARD, record, text_of(record, "due", day, sizeof(day)), state, text);
    return !today->broken;
}

/* ---- announcements ---- */

/* A receipt that I gave says that I have read what it is about. */
static bool on_receipt(void *at, const linli_record *record)
{
    struct today *today = at;
    char by[CHECK_TEXT_BYTES];
    const struct linli_value *about = value_of(record, "announcement");
    if (about == NULL || about->kind != LINLI_KIND_ID || strcmp(text_of(record, "by", by, sizeof(by)), today->me) != 0)
        return true;
    return keep(today, &today->told, &about->id);
}

static bool on_announcement(void *at, const linli_record *record)
{
    struct today *today = at;
    char title[CHECK_TEXT_BYTES], until[CHECK_TEXT_BYTES];
    const linli_id *id = linli_record_id(record);
    const struct today_area *area = today_area_of(today, record);
    if (area == NULL || !area->asked)
        return true;
    text_of(record, "until", until, sizeof(until));
    bool over = until[0] != '\0' && strcmp(until, today->day) < 0;
    if (!over && lookup_find(&today->told, id->b, sizeof(id->b)) == LOOKUP_NONE)
        today_add(today, TODAY_NOTICE, record, until, 0, text_of(record, "title", title, sizeof(title)));
    return !today->broken;
}

/* ---- requests ---- */

/*
 * Who acts next: the office accepts what was reported and says who is to do it; he does it; the captain asks the resident whether
 * it is done.
 */
static bool waits_for_me(const struct today *today, int64_t state, const char *assignee)
{
    bool office = today->role == LINLI_CLERK || today->role == LINLI_NODE;
    if (state > FIGURES_DONE)
        return false;
    if (state == FIGURES_DONE)
        return today->role == LINLI_CAPTAIN;
    return assignee[0] != '\0' ? strcmp(assignee, today->me) == 0 : office;
}

static bool on_request(void *at, const linli_record *record)
{
    struct today *today = at;
    char title[CHECK_TEXT_BYTES], assignee[CHECK_TEXT_BYTES], day[CHECK_TEXT_BYTES];
    int64_t state = number_of(record, "state");
    text_of(record, "assignee", assignee, sizeof(assignee));
    text_of(record, state <= 1 && value_of(record, "accept_by") != NULL ? "accept_by" : "due", day, sizeof(day));
    if (waits_for_me(today, state, assignee))
        today_add(today, TODAY_REQUEST, record, day, state, text_of(record, "title", title, sizeof(title)));
    return !today->broken;
}

/* ---- registration rounds, and newcomers ---- */

static bool on_round(void *at, const linli_record *record)
{
    struct today *today = at;
    char starts[CHECK_TEXT_BYTES], ends[CHECK_TEXT_BYTES], title[CHECK_TEXT_BYTES], soon[DATES_TIME_BYTES];
    text_of(record, "starts", starts, sizeof(starts));
    text_of(record, "ends", ends, sizeof(ends));
    struct today_area *area = today_area_of(today, record);
    if (area == NULL || !area->asked || strcmp(starts, today->day) > 0 || strcmp(ends, today->day) < 0)
        return true;
    today_area_round(area, starts[0] != '\0' ? starts : today->day);
    if (strcmp(ends, today_date(today->number + TODAY_ROUND_DAYS, soon)) <= 0)
        today_add(today, TODAY_ROUND, record, ends, 0, text_of(record, "title", title, sizeof(title)));
    return keep(today, &today->rounds, linli_record_id(record));
}

static bool on_registration(void *at, const linli_record *record)
{
    struct today *today = at;
    const struct linli_value *who = value_of(record, "resident");
    if (who == NULL || who->kind != LINLI_KIND_ID || !kept(&today->rounds, value_of(record, "round")))
        return true;
    return keep(today, &today->registered, &who->id);
}

/* Where a round is open: who is registered elsewhere, or came since it began, and has not left. */
static bool on_resident(void *at, const linli_record *record)
{
    enum { ELSEWHERE = 2, ABROAD = 3 };
    struct today *today = at;
    char name[CHECK_TEXT_BYTES], arrived[CHECK_TEXT_BYTES], left[CHECK_TEXT_BYTES];
    const linli_id *id = linli_record_id(record);
    const struct today_area *area = today_area_of(today, record);
    if (area == NULL || area->first[0] == '\0')
        return true;
    int64_t registration = number_of(record, "registration");
    text_of(record, "arrived", arrived, sizeof(arrived));
    bool gone = text_of(record, "left", left, sizeof(left))[0] != '\0';
    bool newcomer = registration == ELSEWHERE || registration == ABROAD || strcmp(arrived, area->first) >= 0;
    if (newcomer && !gone && lookup_find(&today->registered, id->b, sizeof(id->b)) == LOOKUP_NONE)
        today_add(today, TODAY_NEWCOMER, record, arrived, 0, text_of(record, "name", name, sizeof(name)));
    return !today->broken;
}

static int newcomers(struct today *today)
{
    if (today->rounds.count == 0) /* nobody is to be registered */
        return LINLI_OK;
    today_area_rounds(today);
    int rc = today_each(today, "registration", on_registration);
    return rc == LINLI_OK ? today_each(today, "resident", on_resident) : rc;
}

/* ---- all ---- */

static int by_kind_and_day(const void *a, const void *b)
{
    const struct today_item *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if ((x->day[0] == '\0') != (y->day[0] == '\0'))
        return x->day[0] == '\0' ? 1 : -1;
    int order = strcmp(x->day, y->day);
    order = order != 0 ? order : strcmp(x->text, y->text);
    return order != 0 ? order : memcmp(x->record.b, y->record.b, sizeof(x->record.b));
}

/* Announcements and rounds are the office's: they stand above the patch that is asked for, too; those of other areas are not meant. */
static int of_the_office(struct today *today)
{
    const linli_id *scope = today->scope;
    int rc = today_areas(today);
    today->scope = NULL;
    if (rc == LINLI_OK)
        rc = today_each(today, "notice_receipt", on_receipt);
    if (rc == LINLI_OK)
        rc = today_each(today, "announcement", on_announcement);
    if (rc == LINLI_OK)
        rc = today_each(today, "round", on_round);
    today->scope = scope;
    return rc;
}

int today_gather(struct today *today)
{
    struct linli_status status;
    char day[DATES_TIME_BYTES];
    today->number = figures_today();
    memcpy(today->day, today_date(today->number, day), sizeof(today->day));
    int rc = linli_store_status(today->ctx->store, &status);
    if (rc != LINLI_OK)
        return rc;
    today->role = status.role;
    rc = linli_device_name(today->ctx->store, status.replica.key, today->me, sizeof(today->me));
    if (today->me[0] == '\0')
        output_hex(status.replica.key, 4, today->me);
    if (rc == LINLI_OK)
        rc = today_visits(today);
    if (rc == LINLI_OK)
        rc = today_each(today, "hazard", on_hazard);
    if (rc == LINLI_OK)
        rc = of_the_office(today);
    if (rc == LINLI_OK)
        rc = today_each(today, "request", on_request);
    if (rc == LINLI_OK)
        rc = newcomers(today);
    if (today->count > 1)
        qsort(today->items, today->count, sizeof(*today->items), by_kind_and_day);
    return rc == LINLI_OK && today->broken ? LINLI_E_NOMEM : rc;
}

void today_free(struct today *today)
{
    for (size_t i = 0; i < today->count; i++)
        free(today->items[i].text);
    free(today->items);
    free(today->visits);
    lookup_free(&today->households);
    lookup_free(&today->told);
    lookup_free(&today->rounds);
    lookup_free(&today->registered);
    lookup_free(&today->scopes);
    free(today->areas);
}
