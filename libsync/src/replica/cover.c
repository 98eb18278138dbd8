/* replica: is a scope among those that are shared with a peer? */
#include "replica/internal.h"

int cover_look(struct cover *c, struct store_txn *txn, uint32_t scope)
{
    struct scope_path path;
    struct scope_row row;

    if (scope == c->scope)
        return LINLI_OK;
    int rv = scope_get(txn, scope, &row);
    if (rv == LINLI_OK)
        rv = tree_path(txn, scope, &path);
    if (rv != LINLI_OK)
        return rv;
    c->scope = scope;
    c->id = row.id;
    c->covered = false;
    for (size_t i = 0; i < c->count && !c->covered; i++)
        c->covered = id_equal(&c->shared[i].id, &row.id) ||
                     (c->shared[i].subtree && path_contains(&c->shared[i].path, &path));
    return LINLI_OK;
}
