/* api: a replica that listens. */
#include <linli/node.h>

#include "api/handle.h"
#include "base/mem.h"
#include "node/node.h"

struct linli_node {
    linli_store *store;
    struct node *node;
};

static void event_post(void *ctx, const struct linli_event *event)
{
    node_post(ctx, event);
}

static int node_make(linli_store *store, const struct linli_node_options *options, linli_node *node)
{
    struct node_host door = {store->replica, store_host_enter, store_host_leave, store};
    int rv = node_new(&door, options, &node->node);

    if (rv != LINLI_OK)
        return store_detail(store, rv, "the node could not be made");
    rv = store_hook(store, event_post, node->node);
    return rv == LINLI_OK ? rv : store_detail(store, rv, "too many nodes on one store");
}

int linli_node_new(linli_store *store, const struct linli_node_options *options, linli_node **out)
{
    linli_node *node = NULL;
    int rv;

    if (store == NULL || options == NULL || out == NULL || options->size != sizeof(*options) ||
        options->listen == NULL || (options->peer_count > 0 && options->peers == NULL))
        return LINLI_E_ARG;
    *out = NULL;
    rv = store_lend(store);
    if (rv != LINLI_OK)
        return rv;
    node = mem_zalloc(1, sizeof(*node));
    if (node == NULL) {
        store_take_back(store);
        return LINLI_E_NOMEM;
    }
    node->store = store;
    rv = node_make(store, options, node);
    if (rv == LINLI_OK)
        *out = node;
    else
        linli_node_free(node);
    return rv;
}

const char *linli_node_address(const linli_node *node)
{
    return node_address(node->node);
}

size_t linli_node_sessions(const linli_node *node)
{
    return node_sessions(node->node);
}

int linli_node_run(linli_node *node)
{
    int rv;

    if (node == NULL)
        return LINLI_E_ARG;
    rv = node_run(node->node);
    return rv == LINLI_OK ? rv : store_detail(node->store, rv, node_error(node->node));
}

void linli_node_stop(linli_node *node)
{
    if (node != NULL)
        node_stop(node->node);
}

void linli_node_free(linli_node *node)
{
    if (node == NULL)
        return;
    store_unhook(node->store, event_post, node->node);
    if (node->node != NULL)
        node_free(node->node);
    store_take_back(node->store);
    mem_free(node);
}
