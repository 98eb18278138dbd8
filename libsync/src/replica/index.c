/*
 * replica: what the index holds for a record: every value of every indexed field, those in conflict too, so that search and
 * display agree; and of a number that is found by its tail (model/seek.h) that. Values of sensitive and of sealed fields stand as a
 * keyed hash.
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

/* Of a value that is found by its tail: that, hidden as the value itself would be. */
static int list_tail(struct listing *l, const struct linli_schema_field *field, span number)
{
    char tail[TAIL_BYTES];
    linli_hash *sealed = NULL;
    span kept;

    if (!number_tail(number, tail))
        return LINLI_OK;
    kept = arena_copy(l->a, span_of(tail, sizeof(tail)));
    sealed = arena_alloc(l->a, sizeof(*sealed));
    if (kept.at == NULL || sealed == NULL)
        return LINLI_E_NOMEM;
    return list(l, INDEX_TAIL | field->number, index_item(l->r, l->type, field, kept, sealed));
}

static int list_tails(struct listing *l, const struct linli_schema_field *field, const struct cell *c)
{
    int rv = LINLI_OK;

    for (size_t i = 0; i < c->count && rv == LINLI_OK; i++)
        rv = list_tail(l, field, reading_text(c->values[i].bytes, field->number));
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
        bool tail = field->find == LINLI_FIND_TAIL, listed = field->indexed || tail;
        const struct group_state *g = listed ? record_group(state, schema_group_of(field)) : NULL;
        for (size_t j = 0; g != NULL && j < g->count && rv == LINLI_OK; j++) {
            if (field->indexed)
                rv = list_cell(&l, field, &g->cells[j]);
            if (rv == LINLI_OK && tail)
                rv = list_tails(&l, field, &g->cells[j]);
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
