/* replica: what was erased of a record: by whom, when and for which kind of reason; what it was, nobody can tell. */
#include <string.h>

#include "replica/erasing.h"

struct telling {
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

int replica_erasure_each(struct replica *r, const linli_id *record, linli_erasure_fn fn, void *ctx)
{
    struct telling t = {.record = record, .fn = fn, .ctx = ctx};
    struct scope_row row;
    bool stopped = false;
    int rv = store_begin(r->store, false, &t.txn);

    for (uint32_t scope = 1; rv == LINLI_OK && !stopped; scope++) { /* also where it was only set aside */
        rv = scope_get(t.txn, scope, &row);
        if (rv == LINLI_OK)
            rv = scope_tell(&t, &row.id, &stopped);
    }
    rv = store_end(t.txn, rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv); /* after the last one */
    arena_free(&t.arena);
    return rv;
}
