/*
 * replica: content that was left out of a changeset comes in: it takes its place there, and a class that is then whole is
 * judged and merged as if it had always been there.
 */
#include "replica/erasing.h"

/* The log as it was when `seq` was written: its contexts may name what it had cited by then. */
static int then_reach(struct filling *f, uint64_t seq)
{
    if (f->then.scope == 0 || f->then.head.seq > seq) {
        arena_reset(&f->arena);
        log_before(f->log, &f->arena, &f->then);
    }
    return log_walk(f->w->r, f->w->txn, &f->then, seq);
}

static bool names_others(const struct op *ops, size_t count, uint32_t author)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < ops[i].ctx.count; j++)
            if (ops[i].ctx.at[j].author != author)
                return true;
    return false;
}

/*
 * The content's verdict, with what its log had cited when it was written. What the log cites now is no less: what that does
 * not allow was never allowed, and only what names others must be looked at as of then.
 */
static int judge_then(struct filling *f, const struct changeset *cs, const struct cited_tables *now, size_t i,
                      struct judged *judged)
{
    struct arena *a = &f->w->scratch;
    struct cited_tables then;
    enum verdict verdict;
    int rv = judge_content(a, now, cs, &cs->parts[i], &judged->ops[i], &judged->op_count[i], &verdict);

    if (rv == LINLI_OK && verdict == VERDICT_ACCEPTED &&
        names_others(judged->ops[i], judged->op_count[i], f->log->author)) {
        rv = then_reach(f, cs->at.seq);
        if (rv == LINLI_OK)
            rv = log_tables(a, &f->then, cs->at.seq, &then);
        if (rv == LINLI_OK)
            rv = judge_content(a, &then, cs, &cs->parts[i], &judged->ops[i], &judged->op_count[i], &verdict);
    }
    judged->verdicts[i] = (uint8_t)verdict;
    return rv;
}

/* What came in of a record that was erased is set aside, whatever was said of the part before. */
static int judge_came(struct filling *f, const struct erased *erased, const struct changeset *cs, size_t i, uint8_t *verdicts,
                      struct judged *judged)
{
    enum verdict verdict;
    int rv = judge_erased(f->w->txn, &f->w->scratch, f->log, erased, cs, i, &verdict);

    if (rv != LINLI_OK || verdict == VERDICT_ACCEPTED)
        return rv;
    if (verdicts[i] == VERDICT_PARTLY)
        judged->verdicts[i] = (uint8_t)verdict; /* else it is listed already */
    verdicts[i] = (uint8_t)verdict;
    return erase_due(f->w, &f->log->scope_id, &cs->parts[i].record, false);
}

/*
 * Parts still here of which orders do not count any more: which of them is taken follows from which are here, so the log is
 * judged again when the step is done.
 */
static bool lapsed(const struct erased *erased, const struct changeset *cs, unsigned cls)
{
    for (size_t i = 0; i < cs->part_count; i++)
        if (cs->parts[i].cls == cls && erased_mark(erased, i) == ERASED_LAPSED)
            return true;
    return false;
}

/* What came to be whole is judged; what was judged before is passed over. `verdicts`: all, as they are now. */
static int judge_filled(struct filling *f, const struct changeset *before, const struct changeset *cs, uint8_t *verdicts,
                        struct judged *judged)
{
    struct arena *a = &f->w->scratch;
    struct cited_tables now;
    struct erased erased = {.any = false};
    int rv = log_tables(a, f->log, cs->at.seq, &now);

    *judged = (struct judged){.verdicts = arena_alloc(a, cs->part_count + 1),
                              .ops = arena_array(a, cs->part_count + 1, sizeof(struct op *)),
                              .op_count = arena_array(a, cs->part_count + 1, sizeof(size_t))};
    if (judged->verdicts == NULL || judged->ops == NULL || judged->op_count == NULL)
        return LINLI_E_NOMEM;
    if (rv == LINLI_OK)
        rv = erased_look(f->w->txn, a, f->log, cs, &erased);
    unsigned whole = judge_whole(cs, &erased);
    for (size_t i = 0; i < cs->part_count && rv == LINLI_OK; i++) {
        judged->verdicts[i] = VERDICT_PARTLY;
        judged->op_count[i] = 0;
        bool came = cs->parts[i].carried == PART_HELD && before->parts[i].carried != PART_HELD;
        bool again = lapsed(&erased, cs, cs->parts[i].cls);
        if (came)
            rv = judge_came(f, &erased, cs, i, verdicts, judged);
        if (rv == LINLI_OK && came && again)
            rv = erase_due(f->w, &f->log->scope_id, &cs->parts[i].record, true);
        if (rv != LINLI_OK || again || verdicts[i] != VERDICT_PARTLY || cs->parts[i].carried != PART_HELD ||
            ((whole >> cs->parts[i].cls & 1) == 0 && !judge_belied(cs, &cs->parts[i])))
            continue;
        rv = judge_then(f, cs, &now, i, judged);
        verdicts[i] = judged->verdicts[i];
    }
    return rv;
}

/* What came in is wanted no more; and where it was set aside already, its record can now be named. */
static int note_filled(struct filling *f, const struct changeset *before, const struct changeset *cs, const uint8_t *verdicts)
{
    const struct log *log = f->log;
    int rv = LINLI_OK;

    for (size_t i = 0; i < cs->part_count && rv == LINLI_OK; i++) {
        struct aside_row row = {log->author, cs->at.seq, (uint32_t)i, verdicts[i], cs->parts[i].record};
        bool held = cs->parts[i].carried == PART_HELD;
        if (before->parts[i].carried == cs->parts[i].carried)
            continue;
        rv = want_mark(f->w->txn, log->scope, log->author, cs->at.seq, (uint32_t)i, false);
        if (rv == LINLI_OK && held && verdict_aside(verdicts[i]))
            rv = aside_put(f->w->txn, log->scope, &row);
    }
    return rv;
}

static int fill_row(struct filling *f, struct log_row *row, const struct changeset *before, const struct changeset *cs)
{
    struct work *w = f->w;
    uint8_t *verdicts = (uint8_t *)arena_copy(&w->scratch, row->verdicts).at;
    struct judged judged;

    if (verdicts == NULL)
        return LINLI_E_NOMEM;
    int rv = judge_filled(f, before, cs, verdicts, &judged);
    row->verdicts = span_of(verdicts, row->verdicts.size);
    if (rv == LINLI_OK)
        rv = log_put(w->txn, f->log->scope, f->log->author, cs->at.seq, row);
    if (rv == LINLI_OK)
        rv = note_filled(f, before, cs, verdicts);
    return rv == LINLI_OK ? door_take(w, f->log, cs, &judged) : rv;
}

static size_t carried_count(const struct changeset *cs, enum part_carried as)
{
    size_t count = 0;

    for (size_t i = 0; i < cs->part_count; i++)
        count += cs->parts[i].carried == as;
    return count;
}

/* The row's entry with what it lacked out of another of the same changeset; without what turns out to be erased: `*erased`. */
static int entry_fill(struct filling *f, const struct changeset *before, span entry, struct log_row *row, struct changeset *cs,
                      bool *erased)
{
    struct arena *a = &f->w->scratch;
    struct buf joined = {0};
    int rv = entry_join(row->entry, entry, &joined);

    *erased = false;
    if (rv == LINLI_OK)
        row->entry = arena_copy(a, buf_span(&joined));
    buf_free(&joined);
    if (rv == LINLI_OK)
        rv = row->entry.at == NULL ? LINLI_E_NOMEM : changeset_decode(a, &before->at, row->entry, cs);
    if (rv == LINLI_OK) {
        cs->id = row->id;
        rv = erase_redact(f->w, f->log, cs, &row->entry, erased);
    }
    if (rv == LINLI_OK && *erased)
        rv = changeset_decode(a, &before->at, row->entry, cs);
    *erased = rv == LINLI_OK && carried_count(cs, PART_ERASED) > carried_count(before, PART_ERASED);
    return rv == LINLI_E_FORMAT ? LINLI_E_CORRUPT : rv;
}

int fill_from(struct filling *f, uint64_t seq, span entry)
{
    struct work *w = f->w;
    struct changeset before, cs;
    struct log_row row;
    bool erased;
    int rv = log_changeset(w->r, w->txn, &w->scratch, f->log, seq, NULL, &row, &before);

    if (rv != LINLI_OK || carried_count(&before, PART_HELD) == before.part_count)
        return rv;
    rv = entry_fill(f, &before, entry, &row, &cs, &erased);
    if (rv == LINLI_OK && (erased || carried_count(&cs, PART_HELD) > carried_count(&before, PART_HELD)))
        rv = fill_row(f, &row, &before, &cs);
    return rv == LINLI_OK && erased ? rejudge_log(w, f->log->scope, f->log->author) : rv;
}

void fill_end(struct filling *f)
{
    arena_free(&f->arena);
}

/* --- one part --- */

struct part_named {
    const linli_id *scope;
    const linli_author *author;
    uint64_t seq;
    uint32_t part;
    span bytes;
};

static int log_named(struct work *w, const struct part_named *p, struct log *log)
{
    uint32_t scope, author;
    int rv = scope_number(w->txn, p->scope, &scope);

    if (rv == LINLI_OK)
        rv = author_number(w->txn, p->author, false, &author);
    if (rv == LINLI_OK)
        rv = log_load(w->r, w->txn, &w->arena, scope, author, log);
    return rv == LINLI_OK && (p->seq == 0 || p->seq > log->head.seq) ? LINLI_E_NOT_FOUND : rv;
}

/* The entry with the part in its place: whether it is the one named shows by its size and its hash. */
static int entry_named(struct work *w, const struct log *log, const struct part_named *p, struct buf *entry)
{
    struct log_row row;
    struct changeset cs;
    int rv = log_changeset(w->r, w->txn, &w->scratch, log, p->seq, NULL, &row, &cs);

    if (rv == LINLI_OK && (p->part >= cs.part_count || cs.parts[p->part].carried == PART_HELD ||
                           cs.parts[p->part].carried == PART_ERASED))
        rv = LINLI_E_NOT_FOUND;
    if (rv == LINLI_OK && (authority_readable(w->r, &log->path) >> cs.parts[p->part].cls & 1) == 0)
        rv = LINLI_E_NOT_FOUND; /* not asked for: we may not read it */
    return rv == LINLI_OK ? entry_with_part(row.entry, p->part, p->bytes, entry) : rv;
}

static int fill_step(struct work *w, void *ctx)
{
    const struct part_named *p = ctx;
    struct log log;
    struct filling f = {.w = w, .log = &log};
    struct buf entry = {0};
    int rv = log_named(w, p, &log);

    if (rv == LINLI_OK)
        rv = entry_named(w, &log, p, &entry);
    if (rv == LINLI_OK)
        rv = fill_from(&f, p->seq, buf_span(&entry));
    fill_end(&f);
    buf_free(&entry);
    return rv;
}

int replica_part_fill(struct replica *r, const linli_id *scope, const linli_author *author, uint64_t seq, uint32_t part,
                      span bytes)
{
    struct part_named p = {scope, author, seq, part, bytes};

    return work_run(r, fill_step, &p);
}
