/*
 * crash tests: a store that was erased from is written anew when it is opened: killed, or with a write or a sync that fails, at any
 * point of that. The next start ends the work: nothing acknowledged is lost, and nothing erased is left in any file.
 */
#include "crash.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "canary.h"
#include "fields.h"

enum { STEPS = 25, ERASED = 12, KILLS = 120, KILL_US = 12000 };
#define CANARY "canary-of-somebody-made-up"

struct compacting {
    struct stage stage;
    char stale[PATH_BYTES], dir[PATH_BYTES];
    struct ledger told;
    uint64_t random, faults, kills, cut_off;
};

/* --- a store that is due --- */

static linli_id resident_write(linli_store *store, const linli_id *scope)
{
    struct linli_value name = linli_text(CANARY);
    linli_txn *txn = NULL;
    linli_id id;
    int rv = linli_txn_begin(store, &txn);

    if (rv == LINLI_OK)
        rv = linli_record_create(txn, scope, RESIDENT, &id);
    if (rv == LINLI_OK)
        rv = linli_record_set(txn, &id, (linli_span){NULL, 0}, RESIDENT_NAME, &name);
    if (rv == LINLI_OK)
        rv = linli_txn_commit(txn, NULL);
    if (rv != LINLI_OK)
        broken("nobody can be written about: %s", linli_code_name(rv));
    return id;
}

void stale_make(const struct stage *stage, const char *work, const char *out, uint64_t random, struct ledger *told)
{
    linli_id records[ERASED];
    struct linli_erased done;

    store_copy(stage->office, work);
    linli_store *store = store_must_open(work);
    struct writer w = {.store = store, .scope = stage->patch, .ledger = told, .random = random, .groups_only = true};
    for (unsigned i = 0; i < ERASED; i++)
        records[i] = resident_write(store, &stage->patch);
    for (unsigned i = 0; i < STEPS; i++)
        if (writer_step(&w) != LINLI_OK)
            broken("the office cannot write");
    struct linli_erase order = {.records = records, .count = ERASED, .reason = LINLI_ERASE_ERROR};
    int rv = linli_erase(store, &order, &done);
    if (rv != LINLI_OK || done.records != ERASED)
        broken("nobody can be erased: %s", linli_code_name(rv));
    store_copy(work, out); /* as a process that dies now leaves it: closing would do the work */
    linli_store_close(store);
    if (!canary_in_folder(out, CANARY) || canary_in_folder(work, CANARY))
        broken("a store that is due does not differ from one that was written anew");
}

bool stale_is(const char *dir)
{
    char half[PATH_BYTES];

    path_join(half, dir, "new");
    return access(half, F_OK) == 0 || canary_in_folder(dir, CANARY);
}

/* --- what must hold when it is opened again --- */

static void must_be_done(struct compacting *c, const char *what)
{
    linli_store *store = store_must_open(c->dir);
    struct ledger told = {0};

    if (stale_is(c->dir))
        broken("%s: what was erased is left behind", what);
    ledger_must_hold(&c->told, store, what);
    store_must_verify(store, what);
    ledger_copy(&told, &c->told);
    struct writer w = {.store = store, .scope = c->stage.patch, .ledger = &told, .random = random_next(&c->random),
                       .number = 1000000, .groups_only = true};
    if (writer_step(&w) != LINLI_OK)
        broken("%s: the store does not go on", what);
    ledger_must_hold(&told, store, what);
    ledger_clear(&told);
    linli_store_close(store);
}

/* --- the ways --- */

/* False when opening made no such call. */
static bool fault_round(struct compacting *c, enum shim_fault fault, uint64_t n)
{
    linli_store *store = NULL;

    store_copy(c->stale, c->dir);
    shim_fail(fault, n);
    int rv = store_try_open(c->dir, &store);
    bool failed = shim_failed();
    if (rv == LINLI_OK) {
        ledger_must_hold(&c->told, store, "a store that could not be written anew");
        linli_store_close(store); /* tries again: the rest may fail, too */
    }
    shim_fail(FAULT_NONE, 0);
    if (rv != LINLI_OK && !failed)
        broken("without a fault, opening gave %s", linli_code_name(rv));
    must_be_done(c, "after a failed call");
    return failed;
}

static void kill_round(struct compacting *c)
{
    int status = 0;

    store_copy(c->stale, c->dir);
    pid_t pid = fork();
    if (pid == 0) {
        linli_store *store = NULL;
        _exit(store_try_open(c->dir, &store) == LINLI_OK ? 0 : 1);
    }
    wait_us(random_below(&c->random, KILL_US));
    if (pid < 0 || kill(pid, SIGKILL) != 0 || waitpid(pid, &status, 0) != pid)
        broken("no process can be started");
    c->kills++;
    c->cut_off += stale_is(c->dir);
    must_be_done(c, "after a kill");
}

int part_compact(const struct settings *settings)
{
    struct compacting c = {.random = settings->seed};
    char work[PATH_BYTES];

    stage_make(&c.stage, settings->work);
    path_join(c.stale, settings->work, "compact-stale");
    path_join(c.dir, settings->work, "compact");
    path_join(work, settings->work, "compact-work");
    stale_make(&c.stage, work, c.stale, settings->seed, &c.told);
    for (int fault = FAULT_WRITE_EIO; fault <= FAULT_SYNC_DROP; fault++)
        for (uint64_t n = 1; fault_round(&c, (enum shim_fault)fault, n); n += settings->step)
            c.faults++;
    for (unsigned i = 0; i < KILLS; i += settings->step)
        kill_round(&c);
    if (c.cut_off == 0)
        broken("no kill came in the middle");
    printf("ok crash/compact %llu faults and %llu kills while a store is written anew, %llu of these in the middle: each opened, held "
           "all %llu writes, verified, went on, and had nothing left of what was erased\n",
           (unsigned long long)c.faults, (unsigned long long)c.kills, (unsigned long long)c.cut_off, (unsigned long long)c.told.acked);
    ledger_clear(&c.told);
    return 0;
}
