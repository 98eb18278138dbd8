/* store: transactions: beginning, ending, and what a failed commit means. */
#include "store/env.h"

#include <errno.h>
#include <linli/error.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/mem.h"

static const uint64_t ROOM_LEFT = UINT64_C(64) << 10; /* less free on the disk than this is a full disk */

static bool disk_has_no_room(const struct store *store)
{
    struct statvfs vfs;

    return fstatvfs(folder_fd(store->hold), &vfs) == 0 && (uint64_t)vfs.f_bavail * vfs.f_frsize < ROOM_LEFT;
}

int env_write_code(struct store *store, int mdb_code)
{
    int rv = table_code(mdb_code);
    bool system = mdb_code > 0; /* LMDB's own codes are below zero */

    if (system && rv == LINLI_E_DISK && mdb_code == EIO && disk_has_no_room(store))
        rv = LINLI_E_FULL;
    if (rv == LINLI_E_FULL) {
        pthread_mutex_lock(&store->lock);
        store->disk_full = system;
        pthread_mutex_unlock(&store->lock);
    }
    return rv;
}

/* Under the lock: a quarter of the map is kept free, as long as nobody reads it. */
static int make_room(struct store *store)
{
    uint64_t used = env_used_bytes(store);

    if (store->open_txns > 0 || used < store->map_bytes - store->map_bytes / 4)
        return LINLI_OK;
    int rv = env_grow(store, used + used / 3 + 1);
    return rv == LINLI_E_FULL ? LINLI_OK : rv; /* what room is left may do */
}

int store_spare(struct store *store)
{
    pthread_mutex_lock(&store->lock);
    int rv = store->unmapped ? LINLI_E_DISK : make_room(store);
    pthread_mutex_unlock(&store->lock);
    return rv;
}

/* Under the lock: may it begin, and is there room for it? */
static int prepare(struct store *store, bool write)
{
    if (store->unmapped || (write && store->closed_to_writes))
        return LINLI_E_DISK;
    if (!write)
        return LINLI_OK;
    if (store->writing)
        return LINLI_E_BUSY; /* LMDB would wait for ever on one thread */
    return make_room(store);
}

int store_begin(struct store *store, bool write, struct store_txn **out)
{
    struct store_txn *txn = mem_zalloc(1, sizeof(*txn));

    if (txn == NULL)
        return LINLI_E_NOMEM;
    txn->store = store;
    txn->write = write;
    pthread_mutex_lock(&store->lock);
    int rv = prepare(store, write);
    if (rv == LINLI_OK) {
        int code = mdb_txn_begin(store->env, NULL, write ? 0 : MDB_RDONLY, &txn->txn);
        rv = table_code(code);
        store->closed_to_writes |= code == MDB_PANIC;
    }
    if (rv == LINLI_OK) {
        store->open_txns++;
        store->writing |= write;
    }
    pthread_mutex_unlock(&store->lock);
    if (rv == LINLI_OK)
        *out = txn;
    else
        mem_free(txn);
    return rv;
}

static void txn_end(struct store_txn *txn)
{
    struct store *store = txn->store;

    pthread_mutex_lock(&store->lock);
    store->open_txns--;
    if (txn->write)
        store->writing = false;
    pthread_mutex_unlock(&store->lock);
    arena_free(&txn->lent);
    marks_free(txn);
    mem_free(txn);
}

/*
 * Make the file as long as its newest snapshot says. It is longer when a failed transaction left pages behind (a full
 * disk gets its room back), and shorter when one took trailing pages and freed them again, which LMDB does not write.
 */
static void fit_length(const struct store *store)
{
    mdb_filehandle_t fd;
    struct stat st;
    uint64_t used = env_used_bytes(store);

    if (mdb_env_get_fd(store->env, &fd) == 0 && fstat(fd, &st) == 0 && (uint64_t)st.st_size != used)
        (void)!ftruncate(fd, (off_t)used);
}

void store_abort(struct store_txn *txn)
{
    if (txn == NULL)
        return;
    mdb_txn_abort(txn->txn);
    if (txn->failed == LINLI_E_FULL)
        fit_length(txn->store);
    txn_end(txn);
}

int store_failed(const struct store_txn *txn)
{
    return txn != NULL ? txn->failed : LINLI_OK;
}

int store_end(struct store_txn *txn, int rv)
{
    int failed = store_failed(txn);

    store_abort(txn);
    return failed != LINLI_OK ? failed : rv;
}

/*
 * A commit failed on the disk. LMDB writes the data pages, syncs, and only then writes a meta page. If the newest meta
 * page is still the old one and LMDB lets a writer begin (it does not after a failed meta page), nothing was written;
 * when the disk is full we also know why, and go on. Otherwise the outcome is unknown.
 */
static int commit_failed(struct store *store, int rv, size_t last_txn)
{
    MDB_envinfo info;
    MDB_txn *probe = NULL;

    if (rv == LINLI_E_FULL && mdb_env_info(store->env, &info) == 0 && info.me_last_txnid == last_txn &&
        mdb_txn_begin(store->env, NULL, 0, &probe) == 0) {
        mdb_txn_abort(probe);
        return LINLI_E_FULL;
    }
    pthread_mutex_lock(&store->lock);
    store->closed_to_writes = true;
    pthread_mutex_unlock(&store->lock);
    return LINLI_E_DISK;
}

static const char COMMITS_NAME[] = "commits";

int store_commits(struct store_txn *txn, uint64_t *out)
{
    span value;
    int rv = meta_internal_get(txn, COMMITS_NAME, &value);

    *out = 0;
    if (rv == LINLI_E_NOT_FOUND)
        return LINLI_OK;
    if (rv != LINLI_OK)
        return rv;
    if (value.size != 8)
        return LINLI_E_CORRUPT;
    *out = be64_get(value.at);
    return LINLI_OK;
}

/* A transaction that wrote nothing is no commit, and stays free of cost. */
static int commits_save(struct store_txn *txn)
{
    uint8_t bytes[8];
    uint64_t commits;

    if (txn->writes == 0)
        return LINLI_OK;
    int rv = store_commits(txn, &commits);
    be64_put(bytes, commits + 1);
    return rv == LINLI_OK ? meta_internal_put(txn, COMMITS_NAME, span_of(bytes, sizeof(bytes))) : rv;
}

int store_commit(struct store_txn *txn)
{
    struct store *store = txn->store;
    int rv = txn->failed;

    if (!txn->write)
        return store_end(txn, rv);
    if (rv == LINLI_OK)
        rv = marks_settle_all(txn);
    if (rv == LINLI_OK)
        rv = arrival_save(txn);
    if (rv == LINLI_OK)
        rv = commits_save(txn);
    if (rv != LINLI_OK)
        return store_end(txn, rv);
    size_t last_txn = mdb_txn_id(txn->txn) - 1;
    int code = mdb_txn_commit(txn->txn);
    rv = env_write_code(store, code);
    if (rv == LINLI_E_DISK || (rv == LINLI_E_FULL && code > 0))
        rv = commit_failed(store, rv, last_txn);
    if (rv == LINLI_OK || rv == LINLI_E_FULL)
        fit_length(store);
    if (rv == LINLI_OK && (store->reserve_spent || store->reserve_short))
        reserve_keep(store);
    txn_end(txn);
    return rv;
}
