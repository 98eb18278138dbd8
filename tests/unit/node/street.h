/*
 * node tests: replicas of a made-up town (replica/town.h) on real sockets of 127.0.0.1: nodes in threads, a door with a lock
 * as the public API has one, and a wire between that can be cut after any number of bytes.
 */
#ifndef LINLI_TESTS_STREET_H
#define LINLI_TESTS_STREET_H

#include "../replica/town.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>

#include "node/node.h"

/* --- a replica behind its door --- */

struct door {
    pthread_mutex_t lock;
    struct node_host host;
    struct node *node;
    pthread_t thread;
    bool running;
    atomic_uint told, settled;
    atomic_int last_code;
    char address[280], name[256];
    unsigned port;
};

static inline void door_enter(void *ctx)
{
    pthread_mutex_lock(&((struct door *)ctx)->lock);
}

static inline void door_leave(void *ctx)
{
    pthread_mutex_unlock(&((struct door *)ctx)->lock);
}

static inline void door_hear(void *ctx, const struct linli_event *event)
{
    struct door *d = ctx;
    if (d->node != NULL)
        node_post(d->node, event);
}

static inline void door_open(struct door *d, struct replica *r)
{
    pthread_mutexattr_t recursive;
    memset(d, 0, sizeof(*d));
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&d->lock, &recursive);
    pthread_mutexattr_destroy(&recursive);
    d->host = (struct node_host){r, door_enter, door_leave, d};
}

static inline void door_told(void *ctx, const struct linli_session_report *report, int code)
{
    struct door *d = ctx;
    atomic_fetch_add(&d->told, 1);
    if (report->settled)
        atomic_fetch_add(&d->settled, 1);
    atomic_store(&d->last_code, code);
}

static inline void *door_serve(void *ctx)
{
    struct door *d = ctx;
    (void)node_run(d->node);
    return NULL;
}

static inline void door_listen(struct door *d, struct linli_node_options *options)
{
    options->size = sizeof(*options);
    if (options->listen == NULL)
        options->listen = "127.0.0.1:0";
    options->on_session = door_told;
    options->ctx = d;
    assert_ok(node_new(&d->host, options, &d->node));
    snprintf(d->address, sizeof(d->address), "%s", node_address(d->node));
    char *colon = strrchr(d->address, ':');
    d->port = (unsigned)strtoul(colon + 1, NULL, 10);
    replica_listen(d->host.replica, door_hear, d);
    assert_int_equal(pthread_create(&d->thread, NULL, door_serve, d), 0);
    d->running = true;
}

static inline void door_stop(struct door *d)
{
    if (!d->running)
        return;
    node_stop(d->node);
    pthread_join(d->thread, NULL);
    d->running = false;
    pthread_mutex_lock(&d->lock);
    replica_listen(d->host.replica, NULL, NULL);
    pthread_mutex_unlock(&d->lock);
    node_free(d->node);
    d->node = NULL;
}

static inline void door_close(struct door *d)
{
    door_stop(d);
    pthread_mutex_destroy(&d->lock);
}

static inline int door_meet(struct door *d, unsigned port, struct linli_session_report *report)
{
    struct linli_sync_options options = {.size = sizeof(options), .timeout_ms = 5000};
    return node_sync(&d->host, "127.0.0.1", port, &options, report);
}

/* --- writing and comparing from the test's thread --- */

static inline linli_id door_building(struct town *town, struct door *d, const linli_id *scope, const char *name)
{
    pthread_mutex_lock(&d->lock);
    linli_id id = building_new(town, d->host.replica, scope, name);
    pthread_mutex_unlock(&d->lock);
    return id;
}

static inline linli_hash door_digest(struct door *d)
{
    struct linli_status status;
    pthread_mutex_lock(&d->lock);
    assert_ok(replica_status(d->host.replica, &status));
    pthread_mutex_unlock(&d->lock);
    return status.digest;
}

static inline uint64_t door_changesets(struct door *d)
{
    struct linli_status status;
    pthread_mutex_lock(&d->lock);
    assert_ok(replica_status(d->host.replica, &status));
    pthread_mutex_unlock(&d->lock);
    return status.changesets;
}

static inline bool doors_equal(struct door *a, struct door *b)
{
    linli_hash x = door_digest(a), y = door_digest(b);
    return hash_equal(&x, &y);
}

static inline void pause_ms(long ms)
{
    struct timespec wait = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&wait, NULL);
}

/* Wait for what other threads bring about; at most ten seconds. */
#define await(claim)                                                                                                     \
    do {                                                                                                                 \
        for (int tries_ = 0; tries_ < 1000 && !(claim); tries_++)                                                        \
            pause_ms(10);                                                                                                \
        assert_true(claim);                                                                                              \
    } while (0)

/* --- raw sockets --- */

static inline int plug(unsigned port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    return fd;
}

/* True when the other side closes without having said a byte. */
static inline bool closed_without_a_word(int fd, int timeout_ms)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    char byte;
    if (poll(&poll_fd, 1, timeout_ms) != 1)
        return false;
    return recv(fd, &byte, 1, 0) <= 0;
}

/* --- a wire that breaks: forwards both ways, and cuts after so many bytes --- */

struct weak_wire {
    int listener;
    unsigned port, target;
    size_t cut_after; /* bytes in all; 0: never */
    size_t passed;
    pthread_t thread;
};

static inline bool wire_pass(struct weak_wire *w, int from, int to)
{
    char bytes[4096];
    size_t room = sizeof(bytes);
    if (w->cut_after != 0 && w->cut_after - w->passed < room)
        room = w->cut_after - w->passed;
    ssize_t size = room == 0 ? 0 : recv(from, bytes, room, 0);
    if (size <= 0 || send(to, bytes, (size_t)size, MSG_NOSIGNAL) != size)
        return false;
    w->passed += (size_t)size;
    return true;
}

static inline void *wire_serve(void *ctx)
{
    struct weak_wire *w = ctx;
    int a = accept(w->listener, NULL, NULL), b = plug(w->target);
    struct pollfd fds[2] = {{.fd = a, .events = POLLIN}, {.fd = b, .events = POLLIN}};
    bool alive = true;
    while (alive && poll(fds, 2, 5000) > 0) {
        if (fds[0].revents != 0)
            alive = wire_pass(w, a, b);
        if (alive && fds[1].revents != 0)
            alive = wire_pass(w, b, a);
    }
    close(a);
    close(b);
    return NULL;
}

static inline void weak_wire_lay(struct weak_wire *w, unsigned target, size_t cut_after)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof(at);
    *w = (struct weak_wire){.target = target, .cut_after = cut_after};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    w->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(w->listener, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(w->listener, 1), 0);
    assert_int_equal(getsockname(w->listener, (struct sockaddr *)&at, &size), 0);
    w->port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&w->thread, NULL, wire_serve, w), 0);
}

static inline size_t weak_wire_end(struct weak_wire *w)
{
    pthread_join(w->thread, NULL);
    close(w->listener);
    return w->passed;
}

#endif
