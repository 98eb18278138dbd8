/* node: the loop: its handles, its turn, its tick and its end. */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "node/internal.h"

int node_fail(struct node *n, int code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(n->error, sizeof(n->error), format, args);
    va_end(args);
    return code;
}

/* After the sockets were read: everything that came in this turn is stored at once. */
static void turned(uv_check_t *check)
{
    batch_flush(check->data);
}

static void woken(uv_async_t *wake)
{
    struct node *n = wake->data;

    if (n->closing)
        return;
    if (n->done) {
        loop_close(n);
        return;
    }
    if (atomic_load(&n->stop_asked))
        loop_begin_stop(n);
    share_turn(n);
    listen_turn(n);
    lobby_turn(n);
    posts_tell(n);
}

/*
 * After an erasure the store is written anew, and everybody waits for it: so when nobody is there, but not later than an hour
 * after it was seen to be due.
 */
static void tidy(struct node *n)
{
    struct linli_compacted done;
    uint64_t now_ms = uv_now(&n->loop);

    if (!replica_stale(n->host.replica)) {
        n->stale_ms = n->rest_ms = 0;
        return;
    }
    n->stale_ms = n->stale_ms == 0 ? now_ms : n->stale_ms;
    if (now_ms < n->rest_ms || (n->peer_count > 0 && now_ms - n->stale_ms < STALE_MS))
        return;
    if (replica_compact(n->host.replica, &done) != LINLI_OK)
        n->rest_ms = now_ms + STALE_MS; /* no room now; later there may be, and it is tried when the store is opened, too */
}

void loop_tend(struct node *n)
{
    host_enter(n);
    (void)replica_keys_tend(n->host.replica); /* what could not be done is still marked: the next time */
    tidy(n);
    host_leave(n);
}

static void ticked(uv_timer_t *timer)
{
    struct node *n = timer->data;
    uint64_t now_ms = uv_now(&n->loop);
    struct peer *next;

    for (struct peer *p = n->peers; p != NULL; p = next) {
        next = p->next;
        peer_tick(p, now_ms);
    }
    listen_turn(n);
    lobby_turn(n);
    met_flush(n);
    if (n->listening && !n->stopping)
        loop_tend(n);
    if (n->on_tick != NULL)
        n->on_tick(n->on_tick_ctx);
    if (n->stopping && (n->peer_count == 0 || now_ms - n->stop_ms >= UINT64_C(2) * LEAVE_MS))
        loop_close(n);
}

int loop_open(struct node *n, const struct node_host *host, unsigned tick_ms)
{
    n->host = *host;
    n->rng = rng_system();
    n->sessions_max = SESSIONS_MAX;
    n->read_bytes = mem_alloc(READ_BYTES);
    if (n->read_bytes == NULL || uv_loop_init(&n->loop) != 0)
        return LINLI_E_NOMEM;
    n->has_loop = true;
    /* From here on each handle counts as one to be closed. */
    if (uv_async_init(&n->loop, &n->wake, woken) != 0)
        return LINLI_E_NOMEM;
    n->wake.data = n->check.data = n->tick.data = n->rest.data = n;
    (void)uv_check_init(&n->loop, &n->check); /* these cannot fail */
    (void)uv_timer_init(&n->loop, &n->tick);
    (void)uv_timer_init(&n->loop, &n->rest);
    (void)uv_check_start(&n->check, turned);
    (void)uv_timer_start(&n->tick, ticked, tick_ms, tick_ms);
    return posts_open(n);
}

static void watched(uv_poll_t *watch, int status, int events)
{
    struct node *n = watch->data;

    (void)events;
    if (status == 0 && !n->closing)
        n->on_watch(n->on_tick_ctx);
}

int loop_watch(struct node *n, int fd)
{
    n->watch.data = n;
    if (uv_poll_init(&n->loop, &n->watch, fd) != 0)
        return LINLI_E_ARG;
    return uv_poll_start(&n->watch, UV_READABLE, watched) == 0 ? LINLI_OK : LINLI_E_ARG;
}

void loop_begin_stop(struct node *n)
{
    struct peer *next;

    if (n->stopping)
        return;
    n->stopping = true;
    n->stop_ms = uv_now(&n->loop);
    outgoing_stop(n);
    if (n->listening && !uv_is_closing((uv_handle_t *)&n->listener))
        uv_close((uv_handle_t *)&n->listener, NULL);
    for (struct peer *p = n->peers; p != NULL; p = next) {
        struct session_event event = {.kind = EVENT_STOP};
        next = p->next;
        if (p->stage == PEER_TALKING && p->session != NULL)
            peer_step(p, &event);
        else if (p->stage < PEER_LEAVING)
            peer_cut(p, LINLI_E_CANCELLED);
    }
    (void)uv_timer_start(&n->tick, ticked, TICK_ALONE_MS, TICK_ALONE_MS);
}

static void close_handle(uv_handle_t *handle, void *ctx)
{
    (void)ctx;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void loop_close(struct node *n)
{
    struct peer *next;

    if (n->closing)
        return;
    batch_flush(n); /* what came is kept */
    met_flush(n);
    n->closing = true;
    for (struct peer *p = n->peers; p != NULL; p = next) {
        next = p->next;
        peer_cut(p, LINLI_E_CANCELLED);
    }
    uv_walk(&n->loop, close_handle, NULL);
}

/*
 * A write to a peer that went raises SIGPIPE in the writing thread, which by default ends the application: libuv leaves that
 * to it, and a library cannot. So the signal is kept off this thread while the loop runs, and one that came is taken away.
 */
static void run_quietly(uv_loop_t *loop)
{
    sigset_t pipe, before, waiting;
    int taken;

    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    bool was_waiting = sigpending(&waiting) == 0 && sigismember(&waiting, SIGPIPE) == 1;
    bool kept_off = pthread_sigmask(SIG_BLOCK, &pipe, &before) == 0;
    (void)uv_run(loop, UV_RUN_DEFAULT);
    if (!kept_off)
        return;
    if (!was_waiting && sigpending(&waiting) == 0 && sigismember(&waiting, SIGPIPE) == 1)
        (void)sigwait(&pipe, &taken);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void loop_run(struct node *n)
{
    run_quietly(&n->loop);
}

void loop_free(struct node *n)
{
    if (n->has_loop) {
        loop_close(n);
        run_quietly(&n->loop);
        ALWAYS(uv_loop_close(&n->loop) == 0);
    }
    lobby_free(n);
    posts_free(n);
    batch_free(n);
    outgoing_free(n);
    peer_access_free(&n->own);
    actions_free(&n->actions);
    secret_pool_free(&n->secrets);
    mem_free(n->read_bytes);
    mem_free(n);
}
