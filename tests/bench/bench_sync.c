/*
 * bench: sync over loopback TCP between two real stores, everything on. W1: first sync of a town; W2: both sides changed 200
 * records apart; W3: nothing changed. Usage: bench_sync [PATCHES [HOUSEHOLDS]]. Every name in it is made up.
 */
#include <linli/linli.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { RESIDENTS = 3, W2_RECORDS = 200, W2_SAME = 50, PATH_BYTES = 128 };

struct town {
    char base[PATH_BYTES], dir_a[2 * PATH_BYTES], dir_b[2 * PATH_BYTES];
    linli_store *a, *b;
    linli_id root, *patches, *households;
    size_t patch_count, household_count, records;
};

static void must(int code, const char *what)
{
    if (code == LINLI_OK)
        return;
    fprintf(stderr, "%s: %s\n", what, linli_code_name(code));
    exit(1);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Every field of the type that takes a plain value, filled with something made up. */
static void fill(linli_txn *txn, const linli_id *record, const struct linli_schema_type *type, size_t number)
{
    const linli_span none = {NULL, 0};
    char text[48];

    for (size_t i = 0; i < type->field_count; i++) {
        const struct linli_schema_field *field = &type->fields[i];
        struct linli_value value;
        if (field->rule != LINLI_REGISTER || field->kind == LINLI_KIND_ID)
            continue;
        snprintf(text, sizeof(text), "made-up %zu", number * 31 + i);
        if (field->kind == LINLI_KIND_TEXT)
            value = linli_text(text);
        else if (field->kind == LINLI_KIND_DATE)
            value = linli_text("2020-01-01");
        else if (field->kind == LINLI_KIND_BOOL)
            value = linli_bool(true);
        else
            value = linli_int(1);
        must(linli_record_set(txn, record, none, field->number, &value), "set");
    }
}

static void write_patch(struct town *t, const linli_id *patch, size_t households, const struct linli_schema_type *household,
                        const struct linli_schema_type *resident)
{
    linli_txn *txn = NULL;
    linli_id id;

    must(linli_txn_begin(t->a, &txn), "begin");
    for (size_t h = 0; h < households; h++) {
        for (size_t k = 0; k <= RESIDENTS; k++) {
            const struct linli_schema_type *type = k == 0 ? household : resident;
            must(linli_record_create(txn, patch, type->number, &id), "create");
            fill(txn, &id, type, t->records++);
            if (k == 0)
                t->households[t->household_count++] = id;
        }
        if (linli_txn_size(txn) < LINLI_TXN_BYTES && h + 1 < households)
            continue;
        must(linli_txn_commit(txn, NULL), "commit");
        txn = NULL;
        if (h + 1 < households)
            must(linli_txn_begin(t->a, &txn), "begin");
    }
}

static void build(struct town *t, size_t patches, size_t households)
{
    static const uint8_t key[LINLI_KEY_BYTES] = {1};
    struct linli_options options = {.size = sizeof(options), .key = key};
    const struct linli_schema_type *household = linli_schema_type_by_name("household");
    const struct linli_schema_type *resident = linli_schema_type_by_name("resident");
    struct linli_status status;
    char name[64];

    snprintf(t->base, sizeof(t->base), "/tmp/linli-bench-XXXXXX");
    if (mkdtemp(t->base) == NULL)
        exit(1);
    snprintf(t->dir_a, sizeof(t->dir_a), "%s/a", t->base);
    snprintf(t->dir_b, sizeof(t->dir_b), "%s/b", t->base);
    options.dir = t->dir_a;
    must(linli_store_create(&options, LINLI_COMMUNITY, "Made-up Community", NULL, &t->a), "create");
    must(linli_store_status(t->a, &status), "status");
    t->root = status.root_scope;
    t->patches = calloc(patches, sizeof(*t->patches));
    t->households = calloc(patches * households, sizeof(*t->households));
    for (t->patch_count = 0; t->patch_count < patches; t->patch_count++) {
        struct linli_scope_spec spec = {.name = name, .kind = LINLI_PATCH};
        snprintf(name, sizeof(name), "Made-up Patch %zu", t->patch_count);
        must(linli_scope_add(t->a, &t->root, &spec, &t->patches[t->patch_count]), "scope");
        write_patch(t, &t->patches[t->patch_count], households, household, resident);
    }
}

static void *serve(void *node)
{
    must(linli_node_run(node), "run");
    return NULL;
}

static void print_report(const char *what, const struct linli_session_report *r, size_t records, double seconds, double cpu)
{
    printf("%s: %.1f ms (cpu of both ends %.1f ms), in %llu B, out %llu B, %u round trips, %llu changesets in, %llu out%s",
           what, seconds * 1e3, cpu * 1e3, (unsigned long long)r->in.bytes, (unsigned long long)r->out.bytes, r->round_trips,
           (unsigned long long)r->in.changesets, (unsigned long long)r->out.changesets, r->settled ? "" : ", NOT SETTLED");
    if (records > 0)
        printf(", %.0f records/s", (double)records / seconds);
    printf("\n");
}

static void write_half(struct town *t, linli_store *store, size_t from, size_t count, const char *text)
{
    for (size_t i = from; i < from + count; i++) {
        size_t which = i * t->household_count / (2 * W2_RECORDS);
        struct linli_value value = linli_text(text);
        linli_record *record = NULL;
        linli_txn *txn = NULL;
        must(linli_record_get(store, &t->households[which], &record), "get");
        must(linli_txn_begin(store, &txn), "begin");
        must(linli_record_set(txn, linli_record_id(record), linli_record_token(record), 5, &value), "set");
        must(linli_txn_commit(txn, NULL), "commit");
        linli_record_free(record);
    }
}

static void meet(struct town *t, const char *what, unsigned port, size_t times)
{
    struct linli_session_report report;

    for (size_t i = 0; i < times; i++) {
        double wall = now_s(), cpu = cpu_s();
        must(linli_sync(t->b, "127.0.0.1", port, NULL, &report), what);
        print_report(what, &report, 0, now_s() - wall, cpu_s() - cpu);
    }
}

static void run(struct town *t)
{
    static const uint8_t key[LINLI_KEY_BYTES] = {2};
    struct linli_node_options node_options = {.size = sizeof(node_options), .listen = "127.0.0.1:0"};
    struct linli_options options = {.size = sizeof(options), .key = key, .dir = t->dir_b};
    struct linli_session_report report;
    char uri[LINLI_URI_BYTES], address[64];
    linli_node *node = NULL;
    pthread_t thread;

    must(linli_node_new(t->a, &node_options, &node), "node");
    snprintf(address, sizeof(address), "%s", linli_node_address(node));
    pthread_create(&thread, NULL, serve, node);
    const char *addresses[] = {address};
    struct linli_invite invite = {.scope = t->root, .role = LINLI_NODE, .name = "Made-up Node", .addresses = addresses,
                                  .address_count = 1};
    must(linli_invite_create(t->a, &invite, uri), "invite");
    double cpu = cpu_s();
    must(linli_join(&options, uri, "made-up device", NULL, &report, &t->b), "join");
    print_report("W1 first sync", &report, t->records, report.seconds, cpu_s() - cpu);

    unsigned port = (unsigned)strtoul(strrchr(address, ':') + 1, NULL, 10);
    meet(t, "W3 nothing changed", port, 3);
    write_half(t, t->a, 0, W2_RECORDS, "by the one");
    write_half(t, t->b, W2_RECORDS - W2_SAME, W2_RECORDS, "by the other");
    meet(t, "W2 both changed 200", port, 1);
    linli_node_stop(node);
    pthread_join(thread, NULL);
    linli_node_free(node);
}

static void remove_store(const char *dir)
{
    static const char *const names[] = {"data.mdb", "lock.mdb", "held", "opening", "reserve", "format", "salt", "root.key"};
    char path[3 * PATH_BYTES];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(dir);
}

int main(int argc, char **argv)
{
    size_t patches = argc > 1 ? strtoul(argv[1], NULL, 10) : 100, households = argc > 2 ? strtoul(argv[2], NULL, 10) : 60;
    struct town t = {.a = NULL};
    struct rusage before, after;

    build(&t, patches, households);
    printf("%zu patches, %zu records\n", t.patch_count, t.records);
    getrusage(RUSAGE_SELF, &before);
    run(&t);
    getrusage(RUSAGE_SELF, &after);
    printf("most resident memory, both stores and their maps: %ld KiB before the sync, %ld KiB after\n", before.ru_maxrss,
           after.ru_maxrss);
    linli_store_close(t.a);
    linli_store_close(t.b);
    remove_store(t.dir_a);
    remove_store(t.dir_b);
    (void)rmdir(t.base);
    free(t.patches);
    free(t.households);
    return 0;
}
