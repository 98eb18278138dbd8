/*
 * Command line, spool: the store is locked while callbacks run, so what they print must go where nothing blocks. Sealed fields stand
 * open in it: it is memory, in pages that have no file.
 */
#define _GNU_SOURCE /* memfd_create */
#include "spool.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fail.h"

enum { COPY_BYTES = 4096 };

const char *spool_folder(const struct context *ctx)
{
    const char *dir = context_env(ctx, "TMPDIR");
    if (dir != NULL && dir[0] == '/')
        return dir;
    return access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
}

int spool_file(void)
{
    return memfd_create("linli", MFD_CLOEXEC);
}

FILE *spool_stream(void)
{
    int fd = spool_file();
    FILE *stream = fd >= 0 ? fdopen(fd, "w+") : NULL;
    if (stream == NULL && fd >= 0)
        close(fd);
    return stream;
}

int spool_begin(struct context *ctx, FILE **stream, struct spool *spool)
{
    FILE *file = spool_stream();
    if (file == NULL)
        return fail_memory(ctx);
    *spool = (struct spool){.stream = stream, .before = *stream, .file = file};
    *stream = file;
    return STATUS_DONE;
}

int spool_end(struct context *ctx, struct spool *spool)
{
    char part[COPY_BYTES];
    size_t size = 0;
    *spool->stream = spool->before;
    bool good = fflush(spool->file) == 0 && ferror(spool->file) == 0;
    if (good)
        rewind(spool->file);
    while (good && (size = fread(part, 1, sizeof(part), spool->file)) > 0)
        if (fwrite(part, 1, size, spool->before) != size)
            break;
    if (good && ferror(spool->file) != 0)
        good = false;
    fclose(spool->file);
    return good ? STATUS_DONE : fail_memory(ctx);
}
