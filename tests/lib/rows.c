/* tests: the calls of LMDB, counted and made to fail. Linked before LMDB, so that the store's calls come here first. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "rows.h"

#include <dlfcn.h>
#include <errno.h>
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>

static struct {
    enum rows_fault fault;
    size_t at, count;
    enum rows_call call;
    size_t call_at, call_count;
    int call_code;
    bool failed, hold_commits, held;
    void *spoilt[2]; /* the copies that were handed out instead of a row and its key: as large as they say */
} rows;

/* POSIX lets dlsym's result be a function; ISO C has no cast for it. */
static void find(void *slot, const char *name)
{
    void *at = dlsym(RTLD_NEXT, name);

    if (at == NULL)
        abort();
    memcpy(slot, &at, sizeof(at));
}

#define FIND(function)                              \
    static int(*real) function;                     \
    if (real == NULL)                               \
    find(&real, __func__)

static void forget(void)
{
    for (size_t i = 0; i < 2; i++) {
        free(rows.spoilt[i]);
        rows.spoilt[i] = NULL;
    }
}

void rows_fail_at(enum rows_fault fault, size_t n)
{
    forget();
    rows.fault = fault;
    rows.at = n;
    rows.count = rows.call_at = 0;
    rows.failed = rows.held = false;
}

void rows_fail_call(enum rows_call call, size_t n, int code)
{
    rows_fail_at(ROWS_UNREAD, 0);
    rows.call = call;
    rows.call_at = n;
    rows.call_count = 0;
    rows.call_code = code;
}

void rows_hold_commits(bool hold)
{
    rows.hold_commits = hold;
}

bool rows_failed(void)
{
    return rows.failed;
}

size_t rows_counted(void)
{
    return rows.count;
}

bool rows_spoilt(void)
{
    return rows.failed && rows.fault != ROWS_UNREAD;
}

void rows_unwatch(void)
{
    rows_fail_at(ROWS_UNREAD, 0);
    rows.hold_commits = false;
}

/* One more of what the fault is about; whether it is the one. */
static bool now(void)
{
    bool hit = !rows.held && ++rows.count == rows.at;

    rows.failed |= hit;
    return hit;
}

/* What a call gives instead of being made; 0: it is made. */
static int asked(enum rows_call call)
{
    if (call == rows.call && rows.call_at != 0 && ++rows.call_count == rows.call_at) {
        rows.failed = true;
        return rows.call_code;
    }
    return rows.fault == ROWS_UNREAD && call != ROWS_ENV_FD && now() ? EIO : 0; /* nobody lacks a descriptor */
}

static void spoil(MDB_val *val, size_t slot, bool shorter, bool first, bool last)
{
    size_t size = val->mv_size - (shorter && val->mv_size > 0 ? 1 : 0);
    unsigned char *copy = malloc(size > 0 ? size : 1);

    if (copy == NULL)
        abort();
    if (size > 0)
        memcpy(copy, val->mv_data, size);
    if (size > 0 && first)
        copy[0] ^= 0x80;
    if (size > 0 && last)
        copy[size - 1] ^= 1;
    rows.spoilt[slot] = copy;
    *val = (MDB_val){size, copy};
}

/* A row that was found, and its key where it was passed in order. */
static int row_read(int code, MDB_val *key, MDB_val *value)
{
    bool of_key = rows.fault == ROWS_KEY_SHORT || rows.fault == ROWS_KEY_CHANGED;

    if (code != 0 || rows.fault == ROWS_UNREAD || (of_key && key == NULL) || !now())
        return code;
    switch (rows.fault) {
    case ROWS_GONE: return MDB_NOTFOUND;
    case ROWS_EMPTY: value->mv_size = 0; break;
    case ROWS_SHORT: spoil(value, 0, true, false, false); break;
    case ROWS_FIRST_CHANGED: spoil(value, 0, false, true, false); break;
    case ROWS_LAST_CHANGED: spoil(value, 0, false, false, true); break;
    case ROWS_KEY_SHORT: spoil(key, 1, true, false, false); break;
    case ROWS_KEY_CHANGED: spoil(key, 1, false, false, true); break;
    case ROWS_UNREAD:
    case ROWS_FAULTS: break;
    }
    return code;
}

/* --- the calls --- */

int mdb_env_create(MDB_env **env)
{
    FIND((MDB_env **));
    int code = asked(ROWS_ENV_CREATE);
    return code != 0 ? code : real(env);
}

int mdb_env_set_maxdbs(MDB_env *env, MDB_dbi dbs)
{
    FIND((MDB_env *, MDB_dbi));
    int code = asked(ROWS_ENV_MAXDBS);
    return code != 0 ? code : real(env, dbs);
}

int mdb_env_set_mapsize(MDB_env *env, size_t size)
{
    FIND((MDB_env *, size_t));
    int code = asked(ROWS_ENV_MAPSIZE);
    return code != 0 ? code : real(env, size);
}

int mdb_env_open(MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode)
{
    FIND((MDB_env *, const char *, unsigned, mdb_mode_t));
    int code = asked(ROWS_ENV_OPEN);
    return code != 0 ? code : real(env, path, flags, mode);
}

int mdb_env_get_fd(MDB_env *env, mdb_filehandle_t *fd)
{
    FIND((MDB_env *, mdb_filehandle_t *));
    int code = asked(ROWS_ENV_FD);
    return code != 0 ? code : real(env, fd);
}

int mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned flags, MDB_txn **txn)
{
    FIND((MDB_env *, MDB_txn *, unsigned, MDB_txn **));
    int code = asked(ROWS_BEGIN);
    return code != 0 ? code : real(env, parent, flags, txn);
}

/* A commit that fails ends its transaction all the same. */
int mdb_txn_commit(MDB_txn *txn)
{
    FIND((MDB_txn *));
    int code = rows.hold_commits ? ENOSPC : asked(ROWS_COMMIT);
    rows.held |= rows.hold_commits;
    if (code == 0)
        return real(txn);
    mdb_txn_abort(txn);
    return code;
}

int mdb_dbi_open(MDB_txn *txn, const char *name, unsigned flags, MDB_dbi *dbi)
{
    FIND((MDB_txn *, const char *, unsigned, MDB_dbi *));
    int code = asked(ROWS_DBI);
    return code != 0 ? code : real(txn, name, flags, dbi);
}

int mdb_get(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *value)
{
    FIND((MDB_txn *, MDB_dbi, MDB_val *, MDB_val *));
    int code = asked(ROWS_GET);
    return code != 0 ? code : row_read(real(txn, dbi, key, value), NULL, value);
}

int mdb_put(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *value, unsigned flags)
{
    FIND((MDB_txn *, MDB_dbi, MDB_val *, MDB_val *, unsigned));
    int code = asked(ROWS_PUT);
    return code != 0 ? code : real(txn, dbi, key, value, flags);
}

int mdb_del(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *value)
{
    FIND((MDB_txn *, MDB_dbi, MDB_val *, MDB_val *));
    int code = asked(ROWS_DELETE);
    return code != 0 ? code : real(txn, dbi, key, value);
}

int mdb_drop(MDB_txn *txn, MDB_dbi dbi, int del)
{
    FIND((MDB_txn *, MDB_dbi, int));
    int code = asked(ROWS_DROP);
    return code != 0 ? code : real(txn, dbi, del);
}

int mdb_cursor_open(MDB_txn *txn, MDB_dbi dbi, MDB_cursor **cursor)
{
    FIND((MDB_txn *, MDB_dbi, MDB_cursor **));
    int code = asked(ROWS_CURSOR);
    return code != 0 ? code : real(txn, dbi, cursor);
}

/* One row that is asked for by its key, or the next in order. */
int mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *value, MDB_cursor_op op)
{
    FIND((MDB_cursor *, MDB_val *, MDB_val *, MDB_cursor_op));
    int code = asked(op == MDB_SET ? ROWS_GET : ROWS_CURSOR_GET);
    return code != 0 ? code : row_read(real(cursor, key, value, op), op == MDB_SET ? NULL : key, value);
}

int mdb_cursor_put(MDB_cursor *cursor, MDB_val *key, MDB_val *value, unsigned flags)
{
    FIND((MDB_cursor *, MDB_val *, MDB_val *, unsigned));
    int code = asked(ROWS_PUT);
    return code != 0 ? code : real(cursor, key, value, flags);
}
