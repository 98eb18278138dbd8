/* Command line, `linli enrol`: devices that wait until somebody has compared the digits on both screens. */
#include <string.h>

#include "dates.h"
#include "fail.h"
#include "output.h"
#include "verbs.h"

enum { CODE_DIGITS = 6 };

struct listing {
    struct context *ctx;
    struct table table;
    json_t *lines; /* printed once the store is free again */
};

static bool on_request(void *at, const struct linli_enrol_request *request)
{
    struct listing *listing = at;
    char code[CODE_DIGITS + 5], device[OUTPUT_HEX_BYTES], scope[OUTPUT_HEX_BYTES], since[DATES_TIME_BYTES];
    char until[DATES_TIME_BYTES];
    snprintf(code, sizeof(code), "%06u", request->code);
    output_hex(request->device, sizeof(request->device), device);
    output_id(&request->scope, scope);
    if (listing->ctx->json) {
        dates_write_time((int64_t)request->since_ms, since);
        dates_write_time((int64_t)request->expires_ms, until);
        return json_array_append_new(
                   listing->lines,
                   json_pack("{s:s, s:s, s:s, s:s, s:s, s:o?, s:s, s:s}", "code", code, "device", device, "role",
                             output_role(request->role), "scope", scope, "name", request->name, "device_name",
                             output_text(request->device_name, strlen(request->device_name)), "since", since, "until",
                             until)) == 0;
    }
    device[8] = scope[8] = '\0';
    const char *row[] = {code, request->name, output_role_label(request->role), scope, request->device_name, device,
                         dates_write_local((int64_t)request->since_ms, since),
                         dates_write_local((int64_t)request->expires_ms, until)};
    table_row(&listing->table, row);
    return true;
}

int verb_enrol_list(struct context *ctx)
{
    struct listing listing = {.ctx = ctx, .lines = json_array()};
    const char *headings[] = {_("digits"), _("name"),   _("role"),  _("scope"),
                              _("calls itself"), _("device"), _("since"), _("until")};
    table_begin(&listing.table, headings, 8);
    int rc = listing.lines == NULL ? LINLI_E_NOMEM : linli_enrol_each(ctx->store, on_request, &listing);
    int status = table_finish(ctx, &listing.table, !ctx->json && rc == LINLI_OK);
    for (size_t i = 0; ctx->json && status == STATUS_DONE && i < json_array_size(listing.lines); i++)
        status = output_json(ctx, json_incref(json_array_get(listing.lines, i)));
    json_decref(listing.lines);
    return rc != LINLI_OK ? fail_code(ctx, "enrol list", rc) : status;
}

static bool read_code(const char *text, unsigned *code)
{
    *code = 0;
    if (strlen(text) != CODE_DIGITS || strspn(text, "0123456789") != CODE_DIGITS)
        return false;
    for (; *text != '\0'; text++)
        *code = *code * 10 + (unsigned)(*text - '0');
    return true;
}

static int decide(struct context *ctx, int (*decision)(linli_store *store, unsigned code))
{
    unsigned code = 0;
    if (!read_code(ctx->options.args[0], &code))
        return fail_usage(ctx, "%s", _("the digits are six, such as 048213"));
    int rc = decision(ctx->store, code);
    if (rc == LINLI_E_NOT_FOUND)
        return fail(ctx, STATUS_NOT_FOUND, ctx->verb->name, _("see 'linli enrol list'; if they differ, reject it"), "%s",
                    _("no device that waits shows these digits"));
    return fail_code(ctx, ctx->verb->name, rc);
}

int verb_enrol_confirm(struct context *ctx)
{
    return decide(ctx, linli_enrol_confirm);
}

int verb_enrol_reject(struct context *ctx)
{
    return decide(ctx, linli_enrol_reject);
}
