/* api: a transaction's life: begun, gathered, turned into ops, committed. */
#include "api/txn.h"

#include <string.h>

#include "base/mem.h"
#include "codec/writer.h"
#include "model/sealed.h"

/*
 * What a part and an op cost beside their content: for saying when to commit, so rather too much than too little. A part
 * counts for as much as makes LIMIT_PARTS of them more than LINLI_TXN_BYTES: they are then never too many.
 */
enum {
    PART_COST = LINLI_TXN_BYTES / LIMIT_PARTS + 8, OP_COST = 16, ENTRY_COST = 8, SEAL_COST = SEALED_AROUND_BYTES + SEAL_PAD
};

int linli_txn_begin(linli_store *store, linli_txn **out)
{
    linli_txn *txn = NULL;
    int rv;

    if (store == NULL || out == NULL)
        return LINLI_E_ARG;
    *out = NULL;
    rv = store_enter(store, ENTER_READ);
    if (rv == LINLI_OK) {
        txn = mem_zalloc(1, sizeof(*txn));
        rv = txn == NULL ? LINLI_E_NOMEM : LINLI_OK;
    }
    if (rv == LINLI_OK) {
        txn->store = store;
        *out = txn;
    }
    return store_leave(store, rv);
}

void linli_txn_abort(linli_txn *txn)
{
    if (txn == NULL)
        return;
    arena_free(&txn->arena);
    mem_free(txn->records);
    mem_free(txn->scopes);
    mem_free(txn);
}

struct txn_record *txn_record_find(const linli_txn *txn, const linli_id *id)
{
    for (size_t i = txn->record_count; i > 0; i--) /* mostly one of the last */
        if (id_equal(&txn->records[i - 1].id, id))
            return &txn->records[i - 1];
    return NULL;
}

int txn_record(linli_txn *txn, const linli_id *id, struct txn_record **out)
{
    struct txn_record record = {.id = *id};
    int rv;

    *out = txn_record_find(txn, id);
    if (*out != NULL)
        return LINLI_OK;
    rv = mem_grow(&txn->records, &txn->record_room, txn->record_count + 1, sizeof(*txn->records));
    if (rv == LINLI_OK)
        rv = replica_load(txn->store->replica, &txn->arena, id, &record.scope, &record.state);
    if (rv != LINLI_OK)
        return rv;
    record.type = linli_schema_type_by_number(record.state.type);
    if (record.type == NULL)
        return store_detail(txn->store, LINLI_E_SCHEMA, "a record of a type that this version does not know");
    txn->records[txn->record_count] = record;
    *out = &txn->records[txn->record_count++];
    return LINLI_OK;
}

struct txn_cell *txn_cell_find(const struct txn_record *record, uint32_t group, span key)
{
    struct txn_cell *cell = record->first;

    while (cell != NULL && (cell->group != group || !span_equal(cell->key, key)))
        cell = cell->next;
    return cell;
}

int txn_grow(linli_txn *txn, const linli_id *scope, size_t bytes)
{
    for (size_t i = txn->scope_count; i > 0; i--) {
        if (!id_equal(&txn->scopes[i - 1].id, scope))
            continue;
        txn->scopes[i - 1].bytes += bytes;
        return LINLI_OK;
    }
    int rv = mem_grow(&txn->scopes, &txn->scope_room, txn->scope_count + 1, sizeof(*txn->scopes));
    if (rv == LINLI_OK)
        txn->scopes[txn->scope_count++] = (struct txn_scope){*scope, bytes};
    return rv;
}

int txn_cell_add(linli_txn *txn, struct txn_record *record, struct txn_cell *cell)
{
    unsigned cls = group_class(cell->group);
    size_t bytes = OP_COST + cell->key.size + ENTRY_COST * cell->ctx.count;
    int rv;

    if (record->ops[cls] == LIMIT_OPS)
        return LINLI_E_LIMIT;
    if (cell->field != NULL && cell->field->seal != LINLI_SEAL_NONE)
        bytes += SEAL_COST;
    if ((record->classes & 1u << cls) == 0)
        bytes += PART_COST;
    rv = txn_grow(txn, &record->scope, bytes);
    if (rv != LINLI_OK)
        return rv;
    record->classes |= 1u << cls;
    record->ops[cls]++;
    if (record->last == NULL)
        record->first = cell;
    else
        record->last->next = cell;
    record->last = cell;
    return LINLI_OK;
}

size_t linli_txn_size(const linli_txn *txn)
{
    size_t most = 0;

    for (size_t i = 0; txn != NULL && i < txn->scope_count; i++)
        if (txn->scopes[i].bytes > most)
            most = txn->scopes[i].bytes;
    return most;
}

/* ---- becoming ops ---- */

/* The lowest rung that the schema names: where a ladder starts whose state nobody has set yet. */
static int64_t rung_lowest(const struct linli_schema_type *type, const struct linli_schema_field *of)
{
    const struct linli_schema_field *field = linli_schema_field_by_number(type, of->group);
    int64_t lowest = field->choice_count > 0 ? field->choices[0].number : 0;

    for (size_t i = 1; i < field->choice_count; i++)
        if (field->choices[i].number < lowest)
            lowest = field->choices[i].number;
    return lowest;
}

static void fields_write(struct buf *out, const struct txn_record *record, const struct txn_cell *cell)
{
    bool ladder = group_rule(cell->group) == RULE_LADDER;
    bool rung = !ladder;
    size_t extra = ladder ? 1 : 0;

    for (size_t i = 0; i < cell->field_count; i++)
        rung = rung || cell->fields[i].number == group_n(cell->group);
    write_map(out, cell->field_count + extra + (rung ? 0 : 1));
    if (ladder) {
        write_uint(out, LADDER_EPISODE);
        write_int(out, cell->episode);
    }
    for (size_t i = 0; i < cell->field_count || !rung;) {
        bool next = i < cell->field_count && (rung || cell->fields[i].number < group_n(cell->group));
        write_uint(out, next ? cell->fields[i].number : group_n(cell->group));
        if (next) {
            write_raw(out, cell->fields[i++].item);
        } else {
            write_int(out, rung_lowest(record->type, cell->field));
            rung = true;
        }
    }
}

static void value_of_cell(struct buf *out, const struct txn_record *record, const struct txn_cell *cell,
                          int64_t total)
{
    if (cell->group == GROUP_LIFE) {
        write_map(out, 1);
        write_uint(out, FIELD_LIFE);
        write_int(out, cell->number);
        return;
    }
    switch ((enum merge_rule)group_rule(cell->group)) {
    case RULE_REGISTER:
    case RULE_LADDER:
    case RULE_LOG: fields_write(out, record, cell); break;
    case RULE_SET: write_bool(out, cell->number != 0); break;
    case RULE_COUNTER: write_int(out, total); break;
    case RULE_MAX: write_int(out, cell->number); break;
    }
}

static int sum(int64_t a, int64_t b, int64_t *out)
{
    if ((b > 0 && a > INT64_MAX - b) || (b < 0 && a < INT64_MIN - b))
        return LINLI_E_LIMIT;
    *out = a + b;
    return LINLI_OK;
}

/* This author's own total in a counter, as it stands. */
static int counter_own(linli_store *store, struct arena *a, const linli_id *record, uint32_t group,
                       int64_t *out)
{
    const struct identity *self = replica_identity(store->replica);
    struct record_state state = {0};
    uint8_t key[COUNTER_KEY_BYTES];
    linli_author author = {.incarnation = self->incarnation};
    const struct group_state *g;
    uint32_t number;
    linli_id scope;
    int rv;

    *out = 0;
    memcpy(author.key, self->sign_public, sizeof(author.key));
    rv = replica_author_number(store->replica, &author, &number);
    if (rv == LINLI_OK)
        rv = replica_load(store->replica, a, record, &scope, &state);
    if (rv == LINLI_E_NOT_FOUND)
        return LINLI_OK; /* it has written nothing yet, or the record is being made */
    if (rv != LINLI_OK)
        return rv;
    be32_put(key, number);
    g = record_group(&state, group);
    for (size_t i = 0; g != NULL && i < g->count; i++)
        if (g->cells[i].count > 0 && span_equal(g->cells[i].key, span_of(key, sizeof(key))))
            (void)value_number(g->cells[i].values[g->cells[i].count - 1].bytes, out);
    return LINLI_OK;
}

/* What a counter will say: the own total, and what this transaction and those of the group before it add. */
static int counter_total(linli_txn *const *txns, size_t upto, struct arena *a,
                         const struct txn_record *record, const struct txn_cell *cell, int64_t *out)
{
    int rv = counter_own(txns[upto]->store, a, &record->id, cell->group, out);

    for (size_t i = 0; i <= upto && rv == LINLI_OK; i++) {
        const struct txn_record *same = txn_record_find(txns[i], &record->id);
        const struct txn_cell *adds = same == NULL ? NULL : txn_cell_find(same, cell->group, cell->key);
        if (adds != NULL)
            rv = sum(*out, adds->number, out);
    }
    return rv;
}

/* A record of which nothing was said is there all the same. */
static int record_alive(linli_txn *txn, struct txn_record *record)
{
    struct txn_cell *cell;

    if (!record->created || record->first != NULL)
        return LINLI_OK;
    cell = arena_alloc(&txn->arena, sizeof(*cell));
    if (cell == NULL)
        return LINLI_E_NOMEM;
    cell->group = GROUP_LIFE;
    cell->number = LIFE_VALUE_ALIVE;
    return txn_cell_add(txn, record, cell);
}

static int edit_cell(linli_txn *const *txns, size_t at, const struct txn_record *record,
                     const struct txn_cell *cell, struct edit *edit, struct buf *value)
{
    struct edit_op *op = &edit->ops[edit->count];
    int64_t total = 0;
    int rv = LINLI_OK;

    if (group_rule(cell->group) == RULE_COUNTER)
        rv = counter_total(txns, at, &edit->arena, record, cell, &total);
    if (rv != LINLI_OK)
        return rv;
    buf_clear(value);
    value_of_cell(value, record, cell, total);
    *op = (struct edit_op){.scope = record->scope, .record = record->id, .type = record->type->number};
    op->op = (struct op){cell->group, cell->key, cell->ctx, arena_copy(&edit->arena, buf_span(value))};
    if (value->failed != LINLI_OK)
        return value->failed;
    edit->count++;
    return op->op.value.at == NULL ? LINLI_E_NOMEM : LINLI_OK;
}

static int edit_make(linli_txn *const *txns, size_t at, struct edit *edit)
{
    linli_txn *txn = txns[at];
    struct buf value = {0};
    int rv = LINLI_OK;

    for (size_t i = 0; i < txn->record_count && rv == LINLI_OK; i++) {
        struct txn_record *record = &txn->records[i];
        rv = record_alive(txn, record);
        for (unsigned cls = 0; cls < CLASS_COUNT; cls++)
            edit->room += record->ops[cls];
    }
    edit->ops = rv == LINLI_OK ? arena_array(&edit->arena, edit->room, sizeof(*edit->ops)) : NULL;
    if (edit->ops == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < txn->record_count && rv == LINLI_OK; i++)
        for (const struct txn_cell *cell = txn->records[i].first; cell != NULL && rv == LINLI_OK;
             cell = cell->next)
            rv = edit_cell(txns, at, &txn->records[i], cell, edit, &value);
    buf_free(&value);
    return rv;
}

/* ---- commit ---- */

static int commit(linli_store *store, linli_txn *const *txns, size_t count, struct linli_committed *out)
{
    struct edit *edits = mem_zalloc(count, sizeof(*edits));
    struct edit **full = mem_zalloc(count, sizeof(struct edit *)); /* those that write something */
    size_t full_count = 0;
    int rv = edits == NULL || full == NULL ? LINLI_E_NOMEM : LINLI_OK;

    for (size_t i = 0; i < count && rv == LINLI_OK; i++) {
        rv = edit_make(txns, i, &edits[i]);
        if (edits[i].count > 0)
            full[full_count++] = &edits[i];
    }
    if (rv == LINLI_OK && full_count > 0)
        rv = replica_commit(store->replica, full, full_count, out);
    for (size_t i = 0; i < count && edits != NULL; i++)
        arena_free(&edits[i].arena);
    mem_free(full);
    mem_free(edits);
    return rv;
}

int linli_txn_commit_group(linli_txn **txns, size_t count, struct linli_committed *out)
{
    struct linli_committed committed = {0};
    int rv = txns == NULL && count > 0 ? LINLI_E_ARG : LINLI_OK;

    for (size_t i = 0; i < count && rv == LINLI_OK; i++)
        if (txns[i] == NULL || txns[i]->store != txns[0]->store)
            rv = LINLI_E_ARG;
    if (rv == LINLI_OK && count > 0) {
        linli_store *store = txns[0]->store;
        rv = store_enter(store, ENTER_WRITE);
        if (rv == LINLI_OK)
            rv = commit(store, txns, count, &committed);
        rv = store_leave(store, rv);
    }
    for (size_t i = 0; i < count && txns != NULL; i++)
        linli_txn_abort(txns[i]);
    if (out != NULL)
        *out = committed;
    return rv;
}

int linli_txn_commit(linli_txn *txn, struct linli_committed *out)
{
    return linli_txn_commit_group(&txn, 1, out);
}
