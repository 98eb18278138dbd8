/* store: small keyed rows of one letter each. */
#include "store/env.h"

#include <linli/error.h>

/* Table note: kind u8, key -> value */

static void note_key(struct rowkey *row, char kind, span key)
{
    rowkey_start(row);
    rowkey_u8(row, (uint8_t)kind);
    rowkey_bytes(row, key.at, key.size);
}

int note_get(struct store_txn *txn, char kind, span key, span *out)
{
    struct rowkey row;

    note_key(&row, kind, key);
    return table_get(txn, TABLE_NOTE, &row, out);
}

int note_put(struct store_txn *txn, char kind, span key, span value)
{
    struct rowkey row;

    note_key(&row, kind, key);
    return table_put(txn, TABLE_NOTE, &row, value);
}

int note_delete(struct store_txn *txn, char kind, span key)
{
    struct rowkey row;

    note_key(&row, kind, key);
    return table_delete(txn, TABLE_NOTE, &row);
}

struct notes {
    bool (*fn)(void *ctx, span key, span value);
    void *ctx;
};

static int note_visit(void *ctx, span rest, span value)
{
    const struct notes *notes = ctx;

    return notes->fn(notes->ctx, rest, value) ? LINLI_OK : EACH_STOP;
}

int note_under(struct store_txn *txn, char kind, span prefix, bool (*fn)(void *ctx, span rest, span value), void *ctx)
{
    struct notes notes = {fn, ctx};
    struct rowkey row;

    note_key(&row, kind, prefix);
    return table_each(txn, TABLE_NOTE, &row, NULL, note_visit, &notes);
}

int note_each(struct store_txn *txn, char kind, bool (*fn)(void *ctx, span key, span value), void *ctx)
{
    return note_under(txn, kind, span_of(NULL, 0), fn, ctx);
}
