/* Command line, `linli conflicts`: fields to which people wrote different things without seeing one another. */
#include <stdlib.h>

#include "actor.h"
#include "dates.h"
#include "fail.h"
#include "output.h"
#include "records.h"
#include "spool.h"
#include "value.h"
#include "verbs.h"

struct listing {
    struct context *ctx;
    struct table table;
    int status;
};

static json_t *write_json(struct context *ctx, const struct linli_schema_type *type, const struct linli_write *write)
{
    const struct linli_schema_field *field = type != NULL ? linli_schema_field_by_number(type, write->field) : NULL;
    char dot[OUTPUT_DOT_BYTES], author[OUTPUT_DOT_BYTES], device[64], stamp[DATES_TIME_BYTES], number[16];
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o?}", "dot", output_dot(&write->dot, dot), "author",
                     output_author(&write->dot.author, author), "device",
                     records_device(ctx, write->dot.author.key, device), "stamp", records_stamp(write->stamp, stamp),
                     "field", records_field_name(type, write->field, number), "value",
                     value_json(field, &write->value));
}

static json_t *conflict_json(struct context *ctx, const struct linli_conflict *conflict)
{
    const struct linli_schema_type *type = linli_schema_type_by_number(conflict->type);
    char type_name[16], field_name[16];
    json_t *values = json_array();
    for (size_t i = 0; values != NULL && i < conflict->value_count; i++)
        if (json_array_append_new(values, write_json(ctx, type, &conflict->values[i])) != 0) {
            json_decref(values);
            return NULL;
        }
    return json_pack("{s:o?, s:o?, s:s, s:s, s:I, s:o?}", "id", output_json_id(&conflict->record), "scope",
                     output_json_id(&conflict->scope), "type", records_type_name(conflict->type, type_name), "field",
                     records_field_name(type, conflict->field, field_name), "count", (json_int_t)conflict->count, "values",
                     values);
}

static bool on_conflict(void *at, const struct linli_conflict *conflict)
{
    struct listing *listing = at;
    const struct linli_schema_type *type = linli_schema_type_by_number(conflict->type);
    char id[OUTPUT_HEX_BYTES], dot[OUTPUT_DOT_BYTES], device[64], stamp[DATES_TIME_BYTES], number[16];
    if (listing->ctx->json) {
        listing->status = output_json(listing->ctx, conflict_json(listing->ctx, conflict));
        return listing->status == STATUS_DONE;
    }
    output_id(&conflict->record, id);
    id[8] = '\0';
    for (size_t i = 0; i < conflict->value_count && !listing->table.broken; i++) {
        const struct linli_write *write = &conflict->values[i];
        const struct linli_schema_field *field = type != NULL ? linli_schema_field_by_number(type, write->field) : NULL;
        char *text = value_text(field, &write->value);
        const char *row[] = {id,
                             field != NULL ? value_field_label(field) : records_field_name(type, write->field, number),
                             text,
                             records_device(listing->ctx, write->dot.author.key, device),
                             dates_write_local((int64_t)(write->stamp >> 16), stamp),
                             output_short_dot(&write->dot, dot)};
        table_row(&listing->table, row);
        free(text);
    }
    return !listing->table.broken;
}

int verb_conflicts(struct context *ctx)
{
    linli_id scope;
    bool given = false;
    struct listing listing = {.ctx = ctx};
    struct spool spool;
    const char *headings[] = {_("record"), _("field"), _("value"), _("who"), _("when"), _("write")};
    int status = actor_reads(ctx);
    if (status == STATUS_DONE)
        status = records_scope_option(ctx, &scope, &given);
    if (status != STATUS_DONE)
        return status;
    status = spool_begin(ctx, &ctx->out, &spool);
    if (status != STATUS_DONE)
        return status;
    table_begin(&listing.table, headings, 6);
    int rc = linli_conflict_each(ctx->store, given ? &scope : NULL, NULL, on_conflict, &listing);
    status = spool_end(ctx, &spool);
    int shown = table_finish(ctx, &listing.table, !ctx->json && rc == LINLI_OK);
    status = status != STATUS_DONE ? status : shown;
    if (rc != LINLI_OK)
        return fail_code(ctx, "conflicts", rc);
    return listing.status != STATUS_DONE ? listing.status : status;
}
