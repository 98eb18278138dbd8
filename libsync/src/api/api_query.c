/* api: queries, history, conflicts and what is set aside. The callbacks run inside the lock. */
#include "api/handle.h"
#include "api/reading.h"

#include "base/mem.h"

struct finding {
    linli_store *store;
    linli_record_fn fn;
    void *ctx;
    linli_record rec; /* made anew for each record found */
    int rv;
};

static bool record_found(void *ctx, const linli_id *scope, const linli_id *record,
                         const struct record_state *state)
{
    struct finding *f = ctx;
    bool more;

    arena_reset(&f->rec.arena);
    f->rv = reading_make(&f->rec, f->store->replica, scope, record, state);
    if (f->rv != LINLI_OK)
        return false;
    store_calls(f->store);
    more = f->fn(f->ctx, &f->rec);
    store_called(f->store);
    return more;
}

static bool query_good(const struct linli_query *query)
{
    return query != NULL && (query->where_count == 0 || query->where != NULL);
}

int linli_query_each(linli_store *store, const struct linli_query *query, linli_record_fn fn, void *ctx)
{
    struct finding finding = {.store = store, .fn = fn, .ctx = ctx, .rv = LINLI_OK};
    int rv;

    if (store == NULL || !query_good(query) || fn == NULL)
        return LINLI_E_ARG;
    rv = store_enter(store, ENTER_READ);
    if (rv == LINLI_OK)
        rv = replica_query(store->replica, query, false, record_found, &finding);
    arena_free(&finding.rec.arena);
    buf_free(&finding.rec.token);
    mem_free(finding.rec.readings);
    return store_leave(store, finding.rv != LINLI_OK ? finding.rv : rv);
}

struct first {
    linli_id *id;
    bool found;
};

static bool first_found(void *ctx, const linli_id *scope, const linli_id *record,
                        const struct record_state *state)
{
    struct first *first = ctx;

    (void)scope;
    (void)state;
    *first->id = *record;
    first->found = true;
    return false;
}

int linli_query_first(linli_store *store, const struct linli_query *query, linli_id *id)
{
    struct first first = {.id = id};
    int rv;

    if (store == NULL || !query_good(query) || id == NULL)
        return LINLI_E_ARG;
    rv = store_enter(store, ENTER_READ);
    if (rv == LINLI_OK)
        rv = replica_query(store->replica, query, true, first_found, &first);
    if (rv == LINLI_OK && !first.found)
        rv = LINLI_E_NOT_FOUND;
    return store_leave(store, rv);
}

int linli_id_find(linli_store *store, const char *prefix, linli_id *id)
{
    int rv;

    if (store == NULL || prefix == NULL || id == NULL)
        return LINLI_E_ARG;
    rv = store_enter(store, ENTER_READ);
    if (rv == LINLI_OK)
        rv = replica_id_find(store->replica, prefix, id);
    return store_leave(store, rv);
}

int linli_history_each(linli_store *store, const linli_id *record, linli_write_fn fn, void *ctx)
{
    int rv;

    if (store == NULL || record == NULL || fn == NULL)
        return LINLI_E_ARG;
    rv = store_enter(store, ENTER_READ);
    if (rv == LINLI_OK) {
        store_calls(store);
        rv = replica_history_each(store->replica, record, fn, ctx);
        store_called(store);
    }
    return store_leave(store, rv);
}

int linli_conflict_each(linli_store *store, const linli_id *scope, const linli_id *record,
                        linli_conflict_fn fn, void *ctx)
{
    int rv;

    if (store == NULL || fn == NULL || (scope != NULL && record != NULL))
        return LINLI_E_ARG;
    rv = store_enter(store, ENTER_READ);
    if (rv == LINLI_OK) {
        store_calls(store);
        rv = replica_conflict_each(store->replica, scope, record, fn, ctx);
        store_called(store);
    }
    return store_leave(store, rv);
}

int linli_aside_each(linli_store *store, const linli_id *scope, linli_aside_fn fn, void *ctx)
{
    int rv;

    if (store == NULL || fn == NULL)
        return LINLI_E_ARG;
    rv = store_enter(store, ENTER_READ);
    if (rv == LINLI_OK) {
        store_calls(store);
        rv = replica_aside_each(store->replica, scope, fn, ctx);
        store_called(store);
    }
    return store_leave(store, rv);
}
