/* api: figures. The callbacks run inside the lock. */
#include <linli/figures.h>

#include "api/handle.h"

int linli_tally_each(linli_store *store, const linli_id *scope, linli_type type, const linli_field *fields, size_t count,
                     linli_tally_fn fn, void *ctx)
{
    int rv;

    if (store == NULL || scope == NULL || fn == NULL || (fields == NULL && count > 0))
        return LINLI_E_ARG;
    rv = store_enter(store, ENTER_READ);
    if (rv == LINLI_OK) {
        store_calls(store);
        rv = replica_tally_each(store->replica, scope, type, fields, count, fn, ctx);
        store_called(store);
    }
    return store_leave(store, rv);
}

int linli_coverage_each(linli_store *store, const linli_id *scope, int64_t day, linli_coverage_fn fn, void *ctx)
{
    int rv;

    if (store == NULL || fn == NULL)
        return LINLI_E_ARG;
    rv = store_enter(store, ENTER_READ);
    if (rv == LINLI_OK) {
        store_calls(store);
        rv = replica_coverage_each(store->replica, scope, day, fn, ctx);
        store_called(store);
    }
    return store_leave(store, rv);
}
