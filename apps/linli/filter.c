/* Command line, filters by name: households to be seen, residents who came this month, residents who live alone. */
#include "filter.h"

#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "figures.h"
#include "today.h"

struct filtering {
    struct context *ctx;
    const linli_id *scope;
    struct filter_ids *ids;
    const struct linli_schema_type *type; /* of the records that are looked at */
};

static bool ids_add(struct filter_ids *ids, const linli_id *id)
{
    if (ids->count == ids->room) {
        size_t room = ids->room == 0 ? 64 : ids->room * 2;
        linli_id *larger = realloc(ids->at, room * sizeof(*larger));
        ids->broken = ids->broken || larger == NULL;
        if (larger == NULL)
            return false;
        ids->at = larger;
        ids->room = room;
    }
    ids->at[ids->count++] = *id;
    return true;
}

void filter_free(struct filter_ids *ids)
{
    free(ids->at);
    *ids = (struct filter_ids){0};
}

static linli_field field_of(const struct filtering *f, const char *name)
{
    return linli_schema_field_by_name(f->type, name)->number;
}

/* ---- households ---- */

static int seen_by(struct filtering *f, bool overdue)
{
    struct today today = {.ctx = f->ctx, .scope = f->scope};
    char day[DATES_TIME_BYTES];
    today.number = figures_today();
    memcpy(today.day, today_date(today.number, day), sizeof(today.day));
    int rc = today_visits(&today);
    for (size_t i = 0; i < today.count && rc == LINLI_OK; i++) {
        const struct today_item *item = &today.items[i];
        if (overdue && (item->day[0] == '\0' || strcmp(item->day, today.day) >= 0))
            continue;
        if (!ids_add(f->ids, &item->record))
            break;
    }
    f->ids->broken = f->ids->broken || today.broken;
    today_free(&today);
    return rc;
}

static int due(struct filtering *f)
{
    return seen_by(f, false);
}

static int overdue(struct filtering *f)
{
    return seen_by(f, true);
}

/* ---- residents ---- */

static bool on_newcomer(void *at, const linli_record *record)
{
    struct filtering *f = at;
    return linli_record_field(record, field_of(f, "left")) != NULL || ids_add(f->ids, linli_record_id(record));
}

/* Who came on the first of this month or since, and has not left. */
static int newcomers(struct filtering *f)
{
    char day[DATES_TIME_BYTES], first[DATES_DATE_BYTES];
    memcpy(day, today_date(figures_today(), day), DATES_DATE_BYTES);
    snprintf(first, sizeof(first), "%.8s01", day);
    f->type = linli_schema_type_by_name("resident");
    const struct linli_range range = {field_of(f, "arrived"), linli_text(first), linli_text(day)};
    const struct linli_query query = {.type = f->type->number, .scope = f->scope, .subtree = f->scope != NULL, .range = &range, .closed = true};
    return linli_query_each(f->ctx->store, &query, on_newcomer, f);
}

static bool on_care(void *at, const linli_record *record)
{
    struct filtering *f = at;
    const struct linli_reading *who = linli_record_field(record, field_of(f, "resident"));
    return who == NULL || who->value.kind != LINLI_KIND_ID || ids_add(f->ids, &who->value.id);
}

/* By what was recorded of the care that they need: sealed, so only where it opens. */
static int alone(struct filtering *f)
{
    f->type = linli_schema_type_by_name("care");
    const struct linli_where where = {field_of(f, "alone"), linli_bool(true)};
    const struct linli_query query = {.type = f->type->number, .scope = f->scope, .subtree = f->scope != NULL, .where = &where, .where_count = 1};
    return linli_query_each(f->ctx->store, &query, on_care, f);
}

/* ---- by name ---- */

static const struct {
    const char *name, *type;
    int (*run)(struct filtering *f);
} filters[] = {{"due", "household", due}, {"overdue", "household", overdue}, {"newcomers", "resident", newcomers}, {"alone", "resident", alone}};
enum { FILTERS = sizeof(filters) / sizeof(filters[0]) };

int filter_named(struct context *ctx, const char *name, const struct linli_schema_type *type, const linli_id *scope, struct filter_ids *out)
{
    struct filtering f = {.ctx = ctx, .scope = scope, .ids = out};
    size_t i = 0;
    while (i < FILTERS && strcmp(filters[i].name, name) != 0)
        i++;
    if (i == FILTERS)
        return fail_usage(ctx, _("--filter takes due, overdue, newcomers or alone, not '%.20s'"), fail_word(ctx, name));
    if (strcmp(filters[i].type, type->name) != 0)
        return fail_usage(ctx, _("--filter %s is for 'linli list %s'"), filters[i].name, filters[i].type);
    out->at = malloc(sizeof(*out->at));
    out->room = out->at != NULL;
    out->broken = out->at == NULL;
    int rc = out->broken ? LINLI_E_NOMEM : filters[i].run(&f);
    if (rc == LINLI_OK && out->broken)
        rc = LINLI_E_NOMEM;
    return rc == LINLI_OK ? STATUS_DONE : fail_code(ctx, name, rc);
}
