/*
 * store: the store written anew. LMDB keeps what was deleted on free pages, and in the gaps of pages that it does not fill; so
 * every row is copied, in key order, into a fresh file that is then put in the place of the old one. Whatever cuts this off,
 * the folder has one whole store: what lies beside it is thrown away at the next opening.
 */
#include "store/env.h"

#include <errno.h>
#include <fcntl.h>
#include <linli/error.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/mem.h"

/* A folder of its own: LMDB would write into the file for good that it was opened by another name than this. */
#define NEW_FOLDER "new"
#define NEW_NAME NEW_FOLDER "/data.mdb"
#define NEW_LOCK NEW_FOLDER "/lock.mdb"
#define STALE_NAME "stale"

/* So much goes into one transaction: LMDB keeps its pages in memory until then. */
enum { BATCH_BYTES = 8 << 20 };

/* --- whether it is to be done --- */

int store_stale_get(struct store_txn *txn, bool *stale)
{
    span there;
    int rv = meta_internal_get(txn, STALE_NAME, &there);

    *stale = rv == LINLI_OK;
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

int store_stale(struct store_txn *txn)
{
    bool stale;
    int rv = store_stale_get(txn, &stale);

    return rv == LINLI_OK && !stale ? meta_internal_put(txn, STALE_NAME, (span){NULL, 0}) : rv;
}

void compact_forget(int fd)
{
    (void)unlinkat(fd, NEW_NAME, 0);
    (void)unlinkat(fd, NEW_LOCK, 0);
    (void)unlinkat(fd, NEW_FOLDER, AT_REMOVEDIR);
}

/* --- copying --- */

struct copying {
    const struct store *store;
    MDB_txn *from;
    MDB_env *env;            /* of the new file */
    MDB_txn *to;
    MDB_dbi tables[TABLE_COUNT];
    size_t bytes;            /* in the transaction under way */
};

static int tables_make(struct copying *c)
{
    int code = mdb_txn_begin(c->env, NULL, 0, &c->to);

    for (int i = 0; i < TABLE_COUNT && code == 0; i++)
        code = mdb_dbi_open(c->to, table_name((enum table)i), MDB_CREATE, &c->tables[i]);
    if (code == 0) {
        code = mdb_txn_commit(c->to);
        c->to = NULL;
    }
    return code == 0 ? mdb_txn_begin(c->env, NULL, 0, &c->to) : code;
}

static int batch_end(struct copying *c)
{
    c->bytes = 0;
    int code = mdb_txn_commit(c->to);
    c->to = NULL;
    return code == 0 ? mdb_txn_begin(c->env, NULL, 0, &c->to) : code;
}

/* The word that it is to be done is not for the copy. */
static bool is_stale_mark(enum table table, const MDB_val *key)
{
    static const char mark[] = "i" STALE_NAME;

    return table == TABLE_META && key->mv_size == sizeof(mark) - 1 && memcmp(key->mv_data, mark, key->mv_size) == 0;
}

static int table_copy(struct copying *c, enum table table)
{
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    int code = mdb_cursor_open(c->from, c->store->tables[table], &cursor);

    if (code != 0)
        return code;
    for (code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST); code == 0;
         code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        if (is_stale_mark(table, &key))
            continue;
        code = mdb_put(c->to, c->tables[table], &key, &value, MDB_APPEND);
        c->bytes += key.mv_size + value.mv_size;
        if (code == 0 && c->bytes >= BATCH_BYTES)
            code = batch_end(c);
        if (code != 0)
            break;
    }
    mdb_cursor_close(cursor);
    return code == MDB_NOTFOUND ? 0 : code;
}

static int copy(struct copying *c)
{
    int code = mdb_txn_begin(c->store->env, NULL, MDB_RDONLY, &c->from);

    if (code == 0)
        code = tables_make(c);
    for (int i = 0; i < TABLE_COUNT && code == 0; i++)
        code = table_copy(c, (enum table)i);
    if (code == 0) {
        code = mdb_txn_commit(c->to);
        c->to = NULL;
    }
    mdb_txn_abort(c->to);
    mdb_txn_abort(c->from);
    return code;
}

/* The folder's path with a name in it, for LMDB, which knows paths alone. Yours: mem_free. */
static char *path_in(const char *dir, const char *name)
{
    size_t size = strlen(dir) + 1 + strlen(name) + 1;
    char *path = mem_alloc(size);

    if (path != NULL)
        (void)snprintf(path, size, "%s/%s", dir, name);
    return path;
}

/* Whoever could use the store still can, and nobody else, whoever it is that writes it anew. */
static bool owner_keep(int folder, int fd)
{
    struct stat old, now;

    if (fstatat(folder, "data.mdb", &old, 0) != 0 || fstat(fd, &now) != 0)
        return false;
    if ((old.st_uid != now.st_uid || old.st_gid != now.st_gid) && fchown(fd, old.st_uid, old.st_gid) != 0)
        return false;
    return fchmod(fd, old.st_mode & 07777) == 0;
}

static int copy_finish(int folder)
{
    int fd = openat(folder, NEW_NAME, O_RDWR | O_CLOEXEC);
    int rv = fd < 0 || !owner_keep(folder, fd) || fsync(fd) != 0 ? folder_code(errno) : LINLI_OK;

    if (fd >= 0)
        close(fd);
    return rv;
}

/* A whole copy under another name, the old file's owner its own, synced. */
static int copy_make(struct store *store)
{
    struct copying c = {.store = store};
    char *path = path_in(store->dir, NEW_FOLDER);
    int rv = LINLI_OK;

    if (path == NULL)
        return LINLI_E_NOMEM;
    if (mkdirat(folder_fd(store->hold), NEW_FOLDER, 0700) != 0)
        rv = folder_code(errno);
    if (rv == LINLI_OK)
        rv = env_start(path, store->map_bytes, &c.env);
    if (rv == LINLI_OK)
        rv = env_write_code(store, copy(&c));
    mdb_env_close(c.env);
    mem_free(path);
    return rv == LINLI_OK ? copy_finish(folder_fd(store->hold)) : rv;
}

/* --- putting it in place --- */

/* The environment is closed for it, and open again afterwards: on the new file, or, when it could not be put there, on the old. */
static int swap(struct store *store)
{
    int fd = folder_fd(store->hold), rv = LINLI_OK;

    mdb_env_close(store->env);
    store->env = NULL;
    if (renameat(fd, NEW_NAME, fd, "data.mdb") != 0)
        rv = folder_code(errno);
    else if (fsync(fd) != 0) {
        rv = LINLI_E_DISK;
        store->closed_to_writes = true; /* a power cut may bring the old file back, and what was written since would be lost */
    }
    int opened = env_reopen(store);
    store->unmapped = opened != LINLI_OK;
    return opened != LINLI_OK ? opened : rv;
}

static bool room_for_copy(const struct store *store)
{
    struct statvfs vfs;

    return fstatvfs(folder_fd(store->hold), &vfs) != 0 ||
           (uint64_t)vfs.f_bavail * vfs.f_frsize > env_used_bytes(store);
}

int store_compact(struct store *store)
{
    int rv = LINLI_OK;

    pthread_mutex_lock(&store->lock);
    if (store->unmapped || store->closed_to_writes)
        rv = LINLI_E_DISK;
    else if (store->open_txns > 0)
        rv = LINLI_E_BUSY;
    else if (!room_for_copy(store))
        rv = LINLI_E_FULL;
    store->writing = rv == LINLI_OK; /* the lock is let go while it is copied: nobody else may write meanwhile */
    store->open_txns += rv == LINLI_OK;
    pthread_mutex_unlock(&store->lock);
    if (rv != LINLI_OK)
        return rv;
    compact_forget(folder_fd(store->hold));
    rv = copy_make(store);
    pthread_mutex_lock(&store->lock);
    store->writing = false;
    store->open_txns--;
    if (rv == LINLI_OK)
        rv = store->open_txns > 0 ? LINLI_E_BUSY : swap(store);
    pthread_mutex_unlock(&store->lock);
    compact_forget(folder_fd(store->hold));
    return rv;
}
