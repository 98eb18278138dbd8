/*
 * bench W4: edits of one field, each signed and durable, one at a time and several with one sync. What the form showed was read
 * before. Usage: linli_w4 [EDITS]
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "town.h"

enum { GROUP_MOST = 64, PATCHES = 10, SIZES = 3 };
static const size_t group_sizes[SIZES] = {1, 8, GROUP_MOST};

static void edit(linli_store *store, const linli_record *record, linli_txn **txn)
{
    struct linli_value value = linli_text("somebody made up");

    must(linli_txn_begin(store, txn), "begin");
    must(linli_record_set(*txn, linli_record_id(record), linli_record_token(record), TOWN_HEAD_FIELD, &value), "set");
}

static double rate(linli_store *store, size_t edits, size_t group)
{
    linli_record **shown = calloc(edits, sizeof(*shown));
    linli_txn *txns[GROUP_MOST];
    linli_id id;

    must_be(shown != NULL, "memory");
    for (size_t i = 0; i < edits; i++) {
        town_record_id(i * TOWN_RECORDS_EACH, &id);
        must(linli_record_get(store, &id, &shown[i]), "get");
    }
    double start = now_s();
    for (size_t i = 0; i + group <= edits; i += group) {
        for (size_t k = 0; k < group; k++)
            edit(store, shown[i + k], &txns[k]);
        must(linli_txn_commit_group(txns, group, NULL), "commit");
    }
    double took = now_s() - start;
    for (size_t i = 0; i < edits; i++)
        linli_record_free(shown[i]);
    free(shown);
    return (double)(edits / group * group) / took;
}

int main(int argc, char **argv)
{
    size_t edits = argument(argc, argv, 1, 600);
    struct town town = {PATCHES, (edits + PATCHES - 1) / PATCHES, false};
    char base[BENCH_DIR_BYTES], dir[2 * BENCH_DIR_BYTES], name[32];
    linli_store *store = NULL;
    linli_id root;

    bench_dir(base);
    snprintf(dir, sizeof(dir), "%s/store", base);
    town_store(&town, dir, &store, &root);
    for (size_t i = 0; i < SIZES; i++) {
        snprintf(name, sizeof(name), "per_second_%zu", group_sizes[i]);
        figure(name, rate(store, edits, group_sizes[i]));
    }
    figures_end();
    linli_store_close(store);
    bench_dir_remove(base);
    return 0;
}
