/* Command line, `linli stats`: how a scope and each one below it stands: captains, visits, requests, hazards, newcomers. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "csv_writer.h"
#include "fail.h"
#include "figures.h"
#include "output.h"
#include "records.h"
#include "value.h"
#include "verbs.h"

enum { COLUMNS = 17, CELL_BYTES = 64, BAR_CELLS = 8 };

struct row {
    struct linli_coverage coverage;
    struct linli_scope scope;
    char *name;
    struct figures figures;
};

struct listing {
    struct context *ctx;
    struct row *rows; /* the scope that was asked for, then those right below it */
    size_t count, room;
    bool broken;
};

static bool on_coverage(void *at, const struct linli_coverage *coverage)
{
    struct listing *listing = at;
    if (listing->count == listing->room) {
        size_t room = listing->room == 0 ? 16 : listing->room * 2;
        struct row *larger = realloc(listing->rows, room * sizeof(*larger));
        listing->broken = larger == NULL;
        if (listing->broken)
            return false;
        listing->rows = larger;
        listing->room = room;
    }
    struct row *row = &listing->rows[listing->count];
    *row = (struct row){.coverage = *coverage, .scope = *coverage->scope, .name = strdup(coverage->scope->name)};
    listing->broken = row->name == NULL;
    listing->count += !listing->broken;
    return !listing->broken;
}

static uint64_t captains(const struct row *row)
{
    return row->coverage.building_captains + row->coverage.household_captains;
}

/* How many of a hundred; of nothing, all are. */
static unsigned hundredths(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 100 : (unsigned)(part * 100 / whole);
}

/* ---- for scripts ---- */

static const char *style_name(unsigned style)
{
    const struct linli_schema_field *field = linli_schema_field_by_name(linli_schema_type_by_name("scope"), "style");
    for (size_t i = 0; i < field->choice_count; i++)
        if (field->choices[i].number == (int64_t)style)
            return field->choices[i].name;
    return NULL;
}

static const struct linli_schema_field *request_state(void)
{
    return linli_schema_field_by_name(linli_schema_type_by_name("request"), "state");
}

static const char *state_name(size_t state)
{
    return state == 0 ? "none" : request_state()->choices[state - 1].name;
}

/* {"reported": [to 3 days, to 7, to 30, more, not known], ...} */
static json_t *states_json(const struct figures *f)
{
    json_t *json = json_object();
    for (size_t i = 0; json != NULL && i < FIGURES_STATES; i++) {
        json_t *ages = json_array();
        for (size_t k = 0; ages != NULL && k < FIGURES_AGES; k++)
            if (json_array_append_new(ages, json_integer((json_int_t)f->requests[i][k])) != 0) {
                json_decref(ages);
                ages = NULL;
            }
        if (json_object_set_new(json, state_name(i), ages) != 0) {
            json_decref(json);
            json = NULL;
        }
    }
    return json;
}

#define INT(n) ((json_int_t)(n))

static json_t *captains_json(const struct row *row)
{
    const struct linli_coverage *c = &row->coverage;
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "building", INT(c->building_captains), "household", INT(c->household_captains),
                     "covered", INT(c->covered), "coverage", INT(hundredths(c->covered, row->scope.households)), "without",
                     INT(c->without), "overloaded", INT(c->overloaded));
}

static json_t *row_json(const struct row *row)
{
    const struct figures *f = &row->figures;
    return json_pack("{s:o?, s:s, s:s, s:s?, s:I, s:I, s:I, s:o?, s:{s:I, s:I, s:I}, s:{s:I, s:I, s:o?}, s:{s:I, s:I}, s:{s:I, s:I, s:I}}",
                     "scope", output_json_id(&row->scope.id), "name", row->name, "kind", output_scope_kind((unsigned)row->scope.kind), "style",
                     style_name(row->scope.style), "households", INT(row->scope.households), "residents", INT(row->scope.residents),
                     "patches", INT(row->coverage.patches), "captains", captains_json(row), "visits", "made", INT(f->visits),
                     "households", INT(f->visited), "overdue", INT(f->overdue), "requests", "open", INT(f->requests_open), "overdue",
                     INT(f->requests_late), "states", states_json(f), "hazards", "open", INT(f->hazards_open), "overdue",
                     INT(f->hazards_late), "newcomers", "registered", INT(f->registered), "late", INT(f->registered_late), "days",
                     INT(f->lag_days));
}

/* ---- for people ---- */

static void headings(const char *out[COLUMNS])
{
    const char *const all[COLUMNS] = {_("area"), _("kind"), _(">households"), _(">residents"), _(">patches"), _(">captains"),
                                      _(">covered"), "", _(">without"), _(">overloaded"), _(">seen this month"), "", _(">not seen for 30 days"),
                                      _(">open requests"), _(">past their day"), _(">open hazards"), _(">days to register")};
    memcpy(out, all, sizeof(all));
}

static void put_count(char cell[CELL_BYTES], uint64_t count)
{
    snprintf(cell, CELL_BYTES, "%" PRIu64, count);
}

/* Plain signs: what stands for a full block is of another width on another terminal. */
static void put_bar(char cell[CELL_BYTES], unsigned hundred)
{
    unsigned full = hundred * BAR_CELLS / 100;
    snprintf(cell, CELL_BYTES, "[%.*s%.*s]", (int)full, "########", (int)(BAR_CELLS - full), "        ");
}

/* Days to one place; nothing where nobody was registered. */
static void put_lag(char cell[CELL_BYTES], const struct figures *f)
{
    cell[0] = '\0';
    if (f->registered > 0)
        snprintf(cell, CELL_BYTES, "%" PRIu64 ".%u", f->lag_days / f->registered, (unsigned)(f->lag_days % f->registered * 10 / f->registered));
}

static void row_cells(const struct row *row, bool bars, char cells[COLUMNS][CELL_BYTES])
{
    const struct figures *f = &row->figures;
    unsigned covered = hundredths(row->coverage.covered, row->scope.households), seen = hundredths(f->visited, row->scope.households);
    const uint64_t counts[COLUMNS] = {[2] = row->scope.households, [3] = row->scope.residents, [4] = row->coverage.patches,
                                      [5] = captains(row), [8] = row->coverage.without, [9] = row->coverage.overloaded,
                                      [10] = f->visited, [12] = f->overdue, [13] = f->requests_open, [14] = f->requests_late,
                                      [15] = f->hazards_open};
    for (size_t i = 2; i < COLUMNS; i++)
        put_count(cells[i], counts[i]);
    snprintf(cells[0], CELL_BYTES, "%.*s", CELL_BYTES - 1, row->name);
    snprintf(cells[1], CELL_BYTES, "%s", output_scope_kind_label((unsigned)row->scope.kind));
    snprintf(cells[6], CELL_BYTES, "%u%%", covered);
    cells[7][0] = cells[11][0] = '\0';
    if (bars) {
        put_bar(cells[7], covered);
        put_bar(cells[11], seen);
    }
    put_lag(cells[16], f);
}

static int print_rows(struct listing *listing)
{
    struct table table;
    const char *heads[COLUMNS], *row[COLUMNS];
    char cells[COLUMNS][CELL_BYTES];
    headings(heads);
    table_begin(&table, heads, COLUMNS);
    for (size_t i = 0; i < listing->count; i++) {
        row_cells(&listing->rows[i], true, cells);
        for (size_t k = 0; k < COLUMNS; k++)
            row[k] = cells[k];
        row[0] = listing->rows[i].name;
        table_row(&table, row);
    }
    return table_finish(listing->ctx, &table, true);
}

/* Requests of the scope by state and age, where there are any. */
static int print_requests(struct context *ctx, const struct figures *f)
{
    struct table table;
    char cells[FIGURES_AGES][CELL_BYTES];
    const char *heads[] = {_("requests"), _(">to 3 days"), _(">to 7 days"), _(">to 30 days"), _(">longer"), _(">no day")};
    table_begin(&table, heads, 1 + FIGURES_AGES);
    for (size_t i = 0; i < FIGURES_STATES; i++) {
        struct linli_value state = linli_int((int64_t)i);
        char *label = i == 0 ? strdup(_("no state")) : value_text(request_state(), &state);
        const char *row[] = {label, cells[0], cells[1], cells[2], cells[3], cells[4]};
        for (size_t k = 0; k < FIGURES_AGES; k++)
            put_count(cells[k], f->requests[i][k]);
        table_row(&table, row);
        table.broken = table.broken || label == NULL;
        free(label);
    }
    fputc('\n', ctx->out);
    return table_finish(ctx, &table, true);
}

/* A column without a heading is a bar, and no spreadsheet needs it. */
static void print_csv(const struct listing *listing)
{
    const char *heads[COLUMNS];
    char cells[COLUMNS][CELL_BYTES];
    FILE *out = listing->ctx->out;
    headings(heads);
    csv_write_begin(out);
    for (size_t k = 0; k < COLUMNS; k++)
        if (heads[k][0] != '\0')
            csv_write_cell(out, heads[k] + (heads[k][0] == '>'), k == 0);
    csv_write_end(out);
    for (size_t i = 0; i < listing->count; i++) {
        row_cells(&listing->rows[i], false, cells);
        csv_write_cell(out, listing->rows[i].name, true);
        for (size_t k = 1; k < COLUMNS; k++)
            if (heads[k][0] != '\0')
                csv_write_cell(out, cells[k], false);
        csv_write_end(out);
    }
}

static int show(struct listing *listing)
{
    struct context *ctx = listing->ctx;
    int status = STATUS_DONE;
    if (option_has(&ctx->options, "csv")) {
        print_csv(listing);
        return STATUS_DONE;
    }
    for (size_t i = 0; ctx->json && i < listing->count && status == STATUS_DONE; i++)
        status = output_json(ctx, row_json(&listing->rows[i]));
    if (ctx->json)
        return status;
    status = print_rows(listing);
    return status == STATUS_DONE && listing->count > 0 ? print_requests(ctx, &listing->rows[0].figures) : status;
}

int verb_stats(struct context *ctx)
{
    struct listing listing = {.ctx = ctx};
    int64_t today = figures_today();
    linli_id scope;
    bool given = false;
    if (ctx->json && option_has(&ctx->options, "csv"))
        return fail_usage(ctx, "%s", _("--json or --csv, not both"));
    int status = records_scope_option(ctx, &scope, &given);
    if (status != STATUS_DONE)
        return status;
    int rc = linli_coverage_each(ctx->store, given ? &scope : NULL, today, on_coverage, &listing);
    for (size_t i = 0; i < listing.count && rc == LINLI_OK; i++)
        rc = figures_gather(ctx, &listing.rows[i].scope.id, listing.rows[i].scope.households, today, &listing.rows[i].figures);
    status = listing.broken ? fail_memory(ctx) : rc != LINLI_OK ? fail_code(ctx, "stats", rc) : show(&listing);
    for (size_t i = 0; i < listing.count; i++)
        free(listing.rows[i].name);
    free(listing.rows);
    return status;
}
