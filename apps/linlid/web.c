/* linlid, HTTP, by libmicrohttpd with an epoll of its own that the node's loop watches. */
#include "web.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <linli/linli.h>
#include <microhttpd.h>

enum { CONNECTIONS_MOST = 256, IDLE_SECONDS = 10, MEMORY_BYTES = 16 * 1024, HOST_BYTES = 64 };

struct web {
    struct MHD_Daemon *daemon;
    struct web_source source;
    int fd;
    char address[HOST_BYTES + 8], host[HOST_BYTES];
};

/* ---- one request ---- */

static enum MHD_Result answer(struct MHD_Connection *to, unsigned status, const char *type, char *text, size_t size)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_COPY);
    if (response == NULL)
        return MHD_NO;
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    (void)MHD_add_response_header(response, "Content-Security-Policy", "default-src 'none'");
    (void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    enum MHD_Result queued = MHD_queue_response(to, status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result answer_words(struct MHD_Connection *to, unsigned status, const char *words)
{
    char text[64];
    int size = snprintf(text, sizeof(text), "%s\n", words);
    return answer(to, status, "text/plain; charset=utf-8", text, (size_t)size);
}

/* A page of somebody else's could make a browser ask us under its own name (DNS rebinding): that name is not ours. */
static bool host_is_ours(const struct web *web, struct MHD_Connection *from)
{
    const char *told = MHD_lookup_connection_value(from, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    if (told == NULL)
        return false;
    size_t size = told[0] == '[' ? strcspn(told, "]") + 1 : strcspn(told, ":");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strlen(names[i]) == size && strncasecmp(names[i], told, size) == 0)
            return true;
    return strlen(web->host) == size && strncasecmp(web->host, told, size) == 0;
}

static enum MHD_Result answer_metrics(struct web *web, struct MHD_Connection *to)
{
    const char *accept = MHD_lookup_connection_value(to, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
    bool open_metrics = accept != NULL && strstr(accept, "application/openmetrics-text") != NULL;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    int rc = out == NULL ? LINLI_E_NOMEM : web->source.metrics(web->source.at, open_metrics, out);
    if (out != NULL && fclose(out) != 0)
        rc = LINLI_E_NOMEM;
    enum MHD_Result done =
        rc == LINLI_OK ? answer(to, MHD_HTTP_OK, open_metrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                                              : "text/plain; version=0.0.4; charset=utf-8", text, size)
                       : answer_words(to, MHD_HTTP_SERVICE_UNAVAILABLE, linli_code_name(rc));
    free(text);
    return done;
}

static enum MHD_Result answer_url(struct web *web, struct MHD_Connection *to, const char *url)
{
    if (strcmp(url, "/metrics") == 0)
        return answer_metrics(web, to);
    if (strcmp(url, "/healthz") != 0)
        return answer_words(to, MHD_HTTP_NOT_FOUND, "not found");
    return web->source.healthy(web->source.at) ? answer_words(to, MHD_HTTP_OK, "ok")
                                               : answer_words(to, MHD_HTTP_SERVICE_UNAVAILABLE, "the store does not answer");
}

/* Called once when the headers are there, then with each piece of a body, which nobody wants here, and at the end. */
static enum MHD_Result on_request(void *at, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
                                  const char *body, size_t *body_size, void **state)
{
    static char seen;
    struct web *web = at;
    (void)version;
    (void)body;
    if (*state == NULL) {
        *state = &seen;
        if (!host_is_ours(web, connection))
            return answer_words(connection, MHD_HTTP_MISDIRECTED_REQUEST, "not this host");
        if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
            return answer_words(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only to be read");
        return MHD_YES;
    }
    if (*body_size > 0) {
        *body_size = 0;
        return MHD_YES;
    }
    return answer_url(web, connection, url);
}

/* ---- opening and closing ---- */

/* A path is what was sent: nothing in ours needs an escape. */
static size_t as_sent(void *at, struct MHD_Connection *connection, char *text)
{
    (void)at;
    (void)connection;
    return strlen(text);
}

/* An IPv4 address, or an IPv6 one in brackets, of this machine: nothing is looked up, and all of them at once is no name to be asked by. */
static bool read_address(const char *text, char host[HOST_BYTES], struct sockaddr_storage *out, socklen_t *size)
{
    const char *colon = strrchr(text, ':');
    char *end = NULL, bare[HOST_BYTES];
    size_t length = colon != NULL ? (size_t)(colon - text) : 0;
    unsigned long port = colon != NULL && colon[1] >= '0' && colon[1] <= '9' ? strtoul(colon + 1, &end, 10) : 0;
    if (length == 0 || length >= HOST_BYTES || end == NULL || *end != '\0' || port > 65535)
        return false;
    memcpy(host, text, length);
    host[length] = '\0';
    memset(out, 0, sizeof(*out));
    struct sockaddr_in *four = (struct sockaddr_in *)out;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
    if (inet_pton(AF_INET, host, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons((uint16_t)port);
        *size = sizeof(*four);
        return four->sin_addr.s_addr != htonl(INADDR_ANY);
    }
    if (host[0] != '[' || host[length - 1] != ']')
        return false;
    memcpy(bare, host + 1, length - 2);
    bare[length - 2] = '\0';
    six->sin6_family = AF_INET6;
    six->sin6_port = htons((uint16_t)port);
    *size = sizeof(*six);
    return inet_pton(AF_INET6, bare, &six->sin6_addr) == 1 && !IN6_IS_ADDR_UNSPECIFIED(&six->sin6_addr);
}

static int start(struct web *web, const struct sockaddr_storage *address)
{
    const union MHD_DaemonInfo *info;
    unsigned flags = MHD_USE_EPOLL | (address->ss_family == AF_INET6 ? MHD_USE_IPv6 : 0);
    web->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, web, MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)address,
                                   MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MOST, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
                                   MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_BYTES, MHD_OPTION_UNESCAPE_CALLBACK, as_sent, NULL,
                                   MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    if (web->daemon == NULL)
        return LINLI_E_CONNECT;
    info = MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    web->fd = info != NULL ? info->epoll_fd : 0;
    info = MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_BIND_PORT);
    snprintf(web->address, sizeof(web->address), "%s:%u", web->host, info != NULL ? (unsigned)info->port : 0u);
    return web->fd > 0 ? LINLI_OK : LINLI_E_CONNECT;
}

int web_open(const char *address, const struct web_source *source, struct web **out)
{
    struct sockaddr_storage where;
    socklen_t size = 0;
    struct web *web = calloc(1, sizeof(*web));
    if (web == NULL)
        return LINLI_E_NOMEM;
    web->source = *source;
    int rc = read_address(address, web->host, &where, &size) ? start(web, &where) : LINLI_E_ARG;
    if (rc == LINLI_OK)
        *out = web;
    else
        web_close(web);
    return rc;
}

int web_fd(const struct web *web)
{
    return web->fd;
}

void web_turn(struct web *web)
{
    (void)MHD_run(web->daemon);
}

const char *web_address(const struct web *web)
{
    return web->address;
}

void web_close(struct web *web)
{
    if (web == NULL)
        return;
    if (web->daemon != NULL)
        MHD_stop_daemon(web->daemon);
    free(web);
}
