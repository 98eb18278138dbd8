/* tests: made-up logs to try the changeset layer on. Everything follows from the numbers handed in. */
#ifndef LINLI_TEST_SAMPLE_H
#define LINLI_TEST_SAMPLE_H

#include <string.h>

#include "base/check.h"
#include "changeset/layout.h"
#include "changeset/run.h"
#include "codec/writer.h"

enum { SAMPLE_LOG_MAX = 32 };

struct sample_log {
    struct position at;  /* of the next changeset */
    uint8_t secret[SIGN_SECRET_BYTES];
    struct buf entries[SAMPLE_LOG_MAX];
    struct position positions[SAMPLE_LOG_MAX];
    linli_hash ids[SAMPLE_LOG_MAX];
    size_t count;
};

static inline void sample_fill(void *ctx, uint8_t *out, size_t size)
{
    memset(out, *(const int *)ctx, size);
}

/* The key whose seed is one byte 32 times over. */
static inline void sample_key(int byte, uint8_t public_key[KEY_BYTES], uint8_t secret[SIGN_SECRET_BYTES])
{
    struct rng rng = {sample_fill, &byte};

    sign_keypair(&rng, public_key, secret);
}

static inline void sample_start(struct sample_log *log, int key)
{
    *log = (struct sample_log){.at = {.seq = 1}};
    sample_key(key, log->at.author.key, log->secret);
    log->at.author.incarnation = 0x0102030405060708U;
    memset(log->at.network.b, 0x11, HASH_BYTES);
    memset(log->at.scope.b, 0x22, ID_BYTES);
}

/* One register op: group, no context, field 0 holds `value`. */
static inline span sample_ops(struct buf *out, uint32_t group, uint64_t value)
{
    buf_clear(out);
    write_array(out, 1);
    write_array(out, 4);
    write_uint(out, group);
    write_nil(out);
    write_array(out, 0);
    write_map(out, 1);
    write_uint(out, 0);
    write_uint(out, value);
    ALWAYS(out->failed == 0);
    return buf_span(out);
}

/* Four parts of three classes in two records, and two heads seen; handed over in an order that is not the sorted one. */
static inline int sample_encode(const struct position *at, uint64_t n, struct buf *out, linli_hash *id)
{
    struct arena scratch = {0};
    struct buf ops[4] = {{0}};
    struct draft_part parts[4] = {{.type = 8, .cls = 2}, {.type = 8, .cls = 0}, {.type = 300, .cls = 1, .manage = true},
                                  {.type = 8, .cls = 1}};
    struct seen_head seen[2] = {{.seq = 5 + n}, {.seq = 70000}};
    linli_hash grant;
    int rv;

    for (unsigned i = 0; i < 4; i++) {
        memset(parts[i].record.b, i == 2 ? 0x31 : 0x41, ID_BYTES);
        memset(parts[i].salt, (int)(0x50 + i + n), SALT_BYTES);
        parts[i].ops = sample_ops(&ops[i], 32 + parts[i].cls, 1000 * n + i);
    }
    for (unsigned i = 0; i < 2; i++) {
        memset(seen[i].author.key, (int)(0x90 - i), KEY_BYTES);
        seen[i].author.incarnation = 7;
        memset(seen[i].id.b, (int)(0x60 + i), HASH_BYTES);
    }
    memset(grant.b, 0x77, HASH_BYTES);
    struct draft draft = {*at, seen, 2, at->seq == 1 ? &grant : NULL, ((uint64_t)1 << 40) + at->seq, 3, parts, 4};
    rv = changeset_encode(&scratch, &draft, out, id);
    for (unsigned i = 0; i < 4; i++)
        buf_free(&ops[i]);
    arena_free(&scratch);
    return rv;
}

static inline void sample_add(struct sample_log *log, uint64_t n)
{
    size_t i = log->count++;

    ALWAYS(i < SAMPLE_LOG_MAX);
    log->positions[i] = log->at;
    ALWAYS(sample_encode(&log->at, n, &log->entries[i], &log->ids[i]) == 0);
    log->at.prev = log->ids[i];
    log->at.seq++;
}

/* The run of changesets first..last (from 1), signed at the last. */
static inline void sample_run(const struct sample_log *log, size_t first, size_t last, struct buf *out)
{
    span entries[SAMPLE_LOG_MAX];
    struct run run = {log->at.scope, log->at.author, first, log->positions[first - 1].prev, entries, last - first + 1, {0}};

    for (size_t i = first; i <= last; i++)
        entries[i - first] = buf_span(&log->entries[i - 1]);
    ALWAYS(changeset_sign(log->secret, &log->ids[last - 1], run.signature) == 0);
    ALWAYS(run_encode(&run, out) == 0);
}

static inline void sample_end(struct sample_log *log)
{
    for (size_t i = 0; i < log->count; i++)
        buf_free(&log->entries[i]);
}

#endif
