/* replica: the one door: whoever wrote a changeset, here or elsewhere, it enters the store through door_pass. */
#include "replica/internal.h"

static int append(struct work *w, struct log *log, const struct changeset *cs, span entry, const uint8_t *signature,
                  const struct judged *judged)
{
    struct log_row row = {.id = cs->id, .stamp = cs->stamp, .has_signature = signature != NULL, .entry = entry,
                          .verdicts = span_of(judged->verdicts, cs->part_count)};
    int rv = arrival_next(w->txn, &row.arrival);

    for (size_t i = 0; i < SIGNATURE_BYTES && signature != NULL; i++)
        row.signature[i] = signature[i];
    if (rv == LINLI_OK)
        rv = log_put(w->txn, log->scope, log->author, cs->at.seq, &row);
    if (rv == LINLI_OK)
        rv = work_count(w, log->scope, COUNT_CHANGESETS, 1);
    if (rv != LINLI_OK)
        return rv;
    log_advance(log, cs);
    if (signature != NULL)
        log->head.signed_seq = cs->at.seq;
    return LINLI_OK;
}

/* All accepted parts of one record, from part `i` on, merged as one; `*next` is the first part of another. */
static int merge_record(struct work *w, const struct log *log, const struct changeset *cs, const struct judged *judged,
                        size_t i, size_t *next)
{
    const linli_id record = cs->parts[i].record;
    struct merging writes[CLASS_COUNT];
    size_t count = 0;
    int rv = touch_put(w->txn, log->scope, &record, log->author, cs->at.seq);

    for (; i < cs->part_count && rv == LINLI_OK; i++) {
        const struct part *part = &cs->parts[i];
        if (part->carried != PART_HELD)
            continue;
        if (!id_equal(&part->record, &record))
            break;
        if (judged->verdicts[i] == VERDICT_ACCEPTED && count < CLASS_COUNT) /* a class stands once in a changeset */
            writes[count++] = (struct merging){part->type,  judged->ops[i], judged->op_count[i],
                                               log->author, cs->at.seq,     cs->stamp};
    }
    *next = i;
    return rv == LINLI_OK && count > 0 ? view_merge(w, log->scope, &record, writes, count) : rv;
}

static int merge(struct work *w, const struct log *log, const struct changeset *cs, const struct judged *judged)
{
    int rv = LINLI_OK;

    for (size_t i = 0; i < cs->part_count && rv == LINLI_OK;) {
        if (cs->parts[i].carried == PART_HELD)
            rv = merge_record(w, log, cs, judged, i, &i);
        else
            i++;
    }
    return rv;
}

/* What is set aside, with its reason. */
static int set_aside(struct work *w, const struct log *log, const struct changeset *cs, const struct judged *judged)
{
    int rv = LINLI_OK;

    for (size_t i = 0; i < cs->part_count && rv == LINLI_OK; i++) {
        struct aside_row row = {log->author, cs->at.seq, (uint32_t)i, judged->verdicts[i], cs->parts[i].record};
        if (!verdict_aside(judged->verdicts[i]))
            continue;
        rv = aside_put(w->txn, log->scope, &row);
        if (rv == LINLI_OK)
            rv = work_count(w, log->scope, COUNT_ASIDE, 1);
    }
    return rv;
}

/* Grants and scopes that accepted parts speak of. */
static int learn(struct work *w, const struct log *log, const struct changeset *cs, const struct judged *judged)
{
    int rv = LINLI_OK;

    for (size_t i = 0; i < cs->part_count && rv == LINLI_OK; i++)
        if (judged->verdicts[i] == VERDICT_ACCEPTED && judged->op_count[i] > 0)
            rv = learn_part(w, log, &cs->parts[i], judged->ops[i], judged->op_count[i]);
    return rv;
}

int door_take(struct work *w, const struct log *log, const struct changeset *cs, const struct judged *judged)
{
    int rv = merge(w, log, cs, judged); /* the view, with indexes, counters and conflict marks; observers hear of it */

    if (rv == LINLI_OK)
        rv = set_aside(w, log, cs, judged);
    return rv == LINLI_OK ? learn(w, log, cs, judged) : rv;
}

/*
 * Our own is refused where a stranger's would be set aside: before any of it is on a page, for LMDB's pages in memory keep what a
 * transaction that is given up had put there, and the next ones go to the disk with it.
 */
static int own_check(const struct changeset *cs, const struct judged *judged)
{
    for (size_t i = 0; i < cs->part_count; i++)
        if (judged->verdicts[i] != VERDICT_ACCEPTED)
            return judged->verdicts[i] == VERDICT_CONTENT ? LINLI_E_ARG : LINLI_E_REFUSED;
    return LINLI_OK;
}

int door_pass(struct work *w, struct log *log, const struct changeset *cs, span entry, const uint8_t *signature, bool own,
              struct judged *judged)
{
    int rv = judge(w->txn, &w->scratch, log, cs, judged);

    if (rv == LINLI_OK && own)
        rv = own_check(cs, judged);
    if (rv == LINLI_OK && !path_contains(&log->authority.grant.path, &log->path))
        rv = authority_attach(w, log);
    if (rv == LINLI_OK)
        rv = append(w, log, cs, entry, signature, judged);
    if (rv == LINLI_OK)
        rv = door_take(w, log, cs, judged);
    if (rv == LINLI_OK)
        rv = want_absent(w, log, cs, authority_readable(w->r, &log->path));
    if (rv == LINLI_OK)
        rv = work_touch(w, log->scope); /* digests follow at the end of the transaction */
    return rv;
}
