/* Command line, `linli history`: every write to a record, oldest first. */
#include <stdlib.h>

#include "actor.h"
#include "dates.h"
#include "erasing.h"
#include "fail.h"
#include "output.h"
#include "records.h"
#include "spool.h"
#include "value.h"
#include "verbs.h"

struct listing {
    struct context *ctx;
    const struct linli_schema_type *type;
    struct table table;
    int status;
};

static const char *remark(const struct linli_write *write)
{
    if (write->set_aside)
        return _("set aside");
    if (write->removed)
        return _("taken out");
    return write->superseded ? _("replaced") : "";
}

/* Field 0 is the life of the record: {0: 0} alive, {0: 1} deleted (proto/record.md 2). */
static const char *field_name(const struct listing *listing, linli_field field, char *buffer)
{
    return field == 0 ? "deleted" : records_field_name(listing->type, field, buffer);
}

static bool on_write(void *at, const struct linli_write *write)
{
    struct listing *listing = at;
    const struct linli_schema_field *field =
        listing->type != NULL ? linli_schema_field_by_number(listing->type, write->field) : NULL;
    char dot[OUTPUT_DOT_BYTES], author[OUTPUT_DOT_BYTES], device[64], stamp[DATES_TIME_BYTES], number[16];
    output_dot(&write->dot, dot);
    output_author(&write->dot.author, author);
    records_device(listing->ctx, write->dot.author.key, device);
    const char *name = field_name(listing, write->field, number);
    if (listing->ctx->json) {
        json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o?, s:b}", "dot", dot, "author", author, "device", device,
                                 "stamp", records_stamp(write->stamp, stamp), "field", name, "value",
                                 value_json(field, &write->value), "superseded", write->superseded ? 1 : 0);
        bool good = json != NULL && (!write->removed || json_object_set_new(json, "removed", json_true()) == 0) &&
                    (!write->set_aside || json_object_set_new(json, "set_aside", json_true()) == 0);
        if (!good) {
            json_decref(json);
            json = NULL;
        }
        listing->status = output_json(listing->ctx, json);
        return listing->status == STATUS_DONE;
    }
    char *text = value_text(field, &write->value);
    dates_write_local((int64_t)(write->stamp >> 16), stamp);
    output_short_dot(&write->dot, dot);
    const char *row[] = {stamp, device, field != NULL ? value_field_label(field) : name, text, remark(write), dot};
    table_row(&listing->table, row);
    free(text);
    return !listing->table.broken;
}

int verb_history(struct context *ctx)
{
    linli_id id;
    linli_record *record = NULL;
    struct listing listing = {.ctx = ctx};
    struct spool spool;
    const char *headings[] = {_("when"), _("who"), _("field"), _("value"), "", _("write")};
    int status = actor_reads(ctx);
    if (status == STATUS_DONE)
        status = records_find(ctx, ctx->options.args[0], &id);
    if (status != STATUS_DONE)
        return status;
    int rc = linli_record_get_closed(ctx->store, &id, &record);
    if (rc == LINLI_OK)
        listing.type = linli_schema_type_by_number(linli_record_type(record));
    linli_record_free(record);
    if (rc != LINLI_OK)
        return fail_code(ctx, ctx->options.args[0], rc);
    status = spool_begin(ctx, &ctx->out, &spool);
    if (status != STATUS_DONE)
        return status;
    table_begin(&listing.table, headings, 6);
    rc = linli_history_each(ctx->store, &id, on_write, &listing);
    status = spool_end(ctx, &spool);
    int shown = table_finish(ctx, &listing.table, !ctx->json && rc == LINLI_OK);
    status = status != STATUS_DONE ? status : shown;
    if (rc == LINLI_OK && listing.status == STATUS_DONE && status == STATUS_DONE)
        rc = ctx->json ? erasing_lines(ctx, &id, &status) : erasing_text(ctx, &id);
    if (rc != LINLI_OK)
        return fail_code(ctx, ctx->options.args[0], rc);
    return listing.status != STATUS_DONE ? listing.status : status;
}
