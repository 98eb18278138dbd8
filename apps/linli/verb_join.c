/* Command line, `linli join`: enrol this store with the node that an invitation names. */
#include <string.h>
#include <unistd.h>

#include "clean.h"
#include "fail.h"
#include "progress.h"
#include "session_output.h"
#include "store_open.h"
#include "verbs.h"

int verb_join(struct context *ctx)
{
    const char *uri = ctx->options.args[0], *name = option_value(&ctx->options, "name");
    char host[256];
    struct store_key key;
    struct linli_options options;
    struct linli_session_report report;
    struct progress progress;
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
    progress_begin(&progress, ctx, _("Fetching"), 0);
    struct linli_sync_options sync = {.size = sizeof(sync), .on_progress = session_progress, .ctx = &progress};
    int rc = linli_join(&options, uri, name, &sync, &report, &ctx->store);
    progress_end(&progress);
    store_key_end(ctx, &key, rc == LINLI_OK);
    if (rc == LINLI_E_FORMAT || rc == LINLI_E_ARG)
        return fail(ctx, STATUS_USAGE, "join", _("copy the whole invitation again"), "%s",
                    _("the invitation is damaged or cut short"));
    if (rc != LINLI_OK)
        return fail_code(ctx, "join", rc);
    status = session_print(ctx, &report);
    if (status == STATUS_DONE && !report.settled)
        return fail(ctx, STATUS_FAILED, "join", _("run 'linli sync HOST:PORT'"), "%s",
                    _("this device is enrolled, but not all has been fetched yet"));
    return status;
}
