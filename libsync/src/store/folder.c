/* store: the files beside data.mdb, and the rule that a folder has one holder. */
#include "store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <linli/error.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "store/store.h"
#include "store/tables.h"

#define NOTE_WORD "linli-store "

struct hold {
    int fd, lock_fd;
    dev_t device;
    ino_t inode;
    pid_t pid;
    struct hold *next;
};

/*
 * Every folder that this process holds. fcntl locks, which LMDB uses, are lost when any descriptor of the file is closed
 * in the process, so a second opening must be caught before LMDB sees it; a list for the whole process is the only way.
 */
static struct hold *holds;
static pthread_mutex_t holds_lock = PTHREAD_MUTEX_INITIALIZER;

int folder_code(int system_code)
{
    switch (system_code) {
    case ENOENT:
    case ENOTDIR: return LINLI_E_NOT_FOUND;
    default: return table_code(system_code);
    }
}

/* A new folder is only there after a power cut when the one above it was synced. */
static void sync_parent(int fd)
{
    int parent = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (parent >= 0) {
        (void)fsync(parent);
        close(parent);
    }
}

int folder_open(const char *dir, bool make, int *fd)
{
    bool made = false;

    if (make) {
        made = mkdir(dir, 0700) == 0;
        if (!made && errno != EEXIST)
            return folder_code(errno);
    }
    *fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*fd < 0)
        return folder_code(errno);
    if (made)
        sync_parent(*fd);
    return LINLI_OK;
}

static bool has(int fd, const char *name)
{
    struct stat st;

    return fstatat(fd, name, &st, 0) == 0;
}

enum folder_state folder_state(int fd)
{
    if (has(fd, "format"))
        return FOLDER_STORE;
    if (has(fd, "format.new"))
        return FOLDER_HALF_MADE;
    if (has(fd, "data.mdb"))
        return FOLDER_FOREIGN;
    return has(fd, "root.key") ? FOLDER_ROOT_KEY : FOLDER_EMPTY;
}

static bool is_held_here(const struct hold *wanted)
{
    for (const struct hold *h = holds; h != NULL; h = h->next)
        if (h->device == wanted->device && h->inode == wanted->inode && h->pid == wanted->pid)
            return true;
    return false;
}

/* Lock `held` and enter the list; the caller has the list's lock. */
static int hold_take(struct hold *hold)
{
    struct stat st;

    if (fstat(hold->fd, &st) != 0)
        return folder_code(errno);
    hold->device = st.st_dev;
    hold->inode = st.st_ino;
    hold->pid = getpid();
    if (is_held_here(hold))
        return LINLI_E_BUSY;
    hold->lock_fd = openat(hold->fd, "held", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (hold->lock_fd < 0)
        return folder_code(errno);
    if (flock(hold->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? LINLI_E_BUSY : folder_code(errno);
    hold->next = holds;
    holds = hold;
    return LINLI_OK;
}

int folder_hold(int fd, struct hold **out)
{
    struct hold *hold = mem_zalloc(1, sizeof(*hold));

    if (hold == NULL) {
        close(fd);
        return LINLI_E_NOMEM;
    }
    hold->fd = fd;
    hold->lock_fd = -1;
    pthread_mutex_lock(&holds_lock);
    int rv = hold_take(hold);
    pthread_mutex_unlock(&holds_lock);
    if (rv != LINLI_OK) {
        if (hold->lock_fd >= 0)
            close(hold->lock_fd);
        close(fd);
        mem_free(hold);
        return rv;
    }
    *out = hold;
    return LINLI_OK;
}

void folder_release(struct hold *hold)
{
    if (hold == NULL)
        return;
    pthread_mutex_lock(&holds_lock);
    for (struct hold **at = &holds; *at != NULL; at = &(*at)->next) {
        if (*at == hold) {
            *at = hold->next;
            break;
        }
    }
    close(hold->lock_fd);
    close(hold->fd);
    pthread_mutex_unlock(&holds_lock);
    mem_free(hold);
}

int folder_fd(const struct hold *hold)
{
    return hold->fd;
}

/* Write a small file whole and synced. */
static int write_file(int fd, const char *name, int flags, const void *at, size_t size)
{
    int file = openat(fd, name, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);

    if (file < 0)
        return folder_code(errno);
    ssize_t wrote = write(file, at, size);
    int rv = LINLI_OK;
    if (wrote < 0)
        rv = folder_code(errno);
    else if ((size_t)wrote != size)
        rv = LINLI_E_FULL;
    else if (fsync(file) != 0)
        rv = folder_code(errno);
    close(file);
    if (rv != LINLI_OK)
        (void)unlinkat(fd, name, 0);
    return rv;
}

int folder_note_start(int fd)
{
    char text[32];
    int size = snprintf(text, sizeof(text), NOTE_WORD "%d\n", (int)STORE_FORMAT);

    return write_file(fd, "format.new", O_TRUNC, text, (size_t)size);
}

int folder_note_finish(int fd)
{
    if (renameat(fd, "format.new", fd, "format") != 0 || fsync(fd) != 0)
        return folder_code(errno);
    return LINLI_OK;
}

/* Read up to `room` bytes of a small file; -1 with errno. */
static ssize_t read_file(int fd, const char *name, void *out, size_t room)
{
    int file = openat(fd, name, O_RDONLY | O_CLOEXEC);

    if (file < 0)
        return -1;
    ssize_t size = read(file, out, room);
    int code = errno;
    close(file);
    errno = code;
    return size;
}

int folder_note_check(int fd)
{
    char text[32];
    ssize_t size = read_file(fd, "format", text, sizeof(text));
    size_t at = strlen(NOTE_WORD), digits = 0;
    unsigned long number = 0;

    if (size < 0)
        return LINLI_E_DISK;
    if ((size_t)size < at || memcmp(text, NOTE_WORD, at) != 0)
        return LINLI_E_FORMAT;
    for (; at < (size_t)size && text[at] >= '0' && text[at] <= '9' && digits < 9; at++, digits++)
        number = number * 10 + (unsigned long)(text[at] - '0');
    if (digits == 0 || text[strlen(NOTE_WORD)] == '0' || at == (size_t)size || text[at] != '\n')
        return LINLI_E_FORMAT;
    if (number > STORE_FORMAT)
        return LINLI_E_VERSION; /* whatever a newer one writes on the lines below */
    return number >= STORE_FORMAT_OLDEST && at + 1 == (size_t)size ? LINLI_OK : LINLI_E_FORMAT;
}

int folder_opening_look(int fd, bool *died)
{
    struct stat st;

    *died = fstatat(fd, "opening", &st, 0) == 0 && st.st_size > 0;
    return *died && st.st_size >= OPENING_DEATHS_MAX ? LINLI_E_FORMAT : LINLI_OK;
}

int folder_opening_start(int fd)
{
    int file = openat(fd, "opening", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0)
        return folder_code(errno);
    /* A full disk takes no byte, and must not keep a store from being read: it then only goes uncounted. */
    ssize_t wrote = write(file, "x", 1);
    (void)wrote;
    close(file);
    return LINLI_OK;
}

void folder_opening_end(int fd)
{
    (void)unlinkat(fd, "opening", 0);
}

void folder_unmake(int fd)
{
    /* From here on it is half made, also for whoever finds what a death in the middle left. */
    (void)renameat(fd, "format", fd, "format.new");
    (void)unlinkat(fd, "data.mdb", 0);
    (void)unlinkat(fd, "lock.mdb", 0);
    if (has(fd, "format.new")) /* else it belongs to a store that was taken away */
        (void)unlinkat(fd, "root.key", 0);
    (void)unlinkat(fd, "format.new", 0);
}

bool store_exists(const char *dir)
{
    int fd = -1;

    if (folder_open(dir, false, &fd) != LINLI_OK)
        return false;
    enum folder_state state = folder_state(fd);
    close(fd);
    return state == FOLDER_STORE || state == FOLDER_FOREIGN;
}

enum { SALT_BYTES = 16 };

static int salt_write(int fd, const uint8_t salt[SALT_BYTES])
{
    int rv = write_file(fd, "salt", O_EXCL, salt, SALT_BYTES);

    return rv == LINLI_OK && fsync(fd) != 0 ? LINLI_E_DISK : rv;
}

int store_salt(const char *dir, bool create, const struct rng *rng, uint8_t out[16])
{
    uint8_t bytes[SALT_BYTES + 1];
    int fd = -1;
    int rv = folder_open(dir, create, &fd);

    if (rv != LINLI_OK)
        return rv;
    ssize_t size = read_file(fd, "salt", bytes, sizeof(bytes));
    if (size < 0 && errno == ENOENT && create) {
        rng_fill(rng, bytes, SALT_BYTES);
        rv = salt_write(fd, bytes);
    } else if (size < 0) {
        rv = folder_code(errno);
    } else if (size != SALT_BYTES) {
        rv = LINLI_E_FORMAT;
    }
    if (rv == LINLI_OK)
        memcpy(out, bytes, SALT_BYTES);
    close(fd);
    return rv;
}

/* The folder is held by who makes a store in it, so a salt that lies there was left by somebody who did not come to the end of that. */
int store_salt_put(const char *dir, const uint8_t salt[16])
{
    int fd = -1;
    int rv = folder_open(dir, false, &fd);

    if (rv != LINLI_OK)
        return rv;
    (void)unlinkat(fd, "salt", 0);
    rv = salt_write(fd, salt);
    close(fd);
    return rv;
}

void store_remove(const char *dir)
{
    static const char *const names[] = {"opening", "salt", "reserve", "held"};
    struct hold *hold = NULL;
    int fd = -1;

    if (folder_open(dir, false, &fd) != LINLI_OK)
        return;
    enum folder_state state = folder_state(fd);
    if (state == FOLDER_FOREIGN || state == FOLDER_ROOT_KEY) {
        close(fd);
        return;
    }
    if (folder_hold(fd, &hold) != LINLI_OK)
        return;
    folder_unmake(fd);
    compact_forget(fd);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        (void)unlinkat(fd, names[i], 0);
    folder_release(hold);
    (void)rmdir(dir); /* only goes when empty */
}
