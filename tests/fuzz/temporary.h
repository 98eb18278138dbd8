/* tests: a folder for a fuzz target that needs files, in memory where there is such a place, gone when the process ends. */
#ifndef LINLI_FUZZ_TEMPORARY_H
#define LINLI_FUZZ_TEMPORARY_H

#include "fuzz.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

enum { TEMPORARY_BYTES = 128 };
struct temporary {
    char dir[TEMPORARY_BYTES / 2];
};

static inline const char *temporary_path(const struct temporary *t, const char *name, char out[TEMPORARY_BYTES])
{
    snprintf(out, TEMPORARY_BYTES, "%s/%s", t->dir, name);
    return out;
}

static inline void temporary_empty(const char *dir)
{
    char path[TEMPORARY_BYTES * 3];
    DIR *open = opendir(dir);

    for (struct dirent *entry; open != NULL && (entry = readdir(open)) != NULL;) {
        snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
        if (entry->d_name[0] != '.' && unlink(path) != 0) {
            temporary_empty(path);
            (void)rmdir(path);
        }
    }
    if (open != NULL)
        closedir(open);
}

static struct temporary *temporary_kept;
static inline void temporary_end(void)
{
    temporary_empty(temporary_kept->dir);
    (void)rmdir(temporary_kept->dir);
}

/* `t` lives as long as the process. */
static inline void temporary_make(struct temporary *t)
{
    snprintf(t->dir, sizeof(t->dir), "%s/linli-fuzz-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    CLAIM(mkdtemp(t->dir) != NULL);
    temporary_kept = t;
    CLAIM(atexit(temporary_end) == 0);
}

#endif
