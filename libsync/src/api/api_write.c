/* api: the writes that a transaction gathers: each becomes, or joins, the one op of its cell. */
#include "base/check.h"
#include "base/crypto.h"
#include "api/txn.h"

#include <string.h>

#include "base/mem.h"

#include "codec/reader.h"
#include "model/sealed.h"

/* One write under way. */
struct writing {
    linli_txn *txn;
    struct txn_record *record;
    const struct linli_schema_field *field;
    uint32_t group;
    span token;
    struct context ctx; /* what the token showed of the cell */
};

static bool is_life(const struct txn_cell *cell)
{
    return cell->group == GROUP_LIFE;
}

/* A delete hides what it has seen, and cannot have seen what is written beside it: the two do not go together. */
static int beside_delete(const struct txn_record *record)
{
    for (const struct txn_cell *cell = record->first; cell != NULL; cell = cell->next)
        if (is_life(cell) && cell->number == LIFE_VALUE_DELETED)
            return LINLI_E_ARG;
    return LINLI_OK;
}

static int context_of(struct writing *w, span key)
{
    w->ctx = (struct context){NULL, 0};
    if (w->record->created || w->token.size == 0)
        return LINLI_OK;
    return token_context(&w->txn->arena, w->token, &replica_identity(w->txn->store->replica)->store_epoch,
                         &w->record->id, w->group, key, &w->ctx);
}

static int writing_start(struct writing *w, linli_txn *txn, const linli_id *record, span token,
                         linli_field field)
{
    int rv = txn_record(txn, record, &w->record);

    w->txn = txn;
    w->token = token;
    if (rv != LINLI_OK)
        return rv;
    w->field = field == FIELD_LIFE ? NULL : linli_schema_field_by_number(w->record->type, field);
    if (w->field == NULL)
        return LINLI_E_SCHEMA;
    w->group = schema_group_of(w->field);
    return beside_delete(w->record);
}

static int item_of(struct writing *w, const struct linli_value *value, span *out)
{
    struct buf item = {.cap = LIMIT_VALUE_BYTES};
    int rv = value_write(w->field, value, &item);

    if (rv == LINLI_OK) {
        *out = arena_copy(&w->txn->arena, buf_span(&item));
        rv = out->at == NULL ? LINLI_E_NOMEM : LINLI_OK;
    }
    buf_free(&item);
    return rv;
}

/* ---- fields of a group ---- */

/* Put a field in its place; `keep`: unless it is there. The array has room for it. */
static void field_put(struct txn_cell *cell, linli_field number, span item, bool keep)
{
    size_t at = 0;

    while (at < cell->field_count && cell->fields[at].number < number)
        at++;
    if (at < cell->field_count && cell->fields[at].number == number) {
        if (!keep)
            cell->fields[at].item = item;
        return;
    }
    memmove(&cell->fields[at + 1], &cell->fields[at], (cell->field_count - at) * sizeof(cell->fields[0]));
    cell->fields[at] = (struct txn_field){number, item};
    cell->field_count++;
}

static int fields_room(struct arena *a, struct txn_cell *cell, size_t more)
{
    struct txn_field *fields = arena_array(a, cell->field_count + more, sizeof(*fields));

    if (fields == NULL)
        return LINLI_E_NOMEM;
    if (cell->field_count > 0)
        memcpy(fields, cell->fields, cell->field_count * sizeof(*fields));
    cell->fields = fields;
    return LINLI_OK;
}

/* Take over the fields of a value, those excepted that the cell has already. */
static int fields_take(struct arena *a, struct txn_cell *cell, span value)
{
    struct reader r;
    int rv;

    if (sealed_is(value))
        return LINLI_E_SEALED; /* nothing of it can be kept */
    reader_start(&r, value);
    size_t count = reader_map(&r, SIZE_MAX);
    rv = fields_room(a, cell, count);
    for (size_t i = 0; i < count && rv == LINLI_OK && r.failed == LINLI_OK; i++) {
        linli_field number = (linli_field)reader_uint(&r, UINT32_MAX);
        span item = reader_item(&r);
        span copy = arena_copy(a, item);
        if (copy.at == NULL)
            rv = LINLI_E_NOMEM;
        else if (r.failed == LINLI_OK && number != LADDER_EPISODE)
            field_put(cell, number, copy, true);
    }
    return rv;
}

/* The value that the token showed of a register or ladder; at == NULL when it showed none. */
static int value_shown(struct writing *w, span *out)
{
    struct replica *r = w->txn->store->replica;
    struct group_state g = {0};
    struct group_reading reading = {0};
    int rv;

    *out = (span){NULL, 0};
    if (w->ctx.count == 0)
        return LINLI_OK;
    rv = replica_shown_group(r, &w->txn->arena, &w->record->scope, &w->record->id, &w->record->state,
                             w->group, &w->ctx, NULL, &g);
    if (rv == LINLI_OK && g.count > 0)
        rv = reading_group(&w->txn->arena, &g, replica_names(r), &reading);
    if (rv == LINLI_OK && reading.count > 0)
        *out = reading.values[0]->bytes;
    return rv;
}

/* Has the group this one field? */
static bool group_lone(const struct writing *w)
{
    const struct linli_schema_type *type = w->record->type;
    size_t fields = 0;

    for (size_t i = 0; i < type->field_count; i++)
        fields += type->fields[i].group == w->field->group;
    return fields == 1;
}

/* Fields that are not written keep what the token showed; a ladder stands where it was shown to stand. */
static int cell_base(struct writing *w, struct txn_cell *cell)
{
    int64_t episode, rung;
    span shown;
    int rv;

    if (cell->based || w->ctx.count == 0)
        return LINLI_OK;
    rv = value_shown(w, &shown);
    if (rv != LINLI_OK || shown.at == NULL)
        return rv;
    if (sealed_is(shown) && group_lone(w))
        return LINLI_OK; /* the one field there is will be written */
    rv = fields_take(&w->txn->arena, cell, shown);
    cell->based = rv == LINLI_OK;
    if (group_rule(w->group) == RULE_LADDER && value_number(reading_field(shown, LADDER_EPISODE), &episode) &&
        value_number(reading_field(shown, group_n(w->group)), &rung)) {
        cell->stepped = true;
        cell->episode = episode;
        cell->floor = rung;
    }
    return rv;
}

/*
 * A copy of the cell as it is gathered so far, or a new one, with the context and the fields of this write's token: it
 * takes the cell's place (cell_keep) when all has gone well.
 */
static int cell_draft(struct writing *w, span key, struct txn_cell *draft)
{
    const struct txn_cell *was = txn_cell_find(w->record, w->group, key);
    int rv = context_of(w, key);

    if (rv != LINLI_OK)
        return rv;
    *draft = was != NULL ? *was : (struct txn_cell){.group = w->group, .key = key, .field = w->field};
    draft->next = NULL;
    if (w->field->rule == LINLI_COUNTER || w->field->rule == LINLI_LOG || w->field->rule == LINLI_MAX)
        return LINLI_OK; /* they replace nothing (proto/record.md 2); the token has been checked all the same */
    rv = context_join(&w->txn->arena, &draft->ctx, &w->ctx, &draft->ctx);
    if (rv == LINLI_OK && (w->field->rule == LINLI_REGISTER || w->field->rule == LINLI_LADDER))
        rv = cell_base(w, draft);
    return rv;
}

static size_t cell_bytes(const struct txn_cell *cell)
{
    size_t bytes = 0;

    for (size_t i = 0; i < cell->field_count; i++)
        bytes += cell->fields[i].item.size + 5;
    return bytes;
}

static int cell_keep(struct writing *w, const struct txn_cell *draft)
{
    struct txn_cell *was = txn_cell_find(w->record, draft->group, draft->key), *cell;
    size_t bytes = cell_bytes(draft), before = was == NULL ? 0 : cell_bytes(was);
    size_t most = draft->field->seal == LINLI_SEAL_NONE ? LIMIT_VALUE_BYTES : SEALED_MAP_MAX;
    int rv = LINLI_OK;

    if (bytes + 16 > most)
        return LINLI_E_LIMIT;
    rv = txn_grow(w->txn, &w->record->scope, bytes > before ? bytes - before : 0);
    if (rv != LINLI_OK)
        return rv;
    if (was != NULL) {
        struct txn_cell *next = was->next;
        *was = *draft;
        was->next = next;
        return LINLI_OK;
    }
    cell = arena_alloc(&w->txn->arena, sizeof(*cell));
    if (cell == NULL)
        return LINLI_E_NOMEM;
    *cell = *draft;
    return txn_cell_add(w->txn, w->record, cell);
}

static int field_write(struct writing *w, const struct linli_value *value)
{
    struct txn_cell draft;
    span item;
    int rv = item_of(w, value, &item);

    if (rv == LINLI_OK)
        rv = cell_draft(w, (span){NULL, 0}, &draft);
    if (rv == LINLI_OK && w->field->rule == LINLI_LADDER && w->field->number == w->field->group &&
        draft.stepped && value->number < draft.floor)
        rv = LINLI_E_REFUSED;
    if (rv == LINLI_OK)
        rv = fields_room(&w->txn->arena, &draft, 1);
    if (rv != LINLI_OK)
        return rv;
    field_put(&draft, w->field->number, item, false);
    return cell_keep(w, &draft);
}

/* ---- the other rules ---- */

/* A dot names one write of a cell, so a changeset holds one entry of a log. */
static int log_write(struct writing *w, const struct linli_value *value)
{
    const struct txn_cell *was = txn_cell_find(w->record, w->group, (span){NULL, 0});

    for (size_t i = 0; was != NULL && i < was->field_count; i++)
        if (was->fields[i].number == w->field->number)
            return LINLI_E_LIMIT;
    return field_write(w, value);
}

static int counter_write(struct writing *w, int64_t amount)
{
    struct txn_cell draft;
    int rv = cell_draft(w, (span){NULL, 0}, &draft);

    if (rv != LINLI_OK)
        return rv;
    if ((amount > 0 && draft.number > INT64_MAX - amount) ||
        (amount < 0 && draft.number < INT64_MIN - amount))
        return LINLI_E_LIMIT;
    draft.number += amount;
    return cell_keep(w, &draft);
}

static int max_write(struct writing *w, int64_t number)
{
    bool first = txn_cell_find(w->record, w->group, (span){NULL, 0}) == NULL;
    struct txn_cell draft;
    int rv = cell_draft(w, (span){NULL, 0}, &draft);

    if (rv != LINLI_OK)
        return rv;
    if (first || number > draft.number)
        draft.number = number;
    return cell_keep(w, &draft);
}

static int number_write(struct writing *w, const struct linli_value *value)
{
    struct buf item = {0};
    int rv = value_write(w->field, value, &item); /* for its judgement of the kind */

    buf_free(&item);
    if (rv != LINLI_OK)
        return rv;
    return w->field->rule == LINLI_COUNTER ? counter_write(w, value->number) : max_write(w, value->number);
}

static int element_write(linli_txn *txn, const linli_id *record, span token, linli_field field,
                         const struct linli_value *element, bool in)
{
    struct writing w;
    struct txn_cell draft;
    span key;
    int rv;

    if (txn == NULL || record == NULL || element == NULL)
        return LINLI_E_ARG;
    rv = store_enter(txn->store, ENTER_READ);
    if (rv == LINLI_OK)
        rv = writing_start(&w, txn, record, token, field);
    if (rv == LINLI_OK && w.field->rule != LINLI_SET)
        rv = LINLI_E_SCHEMA;
    if (rv == LINLI_OK)
        rv = item_of(&w, element, &key);
    if (rv == LINLI_OK)
        rv = cell_draft(&w, key, &draft);
    if (rv == LINLI_OK) {
        draft.number = in;
        rv = cell_keep(&w, &draft);
    }
    return store_leave(txn->store, rv);
}

int linli_record_add(linli_txn *txn, const linli_id *record, linli_span token, linli_field field,
                     const struct linli_value *element)
{
    return element_write(txn, record, token, field, element, true);
}

int linli_record_remove(linli_txn *txn, const linli_id *record, linli_span token, linli_field field,
                        const struct linli_value *element)
{
    return element_write(txn, record, token, field, element, false);
}

static int any_write(struct writing *w, const struct linli_value *value)
{
    switch (w->field->rule) {
    case LINLI_REGISTER:
    case LINLI_LADDER: return field_write(w, value);
    case LINLI_LOG: return log_write(w, value);
    case LINLI_COUNTER:
    case LINLI_MAX: return number_write(w, value);
    case LINLI_SET: break;
    }
    return LINLI_E_SCHEMA; /* a set has elements, not a value */
}

int linli_record_set(linli_txn *txn, const linli_id *record, linli_span token, linli_field field,
                     const struct linli_value *value)
{
    struct writing w;
    int rv;

    if (txn == NULL || record == NULL || value == NULL)
        return LINLI_E_ARG;
    rv = store_enter(txn->store, ENTER_READ);
    if (rv == LINLI_OK)
        rv = writing_start(&w, txn, record, token, field);
    if (rv == LINLI_OK)
        rv = any_write(&w, value);
    return store_leave(txn->store, rv);
}

static int reopen(struct writing *w, int64_t rung)
{
    struct linli_value value = linli_int(rung);
    struct txn_cell draft;
    span item;
    int rv;

    if (w->field->rule != LINLI_LADDER || w->field->number != w->field->group)
        return LINLI_E_SCHEMA;
    rv = item_of(w, &value, &item);
    if (rv == LINLI_OK)
        rv = cell_draft(w, (span){NULL, 0}, &draft);
    if (rv == LINLI_OK && (!draft.stepped || draft.episode == INT64_MAX))
        rv = LINLI_E_ARG; /* what was not seen cannot be reopened */
    if (rv == LINLI_OK)
        rv = fields_room(&w->txn->arena, &draft, 1);
    if (rv != LINLI_OK)
        return rv;
    draft.episode++;
    draft.floor = rung;
    field_put(&draft, w->field->number, item, false);
    return cell_keep(w, &draft);
}

int linli_record_reopen(linli_txn *txn, const linli_id *record, linli_span token, linli_field field,
                        int64_t rung)
{
    struct writing w;
    int rv;

    if (txn == NULL || record == NULL)
        return LINLI_E_ARG;
    rv = store_enter(txn->store, ENTER_READ);
    if (rv == LINLI_OK)
        rv = writing_start(&w, txn, record, token, field);
    if (rv == LINLI_OK)
        rv = reopen(&w, rung);
    return store_leave(txn->store, rv);
}

/* ---- choosing ---- */

static int resolve(struct writing *w, const linli_dot *dot)
{
    struct replica *r = w->txn->store->replica;
    const struct group_state *now = record_group(&w->record->state, w->group);
    struct txn_cell draft;
    struct group_state shown = {0};
    span chosen = {NULL, 0};
    uint32_t author;
    int64_t episode = 0;
    int rv;

    if (w->field->rule != LINLI_REGISTER && w->field->rule != LINLI_LADDER)
        return LINLI_E_SCHEMA;
    rv = replica_author_number(r, &dot->author, &author);
    if (rv == LINLI_OK)
        rv = cell_draft(w, (span){NULL, 0}, &draft);
    if (rv == LINLI_OK && w->ctx.count > 0)
        rv = replica_shown_group(r, &w->txn->arena, &w->record->scope, &w->record->id, &w->record->state,
                                 w->group, &w->ctx, NULL, &shown);
    if (rv != LINLI_OK)
        return rv;
    for (unsigned turn = 0; turn < 2; turn++) {
        const struct group_state *g = turn == 0 ? &shown : now;
        for (size_t i = 0; g != NULL && g->count > 0 && i < g->cells[0].count; i++)
            if (g->cells[0].values[i].author == author && g->cells[0].values[i].seq == dot->seq)
                chosen = g->cells[0].values[i].bytes;
    }
    if (chosen.at == NULL)
        return LINLI_E_NOT_FOUND;
    draft.field_count = 0; /* all of the group is chosen, whatever was shown or written before */
    rv = fields_take(&w->txn->arena, &draft, chosen);
    if (rv == LINLI_OK && value_number(reading_field(chosen, LADDER_EPISODE), &episode))
        draft.episode = episode;
    draft.based = true;
    return rv == LINLI_OK ? cell_keep(w, &draft) : rv;
}

int linli_record_resolve(linli_txn *txn, const linli_id *record, linli_span token, linli_field field,
                         const linli_dot *dot)
{
    struct writing w;
    int rv;

    if (txn == NULL || record == NULL || dot == NULL)
        return LINLI_E_ARG;
    rv = store_enter(txn->store, ENTER_READ);
    if (rv == LINLI_OK)
        rv = writing_start(&w, txn, record, token, field);
    if (rv == LINLI_OK)
        rv = resolve(&w, dot);
    return store_leave(txn->store, rv);
}

/* ---- life ---- */

static int life_write(linli_txn *txn, const linli_id *id, span token, int64_t life)
{
    const linli_id *epoch = &replica_identity(txn->store->replica)->store_epoch;
    struct txn_record *record = NULL;
    struct txn_cell *cell;
    int rv = txn_record(txn, id, &record);

    if (rv != LINLI_OK)
        return rv;
    if (life == LIFE_VALUE_DELETED && (record->created || record->first != NULL))
        return LINLI_E_ARG;
    if (txn_cell_find(record, GROUP_LIFE, (span){NULL, 0}) != NULL)
        return beside_delete(record);
    cell = arena_alloc(&txn->arena, sizeof(*cell));
    if (cell == NULL)
        return LINLI_E_NOMEM;
    cell->group = GROUP_LIFE;
    cell->number = life;
    if (token.size > 0 && !record->created)
        rv = life == LIFE_VALUE_DELETED
                 ? token_all(&txn->arena, token, epoch, id, &cell->ctx)
                 : token_context(&txn->arena, token, epoch, id, GROUP_LIFE, (span){NULL, 0}, &cell->ctx);
    return rv == LINLI_OK ? txn_cell_add(txn, record, cell) : rv;
}

static int life(linli_txn *txn, const linli_id *record, span token, int64_t value)
{
    int rv;

    if (txn == NULL || record == NULL)
        return LINLI_E_ARG;
    rv = store_enter(txn->store, ENTER_READ);
    if (rv == LINLI_OK)
        rv = life_write(txn, record, token, value);
    return store_leave(txn->store, rv);
}

int linli_record_delete(linli_txn *txn, const linli_id *record, linli_span token)
{
    return life(txn, record, token, LIFE_VALUE_DELETED);
}

int linli_record_restore(linli_txn *txn, const linli_id *record, linli_span token)
{
    return life(txn, record, token, LIFE_VALUE_ALIVE);
}

/* ---- new records ---- */

static int record_create(linli_txn *txn, const linli_id *scope, const struct linli_schema_type *type,
                         const linli_id *id)
{
    const struct txn_record *last = txn->record_count == 0 ? NULL : &txn->records[txn->record_count - 1];
    struct txn_record record = {.scope = *scope, .type = type, .created = true};
    struct scope_path path;
    int rv = LINLI_OK;

    if (last == NULL || !id_equal(&last->scope, scope)) /* mostly many records go into one scope */
        rv = replica_scope_path(txn->store->replica, scope, &path);
    if (rv == LINLI_OK)
        rv = mem_grow(&txn->records, &txn->record_room, txn->record_count + 1, sizeof(*txn->records));
    if (rv != LINLI_OK)
        return rv;
    record.id = *id;
    record.state.type = type->number;
    txn->records[txn->record_count++] = record;
    return LINLI_OK;
}

/* proto/record.md 1 */
static void named_id(const linli_id *scope, linli_type type, const char *name, linli_id *id)
{
    uint8_t number[4];
    const span parts[] = {span_of(scope->b, ID_BYTES), span_of(number, sizeof(number)), span_of(name, strlen(name))};

    be32_put(number, type);
    crypto_hash16("linli/named-record/1", parts, COUNT_OF(parts), id);
    record_id_make_fit(id, type);
}

/* LINLI_E_EXISTS when the record is in that scope of the store or made in this transaction: one of its id elsewhere is not it. */
static int not_there(linli_txn *txn, const linli_id *scope, const linli_id *id)
{
    bool there = false;

    for (size_t i = 0; i < txn->record_count; i++)
        if (id_equal(&txn->records[i].id, id))
            return LINLI_E_EXISTS;
    int rv = replica_holds(txn->store->replica, scope, id, &there);
    return rv == LINLI_OK && there ? LINLI_E_EXISTS : rv;
}

/* `name` NULL: a random id. */
static int create(linli_txn *txn, const linli_id *scope, linli_type type, const char *name, linli_id *id)
{
    const struct linli_schema_type *known = linli_schema_type_by_number(type);
    int rv;

    if (known == NULL)
        return LINLI_E_SCHEMA;
    rv = store_enter(txn->store, ENTER_READ);
    if (rv == LINLI_OK && name == NULL) {
        rng_fill(&txn->store->config.rng, id->b, sizeof(id->b));
        record_id_make_fit(id, type);
    } else if (rv == LINLI_OK) {
        named_id(scope, type, name, id);
        rv = not_there(txn, scope, id);
    }
    if (rv == LINLI_OK)
        rv = record_create(txn, scope, known, id);
    return store_leave(txn->store, rv);
}

int linli_record_create(linli_txn *txn, const linli_id *scope, linli_type type, linli_id *id)
{
    if (txn == NULL || scope == NULL || id == NULL)
        return LINLI_E_ARG;
    return create(txn, scope, type, NULL, id);
}

int linli_record_create_named(linli_txn *txn, const linli_id *scope, linli_type type, const char *name, linli_id *id)
{
    if (txn == NULL || scope == NULL || name == NULL || name[0] == '\0' || id == NULL)
        return LINLI_E_ARG;
    return create(txn, scope, type, name, id);
}
