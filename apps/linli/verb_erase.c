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
    rc = rc == LINLI_OK ? about_once(g) : rc; /* one that is in two scopes comes twice */
    return rc == LINLI_OK ? STATUS_DONE : fail_code(g->ctx, g->ctx->verb->name, rc);
}

/* --- saying so --- */

/* The next type from records[*at] on in `sorted`, and how many are of it. */
static size_t of_one_type(const linli_type *sorted, size_t count, size_t at)
{
    size_t n = 1;
    while (at + n < count && sorted[at + n] == sorted[at])
        n++;
    return n;
}

static int type_order(const void *x, const void *y)
{
    const linli_type *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

/* Each type, with how many records are of it. False without memory, or when `fn` says so. */
static bool types_each(const struct about *g, bool (*fn)(void *at, linli_type type, size_t count), void *at)
{
    linli_type *sorted = malloc((g->count + 1) * sizeof(*sorted));
    bool more = sorted != NULL;
    if (more && g->count > 0) {
        memcpy(sorted, g->types, g->count * sizeof(*sorted));
        qsort(sorted, g->count, sizeof(*sorted), type_order);
    }
    for (size_t i = 0, n; i < g->count && more; i += n) {
        n = of_one_type(sorted, g->count, i);
        more = fn(at, sorted[i], n);
    }
    free(sorted);
    return more;
}

static bool type_json(void *json, linli_type type, size_t count)
{
    char number[16];
    return json_object_set_new(json, records_type_name(type, number), json_integer((json_int_t)count)) == 0;
}

static json_t *types_json(const struct about *g)
{
    json_t *json = json_object();
    if (json != NULL && types_each(g, type_json, json))
        return json;
    json_decref(json);
    return NULL;
}

static bool type_text(void *out, linli_type number, size_t count)
{
    const struct linli_schema_type *type = linli_schema_type_by_number(number);
    char name[16];
    fprintf(out, "  %s: %zu\n", type != NULL ? value_type_label(type) : records_type_name(number, name), count);
    return true;
}

/* Only a person at a terminal is asked. */
static bool agreed(struct about *g)
{
    struct context *ctx = g->ctx;
    char answer[16];
    if (!ctx->in_terminal || !ctx->err_terminal || option_has(&ctx->options, "yes"))
        return true;
    fputs(_("To be erased, in every replica and for good:\n"), ctx->err);
    (void)types_each(g, type_text, ctx->err);
    fputs(_("Nobody can bring it back. Erase it? [y/N] "), ctx->err);
    fflush(ctx->err);
    return fgets(answer, sizeof(answer), ctx->in) != NULL && (answer[0] == 'y' || answer[0] == 'Y');
}

static json_t *classes_json(unsigned classes)
{
    json_t *json = json_array();
    if (json != NULL && (classes >> LINLI_PERSONAL & 1) != 0)
        json_array_append_new(json, json_string("personal"));
    if (json != NULL && (classes >> LINLI_SENSITIVE & 1) != 0)
        json_array_append_new(json, json_string("sensitive"));
    return json;
}

static int show(const struct about *g, const struct linli_erased *done, bool dry, bool clean)
{
    struct context *ctx = g->ctx;
    if (ctx->json)
        return output_json(ctx, json_pack("{s:I, s:I, s:I, s:o?, s:b, s:b, s:I, s:o?}", "records", (json_int_t)done->records, "parts",
                                          (json_int_t)done->parts, "orders", (json_int_t)done->orders, "types", types_json(g),
                                          "dry_run", dry ? 1 : 0, "compacted", clean ? 1 : 0, "left", (json_int_t)done->left,
                                          "left_classes", classes_json(done->left_classes)));
    fprintf(ctx->out, dry ? _("%zu records would be erased, in %zu parts\n") : _("%zu records erased, in %zu parts\n"),
            done->records, done->parts);
    (void)types_each(g, type_text, ctx->out);
    if (!dry)
        fputs(_("Other replicas erase it as they hear of it. Backups and papers do not.\n"), ctx->out);
    if (!dry && !clean && done->orders > 0)
        fputs(_("There was no room to write the store anew: free pages may keep it until that is done; see 'linli compact'.\n"),
              ctx->err);
    return STATUS_DONE;
}

/* What this device may not erase stays, and whoever asked for it must know. */
static int left_say(struct context *ctx, const struct linli_erased *done)
{
    if (done->left_classes == 0)
        return STATUS_DONE;
    return fail(ctx, STATUS_REFUSED, ctx->verb->name, _("ask the office"),
                done->left_classes == 1u << LINLI_SENSITIVE  ? _("%zu parts stay: this device may not erase sensitive fields there")
                : done->left_classes == 1u << LINLI_PERSONAL ? _("%zu parts stay: this device may not erase personal fields there")
                                                             : _("%zu parts stay: this device may not erase everything there"),
                done->left);
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
    int status = show(g, &done, order->dry_run, clean);
    return status == STATUS_DONE ? left_say(ctx, &done) : status;
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
