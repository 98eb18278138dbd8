/* Command line, `linli aside`, `adopt` and `reject`: what came without the right to be written, and what the office says of it. */
#include <string.h>

#include "dates.h"
#include "devices.h"
#include "fail.h"
#include "output.h"
#include "records.h"
#include "spool.h"
#include "verbs.h"

struct listing {
    struct context *ctx;
    struct table table;
    int status;
};

static const char *reason_label(const char *reason)
{
    static const struct {
        const char *name, *label;
    } labels[] = {{"subject", N_("another's grant")}, {"scope", N_("outside its scope")}, {"term", N_("after its term")},
                  {"right", N_("without the right")}, {"content", N_("malformed")},       {"fork", N_("forked")},
                  {"revoked", N_("after it was revoked")}, {"rejected", N_("rejected")},
                  {"erased", N_("of a record that was erased")}};
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
        if (strcmp(labels[i].name, reason) == 0)
            return _(labels[i].label);
    return reason;
}

static json_t *aside_json(struct context *ctx, const struct linli_aside *aside)
{
    char dot[OUTPUT_DOT_BYTES], author[OUTPUT_DOT_BYTES], device[64], stamp[DATES_TIME_BYTES];

    return json_pack("{s:o?, s:o?, s:s, s:s, s:s, s:s, s:s}", "scope", output_json_id(&aside->scope), "record",
                     output_json_id(&aside->record), "dot", output_dot(&aside->dot, dot), "author",
                     output_author(&aside->dot.author, author), "device",
                     records_device(ctx, aside->dot.author.key, device), "stamp", records_stamp(aside->stamp, stamp),
                     "reason", aside->reason);
}

static bool on_aside(void *at, const struct linli_aside *aside)
{
    struct listing *listing = at;
    char record[OUTPUT_HEX_BYTES], dot[OUTPUT_DOT_BYTES], device[64], stamp[DATES_TIME_BYTES];

    if (listing->ctx->json) {
        listing->status = output_json(listing->ctx, aside_json(listing->ctx, aside));
        return listing->status == STATUS_DONE;
    }
    output_id(&aside->record, record);
    record[8] = '\0';
    const char *row[] = {record, records_device(listing->ctx, aside->dot.author.key, device),
                         dates_write_local((int64_t)(aside->stamp >> 16), stamp), reason_label(aside->reason),
                         output_short_dot(&aside->dot, dot)};
    table_row(&listing->table, row);
    return !listing->table.broken;
}

int verb_aside(struct context *ctx)
{
    linli_id scope;
    bool given = false;
    struct listing listing = {.ctx = ctx};
    struct spool spool;
    const char *headings[] = {_("record"), _("who"), _("when"), _("why"), _("write")};
    int status = records_scope_option(ctx, &scope, &given);
    if (status == STATUS_DONE)
        status = spool_begin(ctx, &ctx->out, &spool);
    if (status != STATUS_DONE)
        return status;
    table_begin(&listing.table, headings, 5);
    int rc = linli_aside_each(ctx->store, given ? &scope : NULL, on_aside, &listing);
    status = spool_end(ctx, &spool);
    int shown = table_finish(ctx, &listing.table, !ctx->json && rc == LINLI_OK);
    status = status != STATUS_DONE ? status : shown;
    if (rc != LINLI_OK)
        return fail_code(ctx, "aside", rc);
    return listing.status != STATUS_DONE ? listing.status : status;
}

/* What is set aside of a record need not be shown anywhere else: its id may be known from here alone. */
struct naming {
    const char *text;
    linli_id record;
    size_t matches;
};

static bool on_named(void *at, const struct linli_aside *aside)
{
    struct naming *n = at;
    char record[OUTPUT_HEX_BYTES];

    output_id(&aside->record, record);
    if (strncmp(record, n->text, strlen(n->text)) == 0 &&
        (n->matches == 0 || memcmp(&n->record, &aside->record, sizeof(n->record)) != 0)) {
        n->record = aside->record;
        n->matches++;
    }
    return true;
}

static int find_record(struct context *ctx, const char *text, linli_id *out)
{
    struct naming n = {.text = text};
    int rc = linli_aside_each(ctx->store, NULL, on_named, &n);

    if (rc != LINLI_OK)
        return fail_code(ctx, ctx->verb->name, rc);
    if (n.matches != 1)
        return n.matches == 0 ? fail(ctx, STATUS_NOT_FOUND, text, _("see 'linli aside'"), "%s", _("nothing of it is set aside"))
                              : fail(ctx, STATUS_USAGE, text, _("give more of its id"), "%s", _("several records fit"));
    *out = n.record;
    return STATUS_DONE;
}

static int rule(struct context *ctx, bool adopt)
{
    const char *device = option_value(&ctx->options, "device");
    struct linli_ruling ruling = {.adopt = adopt, .any_device = device == NULL};
    bool given = false;
    struct linli_ruled ruled;
    int status = records_scope_option(ctx, &ruling.scope, &given);

    if (status == STATUS_DONE && device != NULL)
        status = devices_find(ctx, device, ruling.device);
    if (status == STATUS_DONE && ctx->options.arg_count > 0)
        status = find_record(ctx, ctx->options.args[0], &ruling.record);
    if (status != STATUS_DONE)
        return status;
    if (ctx->options.arg_count == 0 && device == NULL && !given)
        return fail_usage(ctx, "%s", _("name a record, --device or --scope"));
    int rc = linli_aside_rule(ctx->store, &ruling, &ruled);
    if (rc == LINLI_E_NOT_FOUND)
        return fail(ctx, STATUS_NOT_FOUND, ctx->verb->name, _("see 'linli aside'"), "%s", _("nothing there can be ruled on"));
    if (rc != LINLI_OK)
        return fail_code(ctx, ctx->verb->name, rc);
    if (ctx->json)
        return output_json(ctx, json_pack("{s:I, s:I, s:I}", adopt ? "adopted" : "rejected", (json_int_t)ruled.done, "none",
                                          (json_int_t)ruled.none, "refused", (json_int_t)ruled.refused));
    fprintf(ctx->out, adopt ? _("%zu taken in as they were signed\n") : _("%zu stay aside\n"), ruled.done);
    if (ruled.none > 0)
        fprintf(ctx->out, _("%zu that no ruling changes\n"), ruled.none);
    if (ruled.refused > 0)
        fprintf(ctx->out, _("%zu are for who may manage there and write them\n"), ruled.refused);
    return STATUS_DONE;
}

int verb_adopt(struct context *ctx)
{
    return rule(ctx, true);
}

int verb_reject(struct context *ctx)
{
    return rule(ctx, false);
}
