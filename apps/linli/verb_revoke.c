/* Command line, `linli revoke` and `linli grant move`: a device's rights end, or go on elsewhere. */
#include <string.h>

#include "dates.h"
#include "devices.h"
#include "fail.h"
#include "output.h"
#include "records.h"
#include "revoking.h"
#include "verbs.h"

static const char *const reasons[] = {"", "left", "moved", "lost", "stolen", "error", "retired"};

const char *revoking_reason(enum linli_reason reason)
{
    return (size_t)reason < sizeof(reasons) / sizeof(reasons[0]) ? reasons[reason] : "";
}

/* One of the words that the format knows, else a note beside the act. */
static void take_reason(struct linli_revoke *revoke, const char *text)
{
    for (unsigned i = 1; text != NULL && i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (strcmp(text, reasons[i]) == 0) {
            revoke->reason = (enum linli_reason)i;
            return;
        }
    revoke->note = text;
}

static const char *left_why(const struct linli_revoke *revoke)
{
    if (revoke->keep == LINLI_KEEP_NONE)
        return _("none was to stay");
    if (revoke->since_ms != 0)
        return _("nothing here vouches that they were said before then");
    return _("an act lists so many and no more, and those stay that came here first");
}

static int show(struct context *ctx, const struct linli_revoke *revoke, const struct linli_revoked *done)
{
    char device[OUTPUT_HEX_BYTES];

    output_hex(revoke->device, 32, device);
    if (ctx->json)
        return output_json(ctx, json_pack("{s:o?, s:s, s:I, s:I, s:I, s:I}", "act", output_json_id(&done->act), "device", device,
                                          "grants", (json_int_t)done->grants, "logs", (json_int_t)done->logs, "kept",
                                          (json_int_t)done->kept, "left", (json_int_t)done->left));
    device[8] = '\0';
    fprintf(ctx->out, _("%s: %zu grants ended, %zu logs closed where they stand here\n"), device, done->grants, done->logs);
    if (done->kept > 0)
        fprintf(ctx->out, _("%zu statements that it signed stay good\n"), done->kept);
    if (done->left > 0)
        fprintf(ctx->out, _("%zu statements that it signed are good no more: %s\n"), done->left, left_why(revoke));
    fputs(revoke->reason == LINLI_REASON_MOVED && !revoke->strict ? _("it goes on in the new scope\n")
                                   : _("what it wrote after that is set aside when it comes: see 'linli aside'\n"),
          ctx->out);
    return STATUS_DONE;
}

static int act(struct context *ctx, const struct linli_revoke *revoke)
{
    struct linli_revoked done;
    int rc = linli_revoke(ctx->store, revoke, &done);

    if (rc == LINLI_E_REFUSED)
        return fail(ctx, STATUS_REFUSED, ctx->verb->name, _("ask the level above"), "%s",
                    _("this device may not, or ranks no higher than the other"));
    return rc != LINLI_OK ? fail_code(ctx, ctx->verb->name, rc) : show(ctx, revoke, &done);
}

int revoke_read(struct context *ctx, const char *device, struct linli_revoke *out)
{
    const char *since = option_value(&ctx->options, "since"), *keep = option_value(&ctx->options, "keep");
    bool given;
    int64_t since_ms = 0;
    *out = (struct linli_revoke){.strict = option_has(&ctx->options, "compromised")};
    int status = devices_find(ctx, device, out->device);

    if (status == STATUS_DONE)
        status = records_scope_option(ctx, &out->scope, &given);
    if (status != STATUS_DONE)
        return status;
    if (since != NULL && (!dates_read_time(since, &since_ms) || since_ms <= 0))
        return fail_usage(ctx, "--since: %s", _("not a time such as 2026-11-26T08:00:00+08:00"));
    out->since_ms = (uint64_t)since_ms;
    if (keep != NULL && strcmp(keep, "none") == 0)
        out->keep = LINLI_KEEP_NONE;
    take_reason(out, option_value(&ctx->options, "reason"));
    return STATUS_DONE;
}

int verb_revoke(struct context *ctx)
{
    struct linli_revoke revoke;
    int status = revoke_read(ctx, ctx->options.args[0], &revoke);
    return status == STATUS_DONE ? act(ctx, &revoke) : status;
}

int verb_grant_move(struct context *ctx)
{
    struct linli_revoke revoke = {.reason = LINLI_REASON_MOVED};
    const char *to = option_value(&ctx->options, "to");
    int status;

    if (to == NULL)
        return fail_usage(ctx, "%s", _("--to SCOPE is needed"));
    status = devices_find(ctx, ctx->options.args[0], revoke.device);
    if (status == STATUS_DONE)
        status = records_scope(ctx, to, &revoke.admit);
    return status == STATUS_DONE ? act(ctx, &revoke) : status;
}
