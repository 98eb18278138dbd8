/*
 * bench: what recording costs: sealed records read by list and one by one, on a captain's phone, where nothing is recorded, and at the
 * office, where it is, in turns in one process, by the processor's time. Usage: linli_audit [RECORDS]. Every name in it is made up.
 */
#include <linli/linli.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

enum { ROUNDS = 9, SINGLES = 200, QUARTER_MS = 15 * 60 * 1000, RESIDENT = 5 << 1, PHONE = 7, NOTE = 12 };

struct office {
    char base[BENCH_DIR_BYTES], dirs[2][2 * BENCH_DIR_BYTES];
    linli_store *office, *captain;
    linli_id patch, *people;
    size_t count;
    uint64_t now_ms;
};

static uint64_t office_now(void *ctx)
{
    return ((const struct office *)ctx)->now_ms;
}

static void people_make(struct office *t)
{
    const linli_span none = {NULL, 0};
    struct linli_value phone = linli_text("made-up phone"), note = linli_text("a made-up note of some length");
    linli_txn *txn = NULL;

    for (size_t i = 0; i < t->count; i++) {
        if (txn == NULL)
            must(linli_txn_begin(t->office, &txn), "begin");
        must(linli_record_create(txn, &t->patch, RESIDENT, &t->people[i]), "create");
        must(linli_record_set(txn, &t->people[i], none, PHONE, &phone), "set");
        must(linli_record_set(txn, &t->people[i], none, NOTE, &note), "set");
        if (linli_txn_size(txn) < LINLI_TXN_BYTES && i + 1 < t->count)
            continue;
        must(linli_txn_commit(txn, NULL), "commit");
        txn = NULL;
    }
}

static void office_make(struct office *t)
{
    static const uint8_t key[LINLI_KEY_BYTES] = {1};
    struct linli_options options = {.size = sizeof(options), .key = key, .dir = t->dirs[0], .now_ms = office_now, .now_ctx = t};
    struct linli_scope_spec spec = {.name = "Made-up Patch", .kind = LINLI_PATCH};
    struct linli_status status;

    must(linli_store_create(&options, LINLI_COMMUNITY, "Made-up Community", NULL, &t->office), "create");
    must(linli_store_status(t->office, &status), "status");
    must(linli_scope_add(t->office, &status.root_scope, &spec, &t->patch), "scope");
    people_make(t);
}

static void *serve(void *node)
{
    must(linli_node_run(node), "run");
    return NULL;
}

static void captain_join(struct office *t)
{
    static const uint8_t key[LINLI_KEY_BYTES] = {2};
    struct linli_node_options node_options = {.size = sizeof(node_options), .listen = "127.0.0.1:0"};
    struct linli_options options = {.size = sizeof(options), .key = key, .dir = t->dirs[1], .now_ms = office_now, .now_ctx = t};
    struct linli_session_report report;
    char uri[LINLI_URI_BYTES];
    linli_node *node = NULL;
    pthread_t thread;

    must(linli_node_new(t->office, &node_options, &node), "node");
    const char *addresses[] = {linli_node_address(node)};
    struct linli_invite invite = {.scope = t->patch, .role = LINLI_CAPTAIN, .name = "Made-up Captain", .addresses = addresses,
                                  .address_count = 1};
    pthread_create(&thread, NULL, serve, node);
    must(linli_invite_create(t->office, &invite, uri), "invite");
    must(linli_join(&options, uri, "made-up device", NULL, &report, &t->captain), "join");
    linli_node_stop(node);
    pthread_join(thread, NULL);
    linli_node_free(node);
}

static bool opened(void *ctx, const linli_record *record)
{
    const struct linli_reading *phone = linli_record_field(record, PHONE);

    *(size_t *)ctx += phone != NULL && phone->value.kind == LINLI_KIND_TEXT;
    return true;
}

static double list(const struct office *t, linli_store *store)
{
    struct linli_query query = {.type = RESIDENT, .scope = &t->patch};
    size_t count = 0;
    double start = cpu_s();

    must(linli_query_each(store, &query, opened, &count), "list");
    if (count != t->count)
        must(LINLI_E_NOT_FOUND, "not all of it opens");
    return cpu_s() - start;
}

static double singles(const struct office *t, linli_store *store, size_t from)
{
    double start = cpu_s();

    for (size_t i = 0; i < SINGLES; i++) {
        linli_record *record = NULL;
        must(linli_record_get(store, &t->people[(from + i) % t->count], &record), "get");
        linli_record_free(record);
    }
    return cpu_s() - start;
}

static int by_size(const void *x, const void *y)
{
    const double *a = x, *b = y;

    return (*a > *b) - (*a < *b);
}

static double median(double *at)
{
    qsort(at, ROUNDS, sizeof(*at), by_size);
    return at[ROUNDS / 2];
}

/* Phone; office, an entry is written; office again, within the quarter hour, so it is there. */
static void compare(struct office *t, const char *const names[3],
                    double (*read)(const struct office *t, linli_store *store, size_t round))
{
    double phone[ROUNDS], first[ROUNDS], again[ROUNDS];

    for (size_t i = 0; i < ROUNDS; i++) {
        t->now_ms += QUARTER_MS;
        phone[i] = read(t, t->captain, i);
        first[i] = read(t, t->office, i);
        again[i] = read(t, t->office, i);
    }
    figure(names[0], median(phone));
    figure(names[1], median(first));
    figure(names[2], median(again));
}

static double list_round(const struct office *t, linli_store *store, size_t round)
{
    (void)round;
    return list(t, store);
}

static double singles_round(const struct office *t, linli_store *store, size_t round)
{
    return singles(t, store, round * SINGLES);
}

int main(int argc, char **argv)
{
    static const char *const by_list[] = {"list_phone_seconds", "list_office_seconds", "list_again_seconds"};
    static const char *const one_by_one[] = {"single_phone_seconds", "single_office_seconds", "single_again_seconds"};
    struct office t = {.count = argument(argc, argv, 1, 10000), .now_ms = UINT64_C(1767225600000)};

    t.people = calloc(t.count, sizeof(*t.people));
    must_be(t.people != NULL, "memory");
    bench_dir(t.base);
    for (int i = 0; i < 2; i++)
        snprintf(t.dirs[i], sizeof(t.dirs[i]), "%s/%d", t.base, i);
    office_make(&t);
    captain_join(&t);
    compare(&t, by_list, list_round);
    compare(&t, one_by_one, singles_round);
    figures_end();
    linli_store_close(t.office);
    linli_store_close(t.captain);
    bench_dir_remove(t.base);
    free(t.people);
    return 0;
}
