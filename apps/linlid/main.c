/* linlid: the office's node. It is `linli serve` with settings from files, words to systemd, and figures for who looks after it. */
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "help.h"
#include "log.h"
#include "metrics.h"
#include "notify.h"
#include "process.h"
#include "serving.h"
#include "settings.h"
#include "store_open.h"
#include "verbs.h"
#include "web.h"

struct daemon {
    struct context *ctx;
    int argc;
    char **argv;             /* as it was called, for when the settings are read again */
    struct web *web;
    struct metrics metrics;
    linli_store *store;
    const linli_node *node;
    struct log *log;
    uint64_t watchdog_ms, told_ms;
};

static atomic_bool reload_asked;

static void on_hangup(int number)
{
    (void)number;
    atomic_store(&reload_asked, true);
}

/* ---- beside serving ---- */

static bool healthy(void *at)
{
    const struct daemon *daemon = at;
    struct linli_status is;
    return daemon->store != NULL && linli_store_status(daemon->store, &is) == LINLI_OK;
}

static int figures(void *at, bool open_metrics, FILE *out)
{
    struct daemon *daemon = at;
    return daemon->store == NULL ? LINLI_E_CLOSED : metrics_write(&daemon->metrics, daemon->store, daemon->node, open_metrics, out);
}

static void ready(void *at, linli_store *store, const linli_node *node, struct log *log)
{
    struct daemon *daemon = at;
    daemon->store = store;
    daemon->node = node;
    daemon->log = log;
    daemon->metrics.started_ms = store_now_ms();
    daemon->watchdog_ms = notify_watchdog_ms();
    if (daemon->web != NULL)
        fprintf(daemon->ctx->out, "figures on http://%s/metrics\n", web_address(daemon->web)); /* scripts wait for it: not translated */
    fflush(daemon->ctx->out);
    notify_say("READY=1");
}

/* Grants and records are in the store, and certificates with them: whoever changes them there need not say so. */
static void reload(struct daemon *daemon)
{
    struct settings settings;
    notify_say("RELOADING=1");
    int status = settings_read(&settings, daemon->ctx, daemon->argc, daemon->argv);
    if (status == STATUS_DONE) {
        const char *format = settings_value(&settings, "log-format");
        daemon->log->most = log_level_read(settings_value(&settings, "log-level"));
        daemon->log->json = format != NULL && strcmp(format, "json") == 0;
    }
    LOG_WRITE(daemon->log, LOG_INFO, "reloaded", LOG_ITEM_NUMBER("status", status));
    settings_free(&settings);
    notify_say("READY=1");
}

static void turn(void *at)
{
    struct daemon *daemon = at;
    uint64_t now_ms = store_now_ms();
    if (daemon->web != NULL)
        web_turn(daemon->web);
    if (now_ms < daemon->told_ms + 1000 && now_ms >= daemon->told_ms)
        return; /* it was a request that woke us */
    metrics_turn(&daemon->metrics, now_ms);
    if (atomic_exchange(&reload_asked, false))
        reload(daemon);
    if (daemon->watchdog_ms > 0)
        notify_say("WATCHDOG=1");
    daemon->told_ms = now_ms;
}

static void met(void *at, const struct linli_session_report *report, int code)
{
    struct daemon *daemon = at;
    metrics_met(&daemon->metrics, report, code, store_now_ms());
}

static void stopped(void *at)
{
    struct daemon *daemon = at;
    notify_say("STOPPING=1");
    daemon->store = NULL;
}

/* ---- starting ---- */

static int open_web(struct daemon *daemon, const struct settings *settings)
{
    const char *where = settings_value(settings, "web");
    const struct web_source source = {daemon, healthy, figures};
    if (where == NULL)
        return STATUS_DONE;
    int rc = web_open(where, &source, &daemon->web);
    if (rc == LINLI_E_ARG)
        return fail(daemon->ctx, STATUS_USAGE, "web", _("give an IP address, such as 127.0.0.1:7741"), _("'%.80s' is not HOST:PORT"), where);
    if (rc == LINLI_E_CONNECT)
        return fail(daemon->ctx, STATUS_FAILED, where, _("choose another with --web"), "%s", _("the address is taken or not ours"));
    return fail_code(daemon->ctx, "web", rc);
}

static int serve(struct daemon *daemon, const struct settings *settings)
{
    char *call[SETTINGS_MAX + 2];
    struct serving serving = {.at = daemon, .ready = ready, .turn = turn, .met = met, .stopped = stopped};
    struct sigaction hangup;
    size_t count = settings_call(settings, call);
    int status = count > 0 ? open_web(daemon, settings) : fail_memory(daemon->ctx);
    memset(&hangup, 0, sizeof(hangup));
    hangup.sa_handler = on_hangup;
    hangup.sa_flags = SA_RESTART;
    (void)sigaction(SIGHUP, &hangup, NULL);
    if (status == STATUS_DONE) {
        serving.watch = daemon->web != NULL ? web_fd(daemon->web) : 0;
        daemon->ctx->serving = &serving;
        status = context_run(daemon->ctx, (int)count, call);
        daemon->ctx->serving = NULL;
    }
    web_close(daemon->web);
    for (size_t i = 0; i < count; i++)
        free(call[i]);
    return status;
}

static int run(struct context *ctx, int argc, char **argv)
{
    struct daemon daemon = {.ctx = ctx, .argc = argc, .argv = argv};
    struct settings settings;
    int status = settings_read(&settings, ctx, argc, argv);
    if (status == STATUS_DONE && settings_value(&settings, "help") != NULL)
        help_daemon(ctx, settings_flags);
    else if (status == STATUS_DONE && settings_value(&settings, "version") != NULL)
        fprintf(ctx->out, "linlid %s\n", linli_version());
    else if (status == STATUS_DONE && settings_value(&settings, "check") != NULL)
        settings_print(&settings, ctx->out);
    else if (status == STATUS_DONE)
        status = serve(&daemon, &settings);
    settings_free(&settings);
    return status;
}

int main(int argc, char **argv)
{
    struct context ctx;
    int status = STATUS_FAILED;
    process_start();
    if (context_init(&ctx, verb_table) == LINLI_OK) {
        text_init();
        context_look(&ctx);
        status = run(&ctx, argc - 1, argv + 1);
    }
    context_free(&ctx);
    return status;
}
