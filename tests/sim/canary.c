/*
 * sim: bytes that must never be seen: not between sockets, not in a store's files. Whatever is to be sealed gets a row here.
 */
#define _GNU_SOURCE /* memmem */
#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replica/internal.h"
#include "sim.h"

/* What people type, by how it begins (users.c). */
static const struct {
    const char *text;
    bool on_disk; /* looked for in files, too */
} typed[] = {
    {"typed ", false},
    {CANARY_SENSITIVE, false}, /* true when sensitive fields are sealed */
};

static bool within(span all, const void *at, size_t size)
{
    return size > 0 && memmem(all.at, all.size, at, size) != NULL;
}

/* The secrets of a place's device and store, one after the other. */
static span secret_of(const struct place *p, unsigned which)
{
    static const span none = {NULL, 0};
    const struct replica *r = p->store == NULL ? NULL : p->store->replica;

    switch (which) {
    case 0: return r == NULL ? none : span_of(r->self.sign_secret, KEY_BYTES);
    case 1: return r == NULL ? none : span_of(r->self.seal_secret, KEY_BYTES);
    case 2: return r == NULL ? none : span_of(r->self.network_key, KEY_BYTES);
    case 3: return r == NULL ? none : span_of(r->index_key, KEY_BYTES);
    case 4: return p->enrolled ? none : span_of(p->enrol.sign_secret, KEY_BYTES);
    case 5: return p->enrolled || p->number == 0 ? none : span_of(p->enrol.invitation.secret, KEY_BYTES);
    }
    return none;
}
enum { SECRETS = 6 };

void canary_wire(struct world *w, const struct place *from, const struct place *to, span bytes)
{
    for (size_t i = 0; i < COUNT_OF(typed); i++)
        if (within(bytes, typed[i].text, strlen(typed[i].text)))
            world_fail(w, "%u sends in clear what somebody typed", from->number);
    for (unsigned which = 0; which < SECRETS; which++) {
        span own = secret_of(from, which), theirs = secret_of(to, which);
        if (within(bytes, own.at, own.size) || within(bytes, theirs.at, theirs.size))
            world_fail(w, "%u sends secret %u in clear", from->number, which);
    }
}

static void file_look(struct world *w, const struct place *p, const char *path)
{
    int fd = open(path, O_RDONLY);
    struct stat st;
    void *at = MAP_FAILED;

    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0)
        at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (at != MAP_FAILED) {
        span all = span_of(at, (size_t)st.st_size);
        for (unsigned which = 0; which < SECRETS; which++) {
            span secret = secret_of(p, which);
            if (within(all, secret.at, secret.size))
                world_fail(w, "%u has secret %u in clear in a file", p->number, which);
        }
        for (size_t i = 0; i < COUNT_OF(typed); i++)
            if (typed[i].on_disk && within(all, typed[i].text, strlen(typed[i].text)))
                world_fail(w, "%u has in clear in a file what was to be sealed", p->number);
        (void)munmap(at, (size_t)st.st_size);
    }
    if (fd >= 0)
        close(fd);
}

/* Not lock.mdb: LMDB's locks end with the first descriptor of it that is closed. */
void canary_files(struct world *w, const struct place *p)
{
    DIR *d = opendir(p->dir);
    const struct dirent *entry;
    char path[512];

    while (d != NULL && (entry = readdir(d)) != NULL)
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, "lock.mdb") != 0) {
            (void)snprintf(path, sizeof(path), "%s/%s", p->dir, entry->d_name);
            file_look(w, p, path);
        }
    if (d != NULL)
        closedir(d);
}
