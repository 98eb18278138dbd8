/* tests: a store in a folder of its own under /tmp, and short ways to open, fill and throw it away. */
#ifndef LINLI_TEST_STORE_TOOL_H
#define LINLI_TEST_STORE_TOOL_H

#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store.h"

struct place {
    char dir[64];             /* does not exist until something makes it */
    char parent[48];
    struct store_config config;
    struct store *store;
    struct rng_seeded rng;
};

static inline void place_make(struct place *p)
{
    memset(p, 0, sizeof(*p));
    folder_make("store", p->parent, sizeof(p->parent));
    snprintf(p->dir, sizeof(p->dir), "%s/s", p->parent);
    seed_start(&p->rng);
    p->config.dir = p->dir;
    p->config.map_bytes = 1 << 20;
    memset(p->config.key, 7, sizeof(p->config.key));
    p->config.rng = rng_from(&p->rng);
}

static inline int place_open(struct place *p, bool create)
{
    p->config.create = create;
    p->store = NULL;
    return store_open(&p->config, &p->store);
}

static inline void place_close(struct place *p)
{
    store_close(p->store);
    p->store = NULL;
}

static inline void place_drop(struct place *p)
{
    place_close(p);
    DIR *dir = opendir(p->dir);
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;)
        (void)unlinkat(dirfd(dir), e->d_name, 0);
    if (dir != NULL)
        closedir(dir);
    (void)rmdir(p->dir);
    (void)rmdir(p->parent);
}

static inline const char *place_file(const struct place *p, const char *name, char *out, size_t size)
{
    snprintf(out, size, "%s/%s", p->dir, name);
    return out;
}

/* Fixtures: a place alone, and one with an empty store open in it. */
static inline int place_setup(void **state)
{
    struct place *p = malloc(sizeof(*p));

    assert_non_null(p);
    place_make(p);
    *state = p;
    return 0;
}

static inline int store_setup(void **state)
{
    place_setup(state);
    assert_ok(place_open(*state, true));
    return 0;
}

static inline int place_teardown(void **state)
{
    place_drop(*state);
    free(*state);
    return 0;
}

static inline struct store_txn *begin(struct place *p, bool write)
{
    struct store_txn *txn = NULL;

    assert_ok(store_begin(p->store, write, &txn));
    return txn;
}

static inline linli_id id_of(uint64_t n)
{
    linli_id id = {{0}};

    be64_put(id.b, n);
    be64_put(id.b + 8, ~n);
    return id;
}

static inline linli_hash hash_of(uint64_t n)
{
    linli_hash hash = {{0}};

    be64_put(hash.b, n);
    be64_put(hash.b + 24, ~n);
    return hash;
}

static inline span text(const char *s)
{
    return span_of(s, strlen(s));
}

/* A file's bytes; the caller frees. */
static inline uint8_t *file_read(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    struct stat st;

    assert_non_null(f);
    assert_int_equal(fstat(fileno(f), &st), 0);
    *size = (size_t)st.st_size;
    uint8_t *at = malloc(*size + 1);
    assert_non_null(at);
    assert_int_equal(fread(at, 1, *size, f), *size);
    fclose(f);
    return at;
}

static inline void file_write(const char *path, const void *at, size_t size)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(at, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
}

/* What an iteration visited, and after how many it was told to stop. */
struct seen {
    size_t count, stop_after;
    uint64_t numbers[64];
    linli_id ids[64];
    linli_hash hashes[64];
    char words[64][32];
};

static inline bool go_on(const struct seen *s)
{
    return s->stop_after == 0 || s->count < s->stop_after;
}

static inline bool saw_record(void *ctx, const linli_id *record)
{
    struct seen *s = ctx;

    s->ids[s->count++] = *record;
    return go_on(s);
}

#endif
