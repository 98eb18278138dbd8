/*
 * sim: runs seeds and reports.
 *
 *   sim [--seeds N] [--from S] [--seed S] [--trace] [--minutes M] [--file SEEDS] [--dump FOLDER] [--step N] [--hashes]
 *   sim --checkers
 *
 * --seeds N     N worlds, from seed S on (1), every N-th with --step; --file runs the seeds in a file first
 * --seed S      this one; with --trace what happened in it, line by line; twice: with what sessions say
 * --hashes      the state that each world ended in: the same in every build
 * --dump        the root's changesets of every tenth seed, for reference.py
 * --checkers    worlds that are wrong on purpose: is each noticed?
 */
#include <time.h>
#include <unistd.h>

#include "sim.h"

/* --- many worlds --- */

struct totals {
    uint64_t seeds, failed, virtual_ms, acts, commits, refused, sessions, settled, bytes, changesets, asides, unheard, parts;
    uint64_t runs, stored, waiting, gap, forked, refused_runs, worlds_with[FAULT_COUNT], faults[FAULT_COUNT];
    size_t session_bytes_most;
};

struct options {
    uint64_t seeds, from, step, only;
    double minutes;
    const char *file, *dump;
    bool one, trace, steps, hashes, checkers;
};

static const char *revision(void)
{
    static char text[64];
    FILE *f = popen("git rev-parse --short HEAD 2>/dev/null", "r");

    if (f == NULL || fgets(text, sizeof(text), f) == NULL)
        (void)snprintf(text, sizeof(text), "unknown");
    if (f != NULL)
        (void)pclose(f);
    text[strcspn(text, "\n")] = '\0';
    return text;
}

static void add(struct totals *t, const struct world *w)
{
    t->seeds++;
    t->failed += w->over;
    t->virtual_ms += w->now_ms;
    t->acts += w->acts;
    t->commits += w->commits;
    t->refused += w->refused;
    t->sessions += w->sessions;
    t->settled += w->settled;
    t->bytes += w->delivered_bytes;
    t->changesets += w->changesets;
    t->asides += w->asides;
    t->unheard += w->unheard;
    t->parts += w->parts;
    t->runs += w->arrivals.runs;
    t->stored += w->arrivals.stored;
    t->waiting += w->arrivals.waiting;
    t->gap += w->arrivals.gap;
    t->forked += w->arrivals.forked;
    t->refused_runs += w->arrivals.refused;
    for (size_t i = 0; i < FAULT_COUNT; i++) {
        t->faults[i] += w->faults[i];
        t->worlds_with[i] += w->faults[i] > 0;
    }
    if (w->session_bytes_most > t->session_bytes_most)
        t->session_bytes_most = w->session_bytes_most;
}

static void run_seed(const struct options *o, uint64_t seed, struct totals *t)
{
    struct world *w = world_new(seed);
    linli_hash state;
    char text[17];

    w->trace = o->trace;
    w->trace_steps = o->steps;
    world_run(w);
    if (!w->over && o->dump != NULL && seed % 10 == 0) {
        char path[512];
        (void)snprintf(path, sizeof(path), "%s/%llu.jsonl", o->dump, (unsigned long long)seed);
        int rv = dump_changesets(w, path);
        if (rv != LINLI_OK)
            world_fail(w, "dump: %s", linli_code_name(rv));
    }
    hasher_end(&w->state, state.b, HASH_BYTES);
    hex_encode(state.b, 8, text);
    if (o->hashes || o->one)
        (void)printf("seed %llu state %s\n", (unsigned long long)seed, text);
    if (w->over)
        (void)printf("FAIL seed %llu, revision %s: %s\n     replay: tests/run sim --seed %llu --trace\n",
                     (unsigned long long)seed, revision(), w->complaint, (unsigned long long)seed);
    (void)fflush(stdout);
    add(t, w);
    world_free(w);
}

static double seconds_since(const struct timespec *start)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static void report(const struct totals *t, double seconds)
{
    (void)printf("%llu seeds, %llu failed, %.1f s, %.1f days simulated, %llu acts, %llu commits (%llu refused), "
                 "%llu connections (%llu ends settled), %llu changesets taken in (%llu parts set aside), %.1f MB on wires, "
                 "a session at most %zu KiB\n",
                 (unsigned long long)t->seeds, (unsigned long long)t->failed, seconds, (double)t->virtual_ms / 86400000.0,
                 (unsigned long long)t->acts, (unsigned long long)t->commits, (unsigned long long)t->refused,
                 (unsigned long long)t->sessions, (unsigned long long)t->settled, (unsigned long long)t->changesets,
                 (unsigned long long)t->asides, (double)t->bytes / 1e6, t->session_bytes_most / 1024);
    (void)printf("runs: %llu came, %llu stored, %llu waited, %llu did not attach, %llu forked, %llu refused; %llu parts in "
                 "stores accounted for; %llu messages and keys of a newer version\n",
                 (unsigned long long)t->runs, (unsigned long long)t->stored, (unsigned long long)t->waiting,
                 (unsigned long long)t->gap, (unsigned long long)t->forked, (unsigned long long)t->refused_runs,
                 (unsigned long long)t->parts, (unsigned long long)t->unheard);
    (void)printf("faults, and the worlds with them:");
    for (size_t i = 0; i < FAULT_COUNT; i++)
        (void)printf(" %s %llu (%llu)%s", fault_names[i], (unsigned long long)t->faults[i],
                     (unsigned long long)t->worlds_with[i], i + 1 < FAULT_COUNT ? "," : "\n");
}

static int options_read(int argc, char **argv, struct options *o)
{
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(argv[i], "--trace") == 0) {
            o->steps = o->trace;
            o->trace = true;
        }
        else if (strcmp(argv[i], "--hashes") == 0)
            o->hashes = true;
        else if (strcmp(argv[i], "--checkers") == 0)
            o->checkers = true;
        else if (value == NULL)
            return -1;
        else if (strcmp(argv[i], "--seeds") == 0)
            o->seeds = strtoull(value, NULL, 0);
        else if (strcmp(argv[i], "--from") == 0)
            o->from = strtoull(value, NULL, 0);
        else if (strcmp(argv[i], "--step") == 0)
            o->step = strtoull(value, NULL, 0);
        else if (strcmp(argv[i], "--minutes") == 0)
            o->minutes = strtod(value, NULL);
        else if (strcmp(argv[i], "--file") == 0)
            o->file = value;
        else if (strcmp(argv[i], "--dump") == 0)
            o->dump = value;
        else if (strcmp(argv[i], "--seed") == 0) {
            o->only = strtoull(value, NULL, 0);
            o->one = true;
        } else
            return -1;
        if (strcmp(argv[i], "--trace") != 0 && strcmp(argv[i], "--hashes") != 0 && strcmp(argv[i], "--checkers") != 0)
            i++;
    }
    return 0;
}

static void run_file(const struct options *o, struct totals *t)
{
    char line[256];
    FILE *f = o->file == NULL ? NULL : fopen(o->file, "r");

    while (f != NULL && fgets(line, sizeof(line), f) != NULL)
        if (line[0] >= '0' && line[0] <= '9')
            run_seed(o, strtoull(line, NULL, 10), t);
    if (f != NULL)
        (void)fclose(f);
}

int main(int argc, char **argv)
{
    struct options o = {.seeds = 300, .from = 1, .step = 1};
    struct totals totals = {.seeds = 0};
    struct timespec start;

    if (options_read(argc, argv, &o) != 0 || heap_start() != LINLI_OK || crypto_start() != LINLI_OK) {
        (void)fprintf(stderr, "usage: sim [--seeds N] [--from S] [--step N] [--seed S] [--trace] [--minutes M] "
                              "[--file SEEDS] [--dump FOLDER] [--hashes] [--checkers]\n");
        return 2;
    }
    if (o.checkers)
        return checkers_try() == 0 ? 0 : 1;
    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    if (o.one)
        run_seed(&o, o.only, &totals);
    else
        run_file(&o, &totals);
    for (uint64_t i = 0; !o.one && (o.minutes > 0 ? seconds_since(&start) < o.minutes * 60 : i < o.seeds); i++)
        run_seed(&o, o.from + i * o.step, &totals);
    report(&totals, seconds_since(&start));
    return totals.failed == 0 ? 0 : 1;
}
