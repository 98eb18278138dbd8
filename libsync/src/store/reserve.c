/*
 * store: a piece of the disk kept for what takes rights back. A device that fills the disk must not keep the store from hearing
 * that it was revoked, so a file of nothing lies beside the data; on a full disk it makes room for that, once.
 */
#include "store/env.h"

#include <fcntl.h>
#include <linli/error.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static const off_t RESERVE_BYTES = (off_t)1 << 20, RESERVE_LEAST = (off_t)1 << 14;
static const uint64_t ROOM_LEAST = UINT64_C(64) << 20; /* on a disk with less than this free it would only be in the way */
static const char NAME[] = "reserve";

static bool has_room(int folder)
{
    struct statvfs vfs;

    return fstatvfs(folder, &vfs) == 0 && (uint64_t)vfs.f_bavail * vfs.f_frsize >= ROOM_LEAST;
}

/* Make the file this large, or half of it, or half of that. */
static off_t take(int folder, off_t size)
{
    int file = openat(folder, NAME, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    if (file < 0)
        return 0;
    while (size >= RESERVE_LEAST && posix_fallocate(file, 0, size) != 0)
        size /= 2;
    close(file);
    if (size >= RESERVE_LEAST)
        return size;
    (void)unlinkat(folder, NAME, 0);
    return 0;
}

void reserve_keep(struct store *store)
{
    int folder = folder_fd(store->hold);
    struct stat st;
    off_t held = fstatat(folder, NAME, &st, 0) == 0 ? st.st_size : 0;

    if (held < RESERVE_BYTES && has_room(folder))
        held = take(folder, RESERVE_BYTES);
    else if (held == 0 && store->reserve_spent) /* nobody else is to have what is left of it */
        held = take(folder, RESERVE_BYTES / 2);
    store->reserve_short = held < RESERVE_BYTES;
    store->reserve_spent = false;
}

int store_reserve_spend(struct store *store)
{
    int rv = LINLI_E_FULL;

    pthread_mutex_lock(&store->lock);
    if (store->disk_full && !store->unmapped && unlinkat(folder_fd(store->hold), NAME, 0) == 0) {
        store->reserve_spent = true;
        store->disk_full = false;
        rv = LINLI_OK;
    }
    pthread_mutex_unlock(&store->lock);
    return rv;
}
