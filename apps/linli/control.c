/* Command line, control socket: calls travel as one JSON document with the caller's three streams beside it. */
#define _GNU_SOURCE /* struct ucred */
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "call.h"
#include "fail.h"
#include "log.h"
#include "store_open.h"

enum { CALLS_MAX = 64, STREAMS = 3, HELLO_MS = 5000, WAIT_MS = 100, STOP_MS = 2000 };

static const char socket_name[] = "control.sock";
/* The daemon's first byte: it has the whole call and begins. Whoever has not seen it may do the work another way. */
static const char taken_byte = 'T';

/* A socket's path may have 107 bytes; through the folder's descriptor any path is short enough. */
static int open_dir(const char *dir, struct sockaddr_un *address)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    memset(address, 0, sizeof(*address));
    address->sun_family = AF_UNIX;
    snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d/%s", fd, socket_name);
    return fd;
}

static bool same_user(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

static bool send_all(int fd, const char *at, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(fd, at, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        at += sent;
        size -= (size_t)sent;
    }
    return true;
}

static bool receive_all(int fd, void *at, size_t size)
{
    char *to = at;
    while (size > 0) {
        ssize_t got = recv(fd, to, size, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        to += got;
        size -= (size_t)got;
    }
    return true;
}

/* ---- the caller's end ---- */

/* The length goes out with the three descriptors, the document after it. */
static bool send_call(int fd, const struct context *ctx, const char *text)
{
    uint32_t size = (uint32_t)strlen(text);
    int streams[STREAMS] = {fileno(ctx->in), fileno(ctx->out), fileno(ctx->err)};
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(streams))];
    } control;
    struct iovec part = {.iov_base = &size, .iov_len = sizeof(size)};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room,
                             .msg_controllen = sizeof(control.room)};
    memset(&control, 0, sizeof(control));
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(streams));
    memcpy(CMSG_DATA(header), streams, sizeof(streams));
    return sendmsg(fd, &message, MSG_NOSIGNAL) == (ssize_t)sizeof(size) && send_all(fd, text, size);
}

bool control_forward(struct context *ctx, int argc, char **argv, int *status)
{
    struct sockaddr_un address;
    int32_t answer = 0;
    bool taken = false;
    char begun = 0;
    char *text = NULL;
    if (store_find(ctx) != STATUS_DONE)
        return false;
    int dir = open_dir(ctx->store_dir, &address);
    int fd = dir >= 0 ? socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || !same_user(fd))
        goto out;
    text = call_write((size_t)argc, argv, ctx->environment, ctx->cwd);
    if (text == NULL || strlen(text) > CALL_BYTES || fflush(ctx->out) != 0 || !send_call(fd, ctx, text) ||
        !receive_all(fd, &begun, sizeof(begun)) || begun != taken_byte)
        goto out;
    taken = true;
    if (receive_all(fd, &answer, sizeof(answer)))
        *status = (int)answer;
    else
        *status = fail(ctx, STATUS_FAILED, ctx->verb->name, _("look what it did, then run it again"), "%s",
                       _("'linli serve' ended before it had answered"));

out:
    free(text);
    if (fd >= 0)
        close(fd);
    if (dir >= 0)
        close(dir);
    return taken;
}

/* ---- the daemon's end ---- */

struct control {
    struct context *daemon;
    int fd, dir, wake[2];
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t idle;
    unsigned count;
    struct call *calls; /* those that run */
};

struct call {
    struct control *control;
    struct call *next;
    pthread_t thread;
    int fd;
    int streams[STREAMS]; /* that the verb reads and writes; -1: not open */
};

/* A caller may send too few, or one too many, which fits into the padding: what is not used is closed. */
static bool take_streams(struct msghdr *message, int streams[STREAMS])
{
    size_t count = 0;
    int found[STREAMS + 1];
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
        count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    count = count < STREAMS + 1 ? count : STREAMS + 1;
    if (count > 0)
        memcpy(found, CMSG_DATA(header), count * sizeof(int));
    if (count == STREAMS) {
        memcpy(streams, found, STREAMS * sizeof(int));
        return true;
    }
    for (size_t i = 0; i < count; i++)
        close(found[i]);
    return false;
}

static bool receive_streams(int fd, uint32_t *size, int streams[STREAMS])
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(STREAMS * sizeof(int))];
    } control;
    struct iovec part = {.iov_base = size, .iov_len = sizeof(*size)};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room,
                             .msg_controllen = sizeof(control.room)};
    ssize_t got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_WAITALL);
    return got >= 0 && take_streams(&message, streams) && got == (ssize_t)sizeof(*size);
}

/* The context owns what it is handed, and takes it out of `words`. */
static int run_call(struct call *call, struct call_words *words, FILE *streams[STREAMS])
{
    struct context ctx;
    int status = STATUS_FAILED;
    memset(&ctx, 0, sizeof(ctx));
    ctx.in = streams[0];
    ctx.out = streams[1];
    ctx.err = streams[2];
    ctx.verbs = call->control->daemon->verbs;
    ctx.store = call->control->daemon->store;
    ctx.store_borrowed = true;
    ctx.caller = call->fd;
    ctx.store_dir = strdup(call->control->daemon->store_dir);
    ctx.cwd = words->cwd;
    ctx.environment = words->environment;
    words->cwd = NULL;
    words->environment = NULL;
    if (ctx.store_dir != NULL)
        status = context_run(&ctx, (int)words->argc, words->argv);
    LOG_WRITE(call->control->daemon->log, LOG_TRACE, "call", LOG_ITEM_VERB(ctx.verb), LOG_ITEM_NUMBER("exit", status));
    context_free(&ctx);
    return status;
}

/* Streams may be put aside by control_close as long as they stand in the call. */
static void streams_note(struct call *call, FILE *streams[STREAMS])
{
    pthread_mutex_lock(&call->control->lock);
    for (size_t i = 0; i < STREAMS; i++)
        call->streams[i] = streams != NULL ? fileno(streams[i]) : -1;
    pthread_mutex_unlock(&call->control->lock);
}

static int run_noted(struct call *call, struct call_words *words, FILE *streams[STREAMS])
{
    streams_note(call, streams);
    int status = run_call(call, words, streams);
    (void)fflush(streams[1]); /* what closing them would wait for */
    (void)fflush(streams[2]);
    streams_note(call, NULL);
    return status;
}

static void serve_call(struct call *call)
{
    int fds[STREAMS] = {-1, -1, -1};
    FILE *streams[STREAMS] = {NULL, NULL, NULL};
    uint32_t size = 0;
    char *text = NULL;
    struct call_words words = {.argc = 0};
    struct timeval patience = {.tv_sec = HELLO_MS / 1000};
    (void)setsockopt(call->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (!same_user(call->fd) || !receive_streams(call->fd, &size, fds) || size > CALL_BYTES ||
        (text = malloc(size + 1u)) == NULL || !receive_all(call->fd, text, size) || !call_read(text, size, &words))
        goto out;
    for (size_t i = 0; i < STREAMS; i++) {
        streams[i] = fdopen(fds[i], i == 0 ? "r" : "w");
        if (streams[i] == NULL)
            goto out;
        fds[i] = -1;
    }
    if (!send_all(call->fd, &taken_byte, sizeof(taken_byte)))
        goto out;
    int32_t status = run_noted(call, &words, streams);
    for (size_t i = 0; i < STREAMS; i++) { /* all is written before the caller hears that it is over */
        fclose(streams[i]);
        streams[i] = NULL;
    }
    (void)send_all(call->fd, (const char *)&status, sizeof(status));

out:
    for (size_t i = 0; i < STREAMS; i++) {
        if (streams[i] != NULL)
            fclose(streams[i]);
        if (fds[i] >= 0)
            close(fds[i]);
    }
    call_words_free(&words);
    free(text);
}

static void *call_thread(void *arg)
{
    struct call *call = arg;
    struct control *control = call->control;
    struct call **at = &control->calls;
    serve_call(call);
    pthread_mutex_lock(&control->lock);
    while (*at != call)
        at = &(*at)->next;
    *at = call->next;
    close(call->fd);
    free(call);
    control->count--;
    pthread_cond_signal(&control->idle);
    pthread_mutex_unlock(&control->lock);
    return NULL;
}

/* Under the lock, so that a thread is in the list before it may leave it. */
static bool start_call(struct control *control, struct call *call)
{
    if (control->count >= CALLS_MAX || pthread_create(&call->thread, NULL, call_thread, call) != 0)
        return false;
    pthread_detach(call->thread);
    call->next = control->calls;
    control->calls = call;
    control->count++;
    return true;
}

static void take_call(struct control *control, int fd)
{
    bool started = false;
    struct call *call = malloc(sizeof(*call));
    if (call != NULL) {
        *call = (struct call){.control = control, .fd = fd, .streams = {-1, -1, -1}};
        pthread_mutex_lock(&control->lock);
        started = start_call(control, call);
        pthread_mutex_unlock(&control->lock);
    }
    if (started)
        return;
    free(call);
    close(fd);
}

static void *accept_thread(void *arg)
{
    struct control *control = arg;
    struct pollfd waits[2] = {{.fd = control->fd, .events = POLLIN}, {.fd = control->wake[0], .events = POLLIN}};
    for (;;) {
        if (poll(waits, 2, -1) < 0 && errno != EINTR)
            return NULL;
        if (waits[1].revents != 0)
            return NULL;
        if ((waits[0].revents & POLLIN) == 0)
            continue;
        int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
            take_call(control, fd);
        else if (errno != EINTR && errno != ECONNABORTED) /* no descriptor is free: asking at once would only spin */
            (void)poll(&waits[1], 1, WAIT_MS);
    }
}

static void on_wake(int number)
{
    (void)number; /* that it came ends what a thread waits in */
}

int control_listen(struct context *ctx, struct control **out)
{
    struct sockaddr_un address;
    struct sigaction wake = {.sa_handler = on_wake}; /* without SA_RESTART */
    struct control *control = calloc(1, sizeof(*control));
    if (control == NULL)
        return LINLI_E_NOMEM;
    (void)sigaction(SIGUSR1, &wake, NULL);
    control->daemon = ctx;
    control->fd = control->wake[0] = control->wake[1] = -1;
    pthread_mutex_init(&control->lock, NULL);
    pthread_cond_init(&control->idle, NULL);
    control->dir = open_dir(ctx->store_dir, &address);
    control->fd = control->dir >= 0 ? socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
    if (control->fd < 0 || pipe(control->wake) != 0)
        goto failed;
    (void)unlinkat(control->dir, socket_name, 0); /* we hold the store, so whoever left it there is gone */
    if (bind(control->fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        fchmodat(control->dir, socket_name, 0600, 0) != 0 || listen(control->fd, CALLS_MAX) != 0 ||
        pthread_create(&control->thread, NULL, accept_thread, control) != 0)
        goto failed;
    *out = control;
    return LINLI_OK;

failed:
    for (size_t i = 0; i < 2; i++)
        if (control->wake[i] >= 0)
            close(control->wake[i]);
    if (control->fd >= 0)
        close(control->fd);
    if (control->dir >= 0)
        close(control->dir);
    free(control);
    return LINLI_E_DISK;
}

/* Wait for calls to end. Under the lock. */
static void wait_calls(struct control *control, long ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    while (control->count > 0 && pthread_cond_timedwait(&control->idle, &control->lock, &until) == 0)
        continue;
}

/*
 * Those that go on get a moment. Then their callers are let go: what they would read or write is nothing from now on, and a
 * signal ends the read or write that one may hang in, again and again, since it may have been just before it.
 */
static void end_calls(struct control *control)
{
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    pthread_mutex_lock(&control->lock);
    wait_calls(control, STOP_MS);
    while (control->count > 0) {
        for (struct call *call = control->calls; call != NULL; call = call->next) {
            (void)shutdown(call->fd, SHUT_RDWR);
            for (size_t i = 0; i < STREAMS; i++)
                if (call->streams[i] >= 0 && nothing >= 0)
                    (void)dup3(nothing, call->streams[i], O_CLOEXEC);
            (void)pthread_kill(call->thread, SIGUSR1);
        }
        wait_calls(control, WAIT_MS);
    }
    pthread_mutex_unlock(&control->lock);
    if (nothing >= 0)
        close(nothing);
}

void control_close(struct control *control)
{
    if (control == NULL)
        return;
    (void)unlinkat(control->dir, socket_name, 0);
    (void)!write(control->wake[1], "", 1);
    pthread_join(control->thread, NULL);
    end_calls(control);
    for (size_t i = 0; i < 2; i++)
        close(control->wake[i]);
    close(control->fd);
    close(control->dir);
    free(control);
}
