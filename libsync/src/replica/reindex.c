/*
 * replica: the index and the figures are made by a schema. Another program's, older or newer, lists other fields: opened by it, both
 * are made again from the view, and a mark in the store says by which schema they were made.
 */
#include "replica/internal.h"

#define MARK_NAME "index"

static void tallies_mark(struct hasher *h, const struct linli_schema_type *type)
{
    for (size_t i = 0; i < type->tally_count; i++)
        for (size_t k = 0; k <= type->tallies[i].count; k++) {
            uint8_t row[12];
            be32_put(row, type->number);
            be32_put(row + 4, (uint32_t)i);
            be32_put(row + 8, k < type->tallies[i].count ? type->tallies[i].fields[k] : 0);
            hasher_add(h, row, sizeof(row));
        }
}

/* Over what decides on which rows there are: which fields are indexed, or by their tails, in which groups they stand, and what is counted by which. */
static void mark_now(linli_hash *out)
{
    struct hasher h;
    size_t count;
    const struct linli_schema_type *types = linli_schema_types(&count);

    hasher_start(&h, HASH_BYTES);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < types[i].field_count; k++) {
            const struct linli_schema_field *field = &types[i].fields[k];
            uint8_t row[13];
            be32_put(row, types[i].number);
            be32_put(row + 4, field->number);
            be32_put(row + 8, schema_group_of(field));
            row[12] = field->find == LINLI_FIND_TAIL;
            if (field->indexed || row[12] != 0)
                hasher_add(&h, row, sizeof(row));
        }
        tallies_mark(&h, &types[i]);
    }
    hasher_end(&h, out->b, HASH_BYTES);
}

int index_mark(struct store_txn *txn)
{
    linli_hash mark;

    mark_now(&mark);
    return meta_put(txn, MARK_NAME, span_of(mark.b, HASH_BYTES));
}

struct listing_all {
    struct work *w;
    uint32_t scope;
    int rv;
};

static bool record_list(void *ctx, const linli_id *id, span bytes)
{
    struct listing_all *l = ctx;
    struct work *w = l->w;
    struct record_state state, opened;
    const linli_id record = *id;
    struct opening opening = {w->r, w->txn, &w->scratch, l->scope, &record, w->r->ring.count, NULL};

    arena_reset(&w->scratch);
    span kept = arena_copy(&w->scratch, bytes); /* what is lent ends with the first row written */
    l->rv = kept.at == NULL ? LINLI_E_NOMEM : record_decode(&w->scratch, kept, &state);
    if (l->rv == LINLI_OK)
        l->rv = open_state(&opening, &state, &opened);
    if (l->rv == LINLI_OK)
        l->rv = index_update(w, l->scope, &record, &(struct record_state){0}, &opened);
    if (l->rv == LINLI_OK)
        l->rv = tally_update(w, l->scope, &record, &(struct record_state){0}, &state);
    return l->rv == LINLI_OK;
}

static int reindex(struct work *w, void *ctx)
{
    struct listing_all l = {.w = w};
    struct scope_row row;
    int rv = index_clear(w->txn);

    (void)ctx;
    if (rv == LINLI_OK)
        rv = tally_clear(w->txn);
    for (l.scope = 1; rv == LINLI_OK; l.scope++) {
        rv = scope_get(w->txn, l.scope, &row);
        if (rv == LINLI_OK)
            rv = view_each(w->txn, l.scope, record_list, &l);
        rv = rv == LINLI_OK ? l.rv : rv;
    }
    return rv == LINLI_E_NOT_FOUND ? index_mark(w->txn) : rv; /* after the last scope */
}

int index_keep_up(struct replica *r)
{
    struct store_txn *txn = NULL;
    linli_hash mark;
    span kept = {NULL, 0};
    int rv = store_begin(r->store, false, &txn);

    if (rv == LINLI_OK)
        rv = meta_get(txn, MARK_NAME, &kept);
    mark_now(&mark);
    bool same = rv == LINLI_OK && span_equal(kept, span_of(mark.b, HASH_BYTES));
    rv = store_end(txn, rv);
    if (rv != LINLI_OK && rv != LINLI_E_NOT_FOUND)
        return rv;
    return same ? LINLI_OK : work_run(r, reindex, NULL);
}
