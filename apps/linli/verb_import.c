/* Command line, `linli import`: read a file, find out what kind it is, and bring the store to what it says. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "csv_reader.h"
#include "dates.h"
#include "fail.h"
#include "import.h"
#include "output.h"
#include "records.h"
#include "store_open.h"
#include "verbs.h"

enum { PROBLEMS_SHOWN = 20, MAP_BYTES = 64 * 1024 };

struct reading {
    struct import *import;
    const struct import_kind *only; /* --kind, or NULL: the headings tell */
    const struct import_kind *kind, *second; /* second: the headings fit another one as well */
    void *state;
    size_t tried, last; /* rows looked at for headings; number of the last row read */
};

/* In this order their headings are looked for; by the last one's two words are enough, so it is asked when no other fits. */
static const struct import_kind *const kinds[] = {&import_divisions, &import_roster, &import_captains, &import_buildings};

static bool open_kind(struct reading *reading, const struct sheet_row *row)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        void *state = NULL;
        bool asked = reading->only == NULL ? reading->kind == NULL || kinds[i] != &import_buildings : reading->only == kinds[i];
        if (!asked || !kinds[i]->open(reading->import, row, &state))
            continue;
        if (reading->kind != NULL) {
            reading->second = kinds[i];
            kinds[i]->close(state);
            break;
        }
        reading->kind = kinds[i];
        reading->state = state;
    }
    return reading->kind != NULL;
}

/* Offices put a title above the headings: they are looked for in the first few rows. */
static bool on_row(void *at, const struct sheet_row *row)
{
    struct reading *reading = at;
    struct import *import = reading->import;
    reading->last = row->number;
    if (reading->kind == NULL)
        return (row->bad == 0 && open_kind(reading, row) && reading->second == NULL) ||
               (reading->second == NULL && ++reading->tried < IMPORT_HEADINGS_WITHIN && import->batch.status == STATUS_DONE);
    import->rows++;
    if (row->bad != 0) {
        char column[32];
        snprintf(column, sizeof(column), "%zu", row->bad);
        import_problem(import, row->number, column, _("its bytes are neither UTF-8 nor GB18030"));
    } else {
        reading->kind->row(import, reading->state, row);
    }
    if (!progress_at(&import->progress, row->offset))
        batch_fail(&import->batch, LINLI_E_CANCELLED);
    return import->batch.status == STATUS_DONE;
}

static int file_fault(struct context *ctx, const char *name, enum sheet_fault fault)
{
    switch (fault) {
    case SHEET_GOOD:
    case SHEET_STOPPED:
    case SHEET_OPEN_QUOTE:
        return STATUS_DONE;
    case SHEET_TOO_LARGE:
        return fail(ctx, STATUS_FAILED, name, _("split it"), "%s", _("the file, a row or a cell is too large"));
    case SHEET_NOT_TEXT:
        return fail(ctx, STATUS_BAD_ROWS, name, _("save it as XLSX or CSV"), "%s", _("this is no table"));
    case SHEET_BROKEN:
        return fail(ctx, STATUS_BAD_ROWS, name, _("open it in a spreadsheet and save it again"), "%s",
                    _("this is no XLSX file, or a damaged one"));
    case SHEET_HOSTILE:
        return fail(ctx, STATUS_BAD_ROWS, name, _("do not use it, and ask where it comes from"), "%s",
                    _("no spreadsheet writes such a file: it unpacks without end, or declares what it must not"));
    case SHEET_LOCKED:
        return fail(ctx, STATUS_BAD_ROWS, name, _("save it as XLSX, without a password"), "%s",
                    _("it has a password, or the form before XLSX"));
    case SHEET_UNREADABLE:
        return fail(ctx, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_FAILED, name, _("check the path"), "%s",
                    strerror(errno));
    case SHEET_NO_MEMORY:
        return fail_memory(ctx);
    }
    return STATUS_DONE;
}

static int unknown_file(struct reading *reading, const char *name)
{
    struct context *ctx = reading->import->ctx;
    if (reading->import->map != NULL)
        return fail(ctx, STATUS_USAGE, "--map", _("see 'linli help import'"), "%s",
                    _("with it, no row holds headings that are known, or it names a field that is not there"));
    return fail(ctx, STATUS_BAD_ROWS, name, _("see 'linli help import'"), "%s",
                _("its first rows hold no headings that are known"));
}

/* One pass over the file, which is copied because reading changes it. */
static int pass(struct import *import, const struct import_kind *only, const char *name, const char *data, size_t size)
{
    struct reading reading = {.import = import, .only = only};
    char *copy = malloc(size + 1);
    if (copy == NULL)
        return fail_memory(import->ctx);
    memcpy(copy, data, size);
    progress_begin(&import->progress, import->ctx, _("Importing"), size);
    enum sheet_fault fault = sheet_each(copy, size, on_row, &reading);
    progress_end(&import->progress);
    free(copy);
    int status = import->batch.status == STATUS_DONE ? file_fault(import->ctx, name, fault) : import->batch.status;
    if (status == STATUS_DONE && reading.kind == NULL)
        status = unknown_file(&reading, name);
    else if (status == STATUS_DONE && reading.second != NULL)
        status = fail(import->ctx, STATUS_USAGE, name, _("say which it is with --kind"), _("its headings fit two kinds: %s and %s"),
                      reading.kind->name, reading.second->name);
    if (status == STATUS_DONE && fault == SHEET_OPEN_QUOTE) {
        import->rows++;
        import_problem(import, reading.last + 1, "", _("a quotation mark is never closed: the rest was not read"));
    }
    import->batch.status = import->batch.status == STATUS_DONE ? status : import->batch.status;
    if (reading.kind != NULL && reading.kind->finish != NULL && import->batch.status == STATUS_DONE)
        reading.kind->finish(import, reading.state);
    batch_flush(&import->batch);
    if (reading.kind != NULL)
        reading.kind->close(reading.state);
    return import->batch.status;
}

static void reset(struct import *import)
{
    import->rows = import->created = import->updated = import->unchanged = 0;
    import->rejected = import->deleted = import->conflicts = 0;
    import->last_bad_row = 0;
    json_array_clear(import->problems);
    json_array_clear(import->findings);
}

static int report_json(struct import *import)
{
    json_t *json = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:O, s:O}", "rows", (json_int_t)import->rows, "created",
                             (json_int_t)import->created, "updated", (json_int_t)import->updated, "unchanged",
                             (json_int_t)import->unchanged, "rejected", (json_int_t)import->rejected, "conflicts",
                             (json_int_t)import->conflicts, "problems", import->problems, "findings", import->findings);
    if (json != NULL && import->complete && json_object_set_new(json, "deleted", json_integer((json_int_t)import->deleted)) != 0) {
        json_decref(json);
        json = NULL;
    }
    return output_json(import->ctx, json);
}

/* "row 7, 手机号: ..." for what keeps a row out, "row 7: ..., see ID" for what somebody should look at. */
static void print_entries(const struct import *import, json_t *entries)
{
    size_t index = 0;
    json_t *entry = NULL;
    FILE *out = import->ctx->out;
    json_array_foreach(entries, index, entry) {
        const char *column = json_string_value(json_object_get(entry, "column")), *other = json_string_value(json_object_get(entry, "other"));
        const char *problem = json_string_value(json_object_get(entry, "problem"));
        long long row = (long long)json_integer_value(json_object_get(entry, "row"));
        if (index == PROBLEMS_SHOWN) {
            fprintf(out, _("and %zu more: see --json\n"), json_array_size(entries) - PROBLEMS_SHOWN);
            break;
        }
        if (column != NULL)
            fprintf(out, _("row %lld, %s: %s\n"), row, column, problem);
        else if (other != NULL)
            fprintf(out, _("row %lld: %s: see %s\n"), row, problem, other);
        else
            fprintf(out, _("row %lld: %s: see row %lld\n"), row, problem, (long long)json_integer_value(json_object_get(entry, "other_row")));
    }
}

static int report_text(struct import *import)
{
    FILE *out = import->ctx->out;
    fprintf(out, _("%llu rows: %llu created, %llu updated, %llu unchanged, %llu rejected\n"),
            (unsigned long long)import->rows, (unsigned long long)import->created, (unsigned long long)import->updated,
            (unsigned long long)import->unchanged, (unsigned long long)import->rejected);
    if (import->conflicts > 0)
        fprintf(out, _("%llu corrected cells were changed by somebody else meanwhile: see 'linli conflicts'\n"), (unsigned long long)import->conflicts);
    if (import->complete)
        fprintf(out, _("%llu deleted\n"), (unsigned long long)import->deleted);
    print_entries(import, import->problems);
    print_entries(import, import->findings);
    return STATUS_DONE;
}

static int report(struct import *import, const char *name, bool undone)
{
    int status = import->ctx->json ? report_json(import) : report_text(import);
    if (status != STATUS_DONE || import->rejected == 0)
        return status;
    if (undone)
        return fail(import->ctx, STATUS_BAD_ROWS, name, _("mend them and import again"),
                    _("%llu rows are bad, so nothing was changed"), (unsigned long long)import->rejected);
    return fail(import->ctx, STATUS_BAD_ROWS, name, _("mend them and import again"), _("%llu rows are bad"),
                (unsigned long long)import->rejected);
}

static int run(struct import *import, const struct import_kind *only, const char *name, const char *data, size_t size)
{
    bool dry = option_has(&import->ctx->options, "dry-run"), strict = option_has(&import->ctx->options, "strict");
    import->dry = dry || strict;
    int status = pass(import, only, name, data, size);
    if (status == STATUS_DONE && strict && !dry && import->rejected == 0) {
        reset(import);
        import->dry = false;
        status = pass(import, only, name, data, size);
    }
    return status != STATUS_DONE ? status : report(import, name, import->dry);
}

/* Rules for headings: --map takes them themselves, or @FILE; --mapping takes the file. */
static int read_map(struct context *ctx, char **owned, const char **map)
{
    const char *file = option_value(&ctx->options, "mapping"), *rules = option_value(&ctx->options, "map");
    if (file == NULL && rules != NULL && rules[0] == '@')
        file = rules + 1;
    *map = rules;
    if (file == NULL)
        return STATUS_DONE;
    char *path = context_path(ctx, file), *data = NULL;
    size_t size = 0;
    enum sheet_fault fault = path != NULL ? csv_load(path, &data, &size) : SHEET_NO_MEMORY;
    int why = errno;
    free(path);
    errno = why;
    if (fault == SHEET_NO_MEMORY || (fault == SHEET_GOOD && (*owned = calloc(1, size + 1)) == NULL)) {
        free(data);
        return fail_memory(ctx);
    }
    if (fault != SHEET_GOOD)
        return file_fault(ctx, file, fault);
    if (size > MAP_BYTES) {
        free(data);
        return fail(ctx, STATUS_FAILED, file, _("name the file of the rules"), "%s", _("rules for headings take at most 64 KiB"));
    }
    memcpy(*owned, data, size);
    free(data);
    *map = strncmp(*owned, "\xEF\xBB\xBF", 3) == 0 ? *owned + 3 : *owned;
    return STATUS_DONE;
}

static const struct import_kind *kind_of(const char *word)
{
    for (size_t i = 0; word != NULL && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i]->name, word) == 0)
            return kinds[i];
    return NULL;
}

int verb_import(struct context *ctx)
{
    const char *name = ctx->options.args[0], *date = option_value(&ctx->options, "date");
    char time[DATES_TIME_BYTES], told[DATES_DATE_BYTES], *path = NULL, *data = NULL, *map = NULL;
    size_t size = 0;
    bool given = false;
    struct import import = {.ctx = ctx, .batch = {.ctx = ctx}, .complete = option_has(&ctx->options, "complete")};
    if (option_value(&ctx->options, "scope") == NULL)
        return fail_usage(ctx, "%s", _("--scope is needed"));
    if (date != NULL && !dates_read(date, told))
        return fail_usage(ctx, _("'%.20s' is no date such as 2026-11-23"), fail_word(ctx, date));
    snprintf(import.today, sizeof(import.today), "%.10s", dates_write_time((int64_t)store_now_ms(), time));
    import.date = date != NULL ? told : import.today;
    int status = actor_say(ctx, NULL, true);
    if (status == STATUS_DONE)
        status = records_scope_option(ctx, &import.scope, &given);
    if (status == STATUS_DONE)
        status = read_map(ctx, &map, &import.map);
    if (status != STATUS_DONE)
        goto out;
    path = context_path(ctx, name);
    import.problems = json_array();
    import.findings = json_array();
    if (path == NULL || import.problems == NULL || import.findings == NULL) {
        status = fail_memory(ctx);
        goto out;
    }
    status = file_fault(ctx, name, csv_load(path, &data, &size));
    if (status == STATUS_DONE)
        status = run(&import, kind_of(option_value(&ctx->options, "kind")), name, data, size);

out:
    json_decref(import.problems);
    json_decref(import.findings);
    free(map);
    free(path);
    free(data);
    return status;
}
