/* replica: what we may read and do not hold: marked when it comes without its content, and when a grant of ours opens it. */
#include "replica/internal.h"

int want_absent(struct work *w, const struct log *log, const struct changeset *cs, unsigned classes)
{
    int rv = LINLI_OK;

    for (size_t i = 0; i < cs->part_count && rv == LINLI_OK; i++)
        if (cs->parts[i].carried != PART_HELD && (classes >> cs->parts[i].cls & 1) != 0)
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

int want_open(struct work *w, const struct held_grant *held)
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
        unsigned opened = decide_read(&held->grant, &held->term_end_ms, 1, &path, 0) & ~authority_readable(w->r, &path);
        if (opened != 0)
            rv = open_scope(w, scope, opened);
        if (opened != 0 && rv == LINLI_OK)
            rv = work_touch(w, scope);
    }
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv; /* after the last one */
}
