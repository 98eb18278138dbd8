/* Command line, `linli list`: records of one type, a line each. */
#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "fail.h"
#include "filter.h"
#include "output.h"
#include "people.h"
#include "records.h"
#include "spool.h"
#include "value.h"
#include "verbs.h"

enum { WHERE_MAX = 16, SHOWN_MAX = 8, SAME_MAX = 8 };

struct listing {
    struct context *ctx;
    const struct linli_schema_type *type;
    const struct linli_schema_field *shown[SHOWN_MAX];
    size_t shown_count;
    struct table table;
    struct people people;
    bool closed;     /* what is read beside the query is left as it is stored, too */
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

/* ---- a person who is recorded more than once is listed once, with what any of the records says ---- */

struct others {
    linli_record *at[SAME_MAX];
    size_t count;
};

/* Those that are held here and not deleted. */
static void others_read(struct listing *listing, const linli_record *record, struct others *out)
{
    const linli_id *id;
    out->count = 0;
    for (size_t n = 0; out->count < SAME_MAX && (id = people_other(&listing->people, linli_record_id(record), n)) != NULL; n++) {
        linli_record *other = NULL;
        int rc = listing->closed ? linli_record_get_closed(listing->ctx->store, id, &other) : linli_record_get(listing->ctx->store, id, &other);
        if (rc == LINLI_OK && !linli_record_deleted(other) && linli_record_type(other) == linli_record_type(record))
            out->at[out->count++] = other;
        else
            linli_record_free(other);
    }
}

static void others_free(struct others *others)
{
    for (size_t i = 0; i < others->count; i++)
        linli_record_free(others->at[i]);
}

static const struct linli_reading *any_reading(const linli_record *record, const struct others *others, linli_field field)
{
    const struct linli_reading *reading = linli_record_field(record, field);
    for (size_t i = 0; i < others->count && reading == NULL; i++)
        reading = linli_record_field(others->at[i], field);
    return reading;
}

/* {"same": [ids]} beside the rest, where there are any. */
static json_t *person_json(const linli_record *record, const struct others *others)
{
    json_t *json = records_json(record, RECORDS_CONFLICTS | RECORDS_DELETED), *same = others->count > 0 ? json_array() : NULL;
    for (size_t i = 0; i < others->count; i++) {
        json_t *other = records_json(others->at[i], 0);
        (void)json_object_update_missing(json_object_get(json, "fields"), json_object_get(other, "fields"));
        (void)json_array_append_new(same, output_json_id(linli_record_id(others->at[i])));
        json_decref(other);
    }
    if (same != NULL && json_object_set_new(json, "same", same) != 0) {
        json_decref(json);
        json = NULL;
    }
    return json;
}

static void print_record(struct listing *listing, const linli_record *record, const struct others *others)
{
    char id[OUTPUT_HEX_BYTES];
    char *texts[SHOWN_MAX + 1] = {NULL};
    output_id(linli_record_id(record), id);
    id[8] = '\0';
    for (size_t i = 0; i < listing->shown_count; i++) {
        const struct linli_reading *reading = any_reading(record, others, listing->shown[i]->number);
        if (reading != NULL)
            texts[i + 1] = value_reading_text(listing->shown[i], reading);
    }
    const char *row[SHOWN_MAX + 1] = {id};
    for (size_t i = 0; i < listing->shown_count; i++)
        row[i + 1] = texts[i + 1];
    table_row(&listing->table, row);
    for (size_t i = 0; i < listing->shown_count; i++)
        free(texts[i + 1]);
}

static bool on_record(void *at, const linli_record *record)
{
    struct listing *listing = at;
    struct others others;
    if (!people_first(&listing->people, linli_record_id(record)))
        return true;
    others_read(listing, record, &others);
    if (listing->ctx->json)
        listing->status = output_json(listing->ctx, person_json(record, &others));
    else
        print_record(listing, record, &others);
    others_free(&others);
    return !listing->table.broken && listing->status == STATUS_DONE && ferror(listing->ctx->out) == 0;
}

/* Of the types that a same_as may name: people. */
static int join_people(struct listing *listing)
{
    const struct linli_schema_type *same_as = linli_schema_type_by_name("same_as");
    const struct linli_schema_field *one = linli_schema_field_by_name(same_as, "one");
    bool joined = one->ref == listing->type->number && !option_has(&listing->ctx->options, "apart");
    return joined ? people_gather(listing->ctx, &listing->people) : LINLI_OK;
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
    filter.query.closed = listing.closed = !reads_sealed(&listing, &filter.query);
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
    int rc = join_people(&listing);
    if (rc == LINLI_OK)
        rc = linli_query_each(ctx->store, &filter.query, on_record, &listing);
    status = spool_end(ctx, &spool);
    int shown = table_finish(ctx, &listing.table, !ctx->json && rc == LINLI_OK);
    status = status != STATUS_DONE ? status : shown;
    if (rc != LINLI_OK)
        status = fail_code(ctx, listing.type->name, rc);
    else if (listing.status != STATUS_DONE)
        status = listing.status;

out:
    people_free(&listing.people);
    for (size_t i = 0; i < WHERE_MAX; i++)
        value_free(&filter.values[i]);
    filter_free(&filter.ids);
    return status;
}
