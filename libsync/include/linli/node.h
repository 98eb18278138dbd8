/** A running replica that listens. */
#ifndef LINLI_NODE_H
#define LINLI_NODE_H

#include <linli/sync.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct linli_node linli_node;

struct linli_node_options {
    size_t size;
    const char *listen;             /**< "host:port", port 0 = any free one */
    const char *const *peers;       /**< nodes to stay connected with (a community's city), "host:port" */
    size_t peer_count;
    size_t sessions_max;            /**< 0 = 256 */
    void (*on_session)(void *ctx, const struct linli_session_report *report, int code); /**< a session ended or settled */
    /**
     * A device came with an invitation: LINLI_OK, it was let in; LINLI_E_WAIT, it waits for linli_enrol_confirm; another code,
     * it was turned away. No names are in `request`.
     */
    void (*on_enrol)(void *ctx, const struct linli_enrol_request *request, int code);
    void *ctx;
    /**
     * Called on the node's loop, once a second, and whenever `watch` can be read: for what an application serves beside it. They
     * must not block; everybody waits for them.
     */
    void (*on_tick)(void *ctx);
    void (*on_watch)(void *ctx);
    int watch;                      /**< a descriptor, which stays the application's; 0: none */
    bool confirm_joins;             /**< every device but a viewer waits for linli_enrol_confirm, whatever its invitation says */
};

/** Bind and prepare. LINLI_OK with *out (yours: linli_node_free), LINLI_E_CONNECT (the address is taken), LINLI_E_ARG, LINLI_E_NOMEM. */
LINLI_API int linli_node_new(linli_store *store, const struct linli_node_options *options, linli_node **out);
/** "host:port" as bound. Borrowed. */
LINLI_API const char *linli_node_address(const linli_node *node);
LINLI_API size_t linli_node_sessions(const linli_node *node);
/** Serve until linli_node_stop. Blocks. LINLI_OK after a graceful stop. */
LINLI_API int linli_node_run(linli_node *node);
/** From any thread or signal handler: say goodbye to peers and let linli_node_run return. */
LINLI_API void linli_node_stop(linli_node *node);
LINLI_API void linli_node_free(linli_node *node); /**< accepts NULL; after run has returned */

#ifdef __cplusplus
}
#endif
#endif
