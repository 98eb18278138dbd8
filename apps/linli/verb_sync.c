/* Command line, `linli sync`: one meeting with each replica named. */
#include <string.h>

#include "fail.h"
#include "joined.h"
#include "listening.h"
#include "peers.h"
#include "progress.h"
#include "session_output.h"
#include "verbs.h"
#include "warned.h"

static int meet(struct context *ctx, const char *address)
{
    char host[256];
    unsigned port = 0;
    struct linli_session_report report;
    struct progress progress;
    struct joined joined = {.count = 0};
    struct warned warned = {.count = 0};
    memset(&report, 0, sizeof(report));
    (void)session_address(address, host, &port);
    progress_begin(&progress, ctx, _("Syncing"), 0);
    struct linli_sync_options options = {.size = sizeof(options), .on_progress = session_progress, .ctx = &progress};
    (void)linli_observe(ctx->store, joined_hear, &joined); /* too many listen: nothing is said of who joined */
    (void)linli_observe(ctx->store, warned_hear, &warned);
    int rc = linli_sync(ctx->store, host, port, &options, &report);
    linli_unobserve(ctx->store, joined_hear, &joined);
    linli_unobserve(ctx->store, warned_hear, &warned);
    progress_end(&progress);
    (void)warned_print(ctx, ctx->err, &warned); /* whatever became of the meeting */
    if (rc == LINLI_E_SELF && listening_is_own(ctx, host, port))
        return fail(ctx, STATUS_FAILED, address, _("give another node's address"), "%s",
                    _("this is the same store"));
    if (rc != LINLI_OK)
        return fail_code(ctx, address, rc);
    peers_note(ctx, address, &report);
    int status = session_print(ctx, &report, ctx->json ? json_pack("{s:o?}", "joined", joined_json(&joined)) : NULL);
    if (!ctx->json)
        joined_print(ctx, &joined);
    return status;
}

int verb_sync(struct context *ctx)
{
    int status = STATUS_DONE;
    char host[256];
    unsigned port = 0;
    for (size_t i = 0; i < ctx->options.arg_count; i++)
        if (!session_address(ctx->options.args[i], host, &port) || port == 0)
            return fail_usage(ctx, _("'%.80s' is not HOST:PORT"), fail_word(ctx, ctx->options.args[i]));
    for (size_t i = 0; i < ctx->options.arg_count; i++) { /* one that cannot be reached does not stop the others */
        int one = meet(ctx, ctx->options.args[i]);
        status = status == STATUS_DONE ? one : status;
    }
    return status;
}
