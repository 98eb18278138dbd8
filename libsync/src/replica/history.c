/* replica: every write to a record, out of the logs; and what a reading showed that the record has since left behind. */
#include <stdlib.h>
#include <string.h>

#include "codec/reader.h"
#include "replica/reading.h"

/* ---- the parts that speak of a record ---- */

struct touched {
    struct touch {
        uint32_t author;
        uint64_t seq;
    } * at;
    size_t count, room;
    const struct context *within;
    int failed;
};

static bool touched_add(void *ctx, uint32_t author, uint64_t seq)
{
    struct touched *t = ctx;

    if (t->within != NULL && !context_covers(t->within, author, seq))
        return true;
    t->failed = mem_grow(&t->at, &t->room, t->count + 1, sizeof(*t->at));
    if (t->failed == LINLI_OK)
        t->at[t->count++] = (struct touch){author, seq};
    return t->failed == LINLI_OK;
}

static int touch_parts(struct replica *r, struct store_txn *txn, struct arena *a, const struct log *log,
                       uint64_t seq, const linli_id *record, touch_part_fn fn, void *ctx)
{
    struct log_row row;
    struct changeset cs;
    int rv = log_changeset(r, txn, a, log, seq, NULL, &row, &cs);

    for (size_t i = 0; rv == LINLI_OK && i < cs.part_count; i++)
        if (cs.parts[i].carried == PART_HELD && id_equal(&cs.parts[i].record, record))
            rv = fn(ctx, log, &cs, &cs.parts[i], (enum verdict)row.verdicts.at[i]);
    return rv;
}

int touch_walk(struct replica *r, struct store_txn *txn, struct arena *a, uint32_t scope,
               const linli_id *record, const struct context *within, touch_part_fn fn, void *ctx)
{
    struct touched touched = {.within = within};
    struct log log = {.author = 0};
    int rv = touch_each(txn, scope, record, touched_add, &touched);

    if (rv == LINLI_OK)
        rv = touched.failed;
    for (size_t i = 0; i < touched.count && rv == LINLI_OK; i++) {
        if (touched.at[i].author != log.author)
            rv = log_load(r, txn, a, scope, touched.at[i].author, &log);
        if (rv == LINLI_OK)
            rv = touch_parts(r, txn, a, &log, touched.at[i].seq, record, fn, ctx);
    }
    mem_free(touched.at);
    return rv;
}

int touch_ops(struct arena *a, const struct log *log, const struct changeset *cs, const struct part *part, struct op **ops,
              size_t *count)
{
    struct cited_tables tables;
    int rv = log_tables(a, log, cs->at.seq, &tables);

    return rv == LINLI_OK
               ? ops_decode(a, part->ops, tables.authors, tables.cited, tables.count, part->cls, ops, count)
               : rv;
}

/* ---- what a reading showed ---- */

struct showing {
    struct arena *a;
    uint32_t group;
    struct record_state state;
};

static int showing_part(void *ctx, const struct log *log, const struct changeset *cs, const struct part *part,
                        enum verdict verdict)
{
    struct showing *s = ctx;
    struct op *ops = NULL;
    size_t count = 0, first = 0, end = 0;
    int rv = verdict == VERDICT_ACCEPTED ? touch_ops(s->a, log, cs, part, &ops, &count) : LINLI_OK;

    if (rv != LINLI_OK || count == 0)
        return rv;
    while (first < count && ops[first].group != s->group)
        first++;
    for (end = first; end < count && ops[end].group == s->group;)
        end++;
    return record_apply_all(s->a, &s->state, part->type, ops + first, end - first, log->author, cs->at.seq, cs->stamp);
}

/*
 * A reading's context covers the writes that were shown and all that those had replaced. So the writes within it, merged,
 * are the cell as it was shown.
 */
int replica_shown_group(struct replica *r, struct arena *a, const linli_id *scope, const linli_id *record,
                        const struct record_state *state, uint32_t group, const struct context *shown,
                        struct disclosure *told, struct group_state *out)
{
    const struct group_state *now = record_group(state, group);
    struct showing showing = {.a = a, .group = group};
    struct store_txn *txn = NULL;
    struct context present = {NULL, 0};
    uint32_t number = 0;
    int rv = LINLI_OK;

    *out = (struct group_state){.group = group};
    if (now != NULL && now->count == 1)
        rv = cell_shown(a, &now->cells[0], &present);
    if (rv != LINLI_OK)
        return rv;
    if (present.count > 0 && context_equal(&present, shown)) {
        *out = *now;
        return LINLI_OK;
    }
    rv = store_begin(r->store, false, &txn);
    if (rv == LINLI_OK)
        rv = scope_number(txn, scope, &number);
    if (rv == LINLI_OK)
        rv = touch_walk(r, txn, a, number, record, shown, showing_part, &showing);
    struct opening opening = {r, txn, a, number, record, told != NULL ? told->keys : r->ring.count, told != NULL ? &told->opened : NULL};
    if (rv == LINLI_OK)
        rv = open_state(&opening, &showing.state, &showing.state);
    rv = store_end(txn, rv);
    now = record_group(&showing.state, group);
    if (rv == LINLI_OK && now != NULL)
        *out = *now;
    return rv;
}

/* ---- history ---- */

static int write_add(struct write_list *list, const struct linli_write *like, linli_field field, span item,
                     const struct linli_schema_field *known)
{
    struct linli_write *write;
    int rv = mem_grow(&list->at, &list->room, list->count + 1, sizeof(*list->at));

    if (rv != LINLI_OK)
        return rv;
    write = &list->at[list->count++];
    *write = *like;
    write->field = field;
    if (value_read(item, known, &write->value) != LINLI_OK)
        write->value = (struct linli_value){.kind = LINLI_KIND_NIL};
    return LINLI_OK;
}

/* A value that does not open here speaks of its group's first field. */
static int write_sealed(struct write_list *list, const struct linli_write *like, uint32_t group, span value,
                        const struct linli_schema_field *field)
{
    int rv = write_add(list, like, group_n(group), value, NULL);

    if (rv == LINLI_OK)
        list->at[list->count - 1].value = value_sealed(value, field);
    return rv;
}

static int writes_of_map(struct write_list *list, const struct linli_schema_type *type,
                         const struct linli_write *like, uint32_t group, span value)
{
    const struct linli_schema_field *field;
    struct reader r;
    int rv = LINLI_OK;

    if (group == GROUP_LIFE)
        return write_add(list, like, FIELD_LIFE, reading_field(value, FIELD_LIFE), &schema_life);
    reader_start(&r, value);
    if (reader_peek(&r) != ITEM_MAP)
        return field_in_group(type, group, group_n(group), &field) ? write_sealed(list, like, group, value, field) : LINLI_OK;
    for (size_t left = reader_map(&r, SIZE_MAX); left > 0 && rv == LINLI_OK && r.failed == LINLI_OK; left--) {
        uint64_t number = reader_uint(&r, UINT64_MAX);
        span item = reader_item(&r);
        if (field_in_group(type, group, number, &field))
            rv = write_add(list, like, (linli_field)number, item, field);
    }
    return rv;
}

int writes_add(struct write_list *list, const struct linli_schema_type *type, const struct linli_write *like,
               uint32_t group, span key, span value)
{
    const struct linli_schema_field *field = NULL;
    struct linli_write write = *like;
    struct reader r;

    write.rule = (enum linli_rule)group_rule(group);
    switch ((enum merge_rule)group_rule(group)) {
    case RULE_REGISTER:
    case RULE_LADDER:
    case RULE_LOG: return writes_of_map(list, type, &write, group, value);
    case RULE_SET:
        reader_start(&r, value);
        write.removed = !reader_bool(&r);
        value = key;
        break;
    case RULE_COUNTER:
    case RULE_MAX: break;
    }
    return field_in_group(type, group, group_n(group), &field)
               ? write_add(list, &write, group_n(group), value, field)
               : LINLI_OK;
}

struct telling {
    struct replica *r;
    struct store_txn *txn;
    struct arena *a;
    struct record_state now;
    struct write_list writes;
    struct disclosure told;
};

/* Does the write still stand in the record? */
static bool stands(const struct telling *t, const struct op *op, uint32_t author, uint64_t seq)
{
    const struct group_state *g = record_group(&t->now, op->group);

    for (size_t i = 0; g != NULL && i < g->count; i++) {
        if (group_rule(op->group) == RULE_SET && !span_equal(g->cells[i].key, op->key))
            continue;
        for (size_t j = 0; j < g->cells[i].count; j++)
            if (g->cells[i].values[j].author == author && g->cells[i].values[j].seq == seq)
                return true;
    }
    return false;
}

static int telling_part(void *ctx, const struct log *log, const struct changeset *cs, const struct part *part,
                        enum verdict verdict)
{
    struct telling *t = ctx;
    const struct linli_schema_type *type = linli_schema_type_by_number(part->type);
    struct linli_write like = {
        .dot = {log->name, cs->at.seq}, .stamp = cs->stamp, .set_aside = verdict_aside(verdict)};
    struct op *ops = NULL;
    size_t count = 0;
    int rv = LINLI_E_FORMAT;

    if (verdict == VERDICT_PARTLY || verdict == VERDICT_COVERED)
        return LINLI_OK; /* not judged yet; of a record that was erased */
    if (verdict != VERDICT_CONTENT)
        rv = touch_ops(t->a, log, cs, part, &ops, &count);
    if (rv == LINLI_E_FORMAT || rv == LINLI_E_REFUSED || rv == LINLI_E_LIMIT)
        return LINLI_OK; /* set aside because it cannot be read; what is set aside is listed on its own */
    for (size_t i = 0; i < count && rv == LINLI_OK; i++) {
        struct opening opening = {t->r, t->txn, t->a, log->scope, &part->record, t->told.keys, &t->told.opened};
        like.superseded = !like.set_aside && !stands(t, &ops[i], log->author, cs->at.seq);
        rv = open_value(&opening, ops[i].group, log->author, cs->at.seq, &ops[i].value);
        if (rv == LINLI_OK)
            rv = writes_add(&t->writes, type, &like, ops[i].group, ops[i].key, ops[i].value);
    }
    return rv;
}

static int write_compare(const void *x, const void *y)
{
    const struct linli_write *a = x, *b = y;
    int order;

    if (a->stamp != b->stamp)
        return a->stamp < b->stamp ? -1 : 1;
    order = author_compare(&a->dot.author, &b->dot.author);
    if (order != 0)
        return order;
    if (a->dot.seq != b->dot.seq)
        return a->dot.seq < b->dot.seq ? -1 : 1;
    if (a->field != b->field)
        return a->field < b->field ? -1 : 1;
    return span_compare(a->value.bytes, b->value.bytes);
}

struct lived {
    uint32_t *at;
    size_t count, room;
    int failed;
};

static bool lived_add(void *ctx, uint32_t scope)
{
    struct lived *lived = ctx;

    lived->failed = mem_grow(&lived->at, &lived->room, lived->count + 1, sizeof(*lived->at));
    if (lived->failed == LINLI_OK)
        lived->at[lived->count++] = scope;
    return lived->failed == LINLI_OK;
}

static int tell_scope(struct replica *r, struct store_txn *txn, struct telling *t, uint32_t scope,
                      const linli_id *record)
{
    struct scope_row row;
    t->now = (struct record_state){0};
    int rv = view_load(txn, t->a, scope, record, &t->now);

    if (rv == LINLI_OK)
        rv = scope_get(txn, scope, &row);
    if (rv == LINLI_OK && !t->told.one)
        disclosure_one(&t->told, &row.id, record, t->now.type);
    return rv == LINLI_OK ? touch_walk(r, txn, t->a, scope, record, NULL, telling_part, t) : rv;
}

int replica_history_each(struct replica *r, const linli_id *record, linli_write_fn fn, void *ctx)
{
    struct arena arena = {0};
    struct telling telling = {.r = r, .a = &arena};
    struct lived lived = {0};
    struct store_txn *txn = NULL;
    int rv = disclosure_start(r, &(struct audit_entry){.act = LINLI_AUDIT_HISTORY, .format = ""}, &telling.told);

    if (rv == LINLI_OK)
        rv = store_begin(r->store, false, &txn);
    telling.txn = txn;
    if (rv == LINLI_OK)
        rv = where_each(txn, record, lived_add, &lived);
    if (rv == LINLI_OK)
        rv = lived.failed != LINLI_OK ? lived.failed : lived.count == 0 ? LINLI_E_NOT_FOUND : LINLI_OK;
    for (size_t i = 0; i < lived.count && rv == LINLI_OK; i++)
        rv = tell_scope(r, txn, &telling, lived.at[i], record);
    if (telling.writes.count > 1)
        qsort(telling.writes.at, telling.writes.count, sizeof(*telling.writes.at), write_compare);
    if (rv == LINLI_OK)
        rv = disclose(&telling.told);
    for (size_t i = 0; i < telling.writes.count && rv == LINLI_OK; i++)
        if (!fn(ctx, &telling.writes.at[i]))
            break;
    rv = store_end(txn, rv);
    mem_free(lived.at);
    mem_free(telling.writes.at);
    arena_free(&arena);
    return rv;
}
