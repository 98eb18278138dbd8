/*
 * sim: disks that fail, fill up or lose their power, and memory that runs out, under one place for the length of one event.
 * The calls that fail are LMDB's own writes and syncs (tests/crash/shim.c) and the library's own allocations, so that what
 * the store makes of them is what it would make of them in a phone.
 */
#include "replica/internal.h"
#include "shim.h"
#include "sim.h"

enum { CALLS_MOST = 9, ALLOCATIONS_MOST = 120, PAGE = 4096 };

static const struct {
    enum fault fault;
    enum shim_fault ways[3];
    unsigned way_count;
} disk_faults[] = {
    {FAULT_DISK_WRITE, {FAULT_WRITE_EIO, FAULT_WRITE_LATE, FAULT_WRITE_SHORT}, 3},
    {FAULT_DISK_SYNC, {FAULT_SYNC_EIO, FAULT_SYNC_DROP}, 2},
    {FAULT_DISK_FULL, {FAULT_WRITE_NOSPC}, 1},
    {FAULT_POWER_CUT, {FAULT_POWER}, 1},
};

static bool drawn(struct world *w, enum fault fault)
{
    return w->mix.fault[fault] > 0 && chance(w, w->mix.fault[fault]);
}

/* A disk stays full for a while, whatever is tried. */
static bool filled(struct world *w, struct place *p)
{
    if (p->store != NULL && p->full_until_ms <= w->now_ms && drawn(w, FAULT_DISK_FULL) && chance(w, 500)) {
        p->full_until_ms = w->now_ms + draw(w, 60 * 60 * 1000);
        p->full_bytes = store_disk_bytes(p->store->replica->store) + draw(w, 4) * PAGE;
        p->full_felt = false;
    }
    return p->full_until_ms > w->now_ms;
}

void trouble_begin(struct world *w, struct place *p)
{
    w->trouble.place = NULL;
    w->runs = p;
    if (w->calm || p == NULL)
        return;
    w->trouble.place = p;
    w->trouble.fault = FAULT_COUNT;
    if (drawn(w, FAULT_MEMORY))
        heap_fail_in(1 + draw(w, chance(w, 500) ? 10 : ALLOCATIONS_MOST));
    if (filled(w, p)) {
        w->trouble.fault = FAULT_DISK_FULL;
        shim_fail(FAULT_QUOTA, p->full_bytes);
        return;
    }
    for (size_t i = 0; i < COUNT_OF(disk_faults) && w->trouble.fault == FAULT_COUNT; i++)
        if (drawn(w, disk_faults[i].fault)) {
            w->trouble.fault = disk_faults[i].fault;
            shim_fail(disk_faults[i].ways[draw(w, disk_faults[i].way_count)], 1 + draw(w, CALLS_MOST));
        }
}

bool trouble_excuses(const struct place *p, int code)
{
    bool here = p->world->trouble.place == p;

    if (code == LINLI_E_NOMEM)
        return here && heap_failed();
    if (code == LINLI_E_FULL)
        return here && shim_failed();
    return code == LINLI_E_DISK && (p->sick || (here && shim_failed()));
}

/* Most of what was not synced is gone. */
static bool write_lost(void *world)
{
    return chance(world, 900);
}

/* Has a commit left its outcome unknown? Then nothing may be written until the store is opened again. */
static bool closed_to_writes(struct place *p)
{
    struct store_txn *txn = NULL;
    int rv = store_begin(p->store->replica->store, true, &txn);

    store_abort(txn);
    return rv != LINLI_OK;
}

static void disk_failed(struct world *w, struct place *p)
{
    bool again = w->trouble.fault == FAULT_DISK_FULL && p->full_until_ms > w->now_ms && p->full_felt;

    p->hurt = true;
    w->faults[w->trouble.fault] += again ? 0 : 1;
    p->full_felt = p->full_until_ms > w->now_ms;
    world_log(w, "%u: %s", p->number, fault_names[w->trouble.fault]);
    if (w->trouble.fault == FAULT_POWER_CUT) {
        shim_power_cut(write_lost, w);
        shim_fail(FAULT_NONE, 0);
        place_crash(p);
    } else if (p->store != NULL) {
        shim_fail(FAULT_NONE, 0);
        p->sick = p->sick || closed_to_writes(p);
    }
    if (p->sick || !p->up)
        world_at(w, draw(w, 10 * 60 * 1000), AT_OPEN, p->number, 0, 0);
}

void trouble_end(struct world *w)
{
    struct place *p = w->trouble.place;

    w->runs = NULL;
    if (p == NULL)
        return;
    if (heap_failed()) {
        w->faults[FAULT_MEMORY]++;
        p->hurt = true;
        world_log(w, "%u: %s", p->number, fault_names[FAULT_MEMORY]);
    }
    heap_fail_in(0);
    if (shim_failed())
        disk_failed(w, p);
    shim_fail(FAULT_NONE, 0);
    w->trouble.place = NULL;
}
