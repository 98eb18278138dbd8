/*
 * replica: what receipts list (proto/receipts.md 1): gathered when one is signed or taken, kept in full beside those that were given to us, and
 * shown entry by entry to whoever reads only some of it, or more.
 */
#include <string.h>

#include "replica/internal.h"

/* --- gathering --- */

/* Level by level, each whole or not at all: where there are too many scopes, the lowest are left out, by everybody alike. */
struct gathering {
    struct store_txn *txn;
    struct buf rows, numbers; /* of the level that comes next; the numbers of its scopes, 4 bytes each */
    size_t count;             /* rows, with those of that level */
    bool full;
    int failed;
};

static int entry_add(struct gathering *g, const linli_id *scope, bool subtree, const linli_hash *digest,
                     const struct digest_figures *figures)
{
    struct receipt_element e = {*scope, subtree, *digest, figures->statements, figures->weight};

    g->count++;
    return list_add(&g->rows, &e);
}

static bool scope_gather(void *ctx, uint32_t number, const linli_id *id)
{
    struct gathering *g = ctx;
    struct digest_row row;
    uint8_t name[4];

    g->failed = digest_get(g->txn, number, &row);
    if (g->failed != LINLI_OK || digest_none(&row.subtree))
        return g->failed == LINLI_OK;
    g->full = g->count + 2 > LIST_ROWS_MAX;
    if (g->full)
        return false;
    be32_put(name, number);
    (void)entry_add(g, id, false, &row.own, &row.own_figures);
    (void)entry_add(g, id, true, &row.subtree, &row.subtree_figures);
    (void)buf_append(&g->numbers, name, sizeof(name));
    g->failed = g->rows.failed != LINLI_OK ? g->rows.failed : g->numbers.failed;
    return g->failed == LINLI_OK;
}

static int below(struct gathering *g, const struct buf *numbers)
{
    int rv = LINLI_OK;

    for (size_t at = 0; at < numbers->size && rv == LINLI_OK && !g->full; at += 4) {
        rv = scope_children(g->txn, be32_get(numbers->at + at), scope_gather, g);
        rv = rv == LINLI_OK ? g->failed : rv;
    }
    return rv;
}

int list_gather(struct store_txn *txn, const struct receipt_element *elements, size_t count, struct buf *rows)
{
    struct gathering g = {.txn = txn};
    int rv = LINLI_OK;

    for (size_t i = 0; i < count && rv == LINLI_OK; i++) {
        uint32_t number;
        rv = elements[i].subtree ? scope_number(txn, &elements[i].scope, &number) : LINLI_E_NOT_FOUND;
        if (rv == LINLI_OK)
            (void)scope_gather(&g, number, &elements[i].scope);
        rv = rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv != LINLI_OK ? rv : g.failed;
    }
    while (rv == LINLI_OK && !g.full && g.rows.size > 0) {
        struct buf level = g.numbers;
        rv = buf_append(rows, g.rows.at, g.rows.size);
        buf_clear(&g.rows);
        g.numbers = (struct buf){.at = NULL};
        if (rv == LINLI_OK)
            rv = below(&g, &level);
        buf_free(&level);
    }
    buf_free(&g.rows);
    buf_free(&g.numbers);
    if (rv == LINLI_OK)
        list_sort(rows);
    return rv;
}

int list_top(span rows, linli_hash *out)
{
    struct list_tree tree;
    int rv = list_tree_make(rows, &tree);

    if (rv == LINLI_OK)
        *out = *list_tree_top(&tree);
    list_tree_free(&tree);
    return rv;
}

/* --- keeping --- */

int list_put(struct store_txn *txn, const struct receipt *r, span rows)
{
    uint8_t key[RECEIPT_KEY_BYTES];
    struct buf value = {0};

    receipt_key(r, key);
    buf_append(&value, r->list.b, HASH_BYTES);
    int rv = buf_append(&value, rows.at, rows.size);
    if (rv == LINLI_OK)
        rv = note_put(txn, NOTE_LISTED, span_of(key, sizeof(key)), buf_span(&value));
    buf_free(&value);
    return rv;
}

/* All rows of its list; lent, empty when they are not kept. */
static int rows_get(struct store_txn *txn, const struct receipt *r, span *rows)
{
    uint8_t key[RECEIPT_KEY_BYTES];
    span value;

    *rows = (span){NULL, 0};
    receipt_key(r, key);
    int rv = r->lists ? note_get(txn, NOTE_LISTED, span_of(key, sizeof(key)), &value) : LINLI_E_NOT_FOUND;
    if (rv != LINLI_OK)
        return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
    if (value.size < HASH_BYTES || (value.size - HASH_BYTES) % LIST_ROW_BYTES != 0)
        return LINLI_E_CORRUPT;
    if (memcmp(value.at, r->list.b, HASH_BYTES) == 0) /* else they are another's of the same number */
        *rows = span_of(value.at + HASH_BYTES, value.size - HASH_BYTES);
    return LINLI_OK;
}

/* --- what is known of one --- */

int listed_open(struct store_txn *txn, const struct receipt *r, struct receipt_listed *out)
{
    struct receipt bare = *r;

    bare.entries = (span){NULL, 0};
    out->rows = (span){NULL, 0};
    out->tree = (struct list_tree){.at = NULL};
    out->told_count = receipt_entries(r, out->told);
    receipt_said(&bare, &out->elements);
    return rows_get(txn, r, &out->rows);
}

void listed_close(struct receipt_listed *l)
{
    list_tree_free(&l->tree);
}

static const struct list_entry *told_find(const struct receipt_listed *l, const linli_id *scope, bool subtree)
{
    for (size_t i = 0; i < l->told_count; i++)
        if (id_equal(&l->told[i].element.scope, scope) && l->told[i].element.subtree == subtree)
            return &l->told[i];
    return NULL;
}

bool listed_find(const struct receipt_listed *l, const linli_id *scope, bool subtree, struct receipt_element *out)
{
    const struct list_entry *told = told_find(l, scope, subtree);
    size_t row;

    if (told != NULL)
        *out = told->element;
    return told != NULL || (receipt_said_find(&l->elements, scope, subtree) == NULL && list_find(l->rows, scope, subtree, &row, out));
}

int listed_show(struct receipt_listed *l, struct arena *a, const linli_id *scope, bool subtree, struct list_entry *out, bool *shown)
{
    const struct list_entry *told = told_find(l, scope, subtree);
    struct receipt_element e;
    size_t row;
    int rv = LINLI_OK;

    *shown = told != NULL;
    if (told != NULL)
        *out = *told;
    if (told != NULL || receipt_said_find(&l->elements, scope, subtree) != NULL || !list_find(l->rows, scope, subtree, &row, &e))
        return LINLI_OK;
    uint8_t *path = arena_alloc(a, LIST_PATH_BYTES_MAX);
    if (l->tree.at == NULL)
        rv = list_tree_make(l->rows, &l->tree);
    if (rv == LINLI_OK && path == NULL)
        rv = LINLI_E_NOMEM;
    if (rv == LINLI_OK)
        list_entry_make(&l->tree, l->rows, row, path, out);
    *shown = rv == LINLI_OK;
    return rv;
}
