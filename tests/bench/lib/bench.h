/* bench: what every program of this folder needs: a fault ends it, clocks, a folder that goes again, memory, figures as JSON. */
#ifndef LINLI_BENCH_H
#define LINLI_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

void must(int code, const char *what); /* not LINLI_OK, or not 0: says so and ends the program */
void must_be(bool is, const char *what);

double now_s(void);
double cpu_s(void); /* of this process so far */

enum { BENCH_DIR_BYTES = 160 };
/* A folder of our own, with what a program puts into it. */
void bench_dir(char out[BENCH_DIR_BYTES]);
void bench_dir_remove(const char *dir);

/*
 * The most memory that is this process's own: without pages of mapped files, which the system takes back when it likes. A thread
 * looks every millisecond.
 */
struct watch;
struct watch *watch_start(void);
double watch_end(struct watch *watch); /* most bytes above those at the start */
double own_bytes(void);                /* now */

/* One line of JSON on standard output, figure by figure. */
void figure(const char *name, double value);
void figures_end(void);

/* A number on the command line, or what stands for it. */
size_t argument(int argc, char **argv, int which, size_t otherwise);

/* The other end of a measurement in a process of its own, so that memory and time of each are known. It says `ready` bytes. */
struct other {
    pid_t pid;
    int to, from;
};
struct other other_start(void (*run)(int in, int out, void *ctx), void *ctx);
void other_say(const struct other *other, char word);
void other_hear(const struct other *other, void *bytes, size_t size);
double other_end(struct other *other); /* waits until it is gone; its processor time in seconds */
void say(int to, const void *bytes, size_t size);
bool hear(int from, void *bytes, size_t size); /* false: the other end is gone */

#endif
