/* linlid: the office's node. It is `linli serve` with settings from files, words to systemd, and figures for who looks after it. */
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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
    struct linli_status is;  /* as it was asked for last: it looks at every scope */
    uint64_t asked_ms;
    int code;                /* of that */
    bool watchdog;
};

enum { STATUS_MS = 15000 };

/* Not the wall's clock, which people set. */
static uint64_t steady_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static atomic_bool reload_asked;

static void on_hangup(int number)
{
    (void)number;
    atomic_store(&reload_asked, true);
}

/* ---- beside serving ---- */

/* Whoever asks is on the loop: so that it answers at all says that the loop turns. */
static int status_of(struct daemon *daemon)
{
    uint64_t now_ms = steady_ms();
    if (daemon->store == NULL)
        return LINLI_E_CLOSED;
    if (daemon->asked_ms == 0 || now_ms - daemon->asked_ms >= STATUS_MS) {
        daemon->code = linli_store_status(daemon->store, &daemon->is);
        daemon->asked_ms = now_ms;
    }
    return daemon->code;
}

static bool healthy(void *at)
{
    return status_of(at) == LINLI_OK;
}

static int figures(void *at, bool open_metrics, FILE *out)
{
    struct daemon *daemon = at;
    int rc = status_of(daemon);
    return rc != LINLI_OK ? rc : metrics_write(&daemon->metrics, &daemon->is, daemon->node, open_metrics, out);
}

static void ready(void *at, linli_store *store, const linli_node *node, struct log *log)
{
    struct daemon *daemon = at;
    daemon->store = store;
    daemon->node = node;
    daemon->log = log;
    daemon->metrics.started_ms = store_now_ms();
    daemon->watchdog = notify_watchdog();
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
        atomic_store(&daemon->log->how, log_how(log_level_read(settings_value(&settings, "log-level")), format != NULL && strcmp(format, "json") == 0));
    }
    LOG_WRITE(daemon->log, LOG_INFO, "reloaded", LOG_ITEM_NUMBER("status", status));
    settings_free(&settings);
    notify_say("READY=1");
}

static void tick(void *at)
{
    struct daemon *daemon = at;
    metrics_tick(&daemon->metrics, steady_ms());
    if (daemon->web != NULL)
        web_turn(daemon->web); /* who was silent for too long is let go */
    if (atomic_exchange(&reload_asked, false))
        reload(daemon);
    if (daemon->watchdog)
        notify_say("WATCHDOG=1");
}

static void watched(void *at)
{
    const struct daemon *daemon = at;
    web_turn(daemon->web);
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
        return fail(daemon->ctx, STATUS_USAGE, "web", _("give an IP address of this machine, such as 127.0.0.1:7741"), _("'%.80s' is not HOST:PORT"), where);
    if (rc == LINLI_E_CONNECT)
        return fail(daemon->ctx, STATUS_FAILED, where, _("choose another with --web"), "%s", _("the address is taken or not ours"));
    return fail_code(daemon->ctx, "web", rc);
}

static int serve(struct daemon *daemon, const struct settings *settings)
{
    char *call[SETTINGS_MAX + 2];
    struct serving serving = {.at = daemon, .ready = ready, .tick = tick, .watched = watched, .met = met, .stopped = stopped};
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
