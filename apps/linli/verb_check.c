/* Command line, `linli check`: what does not fit in the records held, and what to do about it. */
#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "check.h"
#include "dates.h"
#include "fail.h"
#include "output.h"
#include "records.h"
#include "spool.h"
#include "store_open.h"
#include "value.h"
#include "verbs.h"

struct checking {
    struct check check;
    struct table table;
    size_t records, findings;
    int status;
};

/* What a person knows the record by: its first text that is indexed and not sealed. */
static const char *known_as(const struct check *check, char *out, size_t size)
{
    for (size_t i = 0; i < check->type->field_count; i++) {
        const struct linli_schema_field *field = &check->type->fields[i];
        if (field->indexed && field->kind == LINLI_KIND_TEXT && field->seal == LINLI_SEAL_NONE)
            return check_text(check_value(check->record, field->number), out, size);
    }
    return "";
}

static void problem_text(const struct finding *finding, char *out, size_t size)
{
    bool more = finding->detail[0] != '\0';
    snprintf(out, size, "%s%s%s%s", finding_problem(finding->kind), more ? " (" : "", finding->detail, more ? ")" : "");
}

static int finding_json(struct context *ctx, const struct finding *finding, const char *problem)
{
    return output_json(ctx, json_pack("{s:s, s:o?, s:s, s:s?, s:o?, s:s, s:s}", "finding", finding_code(finding->kind), "record",
                                      output_json_id(finding->record), "type", finding->type->name, "field",
                                      finding->field != NULL ? finding->field->name : NULL, "other",
                                      finding->other != NULL ? output_json_id(finding->other) : json_null(), "problem", problem,
                                      "advice", finding_advice(finding->kind)));
}

static void on_found(void *at, const struct finding *finding)
{
    struct checking *checking = at;
    struct context *ctx = checking->check.ctx;
    char id[OUTPUT_HEX_BYTES], name[CHECK_TEXT_BYTES], problem[2 * CHECK_TEXT_BYTES], other[OUTPUT_HEX_BYTES] = "";
    checking->findings++;
    problem_text(finding, problem, sizeof(problem));
    if (ctx->json) {
        int status = finding_json(ctx, finding, problem);
        checking->status = checking->status != STATUS_DONE ? checking->status : status;
        return;
    }
    output_id(finding->record, id);
    id[8] = '\0';
    if (finding->other != NULL)
        output_id(finding->other, other);
    other[8] = '\0';
    const char *row[] = {id, value_type_label(finding->type), known_as(&checking->check, name, sizeof(name)),
                         finding->field != NULL ? value_field_label(finding->field) : "", problem, other, finding_advice(finding->kind)};
    table_row(&checking->table, row);
}

static bool on_record(void *at, const linli_record *record)
{
    struct checking *checking = at;
    checking->records++;
    checking->check.record = record;
    check_fields(&checking->check);
    check_across(&checking->check);
    return !checking->check.broken && !checking->table.broken && checking->status == STATUS_DONE;
}

/* Only what has a shape is opened: the audit says that it was read. */
static bool reads_sealed(const struct linli_schema_type *type)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const struct linli_schema_field *field = &type->fields[i];
        if (field->seal != LINLI_SEAL_NONE && (field->format != LINLI_FORMAT_ANY || field->choice_count > 0))
            return true;
    }
    return false;
}

static int check_all(struct checking *checking, const struct linli_schema_type *only)
{
    size_t count = 0;
    const struct linli_schema_type *types = linli_schema_types(&count);
    int rc = check_gather(&checking->check);
    for (size_t i = 0; i < count && rc == LINLI_OK && checking->status == STATUS_DONE; i++) {
        if (only != NULL && only != &types[i])
            continue;
        struct linli_query query = {.type = types[i].number, .scope = checking->check.scope, .subtree = true,
                                    .closed = !reads_sealed(&types[i])};
        checking->check.type = &types[i];
        rc = linli_query_each(checking->check.ctx->store, &query, on_record, checking);
        rc = rc == LINLI_OK && checking->check.broken ? LINLI_E_NOMEM : rc;
    }
    return rc;
}

int verb_check(struct context *ctx)
{
    struct checking checking = {.check = {.ctx = ctx, .found = on_found, .at = &checking}};
    const struct linli_schema_type *only = NULL;
    const char *headings[] = {_("id"), _("type"), _("name"), _("field"), _("problem"), _("other"), _("what to do")};
    struct spool spool;
    char now[DATES_TIME_BYTES];
    linli_id scope;
    bool given = false;
    if (ctx->options.arg_count > 0 && (only = records_type(ctx, ctx->options.args[0])) == NULL)
        return STATUS_USAGE;
    int status = actor_reads(ctx);
    if (status == STATUS_DONE)
        status = records_scope_option(ctx, &scope, &given);
    if (status == STATUS_DONE)
        status = spool_begin(ctx, &ctx->out, &spool);
    if (status != STATUS_DONE)
        return status;
    checking.check.scope = given ? &scope : NULL;
    snprintf(checking.check.today, sizeof(checking.check.today), "%.10s", dates_write_time((int64_t)store_now_ms(), now));
    table_begin(&checking.table, headings, 7);
    int rc = check_all(&checking, only);
    status = spool_end(ctx, &spool);
    int shown = table_finish(ctx, &checking.table, !ctx->json && rc == LINLI_OK && checking.findings > 0);
    status = status != STATUS_DONE ? status : shown;
    check_free(&checking.check);
    if (rc != LINLI_OK)
        return fail_code(ctx, ctx->verb->name, rc);
    if (!ctx->json && status == STATUS_DONE)
        fprintf(ctx->out, _("%zu findings in %zu records\n"), checking.findings, checking.records);
    return checking.status != STATUS_DONE ? checking.status : status;
}
