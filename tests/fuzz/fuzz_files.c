/*
 * fuzz: the files of a store that something else may have written: the note, the salt, data.mdb; the first byte says which.
 * What a thorough look at data.mdb finds good, LMDB can walk through from end to end.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <linli/error.h>
#include <lmdb.h>

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
    static const char good[] = "linli-store 1\n";

    file_put("format", bytes);
    int rv = folder_note_check(folder_fd_kept);
    CLAIM(rv == LINLI_OK || rv == LINLI_E_VERSION || rv == LINLI_E_FORMAT);
    CLAIM((rv == LINLI_OK) == span_equal(bytes, span_of(good, sizeof(good) - 1)));
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

/* Each row of a table, and, in the main one, of the tables that it names. */
static void table_walk(MDB_txn *txn, MDB_dbi dbi, bool main)
{
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    volatile uint8_t sum = 0; /* so that each byte is read */

    CLAIM(mdb_cursor_open(txn, dbi, &cursor) == MDB_SUCCESS);
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == MDB_SUCCESS) {
        MDB_dbi nested;
        char name[64] = "";
        for (size_t i = 0; i < value.mv_size; i++)
            sum = (uint8_t)(sum + ((const uint8_t *)value.mv_data)[i]);
        if (!main || key.mv_size >= sizeof(name))
            continue;
        memcpy(name, key.mv_data, key.mv_size);
        if (mdb_dbi_open(txn, name, 0, &nested) == MDB_SUCCESS)
            table_walk(txn, nested, false);
    }
    mdb_cursor_close(cursor);
}

static void lmdb_walks_it(void)
{
    char path[TEMPORARY_BYTES];
    MDB_env *env = NULL;
    MDB_txn *txn = NULL;
    MDB_dbi dbi;

    CLAIM(mdb_env_create(&env) == MDB_SUCCESS && mdb_env_set_maxdbs(env, 32) == MDB_SUCCESS);
    if (mdb_env_open(env, temporary_path(&folder, "data.mdb", path), MDB_RDONLY | MDB_NOLOCK | MDB_NOSUBDIR, 0600) ==
            MDB_SUCCESS &&
        mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) == MDB_SUCCESS) {
        if (mdb_dbi_open(txn, NULL, 0, &dbi) == MDB_SUCCESS)
            table_walk(txn, dbi, true);
        mdb_txn_abort(txn);
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
    if (thorough == LINLI_OK)
        lmdb_walks_it();
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
