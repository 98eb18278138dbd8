/*
 * session tests: a store at the action interface, in memory. Its changesets are made up: an entry is a number and what it
 * cites, an id is a hash of the id before and the entry. It stores, waits, finds gaps and forks as the replica does.
 */
#ifndef LINLI_TESTS_FAKE_STORE_H
#define LINLI_TESTS_FAKE_STORE_H

#include <linli/error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "codec/reader.h"
#include "codec/writer.h"
#include "session/session.h"

struct fake_entry {
    uint64_t value;
    linli_id cites_author; /* first bytes of the author's key; zero: none */
    uint64_t cites_seq;
    linli_hash id;
};
struct fake_log {
    linli_author author;
    struct fake_entry *at;
    size_t count, room;
    bool frozen;
    struct fake_entry *branch[2]; /* when frozen: what follows the shared part */
    size_t branch_count[2];
};
struct fake_scope {
    struct scope_path path;
    linli_id id;
    struct fake_log *logs;
    size_t log_count, log_room;
};
struct fake_waiting {
    uint8_t *run;
    size_t size;
};
struct fake_store {
    linli_hash network;
    struct fake_scope *scopes;
    size_t scope_count, scope_room;
    struct fake_waiting *waiting;
    size_t waiting_count, waiting_room;
    linli_hash *grants;
    size_t grant_count, grant_room;
    linli_hash grants_sum; /* of all: it is in each digest */
    uint64_t wanted_seq, wanted_more; /* a part that is wanted, or 0; of how many after it the same is wanted */
    linli_id wanted_scope;
    linli_author wanted_author;
    bool no_parts;         /* gives none: what it was not entitled to */
    size_t run_changesets; /* at most, in one run */
    size_t padding;        /* bytes added to each entry */
    const linli_author *holds_back; /* of this one it takes nothing while nothing waits */
    bool lies;             /* its digests never agree with anybody's */
    bool flat;             /* nothing is below the children of the root: saves looking */
    size_t ingested, reads, learned, filled;
};

static inline void *fake_grow(void *at, size_t *room, size_t need, size_t size)
{
    if (need <= *room)
        return at;
    *room = need * 2;
    return realloc(at, *room * size);
}

static inline linli_author fake_author(unsigned n)
{
    linli_author a = {.incarnation = n};
    span text = span_of(&n, sizeof(n));
    linli_hash h;
    crypto_hash("made-up author", &text, 1, &h);
    memcpy(a.key, h.b, 32);
    return a;
}

static inline struct fake_scope *fake_scope(const struct fake_store *f, const linli_id *id)
{
    for (size_t i = 0; i < f->scope_count; i++)
        if (memcmp(f->scopes[i].id.b, id->b, 16) == 0)
            return &f->scopes[i];
    return NULL;
}

static inline struct fake_scope *fake_learn(struct fake_store *f, const struct scope_path *path)
{
    linli_id id;
    for (size_t depth = 0; depth < path->depth; depth++) { /* its ancestors too */
        struct scope_path above = *path;
        above.depth = depth;
        path_scope(&f->network, &above, &id);
        if (fake_scope(f, &id) == NULL)
            (void)fake_learn(f, &above);
    }
    path_scope(&f->network, path, &id);
    if (fake_scope(f, &id) != NULL)
        return fake_scope(f, &id);
    f->scopes = (struct fake_scope *)fake_grow(f->scopes, &f->scope_room, f->scope_count + 1, sizeof(*f->scopes));
    f->scopes[f->scope_count] = (struct fake_scope){.path = *path, .id = id};
    f->learned++;
    return &f->scopes[f->scope_count++];
}

/* The path of made-up scopes: one number a level. */
static inline struct scope_path fake_path(size_t depth, const unsigned *numbers)
{
    struct scope_path path = {.depth = depth};
    for (size_t i = 0; i < depth; i++)
        memcpy(path.nonce[i], &numbers[i], sizeof(numbers[i]));
    return path;
}

static inline struct fake_log *fake_log(struct fake_scope *s, const linli_author *author, bool make)
{
    for (size_t i = 0; i < s->log_count; i++)
        if (memcmp(s->logs[i].author.key, author->key, 32) == 0 && s->logs[i].author.incarnation == author->incarnation)
            return &s->logs[i];
    if (!make)
        return NULL;
    s->logs = (struct fake_log *)fake_grow(s->logs, &s->log_room, s->log_count + 1, sizeof(*s->logs));
    s->logs[s->log_count] = (struct fake_log){.author = *author};
    return &s->logs[s->log_count++];
}

static inline void fake_id(const linli_hash *prev, struct fake_entry *e)
{
    span spans[] = {span_of(prev->b, 32), span_of(&e->value, 8), span_of(e->cites_author.b, 16), span_of(&e->cites_seq, 8)};
    crypto_hash("made-up changeset", spans, 4, &e->id);
}

static inline void fake_append(struct fake_log *log, const struct fake_entry *entry)
{
    static const linli_hash none;
    log->at = (struct fake_entry *)fake_grow(log->at, &log->room, log->count + 1, sizeof(*log->at));
    log->at[log->count] = *entry;
    fake_id(log->count == 0 ? &none : &log->at[log->count - 1].id, &log->at[log->count]);
    log->count++;
}

static inline uint64_t fake_write(struct fake_store *f, const struct scope_path *path, unsigned author, uint64_t value)
{
    linli_author a = fake_author(author);
    struct fake_log *log = fake_log(fake_learn(f, path), &a, true);
    struct fake_entry e = {.value = value};
    fake_append(log, &e);
    return log->count;
}

/* Digests do not depend on the order in which things came: sums of hashes will do for a fake. */
static inline void fake_mix(linli_hash *sum, const linli_hash *add)
{
    unsigned carry = 0;
    for (size_t i = 0; i < 32; i++) {
        carry += (unsigned)sum->b[i] + add->b[i];
        sum->b[i] = (uint8_t)carry;
        carry >>= 8;
    }
}

static inline void fake_grant(struct fake_store *f, const linli_hash *id)
{
    for (size_t i = 0; i < f->grant_count; i++)
        if (memcmp(f->grants[i].b, id->b, 32) == 0)
            return;
    f->grants = (linli_hash *)fake_grow(f->grants, &f->grant_room, f->grant_count + 1, sizeof(*f->grants));
    f->grants[f->grant_count++] = *id;
    fake_mix(&f->grants_sum, id);
}

/* A scope by itself: its id and its heads. */
static inline void fake_mix_scope(linli_hash *sum, const struct fake_scope *at)
{
    linli_hash h;

    crypto_hash("made-up scope", &(span){at->id.b, 16}, 1, &h);
    fake_mix(sum, &h);
    for (size_t i = 0; i < at->log_count; i++) {
        const struct fake_log *log = &at->logs[i];
        if (log->count == 0 && !log->frozen)
            continue;
        uint64_t seq = log->count;
        span spans[] = {span_of(log->author.key, 32), span_of(&seq, 8), span_of(&log->frozen, 1)};
        crypto_hash("made-up log", spans, 3, &h);
        if (log->count > 0)
            fake_mix(&h, &log->at[log->count - 1].id);
        fake_mix(sum, &h);
    }
}

static inline linli_hash fake_digest_of(const struct fake_store *f, const struct fake_scope *s, bool subtree)
{
    linli_hash sum = {{0}};
    bool alone = !subtree || (f->flat && s->path.depth > 0); /* then nothing else need be looked at: wide trees ask this often */

    if (alone)
        fake_mix_scope(&sum, s);
    for (size_t k = 0; !alone && k < f->scope_count; k++)
        if (path_contains(&s->path, &f->scopes[k].path))
            fake_mix_scope(&sum, &f->scopes[k]);
    fake_mix(&sum, &f->grants_sum);
    if (f->lies)
        sum.b[1] ^= 1;
    return sum;
}

static inline linli_hash fake_digest(const struct fake_store *f, const linli_id *id, bool subtree)
{
    const struct fake_scope *s = fake_scope(f, id);
    return s == NULL ? (linli_hash){{0}} : fake_digest_of(f, s, subtree);
}

static inline void fake_put_author(struct buf *out, const linli_author *author)
{
    uint8_t bytes[40];
    author_encode(author, bytes);
    write_bin(out, bytes, 40);
}

static inline void fake_heads(const struct fake_scope *s, struct buf *out)
{
    size_t count = 0;
    static const linli_hash none;
    for (size_t i = 0; i < s->log_count; i++)
        count += s->logs[i].count > 0 || s->logs[i].frozen;
    write_array(out, count);
    for (size_t i = 0; i < s->log_count; i++) {
        const struct fake_log *log = &s->logs[i];
        if (log->count == 0 && !log->frozen)
            continue;
        write_array(out, 4);
        fake_put_author(out, &log->author);
        write_uint(out, log->count);
        write_bin(out, log->count > 0 ? log->at[log->count - 1].id.b : none.b, 32);
        write_bool(out, log->frozen);
    }
}

static inline void fake_children(const struct fake_store *f, const struct fake_scope *s, struct buf *out)
{
    size_t count = 0;
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1)
            write_array(out, count);
        for (size_t i = 0; i < f->scope_count; i++) {
            const struct fake_scope *c = &f->scopes[i];
            if (c->path.depth != s->path.depth + 1 || !path_contains(&s->path, &c->path))
                continue;
            count++;
            if (pass == 0)
                continue;
            linli_hash digest = fake_digest_of(f, c, true);
            write_array(out, 2);
            write_bin(out, c->path.nonce[s->path.depth], 16);
            write_bin(out, digest.b, 32);
        }
    }
}

static inline void fake_detail(const struct fake_store *f, const linli_id *id, bool subtree, struct buf *out)
{
    const struct fake_scope *s = fake_scope(f, id);
    if (s == NULL)
        return;
    linli_hash digest = fake_digest(f, id, subtree);
    write_map(out, 5u + (subtree ? 1 : 0));
    write_uint(out, 1);
    path_write(out, &s->path);
    write_uint(out, 2);
    write_bool(out, subtree);
    write_uint(out, 3);
    write_bin(out, digest.b, 32);
    write_uint(out, 4);
    fake_heads(s, out);
    write_uint(out, 5);
    write_array(out, s->path.depth == 0 ? f->grant_count : 0);
    for (size_t i = 0; s->path.depth == 0 && i < f->grant_count; i++)
        write_bin(out, f->grants[i].b, 32);
    if (subtree) {
        write_uint(out, 7);
        fake_children(f, s, out);
    }
}

static inline void fake_run_write(const struct fake_store *f, const linli_id *scope, const linli_author *author,
                                  uint64_t first, const linli_hash *prev, const struct fake_entry *at, size_t count,
                                  struct buf *out)
{
    static const uint8_t signature[64], padding[4096];
    write_array(out, 6);
    write_bin(out, scope->b, 16);
    fake_put_author(out, author);
    write_uint(out, first);
    write_bin(out, prev->b, 32);
    write_array(out, count);
    for (size_t i = 0; i < count; i++) {
        write_array(out, 4);
        write_uint(out, at[i].value);
        write_bin(out, at[i].cites_author.b, 16);
        write_uint(out, at[i].cites_seq);
        write_bin(out, padding, f->padding);
    }
    write_bin(out, signature, 64);
}

/* Past the head of a frozen log, a read gives its branches, one after the other. */
static inline uint64_t fake_read_run(struct fake_store *f, const linli_id *scope, const linli_author *author, uint64_t from,
                                     struct buf *out)
{
    static const linli_hash none;
    struct fake_scope *s = fake_scope(f, scope);
    const struct fake_log *log = s == NULL ? NULL : fake_log(s, author, false);
    f->reads++;
    if (log == NULL || from == 0)
        return 0;
    if (from > log->count) {
        uint64_t index = from - log->count - 1;
        if (!log->frozen || index > 1)
            return 0;
        fake_run_write(f, scope, author, log->count + 1, log->count == 0 ? &none : &log->at[log->count - 1].id,
                       log->branch[index], log->branch_count[index], out);
        return from;
    }
    size_t count = log->count - (from - 1);
    if (f->run_changesets != 0 && count > f->run_changesets)
        count = f->run_changesets;
    if (count > 1024)
        count = 1024;
    fake_run_write(f, scope, author, from, from == 1 ? &none : &log->at[from - 2].id, log->at + from - 1, count, out);
    return from + count - 1;
}

struct fake_result {
    int code;
    enum session_outcome outcome;
    uint64_t advanced, from;
};

static inline bool fake_cited_held(struct fake_scope *s, const struct fake_entry *e)
{
    if (e->cites_seq == 0)
        return true;
    for (size_t i = 0; i < s->log_count; i++)
        if (memcmp(s->logs[i].author.key, e->cites_author.b, 16) == 0)
            return s->logs[i].count >= e->cites_seq;
    return false;
}

static inline void fake_freeze(struct fake_log *log, uint64_t shared, const struct fake_entry *theirs, size_t count)
{
    log->frozen = true;
    for (int i = 0; i < 2; i++) {
        size_t n = i == 0 ? log->count - shared : count;
        log->branch[i] = (struct fake_entry *)calloc(n, sizeof(struct fake_entry));
        memcpy(log->branch[i], i == 0 ? log->at + shared : theirs, n * sizeof(struct fake_entry));
        log->branch_count[i] = n;
    }
    log->count = shared;
}

static inline struct fake_result fake_attach(struct fake_scope *s, struct fake_log *log, uint64_t first,
                                             const linli_hash *prev, struct fake_entry *at, size_t count)
{
    static const linli_hash none;
    struct fake_result gap = {.outcome = OUTCOME_GAP, .from = log->count + 1};
    struct fake_result r = {.outcome = OUTCOME_STORED};
    const linli_hash *before = first == 1 ? &none : first - 1 <= log->count ? &log->at[first - 2].id : NULL;
    if (before == NULL || memcmp(before->b, prev->b, 32) != 0)
        return gap;
    for (size_t i = 0; i < count; i++) {
        uint64_t seq = first + i;
        if (seq <= log->count) {
            if (memcmp(log->at[seq - 1].id.b, at[i].id.b, 32) == 0)
                continue;
            fake_freeze(log, seq - 1, at + i, count - i);
            r.outcome = OUTCOME_FORKED;
            return r;
        }
        if (log->frozen)
            return r; /* kept as evidence already */
        if (!fake_cited_held(s, &at[i])) {
            r.outcome = OUTCOME_WAITING;
            return r;
        }
        fake_append(log, &at[i]);
        r.advanced++;
    }
    return r;
}

static inline struct fake_result fake_ingest_one(struct fake_store *f, span run)
{
    struct reader r;
    linli_id scope;
    linli_author author;
    linli_hash prev;
    uint8_t bytes[40];
    struct fake_entry *at = NULL;
    reader_start(&r, run);
    (void)reader_array(&r, 6);
    reader_fixed(&r, scope.b, 16);
    reader_fixed(&r, bytes, 40);
    author_decode(bytes, &author);
    uint64_t first = reader_uint(&r, UINT64_MAX);
    reader_fixed(&r, prev.b, 32);
    size_t count = reader_array(&r, 1024);
    at = (struct fake_entry *)calloc(count + 1, sizeof(*at));
    for (size_t i = 0; i < count; i++) {
        if (reader_array(&r, 4) != 4)
            reader_fail(&r);
        at[i].value = reader_uint(&r, UINT64_MAX);
        reader_fixed(&r, at[i].cites_author.b, 16);
        at[i].cites_seq = reader_uint(&r, UINT64_MAX);
        (void)reader_bin(&r, 1 << 20);
        fake_id(i == 0 ? &prev : &at[i - 1].id, &at[i]);
    }
    struct fake_result result = {.code = r.failed};
    struct fake_scope *s = fake_scope(f, &scope);
    if (result.code == LINLI_OK && s == NULL)
        result.code = LINLI_E_NOT_FOUND;
    if (result.code == LINLI_OK && f->holds_back != NULL && f->waiting_count == 0 && author_equal(f->holds_back, &author))
        result.outcome = OUTCOME_HELD_BACK;
    else if (result.code == LINLI_OK)
        result = fake_attach(s, fake_log(s, &author, true), first, &prev, at, count);
    free(at);
    return result;
}

static inline struct fake_result fake_ingest(struct fake_store *f, span run)
{
    struct fake_result result = fake_ingest_one(f, run);
    f->ingested++;
    if (result.outcome == OUTCOME_WAITING && result.code == LINLI_OK) {
        f->waiting = (struct fake_waiting *)fake_grow(f->waiting, &f->waiting_room, f->waiting_count + 1, sizeof(*f->waiting));
        f->waiting[f->waiting_count].run = (uint8_t *)malloc(run.size);
        memcpy(f->waiting[f->waiting_count].run, run.at, run.size);
        f->waiting[f->waiting_count++].size = run.size;
    }
    for (bool again = result.advanced > 0; again;) {
        again = false;
        for (size_t i = 0; i < f->waiting_count; i++) {
            struct fake_result late = fake_ingest_one(f, span_of(f->waiting[i].run, f->waiting[i].size));
            again = again || late.advanced > 0;
            if (late.outcome == OUTCOME_WAITING)
                continue;
            free(f->waiting[i].run);
            f->waiting[i--] = f->waiting[--f->waiting_count];
        }
    }
    return result;
}

static inline void fake_free(struct fake_store *f)
{
    for (size_t i = 0; i < f->scope_count; i++) {
        for (size_t k = 0; k < f->scopes[i].log_count; k++) {
            free(f->scopes[i].logs[k].at);
            free(f->scopes[i].logs[k].branch[0]);
            free(f->scopes[i].logs[k].branch[1]);
        }
        free(f->scopes[i].logs);
    }
    for (size_t i = 0; i < f->waiting_count; i++)
        free(f->waiting[i].run);
    free(f->scopes);
    free(f->waiting);
    free(f->grants);
    *f = (struct fake_store){0};
}

#endif
