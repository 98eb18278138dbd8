/* bench: see bench.h. */
#include "bench.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void must(int code, const char *what)
{
    if (code == 0)
        return;
    fprintf(stderr, "%s: code %d\n", what, code);
    exit(1);
}

void must_be(bool is, const char *what)
{
    must(is ? 0 : -1, what);
}

static double clock_s(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double now_s(void)
{
    return clock_s(CLOCK_MONOTONIC);
}

double cpu_s(void)
{
    return clock_s(CLOCK_PROCESS_CPUTIME_ID);
}

void bench_dir(char out[BENCH_DIR_BYTES])
{
    const char *parent = getenv("TMPDIR");

    snprintf(out, BENCH_DIR_BYTES, "%s/linli-bench-XXXXXX", parent != NULL ? parent : "/tmp");
    must_be(mkdtemp(out) != NULL, out);
}

void bench_dir_remove(const char *dir)
{
    DIR *listing = opendir(dir);
    char path[2 * BENCH_DIR_BYTES];

    for (struct dirent *at = listing == NULL ? NULL : readdir(listing); at != NULL; at = readdir(listing)) {
        if (at->d_name[0] == '.' && (at->d_name[1] == '\0' || at->d_name[1] == '.'))
            continue;
        snprintf(path, sizeof(path), "%s/%s", dir, at->d_name);
        if (unlink(path) != 0)
            bench_dir_remove(path);
    }
    if (listing != NULL)
        (void)closedir(listing);
    (void)rmdir(dir);
}

/* --- memory --- */

struct watch {
    pthread_t thread;
    atomic_bool over;
    double first, most;
};

double own_bytes(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    unsigned long all = 0, resident = 0, shared = 0;

    must_be(f != NULL && fscanf(f, "%lu %lu %lu", &all, &resident, &shared) == 3, "/proc/self/statm");
    (void)fclose(f);
    return (double)(resident - shared) * (double)sysconf(_SC_PAGESIZE);
}

static void *look(void *arg)
{
    static const struct timespec pause = {.tv_nsec = 1000000};
    struct watch *watch = arg;

    while (!atomic_load(&watch->over)) {
        double now = own_bytes();
        watch->most = now > watch->most ? now : watch->most;
        nanosleep(&pause, NULL);
    }
    return NULL;
}

struct watch *watch_start(void)
{
    struct watch *watch = calloc(1, sizeof(*watch));

    must_be(watch != NULL, "memory");
    watch->first = watch->most = own_bytes();
    must(pthread_create(&watch->thread, NULL, look, watch), "thread");
    return watch;
}

double watch_end(struct watch *watch)
{
    atomic_store(&watch->over, true);
    pthread_join(watch->thread, NULL);
    double more = watch->most - watch->first;
    free(watch);
    return more;
}

/* --- figures --- */

static bool begun;

void figure(const char *name, double value)
{
    printf("%s\"%s\": %.9g", begun ? ", " : "{", name, value);
    begun = true;
}

void figures_end(void)
{
    printf("}\n");
    begun = false;
    (void)fflush(stdout);
}

size_t argument(int argc, char **argv, int which, size_t otherwise)
{
    return argc > which ? (size_t)strtoull(argv[which], NULL, 10) : otherwise;
}

/* --- the other end --- */

void say(int to, const void *bytes, size_t size)
{
    must_be(write(to, bytes, size) == (ssize_t)size, "the other end");
}

bool hear(int from, void *bytes, size_t size)
{
    char *at = bytes;

    while (size > 0) {
        ssize_t got = read(from, at, size);
        if (got <= 0)
            return false;
        at += got;
        size -= (size_t)got;
    }
    return true;
}

struct other other_start(void (*run)(int in, int out, void *ctx), void *ctx)
{
    struct other other;
    int in[2], out[2];

    must(pipe(in), "pipe");
    must(pipe(out), "pipe");
    other.pid = fork();
    must_be(other.pid >= 0, "fork");
    if (other.pid == 0) {
        (void)close(in[1]);
        (void)close(out[0]);
        run(in[0], out[1], ctx);
        _exit(0);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    other.to = in[1];
    other.from = out[0];
    return other;
}

void other_say(const struct other *other, char word)
{
    say(other->to, &word, 1);
}

void other_hear(const struct other *other, void *bytes, size_t size)
{
    must_be(hear(other->from, bytes, size), "the other end is gone");
}

static double used_s(const struct rusage *used)
{
    return (double)used->ru_utime.tv_sec + (double)used->ru_stime.tv_sec +
           (double)(used->ru_utime.tv_usec + used->ru_stime.tv_usec) / 1e6;
}

double other_end(struct other *other)
{
    struct rusage before, after;
    int status = 0;

    getrusage(RUSAGE_CHILDREN, &before);
    (void)close(other->to);
    must_be(waitpid(other->pid, &status, 0) == other->pid && status == 0, "the other end failed");
    (void)close(other->from);
    getrusage(RUSAGE_CHILDREN, &after);
    return used_s(&after) - used_s(&before);
}
