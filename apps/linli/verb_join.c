/* Command line, `linli join`: enrol this store with the node that an invitation names. */
#include <string.h>
#include <unistd.h>

#include "clean.h"
#include "fail.h"
#include "progress.h"
#include "session_output.h"
#include "store_open.h"
#include "verbs.h"

/* The digits of the handshake, and the bar that sync draws. */
struct joining {
    struct context *ctx;
    struct progress progress;
    unsigned code;
    bool waited;
};

static bool on_progress(void *at, uint64_t in_changesets, uint64_t out_changesets)
{
    struct joining *joining = at;
    return session_progress(&joining->progress, in_changesets, out_changesets);
}

/* Said on stderr while it waits: stdout is for what comes of it. */
static bool on_code(void *at, unsigned code, bool waits)
{
    struct joining *joining = at;
    bool again = joining->waited && joining->code == code;
    joining->code = code;
    joining->waited |= waits;
    if (waits && !again)
        fprintf(joining->ctx->err, _("linli: the digits here are %06u; the office must see the same and confirm them: waiting\n"),
                code);
    return true;
}

static int print(struct joining *joining, const struct linli_session_report *report)
{
    struct context *ctx = joining->ctx;
    char code[16];
    snprintf(code, sizeof(code), "%06u", joining->code);
    int status = session_print(ctx, report, ctx->json ? json_pack("{s:s}", "code", code) : NULL);
    if (status == STATUS_DONE && !ctx->json && !joining->waited)
        fprintf(ctx->out, _("the digits of this enrolment, here and at the office: %s\n"), code);
    return status;
}

static int fail_join(const struct joining *joining, int rc)
{
    struct context *ctx = joining->ctx;
    if (rc == LINLI_E_FORMAT || rc == LINLI_E_ARG)
        return fail(ctx, STATUS_USAGE, "join", _("copy the whole invitation again"), "%s",
                    _("the invitation is damaged or cut short"));
    if (rc == LINLI_E_REFUSED && joining->waited)
        return fail(ctx, STATUS_REFUSED, "join", _("ask the office, and for a new invitation"), "%s",
                    _("the office did not let this device in"));
    return fail_code(ctx, "join", rc);
}

int verb_join(struct context *ctx)
{
    const char *uri = ctx->options.args[0], *name = option_value(&ctx->options, "name");
    char host[256];
    struct store_key key;
    struct linli_options options;
    struct linli_session_report report;
    struct joining joining = {.ctx = ctx};
    if (strncmp(uri, "linli:", 6) != 0)
        return fail(ctx, STATUS_USAGE, "join", _("copy the whole invitation again"), "%s",
                    _("this is no invitation: it does not begin with linli:"));
    if (name != NULL && !clean_whole(name))
        return fail_usage(ctx, "%s", _("the name holds control characters, or is not UTF-8"));
    if (name == NULL)
        name = gethostname(host, sizeof(host)) == 0 ? host : "";
    host[sizeof(host) - 1] = '\0';
    int status = store_find(ctx);
    if (status == STATUS_DONE)
        status = store_key_new(ctx, &key);
    if (status != STATUS_DONE)
        return status;
    memset(&report, 0, sizeof(report));
    store_options(ctx, &key, &options);
    progress_begin(&joining.progress, ctx, _("Fetching"), 0);
    struct linli_sync_options sync = {.size = sizeof(sync), .on_progress = on_progress, .on_code = on_code,
                                      .ctx = &joining};
    int rc = linli_join(&options, uri, name, &sync, &report, &ctx->store);
    progress_end(&joining.progress);
    store_key_end(ctx, &key, rc == LINLI_OK);
    if (rc != LINLI_OK)
        return fail_join(&joining, rc);
    status = print(&joining, &report);
    if (status == STATUS_DONE && !report.settled)
        return fail(ctx, STATUS_FAILED, "join", _("run 'linli sync HOST:PORT'"), "%s",
                    _("this device is enrolled, but not all has been fetched yet"));
    return status;
}
