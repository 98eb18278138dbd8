/* replica: what we may read and do not hold: marked when it comes without its content, and when a grant of ours opens it. */
#include <string.h>

#include "replica/internal.h"

int want_absent(struct work *w, const struct log *log, const struct changeset *cs, unsigned classes)
{
    int rv = LINLI_OK;

    for (size_t i = 0; i < cs->part_count && rv == LINLI_OK; i++)
        if (cs->parts[i].carried != PART_HELD && cs->parts[i].carried != PART_ERASED && (classes >> cs->parts[i].cls & 1) != 0)
            rv = want_mark(w->txn, log->scope, log->author, cs->at.seq, (uint32_t)i, true);
    return rv;
}

/* --- a grant of ours comes --- */

struct logs {
    uint32_t *at;
    size_t count, room;
    int failed;
};

static bool log_add(void *ctx, uint32_t author, const struct head_row *head)
{
    struct logs *logs = ctx;

    (void)head;
    logs->failed = mem_grow(&logs->at, &logs->room, logs->count + 1, sizeof(*logs->at));
    if (logs->failed == LINLI_OK)
        logs->at[logs->count++] = author;
    return logs->failed == LINLI_OK;
}

static int open_log(struct work *w, struct arena *a, uint32_t scope, uint32_t author, unsigned classes)
{
    struct log log;
    int rv = log_load(w->r, w->txn, a, scope, author, &log);

    for (uint64_t seq = 1; rv == LINLI_OK && seq <= log.head.seq; seq++) {
        struct arena step = {0};
        struct log_row row;
        struct changeset cs;
        rv = log_changeset(w->r, w->txn, &step, &log, seq, NULL, &row, &cs);
        if (rv == LINLI_OK)
            rv = want_absent(w, &log, &cs, classes);
        arena_free(&step);
    }
    return rv;
}

static int open_scope(struct work *w, uint32_t scope, unsigned classes)
{
    struct logs logs = {.failed = LINLI_OK};
    struct arena a = {0};
    int rv = head_each(w->txn, scope, log_add, &logs);

    if (rv == LINLI_OK)
        rv = logs.failed;
    for (size_t i = 0; i < logs.count && rv == LINLI_OK; i++) {
        rv = open_log(w, &a, scope, logs.at[i], classes);
        arena_reset(&a);
    }
    mem_free(logs.at);
    arena_free(&a);
    return rv;
}

/* What own[i] lets us read there, and none before it did. */
static unsigned opened_by(const struct replica *r, size_t i, const struct scope_path *path)
{
    unsigned before = 0;

    for (size_t k = 0; k < i; k++)
        before |= decide_read(&r->own[k].grant, &r->own[k].term_end_ms, 1, path, 0);
    return decide_read(&r->own[i].grant, &r->own[i].term_end_ms, 1, path, 0) & ~before;
}

static int want_open(struct work *w, size_t i)
{
    int rv = LINLI_OK;

    for (uint32_t scope = 1; rv == LINLI_OK; scope++) {
        struct scope_path path;
        struct scope_row row;
        rv = scope_get(w->txn, scope, &row);
        if (rv == LINLI_OK)
            rv = tree_path(w->txn, scope, &path);
        if (rv != LINLI_OK)
            break;
        unsigned opened = opened_by(w->r, i, &path);
        if (opened != 0)
            rv = open_scope(w, scope, opened);
    }
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv; /* after the last one */
}

/*
 * Not before the step is done: the log that the grant came in has its head here only then, and what stands before the grant
 * in it is wanted, too.
 */
int want_follow(struct work *w)
{
    int rv = LINLI_OK;

    for (size_t i = w->own_before; i < w->r->own_count && rv == LINLI_OK; i++)
        rv = want_open(w, i);
    return rv;
}

/* --- what to ask a peer for --- */

struct asking {
    struct replica *r;
    struct store_txn *txn;
    const uint8_t *device;
    struct cover cover;
    uint64_t skip, end;      /* rows to pass over; row to stop before */
    uint64_t row;
    struct part_wanted *out;
    size_t max, count;
    int failed;
};

static bool ask_one(void *ctx, uint32_t scope, uint32_t author, uint64_t seq, uint32_t part)
{
    struct asking *a = ctx;
    linli_author name;

    a->failed = cover_look(&a->cover, a->txn, scope);
    if (a->failed == LINLI_OK)
        a->failed = author_known(a->r, author, &name);
    if (a->failed != LINLI_OK || a->count == a->max)
        return false;
    bool its_own = a->device != NULL && memcmp(name.key, a->device, KEY_BYTES) == 0;
    if (!a->cover.covered && !its_own)
        return true;
    if (a->row >= a->end)
        return false;
    if (a->row++ >= a->skip)
        a->out[a->count++] = (struct part_wanted){a->cover.id, name, seq, part};
    return true;
}

static int ask_from(struct asking *a, uint64_t skip, uint64_t end)
{
    a->row = 0;
    a->skip = skip;
    a->end = end;
    int rv = want_all(a->txn, ask_one, a);
    return rv == LINLI_OK ? a->failed : rv;
}

/* What a device wrote it may be asked for wherever that was: one that moved on may have it alone. */
int replica_wants(struct replica *r, const uint8_t device[KEY_BYTES], const struct shared_scope *shared, size_t shared_count,
                  struct part_wanted *out, size_t max, size_t *count)
{
    struct asking a = {.r = r, .device = device, .cover = {.shared = shared, .count = shared_count}, .out = out, .max = max};
    uint64_t skip = r->want_skip;
    int rv = store_begin(r->store, false, &a.txn);

    if (rv == LINLI_OK)
        rv = ask_from(&a, skip, UINT64_MAX);
    if (rv == LINLI_OK && a.count < max && skip > 0)
        rv = ask_from(&a, 0, skip);
    rv = store_end(a.txn, rv);
    /* What did not fit is asked for the next time: what nobody has must not stand before what somebody has. */
    r->want_skip = a.count < max ? 0 : skip >= a.row ? a.row : skip + max;
    *count = a.count;
    return rv;
}
