/* Command line, `linli list`: records of one type, a line each. */
#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "fail.h"
#include "filter.h"
#include "output.h"
#include "records.h"
#include "spool.h"
#include "value.h"
#include "verbs.h"

enum { WHERE_MAX = 16, SHOWN_MAX = 8 };

struct listing {
    struct context *ctx;
    const struct linli_schema_type *type;
    const struct linli_schema_field *shown[SHOWN_MAX];
    size_t shown_count;
    struct table table;
    int status;
};

struct filter {
    struct linli_query query;
    struct linli_where where[WHERE_MAX];
    struct value values[WHERE_MAX];
    linli_id scope;
    struct filter_ids ids; /* of `--filter` */
};

static int read_where(struct context *ctx, const struct linli_schema_type *type, struct filter *filter)
{
    const char *text = NULL;
    for (size_t i = 0; (text = option_nth(&ctx->options, "where", i)) != NULL; i++) {
        const char *equals = strchr(text, '=');
        if (i == WHERE_MAX || equals == NULL)
            return fail_usage(ctx, _("--where takes FIELD=VALUE, at most %d of them"), WHERE_MAX);
        const struct linli_schema_field *field = records_field(ctx, type, text, (size_t)(equals - text));
        if (field == NULL)
            return STATUS_USAGE;
        if (value_read(field, equals + 1, &filter->values[i]) != LINLI_OK)
            return fail(ctx, STATUS_USAGE, text, value_hint(field), "%s", _("the value is of another kind"));
        filter->where[i].field = field->number;
        filter->where[i].equals = filter->values[i].value;
        filter->query.where_count = i + 1;
    }
    return STATUS_DONE;
}

static int read_filter(struct context *ctx, const struct linli_schema_type *type, struct filter *filter)
{
    const char *sort = option_value(&ctx->options, "sort"), *limit = option_value(&ctx->options, "limit");
    bool given = false;
    filter->query.type = type->number;
    filter->query.where = filter->where;
    filter->query.match = option_value(&ctx->options, "match");
    filter->query.with_deleted = option_has(&ctx->options, "deleted");
    if (limit != NULL) {
        char *end = NULL;
        filter->query.limit = strtoul(limit, &end, 10);
        if (limit[0] < '0' || limit[0] > '9' || *end != '\0')
            return fail_usage(ctx, _("--limit takes a whole number, not '%.20s'"), fail_word(ctx, limit));
        if (filter->query.limit == 0)
            return fail_usage(ctx, "%s", _("--limit 0 would show nothing"));
    }
    if (sort != NULL) {
        const struct linli_schema_field *field = records_field(ctx, type, sort, strlen(sort));
        if (field == NULL)
            return STATUS_USAGE;
        filter->query.sort = field->number;
    }
    int status = read_where(ctx, type, filter);
    if (status == STATUS_DONE)
        status = records_scope_option(ctx, &filter->scope, &given);
    filter->query.scope = given ? &filter->scope : NULL;
    filter->query.subtree = given;
    const char *name = option_value(&ctx->options, "filter");
    if (status == STATUS_DONE && name != NULL) {
        status = filter_named(ctx, name, type, filter->query.scope, &filter->ids);
        filter->query.among = filter->ids.at;
        filter->query.among_count = filter->ids.count;
    }
    return status;
}

/* A list on a screen shows no sensitive field and nothing long: `show` does. */
static void choose_columns(struct listing *listing)
{
    for (size_t i = 0; i < listing->type->field_count && listing->shown_count < SHOWN_MAX; i++) {
        const struct linli_schema_field *field = &listing->type->fields[i];
        bool plain = field->retired_en == NULL && field->cls != LINLI_SENSITIVE && field->kind != LINLI_KIND_BYTES && field->rule != LINLI_LOG;
        if (plain && field->kind != LINLI_KIND_ID)
            listing->shown[listing->shown_count++] = field;
    }
}

/* What is neither shown nor asked for need not be opened. */
static bool reads_sealed(const struct listing *listing, const struct linli_query *query)
{
    bool sealed = listing->ctx->json || query->where_count > 0 || query->match != NULL || query->sort != 0;
    for (size_t i = 0; i < listing->shown_count; i++)
        sealed = sealed || listing->shown[i]->seal != LINLI_SEAL_NONE;
    return sealed;
}

static bool on_record(void *at, const linli_record *record)
{
    struct listing *listing = at;
    char id[OUTPUT_HEX_BYTES];
    char *texts[SHOWN_MAX + 1] = {NULL};
    if (listing->ctx->json) {
        listing->status = output_json(listing->ctx, records_json(record, RECORDS_CONFLICTS | RECORDS_DELETED));
        return listing->status == STATUS_DONE && ferror(listing->ctx->out) == 0;
    }
    output_id(linli_record_id(record), id);
    id[8] = '\0';
    for (size_t i = 0; i < listing->shown_count; i++) {
        const struct linli_reading *reading = linli_record_field(record, listing->shown[i]->number);
        if (reading != NULL)
            texts[i + 1] = value_reading_text(listing->shown[i], reading);
    }
    const char *row[SHOWN_MAX + 1] = {id};
    for (size_t i = 0; i < listing->shown_count; i++)
        row[i + 1] = texts[i + 1];
    table_row(&listing->table, row);
    for (size_t i = 0; i < listing->shown_count; i++)
        free(texts[i + 1]);
    return !listing->table.broken;
}

int verb_list(struct context *ctx)
{
    struct filter filter;
    struct spool spool;
    struct listing listing = {.ctx = ctx, .type = records_type(ctx, ctx->options.args[0])};
    char number_heading[SHOWN_MAX + 1][64];
    const char *headings[SHOWN_MAX + 1] = {_("id")};
    memset(&filter, 0, sizeof(filter));
    if (listing.type == NULL)
        return STATUS_USAGE;
    int status = actor_reads(ctx);
    if (status == STATUS_DONE)
        status = read_filter(ctx, listing.type, &filter);
    if (status != STATUS_DONE)
        goto out;
    choose_columns(&listing);
    filter.query.closed = !reads_sealed(&listing, &filter.query);
    for (size_t i = 0; i < listing.shown_count; i++) {
        bool right = listing.shown[i]->kind == LINLI_KIND_INT;
        snprintf(number_heading[i], sizeof(number_heading[i]), "%s%s", right ? ">" : "",
                 value_field_label(listing.shown[i]));
        headings[i + 1] = number_heading[i];
    }
    status = spool_begin(ctx, &ctx->out, &spool);
    if (status != STATUS_DONE)
        goto out;
    table_begin(&listing.table, headings, listing.shown_count + 1);
    int rc = linli_query_each(ctx->store, &filter.query, on_record, &listing);
    status = spool_end(ctx, &spool);
    int shown = table_finish(ctx, &listing.table, !ctx->json && rc == LINLI_OK);
    status = status != STATUS_DONE ? status : shown;
    if (rc != LINLI_OK)
        status = fail_code(ctx, listing.type->name, rc);
    else if (listing.status != STATUS_DONE)
        status = listing.status;

out:
    for (size_t i = 0; i < WHERE_MAX; i++)
        value_free(&filter.values[i]);
    filter_free(&filter.ids);
    return status;
}
