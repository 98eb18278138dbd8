/* Command line, `linli serve`: a node in the foreground that also answers the command line over its socket. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "fail.h"
#include "listening.h"
#include "log.h"
#include "output.h"
#include "peers.h"
#include "serving.h"
#include "session_output.h"
#include "verbs.h"

enum { PEERS_MAX = 16, SESSIONS_MOST = 18000 };

static linli_node *running; /* for the signal handler; one node a process */

static void on_signal(int number)
{
    (void)number;
    linli_node_stop(running);
}

static void met(void *at, const struct linli_session_report *report, int code)
{
    const struct context *ctx = at;
    LOG_WRITE(ctx->log, LOG_INFO, "session", LOG_ITEM_ID("peer", report->peer.key), LOG_ITEM_ROLE(report->role),
              LOG_ITEM_NUMBER("in", report->in.changesets), LOG_ITEM_NUMBER("out", report->out.changesets),
              LOG_ITEM_NUMBER("conflicts", report->conflicts_new), LOG_ITEM_NUMBER("aside", report->set_aside),
              LOG_ITEM_NUMBER("ms", report->seconds * 1000), LOG_ITEM_CODE(code));
    if (report->settled)
        peers_note(ctx, NULL, report);
    if (ctx->serving != NULL && ctx->serving->met != NULL)
        ctx->serving->met(ctx->serving->at, report, code);
}

static void ticked(void *at)
{
    const struct context *ctx = at;
    ctx->serving->tick(ctx->serving->at);
}

static void watched(void *at)
{
    const struct context *ctx = at;
    ctx->serving->watched(ctx->serving->at);
}

/* The digits, for whoever watches the log instead of `linli enrol list`. */
static void asked(void *at, const struct linli_enrol_request *request, int code)
{
    const struct context *ctx = at;
    const char *event = code == LINLI_OK ? "enrolled" : code == LINLI_E_WAIT ? "enrolment-waits" : "enrolment-denied";
    LOG_WRITE(ctx->log, LOG_INFO, event, LOG_ITEM_DIGITS("digits", request->code), LOG_ITEM_ID("device", request->device),
              LOG_ITEM_ROLE(request->role), LOG_ITEM_ID("scope", request->scope.b), LOG_ITEM_CODE(code));
}

static void heard(void *at, const struct linli_event *event)
{
    const struct context *ctx = at;
    switch (event->kind) {
    case LINLI_EVENT_RECORD:
        LOG_WRITE(ctx->log, LOG_TRACE, "record", LOG_ITEM_ID("scope", event->scope.b), LOG_ITEM_ID("record", event->record.b));
        break;
    case LINLI_EVENT_SCOPE_HEADS:
        LOG_WRITE(ctx->log, LOG_DEBUG, "head", LOG_ITEM_ID("scope", event->scope.b), LOG_ITEM_ID("author", event->author.key),
                  LOG_ITEM_NUMBER("seq", event->seq));
        break;
    case LINLI_EVENT_FORK:
        LOG_WRITE(ctx->log, LOG_ERROR, "fork", LOG_ITEM_ID("scope", event->scope.b), LOG_ITEM_ID("author", event->author.key));
        break;
    case LINLI_EVENT_DEVICE:
        LOG_WRITE(ctx->log, LOG_INFO, "joined", LOG_ITEM_ID("device", event->author.key), LOG_ITEM_ROLE(event->role),
                  LOG_ITEM_ID("scope", event->scope.b));
        break;
    case LINLI_EVENT_AUTHORITY:
        LOG_WRITE(ctx->log, LOG_INFO, "rights-changed", LOG_ITEM_ID("device", event->author.key),
                  LOG_ITEM_ID("scope", event->scope.b));
        break;
    case LINLI_EVENT_WARNING:
        LOG_WRITE(ctx->log, LOG_ERROR, "receipts-disagree", LOG_ITEM_ID("device", event->author.key),
                  LOG_ITEM_NUMBER("kind", event->warning));
        break;
    case LINLI_EVENT_ERASED:
        LOG_WRITE(ctx->log, LOG_INFO, "erased", LOG_ITEM_ID("record", event->record.b), LOG_ITEM_ID("scope", event->scope.b));
        break;
    }
}

static void catch_signals(void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
}

static int say_listening(struct context *ctx, const char *address)
{
    if (ctx->json)
        return output_json(ctx, json_pack("{s:s}", "listening", address));
    fprintf(ctx->out, "listening on %s\n", address); /* scripts wait for this line: it is not translated */
    return STATUS_DONE;
}

static int serve(struct context *ctx, struct log *log)
{
    struct control *control = NULL;
    const char *address = linli_node_address(running);
    int rc = control_listen(ctx, &control);
    if (rc != LINLI_OK)
        return fail(ctx, STATUS_FAILED, ctx->store_dir, _("check the folder"), "%s",
                    _("the local socket cannot be opened"));
    listening_note(ctx, address);
    catch_signals(on_signal);
    int status = say_listening(ctx, address);
    fflush(ctx->out);
    (void)linli_observe(ctx->store, heard, ctx); /* nobody else observes here, so there is room */
    if (ctx->serving != NULL && ctx->serving->ready != NULL)
        ctx->serving->ready(ctx->serving->at, ctx->store, running, log);
    rc = linli_node_run(running);
    if (ctx->serving != NULL && ctx->serving->stopped != NULL)
        ctx->serving->stopped(ctx->serving->at);
    linli_unobserve(ctx->store, heard, ctx);
    catch_signals(SIG_DFL);
    listening_note(ctx, NULL);
    control_close(control);
    return rc != LINLI_OK ? fail_code(ctx, "serve", rc) : status;
}

/* The log is there for as long as somebody may write to it. */
static int serve_logged(struct context *ctx, struct log *log)
{
    ctx->log = log;
    int status = serve(ctx, log);
    ctx->log = NULL;
    return status;
}

static bool read_sessions(const char *told, size_t *most)
{
    char *end = NULL;
    unsigned long number = told != NULL && told[0] >= '0' && told[0] <= '9' ? strtoul(told, &end, 10) : 0;
    *most = number;
    return told == NULL || (end != NULL && *end == '\0' && number > 0 && number <= SESSIONS_MOST);
}

/* `peers` has room for PEERS_MAX. */
static int read_options(struct context *ctx, const char **peers, struct linli_node_options *options)
{
    const char *listen_at = option_value(&ctx->options, "listen"), *sessions = option_value(&ctx->options, "sessions");
    char host[256];
    unsigned port = 0;
    options->listen = listen_at != NULL ? listen_at : "0.0.0.0:7740";
    if (!session_address(options->listen, host, &port))
        return fail_usage(ctx, _("'%.80s' is not HOST:PORT"), fail_word(ctx, options->listen));
    for (const char *peer; (peer = option_nth(&ctx->options, "peer", options->peer_count)) != NULL;) {
        if (options->peer_count == PEERS_MAX || !session_address(peer, host, &port) || port == 0)
            return fail_usage(ctx, _("'%.80s' is not HOST:PORT"), fail_word(ctx, peer));
        peers[options->peer_count++] = peer;
    }
    if (!read_sessions(sessions, &options->sessions_max))
        return fail_usage(ctx, _("'%.20s' is no number from 1 to 18000"), fail_word(ctx, sessions));
    options->confirm_joins = option_has(&ctx->options, "confirm-joins");
    return STATUS_DONE;
}

int verb_serve(struct context *ctx)
{
    const char *peers[PEERS_MAX], *format = option_value(&ctx->options, "log-format");
    struct linli_node_options options = {.size = sizeof(options), .peers = peers, .on_session = met, .on_enrol = asked, .ctx = ctx};
    bool json = format != NULL && strcmp(format, "json") == 0;
    struct log log = {ctx->err, log_how(log_level_read(option_value(&ctx->options, "log-level")), json)};
    int status = read_options(ctx, peers, &options);
    if (status != STATUS_DONE)
        return status;
    if (ctx->serving != NULL) {
        options.on_tick = ctx->serving->tick != NULL ? ticked : NULL;
        options.on_watch = ctx->serving->watched != NULL ? watched : NULL;
        options.watch = ctx->serving->watch;
    }
    int rc = linli_node_new(ctx->store, &options, &running);
    if (rc == LINLI_E_CONNECT)
        return fail(ctx, STATUS_FAILED, options.listen, _("choose another with --listen"), "%s",
                    _("the address is taken or not ours"));
    if (rc != LINLI_OK)
        return fail_code(ctx, options.listen, rc);
    status = serve_logged(ctx, &log);
    linli_node_free(running);
    running = NULL;
    return status;
}
