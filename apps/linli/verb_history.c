/* Command line, `linli history`: every write to a record, oldest first; for people as a sentence each. */
#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "dates.h"
#include "erasing.h"
#include "fail.h"
#include "output.h"
#include "records.h"
#include "spool.h"
#include "value.h"
#include "verbs.h"

enum { SAID_MAX = 64, SENTENCE_BYTES = 1024 };

struct listing {
    struct context *ctx;
    const struct linli_schema_type *type;
    struct table table;
    struct {
        linli_field field;
        char *text; /* what was written of it last; owned */
    } said[SAID_MAX];
    size_t said_count;
    bool begun;
    int status;
};

static const char *remark(const struct linli_write *write)
{
    if (write->set_aside)
        return _("set aside");
    return write->superseded && !write->removed ? _("replaced") : "";
}

/* Field 0 is the life of the record: {0: 0} alive, {0: 1} deleted (proto/record.md 2). */
static const char *field_name(const struct listing *listing, linli_field field, char *buffer)
{
    return field == 0 ? "deleted" : records_field_name(listing->type, field, buffer);
}

/* What was written of this field before, NULL for nothing; from now on that is `text`, which is taken over. */
static char *said_before(struct listing *listing, linli_field field, char *text)
{
    size_t i = 0;
    while (i < listing->said_count && listing->said[i].field != field)
        i++;
    if (i == SAID_MAX) { /* a type of so many fields is one of the future: its writes are told without what was before */
        free(text);
        return NULL;
    }
    char *before = i < listing->said_count ? listing->said[i].text : NULL;
    listing->said[i].field = field;
    listing->said[i].text = text;
    listing->said_count = i == listing->said_count ? i + 1 : listing->said_count;
    return before;
}

/* A register or a status: what it is now, and what was written before. */
static void changed_words(struct listing *listing, linli_field field, const char *label, const char *text, char *out)
{
    char *before = said_before(listing, field, strdup(text));
    if (text[0] == '\0')
        snprintf(out, SENTENCE_BYTES, _("cleared %s"), label);
    else if (before == NULL || before[0] == '\0' || strcmp(before, text) == 0)
        snprintf(out, SENTENCE_BYTES, _("%s: %s"), label, text);
    else
        snprintf(out, SENTENCE_BYTES, _("%s: %s (before: %s)"), label, text, before);
    free(before);
}

static void write_words(struct listing *listing, const struct linli_write *write, const char *label, const char *text, char *out)
{
    if (write->field == 0)
        snprintf(out, SENTENCE_BYTES, "%s", write->value.number != 0 ? _("deleted it") : _("brought it back"));
    else if (write->removed)
        snprintf(out, SENTENCE_BYTES, _("%s: took out %s"), label, text);
    else if (write->rule == LINLI_SET || write->rule == LINLI_COUNTER || write->rule == LINLI_LOG)
        snprintf(out, SENTENCE_BYTES, _("%s: added %s"), label, text);
    else
        changed_words(listing, write->field, label, text, out);
}

/* Whoever wrote first is who recorded it. */
static void first_row(struct listing *listing, const char *stamp, const char *device)
{
    char words[SENTENCE_BYTES];
    const char *row[] = {stamp, device, words, "", ""};
    snprintf(words, sizeof(words), _("recorded this %s"), listing->type != NULL ? value_type_label(listing->type) : _("record"));
    table_row(&listing->table, row);
    listing->begun = true;
}

static bool write_json(struct listing *listing, const struct linli_write *write, const struct linli_schema_field *field, const char *device)
{
    char dot[OUTPUT_DOT_BYTES], author[OUTPUT_DOT_BYTES], stamp[DATES_TIME_BYTES], number[16];
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o?, s:b}", "dot", output_dot(&write->dot, dot), "author",
                             output_author(&write->dot.author, author), "device", device, "stamp", records_stamp(write->stamp, stamp),
                             "field", field_name(listing, write->field, number), "value", value_json(field, &write->value), "superseded",
                             write->superseded ? 1 : 0);
    bool good = json != NULL && (!write->removed || json_object_set_new(json, "removed", json_true()) == 0) &&
                (!write->set_aside || json_object_set_new(json, "set_aside", json_true()) == 0);
    if (!good) {
        json_decref(json);
        json = NULL;
    }
    listing->status = output_json(listing->ctx, json);
    return listing->status == STATUS_DONE;
}

static bool on_write(void *at, const struct linli_write *write)
{
    struct listing *listing = at;
    const struct linli_schema_field *field =
        listing->type != NULL ? linli_schema_field_by_number(listing->type, write->field) : NULL;
    char dot[OUTPUT_DOT_BYTES], device[64], stamp[DATES_TIME_BYTES], number[16], words[SENTENCE_BYTES];
    records_device(listing->ctx, write->dot.author.key, device);
    if (listing->ctx->json)
        return write_json(listing, write, field, device);
    char *text = value_text(field, &write->value);
    write_words(listing, write, field != NULL ? value_field_label(field) : field_name(listing, write->field, number), text != NULL ? text : "",
                words);
    dates_write_local((int64_t)(write->stamp >> 16), stamp);
    output_short_dot(&write->dot, dot);
    if (!listing->begun)
        first_row(listing, stamp, device);
    const char *row[] = {stamp, device, words, remark(write), dot};
    table_row(&listing->table, row);
    listing->table.broken = listing->table.broken || text == NULL;
    free(text);
    return !listing->table.broken;
}

int verb_history(struct context *ctx)
{
    linli_id id;
    linli_record *record = NULL;
    struct listing listing = {.ctx = ctx};
    struct spool spool;
    const char *headings[] = {_("when"), _("who"), _("what"), "", _("write")};
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
    table_begin(&listing.table, headings, 5);
    rc = linli_history_each(ctx->store, &id, on_write, &listing);
    status = spool_end(ctx, &spool);
    int shown = table_finish(ctx, &listing.table, !ctx->json && rc == LINLI_OK);
    for (size_t i = 0; i < listing.said_count; i++)
        free(listing.said[i].text);
    status = status != STATUS_DONE ? status : shown;
    if (rc == LINLI_OK && listing.status == STATUS_DONE && status == STATUS_DONE)
        rc = ctx->json ? erasing_lines(ctx, &id, &status) : erasing_text(ctx, &id);
    if (rc != LINLI_OK)
        return fail_code(ctx, ctx->options.args[0], rc);
    return listing.status != STATUS_DONE ? listing.status : status;
}
