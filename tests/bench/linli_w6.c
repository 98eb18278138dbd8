/*
 * bench W6: one replica takes in what many authors changed apart: their runs, as the node stores them, some at a time. How long
 * it takes in all, and how long any other writer would have to wait. Usage: linli_w6 [CHANGES [AUTHORS]]
 */
#include <linli/node.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/handle.h"
#include "bench.h"
#include "codec/limits.h"
#include "town.h"

enum { GROUP = 50, BATCH_RUNS = 4, PATCHES = 20, ALL_CLASSES = 7, RUN_BYTES = 64 * 1024 };

struct gathered { /* runs of all authors */
    struct buf *at;
    size_t count, room;
};

struct place {
    struct town town;
    char base[BENCH_DIR_BYTES];
    linli_store *store;
    linli_id root;
    struct gathered runs;
};

static void *serve(void *node)
{
    must(linli_node_run(node), "run");
    return NULL;
}

static void device_join(struct place *p, const char *address, const char *dir, linli_store **out)
{
    static const uint8_t key[LINLI_KEY_BYTES] = {3};
    struct linli_options options = {.size = sizeof(options), .key = key, .dir = dir};
    struct linli_invite invite = {.scope = p->root, .role = LINLI_NODE, .name = "Made-up Node", .addresses = &address, .address_count = 1};
    struct linli_session_report report;
    char uri[LINLI_URI_BYTES];

    must(linli_invite_create(p->store, &invite, uri), "invite");
    must(linli_join(&options, uri, "made-up device", NULL, &report, out), "join");
    must_be(report.settled, "the first sync did not settle");
}

static linli_txn *edit(linli_store *store, size_t record)
{
    struct linli_value value = linli_text("somebody made up");
    linli_record *reading = NULL;
    linli_txn *txn = NULL;
    linli_id id;

    town_record_id(record, &id);
    must(linli_record_get(store, &id, &reading), "get");
    must(linli_txn_begin(store, &txn), "begin");
    must(linli_record_set(txn, &id, linli_record_token(reading), TOWN_HEAD_FIELD, &value), "set");
    linli_record_free(reading);
    return txn;
}

/* Each author goes through the households from another one on, a field each. */
static void device_write(const struct place *p, linli_store *store, size_t author, size_t changes)
{
    size_t households = p->town.patches * p->town.households;
    linli_txn *txns[GROUP];

    for (size_t i = 0; i < changes; i += GROUP) {
        size_t count = changes - i < GROUP ? changes - i : GROUP;
        for (size_t k = 0; k < count; k++)
            txns[k] = edit(store, (author * 7 + i + k) % households * TOWN_RECORDS_EACH);
        must(linli_txn_commit_group(txns, count, NULL), "commit");
    }
}

static bool runs_gather(void *ctx, const struct linli_scope *scope)
{
    void **both = ctx;
    struct place *p = both[0];
    linli_store *store = both[1];
    const struct identity *self = replica_identity(store->replica);
    linli_author author = {.incarnation = self->incarnation};
    uint64_t from = 1, last;

    for (size_t i = 0; i < sizeof(author.key); i++)
        author.key[i] = self->sign_public[i];
    for (;;) {
        struct buf run = {0};
        int rv = replica_read_run(store->replica, &scope->id, &author, from, ALL_CLASSES, RUN_BYTES, &run, &last);
        if (rv != LINLI_OK) {
            buf_free(&run);
            return true;
        }
        if (p->runs.count == p->runs.room) {
            p->runs.room = p->runs.room * 2 + 64;
            p->runs.at = realloc(p->runs.at, p->runs.room * sizeof(*p->runs.at));
            must_be(p->runs.at != NULL, "memory");
        }
        p->runs.at[p->runs.count++] = run;
        from = last + 1;
    }
}

static void authors_make(struct place *p, size_t authors, size_t changes)
{
    struct linli_node_options options = {.size = sizeof(options), .listen = "127.0.0.1:0"};
    linli_node *node = NULL;
    pthread_t thread;
    char dir[2 * BENCH_DIR_BYTES];

    must(linli_node_new(p->store, &options, &node), "node");
    must(pthread_create(&thread, NULL, serve, node), "thread");
    for (size_t author = 0; author < authors; author++) {
        linli_store *store = NULL;
        snprintf(dir, sizeof(dir), "%s/author", p->base);
        device_join(p, linli_node_address(node), dir, &store);
        device_write(p, store, author, changes);
        void *both[] = {p, store};
        must(linli_scope_each(store, runs_gather, both), "scopes");
        linli_store_close(store);
        bench_dir_remove(dir);
    }
    linli_node_stop(node);
    pthread_join(thread, NULL);
    linli_node_free(node);
}

static void merge(struct place *p)
{
    double start = now_s(), longest = 0;
    uint64_t taken = 0;

    for (size_t i = 0; i < p->runs.count; i += BATCH_RUNS) {
        size_t count = p->runs.count - i < BATCH_RUNS ? p->runs.count - i : BATCH_RUNS;
        struct ingested outs[BATCH_RUNS];
        int codes[BATCH_RUNS];
        span runs[BATCH_RUNS];
        double from = now_s();
        for (size_t k = 0; k < count; k++)
            runs[k] = buf_span(&p->runs.at[i + k]);
        must(replica_ingest(p->store->replica, runs, count, outs, codes), "ingest");
        for (size_t k = 0; k < count; k++) {
            must(codes[k], "run");
            taken += outs[k].advanced;
        }
        longest = now_s() - from > longest ? now_s() - from : longest;
    }
    figure("seconds", now_s() - start);
    figure("longest_seconds", longest);
    figure("changes", (double)taken);
}

int main(int argc, char **argv)
{
    size_t changes = argument(argc, argv, 1, 100000), authors = argument(argc, argv, 2, 100);
    struct place p = {.town = {PATCHES, 50, false}};
    char dir[2 * BENCH_DIR_BYTES];

    bench_dir(p.base);
    snprintf(dir, sizeof(dir), "%s/here", p.base);
    town_store(&p.town, dir, &p.store, &p.root);
    authors_make(&p, authors, changes / authors);
    merge(&p);
    figures_end();
    linli_store_close(p.store);
    for (size_t i = 0; i < p.runs.count; i++)
        buf_free(&p.runs.at[i]);
    free(p.runs.at);
    bench_dir_remove(p.base);
    return 0;
}
