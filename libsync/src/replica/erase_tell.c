/* replica: what was erased of a record: by whom, when and for which kind of reason; what it was, nobody can tell. */
#include <string.h>

#include "replica/erasing.h"

struct telling {
    struct replica *r;
    struct store_txn *txn;
    struct arena arena;
    const linli_id *record;
    linli_erasure_fn fn;
    void *ctx;
};

static bool part_count(void *ctx, const struct erasure_part *part)
{
    (void)part;
    ++*(size_t *)ctx;
    return true;
}

static int order_tell(struct telling *t, const struct erasure *e, bool *stopped)
{
    struct standing_source source = standing_of(t->txn);
    struct linli_erasure said = {.scope = e->head.scope, .record = e->record, .by_root = e->head.by_root,
                                 .time_ms = e->head.issued_ms, .reason = (enum linli_erase_reason)e->reason};
    struct held_grant by;
    unsigned classes = 0;
    int rv = standing_erasure(&source, &t->arena, e, &classes);

    erasure_each(e, part_count, &said.parts);
    said.counts = classes != 0;
    statement_record_id(&e->head.id, &said.statement);
    if (rv == LINLI_OK && !e->head.by_root)
        rv = authority_get(t->txn, &e->head.issuer, &by);
    if (rv == LINLI_OK && !e->head.by_root)
        memcpy(said.device, by.grant.subject, KEY_BYTES);
    *stopped = rv == LINLI_OK && !t->fn(t->ctx, &said);
    return rv;
}

static int scope_tell(struct telling *t, const linli_id *scope, bool *stopped)
{
    span ids;
    int rv = erased_of_record(t->txn, scope, t->record, &ids);

    for (size_t i = 0; i < ids.size / HASH_BYTES && rv == LINLI_OK && !*stopped; i++) {
        struct erasure e;
        rv = erased_order(t->txn, ids, i, &e);
        if (rv == LINLI_OK)
            rv = order_tell(t, &e, stopped);
    }
    return rv;
}

struct lived {
    struct telling *telling;
    size_t count;
    bool stopped;
    int failed;
};

static bool lived_tell(void *ctx, uint32_t scope)
{
    struct lived *l = ctx;
    struct scope_row row;

    l->count++;
    l->failed = scope_get(l->telling->txn, scope, &row);
    if (l->failed == LINLI_OK)
        l->failed = scope_tell(l->telling, &row.id, &l->stopped);
    return l->failed == LINLI_OK && !l->stopped;
}

/* In the scopes where something of it is shown; where nothing is, in any. */
int replica_erasure_each(struct replica *r, const linli_id *record, linli_erasure_fn fn, void *ctx)
{
    struct telling t = {.r = r, .record = record, .fn = fn, .ctx = ctx};
    struct lived lived = {.telling = &t};
    struct scope_row row;
    int rv = store_begin(r->store, false, &t.txn);

    if (rv == LINLI_OK)
        rv = where_each(t.txn, record, lived_tell, &lived);
    rv = rv == LINLI_OK ? lived.failed : rv;
    for (uint32_t scope = 1; rv == LINLI_OK && lived.count == 0 && !lived.stopped; scope++) {
        rv = scope_get(t.txn, scope, &row);
        if (rv == LINLI_OK)
            rv = scope_tell(&t, &row.id, &lived.stopped);
    }
    rv = store_end(t.txn, rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv); /* after the last one */
    arena_free(&t.arena);
    return rv;
}
