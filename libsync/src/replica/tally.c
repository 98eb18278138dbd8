/* replica: figures kept in the transaction that changes a record: what counted of its old reading goes, what counts of the new comes. */
#include <stdlib.h>
#include <string.h>

#include "codec/reader.h"
#include "model/reading.h"
#include "replica/internal.h"
#include "replica/tally.h"

enum {
    LOOK_BACK = 8,               /* how far a list is searched for the same key: records of one kind come one after another */
    SORT_AT_LEAST = 4096
};
/* Times go by the day that the people have whom they are of: there is one clock in China, eight hours before UTC. */
static const int64_t DAY_MS = INT64_C(86400000), DAY_BEGINS_MS = INT64_C(8) * 3600000;

static int key_compare(const void *x, const void *y)
{
    const struct tally *a = x, *b = y;

    return span_compare(tally_span(&a->key), tally_span(&b->key));
}

void tallies_sort(struct tally_list *list)
{
    size_t kept = 0;

    if (list->count > 1)
        qsort(list->at, list->count, sizeof(*list->at), key_compare);
    for (size_t i = 0; i < list->count; i++) {
        if (kept > 0 && key_compare(&list->at[kept - 1], &list->at[i]) == 0) {
            list->at[kept - 1].own += list->at[i].own;
            list->at[kept - 1].all += list->at[i].all;
        } else {
            list->at[kept++] = list->at[i];
        }
    }
    list->count = list->sorted = kept;
}

int tallies_add(struct tally_list *list, const struct tally *tally)
{
    size_t first = list->count > LOOK_BACK ? list->count - LOOK_BACK : 0;

    for (size_t i = list->count; i > first; i--)
        if (key_compare(&list->at[i - 1], tally) == 0) {
            list->at[i - 1].own += tally->own;
            list->at[i - 1].all += tally->all;
            return LINLI_OK;
        }
    if (list->count >= 2 * list->sorted + SORT_AT_LEAST)
        tallies_sort(list);
    int rv = mem_grow(&list->at, &list->room, list->count + 1, sizeof(*list->at));
    if (rv == LINLI_OK)
        list->at[list->count++] = *tally;
    return rv;
}

void tally_begin(struct tally_key *key, linli_type type, size_t number, uint32_t scope)
{
    be32_put(key->at, type);
    key->at[4] = (uint8_t)number;
    be32_put(key->at + 5, scope);
    key->size = scope == 0 ? TALLY_HEAD_BYTES - 4 : TALLY_HEAD_BYTES;
}

static const struct linli_schema_field *field_of(const struct linli_schema_type *type, linli_field number)
{
    return number == LINLI_ITSELF ? NULL : linli_schema_field_by_number(type, number);
}

static bool is_id(const struct linli_schema_field *field)
{
    return field == NULL || field->kind == LINLI_KIND_ID;
}

bool tally_alone(const struct linli_schema_type *type, const struct linli_schema_tally *tally)
{
    for (size_t i = 0; i < tally->count; i++)
        if (is_id(field_of(type, tally->fields[i])))
            return true;
    return false;
}

bool tally_values(const struct linli_schema_type *type, const struct linli_schema_tally *tally, span rest,
                  struct linli_value out[LINLI_TALLY_FIELDS])
{
    for (size_t i = 0; i < tally->count; i++) {
        bool id = is_id(field_of(type, tally->fields[i]));
        size_t size = 1 + (id ? (size_t)ID_BYTES : 8);
        if (rest.size < size || rest.at[0] > 1)
            return false;
        out[i] = (struct linli_value){.kind = rest.at[0] == 0 ? LINLI_KIND_NIL : id ? LINLI_KIND_ID : LINLI_KIND_INT};
        if (out[i].kind == LINLI_KIND_ID)
            memcpy(out[i].id.b, rest.at + 1, ID_BYTES);
        else if (out[i].kind == LINLI_KIND_INT)
            out[i].number = (int64_t)(be64_get(rest.at + 1) ^ UINT64_C(1) << 63);
        rest = span_of(rest.at + size, rest.size - size);
    }
    return rest.size == 0;
}

/* ---- what a record says ---- */

static int64_t day_of(int64_t ms)
{
    if (ms > INT64_MAX - DAY_BEGINS_MS)
        ms = INT64_MAX - DAY_BEGINS_MS;
    ms += DAY_BEGINS_MS;
    return ms / DAY_MS - (ms % DAY_MS < 0 ? 1 : 0);
}

static void put_id(struct tally_key *key, const uint8_t *id)
{
    key->at[key->size] = id != NULL;
    memset(key->at + key->size + 1, 0, ID_BYTES);
    if (id != NULL)
        memcpy(key->at + key->size + 1, id, ID_BYTES);
    key->size = (uint8_t)(key->size + 1 + ID_BYTES);
}

static void put_number(struct tally_key *key, bool there, int64_t number)
{
    key->at[key->size] = there;
    be64_put(key->at + key->size + 1, there ? (uint64_t)number ^ UINT64_C(1) << 63 : 0);
    key->size = (uint8_t)(key->size + 1 + 8);
}

/* What a newer version stored as another kind does not count as a value. */
static void put_item(struct tally_key *key, const struct linli_schema_field *field, span item)
{
    struct linli_value value = {.kind = LINLI_KIND_NIL};
    int64_t days = 0;

    if (field->kind == LINLI_KIND_DATE) {
        bool there = date_days(item, &days);
        put_number(key, there, days);
        return;
    }
    if (item.at != NULL && value_read(item, field, &value) != LINLI_OK)
        value.kind = LINLI_KIND_NIL;
    if (field->kind == LINLI_KIND_ID)
        put_id(key, value.kind == LINLI_KIND_ID ? value.id.b : NULL);
    else
        put_number(key, value.kind == LINLI_KIND_INT || value.kind == LINLI_KIND_BOOL,
                   field->kind == LINLI_KIND_TIME ? day_of(value.number) : value.number);
}

/* The field as people are shown it: of values that stand beside each other, the one that is read. */
static int put_field(const struct tallying *t, struct tally_key *key, const struct linli_schema_field *field,
                     const struct record_state *state)
{
    const struct group_state *g = record_group(state, schema_group_of(field));
    struct group_reading reading = {0};
    int rv = g == NULL ? LINLI_OK : reading_group(t->scratch, g, &t->r->names, &reading);
    span item = {NULL, 0};

    if (rv == LINLI_OK && reading.count > 0)
        item = field->rule == LINLI_MAX ? reading.values[0]->bytes : reading_field(reading.values[0]->bytes, field->number);
    if (rv == LINLI_OK)
        put_item(key, field, item);
    return rv;
}

static int tally_make(const struct tallying *t, const struct linli_schema_type *type, size_t number,
                      const struct record_state *state, struct tally *out)
{
    const struct linli_schema_tally *tally = &type->tallies[number];
    int rv = LINLI_OK;

    tally_begin(&out->key, type->number, number, t->scope);
    out->alone = tally_alone(type, tally);
    for (size_t i = 0; i < tally->count && rv == LINLI_OK; i++) {
        const struct linli_schema_field *field = field_of(type, tally->fields[i]);
        if (field == NULL)
            put_id(&out->key, t->record->b);
        else
            rv = put_field(t, &out->key, field, state);
    }
    return rv;
}

int tally_record(const struct tallying *t, const struct record_state *state, int64_t by, struct tally_list *out)
{
    const struct linli_schema_type *type = view_counts(state) ? linli_schema_type_by_number(state->type) : NULL;
    int rv = LINLI_OK;

    for (size_t i = 0; type != NULL && i < type->tally_count && rv == LINLI_OK; i++) {
        struct tally tally = {.own = by, .all = by};
        rv = tally_make(t, type, i, state, &tally);
        if (rv == LINLI_OK)
            rv = tallies_add(out, &tally);
    }
    return rv;
}

/* ---- from one state to the other ---- */

/* Nothing was written of it: a merge leaves the arrays of such a group as they are. */
static bool untouched(const struct record_state *before, const struct record_state *after, uint32_t group)
{
    const struct group_state *x = record_group(before, group), *y = record_group(after, group);

    return x == y || (x != NULL && y != NULL && x->cells == y->cells && x->count == y->count);
}

static bool all_untouched(const struct record_state *before, const struct record_state *after)
{
    const struct linli_schema_type *type = linli_schema_type_by_number(after->type);

    if (before->type != after->type || view_counts(before) != view_counts(after))
        return false;
    for (size_t i = 0; type != NULL && i < type->tally_count; i++)
        for (size_t j = 0; j < type->tallies[i].count; j++) {
            const struct linli_schema_field *field = field_of(type, type->tallies[i].fields[j]);
            if (field != NULL && !untouched(before, after, schema_group_of(field)))
                return false;
        }
    return true;
}

int tally_update(struct work *w, uint32_t scope, const linli_id *record, const struct record_state *before,
                 const struct record_state *after)
{
    const struct tallying t = {w->r, &w->scratch, scope, record};

    if (all_untouched(before, after))
        return LINLI_OK;
    int rv = tally_record(&t, before, -1, &w->tallies);
    return rv == LINLI_OK ? tally_record(&t, after, 1, &w->tallies) : rv;
}

/* ---- to the store ---- */

/* The same for each scope above. */
static int add_above(struct work *w, struct tally above)
{
    struct scope_row row;
    uint32_t scope = be32_get(above.key.at + TALLY_HEAD_BYTES - 4);
    int rv = scope_get(w->txn, scope, &row);

    above.own = 0;
    while (rv == LINLI_OK && row.parent != 0) {
        be32_put(above.key.at + TALLY_HEAD_BYTES - 4, row.parent);
        rv = mem_grow(&w->tallies.at, &w->tallies.room, w->tallies.count + 1, sizeof(above));
        if (rv == LINLI_OK) {
            w->tallies.at[w->tallies.count++] = above;
            rv = scope_get(w->txn, row.parent, &row);
        }
    }
    return rv == LINLI_E_NOT_FOUND ? LINLI_E_CORRUPT : rv;
}

int tally_flush(struct work *w)
{
    int rv = LINLI_OK;

    tallies_sort(&w->tallies);
    for (size_t i = 0, count = w->tallies.count; i < count && rv == LINLI_OK; i++)
        if (!w->tallies.at[i].alone && w->tallies.at[i].all != 0)
            rv = add_above(w, w->tallies.at[i]);
    tallies_sort(&w->tallies);
    for (size_t i = 0; i < w->tallies.count && rv == LINLI_OK; i++) {
        const struct tally *t = &w->tallies.at[i];
        if (t->own != 0 || t->all != 0)
            rv = tally_add(w->txn, tally_span(&t->key), t->own, t->all);
    }
    w->tallies.count = w->tallies.sorted = 0;
    return rv;
}
