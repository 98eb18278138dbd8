/* crash tests: the write and sync calls of this process, written down and made to fail. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { DESCRIPTORS = 1024, PARTS_MAX = 64 };
/* WATCH_ASIDE: the files beside data.mdb, and the folder: they fail like it, and are in no trace. */
enum watch { WATCH_NONE, WATCH_DATA, WATCH_SYNCED, WATCH_ASIDE };

/* What a write replaced since the last sync: FAULT_SYNC_DROP puts it back. */
struct unsynced {
    int fd;
    off_t offset;
    size_t size;
    uint8_t *before;
    struct unsynced *next;
};

static struct {
    pthread_mutex_t lock; /* the order of a trace is that in which the calls took effect */
    _Atomic unsigned char watched[DESCRIPTORS];
    int trace;            /* -1: none */
    enum shim_fault fault;
    uint64_t at, writes, syncs, calls; /* calls: of both kinds */
    bool failed;
    struct unsynced *unsynced; /* latest first */
} shim = {.lock = PTHREAD_MUTEX_INITIALIZER, .trace = -1};

static struct {
    int (*open)(const char *, int, ...);
    int (*openat)(int, const char *, int, ...);
    int (*renameat)(int, const char *, int, const char *);
    int (*close)(int);
    ssize_t (*write)(int, const void *, size_t);
    ssize_t (*writev)(int, const struct iovec *, int);
    ssize_t (*pwrite)(int, const void *, size_t, off_t);
    int (*ftruncate)(int, off_t);
    int (*fsync)(int);
    int (*fdatasync)(int);
    int (*msync)(void *, size_t, int);
} real;

/* POSIX lets dlsym's result be a function; ISO C has no cast for it. */
static void find(void *slot, const char *name)
{
    void *at = dlsym(RTLD_NEXT, name);

    if (at == NULL)
        abort();
    memcpy(slot, &at, sizeof(at));
}

static void find_all(void)
{
    find(&real.close, "close");
    find(&real.write, "write");
    find(&real.writev, "writev");
    find(&real.pwrite, "pwrite");
    find(&real.ftruncate, "ftruncate");
    find(&real.fsync, "fsync");
    find(&real.fdatasync, "fdatasync");
    find(&real.msync, "msync");
    find(&real.open, "open");
    find(&real.openat, "openat");
    find(&real.renameat, "renameat");
}

static void ready(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, find_all);
}

static enum watch watch_of(int fd)
{
    return fd >= 0 && fd < DESCRIPTORS ? (enum watch)atomic_load(&shim.watched[fd]) : WATCH_NONE;
}

/* --- the trace --- */

static void trace(uint32_t kind, uint64_t offset, const struct iovec *parts, int count, size_t size)
{
    struct trace_head head = {kind, (uint32_t)size, offset};
    struct iovec all[PARTS_MAX + 1] = {{&head, sizeof(head)}};
    int used = 1;

    if (shim.trace < 0)
        return;
    for (int i = 0; i < count && size > 0; i++) {
        size_t piece = parts[i].iov_len < size ? parts[i].iov_len : size;
        all[used++] = (struct iovec){parts[i].iov_base, piece};
        size -= piece;
    }
    (void)!real.writev(shim.trace, all, used); /* one call: a process killed here leaves no half entry behind */
}

bool shim_trace(const char *path)
{
    ready();
    shim.trace = real.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return shim.trace >= 0;
}

void shim_note(const void *at, size_t size)
{
    struct iovec part = {(void *)(uintptr_t)at, size};

    pthread_mutex_lock(&shim.lock);
    trace(TRACE_NOTE, 0, &part, 1, size);
    pthread_mutex_unlock(&shim.lock);
}

/* --- faults --- */

static bool remembers(void)
{
    return shim.fault == FAULT_SYNC_DROP || shim.fault == FAULT_POWER;
}

static bool kept(void *ctx)
{
    (void)ctx;
    return false;
}

static bool dropped(void *ctx)
{
    (void)ctx;
    return true;
}

static void forget(bool (*lost)(void *ctx), void *ctx)
{
    while (shim.unsynced != NULL) {
        struct unsynced *u = shim.unsynced;
        shim.unsynced = u->next;
        if (lost(ctx) && watch_of(u->fd) == WATCH_DATA)
            (void)!real.pwrite(u->fd, u->before, u->size, u->offset);
        free(u->before);
        free(u);
    }
}

static void remember(int fd, off_t offset, size_t size)
{
    struct unsynced *u = calloc(1, sizeof(*u));

    if (u == NULL || (u->before = calloc(1, size)) == NULL)
        abort();
    (void)!pread(fd, u->before, size, offset); /* past the end: zeros, as a file system gives for a hole */
    u->fd = fd;
    u->offset = offset;
    u->size = size;
    u->next = shim.unsynced;
    shim.unsynced = u;
}

void shim_fail(enum shim_fault fault, uint64_t n)
{
    pthread_mutex_lock(&shim.lock);
    forget(kept, NULL);
    shim.fault = fault;
    shim.at = n;
    shim.writes = shim.syncs = shim.calls = 0;
    shim.failed = false;
    pthread_mutex_unlock(&shim.lock);
}

void shim_power_cut(bool (*lost)(void *ctx), void *ctx)
{
    pthread_mutex_lock(&shim.lock);
    forget(lost, ctx);
    pthread_mutex_unlock(&shim.lock);
}

bool shim_failed(void)
{
    return shim.failed;
}

/* One more call; whether the power is gone by now. */
static bool powerless(void)
{
    bool gone = ++shim.calls >= shim.at && shim.fault == FAULT_POWER;

    shim.failed |= gone;
    return gone;
}

/* How many of `size` bytes may be written; what is less than all of it with errno set is an error when it is 0. */
static size_t allowed(off_t offset, size_t size)
{
    bool now = ++shim.writes == shim.at;
    size_t room = powerless() ? 0 : size;

    if (shim.fault == FAULT_QUOTA && (uint64_t)offset + size > shim.at)
        room = (uint64_t)offset < shim.at ? (size_t)(shim.at - (uint64_t)offset) : 0;
    else if (now && shim.fault == FAULT_WRITE_SHORT)
        room = size / 2;
    else if (now && (shim.fault == FAULT_WRITE_EIO || shim.fault == FAULT_WRITE_NOSPC))
        room = 0;
    if (room < size) {
        shim.failed = true;
        errno = shim.fault == FAULT_WRITE_EIO || shim.fault == FAULT_POWER ? EIO : ENOSPC;
    }
    return room;
}

/* --- writes --- */

/* Gather what is written into one piece, so that a part of it can be. */
static ssize_t write_part(int fd, const struct iovec *parts, int count, size_t size, off_t offset)
{
    size_t done = 0;

    for (int i = 0; i < count && done < size; i++) {
        size_t piece = parts[i].iov_len < size - done ? parts[i].iov_len : size - done;
        ssize_t wrote = real.pwrite(fd, parts[i].iov_base, piece, offset + (off_t)done);
        if (wrote < 0)
            return done > 0 ? (ssize_t)done : -1;
        done += (size_t)wrote;
        if ((size_t)wrote < piece)
            break;
    }
    return (ssize_t)done;
}

static ssize_t watched_write(int fd, enum watch watch, const struct iovec *parts, int count, off_t offset)
{
    size_t size = 0;
    ssize_t wrote = -1;

    for (int i = 0; i < count; i++)
        size += parts[i].iov_len;
    pthread_mutex_lock(&shim.lock);
    size_t room = allowed(offset, size);
    if (room > 0 && watch == WATCH_DATA && remembers())
        remember(fd, offset, room);
    if (room > 0)
        wrote = write_part(fd, parts, count, room, offset);
    if (wrote > 0 && watch != WATCH_ASIDE)
        trace(watch == WATCH_SYNCED ? TRACE_SYNCED_WRITE : TRACE_WRITE, (uint64_t)offset, parts, count, (size_t)wrote);
    if (shim.fault == FAULT_WRITE_LATE && shim.writes == shim.at) {
        shim.failed = true;
        wrote = -1;
        errno = EIO;
    }
    int code = errno;
    pthread_mutex_unlock(&shim.lock);
    errno = code;
    return wrote;
}

ssize_t pwrite(int fd, const void *at, size_t size, off_t offset)
{
    struct iovec part = {(void *)(uintptr_t)at, size};
    enum watch watch = watch_of(fd);

    ready();
    return watch == WATCH_NONE ? real.pwrite(fd, at, size, offset) : watched_write(fd, watch, &part, 1, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    enum watch watch = watch_of(fd);

    ready();
    if (watch == WATCH_NONE)
        return real.writev(fd, parts, count);
    off_t offset = lseek(fd, 0, SEEK_CUR);
    ssize_t wrote = watched_write(fd, watch, parts, count, offset);
    if (wrote > 0)
        (void)lseek(fd, offset + wrote, SEEK_SET);
    return wrote;
}

ssize_t write(int fd, const void *at, size_t size)
{
    struct iovec part = {(void *)(uintptr_t)at, size};

    ready();
    return watch_of(fd) == WATCH_NONE ? real.write(fd, at, size) : writev(fd, &part, 1);
}

int ftruncate(int fd, off_t size)
{
    int rv = -1;

    ready();
    if (watch_of(fd) == WATCH_NONE)
        return real.ftruncate(fd, size);
    pthread_mutex_lock(&shim.lock);
    (void)allowed(size, 0);
    if ((shim.fault == FAULT_WRITE_EIO && shim.writes == shim.at) || (shim.fault == FAULT_POWER && shim.failed)) {
        shim.failed = true;
        errno = EIO;
    } else {
        rv = real.ftruncate(fd, size);
    }
    if (rv == 0)
        trace(TRACE_LENGTH, (uint64_t)size, NULL, 0, 0);
    int code = errno;
    pthread_mutex_unlock(&shim.lock);
    errno = code;
    return rv;
}

/* A new name counts as a write. */
int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    int rv = -1;

    ready();
    if (watch_of(from_dir) == WATCH_NONE)
        return real.renameat(from_dir, from, to_dir, to);
    pthread_mutex_lock(&shim.lock);
    if (allowed(0, 1) > 0)
        rv = real.renameat(from_dir, from, to_dir, to);
    if (rv == 0 && shim.fault == FAULT_WRITE_LATE && shim.writes == shim.at) {
        shim.failed = true;
        errno = EIO;
        rv = -1;
    }
    int code = errno;
    pthread_mutex_unlock(&shim.lock);
    errno = code;
    return rv;
}

/* --- syncs --- */

static int watched_sync(int fd, int (*sync)(int))
{
    int rv = -1;

    pthread_mutex_lock(&shim.lock);
    bool off = powerless();
    bool fails = ++shim.syncs == shim.at && (shim.fault == FAULT_SYNC_EIO || shim.fault == FAULT_SYNC_DROP);
    if (!off)
        forget(fails && shim.fault == FAULT_SYNC_DROP ? dropped : kept, NULL);
    if (fails || off) {
        shim.failed = true;
        errno = EIO;
    } else {
        rv = sync(fd);
    }
    if (rv == 0 && watch_of(fd) != WATCH_ASIDE)
        trace(TRACE_SYNC, 0, NULL, 0, 0);
    int code = errno;
    pthread_mutex_unlock(&shim.lock);
    errno = code;
    return rv;
}

int fsync(int fd)
{
    ready();
    return watch_of(fd) == WATCH_NONE ? real.fsync(fd) : watched_sync(fd, real.fsync);
}

int fdatasync(int fd)
{
    ready();
    return watch_of(fd) == WATCH_NONE ? real.fdatasync(fd) : watched_sync(fd, real.fdatasync);
}

/* Without MDB_WRITEMAP nothing is written through the map; should that change, this trace would tell nothing. */
int msync(void *at, size_t size, int flags)
{
    ready();
    if (shim.trace >= 0)
        abort();
    return real.msync(at, size, flags);
}

/* --- which descriptors --- */

static bool ends_with(const char *path, const char *name)
{
    size_t length = strlen(path), size = strlen(name);

    return length >= size && strcmp(path + length - size, name) == 0;
}

static enum watch watch_for(const char *path, int flags)
{
    static const char *const beside[] = {"format.new", "root.key", "salt"};

    if ((flags & O_DIRECTORY) != 0)
        return WATCH_ASIDE;
    if ((flags & O_ACCMODE) == O_RDONLY)
        return WATCH_NONE;
    if (ends_with(path, "data.mdb"))
        return (flags & O_DSYNC) != 0 ? WATCH_SYNCED : WATCH_DATA;
    for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++)
        if (ends_with(path, beside[i]))
            return WATCH_ASIDE;
    return WATCH_NONE;
}

static int watched(int fd, const char *path, int flags)
{
    if (fd >= 0 && fd < DESCRIPTORS)
        atomic_store(&shim.watched[fd], (unsigned char)watch_for(path, flags));
    return fd;
}

/* The mode that follows `flags` when there is one. */
#define MODE_AFTER(flags, mode)                  \
    do {                                         \
        va_list more;                            \
        va_start(more, flags);                   \
        if (((flags) & O_CREAT) != 0)            \
            (mode) = va_arg(more, mode_t);       \
        va_end(more);                            \
    } while (0)

int open(const char *path, int flags, ...)
{
    mode_t mode = 0;

    ready();
    MODE_AFTER(flags, mode);
    return watched(real.open(path, flags, mode), path, flags);
}

int openat(int dir, const char *path, int flags, ...)
{
    mode_t mode = 0;

    ready();
    MODE_AFTER(flags, mode);
    return watched(real.openat(dir, path, flags, mode), path, flags);
}

/* What was written through it stays: its number may be another file's soon. */
static void forget_closed(int fd)
{
    pthread_mutex_lock(&shim.lock);
    for (struct unsynced **at = &shim.unsynced; *at != NULL;) {
        struct unsynced *u = *at;
        if (u->fd != fd) {
            at = &u->next;
            continue;
        }
        *at = u->next;
        free(u->before);
        free(u);
    }
    pthread_mutex_unlock(&shim.lock);
}

int close(int fd)
{
    ready();
    if (watch_of(fd) == WATCH_DATA)
        forget_closed(fd);
    if (fd >= 0 && fd < DESCRIPTORS)
        atomic_store(&shim.watched[fd], WATCH_NONE);
    return real.close(fd);
}
