/** linlid, HTTP: /healthz and /metrics, on the node's own loop. */
#ifndef LINLI_LINLID_WEB_H
#define LINLI_LINLID_WEB_H

#include <stdbool.h>
#include <stdio.h>

struct web;

/** What is answered. */
struct web_source {
    void *at;
    bool (*healthy)(void *at);
    int (*metrics)(void *at, bool open_metrics, FILE *out); /**< LINLI_OK, or a code */
};

/** `address`: "HOST:PORT", an IP address. Copied is `source`. LINLI_OK; LINLI_E_ARG: it is none; LINLI_E_CONNECT: it is taken; LINLI_E_NOMEM. */
int web_open(const char *address, const struct web_source *source, struct web **out);
/** What tells that there is something to do. */
int web_fd(const struct web *web);
/** Do it. Does not block. */
void web_turn(struct web *web);
/** "HOST:PORT" as bound. */
const char *web_address(const struct web *web);
void web_close(struct web *web); /**< accepts NULL */

#endif
