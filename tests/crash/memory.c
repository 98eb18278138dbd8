/* crash tests: memory that runs out, at each allocation of each call of a fixed script of the public API. */
#include "crash.h"

#include <string.h>

#include "fields.h"
#include "heap.h"

/*
 * What a call may do to the store when it succeeds. A call that failed has changed nothing in any case; a session may have
 * stored a part of what came, and who tells what is sealed has said so in the audit first.
 */
enum effect { READS, TELLS, WRITES, MEETS };

struct scene {
    struct stage stage;
    char base[PATH_BYTES], dir[PATH_BYTES], new_dir[PATH_BYTES], peer_base[PATH_BYTES], peer_dir[PATH_BYTES];
    unsigned port;
    linli_store *store; /* NULL: not open */
    linli_id household;
    uint64_t failures, borne; /* borne: by a meeting that settled all the same */
    unsigned calls;
};

struct call {
    const char *name;
    int (*run)(struct scene *);
    enum effect effect;
};

/* --- the script --- */

static const linli_span no_token = {NULL, 0};

static int call_create(struct scene *s)
{
    struct linli_options options = store_options(s->new_dir);
    linli_store *store = NULL;
    int rv = linli_store_create(&options, LINLI_COMMUNITY, "Made-up Lane", "530100000000", &store);

    if (rv != LINLI_OK && linli_store_exists(s->new_dir))
        broken("a store that was not made is there");
    if (rv != LINLI_OK && store != NULL)
        broken("a store that was not made was handed out");
    linli_store_close(store);
    folder_remove(s->new_dir);
    return rv;
}

static int call_open(struct scene *s)
{
    linli_store *store = NULL;
    int rv;

    linli_store_close(s->store);
    s->store = NULL;
    rv = store_try_open(s->dir, &store);
    s->store = store;
    return rv;
}

static int call_suspend(struct scene *s)
{
    int rv = linli_store_suspend(s->store);

    return rv == LINLI_OK ? linli_store_resume(s->store) : rv;
}

static int call_status(struct scene *s)
{
    struct linli_status status;

    return linli_store_status(s->store, &status);
}

static int call_verify(struct scene *s)
{
    struct linli_verify verify = {.on_bad = NULL};

    return linli_store_verify(s->store, &verify);
}

static int gather(struct scene *s, linli_txn **out)
{
    struct linli_value text = linli_text("made-up"), care = linli_text("made-up, sealed");
    linli_record *record = NULL;
    linli_txn *txn = NULL;
    linli_id id;
    int rv = linli_record_get_closed(s->store, &s->household, &record);

    if (rv == LINLI_OK)
        rv = linli_txn_begin(s->store, &txn);
    if (rv == LINLI_OK)
        rv = linli_record_set(txn, &s->household, linli_record_token(record), HOUSEHOLD_HEAD, &text);
    if (rv == LINLI_OK)
        rv = linli_record_set(txn, &s->household, linli_record_token(record), HOUSEHOLD_REMARKS, &text);
    if (rv == LINLI_OK)
        rv = linli_record_add(txn, &s->household, linli_record_token(record), HOUSEHOLD_TAGS, &text);
    if (rv == LINLI_OK)
        rv = linli_record_set(txn, &s->household, linli_record_token(record), HOUSEHOLD_CARE, &care);
    if (rv == LINLI_OK)
        rv = linli_record_create(txn, &s->stage.patch, HOUSEHOLD, &id);
    if (rv == LINLI_OK)
        rv = linli_record_set(txn, &id, no_token, HOUSEHOLD_HEAD, &text);
    linli_record_free(record);
    if (rv != LINLI_OK)
        linli_txn_abort(txn);
    else
        *out = txn;
    return rv;
}

static int call_gather(struct scene *s)
{
    linli_txn *txn = NULL;
    int rv = gather(s, &txn);

    linli_txn_abort(rv == LINLI_OK ? txn : NULL);
    return rv;
}

static int call_commit(struct scene *s)
{
    linli_txn *txn = NULL;
    int rv = gather(s, &txn);

    return rv == LINLI_OK ? linli_txn_commit(txn, NULL) : rv;
}

static int call_commit_group(struct scene *s)
{
    linli_txn *txns[3] = {NULL};
    struct linli_value text = linli_text("one of a group");
    int rv = LINLI_OK;

    for (size_t i = 0; i < 3 && rv == LINLI_OK; i++) {
        linli_id id;
        rv = linli_txn_begin(s->store, &txns[i]);
        if (rv == LINLI_OK)
            rv = linli_record_create(txns[i], &s->stage.patch, HOUSEHOLD, &id);
        if (rv == LINLI_OK)
            rv = linli_record_set(txns[i], &id, no_token, HOUSEHOLD_HEAD, &text);
    }
    if (rv == LINLI_OK)
        return linli_txn_commit_group(txns, 3, NULL);
    for (size_t i = 0; i < 3; i++)
        linli_txn_abort(txns[i]);
    return rv;
}

static int call_delete_restore(struct scene *s)
{
    linli_record *record = NULL;
    linli_txn *txn = NULL;
    int rv = linli_record_get_closed(s->store, &s->household, &record);

    if (rv == LINLI_OK)
        rv = linli_txn_begin(s->store, &txn);
    if (rv == LINLI_OK)
        rv = linli_record_deleted(record) ? linli_record_restore(txn, &s->household, linli_record_token(record))
                                          : linli_record_delete(txn, &s->household, linli_record_token(record));
    linli_record_free(record);
    if (rv == LINLI_OK)
        return linli_txn_commit(txn, NULL);
    linli_txn_abort(txn);
    return rv;
}

static bool any_record(void *ctx, const linli_record *record)
{
    (void)ctx;
    (void)record;
    return true;
}

static int call_query(struct scene *s)
{
    struct linli_query query = {.type = HOUSEHOLD, .match = "made", .sort = HOUSEHOLD_HEAD, .with_deleted = true};

    return linli_query_each(s->store, &query, any_record, NULL);
}

static bool any_write(void *ctx, const struct linli_write *write)
{
    (void)ctx;
    (void)write;
    return true;
}

static int call_history(struct scene *s)
{
    return linli_history_each(s->store, &s->household, any_write, NULL);
}

static bool any_conflict(void *ctx, const struct linli_conflict *conflict)
{
    (void)ctx;
    (void)conflict;
    return true;
}

static bool any_aside(void *ctx, const struct linli_aside *aside)
{
    (void)ctx;
    (void)aside;
    return true;
}

static int call_conflicts(struct scene *s)
{
    int rv = linli_conflict_each(s->store, NULL, NULL, any_conflict, NULL);

    return rv == LINLI_OK ? linli_aside_each(s->store, NULL, any_aside, NULL) : rv;
}

static bool any_scope(void *ctx, const struct linli_scope *scope)
{
    (void)ctx;
    (void)scope;
    return true;
}

static int call_scopes(struct scene *s)
{
    linli_id id;
    int rv = linli_scope_each(s->store, any_scope, NULL);

    return rv == LINLI_OK ? linli_scope_find(s->store, "Made-up Lane/Building 1", &id) : rv;
}

static int call_scope_add(struct scene *s)
{
    char name[32];
    struct linli_scope_spec spec = {.name = name, .kind = LINLI_PATCH};
    linli_id id;

    snprintf(name, sizeof(name), "made-up patch %llu", (unsigned long long)s->failures);
    return linli_scope_add(s->store, &s->stage.community, &spec, &id);
}

static int call_invite(struct scene *s)
{
    char uri[LINLI_URI_BYTES];
    const char *addresses[] = {"127.0.0.1:1"};
    struct linli_invite invite = {.scope = s->stage.patch, .role = LINLI_CAPTAIN, .name = "made-up captain",
                                  .addresses = addresses, .address_count = 1};

    return linli_invite_create(s->store, &invite, uri);
}

static bool any_grant(void *ctx, const struct linli_grant *grant)
{
    (void)ctx;
    (void)grant;
    return true;
}

static int call_grants(struct scene *s)
{
    struct linli_status status;
    char name[64];
    int rv = linli_grant_each(s->store, any_grant, NULL);

    if (rv == LINLI_OK)
        rv = linli_store_status(s->store, &status);
    return rv == LINLI_OK ? linli_device_name(s->store, status.replica.key, name, sizeof(name)) : rv;
}

static int call_find(struct scene *s)
{
    struct linli_query query = {.type = HOUSEHOLD};
    char prefix[33];
    linli_id id;
    int rv = linli_query_first(s->store, &query, &id);

    for (size_t i = 0; i < 16; i++)
        snprintf(prefix + 2 * i, 3, "%02x", s->household.b[i]);
    return rv == LINLI_OK ? linli_id_find(s->store, prefix, &id) : rv;
}

static int call_node(struct scene *s)
{
    struct linli_node_options options = {.size = sizeof(options), .listen = "127.0.0.1:0"};
    linli_node *node = NULL;
    int rv = linli_node_new(s->store, &options, &node);

    linli_node_free(node);
    return rv;
}

static int call_sync(struct scene *s)
{
    return linli_sync(s->store, "127.0.0.1", s->port, NULL, NULL);
}

static const struct call script[] = {
    {"linli_store_create", call_create, READS},
    {"linli_store_open", call_open, READS},
    {"linli_store_status", call_status, READS},
    {"gathering", call_gather, READS},
    {"linli_txn_commit", call_commit, WRITES},
    {"linli_txn_commit_group", call_commit_group, WRITES},
    {"linli_record_delete", call_delete_restore, WRITES},
    {"linli_record_restore", call_delete_restore, WRITES},
    {"linli_query_each", call_query, TELLS},
    {"linli_history_each", call_history, TELLS},
    {"linli_conflict_each, linli_aside_each", call_conflicts, TELLS},
    {"linli_scope_each, linli_scope_find", call_scopes, READS},
    {"linli_scope_add", call_scope_add, WRITES},
    {"linli_invite_create", call_invite, READS},
    {"linli_grant_each, linli_device_name", call_grants, READS},
    {"linli_query_first, linli_id_find", call_find, READS},
    {"linli_node_new", call_node, READS},
    {"linli_sync", call_sync, MEETS},
    {"linli_store_verify", call_verify, READS},
    {"linli_store_suspend, linli_store_resume", call_suspend, READS},
};

/* --- each call, each allocation --- */

/* Everything that a status tells, and the digest of all that is held. */
static struct linli_status status_of(struct scene *s)
{
    struct linli_status status;
    int rv = linli_store_status(s->store, &status);

    if (rv != LINLI_OK)
        broken("status: %s", linli_code_name(rv));
    status.bytes_on_disk = 0;
    return status;
}

static bool same(const struct linli_status *a, const struct linli_status *b)
{
    return memcmp(&a->digest, &b->digest, sizeof(a->digest)) == 0 && a->records == b->records &&
           a->changesets == b->changesets && a->scopes == b->scopes && a->conflicts == b->conflicts &&
           a->waiting == b->waiting;
}

/* A handle that a failed opening left away is opened again; one that stayed suspended is resumed. */
static void mend(struct scene *s)
{
    if (s->store == NULL)
        s->store = store_must_open(s->dir);
    int rv = linli_store_resume(s->store);
    if (rv != LINLI_OK)
        broken("resume: %s", linli_code_name(rv));
}

static bool fail_one(struct scene *s, const struct call *call, size_t n)
{
    struct linli_status before = status_of(s), after;

    heap_fail_at(n);
    int rv = call->run(s);
    bool failed = heap_failed();
    heap_unwatch();
    bool settled = rv == LINLI_OK && call->effect == MEETS; /* what it can do without, such as telling an observer */
    if (!settled && rv != (failed ? LINLI_E_NOMEM : LINLI_OK))
        broken("%s: its allocation %zu %s, and it gave %s", call->name, n, failed ? "failed" : "never came",
               linli_code_name(rv));
    mend(s);
    after = status_of(s);
    if (failed && call->effect != MEETS && call->effect != TELLS && !same(&before, &after))
        broken("%s: its allocation %zu failed, and it changed something", call->name, n);
    if (!failed && call->effect == READS && !same(&before, &after))
        broken("%s changed something", call->name);
    s->failures += failed;
    s->borne += failed && settled;
    return failed;
}

/* From opening to closing: all that was taken is given back, whichever allocation failed in between. */
static int whole_life(struct scene *s, bool meeting)
{
    int rv = store_try_open(s->dir, &s->store);

    for (size_t i = 2; i < s->calls && rv == LINLI_OK; i++)
        if ((script[i].effect == MEETS) == meeting)
            rv = script[i].run(s);
    linli_store_close(s->store);
    s->store = NULL;
    return rv;
}

static void leak_search(struct scene *s, bool meeting, unsigned step)
{
    struct child peer = {-1, -1, -1};

    for (size_t n = 1;; n += step) {
        store_copy(s->base, s->dir);
        if (meeting)
            peer = peer_start(s->peer_base, s->peer_dir, &s->port);
        heap_fail_at(n);
        int rv = whole_life(s, meeting);
        bool failed = heap_failed();
        long live = heap_live();
        heap_unwatch();
        if (meeting)
            peer_end(&peer);
        if (live != 0)
            broken("allocation %zu of a whole life: %s, %ld blocks left behind", n, linli_code_name(rv), live);
        if (rv != LINLI_OK && (rv != LINLI_E_NOMEM || !failed)) /* a meeting can do without some, as above */
            broken("allocation %zu of a whole life %s: %s", n, failed ? "failed" : "never came", linli_code_name(rv));
        if (!failed)
            break;
        s->failures++;
        s->borne += rv == LINLI_OK;
    }
    s->store = store_must_open(s->dir);
    store_must_verify(s->store, "the last life");
    linli_store_close(s->store);
    s->store = NULL;
}

/* A store with a few households; the id of one of them. */
static linli_id furnish(const struct scene *s, const char *from, const char *dir, uint64_t seed)
{
    struct ledger told = {0};

    store_copy(from, dir);
    linli_store *store = store_must_open(dir);
    struct writer w = {.store = store, .scope = s->stage.patch, .ledger = &told, .random = seed, .groups_only = true};
    for (unsigned i = 0; i < 4; i++)
        if (writer_step(&w) != LINLI_OK)
            broken("%s: cannot be written", dir);
    linli_store_close(store);
    linli_id id = told.at[0].record;
    ledger_clear(&told);
    return id;
}

static void scene_make(struct scene *s, const struct settings *settings)
{
    stage_make(&s->stage, settings->work);
    path_join(s->base, settings->work, "memory-base");
    path_join(s->dir, settings->work, "memory");
    path_join(s->new_dir, settings->work, "memory-new");
    path_join(s->peer_base, settings->work, "memory-peer-base");
    path_join(s->peer_dir, settings->work, "memory-peer");
    s->household = furnish(s, s->stage.office, s->base, settings->seed);
    furnish(s, s->stage.captain, s->peer_base, settings->seed + 1);
}

int part_memory(const struct settings *settings)
{
    struct scene s = {.calls = sizeof(script) / sizeof(script[0])};

    scene_make(&s, settings);
    store_copy(s.base, s.dir);
    struct child peer = peer_start(s.peer_base, s.peer_dir, &s.port);
    s.store = store_must_open(s.dir);
    for (size_t i = 0; i < s.calls; i++)
        for (size_t n = 1; fail_one(&s, &script[i], n); n += settings->step)
            continue;
    store_must_verify(s.store, "after all failures");
    linli_store_close(s.store);
    s.store = NULL;
    peer_end(&peer);
    leak_search(&s, false, settings->step);
    leak_search(&s, true, settings->step);
    printf("ok crash/memory %llu allocations failed in %u calls and in whole lives: %llu meetings settled without it, "
           "all else LINLI_E_NOMEM with nothing changed; nothing leaked\n",
           (unsigned long long)s.failures, s.calls, (unsigned long long)s.borne);
    return 0;
}
