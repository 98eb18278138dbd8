/* Command line, `linli history`: every write to a record, oldest first; for people as a sentence each. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "clean.h"
#include "dates.h"
#include "erasing.h"
#include "fail.h"
#include "output.h"
#include "records.h"
#include "spool.h"
#include "value.h"
#include "verbs.h"

enum { SAID_MAX = 64, BRIEF_CHARACTERS = 20, BRIEF_BYTES = 4 * BRIEF_CHARACTERS + 4 };

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

/* A sentence whole, however long what was written is; yours, NULL when memory is out. */
__attribute__((format(printf, 1, 2))) static char *sentence(const char *form, ...)
{
    va_list args, again;
    va_start(args, form);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, form, args);
    char *text = length < 0 ? NULL : malloc((size_t)length + 1);
    if (text != NULL)
        vsnprintf(text, (size_t)length + 1, form, again);
    va_end(again);
    va_end(args);
    return text;
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

/* Its first characters, and that there is more. */
static const char *brief(const char *text, char out[BRIEF_BYTES])
{
    const char *at = text;
    for (int i = 0; i < BRIEF_CHARACTERS && *at != '\0'; i++)
        (void)clean_next(&at);
    snprintf(out, BRIEF_BYTES, "%.*s%s", (int)(at - text), text, *at != '\0' ? "\xe2\x80\xa6" : "");
    return out;
}

/* The old value stands behind the new one: where a cell does not hold both whole, it holds the beginning of each. */
static char *replaced_words(const char *label, const char *text, const char *before)
{
    char now[BRIEF_BYTES], then[BRIEF_BYTES];
    char *words = sentence(_("%s: %s (before: %s)"), label, text, before);
    if (words == NULL || output_width(words) <= TABLE_CELL_COLUMNS)
        return words;
    free(words);
    return sentence(_("%s: %s (before: %s)"), label, brief(text, now), brief(before, then));
}

/* A register or a status: what it is now, and what was written before. What was set aside was before nothing. */
static char *changed_words(struct listing *listing, const struct linli_write *write, const char *label, const char *text)
{
    char *before = write->set_aside ? NULL : said_before(listing, write->field, strdup(text)), *words;
    if (text[0] == '\0')
        words = sentence(_("cleared %s"), label);
    else if (before == NULL || before[0] == '\0' || strcmp(before, text) == 0)
        words = sentence(_("%s: %s"), label, text);
    else
        words = replaced_words(label, text, before);
    free(before);
    return words;
}

static char *write_words(struct listing *listing, const struct linli_write *write, const char *label, const char *text)
{
    if (write->field == 0)
        return sentence("%s", write->value.number != 0 ? _("deleted it") : _("brought it back"));
    if (write->removed)
        return sentence(_("%s: took out %s"), label, text);
    if (write->rule == LINLI_SET || write->rule == LINLI_COUNTER || write->rule == LINLI_LOG)
        return sentence(_("%s: added %s"), label, text);
    return changed_words(listing, write, label, text);
}

/* Whoever wrote first is who recorded it. */
static void first_row(struct listing *listing, const char *stamp, const char *device)
{
    char *words = sentence(_("recorded this %s"), listing->type != NULL ? value_type_label(listing->type) : _("record"));
    const char *row[] = {stamp, device, words != NULL ? words : "", "", ""};
    table_row(&listing->table, row);
    listing->table.broken = listing->table.broken || words == NULL;
    free(words);
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
    char dot[OUTPUT_DOT_BYTES], device[64], stamp[DATES_TIME_BYTES], number[16];
    records_device(listing->ctx, write->dot.author.key, device);
    if (listing->ctx->json)
        return write_json(listing, write, field, device);
    char *text = value_text(field, &write->value);
    char *words = write_words(listing, write, field != NULL ? value_field_label(field) : field_name(listing, write->field, number),
                              text != NULL ? text : "");
    dates_write_local((int64_t)(write->stamp >> 16), stamp);
    output_short_dot(&write->dot, dot);
    if (!listing->begun)
        first_row(listing, stamp, device);
    const char *row[] = {stamp, device, words != NULL ? words : "", remark(write), dot};
    table_row(&listing->table, row);
    listing->table.broken = listing->table.broken || text == NULL || words == NULL;
    free(words);
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
