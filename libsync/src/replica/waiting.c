/*
 * replica: runs that wait for a head or a grant that they cite. They lie in the store, so that a failed transaction takes
 * nothing from the queue and a restart loses nothing; the queue is bounded, and what does not fit is asked for again.
 */
#include <string.h>

#include "replica/internal.h"

/* Row: last seq, then what is missing: grant?, author, seq, id; then the run as it came. */
enum {
    LOG_KEY_BYTES = ID_BYTES + AUTHOR_BYTES, ROW_KEY_BYTES = LOG_KEY_BYTES + 8,
    MISSING_BYTES = 1 + AUTHOR_BYTES + 8 + HASH_BYTES, ROW_HEAD_BYTES = 8 + MISSING_BYTES,
    WAITING_RUNS_MAX = 1024,
    SCOPE_RUNS_MAX = 512, SCOPE_BYTES_MAX = LIMIT_WAITING_BYTES / 2,  /* so that one scope does not stop the others, */
    DEVICE_RUNS_MAX = 256, DEVICE_BYTES_MAX = LIMIT_WAITING_BYTES / 4 /* nor one device its neighbours */
};

static void key_make(const linli_id *scope, const linli_author *author, uint64_t first, uint8_t out[ROW_KEY_BYTES])
{
    memcpy(out, scope->b, ID_BYTES);
    author_encode(author, out + ID_BYTES);
    be64_put(out + LOG_KEY_BYTES, first);
}

struct counting {
    uint64_t runs, bytes;
};

static bool count_one(void *ctx, span key, span value)
{
    struct counting *c = ctx;

    (void)key;
    c->runs++;
    c->bytes += value.size;
    return true;
}

int waiting_count(struct store_txn *txn, uint64_t *runs, uint64_t *bytes)
{
    struct counting c = {0, 0};
    int rv = note_each(txn, NOTE_WAITING, count_one, &c);

    *runs = c.runs;
    *bytes = c.bytes;
    return rv;
}

/* --- room --- */

/* What waits now, beside one that wants to: in all, in its scope, of its author's key (whatever the incarnation). */
struct queue {
    struct store_txn *txn;
    const uint8_t *key;      /* ROW_KEY_BYTES: the one that wants to wait */
    bool gather;             /* names of those that may be put out, too */
    struct counting all, scope, device;
    struct stranger {
        uint8_t key[ROW_KEY_BYTES];
    } *strangers;            /* their authors hold no grant here: nothing of theirs can be in a log yet */
    size_t count, room;
    int failed;
};

static bool is_stranger(struct queue *q, const uint8_t *row_key)
{
    span ids;

    q->failed = authority_of_device(q->txn, row_key + ID_BYTES, &ids);
    return q->failed == LINLI_OK && ids.size == 0;
}

static bool queue_one(void *ctx, span key, span value)
{
    struct queue *q = ctx;
    bool in_scope = key.size == ROW_KEY_BYTES && memcmp(key.at, q->key, ID_BYTES) == 0;

    if (key.size != ROW_KEY_BYTES) {
        q->failed = LINLI_E_CORRUPT;
        return false;
    }
    if (memcmp(key.at, q->key, ROW_KEY_BYTES) == 0)
        return true; /* the new one takes its place */
    (void)count_one(&q->all, key, value);
    if (in_scope)
        (void)count_one(&q->scope, key, value);
    if (memcmp(key.at + ID_BYTES, q->key + ID_BYTES, KEY_BYTES) == 0) {
        (void)count_one(&q->device, key, value);
    } else if (q->gather && is_stranger(q, key.at)) {
        q->failed = mem_grow(&q->strangers, &q->room, q->count + 1, sizeof(*q->strangers));
        if (q->failed == LINLI_OK)
            memcpy(q->strangers[q->count++].key, key.at, ROW_KEY_BYTES);
    }
    return q->failed == LINLI_OK;
}

static bool queue_takes(const struct queue *q, size_t bytes)
{
    return q->device.runs < DEVICE_RUNS_MAX && q->device.bytes + bytes <= DEVICE_BYTES_MAX &&
           q->scope.runs < SCOPE_RUNS_MAX && q->scope.bytes + bytes <= SCOPE_BYTES_MAX &&
           q->all.runs < WAITING_RUNS_MAX && q->all.bytes + bytes <= LIMIT_WAITING_BYTES;
}

static int queue_put_out(struct queue *q, size_t i)
{
    bool in_scope = memcmp(q->strangers[i].key, q->key, ID_BYTES) == 0;
    span row, key = span_of(q->strangers[i].key, ROW_KEY_BYTES);
    int rv = note_get(q->txn, NOTE_WAITING, key, &row);

    if (rv != LINLI_OK)
        return rv;
    q->all.runs--;
    q->all.bytes -= row.size;
    q->scope.runs -= in_scope;
    q->scope.bytes -= in_scope ? row.size : 0;
    return note_delete(q->txn, NOTE_WAITING, key);
}

/* Those of the scope first, then the others, until there is room. */
static int queue_make_room(struct queue *q, size_t bytes)
{
    int rv = LINLI_OK;

    for (unsigned pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < q->count && rv == LINLI_OK && !queue_takes(q, bytes); i++)
            if ((memcmp(q->strangers[i].key, q->key, ID_BYTES) == 0) == (pass == 0))
                rv = queue_put_out(q, i);
    return rv;
}

static int queue_room(struct work *w, const uint8_t key[ROW_KEY_BYTES], size_t bytes, bool *room)
{
    struct queue q = {.txn = w->txn, .key = key};
    int rv = note_each(w->txn, NOTE_WAITING, queue_one, &q);

    if (rv == LINLI_OK)
        rv = q.failed;
    *room = queue_takes(&q, bytes);
    if (rv != LINLI_OK || *room || is_stranger(&q, key) || q.failed != LINLI_OK)
        return rv != LINLI_OK ? rv : q.failed;
    q = (struct queue){.txn = w->txn, .key = key, .gather = true};
    rv = note_each(w->txn, NOTE_WAITING, queue_one, &q);
    if (rv == LINLI_OK)
        rv = q.failed;
    if (rv == LINLI_OK)
        rv = queue_make_room(&q, bytes);
    *room = queue_takes(&q, bytes);
    mem_free(q.strangers);
    return rv;
}

static int row_put(struct work *w, const uint8_t key[ROW_KEY_BYTES], const struct run *run, span bytes,
                   const struct missing *missing)
{
    uint8_t head[ROW_HEAD_BYTES];
    struct buf row = {0};

    be64_put(head, run->first + run->count - 1);
    head[8] = missing->grant;
    author_encode(&missing->author, head + 9);
    be64_put(head + 9 + AUTHOR_BYTES, missing->seq);
    memcpy(head + 9 + AUTHOR_BYTES + 8, missing->id.b, HASH_BYTES);
    buf_append(&row, head, sizeof(head));
    int rv = buf_append(&row, bytes.at, bytes.size);
    if (rv == LINLI_OK)
        rv = note_put(w->txn, NOTE_WAITING, span_of(key, ROW_KEY_BYTES), buf_span(&row));
    buf_free(&row);
    return rv;
}

int waiting_put(struct work *w, const struct run *run, span bytes, const struct missing *missing, bool *kept)
{
    uint8_t key[ROW_KEY_BYTES];

    key_make(&run->scope, &run->author, run->first, key);
    int rv = queue_room(w, key, ROW_HEAD_BYTES + bytes.size, kept);
    return rv == LINLI_OK && *kept ? row_put(w, key, run, bytes, missing) : rv;
}

int waiting_drop(struct work *w, const struct run *run)
{
    uint8_t key[ROW_KEY_BYTES];

    key_make(&run->scope, &run->author, run->first, key);
    int rv = note_delete(w->txn, NOTE_WAITING, span_of(key, sizeof(key)));
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

struct finding {
    struct store_txn *txn;
    struct arena *a;
    uint8_t log_key[LOG_KEY_BYTES];
    uint64_t seq;
    bool found;
    span bytes; /* in the arena */
    int failed;
};

static bool take(struct finding *f, span value)
{
    f->bytes = arena_copy(f->a, span_of(value.at + ROW_HEAD_BYTES, value.size - ROW_HEAD_BYTES));
    f->found = f->bytes.at != NULL;
    f->failed = f->found ? LINLI_OK : LINLI_E_NOMEM;
    return false;
}

static bool row_valid(struct finding *f, span key, span value)
{
    if (key.size == ROW_KEY_BYTES && value.size > ROW_HEAD_BYTES)
        return true;
    f->failed = LINLI_E_CORRUPT;
    return false;
}

static bool find_one(void *ctx, span key, span value)
{
    struct finding *f = ctx;

    if (!row_valid(f, key, value))
        return false;
    if (memcmp(key.at, f->log_key, LOG_KEY_BYTES) != 0 || be64_get(key.at + LOG_KEY_BYTES) > f->seq ||
        be64_get(value.at) < f->seq)
        return true;
    return take(f, value);
}

static int found_code(const struct finding *f, int rv)
{
    if (rv != LINLI_OK)
        return rv;
    if (f->failed != LINLI_OK)
        return f->failed;
    return f->found ? LINLI_OK : LINLI_E_NOT_FOUND;
}

int waiting_find(struct store_txn *txn, struct arena *a, const linli_id *scope, const linli_author *author, uint64_t seq,
                 struct run *out)
{
    struct finding f = {.txn = txn, .a = a, .seq = seq};

    memcpy(f.log_key, scope->b, ID_BYTES);
    author_encode(author, f.log_key + ID_BYTES);
    int rv = found_code(&f, note_each(txn, NOTE_WAITING, find_one, &f));
    return rv == LINLI_OK ? run_decode(a, f.bytes, out) : rv;
}

/* Has what this run misses come in? */
static int come(struct finding *f, span key, span value)
{
    const uint8_t *missing = value.at + 8;
    struct seen_head seen;
    linli_id scope;
    uint32_t number;
    span certificate;

    memcpy(scope.b, key.at, ID_BYTES);
    author_decode(missing + 1, &seen.author);
    seen.seq = be64_get(missing + 1 + AUTHOR_BYTES);
    memcpy(seen.id.b, missing + 1 + AUTHOR_BYTES + 8, HASH_BYTES);
    if (missing[0] != 0) {
        int rv = grant_row_get(f->txn, &seen.id, &certificate);
        return rv == LINLI_E_NOT_FOUND ? LINLI_E_WAIT : rv;
    }
    int rv = scope_number(f->txn, &scope, &number);
    return rv == LINLI_OK ? judge_seen(f->txn, number, &seen) : rv;
}

static bool ready_one(void *ctx, span key, span value)
{
    struct finding *f = ctx;

    if (!row_valid(f, key, value))
        return false;
    int rv = come(f, key, value);
    if (rv == LINLI_OK)
        return take(f, value);
    if (rv != LINLI_E_WAIT)
        f->failed = rv;
    return rv == LINLI_E_WAIT;
}

int waiting_ready(struct store_txn *txn, struct arena *a, span *bytes)
{
    struct finding f = {.txn = txn, .a = a};
    int rv = found_code(&f, note_each(txn, NOTE_WAITING, ready_one, &f));

    *bytes = f.bytes;
    return rv;
}

/* --- what is waited for --- */

/* How far the logs of one device in one scope are needed by what waits there. */
struct needing {
    const linli_id *scope;
    const uint8_t *device;
    struct need {
        linli_author author;
        uint64_t seq;
    } *needs;
    size_t count, room;
    bool grew;
    int failed;
};

static uint64_t need_of(const struct needing *n, const linli_author *author)
{
    for (size_t i = 0; i < n->count; i++)
        if (author_equal(&n->needs[i].author, author))
            return n->needs[i].seq;
    return 0;
}

static int need_raise(struct needing *n, const linli_author *author, uint64_t seq)
{
    size_t i = 0;

    while (i < n->count && !author_equal(&n->needs[i].author, author))
        i++;
    int rv = i < n->count ? LINLI_OK : mem_grow(&n->needs, &n->room, n->count + 1, sizeof(*n->needs));
    if (rv != LINLI_OK)
        return rv;
    n->grew = true;
    n->needs[i] = (struct need){*author, seq};
    n->count += i == n->count;
    return LINLI_OK;
}

/*
 * Who waits for a head holds a grant, as far as is known: who does not waits for that. But a device needs nothing of its own by its own
 * word, only where somebody else needs the run that does.
 */
static bool need_counts(const struct needing *n, const uint8_t *row_key)
{
    linli_author author;

    author_decode(row_key + ID_BYTES, &author);
    return memcmp(author.key, n->device, KEY_BYTES) != 0 || need_of(n, &author) >= be64_get(row_key + LOG_KEY_BYTES);
}

static bool need_one(void *ctx, span key, span value)
{
    struct needing *n = ctx;
    const uint8_t *missing = value.at + 8;
    linli_author author;

    if (key.size != ROW_KEY_BYTES || value.size <= ROW_HEAD_BYTES) {
        n->failed = LINLI_E_CORRUPT;
        return false;
    }
    if (memcmp(key.at, n->scope->b, ID_BYTES) != 0 || missing[0] != 0 || memcmp(missing + 1, n->device, KEY_BYTES) != 0)
        return true;
    author_decode(missing + 1, &author);
    uint64_t seq = be64_get(missing + 1 + AUTHOR_BYTES);
    if (seq > need_of(n, &author) && need_counts(n, key.at))
        n->failed = need_raise(n, &author, seq);
    return n->failed == LINLI_OK;
}

int waiting_needs(struct store_txn *txn, const linli_id *scope, const linli_author *author, uint64_t *seq)
{
    struct needing n = {.scope = scope, .device = author->key, .grew = true};
    int rv = LINLI_OK;

    while (rv == LINLI_OK && n.grew) {
        n.grew = false;
        rv = note_each(txn, NOTE_WAITING, need_one, &n);
        rv = rv == LINLI_OK ? n.failed : rv;
    }
    *seq = need_of(&n, author);
    mem_free(n.needs);
    return rv;
}

/* --- looked through --- */

struct looking {
    struct work *w;
    const linli_id *scope;
    int (*fn)(void *ctx, span run, struct buf *out);
    void *ctx;
    int failed;
};

static bool look_one(void *ctx, span key, span value)
{
    struct looking *l = ctx;
    uint8_t at[ROW_KEY_BYTES];
    struct buf run = {0}, row = {0};

    if (key.size != ROW_KEY_BYTES || value.size <= ROW_HEAD_BYTES) {
        l->failed = LINLI_E_CORRUPT;
        return false;
    }
    if (l->scope != NULL && memcmp(key.at, l->scope->b, ID_BYTES) != 0)
        return true;
    memcpy(at, key.at, sizeof(at));
    buf_append(&row, value.at, ROW_HEAD_BYTES);
    l->failed = l->fn(l->ctx, span_of(value.at + ROW_HEAD_BYTES, value.size - ROW_HEAD_BYTES), &run);
    if (l->failed == LINLI_OK && run.size > 0)
        l->failed = buf_append(&row, run.at, run.size);
    if (l->failed == LINLI_OK && run.size > 0)
        l->failed = note_put(l->w->txn, NOTE_WAITING, span_of(at, sizeof(at)), buf_span(&row));
    buf_free(&run);
    buf_free(&row);
    return l->failed == LINLI_OK;
}

int waiting_each(struct work *w, const linli_id *scope, int (*fn)(void *ctx, span run, struct buf *out), void *ctx)
{
    struct looking l = {w, scope, fn, ctx, LINLI_OK};
    int rv = note_each(w->txn, NOTE_WAITING, look_one, &l);

    return l.failed != LINLI_OK ? l.failed : rv;
}
