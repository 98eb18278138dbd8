/* auth: what a receipt lists, and one entry of it with the hashes that lead to the top (proto/receipts.md 1). */
#include "auth/receipt_list.h"

#include <linli/error.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "codec/writer.h"

enum { NAME_BYTES = ID_BYTES + 1, ENTRY_FIELDS = 7 };
_Static_assert(LIST_ROWS_MAX <= 1 << LIST_STEPS_MAX, "each entry of the longest list can be shown");

int element_order(const struct receipt_element *x, const struct receipt_element *y)
{
    int order = id_compare(&x->scope, &y->scope);

    return order != 0 ? order : (int)x->subtree - (int)y->subtree;
}

/* --- rows --- */

static void row_write(const struct receipt_element *e, uint8_t out[LIST_ROW_BYTES])
{
    memcpy(out, e->scope.b, ID_BYTES);
    out[ID_BYTES] = e->subtree;
    memcpy(out + NAME_BYTES, e->digest.b, HASH_BYTES);
    be64_put(out + NAME_BYTES + HASH_BYTES, e->statements);
    be64_put(out + NAME_BYTES + HASH_BYTES + 8, e->weight);
}

static void row_read(const uint8_t *row, struct receipt_element *out)
{
    memcpy(out->scope.b, row, ID_BYTES);
    out->subtree = row[ID_BYTES] != 0;
    memcpy(out->digest.b, row + NAME_BYTES, HASH_BYTES);
    out->statements = be64_get(row + NAME_BYTES + HASH_BYTES);
    out->weight = be64_get(row + NAME_BYTES + HASH_BYTES + 8);
}

int list_add(struct buf *rows, const struct receipt_element *entry)
{
    uint8_t row[LIST_ROW_BYTES];

    row_write(entry, row);
    return buf_append(rows, row, sizeof(row));
}

static int row_compare(const void *x, const void *y)
{
    return memcmp(x, y, LIST_ROW_BYTES);
}

/* Where one element lies below another, a scope was added twice. */
void list_sort(struct buf *rows)
{
    size_t count = rows->size / LIST_ROW_BYTES, kept = 0;

    if (count > 1)
        qsort(rows->at, count, LIST_ROW_BYTES, row_compare);
    for (size_t i = 0; i < count; i++) {
        uint8_t *row = rows->at + i * LIST_ROW_BYTES;
        if (kept == 0 || row_compare(rows->at + (kept - 1) * LIST_ROW_BYTES, row) != 0)
            memmove(rows->at + kept++ * LIST_ROW_BYTES, row, LIST_ROW_BYTES);
    }
    rows->size = kept * LIST_ROW_BYTES;
}

static int name_compare(const void *name, const void *row)
{
    return memcmp(name, row, NAME_BYTES);
}

bool list_find(span rows, const linli_id *scope, bool subtree, size_t *row, struct receipt_element *out)
{
    uint8_t name[NAME_BYTES];

    memcpy(name, scope->b, ID_BYTES);
    name[ID_BYTES] = subtree;
    const uint8_t *found = rows.size > 0 ? bsearch(name, rows.at, rows.size / LIST_ROW_BYTES, LIST_ROW_BYTES, name_compare) : NULL;
    if (found == NULL)
        return false;
    *row = (size_t)(found - rows.at) / LIST_ROW_BYTES;
    row_read(found, out);
    return true;
}

/* --- hashes --- */

static void row_hash(const uint8_t *row, linli_hash *out)
{
    span all = span_of(row, LIST_ROW_BYTES);

    crypto_hash("linli/receipt-entry/1", &all, 1, out);
}

static void pair_hash(const linli_hash *left, const linli_hash *right, linli_hash *out)
{
    span both[] = {span_of(left->b, HASH_BYTES), span_of(right->b, HASH_BYTES)};

    crypto_hash("linli/receipt-list/1", both, 2, out);
}

int list_tree_make(span rows, struct list_tree *out)
{
    size_t count = rows.size / LIST_ROW_BYTES;

    *out = (struct list_tree){.at = NULL, .rows = count};
    if (count == 0)
        return LINLI_E_ARG;
    out->at = mem_zalloc(2 * count + LIST_STEPS_MAX, sizeof(*out->at));
    if (out->at == NULL)
        return LINLI_E_NOMEM;
    for (; out->count < count; out->count++)
        row_hash(rows.at + out->count * LIST_ROW_BYTES, &out->at[out->count]);
    for (size_t from = 0, width = count; width > 1; from += width, width = (width + 1) / 2)
        for (size_t i = 0; i < width; i += 2) {
            const linli_hash *left = &out->at[from + i];
            if (i + 1 < width)
                pair_hash(left, left + 1, &out->at[out->count++]);
            else
                out->at[out->count++] = *left; /* a last one without a neighbour goes up as it is */
        }
    return LINLI_OK;
}

void list_tree_free(struct list_tree *tree)
{
    mem_free(tree->at);
    *tree = (struct list_tree){.at = NULL};
}

const linli_hash *list_tree_top(const struct list_tree *tree)
{
    return &tree->at[tree->count - 1];
}

/* --- one entry --- */

void list_entry_make(const struct list_tree *tree, span rows, size_t row, uint8_t path[LIST_PATH_BYTES_MAX], struct list_entry *out)
{
    size_t steps = 0, at = row;

    *out = (struct list_entry){.lefts = 0};
    row_read(rows.at + row * LIST_ROW_BYTES, &out->element);
    for (size_t from = 0, width = tree->rows; width > 1; from += width, width = (width + 1) / 2, at /= 2) {
        size_t beside = at ^ 1;
        if (beside >= width)
            continue;
        ALWAYS(steps < LIST_STEPS_MAX);
        memcpy(path + steps * HASH_BYTES, tree->at[from + beside].b, HASH_BYTES);
        out->lefts |= (uint64_t)(beside < at) << steps++;
    }
    out->path = span_of(path, steps * HASH_BYTES);
}

void list_entry_write(const struct list_entry *entry, struct buf *out)
{
    const struct receipt_element *e = &entry->element;

    write_array(out, ENTRY_FIELDS);
    write_bin(out, e->scope.b, ID_BYTES);
    write_bool(out, e->subtree);
    write_bin(out, e->digest.b, HASH_BYTES);
    write_uint(out, e->statements);
    write_uint(out, e->weight);
    write_uint(out, entry->lefts);
    write_bin(out, entry->path.at, entry->path.size);
}

void list_entry_read(struct reader *r, struct list_entry *out)
{
    if (reader_array(r, ENTRY_FIELDS) != ENTRY_FIELDS)
        reader_fail(r);
    reader_fixed(r, out->element.scope.b, ID_BYTES);
    out->element.subtree = reader_bool(r);
    reader_fixed(r, out->element.digest.b, HASH_BYTES);
    out->element.statements = reader_uint(r, UINT64_MAX);
    out->element.weight = reader_uint(r, UINT64_MAX);
    out->lefts = reader_uint(r, UINT64_MAX);
    out->path = reader_bin(r, LIST_PATH_BYTES_MAX);
    if (out->path.size % HASH_BYTES != 0 || out->lefts >> out->path.size / HASH_BYTES != 0)
        reader_fail(r);
}

void list_entry_top(const struct list_entry *entry, linli_hash *out)
{
    uint8_t row[LIST_ROW_BYTES];
    linli_hash beside;

    row_write(&entry->element, row);
    row_hash(row, out);
    for (size_t step = 0; step < entry->path.size / HASH_BYTES; step++) {
        memcpy(beside.b, entry->path.at + step * HASH_BYTES, HASH_BYTES);
        linli_hash below = *out;
        bool left = (entry->lefts >> step & 1) != 0;
        pair_hash(left ? &beside : &below, left ? &below : &beside, out);
    }
}
