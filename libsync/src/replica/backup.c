/*
 * replica: a backup is written in steps, between which the replica is used: certificates, then runs in the order in which their
 * changesets came, then evidence of forks. What was written meanwhile follows in a further round, of what is new alone; the last of
 * them in one step.
 */
#include "replica/backup.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "codec/writer.h"
#include "replica/internal.h"
#include "replica/root_key.h"

enum {
    STEP_BYTES = 256 * 1024,
    SELF_ROOM_BYTES = LIMIT_ROOT_BYTES + 512,
    RUN_WISH_BYTES = 64 * 1024,           /* of the entries of one run, where signatures allow it */
    RUN_ROOM_BYTES = LIMIT_RUN_BYTES - 256,
    CALM_ROUNDS = 4                       /* then the rest is written in one step */
};

enum phase { SELF, CERTIFICATES, RUNS, EVIDENCE, END, DONE };

/* Changesets that went out with ones before them, for there was no signature between, and whose arrival comes later. */
struct ahead {
    uint32_t scope, author;
    uint64_t last;
};

/* A part that was not here when its changeset went out: it may come before the end. */
struct lacking {
    uint32_t scope, author, part;
    uint64_t seq;
};

struct backup {
    struct replica *r;
    struct store_config store;
    struct backup_writer writer;
    struct backup_head head;
    enum phase phase;
    unsigned round;
    uint64_t commits;                     /* of the store, as this round began */
    uint32_t scope;                       /* the next one, where a phase goes by scopes */
    uint64_t arrival;                     /* the next one */
    struct ahead *ahead;                  /* by scope and author */
    size_t ahead_count, ahead_room;
    linli_hash certificate;               /* the next one, not below this */
    struct {
        linli_hash *at;
        size_t count, sorted, room;
    } written;                            /* certificates; the first `sorted` in order */
    struct {
        struct lacking *at;
        size_t count, room;
    } lacking;
    struct buf item;
    struct linli_backup_report told;
};

/* May more be appended in this step? */
static bool goes_on(const struct backup *b, const struct buf *out)
{
    return out->size < STEP_BYTES || b->round == CALM_ROUNDS;
}

static int item_add(struct backup *b, struct buf *out)
{
    int rv = b->item.failed;

    if (rv == LINLI_OK)
        rv = backup_writer_add(&b->writer, buf_span(&b->item), out);
    buf_clear(&b->item);
    return rv;
}

/* --- who we are --- */

static int self_add(struct backup *b, struct buf *out)
{
    struct replica *r = b->r;
    struct backup_self self = {.root_file = r->self.root_file, .author = r->author, .made_ms = clock_now_ms(&r->clock)};
    int rv = root_key_read(b->store.dir, b->store.key, self.root_secret);

    self.has_root_secret = rv == LINLI_OK;
    memcpy(self.network_key, r->self.network_key, sizeof(self.network_key));
    memcpy(self.sign_secret, r->self.sign_secret, sizeof(self.sign_secret));
    memcpy(self.seal_secret, r->self.seal_secret, sizeof(self.seal_secret));
    b->told.made_ms = self.made_ms;
    backup_self_write(&b->item, &self);
    crypto_wipe(&self, sizeof(self));
    if (rv == LINLI_OK || rv == LINLI_E_NOT_FOUND || rv == LINLI_E_KEY)
        rv = item_add(b, out); /* one that was taken away, or that another key opens, is not of this store */
    if (b->item.room > 0)
        crypto_wipe(b->item.at, b->item.room);
    return rv;
}

/* --- certificates, each once, whatever scope they speak of --- */

struct adding {
    struct backup *b;
    struct store_txn *txn;
    struct buf *out;
    int failed;
    bool stopped;
};

static int by_hash(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(linli_hash));
}

static bool is_written(const struct backup *b, const linli_hash *id)
{
    return b->written.sorted > 0 && bsearch(id, b->written.at, b->written.sorted, sizeof(*id), by_hash) != NULL;
}

static int written_note(struct backup *b, const linli_hash *id)
{
    int rv = mem_grow(&b->written.at, &b->written.room, b->written.count + 1, sizeof(*id));

    if (rv == LINLI_OK)
        b->written.at[b->written.count++] = *id;
    return rv;
}

static bool certificate_add(void *ctx, const linli_hash *id, span certificate)
{
    struct adding *t = ctx;
    struct backup *b = t->b;

    t->stopped = !goes_on(b, t->out);
    b->certificate = *id;
    if (t->stopped || is_written(b, id))
        return !t->stopped;
    write_array(&b->item, 2);
    write_uint(&b->item, BACKUP_CERTIFICATE);
    write_bin(&b->item, certificate.at, certificate.size);
    t->failed = item_add(b, t->out);
    if (t->failed == LINLI_OK)
        t->failed = written_note(b, id);
    b->told.certificates++;
    return t->failed == LINLI_OK;
}

/* LINLI_E_NOT_FOUND when that was all. */
static int certificates_add(struct backup *b, struct buf *out)
{
    struct adding t = {.b = b, .out = out};
    int rv = store_begin(b->r->store, false, &t.txn);

    if (rv == LINLI_OK)
        rv = grant_row_from(t.txn, &b->certificate, certificate_add, &t);
    if (rv == LINLI_OK)
        rv = t.failed;
    if (rv == LINLI_OK && !t.stopped) {
        if (b->written.count > 0)
            qsort(b->written.at, b->written.count, sizeof(linli_hash), by_hash);
        b->written.sorted = b->written.count;
        b->certificate = (linli_hash){{0}};
        rv = LINLI_E_NOT_FOUND;
    }
    return store_end(t.txn, rv);
}

/* --- runs, in the order in which they came --- */

/* Changesets of one log that came one after the other. */
struct group {
    uint32_t scope, author;
    uint64_t first, last;                 /* first 0: none yet */
    size_t bytes;
};

/* One run under way: rows of a log from `from` on, up to a signature. */
struct cutting {
    struct run run;
    uint64_t want;                        /* up to here, and from there to the next signature */
    size_t bytes, signed_bytes, signed_count;
};

static bool row_take(void *ctx, uint64_t seq, const struct log_row *row)
{
    struct cutting *c = ctx;

    if (c->run.count == LIMIT_RUN_CHANGESETS || (c->signed_count > 0 && c->bytes + row->entry.size > RUN_WISH_BYTES))
        return false;
    c->run.entries[c->run.count++] = row->entry;
    c->bytes += row->entry.size;
    if (!row->has_signature)
        return true;
    c->signed_count = c->run.count;
    c->signed_bytes = c->bytes;
    memcpy(c->run.signature, row->signature, SIGNATURE_BYTES);
    return seq < c->want;
}

static int run_bytes_add(struct backup *b, const struct scope_path *path, span run, struct buf *out)
{
    write_array(&b->item, 3);
    write_uint(&b->item, BACKUP_RUN);
    path_write(&b->item, path);
    write_bin(&b->item, run.at, run.size);
    return item_add(b, out);
}

static int run_add(struct backup *b, const struct scope_path *path, const struct run *run, struct buf *out)
{
    struct buf bytes = {0};
    int rv = run_encode(run, &bytes);

    if (rv == LINLI_OK)
        rv = run_bytes_add(b, path, buf_span(&bytes), out);
    buf_free(&bytes);
    return rv;
}

/* Parts that came one by one may have made a run larger than one may be: then it goes without content, and that by itself. */
static int parts_add(struct adding *t, const struct log *log, uint64_t seq)
{
    struct log_row row;
    struct changeset cs;
    int rv = log_changeset(t->b->r, t->txn, log->arena, log, seq, NULL, &row, &cs);

    for (uint32_t i = 0; rv == LINLI_OK && i < cs.part_count; i++) {
        struct backup_part part = {.scope = log->scope_id, .author = log->name, .seq = seq, .part = i, .content = cs.parts[i].bytes};
        if (cs.parts[i].carried != PART_HELD)
            continue;
        backup_part_write(&t->b->item, &part);
        rv = item_add(t->b, t->out);
    }
    return rv;
}

static int run_add_bare(struct adding *t, const struct log *log, struct run *run)
{
    struct buf bare = {0};
    int rv = LINLI_OK;

    for (size_t i = 0; i < run->count && rv == LINLI_OK; i++) {
        buf_clear(&bare);
        rv = entry_for_classes(run->entries[i], 0, &bare);
        if (rv == LINLI_OK)
            run->entries[i] = arena_copy(log->arena, buf_span(&bare));
        if (rv == LINLI_OK && run->entries[i].at == NULL)
            rv = LINLI_E_NOMEM;
    }
    buf_free(&bare);
    if (rv == LINLI_OK)
        rv = run_add(t->b, &log->path, run, t->out);
    for (size_t i = 0; i < run->count && rv == LINLI_OK; i++)
        rv = parts_add(t, log, run->first + i);
    return rv;
}

/* The rows from `from` on as one run, up to a signature at or past `want` if that fits. *next: after it; `from`: none is signed. */
static int run_cut(struct adding *t, const struct log *log, uint64_t from, uint64_t want, uint64_t *next)
{
    struct cutting c = {.want = want, .run = {.scope = log->scope_id, .author = log->name, .first = from}};
    struct log_row before;
    int rv = LINLI_OK;

    c.run.entries = arena_array(log->arena, LIMIT_RUN_CHANGESETS, sizeof(span));
    if (c.run.entries == NULL)
        return LINLI_E_NOMEM;
    if (from > 1) {
        rv = log_get(t->txn, log->scope, log->author, from - 1, &before);
        c.run.prev = before.id;
    }
    if (rv == LINLI_OK)
        rv = log_each(t->txn, log->scope, log->author, from, row_take, &c);
    c.run.count = c.signed_count;
    *next = from + c.run.count;
    if (rv != LINLI_OK || c.run.count == 0)
        return rv;
    return c.signed_bytes > RUN_ROOM_BYTES ? run_add_bare(t, log, &c.run) : run_add(t->b, &log->path, &c.run, t->out);
}

/* Where a log of this scope and author stands, or would. */
static size_t ahead_place(const struct backup *b, uint32_t scope, uint32_t author)
{
    size_t low = 0, high = b->ahead_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct ahead *at = &b->ahead[middle];
        if (at->scope < scope || (at->scope == scope && at->author < author))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool ahead_is(const struct backup *b, size_t place, uint32_t scope, uint32_t author)
{
    return place < b->ahead_count && b->ahead[place].scope == scope && b->ahead[place].author == author;
}

static int ahead_put(struct backup *b, const struct group *g, uint64_t last)
{
    size_t place = ahead_place(b, g->scope, g->author);
    int rv = mem_grow(&b->ahead, &b->ahead_room, b->ahead_count + 1, sizeof(*b->ahead));

    if (rv != LINLI_OK)
        return rv;
    if (!ahead_is(b, place, g->scope, g->author)) {
        memmove(&b->ahead[place + 1], &b->ahead[place], (b->ahead_count - place) * sizeof(*b->ahead));
        b->ahead_count++;
    }
    b->ahead[place] = (struct ahead){g->scope, g->author, last};
    return LINLI_OK;
}

static bool ahead_take(struct backup *b, const struct arrival_row *row)
{
    size_t place = ahead_place(b, row->scope, row->author);

    if (!ahead_is(b, place, row->scope, row->author) || b->ahead[place].last < row->seq)
        return false;
    if (b->ahead[place].last == row->seq) {
        b->ahead_count--;
        memmove(&b->ahead[place], &b->ahead[place + 1], (b->ahead_count - place) * sizeof(*b->ahead));
    }
    return true;
}

static int group_add(struct adding *t, struct group *g)
{
    struct arena a = {0};
    struct log log;
    uint64_t next = g->first, from;
    int rv = log_load(t->b->r, t->txn, &a, g->scope, g->author, &log);

    do {
        from = next;
        if (rv == LINLI_OK)
            rv = run_cut(t, &log, from, g->last, &next);
    } while (rv == LINLI_OK && next > from && next <= g->last);
    if (rv == LINLI_OK && next > g->last + 1)
        rv = ahead_put(t->b, g, next - 1);
    arena_free(&a);
    g->first = 0;
    return rv;
}

struct gathering {
    struct adding *t;
    struct group group;
    bool stopped;
};

static bool belongs(const struct group *g, const struct arrival_row *row)
{
    return g->scope == row->scope && g->author == row->author && g->last + 1 == row->seq && g->bytes < RUN_WISH_BYTES;
}

static bool arrived(void *ctx, uint64_t arrival, const struct arrival_row *row)
{
    struct gathering *v = ctx;
    struct adding *t = v->t;
    struct group *g = &v->group;
    struct log_row held;

    if (!ahead_take(t->b, row)) {
        if (g->first > 0 && !belongs(g, row))
            t->failed = group_add(t, g);
        v->stopped = g->first == 0 && !goes_on(t->b, t->out);
        if (t->failed == LINLI_OK && !v->stopped)
            t->failed = log_get(t->txn, row->scope, row->author, row->seq, &held);
        if (t->failed != LINLI_OK || v->stopped)
            return false;
        if (g->first == 0)
            *g = (struct group){.scope = row->scope, .author = row->author, .first = row->seq};
        g->last = row->seq;
        g->bytes += held.entry.size;
    }
    t->b->arrival = arrival + 1;
    return true;
}

/* LINLI_E_NOT_FOUND when that was all that came so far. */
static int runs_add(struct backup *b, struct buf *out)
{
    struct adding t = {.b = b, .out = out};
    struct gathering v = {.t = &t};
    int rv = store_begin(b->r->store, false, &t.txn);

    if (rv == LINLI_OK)
        rv = arrival_each(t.txn, b->arrival, arrived, &v);
    if (rv == LINLI_OK)
        rv = t.failed;
    if (rv == LINLI_OK && v.group.first > 0)
        rv = group_add(&t, &v.group);
    if (rv == LINLI_OK && !v.stopped)
        rv = LINLI_E_NOT_FOUND;
    return store_end(t.txn, rv);
}

/* --- evidence of forks, and what is proved by nothing else --- */

struct ends {
    linli_id scope;
    struct scope_path path;
    struct end {
        uint32_t author;
        uint64_t from;
    } *at;
    size_t count, room;
    int failed;
};

static bool end_note(void *ctx, uint32_t author, const struct head_row *head)
{
    struct ends *e = ctx;

    if (!head->frozen && head->signed_seq == head->seq)
        return true;
    e->failed = mem_grow(&e->at, &e->room, e->count + 1, sizeof(*e->at));
    if (e->failed == LINLI_OK)
        e->at[e->count++] = (struct end){author, head->signed_seq + 1};
    return e->failed == LINLI_OK;
}

static int ends_find(struct backup *b, struct ends *e)
{
    struct store_txn *txn = NULL;
    struct scope_row row;
    int rv = store_begin(b->r->store, false, &txn);

    if (rv == LINLI_OK)
        rv = scope_get(txn, b->scope, &row);
    if (rv == LINLI_OK)
        rv = tree_path(txn, b->scope, &e->path);
    e->scope = row.id;
    if (rv == LINLI_OK)
        rv = head_each(txn, b->scope, end_note, e);
    if (rv == LINLI_OK)
        rv = e->failed;
    return store_end(txn, rv);
}

static int end_add(struct backup *b, const struct ends *e, const struct end *end, struct buf *out)
{
    struct buf run = {0};
    linli_author author;
    uint64_t from = end->from, last = 0;
    int rv = author_known(b->r, end->author, &author);

    while (rv == LINLI_OK) {
        buf_clear(&run);
        rv = replica_read_run(b->r, &e->scope, &author, from, UINT_MAX, LIMIT_RUN_BYTES, &run, &last);
        if (rv != LINLI_OK)
            break;
        rv = run_bytes_add(b, &e->path, buf_span(&run), out);
        from = last + 1;
    }
    buf_free(&run);
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

static int evidence_add(struct backup *b, struct buf *out)
{
    int rv = LINLI_OK;

    while (rv == LINLI_OK && goes_on(b, out)) {
        struct ends e = {.count = 0};
        rv = ends_find(b, &e);
        for (size_t i = 0; i < e.count && rv == LINLI_OK; i++)
            rv = end_add(b, &e, &e.at[i], out);
        mem_free(e.at);
        b->scope += rv == LINLI_OK;
    }
    return rv;
}

/* --- parts that came after their changesets had gone out --- */

static int by_part(const void *a, const void *b)
{
    const struct lacking *x = a, *y = b;

    if (x->scope != y->scope || x->author != y->author)
        return x->scope != y->scope ? (x->scope > y->scope) - (x->scope < y->scope) : (x->author > y->author) - (x->author < y->author);
    return x->seq != y->seq ? (x->seq > y->seq) - (x->seq < y->seq) : (x->part > y->part) - (x->part < y->part);
}

static bool lacking_note(void *ctx, uint32_t scope, uint32_t author, uint64_t seq, uint32_t part)
{
    struct adding *t = ctx;
    struct backup *b = t->b;

    t->failed = mem_grow(&b->lacking.at, &b->lacking.room, b->lacking.count + 1, sizeof(*b->lacking.at));
    if (t->failed == LINLI_OK)
        b->lacking.at[b->lacking.count++] = (struct lacking){.scope = scope, .author = author, .part = part, .seq = seq};
    return t->failed == LINLI_OK;
}

/* What is wanted as this step ends was not in what went out so far. */
static int lacking_look(struct backup *b)
{
    struct adding t = {.b = b};
    int rv = store_begin(b->r->store, false, &t.txn);

    if (rv == LINLI_OK)
        rv = want_all(t.txn, lacking_note, &t);
    if (rv == LINLI_OK)
        rv = t.failed;
    rv = store_end(t.txn, rv);
    if (rv != LINLI_OK || b->lacking.count == 0)
        return rv;
    qsort(b->lacking.at, b->lacking.count, sizeof(*b->lacking.at), by_part);
    size_t kept = 1;
    for (size_t i = 1; i < b->lacking.count; i++)
        if (by_part(&b->lacking.at[i], &b->lacking.at[kept - 1]) != 0)
            b->lacking.at[kept++] = b->lacking.at[i];
    b->lacking.count = kept;
    return LINLI_OK;
}

static int part_add(struct backup *b, const struct lacking *l, struct buf *out)
{
    struct backup_part part = {.seq = l->seq, .part = l->part};
    struct store_txn *txn = NULL;
    struct scope_row row;
    struct buf content = {0};
    int rv = store_begin(b->r->store, false, &txn);

    if (rv == LINLI_OK)
        rv = scope_get(txn, l->scope, &row);
    part.scope = row.id;
    rv = store_end(txn, rv);
    if (rv == LINLI_OK)
        rv = author_known(b->r, l->author, &part.author);
    if (rv == LINLI_OK)
        rv = replica_read_part(b->r, &part.scope, &part.author, l->seq, l->part, UINT_MAX, &content);
    part.content = buf_span(&content);
    if (rv == LINLI_OK) {
        backup_part_write(&b->item, &part);
        rv = item_add(b, out);
    }
    buf_free(&content);
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv; /* it is wanted still, or not at all any more */
}

static int parts_came(struct backup *b, struct buf *out)
{
    int rv = LINLI_OK;

    for (size_t i = 0; i < b->lacking.count && rv == LINLI_OK; i++)
        rv = part_add(b, &b->lacking.at[i], out);
    b->lacking.count = 0;
    return rv;
}

/* --- the end --- */

static int commits_of(struct backup *b, uint64_t *out)
{
    struct store_txn *txn = NULL;
    int rv = store_begin(b->r->store, false, &txn);

    if (rv == LINLI_OK)
        rv = store_commits(txn, out);
    return store_end(txn, rv);
}

static int end_write(struct backup *b, struct buf *out)
{
    struct backup_end end = {.certificates = b->told.certificates};
    struct linli_status status;
    linli_hash hash;
    int rv = replica_status(b->r, &status);

    if (rv != LINLI_OK)
        return rv;
    end.changesets = b->told.changesets = status.changesets;
    end.digest = b->told.digest = status.digest;
    backup_hash(&b->writer.hash, &hash);
    rv = sign_make(b->r->self.sign_secret, "linli/backup/1", span_of(hash.b, HASH_BYTES), end.signature);
    backup_end_write(&b->item, &end);
    if (rv == LINLI_OK)
        rv = item_add(b, out);
    return rv == LINLI_OK ? backup_writer_end(&b->writer, out) : rv;
}

/* Was something written since this round began? Then what is new follows. */
static int round_end(struct backup *b, struct buf *out)
{
    uint64_t now = 0;
    int rv = commits_of(b, &now);

    if (rv != LINLI_OK)
        return rv;
    if (now == b->commits) {
        rv = parts_came(b, out);
        b->phase = DONE;
        return rv == LINLI_OK ? end_write(b, out) : rv;
    }
    b->commits = now;
    b->round++;
    b->scope = 1;
    b->phase = CERTIFICATES;
    return LINLI_OK;
}

/* --- the steps --- */

static int phase_step(struct backup *b, struct buf *out)
{
    int rv = LINLI_OK;

    switch (b->phase) {
    case SELF:
        rv = self_add(b, out);
        b->phase = CERTIFICATES;
        break;
    case CERTIFICATES:
        rv = certificates_add(b, out);
        break;
    case RUNS:
        rv = runs_add(b, out);
        break;
    case EVIDENCE:
        rv = evidence_add(b, out);
        break;
    case END:
        rv = round_end(b, out);
        break;
    case DONE:
        break;
    }
    if (rv != LINLI_E_NOT_FOUND)
        return rv;
    b->scope = 1; /* that was all of this phase */
    b->phase++;
    return LINLI_OK;
}

int replica_backup_begin(struct replica *r, const struct store_config *config, const uint8_t *salt, struct backup **out)
{
    struct backup *b = secret_alloc(sizeof(*b));

    *out = NULL;
    if (b == NULL)
        return LINLI_E_NOMEM;
    b->r = r;
    b->store = *config;
    b->scope = 1;
    b->arrival = 1;
    b->head.salted = salt != NULL;
    if (salt != NULL)
        memcpy(b->head.salt, salt, sizeof(b->head.salt));
    stream_head(&r->rng, b->head.stream);
    b->told.network = r->self.network;
    b->told.device = r->author;
    b->item.failed = buf_extend(&b->item, SELF_ROOM_BYTES) == NULL ? LINLI_E_NOMEM : LINLI_OK;
    int rv = b->item.failed;
    buf_clear(&b->item); /* room enough for the secrets, so that they are not copied about */
    if (rv == LINLI_OK)
        rv = commits_of(b, &b->commits);
    if (rv == LINLI_OK)
        *out = b;
    else
        replica_backup_end(b);
    return rv;
}

int replica_backup_step(struct backup *b, struct buf *out, bool *done)
{
    size_t before = out->size;
    int rv = b->told.bytes == 0 ? backup_writer_start(&b->writer, b->store.key, &b->head, out) : LINLI_OK;

    while (rv == LINLI_OK && b->phase != DONE && goes_on(b, out))
        rv = phase_step(b, out);
    if (rv == LINLI_OK && b->phase != DONE)
        rv = lacking_look(b);
    b->told.bytes += out->size - before;
    *done = b->phase == DONE;
    return rv;
}

void replica_backup_told(const struct backup *b, struct linli_backup_report *out)
{
    *out = b->told;
}

void replica_backup_end(struct backup *b)
{
    if (b == NULL)
        return;
    backup_writer_free(&b->writer);
    if (b->item.room > 0)
        crypto_wipe(b->item.at, b->item.room);
    buf_free(&b->item);
    mem_free(b->ahead);
    mem_free(b->written.at);
    mem_free(b->lacking.at);
    secret_free(b);
}
