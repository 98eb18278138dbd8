/*
 * replica: what the index holds for a record: every value of every indexed field, those in conflict too, so that search and
 * display agree, and of every value that is found by what a person types as much as tells it from most others (model/seek.h).
 * Values of sensitive and of sealed fields stand as a keyed hash.
 */
#include <stdlib.h>
#include <string.h>

#include "codec/reader.h"
#include "model/seek.h"
#include "replica/internal.h"

struct listing {
    struct arena *a;
    const struct replica *r;
    linli_type type;
    struct index_entry *at;
    size_t count, room;
};

static bool hidden(const struct linli_schema_field *field)
{
    return field->cls == LINLI_SENSITIVE || field->seal != LINLI_SEAL_NONE;
}

span index_item(const struct replica *r, linli_type type, const struct linli_schema_field *field, span item,
                 linli_hash *sealed)
{
    uint8_t name[8 + INDEX_SEALED_BYTES];
    linli_hash inner;

    if (!hidden(field))
        return item;
    be32_put(name, type);
    be32_put(name + 4, field->number);
    crypto_hash("linli/index/1", &item, 1, &inner);
    memcpy(name + 8, inner.b, INDEX_SEALED_BYTES);
    crypto_mac(r->index_key, span_of(name, sizeof(name)), sealed);
    crypto_wipe(name, sizeof(name));
    crypto_wipe(&inner, sizeof(inner));
    return span_of(sealed->b, HASH_BYTES);
}

void index_pair(unsigned first, unsigned second, uint8_t out[INDEX_PAIR_BYTES])
{
    be16_put(out, (uint16_t)first);
    be16_put(out + 2, (uint16_t)second);
}

static int list(struct listing *l, linli_field field, span value)
{
    if (l->count == l->room) {
        size_t room = l->room * 2 + 8;
        struct index_entry *more = arena_array(l->a, room, sizeof(*more));
        if (more == NULL)
            return LINLI_E_NOMEM;
        if (l->count > 0)
            memcpy(more, l->at, l->count * sizeof(*more));
        l->at = more;
        l->room = room;
    }
    l->at[l->count++] = (struct index_entry){l->type, field, value};
    return LINLI_OK;
}

static int list_item(struct listing *l, const struct linli_schema_field *field, span item)
{
    linli_hash *sealed = NULL;

    if (item.at == NULL)
        return LINLI_OK;
    if (hidden(field)) {
        sealed = arena_alloc(l->a, sizeof(*sealed));
        if (sealed == NULL)
            return LINLI_E_NOMEM;
    }
    return list(l, field->number, index_item(l->r, l->type, field, item, sealed));
}

static bool element_in(const struct cell *c)
{
    for (size_t i = 0; i < c->count; i++) {
        struct reader r;
        reader_start(&r, c->values[i].bytes);
        if (reader_bool(&r))
            return true;
    }
    return false;
}

static int list_cell(struct listing *l, const struct linli_schema_field *field, const struct cell *c)
{
    int rv = LINLI_OK;

    switch ((enum merge_rule)field->rule) {
    case RULE_SET:
        return element_in(c) ? list_item(l, field, c->key) : LINLI_OK;
    case RULE_COUNTER: /* a sum of many cells: not a value to be found by */
        return LINLI_OK;
    case RULE_MAX:
        for (size_t i = 0; i < c->count && rv == LINLI_OK; i++)
            rv = list_item(l, field, c->values[i].bytes);
        return rv;
    case RULE_REGISTER:
    case RULE_LADDER:
    case RULE_LOG:
        break;
    }
    for (size_t i = 0; i < c->count && rv == LINLI_OK; i++)
        rv = list_item(l, field, reading_field(c->values[i].bytes, field->number));
    return rv;
}

/* ---- what is found by what a person types ---- */

struct found_field {
    struct listing *l;
    const struct linli_schema_field *field;
};

/* What is kept of a value of the field, hidden as the value itself would be. */
static int list_kept(struct listing *l, const struct linli_schema_field *field, const void *at, size_t size)
{
    span kept = arena_copy(l->a, span_of(at, size));
    linli_hash *sealed = arena_alloc(l->a, sizeof(*sealed));

    if (kept.at == NULL || sealed == NULL)
        return LINLI_E_NOMEM;
    return list(l, INDEX_FOUND | field->number, index_item(l->r, l->type, field, kept, sealed));
}

static int list_pair(void *ctx, unsigned first, unsigned second)
{
    const struct found_field *found = ctx;
    uint8_t pair[INDEX_PAIR_BYTES];

    index_pair(first, second, pair);
    return list_kept(found->l, found->field, pair, sizeof(pair));
}

static int list_found(struct listing *l, const struct linli_schema_field *field, span text)
{
    struct found_field found = {l, field};
    char tail[TAIL_BYTES], part[PLACE_PART_BYTES + 1];

    switch (field->find) {
    case LINLI_FIND_NAME: return name_pairs(text, list_pair, &found);
    case LINLI_FIND_TAIL: return number_tail(text, tail) ? list_kept(l, field, tail, sizeof(tail)) : LINLI_OK;
    case LINLI_FIND_ROOM: return room_part(text, part) ? list_kept(l, field, part, strlen(part)) : LINLI_OK;
    case LINLI_FIND_NONE:
    case LINLI_FIND_BUILDING: /* looked at with the room */
    case LINLI_FIND_UNIT:
    case LINLI_FIND_HOME: break; /* the index of ids has it */
    }
    return LINLI_OK;
}

static int list_cell_found(struct listing *l, const struct linli_schema_field *field, const struct cell *c)
{
    int rv = LINLI_OK;

    for (size_t i = 0; i < c->count && rv == LINLI_OK; i++)
        rv = list_found(l, field, reading_text(c->values[i].bytes, field->number));
    return rv;
}

static int entry_compare(const void *x, const void *y)
{
    const struct index_entry *a = x, *b = y;

    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    if (a->field != b->field)
        return a->field < b->field ? -1 : 1;
    return span_compare(a->value, b->value);
}

static void sort_once_each(struct listing *l)
{
    size_t kept = 0;

    if (l->count > 1)
        qsort(l->at, l->count, sizeof(*l->at), entry_compare);
    for (size_t i = 0; i < l->count; i++)
        if (kept == 0 || entry_compare(&l->at[kept - 1], &l->at[i]) != 0)
            l->at[kept++] = l->at[i];
    l->count = kept;
}

int index_entries(struct arena *a, const struct replica *r, const struct record_state *state, struct index_entry **out,
                  size_t *count)
{
    struct listing l = {.a = a, .r = r, .type = state->type};
    const struct linli_schema_type *type = linli_schema_type_by_number(state->type);
    int rv = state->count > 0 ? list(&l, 0, (span){NULL, 0}) : LINLI_OK;

    for (size_t i = 0; type != NULL && i < type->field_count && rv == LINLI_OK; i++) {
        const struct linli_schema_field *field = &type->fields[i];
        bool listed = field->indexed || field->find != LINLI_FIND_NONE;
        const struct group_state *g = listed ? record_group(state, schema_group_of(field)) : NULL;
        for (size_t j = 0; g != NULL && j < g->count && rv == LINLI_OK; j++) {
            if (field->indexed)
                rv = list_cell(&l, field, &g->cells[j]);
            if (rv == LINLI_OK && field->find != LINLI_FIND_NONE)
                rv = list_cell_found(&l, field, &g->cells[j]);
        }
    }
    sort_once_each(&l);
    *out = l.at;
    *count = l.count;
    return rv;
}

int index_update(struct work *w, uint32_t scope, const linli_id *record, const struct record_state *before,
                 const struct record_state *after)
{
    struct index_entry *x = NULL, *y = NULL;
    size_t x_count = 0, y_count = 0, i = 0, j = 0;
    int rv = index_entries(&w->scratch, w->r, before, &x, &x_count);

    if (rv == LINLI_OK)
        rv = index_entries(&w->scratch, w->r, after, &y, &y_count);
    while (rv == LINLI_OK && (i < x_count || j < y_count)) {
        int order = i == x_count ? 1 : j == y_count ? -1 : entry_compare(&x[i], &y[j]);
        if (order < 0)
            rv = index_delete(w->txn, scope, x[i].type, x[i].field, x[i].value, record);
        else if (order > 0)
            rv = index_put(w->txn, scope, y[j].type, y[j].field, y[j].value, record);
        i += order <= 0;
        j += order >= 0;
    }
    return rv;
}
