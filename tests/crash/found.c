/* crash tests: a community is founded on a disk that fails: each write, new name and sync of it in turn. */
#include "crash.h"

struct founding {
    char dir[PATH_BYTES];
    uint64_t faults, made, begun_again;
};

static int found(const struct founding *f, linli_store **out)
{
    struct linli_options options = store_options(f->dir);

    return linli_store_create(&options, LINLI_COMMUNITY, "Made-up Lane", NULL, out);
}

/* Whatever became of it: a store that opens, or a place where one can be made. */
static void look(struct founding *f, enum shim_fault fault, uint64_t n)
{
    linli_store *store = NULL;
    bool there = linli_store_exists(f->dir);
    int rv = there ? store_try_open(f->dir, &store) : found(f, &store);

    if (rv != LINLI_OK)
        broken("fault %d number %llu leaves a store that does not %s: %s", (int)fault, (unsigned long long)n,
               there ? "open" : "begin again", linli_code_name(rv));
    store_must_verify(store, "a founding on a failing disk");
    linli_store_close(store);
    *(there ? &f->made : &f->begun_again) += 1;
}

/* False when the founding had no such call: all were failed. */
static bool found_round(struct founding *f, enum shim_fault fault, uint64_t n)
{
    linli_store *store = NULL;

    folder_remove(f->dir);
    shim_fail(fault, n);
    int rv = found(f, &store);
    bool failed = shim_failed();
    shim_fail(FAULT_NONE, 0);
    linli_store_close(store);
    if (rv != LINLI_OK && !failed)
        broken("without a fault the founding gave %s", linli_code_name(rv));
    if (rv != LINLI_OK && rv != LINLI_E_DISK && rv != LINLI_E_FULL)
        broken("fault %d number %llu gave %s", (int)fault, (unsigned long long)n, linli_code_name(rv));
    if (rv == LINLI_OK && !linli_store_exists(f->dir))
        broken("a store that was made is gone");
    look(f, fault, n);
    return failed;
}

int part_found(const struct settings *settings)
{
    struct founding f = {.faults = 0};

    path_join(f.dir, settings->work, "found");
    for (int fault = FAULT_WRITE_EIO; fault <= FAULT_SYNC_DROP; fault++)
        for (uint64_t n = 1; found_round(&f, (enum shim_fault)fault, n); n += settings->step)
            f.faults++;
    printf("ok crash/found %llu faults in foundings: %llu stores were there and opened, %llu could be begun again; each verified\n",
           (unsigned long long)f.faults, (unsigned long long)f.made, (unsigned long long)f.begun_again);
    return 0;
}
