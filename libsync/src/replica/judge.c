/* replica: the verdict on one changeset, a pure function of changesets and grants (proto/changeset.md 6). */
#include <string.h>

#include "replica/erasing.h"

int judge_seen(struct store_txn *txn, uint32_t scope, const struct seen_head *seen)
{
    struct head_row head;
    struct log_row row;
    uint32_t author;
    int rv = author_number(txn, &seen->author, false, &author);

    if (rv == LINLI_OK)
        rv = head_get(txn, scope, author, &head);
    if (rv != LINLI_OK)
        return rv == LINLI_E_NOT_FOUND ? LINLI_E_WAIT : rv;
    if (seen->seq > head.seq) /* past the end of a forked log, every branch has been seen through (7) */
        return head.frozen ? LINLI_OK : LINLI_E_WAIT;
    if (seen->seq == head.seq)
        return hash_equal(&head.id, &seen->id) ? LINLI_OK : LINLI_E_WAIT;
    rv = log_get(txn, scope, author, seen->seq, &row);
    if (rv != LINLI_OK)
        return rv == LINLI_E_NOT_FOUND ? LINLI_E_CORRUPT : rv;
    return hash_equal(&row.id, &seen->id) ? LINLI_OK : LINLI_E_WAIT;
}

int judge_form(uint64_t last_seq, linli_stamp last_stamp, const linli_hash *last_grant, const struct changeset *cs)
{
    if (last_seq == 0)
        return cs->has_grant ? LINLI_OK : LINLI_E_FORMAT;
    if (cs->stamp <= last_stamp)
        return LINLI_E_FORMAT;
    if (cs->has_grant && hash_equal(&cs->grant, last_grant))
        return LINLI_E_FORMAT; /* the same as before is said by nil, and by nothing else */
    return LINLI_OK;
}

int judge_seen_all(struct store_txn *txn, uint32_t scope, const struct changeset *cs, struct missing *missing)
{
    for (size_t i = 0; i < cs->seen_count; i++) {
        int rv = judge_seen(txn, scope, &cs->seen[i]);
        if (rv == LINLI_E_WAIT)
            *missing = (struct missing){false, cs->seen[i].id, cs->seen[i].author, cs->seen[i].seq};
        if (rv != LINLI_OK)
            return rv;
    }
    return LINLI_OK;
}

int judge_grant(struct store_txn *txn, const linli_author *author, const linli_hash *id, struct held_grant *out,
                struct missing *missing)
{
    int rv = authority_get(txn, id, out);

    if (rv == LINLI_E_WAIT)
        *missing = (struct missing){.grant = true, .id = *id};
    if (rv == LINLI_OK && memcmp(out->grant.subject, author->key, KEY_BYTES) != 0)
        return LINLI_E_FORMAT; /* somebody else's: anybody could, and no honest author does; so nobody keeps it */
    return rv;
}

static int authority(struct store_txn *txn, struct arena *a, struct log *log, const struct changeset *cs, struct missing *missing)
{
    const linli_hash *id = cs->has_grant ? &cs->grant : &log->head.grant;

    if (log->judged_grant && hash_equal(&log->authority.grant.id, id))
        return LINLI_OK;
    log->judged_grant = false;
    int rv = judge_grant(txn, &log->name, id, &log->authority, missing);
    if (rv == LINLI_OK)
        rv = standing_of_log(txn, a, log);
    log->judged_grant = rv == LINLI_OK;
    return rv;
}

bool judge_belied(const struct changeset *cs, const struct part *part)
{
    return ((cs->schema & CHANGESET_AUDIT) != 0 || part->type == TYPE_AUDIT) && !audit_form(part);
}

int judge_content(struct arena *a, const struct cited_tables *tables, const struct changeset *cs, const struct part *part,
                  struct op **ops, size_t *count, enum verdict *verdict)
{
    *count = 0;
    *verdict = VERDICT_CONTENT;
    if (judge_belied(cs, part) || type_needs_manage(part->type) != part->manage || part->cls >= CLASS_COUNT || !part->in_order ||
        part->type > TYPE_MAX || !record_id_fits(&part->record, part->type))
        return LINLI_OK; /* the part belies its declaration or its record's id, or writes one dot twice */
    int rv = ops_decode(a, part->ops, tables->authors, tables->cited, tables->count, part->cls, ops, count);
    if (rv == LINLI_OK)
        *verdict = VERDICT_ACCEPTED;
    else
        *count = 0;
    return rv == LINLI_E_FORMAT || rv == LINLI_E_REFUSED || rv == LINLI_E_LIMIT ? LINLI_OK : rv;
}

/* What the office said of a part that its author had no right to write. */
static int ruled(struct store_txn *txn, struct arena *a, const struct log *log, const struct changeset *cs, size_t i,
                 enum verdict *verdict)
{
    struct standing_source source = standing_of(txn);
    struct part_aside part = {&log->path, &log->scope_id, &log->name, cs->at.seq, &cs->id, (uint32_t)i,
                              cs->parts[i].cls, cs->parts[i].manage};
    struct arena_mark mark = arena_mark(a); /* rulings may be many, and parts, too */
    enum ruled said;
    int rv = standing_ruling(&source, a, &part, &said);

    arena_rewind(a, mark);
    if (said == RULED_ADOPTED)
        *verdict = VERDICT_ACCEPTED;
    else if (said == RULED_REJECTED)
        *verdict = VERDICT_REJECTED;
    return rv;
}

/* May the part be there at all, whatever it says? */
static int judge_right(struct store_txn *txn, struct arena *a, const struct log *log, const struct changeset *cs, size_t i,
                       enum verdict *verdict)
{
    const struct part *part = &cs->parts[i];

    *verdict = decide_write(&log->authority.grant, log->authority.term_end_ms, &log->name, &log->path, part->cls,
                            part->manage, cs->stamp);
    if (*verdict == VERDICT_ACCEPTED && !cut_accepts(&log->cut, cs->at.seq, &cs->id))
        *verdict = VERDICT_REVOKED;
    return *verdict == VERDICT_ACCEPTED ? LINLI_OK : ruled(txn, a, log, cs, i, verdict);
}

int judge_erased(struct store_txn *txn, struct arena *a, const struct log *log, const struct erased *erased,
                 const struct changeset *cs, size_t i, enum verdict *verdict)
{
    const struct part *part = &cs->parts[i];
    struct erased_cover cover = {.classes = 0};
    int rv = LINLI_OK;

    *verdict = erased_mark(erased, i) == ERASED_NOW ? VERDICT_ERASED : VERDICT_ACCEPTED;
    if (*verdict == VERDICT_ACCEPTED && erased->any && part->carried == PART_HELD && !erase_exempt(cs, part))
        rv = erased_covers(txn, a, &log->scope_id, &part->record, &cover);
    if ((cover.classes >> part->cls & 1) != 0)
        *verdict = VERDICT_COVERED;
    return rv;
}

/* A changeset while its parts are judged. */
struct judging {
    struct store_txn *txn;
    struct arena *a;
    const struct log *log;
    const struct changeset *cs;
    struct cited_tables tables;
    struct erased erased;
    unsigned whole;          /* classes of which nothing is lacking */
};

static int judge_part(const struct judging *j, size_t i, struct judged *out)
{
    const struct part *part = &j->cs->parts[i];
    bool held = part->carried == PART_HELD;
    enum verdict verdict;
    int rv = judge_erased(j->txn, j->a, j->log, &j->erased, j->cs, i, &verdict);

    if (rv == LINLI_OK && verdict == VERDICT_ACCEPTED)
        rv = judge_right(j->txn, j->a, j->log, j->cs, i, &verdict);
    if (rv == LINLI_OK && verdict == VERDICT_ACCEPTED && (!held || ((j->whole >> part->cls & 1) == 0 && !judge_belied(j->cs, part))))
        verdict = VERDICT_PARTLY;
    else if (rv == LINLI_OK && verdict == VERDICT_ACCEPTED)
        rv = judge_content(j->a, &j->tables, j->cs, part, &out->ops[i], &out->op_count[i], &verdict);
    out->verdicts[i] = (uint8_t)verdict;
    return rv;
}

unsigned judge_whole(const struct changeset *cs, const struct erased *erased)
{
    unsigned lacking = 0;
    bool audit = (cs->schema & CHANGESET_AUDIT) != 0; /* who lacks a part of it does not know whether it is to be erased */

    for (size_t i = 0; i < cs->part_count; i++)
        if (cs->parts[i].carried != PART_HELD && (audit || erased_mark(erased, i) == ERASED_NOT))
            lacking |= 1u << cs->parts[i].cls;
    return ~lacking;
}

static int judged_start(struct arena *a, const struct changeset *cs, struct judged *out)
{
    *out = (struct judged){.verdicts = arena_alloc(a, cs->part_count + 1),
                           .ops = arena_array(a, cs->part_count + 1, sizeof(struct op *)),
                           .op_count = arena_array(a, cs->part_count + 1, sizeof(size_t))};
    return out->verdicts == NULL || out->ops == NULL || out->op_count == NULL ? LINLI_E_NOMEM : LINLI_OK;
}

/* The verdict itself: by what right, and on what content. */
static int judge_parts(struct store_txn *txn, struct arena *a, struct log *log, const struct changeset *cs,
                       struct judged *out)
{
    struct judging j = {.txn = txn, .a = a, .log = log, .cs = cs};
    int rv = authority(txn, a, log, cs, &out->missing);

    if (rv == LINLI_OK)
        rv = log_cite(txn, log, cs->seen, cs->seen_count);
    if (rv == LINLI_OK)
        rv = log_tables(a, log, cs->at.seq, &j.tables);
    if (rv == LINLI_OK)
        rv = erased_look(txn, a, log, cs, &j.erased);
    j.whole = judge_whole(cs, &j.erased);
    for (size_t i = 0; i < cs->part_count && rv == LINLI_OK; i++)
        rv = judge_part(&j, i, out);
    return rv;
}

int judge(struct store_txn *txn, struct arena *a, struct log *log, const struct changeset *cs, struct judged *out)
{
    int rv = judged_start(a, cs, out);

    if (rv == LINLI_OK)
        rv = judge_form(log->head.seq, log->head.stamp, &log->head.grant, cs);
    if (rv == LINLI_OK)
        rv = judge_seen_all(txn, log->scope, cs, &out->missing);
    return rv == LINLI_OK ? judge_parts(txn, a, log, cs, out) : rv;
}

int judge_again(struct store_txn *txn, struct arena *a, struct log *log, const struct changeset *cs, struct judged *out)
{
    int rv = judged_start(a, cs, out);

    return rv == LINLI_OK ? judge_parts(txn, a, log, cs, out) : rv;
}
