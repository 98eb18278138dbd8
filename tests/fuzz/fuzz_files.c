/*
 * fuzz: the files of a store that something else may have written: the note, the salt, data.mdb; the first byte says which.
 * What a thorough look at data.mdb finds good, LMDB can walk through from end to end, and write to.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <linli/error.h>
#include <lmdb.h>

#include "base/check.h"
#include "base/rng.h"
#include "store/folder.h"
#include "store/foreign.h"
#include "store/store.h"
#include "temporary.h"

static struct temporary folder;
static int folder_fd_kept = -1;

static void file_put(const char *name, span bytes)
{
    int fd = openat(folder_fd_kept, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    CLAIM(fd >= 0);
    CLAIM(write(fd, bytes.at, bytes.size) == (ssize_t)bytes.size);
    CLAIM(close(fd) == 0);
}

static void note(span bytes)
{
    static const char *const good[] = {"linli-store 1\n", "linli-store 2\n"};
    bool is_good = false;

    for (size_t i = 0; i < COUNT_OF(good); i++)
        is_good = is_good || span_equal(bytes, span_of(good[i], strlen(good[i])));
    file_put("format", bytes);
    int rv = folder_note_check(folder_fd_kept);
    CLAIM(rv == LINLI_OK || rv == LINLI_E_VERSION || rv == LINLI_E_FORMAT);
    CLAIM((rv == LINLI_OK) == is_good);
}

static void salt(span bytes)
{
    struct rng_seeded seed;
    uint8_t out[16];

    rng_seed(&seed, 1);
    struct rng rng = rng_from(&seed);
    file_put("salt", bytes);
    int rv = store_salt(folder.dir, false, &rng, out);
    CLAIM(rv == (bytes.size == sizeof(out) ? LINLI_OK : LINLI_E_FORMAT));
    CLAIM(rv != LINLI_OK || memcmp(out, bytes.at, sizeof(out)) == 0);
}

enum { TABLES = 16, ROWS = 24 };

/* Each row of a table is read, and in the main one each table that it names is opened. */
static size_t table_read(MDB_txn *txn, MDB_dbi dbi, MDB_dbi named[TABLES])
{
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    volatile uint8_t sum = 0; /* so that each byte is read */
    size_t count = 0;

    CLAIM(mdb_cursor_open(txn, dbi, &cursor) == MDB_SUCCESS);
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == MDB_SUCCESS) {
        char name[64] = "";
        for (size_t i = 0; i < value.mv_size; i++)
            sum = (uint8_t)(sum + ((const uint8_t *)value.mv_data)[i]);
        if (named == NULL || count == TABLES || key.mv_size >= sizeof(name))
            continue;
        memcpy(name, key.mv_data, key.mv_size);
        count += mdb_dbi_open(txn, name, 0, &named[count]) == MDB_SUCCESS;
    }
    mdb_cursor_close(cursor);
    return count;
}

/*
 * Every second of the first rows goes, and others come, small and large: pages are split, joined and taken from the free.
 * A file that says that it is as large as its map has no room.
 */
static int table_write(MDB_txn *txn, MDB_dbi dbi)
{
    static uint8_t bytes[1500];
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    int rv = MDB_SUCCESS;

    CLAIM(mdb_cursor_open(txn, dbi, &cursor) == MDB_SUCCESS);
    for (size_t i = 0; i < ROWS && rv == MDB_SUCCESS && mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == MDB_SUCCESS; i++)
        if (i % 2 != 0)
            rv = mdb_cursor_del(cursor, 0);
    mdb_cursor_close(cursor);
    for (size_t i = 0; i < ROWS && rv == MDB_SUCCESS; i++) {
        uint8_t name[] = {(uint8_t)(i * 53), 'w'};
        key = (MDB_val){sizeof(name), name};
        value = (MDB_val){i * i * 97 % sizeof(bytes), bytes};
        rv = mdb_put(txn, dbi, &key, &value, 0);
    }
    CLAIM(rv == MDB_SUCCESS || rv == MDB_MAP_FULL);
    return rv;
}

static int tables_use(MDB_txn *txn, bool write)
{
    MDB_dbi main, named[TABLES];
    int rv = MDB_SUCCESS;

    CLAIM(mdb_dbi_open(txn, NULL, 0, &main) == MDB_SUCCESS);
    size_t count = table_read(txn, main, named);
    for (size_t i = 0; i < count && rv == MDB_SUCCESS; i++) {
        (void)table_read(txn, named[i], NULL);
        if (write)
            rv = table_write(txn, named[i]);
    }
    return rv;
}

static void lmdb_uses_it(void)
{
    char path[TEMPORARY_BYTES];
    MDB_env *env = NULL;
    MDB_txn *txn = NULL;

    CLAIM(mdb_env_create(&env) == MDB_SUCCESS && mdb_env_set_maxdbs(env, TABLES) == MDB_SUCCESS &&
          mdb_env_set_mapsize(env, 1 << 20) == MDB_SUCCESS);
    int rv = mdb_env_open(env, temporary_path(&folder, "data.mdb", path), MDB_NOSYNC | MDB_NOLOCK | MDB_NOSUBDIR, 0600);
    for (int round = 0; round < 3 && rv == MDB_SUCCESS; round++) { /* the second write finds what the first one freed */
        CLAIM(mdb_txn_begin(env, NULL, round == 0 ? MDB_RDONLY : 0, &txn) == MDB_SUCCESS);
        rv = tables_use(txn, round > 0);
        if (rv == MDB_SUCCESS)
            rv = mdb_txn_commit(txn);
        else
            mdb_txn_abort(txn);
        CLAIM(rv == MDB_SUCCESS || rv == MDB_MAP_FULL);
    }
    mdb_env_close(env);
}

static void database(span bytes)
{
    file_put("data.mdb", bytes);
    int quick = foreign_check(folder_fd_kept, false), thorough = foreign_check(folder_fd_kept, true);
    CLAIM(quick == LINLI_OK || quick == LINLI_E_FORMAT || quick == LINLI_E_NOMEM);
    CLAIM(thorough == LINLI_OK || thorough == LINLI_E_FORMAT || thorough == LINLI_E_NOMEM);
    CLAIM(thorough != LINLI_OK || quick == LINLI_OK);
    if (thorough == LINLI_OK) {
        lmdb_uses_it();
        CLAIM(foreign_check(folder_fd_kept, true) == LINLI_OK); /* and what LMDB makes is good */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (folder_fd_kept < 0) {
        temporary_make(&folder);
        folder_fd_kept = open(folder.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    if (size == 0)
        return 0;
    span bytes = span_of(data + 1, size - 1);
    switch (data[0] % 3) {
    case 0: database(bytes); break;
    case 1: note(bytes); break;
    default: salt(bytes); break;
    }
    return 0;
}
