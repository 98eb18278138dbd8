/** Command line, serving: what a daemon does beside `linli serve`, on the same loop. */
#ifndef LINLI_APP_SERVING_H
#define LINLI_APP_SERVING_H

#include "context.h"
#include "log.h"

struct serving {
    void *at;                                  /**< given to all of them; none may block, any may be NULL */
    void (*ready)(void *at, linli_store *store, const linli_node *node, struct log *log); /**< it listens; the log may be changed from then on */
    void (*tick)(void *at);                    /**< once a second */
    void (*watched)(void *at);                 /**< when `watch` can be read */
    void (*met)(void *at, const struct linli_session_report *report, int code);
    void (*stopped)(void *at);                 /**< no turn comes any more; the store is still open */
    int watch;                                 /**< a descriptor; 0: none */
};

#endif
