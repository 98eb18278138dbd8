/* replica: what a session asks to be read: details of a scope, runs, parts, certificates. */
#include "codec/writer.h"
#include "replica/internal.h"

/* --- detail (proto/session.md 2, message 3) --- */

/* Rows counted and written in one pass: an array's head goes in front when the count is known. */
struct listing {
    struct replica *r;
    struct store_txn *txn;
    struct buf rows;
    size_t count;
    int failed;
};

static bool author_write(struct listing *l, uint32_t author)
{
    uint8_t encoded[AUTHOR_BYTES];
    linli_author name;

    l->failed = author_known(l->r, author, &name);
    if (l->failed != LINLI_OK)
        return false;
    author_encode(&name, encoded);
    write_bin(&l->rows, encoded, sizeof(encoded));
    return true;
}

static bool head_write(void *ctx, uint32_t author, const struct head_row *head)
{
    struct listing *l = ctx;

    write_array(&l->rows, 4);
    if (!author_write(l, author))
        return false;
    write_uint(&l->rows, head->seq);
    write_bin(&l->rows, head->id.b, HASH_BYTES);
    write_bool(&l->rows, head->frozen);
    l->count++;
    return true;
}

static bool grant_write(void *ctx, const linli_hash *id, span certificate)
{
    struct listing *l = ctx;

    (void)certificate;
    write_bin(&l->rows, id->b, HASH_BYTES);
    l->count++;
    return true;
}

static bool child_write(void *ctx, uint32_t child, const linli_id *id)
{
    struct listing *l = ctx;
    struct scope_row row;
    struct digest_row digest;

    (void)id;
    l->failed = scope_get(l->txn, child, &row);
    if (l->failed == LINLI_OK)
        l->failed = digest_get(l->txn, child, &digest);
    if (l->failed != LINLI_OK)
        return false;
    if (digest_none(&digest.subtree))
        return true; /* nothing is held of it */
    write_array(&l->rows, 2);
    write_bin(&l->rows, row.nonce, sizeof(row.nonce));
    write_bin(&l->rows, digest.subtree.b, HASH_BYTES);
    l->count++;
    return true;
}

/* Put what was listed behind its key, and begin the next list. */
static int list_end(struct listing *l, unsigned key, int rv, struct buf *out)
{
    if (rv == LINLI_OK)
        rv = l->failed;
    write_uint(out, key);
    write_array(out, l->count);
    write_raw(out, buf_span(&l->rows));
    if (rv == LINLI_OK)
        rv = l->rows.failed != LINLI_OK ? l->rows.failed : out->failed;
    buf_clear(&l->rows);
    l->count = 0;
    return rv;
}

static int detail_write(struct listing *l, uint32_t scope, bool subtree, struct buf *out)
{
    struct scope_path path;
    struct scope_row row;
    struct digest_row digest;
    int rv = scope_get(l->txn, scope, &row);

    if (rv == LINLI_OK)
        rv = tree_path(l->txn, scope, &path);
    if (rv == LINLI_OK)
        rv = digest_get(l->txn, scope, &digest);
    if (rv != LINLI_OK)
        return rv;
    write_map(out, subtree ? 6 : 5);
    write_uint(out, 1);
    path_write(out, &path);
    write_uint(out, 2);
    write_bool(out, subtree);
    write_uint(out, 3);
    write_bin(out, digest.own.b, HASH_BYTES);
    rv = list_end(l, 4, head_each(l->txn, scope, head_write, l), out);
    if (rv == LINLI_OK)
        rv = grant_row_each(l->txn, &row.id, grant_write, l);
    if (rv == LINLI_OK)
        rv = list_end(l, 5, authority_attached_each(l->txn, &row.id, grant_write, l), out);
    if (rv == LINLI_OK && subtree)
        rv = list_end(l, 7, scope_children(l->txn, scope, child_write, l), out);
    return rv;
}

int replica_detail(struct replica *r, const linli_id *scope, bool subtree, struct buf *out)
{
    struct listing l = {.r = r};
    size_t start = out->size;
    uint32_t number;
    int rv = store_begin(r->store, false, &l.txn);

    if (rv == LINLI_OK)
        rv = scope_number(l.txn, scope, &number);
    if (rv == LINLI_OK)
        rv = detail_write(&l, number, subtree, out);
    if (rv != LINLI_OK)
        out->size = start;
    buf_free(&l.rows);
    return store_end(l.txn, rv);
}

/* --- runs --- */

enum { RUN_FRAME_BYTES = 256 }; /* what a run has besides its entries */

struct reading_run {
    struct store_txn *txn;
    struct arena *a;
    const struct log *log;
    unsigned class_mask;
    size_t bytes_max, bytes;
    struct run run;
    size_t room, signed_count; /* signed_count: entries up to the last signature passed */
    int failed;
};

static int run_push(struct reading_run *t, span entry)
{
    struct buf cut = {0};
    int rv = entry_for_classes(entry, t->bytes > LIMIT_RUN_BYTES ? 0 : t->class_mask, &cut); /* past that: see run_fit */
    span kept = rv == LINLI_OK ? arena_copy(t->a, buf_span(&cut)) : (span){NULL, 0};

    buf_free(&cut);
    if (rv == LINLI_OK && kept.at == NULL)
        rv = LINLI_E_NOMEM;
    if (rv == LINLI_OK && t->run.count == t->room)
        rv = LINLI_E_LIMIT;
    if (rv != LINLI_OK)
        return rv;
    t->run.entries[t->run.count++] = kept;
    t->bytes += kept.size;
    return LINLI_OK;
}

static bool row_push(void *ctx, uint64_t seq, const struct log_row *row)
{
    struct reading_run *t = ctx;

    (void)seq;
    if (t->run.count == t->room)
        return false;
    t->failed = run_push(t, row->entry);
    if (t->failed != LINLI_OK)
        return false;
    /* Past the wish only as far as it takes to reach a first signature. */
    if (t->bytes + RUN_FRAME_BYTES > t->bytes_max && t->signed_count > 0)
        return false;
    if (row->has_signature) {
        t->signed_count = t->run.count;
        for (size_t i = 0; i < SIGNATURE_BYTES; i++)
            t->run.signature[i] = row->signature[i];
    }
    return t->bytes + RUN_FRAME_BYTES <= t->bytes_max;
}

/*
 * Parts that came one by one may have filled a stretch without a signature past what a run holds. Its last changesets then go
 * without content, which the reader asks for by parts; what came as a run has room as one when it carries nothing.
 */
static int run_fit(struct reading_run *t)
{
    size_t bytes = RUN_FRAME_BYTES;
    int rv = LINLI_OK;

    for (size_t i = 0; i < t->run.count; i++)
        bytes += t->run.entries[i].size;
    for (size_t i = t->run.count; i > 0 && bytes > LIMIT_RUN_BYTES && rv == LINLI_OK; i--) {
        span *entry = &t->run.entries[i - 1];
        struct buf bare = {0};
        bytes -= entry->size;
        rv = entry_for_classes(*entry, 0, &bare);
        if (rv == LINLI_OK)
            *entry = arena_copy(t->a, buf_span(&bare));
        buf_free(&bare);
        if (rv == LINLI_OK && entry->at == NULL)
            rv = LINLI_E_NOMEM;
        bytes += entry->size;
    }
    return rv;
}

/* A run that is whole already, for this reader. */
static int run_take(struct reading_run *t, const struct run *whole)
{
    int rv = LINLI_OK;

    t->run = *whole;
    t->run.count = 0;
    t->room = whole->count;
    t->run.entries = arena_array(t->a, t->room, sizeof(span));
    if (t->run.entries == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < whole->count && rv == LINLI_OK; i++)
        rv = run_push(t, whole->entries[i]);
    return rv;
}

static int run_read(struct reading_run *t, uint64_t from)
{
    struct log_row before;
    struct run whole;
    int rv = LINLI_OK;

    t->run = (struct run){.scope = t->log->scope_id, .author = t->log->name, .first = from};
    t->room = LIMIT_RUN_CHANGESETS;
    t->run.entries = arena_array(t->a, t->room, sizeof(span));
    if (t->run.entries == NULL)
        return LINLI_E_NOMEM;
    if (from > 1) {
        rv = log_get(t->txn, t->log->scope, t->log->author, from - 1, &before);
        t->run.prev = before.id;
    }
    if (rv == LINLI_OK && from <= t->log->head.signed_seq)
        rv = log_each(t->txn, t->log->scope, t->log->author, from, row_push, t);
    if (rv == LINLI_OK)
        rv = t->failed;
    t->run.count = t->signed_count;
    if (rv == LINLI_OK && t->signed_count > 0)
        return run_fit(t);
    if (rv != LINLI_OK)
        return rv;
    rv = fork_held_run(t->txn, t->a, t->log, from, &whole); /* these rows have no signature of their own */
    return rv == LINLI_OK ? run_take(t, &whole) : rv;
}

/* Past the end of a frozen log stands its evidence: `from` names which branch (replica.h). */
static int evidence_read(struct reading_run *t, uint64_t from)
{
    struct run whole;
    int rv = fork_branch(t->txn, t->a, t->log, (size_t)(from - t->log->head.seq - 1), &whole);

    return rv == LINLI_OK ? run_take(t, &whole) : rv;
}

static int log_of(struct replica *r, struct store_txn *txn, struct arena *a, const linli_id *scope,
                  const linli_author *author, struct log *out)
{
    uint32_t scope_no, author_no;
    int rv = scope_number(txn, scope, &scope_no);

    if (rv == LINLI_OK)
        rv = author_number(txn, author, false, &author_no);
    return rv == LINLI_OK ? log_load(r, txn, a, scope_no, author_no, out) : rv;
}

/* Reading on from the end gives the next run: after the last row of a frozen log, its first branch. */
static uint64_t run_end(const struct run *run, const struct log *log)
{
    uint64_t end = run->first + run->count - 1;

    return log->head.frozen && end > log->head.seq ? log->head.seq : end;
}

int replica_read_run(struct replica *r, const linli_id *scope, const linli_author *author, uint64_t from, unsigned class_mask,
                     size_t bytes_max, struct buf *out, uint64_t *last)
{
    struct arena a = {0};
    struct log log;
    struct reading_run t = {.a = &a, .log = &log, .class_mask = class_mask,
                            .bytes_max = bytes_max < LIMIT_RUN_BYTES ? bytes_max : LIMIT_RUN_BYTES};
    int rv = store_begin(r->store, false, &t.txn);

    if (rv == LINLI_OK)
        rv = log_of(r, t.txn, &a, scope, author, &log);
    if (rv == LINLI_OK && (from == 0 || (from > log.head.seq && !log.head.frozen)))
        rv = LINLI_E_NOT_FOUND;
    if (rv == LINLI_OK)
        rv = from > log.head.seq ? evidence_read(&t, from) : run_read(&t, from);
    if (rv == LINLI_OK)
        rv = run_encode(&t.run, out);
    if (rv == LINLI_OK)
        *last = from > log.head.seq ? from : run_end(&t.run, &log);
    rv = store_end(t.txn, rv);
    arena_free(&a);
    return rv;
}

/* --- single parts, certificates, heads --- */

static int part_read_one(struct replica *r, struct store_txn *txn, struct arena *a, const struct log *log, uint64_t seq,
                         uint32_t part, unsigned class_mask, struct buf *out)
{
    struct log_row row;
    struct changeset cs;

    if (seq == 0 || seq > log->head.seq)
        return LINLI_E_NOT_FOUND;
    int rv = log_changeset(r, txn, a, log, seq, NULL, &row, &cs);
    if (rv != LINLI_OK)
        return rv;
    if (part >= cs.part_count || cs.parts[part].carried != PART_HELD)
        return LINLI_E_NOT_FOUND;
    if ((class_mask >> cs.parts[part].cls & 1) == 0)
        return LINLI_E_REFUSED;
    return buf_append(out, cs.parts[part].bytes.at, cs.parts[part].bytes.size);
}

int replica_read_part(struct replica *r, const linli_id *scope, const linli_author *author, uint64_t seq, uint32_t part,
                      unsigned class_mask, struct buf *out)
{
    struct store_txn *txn = NULL;
    struct arena a = {0};
    struct log log;
    int rv = store_begin(r->store, false, &txn);

    if (rv == LINLI_OK)
        rv = log_of(r, txn, &a, scope, author, &log);
    if (rv == LINLI_OK)
        rv = part_read_one(r, txn, &a, &log, seq, part, class_mask, out);
    rv = store_end(txn, rv);
    arena_free(&a);
    return rv;
}

int replica_read_certificate(struct replica *r, const linli_hash *id, struct buf *out)
{
    struct store_txn *txn = NULL;
    span certificate;
    int rv = store_begin(r->store, false, &txn);

    if (rv == LINLI_OK)
        rv = grant_row_get(txn, id, &certificate);
    if (rv == LINLI_OK)
        rv = buf_append(out, certificate.at, certificate.size);
    return store_end(txn, rv);
}

struct head_call {
    struct replica *r;
    bool (*fn)(void *ctx, const linli_author *author, uint64_t seq, const linli_hash *id, bool frozen);
    void *ctx;
    int failed;
};

static bool head_tell(void *ctx, uint32_t author, const struct head_row *head)
{
    struct head_call *call = ctx;
    linli_author name;

    call->failed = author_known(call->r, author, &name);
    return call->failed == LINLI_OK && call->fn(call->ctx, &name, head->seq, &head->id, head->frozen);
}

int replica_head_each(struct replica *r, const linli_id *scope,
                      bool (*fn)(void *ctx, const linli_author *author, uint64_t seq, const linli_hash *id, bool frozen),
                      void *ctx)
{
    struct head_call call = {r, fn, ctx, LINLI_OK};
    struct store_txn *txn = NULL;
    uint32_t number;
    int rv = store_begin(r->store, false, &txn);

    if (rv == LINLI_OK)
        rv = scope_number(txn, scope, &number);
    if (rv == LINLI_OK)
        rv = head_each(txn, number, head_tell, &call);
    if (rv == LINLI_OK)
        rv = call.failed;
    return store_end(txn, rv);
}
