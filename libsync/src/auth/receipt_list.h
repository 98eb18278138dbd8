/*
 * auth: what a receipt lists (proto/receipts.md 1): what is held of every scope at or below its elements, under one hash, so that what it says
 * of one of them can be shown with a few hashes instead of all the others. Pure.
 */
#ifndef LINLI_AUTH_RECEIPT_LIST_H
#define LINLI_AUTH_RECEIPT_LIST_H

#include "base/crypto.h"
#include "codec/reader.h"

/* What is held of a scope, alone or with what is below it. */
struct receipt_element {
    linli_id scope;
    bool subtree;
    linli_hash digest;
    uint64_t statements, weight;
};
/* By scope; of one scope, alone before with what is below it. */
int element_order(const struct receipt_element *x, const struct receipt_element *y);

/* --- a list: its entries as rows of bytes, in that order, none twice --- */
enum { LIST_ROW_BYTES = ID_BYTES + 1 + HASH_BYTES + 8 + 8, LIST_ROWS_MAX = 8192 };
int list_add(struct buf *rows, const struct receipt_element *entry);
void list_sort(struct buf *rows);
/* The row of this scope, alone or not; false: there is none. */
bool list_find(span rows, const linli_id *scope, bool subtree, size_t *row, struct receipt_element *out);

/* Its hashes: those of the rows, then of each two, and so on; the last one stands for all. */
struct list_tree {
    linli_hash *at;
    size_t rows, count;
};
int list_tree_make(span rows, struct list_tree *out); /* LINLI_OK; LINLI_E_NOMEM; LINLI_E_ARG: nothing is listed */
void list_tree_free(struct list_tree *tree);
const linli_hash *list_tree_top(const struct list_tree *tree);

/* --- one entry, shown with the hashes that lead from it to the top --- */
enum { LIST_STEPS_MAX = 13, LIST_PATH_BYTES_MAX = LIST_STEPS_MAX * HASH_BYTES, LIST_ENTRY_BYTES_MAX = 512 /* as written */ };
struct list_entry {
    struct receipt_element element;
    uint64_t lefts;          /* bit n: the hash of step n stands to the left */
    span path;               /* a hash for each step, lent */
};
void list_entry_make(const struct list_tree *tree, span rows, size_t row, uint8_t path[LIST_PATH_BYTES_MAX], struct list_entry *out);
void list_entry_write(const struct list_entry *entry, struct buf *out);
void list_entry_read(struct reader *r, struct list_entry *out); /* form only */
void list_entry_top(const struct list_entry *entry, linli_hash *out);

#endif
