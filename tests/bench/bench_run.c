/*
 * bench: open runs (decode, hash, walk the chain, check one signature) against bare BLAKE2b-256 over the same bytes, in
 * turns in the same process. Prints both and the ratio; decides nothing.
 */
#include <linli/error.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "changeset/run.h"
#include "codec/writer.h"

enum { RUNS_MAX = 64, ROUNDS = 15 };

struct shape {
    const char *name;
    size_t changesets, parts, ops, value_bytes;
};

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void ops_write(struct buf *out, const struct shape *shape, struct rng_seeded *rng)
{
    uint8_t value[256];

    struct rng random = rng_from(rng);

    rng_fill(&random, value, sizeof(value));
    write_array(out, shape->ops);
    for (size_t i = 0; i < shape->ops; i++) {
        write_array(out, 4);
        write_uint(out, 32 * (i + 1));
        write_nil(out);
        write_array(out, 0);
        write_map(out, 1);
        write_uint(out, i);
        write_bin(out, value, shape->value_bytes);
    }
}

/* One run, as it travels. */
static void run_make(const struct shape *shape, struct rng_seeded *rng, const uint8_t *secret, struct position at,
                     struct buf *out)
{
    struct arena a = {0};
    struct rng random = rng_from(rng);
    span *entries = arena_array(&a, shape->changesets, sizeof(span));
    struct draft_part *parts = arena_array(&a, shape->parts, sizeof(*parts));
    struct run run = {at.scope, at.author, 1, {{0}}, entries, shape->changesets, {0}};
    linli_hash id = {{0}}, grant = {{1}};

    ALWAYS(entries != NULL && parts != NULL);
    for (size_t i = 0; i < shape->changesets; i++) {
        struct buf entry = {0};
        for (size_t p = 0; p < shape->parts; p++) {
            struct buf ops = {0};
            parts[p] = (struct draft_part){.type = 8};
            rng_fill(&random, parts[p].record.b, ID_BYTES);
            rng_fill(&random, parts[p].salt, SALT_BYTES);
            ops_write(&ops, shape, rng);
            parts[p].ops = arena_copy(&a, buf_span(&ops));
            buf_free(&ops);
        }
        struct draft d = {at, NULL, 0, i == 0 ? &grant : NULL, 1 + i, 1, parts, shape->parts};
        ALWAYS(changeset_encode(&a, &d, &entry, &id) == LINLI_OK);
        entries[i] = arena_copy(&a, buf_span(&entry));
        buf_free(&entry);
        at.seq++;
        at.prev = id;
    }
    ALWAYS(changeset_sign(secret, &id, run.signature) == LINLI_OK);
    ALWAYS(run_encode(&run, out) == LINLI_OK);
    arena_free(&a);
}

static double open_all(const struct buf *runs, size_t count, const linli_hash *network)
{
    struct arena a = {0};
    double start = now_s();

    for (size_t i = 0; i < count; i++) {
        struct run run;
        struct changeset *list;
        ALWAYS(run_decode(&a, buf_span(&runs[i]), &run) == LINLI_OK);
        ALWAYS(run_open(&a, &run, network, &list) == LINLI_OK);
        arena_reset(&a);
    }
    double took = now_s() - start;
    arena_free(&a);
    return took;
}

static double hash_all(const struct buf *runs, size_t count)
{
    double start = now_s();

    for (size_t i = 0; i < count; i++) {
        struct hasher h;
        linli_hash out;
        hasher_start(&h, HASH_BYTES);
        hasher_add(&h, runs[i].at, runs[i].size);
        hasher_end(&h, out.b, HASH_BYTES);
    }
    return now_s() - start;
}

static void measure(const struct shape *shape)
{
    struct rng_seeded rng;
    uint8_t secret[SIGN_SECRET_BYTES];
    struct position at = {.seq = 1};
    struct buf runs[RUNS_MAX] = {{0}};
    size_t bytes = 0;
    double opened = 1e9, hashed = 1e9;

    rng_seed(&rng, 1);
    struct rng random = rng_from(&rng);
    sign_keypair(&random, at.author.key, secret);
    for (size_t i = 0; i < RUNS_MAX; i++) {
        run_make(shape, &rng, secret, at, &runs[i]);
        bytes += runs[i].size;
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        double o = open_all(runs, RUNS_MAX, &at.network), h = hash_all(runs, RUNS_MAX);
        opened = o < opened ? o : opened;
        hashed = h < hashed ? h : hashed;
    }
    double changesets = (double)(RUNS_MAX * shape->changesets);
    printf("%-34s %7.0f B/run  open %9.0f changesets/s %6.0f MB/s  BLAKE2b %6.0f MB/s  ratio %.2f\n", shape->name,
           (double)bytes / RUNS_MAX, changesets / opened, (double)bytes / opened / 1e6, (double)bytes / hashed / 1e6,
           hashed / opened);
    for (size_t i = 0; i < RUNS_MAX; i++)
        buf_free(&runs[i]);
}

int main(void)
{
    static const struct shape shapes[] = {
        {"1 changeset of 240 records", 1, 240, 12, 16},  {"1 changeset of 200 visits", 1, 200, 2, 200},
        {"60 changesets of 4 records", 60, 4, 12, 16},   {"400 changesets of one field", 400, 1, 1, 16},
        {"1 changeset of one field", 1, 1, 1, 16},
    };

    if (crypto_start() != LINLI_OK)
        return 1;
    for (size_t i = 0; i < COUNT_OF(shapes); i++)
        measure(&shapes[i]);
    return 0;
}
