/* replica: one log while changesets pass: its head, whom it has cited, and its rows decoded. */
#include <string.h>

#include "replica/internal.h"

static int cited_copy(struct log *log)
{
    log->cited_room = log->head.cited_count + 8;
    log->cited = arena_array(log->arena, log->cited_room, sizeof(*log->cited));
    if (log->cited == NULL)
        return LINLI_E_NOMEM;
    log->cited_count = log->head.cited_count;
    if (log->cited_count > 0)
        memcpy(log->cited, log->head.cited, log->cited_count * sizeof(*log->cited));
    log->head.cited = NULL;
    return LINLI_OK;
}

int log_load(struct replica *r, struct store_txn *txn, struct arena *a, uint32_t scope, uint32_t author, struct log *out)
{
    struct scope_row row;
    int rv = scope_get(txn, scope, &row);

    *out = (struct log){.scope = scope, .author = author, .arena = a};
    if (rv == LINLI_OK)
        rv = tree_path(txn, scope, &out->path);
    if (rv != LINLI_OK)
        return rv;
    out->scope_id = row.id;
    if (author == 0)
        return cited_copy(out);
    rv = author_known(r, author, &out->name);
    if (rv == LINLI_OK)
        rv = head_get(txn, scope, author, &out->head);
    if (rv == LINLI_E_NOT_FOUND) {
        log_rewind(out);
        rv = LINLI_OK;
    }
    return rv == LINLI_OK ? cited_copy(out) : rv;
}

void log_rewind(struct log *log)
{
    memset(&log->head, 0, sizeof(log->head));
    log->cited_count = 0;
    log->judged_grant = false;
}

int log_save(struct store_txn *txn, const struct log *log)
{
    struct head_row row = log->head;

    if (!log->changed)
        return LINLI_OK;
    row.cited = log->cited;
    row.cited_count = log->cited_count;
    return head_put(txn, log->scope, log->author, &row);
}

const struct cited_row *log_cited_find(const struct log *log, uint32_t author)
{
    for (size_t i = 0; i < log->cited_count; i++)
        if (log->cited[i].author == author)
            return &log->cited[i];
    return NULL;
}

static int cite(struct log *log, uint32_t author, uint64_t seq)
{
    const struct cited_row *before = log_cited_find(log, author);

    if (before != NULL) {
        if (seq > before->seq)
            log->cited[before - log->cited].seq = seq;
        return LINLI_OK;
    }
    if (log->cited_count >= LIMIT_AUTHORS)
        return LINLI_E_LIMIT;
    if (log->cited_count == log->cited_room) {
        struct cited_row *more = arena_array(log->arena, log->cited_room * 2 + 8, sizeof(*more));
        if (more == NULL)
            return LINLI_E_NOMEM;
        if (log->cited_count > 0)
            memcpy(more, log->cited, log->cited_count * sizeof(*more));
        log->cited = more;
        log->cited_room = log->cited_room * 2 + 8;
    }
    log->cited[log->cited_count++] = (struct cited_row){author, seq};
    return LINLI_OK;
}

int log_cite(struct store_txn *txn, struct log *log, const struct seen_head *seen, size_t count)
{
    int rv = LINLI_OK;

    for (size_t i = 0; i < count && rv == LINLI_OK; i++) {
        uint32_t author;
        rv = author_number(txn, &seen[i].author, false, &author);
        if (rv == LINLI_OK)
            rv = cite(log, author, seen[i].seq);
    }
    return rv == LINLI_E_NOT_FOUND ? LINLI_E_CORRUPT : rv;
}

static bool cited_before(struct store_txn *txn, const struct log *log, const linli_author *author)
{
    uint32_t number;

    return author_number(txn, author, false, &number) == LINLI_OK && log_cited_find(log, number) != NULL;
}

int log_cited_room(struct store_txn *txn, const struct log *log, const struct changeset *cs, size_t count)
{
    const linli_author **fresh = arena_array(log->arena, LIMIT_AUTHORS, sizeof(linli_author *));
    size_t n = 0;

    if (fresh == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < cs[i].seen_count; j++) {
            const linli_author *author = &cs[i].seen[j].author;
            size_t k = 0;
            while (k < n && !author_equal(fresh[k], author))
                k++;
            if (k < n || cited_before(txn, log, author))
                continue;
            if (log->cited_count + n >= LIMIT_AUTHORS)
                return LINLI_E_LIMIT;
            fresh[n++] = author;
        }
    return LINLI_OK;
}

void log_advance(struct log *log, const struct changeset *cs)
{
    log->head.seq = cs->at.seq;
    log->head.id = cs->id;
    log->head.stamp = cs->stamp;
    if (cs->has_grant)
        log->head.grant = cs->grant;
    log->changed = true;
}

void log_position(const struct replica *r, const struct log *log, struct position *at)
{
    *at = (struct position){r->self.network, log->scope_id, log->name, log->head.seq + 1, log->head.id};
}

int log_changeset(const struct replica *r, struct store_txn *txn, struct arena *a, const struct log *log, uint64_t seq,
                  const linli_hash *prev, struct log_row *row, struct changeset *out)
{
    struct position at = {r->self.network, log->scope_id, log->name, seq, {{0}}};
    int rv = log_get(txn, log->scope, log->author, seq, row);

    if (rv != LINLI_OK)
        return rv == LINLI_E_NOT_FOUND ? LINLI_E_CORRUPT : rv;
    row->entry = arena_copy(a, row->entry); /* the map's memory does not outlive the next write */
    row->verdicts = arena_copy(a, row->verdicts);
    if (row->entry.at == NULL || row->verdicts.at == NULL)
        return LINLI_E_NOMEM;
    if (prev != NULL)
        at.prev = *prev;
    rv = changeset_decode(a, &at, row->entry, out);
    if (rv == LINLI_OK && out->part_count != row->verdicts.size)
        rv = LINLI_E_CORRUPT;
    return rv == LINLI_E_FORMAT || rv == LINLI_E_LIMIT ? LINLI_E_CORRUPT : rv;
}

int log_tables(struct arena *a, const struct log *log, uint64_t seq, struct cited_tables *out)
{
    out->count = log->cited_count + 1;
    out->authors = arena_array(a, out->count, sizeof(*out->authors));
    out->cited = arena_array(a, out->count, sizeof(*out->cited));
    if (out->authors == NULL || out->cited == NULL)
        return LINLI_E_NOMEM;
    out->authors[0] = log->author;
    out->cited[0] = seq - 1;
    for (size_t i = 0; i < log->cited_count; i++) {
        out->authors[i + 1] = log->cited[i].author;
        out->cited[i + 1] = log->cited[i].seq;
    }
    return LINLI_OK;
}

/* One step of log_at: what changeset `seq` made of the log. */
static int walk_one(struct replica *r, struct store_txn *txn, struct arena *step, struct log *log, uint64_t seq)
{
    struct log_row row;
    struct changeset cs;
    int rv = log_changeset(r, txn, step, log, seq, NULL, &row, &cs);

    if (rv == LINLI_OK)
        rv = log_cite(txn, log, cs.seen, cs.seen_count);
    if (rv != LINLI_OK)
        return rv;
    cs.id = row.id;
    log_advance(log, &cs);
    if (row.has_signature)
        log->head.signed_seq = seq;
    return LINLI_OK;
}

void log_before(const struct log *now, struct arena *a, struct log *out)
{
    *out = *now;
    log_rewind(out);
    out->arena = a;
    out->cited = NULL;
    out->cited_room = 0;
}

int log_walk(struct replica *r, struct store_txn *txn, struct log *log, uint64_t seq)
{
    struct arena step = {0};
    int rv = LINLI_OK;

    for (uint64_t i = log->head.seq + 1; i <= seq && rv == LINLI_OK; i++) {
        rv = walk_one(r, txn, &step, log, i);
        arena_reset(&step);
    }
    arena_free(&step);
    return rv;
}

int log_at(struct replica *r, struct store_txn *txn, struct arena *a, const struct log *now, uint64_t seq, struct log *out)
{
    log_before(now, a, out);
    return log_walk(r, txn, out, seq);
}
