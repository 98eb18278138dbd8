/* crash tests: a disk that fills: a small tmpfs, page by page, and a file that may not pass byte n. */
#include "crash.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

enum { PAGE = 4096, SIZES = 96, STEPS_MAX = 400, FIRST_NUMBER = 1000, QUOTA_SPAN = 160 * 1024, QUOTA_STEP = 512, STALE_SIZES = 12 };

struct filling {
    struct stage stage;
    char dir[PATH_BYTES];
    struct ledger told;
    uint64_t random, rounds, acked, refused, doubted;
};

static struct writer filling_writer(struct filling *f, linli_store *store)
{
    return (struct writer){.store = store, .scope = f->stage.patch, .ledger = &f->told, .random = random_next(&f->random),
                           .number = FIRST_NUMBER + (uint32_t)f->rounds * FIRST_NUMBER};
}

/* Write until the store refuses: its code, and what of the refused step is there after all. */
static int fill(struct filling *f, linli_store *store, struct writer *w)
{
    int rv = LINLI_OK;

    for (unsigned step = 0; rv == LINLI_OK; step++) {
        if (step == STEPS_MAX)
            broken("the disk does not fill");
        rv = writer_step(w);
    }
    if (rv == LINLI_E_FULL) /* after LINLI_E_DISK it must be opened again */
        ledger_must_hold(&f->told, store, "a full store that is still open");
    return rv;
}

static void nothing_came_of(const struct writer *w, linli_store *store)
{
    for (size_t i = 0; i < w->pending_count; i++)
        if (ack_there(store, &w->pending[i]))
            broken("a refused write is in the store");
}

static off_t file_size(const char *dir)
{
    char path[PATH_BYTES];
    struct stat st;

    path_join(path, dir, "data.mdb");
    if (stat(path, &st) != 0)
        broken("%s: %s", path, strerror(errno));
    return st.st_size;
}

/* --- a small tmpfs --- */

static void tmpfs(const char *at, uint64_t bytes, unsigned long flags)
{
    char options[48];

    snprintf(options, sizeof(options), "size=%llu", (unsigned long long)bytes);
    if (mount("none", at, "tmpfs", flags, options) != 0)
        broken("tmpfs of %s: %s", options, strerror(errno));
}

static void full_round(struct filling *f, const char *mount_point, uint64_t bytes)
{
    linli_store *store = NULL;

    ledger_clear(&f->told);
    tmpfs(mount_point, bytes, 0);
    store_copy(f->stage.captain, f->dir);
    store = store_must_open(f->dir);
    struct writer w = filling_writer(f, store);
    int rv = fill(f, store, &w);
    if (rv != LINLI_E_FULL)
        broken("a full disk of %llu bytes gave %s", (unsigned long long)bytes, linli_code_name(rv));
    nothing_came_of(&w, store);
    linli_store_close(store);

    store = store_must_open(f->dir); /* the disk is as full as before */
    ledger_must_hold(&f->told, store, "a store opened on a full disk");
    w.store = store;
    rv = writer_step(&w);
    if (rv != LINLI_OK && rv != LINLI_E_FULL) /* a smaller step may fit */
        broken("a full disk, opened again, gave %s", linli_code_name(rv));
    tmpfs(mount_point, bytes + (4 << 20), MS_REMOUNT);
    for (unsigned i = 0; i < 3; i++)
        if ((rv = writer_step(&w)) != LINLI_OK)
            broken("with space again, a write gave %s", linli_code_name(rv));
    ledger_must_hold(&f->told, store, "a store that got its space back");
    store_must_verify(store, "a store that got its space back");
    linli_store_close(store);
    f->acked += f->told.acked;
    f->rounds++;
    if (umount(mount_point) != 0)
        broken("umount: %s", strerror(errno));
}

/* A store that was erased from, with so much room beside it: it is written anew as soon as there is enough, and serves before. */
static void stale_round(struct filling *f, const char *mount_point, const char *stale, uint64_t bytes, unsigned *waited)
{
    tmpfs(mount_point, bytes, 0);
    store_copy(stale, f->dir);
    linli_store *store = store_must_open(f->dir);
    ledger_must_hold(&f->told, store, "a store that could not be written anew");
    *waited += stale_is(f->dir);
    linli_store_close(store);
    tmpfs(mount_point, bytes + (8 << 20), MS_REMOUNT);
    store = store_must_open(f->dir);
    if (stale_is(f->dir))
        broken("there is room, and what was erased is left behind");
    ledger_must_hold(&f->told, store, "a store written anew when there was room");
    store_must_verify(store, "a store written anew when there was room");
    linli_store_close(store);
    if (umount(mount_point) != 0)
        broken("umount: %s", strerror(errno));
}

static void stale_sizes(struct filling *f, const char *work, const char *mount_point)
{
    char stale[PATH_BYTES], made[PATH_BYTES];
    unsigned waited = 0;

    path_join(stale, work, "full-stale");
    path_join(made, work, "full-made");
    ledger_clear(&f->told);
    stale_make(&f->stage, made, stale, random_next(&f->random), &f->told);
    uint64_t least = (uint64_t)file_size(stale) + 16 * PAGE;
    for (unsigned i = 0; i < STALE_SIZES; i++)
        stale_round(f, mount_point, stale, least + i * (uint64_t)file_size(stale) * 2 / STALE_SIZES, &waited);
    if (waited == 0 || waited == STALE_SIZES)
        broken("of %u sizes a store waited to be written anew in %u", (unsigned)STALE_SIZES, waited);
}

int part_full(const struct settings *settings)
{
    struct filling f = {.random = settings->seed};
    char mount_point[PATH_BYTES];

    stage_make(&f.stage, settings->work);
    path_join(mount_point, settings->work, "full");
    folder_remove(mount_point);
    if (mkdir(mount_point, 0700) != 0)
        broken("%s: %s", mount_point, strerror(errno));
    path_join(f.dir, mount_point, "store");
    uint64_t least = (uint64_t)file_size(f.stage.captain) + 8 * PAGE; /* the small files and LMDB's locks */
    for (unsigned i = 0; i < SIZES; i += settings->step)
        full_round(&f, mount_point, least + (uint64_t)i * PAGE);
    stale_sizes(&f, settings->work, mount_point);
    ledger_clear(&f.told);
    printf("ok crash/full %llu tmpfs sizes, each filled, opened full, grown again: %llu writes acknowledged, none lost; "
           "every refusal LINLI_E_FULL; in 12 sizes one that was erased from is written anew as soon as there is room\n", (unsigned long long)f.rounds, (unsigned long long)f.acked);
    return 0;
}

/* --- a quota, byte by byte --- */

static void quota_round(struct filling *f, uint64_t bytes)
{
    ledger_clear(&f->told);
    store_copy(f->stage.captain, f->dir);
    linli_store *store = store_must_open(f->dir);
    struct writer w = filling_writer(f, store);
    shim_fail(FAULT_QUOTA, bytes);
    int rv = fill(f, store, &w);
    /* A write cut short looks like a broken disk to LMDB, and the real disk has room: then the outcome is in doubt. */
    if (rv != LINLI_E_FULL && rv != LINLI_E_DISK)
        broken("a file that may not pass %llu bytes gave %s", (unsigned long long)bytes, linli_code_name(rv));
    f->refused += rv == LINLI_E_FULL;
    f->doubted += rv == LINLI_E_DISK;
    if (rv == LINLI_E_FULL)
        nothing_came_of(&w, store);
    shim_fail(FAULT_NONE, 0);
    if (rv == LINLI_E_DISK) {
        linli_store_close(store);
        store = store_must_open(f->dir);
        w.store = store;
        nothing_came_of(&w, store); /* data pages go before the meta page, which never lies past the quota */
    }
    if ((rv = writer_step(&w)) != LINLI_OK)
        broken("without the quota, a write gave %s", linli_code_name(rv));
    ledger_must_hold(&f->told, store, "a store after its quota");
    store_must_verify(store, "a store after its quota");
    linli_store_close(store);
    f->acked += f->told.acked;
    f->rounds++;
}

int part_quota(const struct settings *settings)
{
    struct filling f = {.random = settings->seed};

    stage_make(&f.stage, settings->work);
    path_join(f.dir, settings->work, "quota");
    uint64_t least = (uint64_t)file_size(f.stage.captain);
    for (uint64_t past = 0; past < QUOTA_SPAN; past += (uint64_t)QUOTA_STEP * settings->step) {
        /* At a page's end LMDB hears ENOSPC; anywhere else its write is cut short. */
        quota_round(&f, f.rounds % 4 == 0 ? (least + past) / PAGE * PAGE
                                          : least + past + random_below(&f.random, QUOTA_STEP));
    }
    ledger_clear(&f.told);
    printf("ok crash/quota %llu places in the file where writing ends: %llu LINLI_E_FULL, %llu LINLI_E_DISK, "
           "%llu writes acknowledged, none lost\n",
           (unsigned long long)f.rounds, (unsigned long long)f.refused, (unsigned long long)f.doubted,
           (unsigned long long)f.acked);
    return 0;
}
