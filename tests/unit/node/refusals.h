/*
 * node tests: calls of libuv that may fail, counted in all threads, and the n-th refused. For one test program: it is what
 * the linker finds before libuv.
 */
#ifndef LINLI_TESTS_REFUSALS_H
#define LINLI_TESTS_REFUSALS_H

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static struct {
    atomic_size_t count, at;
    atomic_bool refused;
} refusals;

/* Start counting from zero; the n-th call from now (1 = the next) is refused, once. 0: none. */
static inline void refuse_at(size_t n)
{
    atomic_store(&refusals.count, 0);
    atomic_store(&refusals.refused, false);
    atomic_store(&refusals.at, n);
}

static inline bool refused(void)
{
    return atomic_load(&refusals.refused);
}

static inline bool refuse(void)
{
    if (atomic_fetch_add(&refusals.count, 1) + 1 != atomic_load(&refusals.at))
        return false;
    atomic_store(&refusals.refused, true);
    return true;
}

/* POSIX lets dlsym's result be a function; ISO C has no cast for it. */
static inline void find_next(const char *name, void *slot)
{
    void *at = dlsym((void *)-1l, name); /* RTLD_NEXT, which POSIX does not name */

    if (at == NULL)
        abort();
    memcpy(slot, &at, sizeof(at));
}

#define REFUSABLE(name, code, types, ...)                                                                                \
    {                                                                                                                    \
        int(*real) types;                                                                                                \
        find_next(name, &real);                                                                                          \
        return refuse() ? (code) : real(__VA_ARGS__);                                                                    \
    }

int uv_loop_init(uv_loop_t *loop) REFUSABLE("uv_loop_init", UV_ENOMEM, (uv_loop_t *), loop)

int uv_async_init(uv_loop_t *loop, uv_async_t *async, uv_async_cb cb)
    REFUSABLE("uv_async_init", UV_EMFILE, (uv_loop_t *, uv_async_t *, uv_async_cb), loop, async, cb)

int uv_tcp_init(uv_loop_t *loop, uv_tcp_t *tcp) REFUSABLE("uv_tcp_init", UV_EMFILE, (uv_loop_t *, uv_tcp_t *), loop, tcp)

int uv_tcp_bind(uv_tcp_t *tcp, const struct sockaddr *at, unsigned flags)
    REFUSABLE("uv_tcp_bind", UV_EADDRINUSE, (uv_tcp_t *, const struct sockaddr *, unsigned), tcp, at, flags)

int uv_listen(uv_stream_t *stream, int backlog, uv_connection_cb cb)
    REFUSABLE("uv_listen", UV_EADDRINUSE, (uv_stream_t *, int, uv_connection_cb), stream, backlog, cb)

int uv_tcp_getsockname(const uv_tcp_t *tcp, struct sockaddr *name, int *size)
    REFUSABLE("uv_tcp_getsockname", UV_EBADF, (const uv_tcp_t *, struct sockaddr *, int *), tcp, name, size)

int uv_tcp_getpeername(const uv_tcp_t *tcp, struct sockaddr *name, int *size)
    REFUSABLE("uv_tcp_getpeername", UV_ENOTCONN, (const uv_tcp_t *, struct sockaddr *, int *), tcp, name, size)

int uv_getaddrinfo(uv_loop_t *loop, uv_getaddrinfo_t *lookup, uv_getaddrinfo_cb cb, const char *node, const char *service,
                   const struct addrinfo *hints)
    REFUSABLE("uv_getaddrinfo", UV_ENOMEM, (uv_loop_t *, uv_getaddrinfo_t *, uv_getaddrinfo_cb, const char *, const char *,
              const struct addrinfo *), loop, lookup, cb, node, service, hints)

int uv_tcp_connect(uv_connect_t *request, uv_tcp_t *tcp, const struct sockaddr *at, uv_connect_cb cb)
    REFUSABLE("uv_tcp_connect", UV_ENETUNREACH, (uv_connect_t *, uv_tcp_t *, const struct sockaddr *, uv_connect_cb), request,
              tcp, at, cb)

int uv_write(uv_write_t *request, uv_stream_t *stream, const uv_buf_t bytes[], unsigned count, uv_write_cb done)
    REFUSABLE("uv_write", UV_EPIPE, (uv_write_t *, uv_stream_t *, const uv_buf_t[], unsigned, uv_write_cb), request, stream,
              bytes, count, done)

int uv_shutdown(uv_shutdown_t *request, uv_stream_t *stream, uv_shutdown_cb done)
    REFUSABLE("uv_shutdown", UV_ENOTCONN, (uv_shutdown_t *, uv_stream_t *, uv_shutdown_cb), request, stream, done)

/* It is taken, so that the next one is: what libuv itself does when it can take a connection and do nothing with it. */
int uv_accept(uv_stream_t *server, uv_stream_t *client)
{
    int (*real)(uv_stream_t *, uv_stream_t *);

    find_next("uv_accept", &real);
    int code = real(server, client);
    return refuse() ? UV_EMFILE : code;
}

#endif
