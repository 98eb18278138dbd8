/*
 * store: the named tables, and the only calls that read and write their rows. Keys are built here so that their order is
 * the order of the numbers in them (big-endian). proto/store.md lists every table, its key and its value.
 */
#ifndef LINLI_STORE_TABLES_H
#define LINLI_STORE_TABLES_H

#include "base/bytes.h"
#include "base/ids.h"

enum table {
    TABLE_META,
    TABLE_SCOPE,
    TABLE_SCOPE_ID,
    TABLE_CHILD,
    TABLE_AUTHOR,
    TABLE_AUTHOR_ID,
    TABLE_LOG,
    TABLE_ARRIVAL,
    TABLE_HEAD,
    TABLE_BRANCH,
    TABLE_VIEW,
    TABLE_WHERE,
    TABLE_TOUCH,
    TABLE_INDEX,
    TABLE_COUNTER,
    TABLE_CONFLICT,
    TABLE_ASIDE,
    TABLE_WANT,
    TABLE_GRANT,
    TABLE_GRANT_SCOPE,
    TABLE_DIGEST,
    TABLE_NOTE,
    TABLE_TALLY,
    TABLE_COUNT
};

struct store_txn;

/* LMDB's own limit for keys on every page size. */
enum { ROWKEY_MAX = 511 };
struct rowkey {
    size_t size;
    bool too_long; /* every call with such a key gives LINLI_E_LIMIT */
    uint8_t at[ROWKEY_MAX];
};
static inline void rowkey_start(struct rowkey *key)
{
    key->size = 0;
    key->too_long = false;
}
void rowkey_bytes(struct rowkey *key, const void *at, size_t size);
void rowkey_u8(struct rowkey *key, uint8_t v);
void rowkey_u32(struct rowkey *key, uint32_t v);
void rowkey_u64(struct rowkey *key, uint64_t v);

const char *table_name(enum table table);

/* LINLI_OK or LINLI_E_NOT_FOUND; LINLI_E_DISK, LINLI_E_CORRUPT. `out` is lent until the next write or the end. */
int table_get(struct store_txn *txn, enum table table, const struct rowkey *key, span *out);
/* The last row of a table. LINLI_E_NOT_FOUND when it is empty. */
int table_last(struct store_txn *txn, enum table table, span *key, span *value);
/* Write or replace. LINLI_E_FULL: the map is full; the transaction can then only be aborted. */
int table_put(struct store_txn *txn, enum table table, const struct rowkey *key, span value);
/* The same, giving the place where `size` bytes go before the next call on this transaction. */
int table_reserve(struct store_txn *txn, enum table table, const struct rowkey *key, size_t size, uint8_t **out);
/* The same, only when there is no such row: LINLI_E_EXISTS, and nothing is written. */
int table_reserve_new(struct store_txn *txn, enum table table, const struct rowkey *key, size_t size, uint8_t **out);
/* LINLI_OK or LINLI_E_NOT_FOUND. */
int table_delete(struct store_txn *txn, enum table table, const struct rowkey *key);
int table_clear(struct store_txn *txn, enum table table);
/* A row with an empty value, there or not there: LINLI_OK also when it was so before. */
int table_mark(struct store_txn *txn, enum table table, const struct rowkey *key, bool on);

/*
 * Rows whose key starts with `prefix`, in key order, the first one not below `from` (NULL: the prefix itself). `fn` gets
 * the key after the prefix; it may write in the same transaction, also to this table. It returns LINLI_OK to go on,
 * EACH_STOP to stop in peace, or the code to stop with.
 */
enum { EACH_STOP = -1 };
typedef int (*table_row_fn)(void *ctx, span rest, span value);
int table_each(struct store_txn *txn, enum table table, const struct rowkey *prefix, const struct rowkey *from,
               table_row_fn fn, void *ctx);

/* An LMDB or system code as one of ours. */
int table_code(int mdb_code);

#endif
