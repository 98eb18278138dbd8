/* store: opening, closing and growing the environment. */
#include "store/env.h"

#include <errno.h>
#include <fcntl.h>
#include <linli/error.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "base/secret.h"
#include "store/foreign.h"

/*
 * Nothing that trades an acknowledged write for speed: MDB_NOSYNC, MDB_NOMETASYNC, MDB_WRITEMAP and MDB_MAPASYNC stay out
 * (DESIGN 9). MDB_NOTLS, because a transaction may end on another thread than the one it began on.
 */
#ifdef STORE_TEST_NOSYNC /* the crash tests' negative control; libsync/CMakeLists.txt keeps it out of the library */
enum { ENV_FLAGS = MDB_NOTLS | MDB_NOSYNC };
#else
enum { ENV_FLAGS = MDB_NOTLS };
_Static_assert((ENV_FLAGS & (MDB_NOSYNC | MDB_NOMETASYNC | MDB_WRITEMAP | MDB_MAPASYNC)) == 0,
               "a commit is synced before it is acknowledged");
#endif

static const uint64_t MAP_FIRST = UINT64_C(256) << 20;
static const uint64_t MAP_LEAST = UINT64_C(1) << 20;

uint64_t env_used_bytes(const struct store *store)
{
    MDB_envinfo info;
    MDB_stat stat;

    ALWAYS(mdb_env_info(store->env, &info) == 0 && mdb_env_stat(store->env, &stat) == 0);
    return ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
}

/* --- Growing --- */

/* LMDB unmaps before it maps again, and cannot undo that: so see first whether the address space is there. */
static bool fits(const struct store *store, uint64_t bytes)
{
    mdb_filehandle_t fd;

    if (bytes > STORE_MAP_MOST || mdb_env_get_fd(store->env, &fd) != 0)
        return false;
    void *at = mmap(NULL, (size_t)bytes, PROT_READ, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        return false;
    munmap(at, (size_t)bytes);
    return true;
}

int env_grow(struct store *store, uint64_t bytes)
{
    uint64_t map = store->map_bytes;

    while (map < bytes)
        map *= 2;
    if (map > STORE_MAP_MOST)
        map = STORE_MAP_MOST;
    if (map <= store->map_bytes || !fits(store, map))
        return LINLI_E_FULL;
    if (mdb_env_set_mapsize(store->env, (size_t)map) != 0) {
        store->unmapped = true;
        return LINLI_E_DISK;
    }
    store->map_bytes = map;
    return LINLI_OK;
}

int store_grow(struct store *store)
{
    int rv = LINLI_E_BUSY;

    pthread_mutex_lock(&store->lock);
    if (store->unmapped)
        rv = LINLI_E_DISK;
    else if (store->disk_full)
        rv = LINLI_E_FULL;
    else if (store->open_txns == 0)
        rv = env_grow(store, store->map_bytes + 1);
    pthread_mutex_unlock(&store->lock);
    return rv;
}

/* --- Opening --- */

int env_start(const char *path, uint64_t map_bytes, MDB_env **out)
{
    for (;;) {
        MDB_env *env = NULL;
        mdb_filehandle_t fd;
        int code = mdb_env_create(&env);
        if (code == 0)
            code = mdb_env_set_maxdbs(env, TABLE_COUNT);
        if (code == 0)
            code = mdb_env_set_mapsize(env, (size_t)map_bytes);
        if (code == 0)
            code = mdb_env_open(env, path, ENV_FLAGS, 0600);
        if (code == 0)
            code = mdb_env_get_fd(env, &fd);
        if (code == 0) {
            (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
            *out = env;
            return LINLI_OK;
        }
        mdb_env_close(env);
        if (code != ENOMEM || map_bytes / 2 < MAP_LEAST)
            return table_code(code);
        map_bytes /= 2; /* a system with little address space left: start smaller */
    }
}

/* What stands in this one is made of the others, so a store that is older than it gets an empty one. */
static bool made_of_others(int table)
{
    return table == TABLE_TALLY;
}

/* `made`: tables from this one on are made where they are not there. */
static int tables_open_from(struct store *store, int made)
{
    MDB_txn *txn = NULL;
    int code = mdb_txn_begin(store->env, NULL, made < TABLE_COUNT ? 0 : MDB_RDONLY, &txn);

    for (int i = 0; i < TABLE_COUNT && code == 0; i++) {
        code = mdb_dbi_open(txn, table_name((enum table)i), i >= made ? MDB_CREATE : 0, &store->tables[i]);
        if (code == MDB_NOTFOUND && made == TABLE_COUNT && made_of_others(i)) {
            mdb_txn_abort(txn);
            return tables_open_from(store, i);
        }
    }
    if (code == 0) {
        code = mdb_txn_commit(txn); /* the handles stay only when committed */
        txn = NULL;
    }
    mdb_txn_abort(txn);
    return code == MDB_NOTFOUND ? LINLI_E_FORMAT : table_code(code);
}

static int tables_open(struct store *store, bool create)
{
    return tables_open_from(store, create ? 0 : TABLE_COUNT);
}

void store_keys_derive(const uint8_t key[32], uint8_t seal_key[32], linli_hash *check)
{
    static const char seal[] = "linli store seal 1", prove[] = "linli store check 1";
    linli_hash derived;

    crypto_mac(key, span_of(seal, sizeof(seal)), &derived);
    memcpy(seal_key, derived.b, sizeof(derived.b));
    crypto_mac(key, span_of(prove, sizeof(prove)), check);
    crypto_wipe(&derived, sizeof(derived));
}

int format_put(struct store_txn *txn)
{
    uint8_t format[4];

    be32_put(format, STORE_FORMAT);
    return meta_internal_put(txn, "format", span_of(format, sizeof(format)));
}

static int first_rows(struct store *store, const linli_hash *check)
{
    struct store_txn *txn = NULL;
    int rv = store_begin(store, true, &txn);

    if (rv == LINLI_OK)
        rv = format_put(txn);
    if (rv == LINLI_OK)
        rv = meta_internal_put(txn, "check", span_of(check->b, sizeof(check->b)));
    return rv == LINLI_OK ? store_commit(txn) : store_end(txn, rv);
}

/* Is it the key that the store was made with? */
static int check_compare(struct store_txn *txn, const linli_hash *check)
{
    span value = {NULL, 0};
    int rv = meta_internal_get(txn, "check", &value);

    if (rv != LINLI_OK)
        return rv == LINLI_E_NOT_FOUND ? LINLI_E_FORMAT : rv;
    if (value.size != sizeof(check->b))
        return LINLI_E_FORMAT;
    return crypto_equal(value.at, check->b, sizeof(check->b)) ? LINLI_OK : LINLI_E_KEY;
}

static int rows_check(struct store *store, const linli_hash *check, uint32_t *format)
{
    struct store_txn *txn = NULL;
    span value = {NULL, 0};
    int rv = store_begin(store, false, &txn);

    if (rv != LINLI_OK)
        return rv;
    rv = meta_internal_get(txn, "format", &value);
    if (rv == LINLI_E_NOT_FOUND || (rv == LINLI_OK && value.size != 4))
        rv = LINLI_E_FORMAT;
    else if (rv == LINLI_OK && be32_get(value.at) > STORE_FORMAT)
        rv = LINLI_E_VERSION;
    else if (rv == LINLI_OK && be32_get(value.at) < STORE_FORMAT_OLDEST)
        rv = LINLI_E_FORMAT;
    if (rv == LINLI_OK) {
        *format = be32_get(value.at);
        rv = check_compare(txn, check);
    }
    return store_end(txn, rv);
}

/* What is in the folder, and whether that is what the caller came for. */
static int state_check(int fd, bool create)
{
    switch (folder_state(fd)) {
    case FOLDER_STORE: return create ? LINLI_E_EXISTS : folder_note_check(fd);
    case FOLDER_FOREIGN: return create ? LINLI_E_EXISTS : LINLI_E_FORMAT;
    case FOLDER_ROOT_KEY: return create ? LINLI_E_EXISTS : LINLI_E_NOT_FOUND;
    case FOLDER_HALF_MADE:
    case FOLDER_EMPTY: return create ? LINLI_OK : LINLI_E_NOT_FOUND;
    }
    return LINLI_E_INTERNAL;
}

static int env_load(struct store *store, const struct store_config *config, const linli_hash *check)
{
    MDB_envinfo info;
    int dead = 0;
    uint32_t format = STORE_FORMAT;
    uint64_t map_bytes = config->map_bytes == 0 ? MAP_FIRST : config->map_bytes;

    map_bytes = map_bytes < MAP_LEAST ? MAP_LEAST : map_bytes > STORE_MAP_MOST ? STORE_MAP_MOST : map_bytes;
    int rv = env_start(config->dir, map_bytes, &store->env);
    if (rv != LINLI_OK)
        return rv;
    ALWAYS(mdb_env_info(store->env, &info) == 0);
    store->map_bytes = info.me_mapsize;
    (void)mdb_reader_check(store->env, &dead);
    rv = tables_open(store, config->create);
    if (rv == LINLI_OK)
        rv = config->create ? first_rows(store, check) : rows_check(store, check, &format);
    store->old_format = rv == LINLI_OK && format < STORE_FORMAT;
    return rv;
}

int env_reopen(struct store *store)
{
    MDB_envinfo info;
    int rv = env_start(store->dir, store->map_bytes, &store->env);

    if (rv != LINLI_OK)
        return rv;
    ALWAYS(mdb_env_info(store->env, &info) == 0);
    store->map_bytes = info.me_mapsize;
    return tables_open(store, false);
}

static int make(struct store *store, const struct store_config *config, const linli_hash *check)
{
    int fd = folder_fd(store->hold);

    folder_unmake(fd);
    int rv = folder_note_start(fd);
    if (rv == LINLI_OK)
        rv = env_load(store, config, check);
    if (rv == LINLI_OK && !config->unfinished)
        rv = store_finish(store);
    return rv;
}

int store_finish(struct store *store)
{
    return folder_note_finish(folder_fd(store->hold));
}

static int load(struct store *store, const struct store_config *config, const linli_hash *check)
{
    bool died = false;
    int fd = folder_fd(store->hold);
    int rv = folder_opening_look(fd, &died);

    if (rv != LINLI_OK)
        return rv;
    compact_forget(fd);
    rv = foreign_check(fd, died); /* may take long, and cannot die of the file: not counted when it is killed */
    if (rv == LINLI_OK)
        rv = folder_opening_start(fd);
    if (rv == LINLI_OK)
        rv = env_load(store, config, check);
    else if (rv == LINLI_E_NOT_FOUND)
        rv = LINLI_E_FORMAT; /* the note says a store, and its file is gone */
    folder_opening_end(fd);
    return rv == LINLI_OK && store->old_format ? store_upgrade(store) : rv; /* as long as it may take: no death of it counts, either */
}

/* Where it is, whatever the application makes its working folder later. */
static int dir_keep(struct store *store, const char *dir)
{
    enum { ROOM = 4096 };
    char path[ROOM];
    size_t size = strlen(dir) + 1;

    if (dir[0] == '/' || getcwd(path, ROOM) == NULL || strlen(path) + 1 + size > ROOM) {
        store->dir = mem_text(dir);
    } else {
        size_t at = strlen(path);
        path[at] = '/';
        memcpy(path + at + 1, dir, size);
        store->dir = mem_text(path);
    }
    return store->dir == NULL ? LINLI_E_NOMEM : LINLI_OK;
}

int store_open(const struct store_config *config, struct store **out)
{
    linli_hash check;
    int fd = -1;
    struct store *store = NULL;
    int rv = crypto_start();

    if (rv == LINLI_OK)
        rv = folder_open(config->dir, config->create, &fd);
    if (rv != LINLI_OK)
        return rv;
    rv = state_check(fd, config->create);
    if (rv != LINLI_OK) {
        close(fd); /* nothing is made in a folder that is not ours */
        return rv;
    }
    store = secret_alloc(sizeof(*store)); /* the seal key lies in it */
    if (store == NULL) {
        close(fd);
        return LINLI_E_NOMEM;
    }
    rv = folder_hold(fd, &store->hold);
    if (rv == LINLI_OK)
        rv = pthread_mutex_init(&store->lock, NULL) == 0 ? LINLI_OK : LINLI_E_NOMEM;
    store->lock_made = rv == LINLI_OK;
    if (rv == LINLI_OK)
        rv = state_check(fd, config->create); /* again: another process may have made or removed it meanwhile */
    if (rv == LINLI_OK)
        rv = dir_keep(store, config->dir);
    if (rv == LINLI_OK) {
        store->rng = config->rng;
        store_keys_derive(config->key, store->seal_key, &check);
        rv = config->create ? make(store, config, &check) : load(store, config, &check);
        if (rv != LINLI_OK && config->create) {
            mdb_env_close(store->env);
            store->env = NULL;
            folder_unmake(fd);
        }
    }
    if (rv == LINLI_OK) {
        reserve_keep(store);
        *out = store;
    } else {
        store_close(store);
    }
    return rv;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    ALWAYS(store->open_txns == 0);
    mdb_env_close(store->env);
    folder_release(store->hold);
    mem_free(store->dir);
    if (store->lock_made)
        pthread_mutex_destroy(&store->lock);
    secret_free(store);
}

uint64_t store_disk_bytes(const struct store *store)
{
    struct stat st;

    /* By name: no descriptor of it may be opened and closed here, since that would drop LMDB's locks. */
    return fstatat(folder_fd(store->hold), "data.mdb", &st, 0) == 0 ? (uint64_t)st.st_size : 0;
}
