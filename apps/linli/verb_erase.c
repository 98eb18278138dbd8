/* Command line, `linli erase` and `linli compact`: what was written of a record goes for good, in every replica. */
#include <stdlib.h>
#include <string.h>

#include "about.h"
#include "erasing.h"
#include "fail.h"
#include "output.h"
#include "records.h"
#include "value.h"
#include "verbs.h"

/* --- what goes --- */

static int named(struct about *g)
{
    struct context *ctx = g->ctx;
    for (size_t i = 0; i < ctx->options.arg_count; i++) {
        linli_record *record = NULL;
        linli_id id;
        int status = records_find(ctx, ctx->options.args[i], &id);
        if (status != STATUS_DONE)
            return status;
        int rc = linli_record_get_closed(ctx->store, &id, &record);
        if (rc == LINLI_OK && !about_add(g, &id, linli_record_type(record)))
            rc = g->code;
        linli_record_free(record);
        if (rc != LINLI_OK)
            return fail_code(ctx, ctx->options.args[i], rc);
    }
    int rc = about_follow(g);
    return rc == LINLI_OK ? STATUS_DONE : fail_code(ctx, ctx->verb->name, rc);
}

static bool on_due(void *at, const struct linli_due *due)
{
    return about_add(at, &due->record, due->type);
}

static int due_find(struct about *g)
{
    linli_id scope;
    bool given;
    int status = records_scope_option(g->ctx, &scope, &given);
    if (status != STATUS_DONE)
        return status;
    int rc = linli_due_each(g->ctx->store, given ? &scope : NULL, on_due, g);
    rc = g->code != LINLI_OK ? g->code : rc;
    return rc == LINLI_OK ? STATUS_DONE : fail_code(g->ctx, g->ctx->verb->name, rc);
}

/* --- saying so --- */

static size_t of_type(const struct about *g, linli_type type)
{
    size_t count = 0;
    for (size_t i = 0; i < g->count; i++)
        count += g->types[i] == type;
    return count;
}

static json_t *types_json(const struct about *g)
{
    json_t *json = json_object();
    char number[16];
    for (size_t i = 0; i < g->count && json != NULL; i++)
        if (json_object_set_new(json, records_type_name(g->types[i], number),
                                json_integer((json_int_t)of_type(g, g->types[i]))) != 0) {
            json_decref(json);
            return NULL;
        }
    return json;
}

static void types_text(const struct about *g, FILE *out)
{
    char number[16];
    for (size_t i = 0; i < g->count; i++) {
        const struct linli_schema_type *type = linli_schema_type_by_number(g->types[i]);
        bool first = true;
        for (size_t k = 0; k < i && first; k++)
            first = g->types[k] != g->types[i];
        if (first)
            fprintf(out, "  %s: %zu\n", type != NULL ? value_type_label(type) : records_type_name(g->types[i], number),
                    of_type(g, g->types[i]));
    }
}

/* Only a person at a terminal is asked. */
static bool agreed(struct about *g)
{
    struct context *ctx = g->ctx;
    char answer[16];
    if (!ctx->in_terminal || !ctx->err_terminal || option_has(&ctx->options, "yes"))
        return true;
    fputs(_("To be erased, in every replica and for good:\n"), ctx->err);
    types_text(g, ctx->err);
    fputs(_("Nobody can bring it back. Erase it? [y/N] "), ctx->err);
    fflush(ctx->err);
    return fgets(answer, sizeof(answer), ctx->in) != NULL && (answer[0] == 'y' || answer[0] == 'Y');
}

static int show(const struct about *g, const struct linli_erased *done, bool dry, bool clean)
{
    struct context *ctx = g->ctx;
    if (ctx->json)
        return output_json(ctx, json_pack("{s:I, s:I, s:I, s:o?, s:b, s:b}", "records", (json_int_t)done->records, "parts",
                                          (json_int_t)done->parts, "orders", (json_int_t)done->orders, "types", types_json(g),
                                          "dry_run", dry ? 1 : 0, "compacted", clean ? 1 : 0));
    fprintf(ctx->out, dry ? _("%zu records would be erased, in %zu parts\n") : _("%zu records erased, in %zu parts\n"),
            done->records, done->parts);
    types_text(g, ctx->out);
    if (!dry)
        fputs(_("Other replicas erase it as they hear of it. Backups and papers do not.\n"), ctx->out);
    if (!dry && !clean && done->orders > 0)
        fputs(_("There was no room to write the store anew: free pages may keep it until that is done; see 'linli compact'.\n"),
              ctx->err);
    return STATUS_DONE;
}

static int erase(struct about *g, struct linli_erase *order)
{
    struct context *ctx = g->ctx;
    struct linli_erased done = {0};
    int rc = LINLI_OK;
    order->records = g->ids;
    order->count = g->count;
    order->dry_run = option_has(&ctx->options, "dry-run");
    if (g->count > 0)
        rc = linli_erase(ctx->store, order, &done);
    if (rc == LINLI_E_REFUSED)
        return fail(ctx, STATUS_REFUSED, ctx->verb->name, _("ask the office"), "%s", _("this device may not erase there"));
    if (rc != LINLI_OK)
        return fail_code(ctx, ctx->verb->name, rc);
    bool clean = !order->dry_run && done.orders > 0 && linli_store_compact(ctx->store, NULL) == LINLI_OK;
    return show(g, &done, order->dry_run, clean);
}

/* The word after --kind as the format knows it. */
static bool take_kind(const char *text, struct linli_erase *order)
{
    for (int i = LINLI_ERASE_REQUEST; text != NULL && i <= LINLI_ERASE_ROUND_OVER; i++)
        if (strcmp(text, erasing_kind((enum linli_erase_reason)i)) == 0)
            order->reason = (enum linli_erase_reason)i;
    return text == NULL || order->reason != LINLI_ERASE_NONE;
}

int verb_erase(struct context *ctx)
{
    struct about going = {.ctx = ctx};
    struct linli_erase order = {.note = option_value(&ctx->options, "reason")};
    bool due = option_has(&ctx->options, "due");
    if (due == (ctx->options.arg_count > 0))
        return fail_usage(ctx, "%s", _("records or --due, one of the two"));
    if (!due && order.note == NULL)
        return fail_usage(ctx, "%s", _("--reason TEXT is needed"));
    if (!take_kind(option_value(&ctx->options, "kind"), &order))
        return fail_usage(ctx, "--kind: %s", _("resident-request, retention, error or round-over"));
    order.reason = due ? LINLI_ERASE_RETENTION : order.reason;
    int status = due ? due_find(&going) : named(&going);
    if (status == STATUS_DONE && going.count > 0 && !option_has(&ctx->options, "dry-run") && !agreed(&going))
        status = fail(ctx, STATUS_FAILED, ctx->verb->name, _("nothing was changed"), "%s", _("not confirmed"));
    else if (status == STATUS_DONE)
        status = erase(&going, &order);
    about_free(&going);
    return status;
}

/* --- the store's own pages --- */

int verb_compact(struct context *ctx)
{
    struct linli_compacted done;
    if (option_has(&ctx->options, "older-than"))
        return fail_usage(ctx, "--older-than: %s", _("this version keeps the whole history"));
    int rc = linli_store_compact(ctx->store, &done);
    if (rc != LINLI_OK)
        return fail_code(ctx, ctx->verb->name, rc);
    if (ctx->json)
        return output_json(ctx, json_pack("{s:I, s:I}", "bytes_before", (json_int_t)done.bytes_before, "bytes_after",
                                          (json_int_t)done.bytes_after));
    fprintf(ctx->out, _("%llu bytes before, %llu now\n"), (unsigned long long)done.bytes_before,
            (unsigned long long)done.bytes_after);
    return STATUS_DONE;
}
