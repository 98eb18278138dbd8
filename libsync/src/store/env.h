/* store: the insides of a store and of a transaction, shared by the files of this layer and by nobody else. */
#ifndef LINLI_STORE_ENV_H
#define LINLI_STORE_ENV_H

#include <lmdb.h>
#include <pthread.h>

#include "base/arena.h"
#include "store/folder.h"
#include "store/store.h"
#include "store/tables.h"

/* No store is larger, so that no page of one has a higher number. */
#define STORE_MAP_MOST (sizeof(void *) < 8 ? UINT64_C(1) << 30 : UINT64_C(1) << 40)

struct store {
    MDB_env *env;
    MDB_dbi tables[TABLE_COUNT];
    struct hold *hold;
    char *dir;              /* where it is: LMDB opens by path */
    struct rng rng;
    uint8_t seal_key[32];
    pthread_mutex_t lock;   /* guards what is below: a map may only grow while nobody reads it */
    bool lock_made;
    bool old_format;        /* to be brought up */
    bool writing;
    bool closed_to_writes;  /* a commit, or a file put in place, failed with its outcome unknown */
    bool unmapped;          /* growing, or another file in its place, lost the map: nothing works until reopened */
    bool disk_full;         /* the last LINLI_E_FULL was the disk's: a greater map would not help */
    bool reserve_spent;     /* by the transaction under way */
    bool reserve_short;     /* to be filled up when there is room */
    size_t open_txns;
    uint64_t map_bytes;
};

/* Keys of rows without a value that are kept back (marks.c). */
struct marks {
    struct buf keys;
    size_t count;
};

struct store_txn {
    struct store *store;
    MDB_txn *txn;
    bool write;
    int failed;             /* the first failure of LMDB, given back by every later call and by the end */
    uint64_t writes;        /* lets an iteration see that its callback wrote */
    MDB_cursor *cursors[TABLE_COUNT]; /* of a write transaction: where it last wrote; LMDB frees them with the transaction */
    struct marks marks[TABLE_COUNT];
    uint64_t arrival;       /* last number given out; valid when arrival_read */
    bool arrival_read, arrival_changed;
    struct arena lent;      /* decoded rows that were lent out */
};

/* Keys of their own for the two uses of the store key. */
void store_keys_derive(const uint8_t key[32], uint8_t seal_key[32], linli_hash *check);

/* --- meta.c, for another store key --- */
int meta_secret_each(struct store_txn *txn, int (*fn)(void *ctx, span name, span sealed), void *ctx);
int meta_secret_put_with(struct store_txn *txn, const uint8_t seal_key[32], const char *name, span value);

/* Bytes of the file that the newest snapshot has ever used. */
uint64_t env_used_bytes(const struct store *store);
/* Double the map until `bytes` are in it; the caller has the lock and no transaction is open. LINLI_E_FULL, LINLI_E_DISK. */
int env_grow(struct store *store, uint64_t bytes);
/* The code of a write that LMDB refused: a full disk shows as EIO as well as ENOSPC. */
int env_write_code(struct store *store, int mdb_code);

/* --- reserve.c --- */
/* See that the reserve is there: all of it when the disk has room to spare, else what was left of it. It is no error when it cannot be. */
void reserve_keep(struct store *store);

/* Open the environment in this folder, or make one there. With less of a map where there is no more address space. */
int env_start(const char *path, uint64_t map_bytes, MDB_env **out);
/* The store's own again, after it was closed. */
int env_reopen(struct store *store);

/* --- marks.c, for tables.c and the transactions --- */
bool marks_keeps(enum table table);  /* are marks of this table kept back? */
int marks_add(struct store_txn *txn, enum table table, const struct rowkey *key);
int marks_settle(struct store_txn *txn, enum table table); /* all of a table that are kept back go in; a failure is the transaction's */
int marks_settle_all(struct store_txn *txn);
void marks_free(struct store_txn *txn);
int table_mark_now(struct store_txn *txn, enum table table, const struct rowkey *key);

/* --- arrival.c, for log.c and the transactions --- */
int arrival_put(struct store_txn *txn, uint64_t arrival, const struct arrival_row *row);
int arrival_delete(struct store_txn *txn, uint64_t arrival); /* LINLI_E_CORRUPT: there was none */
/* Put the arrival number that this transaction reached where the next one finds it. */
int arrival_save(struct store_txn *txn);

/* --- log.c: arrivals made again from the logs (they went by scope in format 1) --- */
int arrivals_remake(struct store_txn *txn);

/* --- env.c: from this transaction's commit on the store says that it is of this format --- */
int format_put(struct store_txn *txn);

/* --- upgrade.c: a store of an older format becomes one of this. LINLI_E_FULL: no room, and all is as before. --- */
int store_upgrade(struct store *store);

/* The two rows of meta that tell a store of ours under this key. */
int meta_internal_get(struct store_txn *txn, const char *name, span *out);
int meta_internal_put(struct store_txn *txn, const char *name, span value);

#endif
