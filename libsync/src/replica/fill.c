/*
 * replica: a part that we wanted comes in: it takes its place in its changeset, and is judged and merged as if it had
 * always been there.
 */
#include "replica/internal.h"

struct filling {
    const linli_id *scope;
    const linli_author *author;
    uint64_t seq;
    uint32_t part;
    span bytes;
};

/* The content's verdict, with what its log cited when it was written; an earlier no stays a no. */
static int fill_judge(struct work *w, const struct log *log, const struct filling *f, const struct part *part,
                      uint8_t *verdict, struct merging *merging)
{
    struct cited_tables tables;
    struct log then;
    struct op *ops = NULL;
    size_t count = 0;
    enum verdict content = VERDICT_CONTENT;

    if (*verdict != VERDICT_ACCEPTED)
        return LINLI_OK;
    int rv = log_at(w->r, w->txn, &w->arena, log, f->seq, &then);
    if (rv == LINLI_OK)
        rv = log_tables(&w->scratch, &then, f->seq, &tables);
    if (rv == LINLI_OK)
        rv = judge_content(&w->scratch, &tables, part, &ops, &count, &content);
    *verdict = (uint8_t)content;
    *merging = (struct merging){part->type, ops, count, log->author, f->seq, then.head.stamp};
    return rv;
}

static int fill_merge(struct work *w, const struct log *log, const struct filling *f, const struct part *part,
                      uint8_t verdict, const struct merging *merging)
{
    struct aside_row aside = {log->author, f->seq, f->part, verdict, part->record};
    int rv = touch_put(w->txn, log->scope, &part->record, log->author, f->seq);

    if (rv != LINLI_OK)
        return rv;
    if (verdict != VERDICT_ACCEPTED)
        return aside_put(w->txn, log->scope, &aside);
    rv = view_merge(w, log->scope, &part->record, merging, 1);
    return rv == LINLI_OK ? learn_part(w, log, part, merging->ops, merging->count) : rv;
}

/* The row with the part in its place. */
static int fill_row(struct work *w, const struct log *log, const struct filling *f, struct log_row *row,
                    struct changeset *cs)
{
    struct buf filled = {0};
    int rv = log_changeset(w->r, w->txn, &w->scratch, log, f->seq, NULL, row, cs);

    if (rv == LINLI_OK && (f->part >= cs->part_count || cs->parts[f->part].carried != PART_ABSENT))
        rv = LINLI_E_NOT_FOUND;
    if (rv == LINLI_OK)
        rv = entry_with_part(row->entry, f->part, f->bytes, &filled);
    if (rv == LINLI_OK) {
        struct position at = cs->at;
        row->entry = arena_copy(&w->scratch, buf_span(&filled));
        rv = row->entry.at == NULL ? LINLI_E_NOMEM : changeset_decode(&w->scratch, &at, row->entry, cs);
    }
    buf_free(&filled);
    return rv;
}

static int fill_step(struct work *w, void *ctx)
{
    const struct filling *f = ctx;
    struct log log;
    struct log_row row;
    struct changeset cs;
    struct merging merging = {.count = 0};
    uint8_t *verdicts;
    uint32_t scope, author;
    int rv = scope_number(w->txn, f->scope, &scope);

    if (rv == LINLI_OK)
        rv = author_number(w->txn, f->author, false, &author);
    if (rv == LINLI_OK)
        rv = log_load(w->r, w->txn, &w->arena, scope, author, &log);
    if (rv == LINLI_OK && (f->seq == 0 || f->seq > log.head.seq))
        rv = LINLI_E_NOT_FOUND;
    if (rv == LINLI_OK)
        rv = fill_row(w, &log, f, &row, &cs);
    if (rv != LINLI_OK)
        return rv;
    verdicts = (uint8_t *)arena_copy(&w->scratch, row.verdicts).at;
    if (verdicts == NULL)
        return LINLI_E_NOMEM;
    bool before = verdicts[f->part] == VERDICT_ACCEPTED;
    rv = fill_judge(w, &log, f, &cs.parts[f->part], &verdicts[f->part], &merging);
    row.verdicts = span_of(verdicts, row.verdicts.size);
    if (rv == LINLI_OK)
        rv = log_put(w->txn, scope, author, f->seq, &row);
    if (rv == LINLI_OK)
        rv = fill_merge(w, &log, f, &cs.parts[f->part], verdicts[f->part], &merging);
    if (rv == LINLI_OK && before && verdicts[f->part] != VERDICT_ACCEPTED)
        rv = work_count(w, scope, COUNT_ASIDE, 1);
    if (rv == LINLI_OK)
        rv = want_mark(w->txn, scope, author, f->seq, f->part, false);
    return rv == LINLI_OK ? work_touch(w, scope) : rv;
}

int replica_part_fill(struct replica *r, const linli_id *scope, const linli_author *author, uint64_t seq, uint32_t part,
                      span bytes)
{
    struct filling f = {scope, author, seq, part, bytes};

    return work_run(r, fill_step, &f);
}
