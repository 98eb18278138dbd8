/* crash tests: a disk that fails: each write and each sync of a fixed day in turn, on one side of a meeting or the other. */
#include "crash.h"

#include <stdlib.h>
#include <string.h>

enum { DAY_STEPS = 14, SYNC_EVERY = 5, FIRST_NUMBER = 1000, PEER_RECORDS = 12, GUEST_STEPS = 12 };

static const char *const fault_names[FAULT_KINDS] = {
    [FAULT_WRITE_EIO] = "write EIO",      [FAULT_WRITE_LATE] = "write done but EIO", [FAULT_WRITE_SHORT] = "short write",
    [FAULT_WRITE_NOSPC] = "write ENOSPC", [FAULT_SYNC_EIO] = "sync EIO",             [FAULT_SYNC_DROP] = "sync EIO, pages dropped",
};

struct disks {
    struct stage stage;
    char dir[PATH_BYTES], peer_dir[PATH_BYTES], peer_stage[PATH_BYTES];
    struct child peer;
    unsigned port;
    uint64_t seed, faults, acked, doubts, kept;
    uint64_t by_kind[FAULT_KINDS];
};

/* What the office has and the captain lacks. */
static void peer_prepare(struct disks *d)
{
    struct ledger told = {0};
    store_copy(d->stage.office, d->peer_stage);
    linli_store *store = store_must_open(d->peer_stage);
    struct writer w = {.store = store, .scope = d->stage.patch, .ledger = &told, .random = d->seed, .groups_only = true};

    while (told.acked < PEER_RECORDS)
        if (writer_step(&w) != LINLI_OK)
            broken("the office cannot write");
    linli_store_close(store);
    ledger_clear(&told);
}

/* The same day each time: LINLI_OK, or the first failure. */
static int day(const struct disks *d, struct writer *w)
{
    int rv = LINLI_OK;

    for (unsigned step = 1; step <= DAY_STEPS && rv == LINLI_OK; step++) {
        w->pending_count = 0;
        rv = step % SYNC_EVERY == 0 ? linli_sync(w->store, "127.0.0.1", d->port, NULL, NULL) : writer_step(w);
    }
    return rv;
}

/* How much of a step whose outcome is unknown came to be: none of it or all. */
static bool pending_there(const struct writer *w, linli_store *store)
{
    size_t there = 0;

    for (size_t i = 0; i < w->pending_count; i++)
        there += ack_there(store, &w->pending[i]);
    if (there != 0 && there != w->pending_count)
        broken("%zu of %zu writes of one commit are there", there, w->pending_count);
    return there > 0;
}

static void after_failure(struct disks *d, struct writer *w, enum shim_fault fault, int code)
{
    bool full = fault == FAULT_WRITE_NOSPC && code == LINLI_E_FULL;

    if (code != LINLI_E_DISK && !full)
        broken("%s gave %s", fault_names[fault], linli_code_name(code));
    if (full) {
        ledger_must_hold(w->ledger, w->store, "the store that was full, still open");
        if (pending_there(w, w->store))
            broken("a refused write is in the store");
    } else {
        linli_store_close(w->store);
        w->store = store_must_open(d->dir);
        d->doubts++;
        d->kept += pending_there(w, w->store);
    }
}

/* False when the day had no such call: all were failed. */
static bool fault_round(struct disks *d, enum shim_fault fault, uint64_t n)
{
    struct ledger told = {0};

    store_copy(d->stage.captain, d->dir);
    d->peer = peer_start(d->peer_stage, d->peer_dir, &d->port);
    struct writer w = {.store = store_must_open(d->dir), .scope = d->stage.patch, .ledger = &told, .random = d->seed,
                       .number = FIRST_NUMBER};
    shim_fail(fault, n);
    int rv = day(d, &w);
    bool failed = shim_failed();
    shim_fail(FAULT_NONE, 0);
    if (rv != LINLI_OK && !failed)
        broken("without a fault the day gave %s", linli_code_name(rv));
    if (rv != LINLI_OK)
        after_failure(d, &w, fault, rv);
    ledger_must_hold(&told, w.store, fault_names[fault]);
    rv = writer_step(&w);
    if (rv == LINLI_OK)
        rv = linli_sync(w.store, "127.0.0.1", d->port, NULL, NULL);
    if (rv != LINLI_OK)
        broken("after %s number %llu the store does not go on: %s", fault_names[fault], (unsigned long long)n,
               linli_code_name(rv));
    ledger_must_hold(&told, w.store, fault_names[fault]);
    store_must_verify(w.store, fault_names[fault]);
    linli_store_close(w.store);
    peer_end(&d->peer);
    d->acked += told.acked;
    ledger_clear(&told);
    return failed;
}

static void report(const char *part, const struct disks *d, const char *then)
{
    printf("ok crash/%s %llu faults injected (", part, (unsigned long long)d->faults);
    for (int fault = FAULT_WRITE_EIO; fault <= FAULT_SYNC_DROP; fault++)
        printf("%s%s %llu", fault == FAULT_WRITE_EIO ? "" : ", ", fault_names[fault],
               (unsigned long long)d->by_kind[fault]);
    printf("): %llu writes acknowledged, none lost; %s\n", (unsigned long long)d->acked, then);
}

int part_fault(const struct settings *settings)
{
    char then[128];
    struct disks d = {.seed = settings->seed};

    stage_make(&d.stage, settings->work);
    path_join(d.dir, settings->work, "fault");
    path_join(d.peer_dir, settings->work, "fault-peer");
    path_join(d.peer_stage, settings->work, "fault-peer-stage");
    peer_prepare(&d);
    for (int fault = FAULT_WRITE_EIO; fault <= FAULT_SYNC_DROP; fault++)
        for (uint64_t n = 1; fault_round(&d, (enum shim_fault)fault, n); n += settings->step) {
            d.by_kind[fault]++;
            d.faults++;
        }
    snprintf(then, sizeof(then), "%llu outcomes unknown, of which %llu had been kept; each store verified and went on",
             (unsigned long long)d.doubts, (unsigned long long)d.kept);
    report("fault", &d, then);
    return 0;
}

/* --- the disk of a node --- */

/* A captain writes and meets a node whose disk fails: what the node said it has, it has. False: no such call was made. */
static bool node_round(struct disks *d, enum shim_fault fault, uint64_t n)
{
    const struct ledger nothing = {0};
    struct ledger told = {0}, receipted = {0};
    struct child_plan plan = {.dir = d->peer_dir, .scope = d->stage.patch, .ledger = &nothing, .number = FIRST_NUMBER,
                              .seed = d->seed, .steps = GUEST_STEPS};

    store_copy(d->stage.office, d->dir);
    store_copy(d->stage.captain, d->peer_dir);
    struct child captain = captain_waits(&plan); /* before there are threads here */
    linli_store *store = store_must_open(d->dir);
    struct server *server = server_start(store, &plan.port);
    shim_fail(fault, n);
    captain_goes(&captain, plan.port);
    child_told(&captain, &told, &receipted, NULL);
    bool failed = shim_failed();
    shim_fail(FAULT_NONE, 0);
    child_kill(&captain);
    server_stop(server);
    linli_store_close(store);

    store = store_must_open(d->dir);
    ledger_must_hold(&receipted, store, fault_names[fault]);
    store_must_verify(store, fault_names[fault]);
    linli_store_close(store);
    if (!failed && receipted.acked == 0)
        broken("without a fault, nothing was receipted");
    d->acked += receipted.acked;
    ledger_clear(&told);
    ledger_clear(&receipted);
    return failed;
}

int part_node(const struct settings *settings)
{
    struct disks d = {.seed = settings->seed};

    stage_make(&d.stage, settings->work);
    path_join(d.dir, settings->work, "node");
    path_join(d.peer_dir, settings->work, "node-captain");
    for (int fault = FAULT_WRITE_EIO; fault <= FAULT_SYNC_DROP; fault++)
        for (uint64_t n = 1; node_round(&d, (enum shim_fault)fault, n); n += settings->step) {
            d.by_kind[fault]++;
            d.faults++;
        }
    report("node", &d, "what the node said it has, it has; each store verified");
    return 0;
}
