/* crash tests: power cuts. What two stores wrote is traced; the images that a cut may leave are opened and looked over. */
#include "crash.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { IMAGES_PER_TRACE = 50, TRACE_STEPS = 40, VERIFY_EVERY = 3, FIRST_NUMBER = 1000 };

/* How the look at an image ended: the exit status of the process that took it. */
enum verdict { GOOD, UNREADABLE, LOST, UNSOUND, STUCK, CRASHED, VERDICTS };
static const char *const verdict_names[VERDICTS] = {"good", "unreadable", "lost acknowledged writes", "not verified",
                                                    "refused a new write", "crashed the process"};

struct cuts {
    struct stage stage;
    char office[PATH_BYTES], captain[PATH_BYTES], image[PATH_BYTES], office_trace[PATH_BYTES], captain_trace[PATH_BYTES];
    uint64_t random, images, verified, checked, syncs;
    uint64_t verdicts[VERDICTS];
};

static void record(struct cuts *c)
{
    const struct ledger nothing = {0};
    struct child_plan plan = {.dir = c->office, .trace = c->office_trace, .scope = c->stage.patch, .ledger = &nothing,
                              .number = FIRST_NUMBER, .seed = random_next(&c->random)};

    store_copy(c->stage.office, c->office);
    store_copy(c->stage.captain, c->captain);
    struct child office = office_start(&plan);
    plan.port = office_port(&office);
    plan.dir = c->captain;
    plan.trace = c->captain_trace;
    plan.seed = random_next(&c->random);
    plan.steps = TRACE_STEPS;
    struct child captain = captain_start(&plan);
    struct ledger none = {0};
    child_told(&captain, &none, NULL, NULL); /* to its end */
    child_kill(&captain);
    child_kill(&office);
    child_told(&office, &none, NULL, NULL);
}

static int look(const struct cuts *c, const struct ledger *told, bool verify)
{
    struct ledger ledger = {0};
    linli_store *store = NULL;
    int rv = store_try_open(c->image, &store);

    if (rv != LINLI_OK) {
        printf("    an image does not open: %s\n", linli_code_name(rv));
        return UNREADABLE;
    }
    if (ledger_lost(told, store, "an image") > 0)
        return LOST;
    if (verify && store_verify(store, "an image") != 0)
        return UNSOUND;
    ledger_copy(&ledger, told);
    struct writer w = {.store = store, .scope = c->stage.patch, .ledger = &ledger, .number = FIRST_NUMBER * 1000,
                       .groups_only = true};
    rv = writer_step(&w);
    if (rv != LINLI_OK || ledger_lost(&ledger, store, "an image that went on") > 0)
        return STUCK;
    linli_store_close(store);
    return GOOD;
}

/* In a process of its own: LMDB may abort on a file that is not whole. */
static enum verdict image_check(const struct cuts *c, const struct ledger *told, bool verify)
{
    int status = 0;

    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        int verdict = look(c, told, verify);
        fflush(stdout);
        _exit(verdict);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        broken("no process can be started");
    return WIFEXITED(status) && WEXITSTATUS(status) < CRASHED ? (enum verdict)WEXITSTATUS(status) : CRASHED;
}

static int ascending(const void *x, const void *y)
{
    const size_t *a = x, *b = y;

    return (*a > *b) - (*a < *b);
}

static void images_of(struct cuts *c, const char *stage, const char *trace_path, size_t count)
{
    struct trace *trace = trace_load(trace_path);
    struct ledger told = {0};
    char base[PATH_BYTES], data[PATH_BYTES], lock[PATH_BYTES];
    size_t *cuts = calloc(count, sizeof(*cuts));

    if (trace_count(trace) == 0 || cuts == NULL)
        broken("%s: nothing was traced", trace_path);
    c->syncs += trace_syncs(trace);
    for (size_t i = 0; i < count; i++)
        cuts[i] = 1 + (size_t)random_below(&c->random, trace_count(trace));
    qsort(cuts, count, sizeof(*cuts), ascending);
    store_copy(stage, c->image);
    path_join(base, stage, "data.mdb");
    path_join(data, c->image, "data.mdb");
    path_join(lock, c->image, "lock.mdb");
    struct image_maker *maker = image_maker_new(trace, base, random_next(&c->random));
    for (size_t i = 0; i < count; i++) {
        unlink(lock);
        image_make(maker, cuts[i], data, &told);
        bool verify = c->images++ % VERIFY_EVERY == 0;
        enum verdict verdict = image_check(c, &told, verify);
        c->verdicts[verdict]++;
        c->checked += told.acked;
        c->verified += verify;
    }
    image_maker_free(maker);
    ledger_clear(&told);
    trace_free(trace);
    free(cuts);
}

static int report(const struct cuts *c)
{
    uint64_t bad = c->images - c->verdicts[GOOD];

    if (bad == 0) {
        printf("ok crash/cut %llu images after %llu syncs, %llu acknowledged writes looked for, none lost; all opened and "
               "went on, %llu verified\n",
               (unsigned long long)c->images, (unsigned long long)c->syncs, (unsigned long long)c->checked,
               (unsigned long long)c->verified);
        return 0;
    }
    printf("FAIL crash/cut %llu of %llu images are bad:", (unsigned long long)bad, (unsigned long long)c->images);
    for (int v = UNREADABLE; v < VERDICTS; v++)
        if (c->verdicts[v] > 0)
            printf(" %llu %s;", (unsigned long long)c->verdicts[v], verdict_names[v]);
    printf("\n");
    return 1;
}

int part_cut(const struct settings *settings)
{
    struct cuts c = {.random = settings->seed};

    stage_make(&c.stage, settings->work);
    path_join(c.office, settings->work, "cut-office");
    path_join(c.captain, settings->work, "cut-captain");
    path_join(c.image, settings->work, "cut-image");
    path_join(c.office_trace, settings->work, "cut-office.trace");
    path_join(c.captain_trace, settings->work, "cut-captain.trace");
    while (c.images < settings->images) {
        size_t left = settings->images - (size_t)c.images, half = IMAGES_PER_TRACE / 2;
        record(&c);
        images_of(&c, c.stage.captain, c.captain_trace, left < half ? left : half);
        left = settings->images - (size_t)c.images;
        if (left > 0)
            images_of(&c, c.stage.office, c.office_trace, left < half ? left : half);
    }
    return report(&c);
}
