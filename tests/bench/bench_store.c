/*
 * bench: log rows through the store beside bare LMDB puts of the same keys and values, in the same run on the same disk.
 * Usage: bench_store [rows] [rows a transaction]. Prints rates and their ratio; never passes or fails.
 */
#include <inttypes.h>
#include <linli/error.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/crypto.h"
#include "store/store.h"

enum { ENTRY_BYTES = 300, SCOPES = 10, MAP_BYTES_A_ROW = 4096 };

static void must(int code, const char *what)
{
    if (code == 0)
        return;
    fprintf(stderr, "%s: %d\n", what, code);
    exit(1);
}

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct work {
    const char *dir;
    uint64_t rows, batch;
    uint8_t entry[ENTRY_BYTES];
    double file_bytes;
};

/* Row i lies in scope i / (rows / SCOPES): a first sync goes scope by scope, log by log, in key order. */
static uint32_t scope_of(const struct work *w, uint64_t i)
{
    return (uint32_t)(i * SCOPES / w->rows) + 1;
}

static double ours(struct work *w)
{
    struct store_config config = {.dir = w->dir, .create = true, .map_bytes = w->rows * MAP_BYTES_A_ROW, .rng = rng_system()};
    struct store *store = NULL;
    struct store_txn *txn = NULL;

    must(store_open(&config, &store), "store_open");
    double start = now_s();
    for (uint64_t i = 0; i < w->rows; i++) {
        struct log_row row = {.stamp = i, .verdicts = {(const uint8_t *)"\1", 1}, .entry = {w->entry, sizeof(w->entry)}};
        if (i % w->batch == 0)
            must(store_begin(store, true, &txn), "store_begin");
        must(arrival_next(txn, &row.arrival), "arrival_next");
        be64_put(w->entry, i);
        must(log_put(txn, scope_of(w, i), 1, i + 1, &row), "log_put");
        if ((i + 1) % w->batch == 0 || i + 1 == w->rows)
            must(store_commit(txn), "store_commit");
    }
    double took = now_s() - start;
    w->file_bytes = (double)store_disk_bytes(store);
    store_close(store);
    store_remove(w->dir);
    return took;
}

static double bare(struct work *w)
{
    MDB_env *env = NULL;
    MDB_txn *txn = NULL;
    MDB_dbi dbi;
    char path[256];
    struct stat st;

    must(mkdir(w->dir, 0700), "mkdir");
    must(mdb_env_create(&env), "mdb_env_create");
    must(mdb_env_set_mapsize(env, w->rows * MAP_BYTES_A_ROW), "mdb_env_set_mapsize");
    must(mdb_env_open(env, w->dir, 0, 0600), "mdb_env_open");
    double start = now_s();
    for (uint64_t i = 0; i < w->rows; i++) {
        uint8_t key[16];
        MDB_val k = {sizeof(key), key}, v = {sizeof(w->entry), w->entry};
        if (i % w->batch == 0)
            must(mdb_txn_begin(env, NULL, 0, &txn), "mdb_txn_begin");
        if (i == 0)
            must(mdb_dbi_open(txn, NULL, 0, &dbi), "mdb_dbi_open");
        be32_put(key, scope_of(w, i));
        be32_put(key + 4, 1);
        be64_put(key + 8, i + 1);
        be64_put(w->entry, i);
        must(mdb_put(txn, dbi, &k, &v, 0), "mdb_put");
        if ((i + 1) % w->batch == 0 || i + 1 == w->rows)
            must(mdb_txn_commit(txn), "mdb_txn_commit");
    }
    double took = now_s() - start;
    mdb_env_close(env);
    snprintf(path, sizeof(path), "%s/data.mdb", w->dir);
    w->file_bytes = stat(path, &st) == 0 ? (double)st.st_size : 0;
    (void)unlink(path);
    snprintf(path, sizeof(path), "%s/lock.mdb", w->dir);
    (void)unlink(path);
    (void)rmdir(w->dir);
    return took;
}

int main(int argc, char **argv)
{
    char parent[] = "/tmp/linli-bench-XXXXXX", dir[64];
    struct work w = {.rows = argc > 1 ? strtoull(argv[1], NULL, 10) : 200000,
                     .batch = argc > 2 ? strtoull(argv[2], NULL, 10) : 10000};

    if (w.rows < SCOPES || w.batch == 0 || mkdtemp(parent) == NULL) {
        fprintf(stderr, "usage: bench_store [rows, 10 at least] [rows a transaction]\n");
        return 1;
    }
    must(crypto_start(), "crypto_start");
    snprintf(dir, sizeof(dir), "%s/s", parent);
    w.dir = dir;
    memset(w.entry, 0xe5, sizeof(w.entry));
    printf("%" PRIu64 " rows of %d bytes, %" PRIu64 " a transaction\n", w.rows, ENTRY_BYTES, w.batch);
    for (int i = 0; i < 3; i++) {
        double floor_s = bare(&w), floor_bytes = w.file_bytes, ours_s = ours(&w);
        double rows = (double)w.rows;
        printf("bare LMDB %.0f/s, %.0f B a row; store %.0f/s, %.0f B a row; ratio %.2f\n", rows / floor_s, floor_bytes / rows,
               rows / ours_s, w.file_bytes / rows, floor_s / ours_s);
    }
    (void)rmdir(parent);
    return 0;
}
