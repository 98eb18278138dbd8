/* Command line, spool: the store is locked while callbacks run, so what they print must go where nothing blocks. */
#define _GNU_SOURCE /* fopencookie, O_TMPFILE */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"

enum { MEMORY_FIRST = 1 << 16, MEMORY_MAX = 4 << 20, COPY_BYTES = 4096 };

struct store_of { /* in memory until `fd` is there */
    char *dir, *text;
    size_t size, room, at;
    int fd;
};

/* Nobody else may see it, not even its name. */
static int nameless_file(const char *dir)
{
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return fd;
    size_t size = strlen(dir) + sizeof("/linli.XXXXXX");
    char *path = malloc(size);
    if (path == NULL)
        return -1;
    snprintf(path, size, "%s/linli.XXXXXX", dir);
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    free(path);
    return fd;
}

static bool write_at(int fd, const char *from, size_t size, size_t at)
{
    while (size > 0) {
        ssize_t written = pwrite(fd, from, size, (off_t)at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        from += written;
        at += (size_t)written;
        size -= (size_t)written;
    }
    return true;
}

static bool make_room(struct store_of *store, size_t size)
{
    size_t room = store->room == 0 ? MEMORY_FIRST : store->room;
    while (room < size)
        room *= 2;
    char *larger = room > store->room ? realloc(store->text, room) : store->text;
    if (larger == NULL)
        return false;
    store->text = larger;
    store->room = room;
    return true;
}

static bool move_to_file(struct store_of *store)
{
    store->fd = nameless_file(store->dir);
    if (store->fd < 0 || !write_at(store->fd, store->text, store->size, 0))
        return false;
    free(store->text);
    store->text = NULL;
    store->room = 0;
    return true;
}

/* The stream is told of a failure by 0, which is how fopencookie wants it. */
static ssize_t on_write(void *cookie, const char *from, size_t size)
{
    struct store_of *store = cookie;
    size_t end = store->at + size;
    if (store->fd < 0 && end > MEMORY_MAX && !move_to_file(store))
        return 0;
    if (store->fd >= 0) {
        if (!write_at(store->fd, from, size, store->at))
            return 0;
    } else {
        if (!make_room(store, end))
            return 0;
        memcpy(store->text + store->at, from, size);
    }
    store->at = end;
    store->size = end > store->size ? end : store->size;
    return (ssize_t)size;
}

static ssize_t on_read(void *cookie, char *to, size_t size)
{
    struct store_of *store = cookie;
    size_t left = store->size - store->at, take = size < left ? size : left;
    if (store->fd >= 0) {
        ssize_t got = pread(store->fd, to, take, (off_t)store->at);
        store->at += got > 0 ? (size_t)got : 0;
        return got;
    }
    if (take > 0)
        memcpy(to, store->text + store->at, take);
    store->at += take;
    return (ssize_t)take;
}

static int on_seek(void *cookie, off64_t *offset, int whence)
{
    struct store_of *store = cookie;
    off64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (off64_t)store->at : (off64_t)store->size;
    off64_t to = base + *offset;
    if (to < 0 || to > (off64_t)store->size)
        return -1;
    store->at = (size_t)to;
    *offset = to;
    return 0;
}

static int on_close(void *cookie)
{
    struct store_of *store = cookie;
    if (store->fd >= 0)
        close(store->fd);
    free(store->text);
    free(store->dir);
    free(store);
    return 0;
}

const char *spool_folder(const struct context *ctx)
{
    const char *dir = context_env(ctx, "TMPDIR");
    return dir != NULL && dir[0] == '/' ? dir : "/tmp";
}

int spool_file(const struct context *ctx)
{
    return nameless_file(spool_folder(ctx));
}

FILE *spool_stream(const struct context *ctx)
{
    const cookie_io_functions_t functions = {.read = on_read, .write = on_write, .seek = on_seek, .close = on_close};
    struct store_of *store = calloc(1, sizeof(*store));
    if (store == NULL)
        return NULL;
    store->fd = -1;
    store->dir = strdup(spool_folder(ctx));
    FILE *stream = store->dir != NULL ? fopencookie(store, "w+", functions) : NULL;
    if (stream == NULL)
        on_close(store);
    return stream;
}

int spool_fault(struct context *ctx, int why)
{
    return fail(ctx, STATUS_FAILED, "$TMPDIR", _("free some space there or name another folder"), "%s", strerror(why));
}

int spool_begin(struct context *ctx, FILE **stream, struct spool *spool)
{
    FILE *file = spool_stream(ctx);
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
    int why = errno;
    while (good && (size = fread(part, 1, sizeof(part), spool->file)) > 0)
        if (fwrite(part, 1, size, spool->before) != size)
            break;
    if (good && ferror(spool->file) != 0)
        good = false;
    fclose(spool->file);
    return good ? STATUS_DONE : spool_fault(ctx, why);
}
