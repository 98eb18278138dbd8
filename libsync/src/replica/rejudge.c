/*
 * replica: a log judged again, because something was said since it came in: about its author's rights, or that a part of it
 * is erased.
 */
#include "replica/erasing.h"

struct rejudging {
    struct work *w;
    struct log now, then;        /* the log as it is, and as it was after the changeset looked at */
    struct arena arena;          /* of both */
    struct record_ids records;   /* whose accepted writes changed */
    bool learns;                 /* something is accepted that was not before */
};

static int record_add(struct record_ids *ids, const linli_id *record)
{
    int rv = mem_grow(&ids->at, &ids->room, ids->count + 1, sizeof(*ids->at));

    if (rv == LINLI_OK)
        ids->at[ids->count++] = *record;
    return rv;
}

/* What is set aside, and why, follows the verdict. */
static int aside_follow(struct rejudging *j, const struct changeset *cs, size_t i, uint8_t before, uint8_t after)
{
    struct work *w = j->w;
    struct aside_row row = {j->now.author, cs->at.seq, (uint32_t)i, after, cs->parts[i].record};
    int rv = LINLI_OK;

    if (verdict_aside(before)) {
        rv = aside_delete(w->txn, j->now.scope, j->now.author, cs->at.seq, (uint32_t)i);
        if (rv == LINLI_OK)
            rv = work_count(w, j->now.scope, COUNT_ASIDE, -1);
    }
    if (rv == LINLI_OK && verdict_aside(after)) {
        rv = aside_put(w->txn, j->now.scope, &row);
        if (rv == LINLI_OK)
            rv = work_count(w, j->now.scope, COUNT_ASIDE, 1);
    }
    return rv;
}

/* `held`: the changeset as it was before it lost what is erased now. */
static int part_follow(struct rejudging *j, const struct changeset *held, const struct changeset *cs, size_t i, uint8_t before,
                       uint8_t after)
{
    int rv = aside_follow(j, cs, i, before, after);

    if (rv != LINLI_OK || (before == VERDICT_ACCEPTED) == (after == VERDICT_ACCEPTED))
        return rv;
    j->learns = j->learns || after == VERDICT_ACCEPTED;
    return record_add(&j->records, &held->parts[i].record);
}

/* --- what is erased, and what is so no more --- */

/* Does the changeset still hold a part of the record that part i of `held` was of? */
static bool still_touches(const struct changeset *held, const struct changeset *cs, size_t i)
{
    for (size_t k = 0; k < cs->part_count; k++)
        if (cs->parts[k].carried == PART_HELD && id_equal(&cs->parts[k].record, &held->parts[i].record))
            return true;
    return false;
}

static int carried_follow(struct rejudging *j, const struct changeset *held, const struct changeset *cs, size_t i,
                          unsigned readable)
{
    struct store_txn *txn = j->w->txn;
    bool wanted = cs->parts[i].carried == PART_ABSENT && (readable >> cs->parts[i].cls & 1) != 0;
    int rv = want_mark(txn, j->now.scope, j->now.author, cs->at.seq, (uint32_t)i, wanted);

    if (rv != LINLI_OK || held->parts[i].carried != PART_HELD || still_touches(held, cs, i))
        return rv;
    rv = touch_delete(txn, j->now.scope, &held->parts[i].record, j->now.author, cs->at.seq);
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv; /* another class of the same record, done before */
}

/* The row without what orders erase; what none erases any more is only absent. `cs`: as it is then. */
static int row_redact(struct rejudging *j, const struct changeset *held, struct log_row *row, struct changeset *cs,
                      bool *changed)
{
    int rv = erase_redact(j->w, &j->now, held, &row->entry, changed);

    *cs = *held;
    return rv == LINLI_OK && *changed ? changeset_decode(&j->w->scratch, &held->at, row->entry, cs) : rv;
}

/* What the replica itself takes from this changeset, now that the records stand as they do. */
static int changeset_learn(struct rejudging *j, uint64_t seq)
{
    struct work *w = j->w;
    struct log_row row;
    struct changeset cs;
    struct judged judged;
    int rv = log_changeset(w->r, w->txn, &w->scratch, &j->now, seq, NULL, &row, &cs);

    if (rv == LINLI_OK) {
        cs.id = row.id;
        rv = judge_again(w->txn, &w->scratch, &j->then, &cs, &judged);
        log_advance(&j->then, &cs);
    }
    for (size_t i = 0; rv == LINLI_OK && i < cs.part_count; i++)
        if (judged.verdicts[i] == VERDICT_ACCEPTED && judged.op_count[i] > 0)
            rv = learn_part(w, &j->now, &cs.parts[i], judged.ops[i], judged.op_count[i]);
    return rv;
}

static int changeset_rejudge(struct rejudging *j, uint64_t seq)
{
    struct work *w = j->w;
    struct log_row row;
    struct changeset held, cs;
    struct judged judged;
    bool redacted;
    int rv = log_changeset(w->r, w->txn, &w->scratch, &j->now, seq, NULL, &row, &held);

    if (rv == LINLI_OK)
        rv = row_redact(j, &held, &row, &cs, &redacted);
    if (rv != LINLI_OK)
        return rv;
    cs.id = row.id;
    rv = judge_again(w->txn, &w->scratch, &j->then, &cs, &judged);
    if (rv != LINLI_OK)
        return rv == LINLI_E_WAIT || rv == LINLI_E_FORMAT ? LINLI_E_CORRUPT : rv; /* it was stored: all that it cites is here */
    log_advance(&j->then, &cs);
    span verdicts = span_of(judged.verdicts, cs.part_count), before = row.verdicts;
    if (!redacted && span_equal(verdicts, before))
        return LINLI_OK;
    row.verdicts = verdicts;
    rv = log_put(w->txn, j->now.scope, j->now.author, seq, &row);
    for (size_t i = 0; i < cs.part_count && rv == LINLI_OK; i++) {
        if (held.parts[i].carried != cs.parts[i].carried)
            rv = carried_follow(j, &held, &cs, i, authority_readable(w->r, &j->now.path));
        if (rv == LINLI_OK && before.at[i] != verdicts.at[i])
            rv = part_follow(j, &held, &cs, i, before.at[i], verdicts.at[i]);
    }
    return rv;
}

/* Each of these changesets, or of all when none are named, with the log as it was before it. */
static int changesets_each(struct rejudging *j, const uint64_t *seqs, size_t count, int (*fn)(struct rejudging *j, uint64_t seq))
{
    struct work *w = j->w;
    uint64_t last = seqs != NULL ? count : j->now.head.seq;
    int rv = LINLI_OK;

    log_before(&j->now, &j->arena, &j->then);
    for (uint64_t i = 0; i < last && rv == LINLI_OK; i++) {
        uint64_t seq = seqs != NULL ? seqs[i] : i + 1;
        if (seq > j->now.head.seq)
            break;
        rv = log_walk(w->r, w->txn, &j->then, seq - 1);
        arena_reset(&w->scratch);
        if (rv == LINLI_OK)
            rv = fn(j, seq);
    }
    return rv;
}

int rejudge_changesets(struct work *w, uint32_t scope, uint32_t author, const uint64_t *seqs, size_t count)
{
    struct rejudging j = {.w = w};
    int rv = log_load(w->r, w->txn, &j.arena, scope, author, &j.now);

    if (rv == LINLI_OK)
        rv = changesets_each(&j, seqs, count, changeset_rejudge);
    if (rv == LINLI_OK)
        rv = rebuild_records(w, scope, &j.records);
    if (rv == LINLI_OK && j.learns)
        rv = changesets_each(&j, seqs, count, changeset_learn);
    mem_free(j.records.at);
    arena_free(&j.arena);
    return rv;
}

int rejudge_log(struct work *w, uint32_t scope, uint32_t author)
{
    return rejudge_changesets(w, scope, author, NULL, 0);
}
