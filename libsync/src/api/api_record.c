/* api: a reading of one record: every field as shown, in one arena, with the token of the reading. */
#include "api/handle.h"
#include "api/reading.h"

#include <stdlib.h>

#include "base/mem.h"
#include "codec/reader.h"
#include "model/sealed.h"

/* What the fields of one group are read with. */
struct shown {
    struct linli_record *rec;
    const struct linli_schema_type *type; /* NULL: not known to this version */
    struct group_reading group;
};

static bool field_shown(const struct shown *s, uint64_t number, const struct linli_schema_field **field)
{
    return field_in_group(s->type, s->group.group, number, field);
}

/* The next reading to be filled; NULL without memory. */
static struct linli_reading *reading_next(struct shown *s, linli_field field, size_t values)
{
    struct linli_record *rec = s->rec;
    struct linli_value *at = NULL;

    if (mem_grow(&rec->readings, &rec->room, rec->count + 1, sizeof(*rec->readings)) != LINLI_OK)
        return NULL;
    at = arena_array(&rec->arena, values, sizeof(*at));
    if (at == NULL)
        return NULL;
    struct linli_reading *reading = &rec->readings[rec->count++];
    *reading = (struct linli_reading){.field = field,
                                      .rule = (enum linli_rule)group_rule(s->group.group),
                                      .values = at,
                                      .count = values,
                                      .conflicts = s->group.conflicts};
    return reading;
}

static struct linli_value *values_of(struct linli_reading *reading)
{
    return (struct linli_value *)reading->values;
}

static void item_read(span item, const struct linli_schema_field *field, struct linli_value *out)
{
    if (item.at == NULL || value_read(item, field, out) != LINLI_OK)
        *out = linli_nil();
}

static int one_add(struct shown *s, linli_field number, const struct linli_schema_field *field, span item)
{
    struct linli_reading *reading = reading_next(s, number, 1);

    if (reading == NULL)
        return LINLI_E_NOMEM;
    item_read(item, field, values_of(reading));
    return LINLI_OK;
}

/* What does not open here stands for its whole group, under the group's own number. */
static int sealed_add(struct shown *s, const struct linli_schema_field *field, span shown)
{
    struct linli_reading *reading = reading_next(s, group_n(s->group.group), 1);

    if (reading == NULL)
        return LINLI_E_NOMEM;
    values_of(reading)[0] = value_sealed(shown, field);
    return LINLI_OK;
}

/* Each field in the value that is shown of a register or a ladder. */
static int register_add(struct shown *s)
{
    const struct linli_schema_field *field;
    span shown = s->group.values[0]->bytes;
    struct reader r;
    int rv = LINLI_OK;

    reader_start(&r, shown);
    if (sealed_is(shown))
        return field_shown(s, group_n(s->group.group), &field) ? sealed_add(s, field, shown) : LINLI_OK;
    for (size_t left = reader_map(&r, SIZE_MAX); left > 0 && rv == LINLI_OK && r.failed == LINLI_OK; left--) {
        uint64_t number = reader_uint(&r, UINT64_MAX);
        span item = reader_item(&r);
        if (field_shown(s, number, &field))
            rv = one_add(s, (linli_field)number, field, item);
    }
    return rv;
}

static int set_add(struct shown *s)
{
    const struct linli_schema_field *field;
    linli_field number = group_n(s->group.group);

    if (!field_shown(s, number, &field))
        return LINLI_OK;
    struct linli_reading *reading = reading_next(s, number, s->group.count);
    if (reading == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < s->group.count; i++)
        item_read(s->group.keys[i], field, &values_of(reading)[i]);
    return LINLI_OK;
}

static bool listed_since(const struct linli_record *rec, size_t first, linli_field number)
{
    for (size_t i = first; i < rec->count; i++)
        if (rec->readings[i].field == number)
            return true;
    return false;
}

/* All entries of one field; an entry without it counts as nothing there. */
static int log_field_add(struct shown *s, linli_field number, const struct linli_schema_field *field)
{
    struct linli_reading *reading = reading_next(s, number, s->group.count);

    if (reading == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < s->group.count; i++) {
        span entry = s->group.values[i]->bytes;
        if (sealed_is(entry) && number == group_n(s->group.group))
            values_of(reading)[i] = value_sealed(entry, field);
        else
            item_read(reading_field(entry, number), field, &values_of(reading)[i]);
    }
    return LINLI_OK;
}

static int log_field_once(struct shown *s, size_t first, uint64_t number)
{
    const struct linli_schema_field *field;

    if (!field_shown(s, number, &field) || listed_since(s->rec, first, (linli_field)number))
        return LINLI_OK;
    return log_field_add(s, (linli_field)number, field);
}

static int log_add(struct shown *s)
{
    size_t first = s->rec->count;
    int rv = LINLI_OK;

    for (size_t i = 0; i < s->group.count && rv == LINLI_OK; i++) {
        struct reader r;
        span entry = s->group.values[i]->bytes;
        if (sealed_is(entry)) {
            rv = log_field_once(s, first, group_n(s->group.group));
            continue;
        }
        reader_start(&r, entry);
        for (size_t left = reader_map(&r, SIZE_MAX); left > 0 && rv == LINLI_OK && r.failed == LINLI_OK; left--) {
            uint64_t number = reader_uint(&r, UINT64_MAX);
            reader_skip(&r);
            rv = log_field_once(s, first, number);
        }
    }
    return rv;
}

static int number_add(struct shown *s)
{
    const struct linli_schema_field *field;
    linli_field number = group_n(s->group.group);
    struct linli_reading *reading;

    if (!field_shown(s, number, &field))
        return LINLI_OK;
    reading = reading_next(s, number, 1);
    if (reading == NULL)
        return LINLI_E_NOMEM;
    values_of(reading)[0] = linli_int(s->group.number);
    return LINLI_OK;
}

static int group_add(struct shown *s, struct replica *r, const struct group_state *g)
{
    int rv = reading_group(&s->rec->arena, g, replica_names(r), &s->group);

    if (rv != LINLI_OK || s->group.count == 0)
        return rv;
    switch ((enum merge_rule)group_rule(g->group)) {
    case RULE_REGISTER:
    case RULE_LADDER: return register_add(s);
    case RULE_SET: return set_add(s);
    case RULE_LOG: return log_add(s);
    case RULE_COUNTER:
    case RULE_MAX: return number_add(s);
    }
    return LINLI_OK;
}

static int reading_compare(const void *x, const void *y)
{
    const struct linli_reading *a = x, *b = y;

    return (a->field > b->field) - (a->field < b->field);
}

/* Of a type that we do not know, two groups may claim one field number: the one that came first in group order stays. */
static void readings_sort(struct linli_record *rec)
{
    size_t kept = 0;

    for (size_t i = 0; i < rec->count; i++) {
        if (listed_since(&(struct linli_record){.readings = rec->readings, .count = kept}, 0,
                         rec->readings[i].field))
            continue;
        rec->readings[kept++] = rec->readings[i];
    }
    rec->count = kept;
    if (kept > 0)
        qsort(rec->readings, kept, sizeof(*rec->readings), reading_compare);
    for (size_t i = 0; i < kept; i++)
        if (rec->readings[i].count > 0)
            rec->readings[i].value = rec->readings[i].values[0];
}

int reading_make(struct linli_record *rec, struct replica *r, const linli_id *scope, const linli_id *id,
                 const struct record_state *state)
{
    struct shown shown = {.rec = rec, .type = linli_schema_type_by_number(state->type)};
    int rv = LINLI_OK;

    rec->id = *id;
    rec->scope = *scope;
    rec->type = state->type;
    rec->life = reading_life(state);
    rec->count = 0;
    buf_clear(&rec->token);
    for (size_t i = 0; i < state->count && rv == LINLI_OK; i++)
        if (state->groups[i].group != GROUP_LIFE)
            rv = group_add(&shown, r, &state->groups[i]);
    if (rv != LINLI_OK)
        return rv;
    readings_sort(rec);
    return token_encode(state, &replica_identity(r)->store_epoch, id, &rec->arena, &rec->token);
}

typedef int (*show_fn)(struct replica *r, struct arena *a, const linli_id *record, linli_id *scope, struct record_state *out);

static int record_get(linli_store *store, const linli_id *id, show_fn show, const linli_span *token, linli_record **out)
{
    struct record_state state = {0};
    linli_record *rec = NULL;
    linli_id scope;
    int rv;

    if (store == NULL || id == NULL || out == NULL)
        return LINLI_E_ARG;
    *out = NULL;
    rv = store_enter(store, ENTER_READ);
    if (rv != LINLI_OK)
        goto end;
    rec = mem_zalloc(1, sizeof(*rec));
    if (rec == NULL) {
        rv = LINLI_E_NOMEM;
        goto end;
    }
    rv = token != NULL ? replica_show_seen(store->replica, &rec->arena, id, *token, &scope, &state)
                       : show(store->replica, &rec->arena, id, &scope, &state);
    if (rv == LINLI_OK)
        rv = reading_make(rec, store->replica, &scope, id, &state);
    if (rv == LINLI_OK) {
        *out = rec;
        rec = NULL;
    }
end:
    linli_record_free(rec);
    return store_leave(store, rv);
}

int linli_record_get(linli_store *store, const linli_id *id, linli_record **out)
{
    return record_get(store, id, replica_show, NULL, out);
}

int linli_record_get_closed(linli_store *store, const linli_id *id, linli_record **out)
{
    return record_get(store, id, replica_show_closed, NULL, out);
}

int linli_record_get_seen(linli_store *store, const linli_id *id, linli_span token, linli_record **out)
{
    return token.at == NULL ? LINLI_E_ARG : record_get(store, id, replica_show, &token, out);
}

void linli_record_free(linli_record *record)
{
    if (record == NULL)
        return;
    arena_free(&record->arena);
    buf_free(&record->token);
    mem_free(record->readings);
    mem_free(record);
}

const linli_id *linli_record_id(const linli_record *record)
{
    return &record->id;
}

const linli_id *linli_record_scope(const linli_record *record)
{
    return &record->scope;
}

linli_type linli_record_type(const linli_record *record)
{
    return record->type;
}

bool linli_record_deleted(const linli_record *record)
{
    return record->life == LIFE_DELETED;
}

bool linli_record_revived(const linli_record *record)
{
    return record->life == LIFE_REVIVED;
}

linli_span linli_record_token(const linli_record *record)
{
    return buf_span(&record->token);
}

size_t linli_record_count(const linli_record *record)
{
    return record->count;
}

const struct linli_reading *linli_record_at(const linli_record *record, size_t index)
{
    return index < record->count ? &record->readings[index] : NULL;
}

const struct linli_reading *linli_record_field(const linli_record *record, linli_field field)
{
    struct linli_reading wanted = {.field = field};

    return record->count == 0
               ? NULL
               : bsearch(&wanted, record->readings, record->count, sizeof(wanted), reading_compare);
}
