/*
 * store: rows without a value that are kept back. Rows of the index and of where records are come in the order of no key, and each
 * would cost LMDB a way down from the root to a page of its own: sorted, they go in page by page. Whoever reads the table, or takes
 * rows away from it, first has them put in (tables.c), so nobody can tell;
 * but an iteration shows what was there when it began, and what was lent by these tables ends with the next mark.
 */
#include "store/env.h"

#include <linli/error.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* One that is kept back: its size in two bytes, and its key. */
enum { KEPT_BACK_BYTES = 128 * 1024, SIZE_BYTES = 2 };

bool marks_keeps(enum table table)
{
    return table == TABLE_INDEX || table == TABLE_WHERE;
}

int marks_add(struct store_txn *txn, enum table table, const struct rowkey *key)
{
    struct marks *m = &txn->marks[table];
    int rv = m->keys.size > KEPT_BACK_BYTES ? marks_settle(txn, table) : LINLI_OK;

    if (rv != LINLI_OK)
        return rv;
    uint8_t *at = buf_extend(&m->keys, SIZE_BYTES + key->size);
    if (at == NULL) {
        txn->failed = m->keys.failed; /* as of a row that was put at once: what lacks it is not committed */
        return txn->failed;
    }
    be16_put(at, (uint16_t)key->size);
    memcpy(at + SIZE_BYTES, key->at, key->size);
    m->count++;
    txn->writes++;
    return LINLI_OK;
}

static span key_at(const uint8_t *at)
{
    return span_of(at + SIZE_BYTES, be16_get(at));
}

static int by_key(const void *x, const void *y)
{
    const uint8_t *const *a = x, *const *b = y;

    return span_compare(key_at(*a), key_at(*b));
}

static int put_sorted(struct store_txn *txn, enum table table, const uint8_t **keys, size_t count)
{
    int rv = LINLI_OK;

    qsort(keys, count, sizeof(*keys), by_key);
    for (size_t i = 0; i < count && rv == LINLI_OK; i++) {
        struct rowkey key;
        rowkey_start(&key);
        rowkey_bytes(&key, key_at(keys[i]).at, key_at(keys[i]).size);
        rv = table_mark_now(txn, table, &key);
    }
    return rv;
}

int marks_settle(struct store_txn *txn, enum table table)
{
    struct marks *m = &txn->marks[table];
    size_t count = m->count;

    if (count == 0)
        return LINLI_OK;
    const uint8_t **keys = mem_alloc(count * sizeof(*keys)), *at = m->keys.at;
    int rv = keys == NULL ? LINLI_E_NOMEM : LINLI_OK;
    for (size_t i = 0; keys != NULL && i < count; i++, at += SIZE_BYTES + be16_get(at))
        keys[i] = at;
    m->count = 0; /* or each of them would come here again */
    if (rv == LINLI_OK)
        rv = put_sorted(txn, table, keys, count);
    buf_clear(&m->keys);
    mem_free(keys);
    if (rv != LINLI_OK && txn->failed == LINLI_OK)
        txn->failed = rv; /* rows that were said to be there are not */
    return rv;
}

int marks_settle_all(struct store_txn *txn)
{
    int rv = LINLI_OK;

    for (unsigned table = 0; table < TABLE_COUNT && rv == LINLI_OK; table++)
        rv = marks_settle(txn, (enum table)table);
    return rv;
}

void marks_free(struct store_txn *txn)
{
    for (unsigned table = 0; table < TABLE_COUNT; table++)
        buf_free(&txn->marks[table].keys);
}
