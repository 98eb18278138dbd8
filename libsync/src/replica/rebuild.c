/* replica: a record's state again, from the changesets that touched it: what the view must equal. */
#include "replica/internal.h"

struct touching {
    uint32_t author;
    uint64_t seq;
};
struct touches {
    struct touching *at;
    size_t count, room;
    int failed;
};

static bool touch_add(void *ctx, uint32_t author, uint64_t seq)
{
    struct touches *t = ctx;

    if (t->count == t->room) {
        t->failed = mem_grow(&t->at, &t->room, t->count + 1, sizeof(*t->at));
        if (t->failed != LINLI_OK)
            return false;
    }
    t->at[t->count++] = (struct touching){author, seq};
    return true;
}

/*
 * What changesets did to one record, merged: at[i] is of 2^i of them, where `count` has that bit. So what one wrote is copied
 * a few times, and not as often as there are changesets after it.
 */
struct pile {
    struct arena *a;             /* of the states */
    struct arena tables;         /* of one changeset's at a time */
    struct record_state at[64];
    uint64_t count;
};

static int pile_add(struct pile *p, struct record_state state)
{
    unsigned i = 0;
    int rv = LINLI_OK;

    for (; (p->count >> i & 1) != 0 && rv == LINLI_OK; i++)
        rv = record_merge(p->a, &p->at[i], &state, &state);
    p->at[i] = state;
    p->count++;
    return rv;
}

static int pile_merge(struct pile *p, struct record_state *out)
{
    int rv = LINLI_OK;

    *out = (struct record_state){0};
    for (unsigned i = 0; p->count >> i != 0 && rv == LINLI_OK; i++)
        if ((p->count >> i & 1) != 0)
            rv = record_merge(p->a, &p->at[i], out, out);
    return rv;
}

static int apply_part(struct pile *p, const struct log *log, const struct cited_tables *tables, const struct changeset *cs,
                      const struct part *part, struct record_state *state)
{
    struct op *ops = NULL;
    size_t count = 0;
    int rv = ops_decode(p->a, part->ops, tables->authors, tables->cited, tables->count, part->cls, &ops, &count);

    if (rv == LINLI_OK)
        rv = record_apply_all(p->a, state, part->type, ops, count, log->author, cs->at.seq, cs->stamp);
    return rv == LINLI_E_FORMAT || rv == LINLI_E_REFUSED || rv == LINLI_E_LIMIT ? LINLI_E_CORRUPT : rv;
}

static int apply_parts(struct pile *p, const struct log *log, const struct log_row *row, const struct changeset *cs,
                       const linli_id *record)
{
    struct record_state state = {0};
    struct cited_tables tables;

    /* It was accepted: what it cites was judged with the log as it stood then, which cited no more than now. */
    arena_reset(&p->tables);
    int rv = log_tables(&p->tables, log, cs->at.seq, &tables);
    for (size_t i = 0; rv == LINLI_OK && i < cs->part_count; i++)
        if (cs->parts[i].carried == PART_HELD && row->verdicts.at[i] == VERDICT_ACCEPTED &&
            id_equal(&cs->parts[i].record, record))
            rv = apply_part(p, log, &tables, cs, &cs->parts[i], &state);
    return rv == LINLI_OK ? pile_add(p, state) : rv;
}

static bool kept(const struct rebuild *by, uint32_t scope, const struct touching *touch)
{
    return by->seq == touch->seq && by->log.author == touch->author && by->log.scope == scope;
}

/* Keep the changeset that first touched the record, unless it is kept already. Nothing lends the one before any more. */
static int keep_first(struct rebuild *by, struct replica *r, struct store_txn *txn, uint32_t scope,
                      const struct touching *first)
{
    if (kept(by, scope, first))
        return LINLI_OK;
    by->seq = 0;
    arena_reset(&by->arena);
    int rv = log_load(r, txn, &by->arena, scope, first->author, &by->log);
    if (rv == LINLI_OK)
        rv = log_changeset(r, txn, &by->arena, &by->log, first->seq, NULL, &by->row, &by->cs);
    if (rv == LINLI_OK)
        by->seq = first->seq;
    return rv;
}

int rebuild_record(struct rebuild *by, struct replica *r, struct store_txn *txn, struct arena *a, uint32_t scope,
                   const linli_id *record, struct record_state *out)
{
    struct touches touches = {0};
    struct pile pile = {.a = a};
    struct log log = {.author = 0};
    struct log_row row;
    struct changeset cs;
    int rv = touch_each(txn, scope, record, touch_add, &touches);

    *out = (struct record_state){0};
    if (rv == LINLI_OK)
        rv = touches.failed;
    if (rv == LINLI_OK && touches.count > 0)
        rv = keep_first(by, r, txn, scope, &touches.at[0]);
    if (rv == LINLI_OK && touches.count > 0)
        rv = apply_parts(&pile, &by->log, &by->row, &by->cs, record);
    for (size_t i = 1; i < touches.count && rv == LINLI_OK; i++) {
        if (touches.at[i].author != log.author)
            rv = log_load(r, txn, a, scope, touches.at[i].author, &log);
        if (rv == LINLI_OK)
            rv = log_changeset(r, txn, a, &log, touches.at[i].seq, NULL, &row, &cs);
        if (rv == LINLI_OK)
            rv = apply_parts(&pile, &log, &row, &cs, record);
    }
    if (rv == LINLI_OK)
        rv = pile_merge(&pile, out);
    arena_free(&pile.tables);
    mem_free(touches.at);
    return rv;
}

void rebuild_end(struct rebuild *by)
{
    arena_free(&by->arena);
}

int rebuild_records(struct work *w, uint32_t scope, const struct record_ids *ids)
{
    struct rebuild by = {.seq = 0};
    int rv = LINLI_OK;

    for (size_t i = 0; i < ids->count && rv == LINLI_OK; i++) {
        struct record_state state;
        arena_reset(&w->scratch);
        rv = rebuild_record(&by, w->r, w->txn, &w->scratch, scope, &ids->at[i], &state);
        if (rv == LINLI_OK)
            rv = view_replace(w, scope, &ids->at[i], &state);
    }
    rebuild_end(&by);
    return rv;
}
