/* api: orders to erase, and the store written anew after them. */
#include "api/handle.h"

int linli_erase(linli_store *store, const struct linli_erase *erase, struct linli_erased *out)
{
    struct linli_erased unasked;
    int rv;

    if (store == NULL || erase == NULL || erase->records == NULL || erase->count == 0 || erase->reason < LINLI_ERASE_NONE ||
        erase->reason > LINLI_ERASE_ROUND_OVER)
        return LINLI_E_ARG;
    rv = store_enter(store, ENTER_WRITE);
    if (rv == LINLI_OK)
        rv = replica_erase(store->replica, erase, out != NULL ? out : &unasked);
    return store_leave(store, rv);
}

struct telling {
    linli_store *store;
    linli_erasure_fn fn;
    linli_due_fn due;
    void *ctx;
};

static bool tell(void *ctx, const struct linli_erasure *erasure)
{
    struct telling *t = ctx;

    store_calls(t->store);
    bool more = t->fn(t->ctx, erasure);
    store_called(t->store);
    return more;
}

int linli_erasure_each(linli_store *store, const linli_id *record, linli_erasure_fn fn, void *ctx)
{
    struct telling t = {.store = store, .fn = fn, .ctx = ctx};
    int rv;

    if (store == NULL || record == NULL || fn == NULL)
        return LINLI_E_ARG;
    rv = store_enter(store, ENTER_READ);
    if (rv == LINLI_OK)
        rv = replica_erasure_each(store->replica, record, tell, &t);
    return store_leave(store, rv);
}

static bool tell_due(void *ctx, const struct linli_due *due)
{
    struct telling *t = ctx;

    store_calls(t->store);
    bool more = t->due(t->ctx, due);
    store_called(t->store);
    return more;
}

int linli_due_each(linli_store *store, const linli_id *scope, linli_due_fn fn, void *ctx)
{
    struct telling t = {.store = store, .due = fn, .ctx = ctx};
    int rv;

    if (store == NULL || fn == NULL)
        return LINLI_E_ARG;
    rv = store_enter(store, ENTER_READ);
    if (rv == LINLI_OK)
        rv = replica_due_each(store->replica, scope, tell_due, &t);
    return store_leave(store, rv);
}

int linli_store_compact(linli_store *store, struct linli_compacted *out)
{
    struct linli_compacted unasked;
    int rv;

    if (store == NULL)
        return LINLI_E_ARG;
    rv = store_enter(store, ENTER_WRITE);
    if (rv == LINLI_OK)
        rv = replica_compact(store->replica, out != NULL ? out : &unasked);
    return store_leave(store, rv);
}
