/* replica: the scope tree: numbers and paths of the scopes held (proto/authority.md 2). */
#include <string.h>

#include "replica/internal.h"

int tree_path(struct store_txn *txn, uint32_t scope, struct scope_path *out)
{
    struct scope_row row;
    int rv = scope_get(txn, scope, &row);

    if (rv != LINLI_OK)
        return rv;
    if (row.depth >= LIMIT_SCOPE_DEPTH)
        return LINLI_E_CORRUPT;
    out->depth = row.depth;
    for (size_t i = out->depth; i > 0; i--) {
        memcpy(out->nonce[i - 1], row.nonce, sizeof(row.nonce));
        rv = scope_get(txn, row.parent, &row);
        if (rv != LINLI_OK)
            return rv == LINLI_E_NOT_FOUND ? LINLI_E_CORRUPT : rv;
    }
    return LINLI_OK;
}

int tree_add(struct work *w, uint32_t parent, const uint8_t nonce[16], uint32_t *scope, linli_id *id)
{
    struct scope_row above, row = {.parent = parent};
    int rv = scope_get(w->txn, parent, &above);

    if (rv != LINLI_OK)
        return rv;
    if (above.depth + 1 >= LIMIT_SCOPE_DEPTH)
        return LINLI_E_LIMIT;
    scope_child(&above.id, nonce, &row.id);
    *id = row.id;
    rv = scope_number(w->txn, &row.id, scope);
    if (rv != LINLI_E_NOT_FOUND)
        return rv;
    row.depth = above.depth + 1;
    memcpy(row.nonce, nonce, sizeof(row.nonce));
    rv = scope_put(w->txn, &row, scope);
    return rv == LINLI_OK ? work_touch(w, *scope) : rv;
}

int tree_learn(struct work *w, const struct scope_path *path, uint32_t *scope)
{
    linli_id id;
    int rv = scope_number(w->txn, &w->r->self.root_scope, scope);

    for (size_t i = 0; i < path->depth && rv == LINLI_OK; i++)
        rv = tree_add(w, *scope, path->nonce[i], scope, &id);
    return rv;
}

int replica_scope_path(struct replica *r, const linli_id *scope, struct scope_path *out)
{
    struct store_txn *txn = NULL;
    uint32_t number;
    int rv = store_begin(r->store, false, &txn);

    if (rv == LINLI_OK)
        rv = scope_number(txn, scope, &number);
    if (rv == LINLI_OK)
        rv = tree_path(txn, number, out);
    return store_end(txn, rv);
}
