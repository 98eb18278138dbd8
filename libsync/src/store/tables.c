/* store: keys, and the few ways in which a row is read, written, deleted and visited. */
#include "store/tables.h"
#include "store/env.h"

#include <errno.h>
#include <linli/error.h>
#include <string.h>

static const char *const names[TABLE_COUNT] = {
    [TABLE_META] = "meta",       [TABLE_SCOPE] = "scope",       [TABLE_SCOPE_ID] = "scope_id",
    [TABLE_CHILD] = "child",     [TABLE_AUTHOR] = "author",     [TABLE_AUTHOR_ID] = "author_id",
    [TABLE_LOG] = "log",         [TABLE_ARRIVAL] = "arrival",   [TABLE_HEAD] = "head",
    [TABLE_BRANCH] = "branch",   [TABLE_VIEW] = "view",         [TABLE_WHERE] = "where",
    [TABLE_TOUCH] = "touch",     [TABLE_INDEX] = "index",       [TABLE_COUNTER] = "count",
    [TABLE_CONFLICT] = "conflict", [TABLE_ASIDE] = "aside",     [TABLE_WANT] = "want",
    [TABLE_GRANT] = "grant",     [TABLE_GRANT_SCOPE] = "grant_scope", [TABLE_DIGEST] = "digest",
    [TABLE_NOTE] = "note",       [TABLE_TALLY] = "tally",
};

const char *table_name(enum table table)
{
    return names[table];
}

void rowkey_bytes(struct rowkey *key, const void *at, size_t size)
{
    if (size > sizeof(key->at) - key->size) {
        key->too_long = true;
        return;
    }
    if (size > 0)
        memcpy(key->at + key->size, at, size);
    key->size += size;
}

void rowkey_u8(struct rowkey *key, uint8_t v)
{
    rowkey_bytes(key, &v, 1);
}

void rowkey_u32(struct rowkey *key, uint32_t v)
{
    uint8_t bytes[4];

    be32_put(bytes, v);
    rowkey_bytes(key, bytes, sizeof(bytes));
}

void rowkey_u64(struct rowkey *key, uint64_t v)
{
    uint8_t bytes[8];

    be64_put(bytes, v);
    rowkey_bytes(key, bytes, sizeof(bytes));
}

int table_code(int mdb_code)
{
    switch (mdb_code) {
    case MDB_SUCCESS: return LINLI_OK;
    case MDB_NOTFOUND: return LINLI_E_NOT_FOUND;
    case MDB_KEYEXIST: return LINLI_E_EXISTS;
    case MDB_MAP_FULL:
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return LINLI_E_FULL;
    case MDB_BAD_VALSIZE:
    case MDB_TXN_FULL:
    case MDB_READERS_FULL: return LINLI_E_LIMIT;
    case MDB_PAGE_NOTFOUND:
    case MDB_CORRUPTED:
    case MDB_PAGE_FULL:
    case MDB_CURSOR_FULL: return LINLI_E_CORRUPT;
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_INCOMPATIBLE: return LINLI_E_FORMAT;
    case ENOMEM: return LINLI_E_NOMEM;
    case MDB_BAD_TXN:
    case MDB_BAD_DBI:
    case MDB_DBS_FULL:
    case EINVAL: return LINLI_E_INTERNAL;
    default: return LINLI_E_DISK; /* MDB_PANIC, EIO and whatever else a system says */
    }
}

static MDB_val val_of(const struct rowkey *key)
{
    /* LMDB takes keys without const and does not write to them. */
    return (MDB_val){key->size, (void *)(uintptr_t)key->at};
}

static span span_of_val(MDB_val val)
{
    return span_of(val.mv_data, val.mv_size);
}

static MDB_dbi dbi_of(const struct store_txn *txn, enum table table)
{
    return txn->store->tables[table];
}

/* What a write may still do: nothing once one has failed, because LMDB then refuses all but an abort. */
static int may_write(const struct store_txn *txn, const struct rowkey *key)
{
    if (!txn->write)
        return LINLI_E_ARG;
    if (txn->failed != LINLI_OK)
        return txn->failed;
    return key->too_long ? LINLI_E_LIMIT : LINLI_OK;
}

/* A failure to read stays with the transaction: whoever takes what is not found for what is not there must not decide by it. */
static int was_read(struct store_txn *txn, int mdb_code)
{
    int rv = table_code(mdb_code);

    if (rv != LINLI_OK && rv != LINLI_E_NOT_FOUND)
        txn->failed = rv;
    return rv;
}

static int written(struct store_txn *txn, int mdb_code)
{
    switch (mdb_code) {
    case MDB_SUCCESS: txn->writes++; return LINLI_OK;
    case MDB_NOTFOUND:
    case MDB_KEYEXIST:
    case MDB_BAD_VALSIZE: return table_code(mdb_code);
    default: txn->failed = env_write_code(txn->store, mdb_code); return txn->failed;
    }
}

/*
 * A write transaction keeps its place in each table that it writes to: rows mostly come in the order of their keys, and then the
 * next one is on the same page, or the one beside it, and LMDB need not come down from the root.
 */
static int cursor_of(struct store_txn *txn, enum table table)
{
    return txn->cursors[table] != NULL ? MDB_SUCCESS : mdb_cursor_open(txn->txn, dbi_of(txn, table), &txn->cursors[table]);
}

/* What takes rows away does so from the root, and no place is kept across it. */
static void cursor_drop(struct store_txn *txn, enum table table)
{
    if (txn->cursors[table] != NULL)
        mdb_cursor_close(txn->cursors[table]);
    txn->cursors[table] = NULL;
}

/* May it be read? What was kept back of the table is in it then. */
static int may_read(struct store_txn *txn, enum table table)
{
    return txn->failed != LINLI_OK ? txn->failed : marks_settle(txn, table);
}

int table_get(struct store_txn *txn, enum table table, const struct rowkey *key, span *out)
{
    int rv = key->too_long ? LINLI_E_LIMIT : may_read(txn, table);
    if (rv != LINLI_OK)
        return rv;
    MDB_val k = val_of(key), value;
    MDB_cursor *cursor = txn->cursors[table];
    rv = was_read(txn, cursor != NULL ? mdb_cursor_get(cursor, &k, &value, MDB_SET)
                                      : mdb_get(txn->txn, dbi_of(txn, table), &k, &value));
    if (rv == LINLI_OK)
        *out = span_of_val(value);
    return rv;
}

int table_last(struct store_txn *txn, enum table table, span *key, span *value)
{
    MDB_cursor *cursor = NULL;
    MDB_val k, v;
    int rv = may_read(txn, table);

    if (rv == LINLI_OK)
        rv = was_read(txn, mdb_cursor_open(txn->txn, dbi_of(txn, table), &cursor));
    if (rv != LINLI_OK)
        return rv;
    rv = was_read(txn, mdb_cursor_get(cursor, &k, &v, MDB_LAST));
    if (rv == LINLI_OK) {
        *key = span_of_val(k);
        *value = span_of_val(v);
    }
    mdb_cursor_close(cursor);
    return rv;
}

static int put(struct store_txn *txn, enum table table, const struct rowkey *key, MDB_val *value, unsigned flags)
{
    int rv = may_write(txn, key);
    if (rv != LINLI_OK)
        return rv;
    MDB_val k = val_of(key);
    int code = cursor_of(txn, table);
    return written(txn, code == MDB_SUCCESS ? mdb_cursor_put(txn->cursors[table], &k, value, flags) : code);
}

int table_put(struct store_txn *txn, enum table table, const struct rowkey *key, span value)
{
    MDB_val v = {value.size, (void *)(uintptr_t)value.at};

    return put(txn, table, key, &v, 0);
}

static int reserve(struct store_txn *txn, enum table table, const struct rowkey *key, size_t size, unsigned flags,
                   uint8_t **out)
{
    MDB_val v = {size, NULL};
    int rv = put(txn, table, key, &v, flags | MDB_RESERVE);
    if (rv == LINLI_OK)
        *out = v.mv_data;
    return rv;
}

int table_reserve(struct store_txn *txn, enum table table, const struct rowkey *key, size_t size, uint8_t **out)
{
    return reserve(txn, table, key, size, 0, out);
}

int table_reserve_new(struct store_txn *txn, enum table table, const struct rowkey *key, size_t size, uint8_t **out)
{
    return reserve(txn, table, key, size, MDB_NOOVERWRITE, out);
}

int table_delete(struct store_txn *txn, enum table table, const struct rowkey *key)
{
    int rv = may_write(txn, key);
    if (rv == LINLI_OK)
        rv = marks_settle(txn, table);
    if (rv != LINLI_OK)
        return rv;
    MDB_val k = val_of(key);
    cursor_drop(txn, table);
    return written(txn, mdb_del(txn->txn, dbi_of(txn, table), &k, NULL));
}

int table_clear(struct store_txn *txn, enum table table)
{
    struct rowkey none;

    rowkey_start(&none);
    int rv = may_write(txn, &none);
    if (rv == LINLI_OK)
        rv = marks_settle(txn, table);
    if (rv != LINLI_OK)
        return rv;
    cursor_drop(txn, table);
    return written(txn, mdb_drop(txn->txn, dbi_of(txn, table), 0));
}

int table_mark_now(struct store_txn *txn, enum table table, const struct rowkey *key)
{
    MDB_val empty = {0, NULL};
    int rv = put(txn, table, key, &empty, MDB_NOOVERWRITE);

    return rv == LINLI_E_EXISTS ? LINLI_OK : rv;
}

int table_mark(struct store_txn *txn, enum table table, const struct rowkey *key, bool on)
{
    if (!on) {
        int rv = table_delete(txn, table, key);
        return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
    }
    if (!marks_keeps(table))
        return table_mark_now(txn, table, key);
    int rv = may_write(txn, key);
    return rv == LINLI_OK ? marks_add(txn, table, key) : rv;
}

/* After the callback wrote, the cursor's page may have moved: find the place again by the key. */
static int step(MDB_cursor *cursor, bool moved, struct rowkey *at, MDB_val *key, MDB_val *value)
{
    if (!moved)
        return mdb_cursor_get(cursor, key, value, MDB_NEXT);
    *key = val_of(at);
    int code = mdb_cursor_get(cursor, key, value, MDB_SET_RANGE);
    if (code == MDB_SUCCESS && key->mv_size == at->size && memcmp(key->mv_data, at->at, at->size) == 0)
        code = mdb_cursor_get(cursor, key, value, MDB_NEXT);
    return code;
}

int table_each(struct store_txn *txn, enum table table, const struct rowkey *prefix, const struct rowkey *from,
               table_row_fn fn, void *ctx)
{
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    struct rowkey at;

    if (prefix->too_long || (from != NULL && from->too_long))
        return LINLI_E_LIMIT;
    int rv = may_read(txn, table);
    if (rv == LINLI_OK)
        rv = was_read(txn, mdb_cursor_open(txn->txn, dbi_of(txn, table), &cursor));
    if (rv != LINLI_OK)
        return rv;
    key = val_of(from != NULL ? from : prefix);
    int code = mdb_cursor_get(cursor, &key, &value, key.mv_size == 0 ? MDB_FIRST : MDB_SET_RANGE);
    while (code == MDB_SUCCESS && key.mv_size >= prefix->size &&
           (prefix->size == 0 || memcmp(key.mv_data, prefix->at, prefix->size) == 0)) {
        uint64_t writes = txn->writes;
        if (txn->write) {
            rowkey_start(&at);
            rowkey_bytes(&at, key.mv_data, key.mv_size);
        }
        span rest = span_of((const uint8_t *)key.mv_data + prefix->size, key.mv_size - prefix->size);
        rv = fn(ctx, rest, span_of_val(value));
        if (rv == LINLI_OK)
            rv = txn->failed;
        if (rv != LINLI_OK)
            goto out;
        code = step(cursor, txn->writes != writes, &at, &key, &value);
    }
    rv = code == MDB_NOTFOUND ? LINLI_OK : was_read(txn, code);

out:
    mdb_cursor_close(cursor);
    return rv == EACH_STOP ? LINLI_OK : rv;
}
