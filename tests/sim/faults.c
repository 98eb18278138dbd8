/* sim: which faults this world has, and the ones that come out of nowhere: crashes, clocks, copies, second connections. */
#include "sim.h"

const char *const fault_names[FAULT_COUNT] = {
    [FAULT_CUT] = "cut",       [FAULT_STALL] = "stall",     [FAULT_DELAY] = "late peer", [FAULT_ONE_WAY] = "one-way delay",
    [FAULT_TWICE] = "doubled", [FAULT_CRASH] = "crash",     [FAULT_CLOCK] = "clock",     [FAULT_CLONE] = "old image",
    [FAULT_FORK] = "fork",     [FAULT_LIE] = "context lie", [FAULT_RIGHTS] = "no right", [FAULT_STAMP] = "stamp",
    [FAULT_PARTS] = "bad part", [FAULT_JUNK] = "junk",      [FAULT_FLIP] = "bit flip",
    [FAULT_DISK_WRITE] = "failed write", [FAULT_DISK_SYNC] = "failed sync", [FAULT_DISK_FULL] = "full disk",
    [FAULT_POWER_CUT] = "power cut", [FAULT_MEMORY] = "failed allocation",
    [FAULT_UPGRADE] = "upgrade",
    [FAULT_REVOKE] = "revocation", [FAULT_MOVE] = "move",   [FAULT_AGAIN] = "admission again", [FAULT_RULE] = "ruling",
    [FAULT_LATE] = "late write", [FAULT_FORGED] = "forged log",
    [FAULT_PUT_BACK] = "node put back", [FAULT_TWO_STORIES] = "two stories",
    [FAULT_ERASE] = "erasure", [FAULT_ERASE_BAD] = "erasure without right", [FAULT_AWAY] = "device away",
    [FAULT_WITHHELD] = "withheld",
};

/* What fails under a place. Drawn from a stream of its own, so that worlds without it are what they were before it. */
static void trouble_draw(struct world *w)
{
    static const enum fault kinds[] = {FAULT_DISK_WRITE, FAULT_DISK_SYNC, FAULT_DISK_FULL, FAULT_POWER_CUT, FAULT_MEMORY,
                                       FAULT_UPGRADE};
    struct rng_seeded rest = w->rng;

    rng_seed(&w->rng, ~w->seed);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        bool drawn = chance(w, 300);
        unsigned often = 1 + (unsigned)draw(w, 150);
        w->mix.fault[kinds[i]] = drawn ? often : 0;
    }
    w->rng = rest;
}

/* In how many worlds offices turn people out. Of a stream of its own, too. */
static void revokes_draw(struct world *w)
{
    struct rng_seeded rest = w->rng;

    rng_seed(&w->rng, w->seed ^ UINT64_C(0x7265766f6b650000));
    w->mix.revokes = chance(w, 300) ? 20 + (unsigned)draw(w, 280) : 0;
    w->rng = rest;
}

/* In how many worlds people are erased. */
static void erases_draw(struct world *w)
{
    struct rng_seeded rest = w->rng;

    rng_seed(&w->rng, w->seed ^ UINT64_C(0x6572617365000000));
    w->mix.erases = chance(w, 250) ? 40 + (unsigned)draw(w, 260) : 0;
    w->rng = rest;
}

/* Each world has its own mix: some faults not at all, others often. Two in ten worlds have none. */
void faults_draw(struct world *w)
{
    static const unsigned most[FAULT_COUNT] = {
        [FAULT_CUT] = 500,   [FAULT_STALL] = 40,  [FAULT_DELAY] = 100, [FAULT_ONE_WAY] = 300, [FAULT_TWICE] = 200,
        [FAULT_CRASH] = 300, [FAULT_CLOCK] = 200, [FAULT_CLONE] = 150, [FAULT_FORK] = 500,    [FAULT_LIE] = 500,
        [FAULT_RIGHTS] = 500, [FAULT_STAMP] = 300, [FAULT_PARTS] = 500, [FAULT_JUNK] = 60,    [FAULT_FLIP] = 200,
    };
    bool faultless = chance(w, 200);

    for (size_t i = 0; i <= FAULT_FLIP; i++) {
        bool drawn = chance(w, 450);
        unsigned often = 1 + (unsigned)draw(w, most[i]);
        w->mix.fault[i] = drawn && !faultless ? often : 0;
    }
    w->mix.delay_ms = chance(w, 500) ? 1 + draw(w, 40) : 1 + draw(w, 2000);
    w->mix.chunk_bytes = chance(w, 150) ? 1 + (unsigned)draw(w, 700) : 16 * 1024 + (unsigned)draw(w, 64 * 1024);
    w->mix.live = (unsigned)draw(w, 1001);
    w->mix.acts = 40 + (unsigned)draw(w, 120);
    w->mix.meets = 10 + (unsigned)draw(w, 40);
    w->mix.wild_clocks = chance(w, 350);
    if (!faultless)
        trouble_draw(w);
    revokes_draw(w);
    erases_draw(w);
}

bool fault_now(struct world *w, enum fault fault)
{
    if (w->calm || w->mix.fault[fault] == 0 || !chance(w, w->mix.fault[fault]))
        return false;
    w->faults[fault]++;
    return true;
}

static void clock_jump(struct world *w, struct place *p)
{
    int64_t day_ms = 24 * 60 * 60 * 1000;
    int64_t by_ms = chance(w, 600) ? (int64_t)draw(w, (uint64_t)day_ms) - day_ms / 2
                                   : (int64_t)draw(w, (uint64_t)(800 * day_ms)) - 400 * day_ms;

    p->clock_offset_ms += by_ms;
    world_log(w, "%u's clock jumps by %lld ms", p->number, (long long)by_ms);
}

static void crash(struct world *w, struct place *p)
{
    place_crash(p);
    if (chance(w, 250)) { /* the disk as a power cut left it, in another machine's slot */
        char copy[128];
        (void)snprintf(copy, sizeof(copy), "%s/%u.%u", w->dir, p->number, p->life);
        if (place_copy(p->dir, copy) != LINLI_OK)
            world_fail(w, "copying the store of %u", p->number);
        dir_remove(p->dir);
        memcpy(p->dir, copy, sizeof(copy));
    }
    world_at(w, draw(w, 10 * 60 * 1000), AT_OPEN, p->number, 0, 0);
}

/*
 * An older image of the store: kept for a while, then put in its place. The product's own restore begins a new incarnation;
 * this is somebody who copies files, so that the device forks its own logs: dishonest from here on.
 */
static void old_image(struct world *w, struct place *p)
{
    if (p->image[0] == '\0') {
        (void)snprintf(p->image, sizeof(p->image), "%s/%u.%u.old", w->dir, p->number, p->life);
        if (place_copy(p->dir, p->image) != LINLI_OK)
            world_fail(w, "copying the store of %u", p->number);
        return;
    }
    world_log(w, "%u is set back to an older image", p->number);
    place_crash(p);
    forms_clear(p);
    p->honest = false;
    dir_remove(p->dir);
    memcpy(p->dir, p->image, sizeof(p->dir));
    p->image[0] = '\0';
    int rv = place_open(p);
    if (rv != LINLI_OK)
        world_fail(w, "an older image of %u does not open: %s", p->number, linli_code_name(rv));
}

void fault_act(struct world *w)
{
    struct place *p = &w->places[draw(w, w->place_count)];

    if (!p->up)
        return;
    if (fault_now(w, FAULT_CLOCK))
        clock_jump(w, p);
    if (p->old && fault_now(w, FAULT_UPGRADE) && upgrade(p) != LINLI_OK)
        world_fail(w, "%u does not open after its upgrade", p->number);
    if (p->number != 0 && fault_now(w, FAULT_CLONE))
        old_image(w, p);
    if (p->up && !w->over && !p->honest)
        attack(w, p);
    if (p->up && !w->over && fault_now(w, FAULT_CRASH))
        crash(w, p);
}
