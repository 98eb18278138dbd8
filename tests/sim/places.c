/* sim: a place: one replica, its folder, its clock and its random source; opened, crashed, copied. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim.h"

struct place *place_new(struct world *w)
{
    struct place *p = &w->places[w->place_count];

    ALWAYS(w->place_count < PLACES_MAX);
    *p = (struct place){.world = w, .number = w->place_count, .clone_of = w->place_count, .honest = true};
    (void)snprintf(p->dir, sizeof(p->dir), "%s/%u", w->dir, w->place_count++);
    rng_seed(&p->seeded, rng_next(&w->rng));
    if (w->mix.wild_clocks) {
        int64_t year_ms = INT64_C(365) * 24 * 60 * 60 * 1000;
        p->clock_offset_ms = (int64_t)draw(w, (uint64_t)(60 * year_ms)) - 30 * year_ms;
    } else {
        p->clock_offset_ms = (int64_t)draw(w, 120 * 1000) - 60 * 1000;
    }
    p->drift_ppm = (int64_t)draw(w, 1001) - 500;
    version_draw(w, p);
    return p;
}

uint64_t place_now(void *place)
{
    const struct place *p = place;
    int64_t elapsed = (int64_t)p->world->now_ms, drift = elapsed % 1000000000 * p->drift_ppm / 1000000;
    int64_t epoch = INT64_C(1790000000000); /* autumn 2026 */

    return (uint64_t)(epoch + elapsed + drift + p->clock_offset_ms);
}

static const uint8_t store_key_bytes[LINLI_KEY_BYTES] = {'m', 'a', 'd', 'e', ' ', 'u', 'p'};

/* The handle that the public API works on, with this place's clock and randomness in it. */
static int handle_make(struct place *p)
{
    struct linli_options options = {.size = sizeof(options), .dir = p->dir, .key = store_key_bytes,
                                    .now_ms = place_now, .now_ctx = p};
    int rv = store_handle(&options, &p->store);

    if (rv == LINLI_OK) {
        p->store->config.rng = p->store->config.store.rng = rng_from(&p->seeded);
        rv = store_key(p->store, &options, false);
    }
    return rv;
}

static int attached(struct place *p, int rv, struct replica *r)
{
    if (rv != LINLI_OK) {
        store_handle_free(p->store);
        p->store = NULL;
        return rv;
    }
    store_attach(p->store, r);
    node_end(p); /* the one it enrolled with */
    rv = node_begin(p);
    if (rv != LINLI_OK) {
        place_close(p);
        return rv;
    }
    p->up = true;
    p->author = (linli_author){.incarnation = replica_identity(r)->incarnation};
    memcpy(p->author.key, replica_identity(r)->sign_public, sizeof(p->author.key));
    return rv;
}

int place_found(struct place *p, enum linli_scope_kind kind)
{
    struct replica *r = NULL;
    struct place *before = place_runs(p);
    int rv = handle_make(p);

    if (rv != LINLI_OK)
        return rv;
    p->store->config.store.create = true;
    rv = replica_create_root(&p->store->config, kind, "made-up city", NULL, &r);
    p->store->config.store.create = false;
    rv = attached(p, rv, r);
    p->world->runs = before;
    return rv;
}

int place_join(struct place *p, const struct enrolment *enrolment)
{
    struct replica *r = NULL;
    struct place *before = place_runs(p);
    int rv = handle_make(p);

    if (rv != LINLI_OK)
        return rv;
    p->store->config.store.create = true;
    rv = replica_create_joined(&p->store->config, enrolment, &r);
    p->store->config.store.create = false;
    p->enrolled = rv == LINLI_OK;
    rv = attached(p, rv, r);
    p->world->runs = before;
    return rv;
}

int place_open(struct place *p)
{
    struct replica *r = NULL;
    struct place *before = place_runs(p);
    int rv = handle_make(p);

    if (rv == LINLI_OK)
        rv = replica_open(&p->store->config, &r);
    rv = p->store == NULL ? rv : attached(p, rv, r);
    p->world->runs = before;
    world_log(p->world, "%u opens: %s", p->number, linli_code_name(rv));
    if (rv == LINLI_OK)
        acked_settle(p);
    return rv;
}

struct own_head {
    const linli_author *author;
    uint64_t seq;
};

static bool own_find(void *ctx, const linli_author *author, uint64_t seq, const linli_hash *id, bool frozen)
{
    struct own_head *own = ctx;

    (void)id;
    (void)frozen;
    if (author_equal(author, own->author))
        own->seq = seq;
    return true;
}

uint64_t place_own_seq(struct place *p, const linli_id *scope, const linli_author *author)
{
    struct own_head own = {author, 0};
    bool before = heap_own(true); /* it is the simulator that looks */
    int rv = replica_head_each(p->store->replica, scope, own_find, &own);

    (void)heap_own(before);
    if (rv != LINLI_OK && rv != LINLI_E_NOT_FOUND)
        world_fail(p->world, "the own log of %u: %s", p->number, linli_code_name(rv));
    return own.seq;
}

/* Without warning: connections vanish, what was not committed is gone. */
void place_crash(struct place *p)
{
    world_log(p->world, "%u crashes", p->number);
    p->life++;
    place_close(p);
}

void place_close(struct place *p)
{
    node_end(p);
    store_handle_free(p->store);
    p->store = NULL;
    p->up = p->sick = false;
}

bool scope_under(const struct world *w, unsigned scope, unsigned above)
{
    while (scope != above && scope != 0)
        scope = w->scopes[scope].parent;
    return scope == above;
}

/* Readable under grants for these scopes, a bit each. */
static unsigned granted_classes(const struct place *p, unsigned scopes, unsigned scope)
{
    unsigned classes = 0;

    for (unsigned s = 0; s < p->world->scope_count; s++) {
        if ((scopes >> s & 1) == 0)
            continue;
        if (scope_under(p->world, scope, s))
            classes |= p->role == LINLI_VIEWER ? 1u : 7u;
        else if (scope_under(p->world, s, scope))
            classes |= 1u;
    }
    return classes;
}

static unsigned granted_ever(const struct place *p)
{
    return p->granted | 1u << p->scope;
}

bool place_may(const struct place *p, unsigned scope, bool manage)
{
    if (p->role == LINLI_VIEWER || (granted_classes(p, granted_ever(p), scope) & 2) == 0)
        return false;
    return !manage || p->role == LINLI_NODE || p->role == LINLI_CLERK;
}

unsigned place_classes(const struct place *p, unsigned scope)
{
    return granted_classes(p, granted_ever(p), scope);
}

unsigned place_reads(const struct place *p, unsigned scope)
{
    return granted_classes(p, p->world->mix.revokes == 0 ? granted_ever(p) : p->usable, scope);
}

/* --- folders --- */

static int file_copy(const char *from, const char *to)
{
    static uint8_t bytes[65536];
    int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, S_IRUSR | S_IWUSR), rv = LINLI_E_DISK;
    ssize_t n = 0;

    if (in < 0 || out < 0)
        goto done;
    while ((n = read(in, bytes, sizeof(bytes))) > 0)
        if (write(out, bytes, (size_t)n) != n)
            goto done;
    rv = n == 0 ? LINLI_OK : LINLI_E_DISK;

done:
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    return rv;
}

/* The store's files as they are on the disk now: what a backup, a clone or a power cut leaves. Not whose they are. */
int place_copy(const char *from, const char *to)
{
    DIR *d = mkdir(to, 0700) == 0 ? opendir(from) : NULL;
    const struct dirent *entry;
    char a[512], b[512];
    int rv = d == NULL ? LINLI_E_DISK : LINLI_OK;

    while (rv == LINLI_OK && (entry = readdir(d)) != NULL) {
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "lock.mdb") == 0 || strcmp(entry->d_name, "held") == 0)
            continue;
        (void)snprintf(a, sizeof(a), "%s/%s", from, entry->d_name);
        (void)snprintf(b, sizeof(b), "%s/%s", to, entry->d_name);
        rv = file_copy(a, b);
    }
    if (d != NULL)
        closedir(d);
    return rv;
}

/* Two levels: a world's folder and its stores. */
void dir_remove(const char *dir)
{
    DIR *d = opendir(dir);
    const struct dirent *entry;
    char path[1024];

    while (d != NULL && (entry = readdir(d)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
        if (unlink(path) != 0)
            dir_remove(path);
    }
    if (d != NULL)
        closedir(d);
    (void)rmdir(dir);
}
