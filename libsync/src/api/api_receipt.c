/* api: receipts of nodes, what they warn of, and what of our own work none covers. */
#include <linli/receipt.h>

#include "api/handle.h"

int linli_receipt_each(linli_store *store, linli_receipt_fn fn, void *ctx)
{
    if (store == NULL || fn == NULL)
        return LINLI_E_ARG;
    int rv = store_enter(store, ENTER_READ);
    if (rv == LINLI_OK) {
        store_calls(store);
        rv = replica_receipt_each(store->replica, fn, ctx);
        store_called(store);
    }
    return store_leave(store, rv);
}

int linli_warning_each(linli_store *store, linli_warning_fn fn, void *ctx)
{
    if (store == NULL || fn == NULL)
        return LINLI_E_ARG;
    int rv = store_enter(store, ENTER_READ);
    if (rv == LINLI_OK) {
        store_calls(store);
        rv = replica_warning_each(store->replica, fn, ctx);
        store_called(store);
    }
    return store_leave(store, rv);
}

int linli_unconfirmed(linli_store *store, uint64_t *changesets)
{
    if (store == NULL || changesets == NULL)
        return LINLI_E_ARG;
    int rv = store_enter(store, ENTER_READ);
    if (rv == LINLI_OK)
        rv = replica_unconfirmed(store->replica, changesets);
    return store_leave(store, rv);
}
