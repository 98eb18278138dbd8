/* replica: records found by what a person types: by the index first, then by what they say. */
#include "replica/search.h"

#include <stdlib.h>
#include <string.h>

#include "codec/reader.h"

static const struct linli_schema_field *field_found(const struct linli_schema_type *type, enum linli_find find)
{
    for (size_t i = 0; type != NULL && i < type->field_count; i++)
        if (type->fields[i].find == find)
            return &type->fields[i];
    return NULL;
}

bool search_can(const struct linli_schema_type *type)
{
    for (size_t i = 0; i < type->field_count; i++)
        if (type->fields[i].find != LINLI_FIND_NONE)
            return true;
    return false;
}

unsigned search_classes(const struct search *s)
{
    unsigned classes = 0;

    for (size_t i = 0; s->seek.tail_size > 0 && i < s->type->field_count; i++) {
        const struct linli_schema_field *field = &s->type->fields[i];
        if (field->find == LINLI_FIND_TAIL && field->seal != LINLI_SEAL_NONE)
            classes |= 1u << (field->seal - 1);
    }
    return classes;
}

/* ---- what a record says ---- */

/* The only cell of the field's register; NULL: nothing is written. */
static const struct cell *cell_of(const struct record_state *state, const struct linli_schema_field *field)
{
    const struct group_state *g = field == NULL ? NULL : record_group(state, schema_group_of(field));

    return g == NULL || g->count == 0 ? NULL : &g->cells[0];
}

/* Is this room, with any of the buildings that are said, at the place? */
static bool room_holds(const struct seek *seek, const struct cell *buildings, linli_field building, span unit, span room)
{
    size_t count = buildings == NULL ? 0 : buildings->count;
    bool holds = false;

    for (size_t i = 0; (i < count || i == 0) && !holds; i++) {
        struct place place = {.count = 0};
        if (i < count)
            place_add(&place, reading_text(buildings->values[i].bytes, building));
        place_add(&place, unit);
        place_add(&place, room);
        holds = seek_place(seek, &place);
    }
    return holds;
}

static bool place_holds(const struct seek *seek, const struct linli_schema_type *type, const struct record_state *state)
{
    const struct linli_schema_field *building = field_found(type, LINLI_FIND_BUILDING), *unit = field_found(type, LINLI_FIND_UNIT),
                                    *room = field_found(type, LINLI_FIND_ROOM);
    const struct cell *rooms = seek->place.count == 0 ? NULL : cell_of(state, room), *buildings = cell_of(state, building);
    bool holds = false;

    for (size_t i = 0; rooms != NULL && i < rooms->count && !holds; i++) {
        span value = rooms->values[i].bytes, of_unit = {NULL, 0}, of_room = reading_text(value, room->number);
        if (unit != NULL)
            of_unit = reading_text(value, unit->number);
        holds = seek_room(seek, of_room) && room_holds(seek, buildings, building == NULL ? 0 : building->number, of_unit, of_room);
    }
    return holds;
}

/* By scope, as these stand in their list, then by id. */
static int home_compare(const void *x, const void *y)
{
    const struct record_at *a = x, *b = y;

    return a->scope != b->scope ? (a->scope < b->scope ? -1 : 1) : id_compare(&a->record, &b->record);
}

/* Does it name one of the homes, of its own scope? */
static bool home_holds(const struct search *s, const struct record_at *at, span value)
{
    struct record_at wanted = {.scope = at->scope};
    struct reader r;

    reader_start(&r, value);
    reader_fixed(&r, wanted.record.b, ID_BYTES);
    if (r.failed != LINLI_OK || s->homes.count == 0)
        return false;
    return bsearch(&wanted, s->homes.at, s->homes.count, sizeof(wanted), home_compare) != NULL;
}

static bool value_found(const struct search *s, const struct linli_schema_field *field, const struct record_at *at, span value)
{
    switch (field->find) {
    case LINLI_FIND_NAME: return seek_name(&s->seek, reading_text(value, field->number));
    case LINLI_FIND_TAIL: return seek_number(&s->seek, reading_text(value, field->number));
    case LINLI_FIND_HOME: return home_holds(s, at, reading_field(value, field->number));
    case LINLI_FIND_NONE:
    case LINLI_FIND_BUILDING: /* all three together */
    case LINLI_FIND_UNIT:
    case LINLI_FIND_ROOM: break;
    }
    return false;
}

bool search_holds(const struct search *s, const struct record_at *at, const struct record_state *state)
{
    bool holds = place_holds(&s->seek, s->type, state);

    for (size_t i = 0; i < s->type->field_count && !holds; i++) {
        const struct linli_schema_field *field = &s->type->fields[i];
        const struct cell *c = field->find == LINLI_FIND_NONE ? NULL : cell_of(state, field);
        for (size_t j = 0; c != NULL && j < c->count && !holds; j++)
            holds = value_found(s, field, at, c->values[j].bytes);
    }
    return holds;
}

/* ---- what the index says ---- */

/* A value that is text. What is too long for the index may be anything. */
static span text_of(span item)
{
    struct reader r;

    reader_start(&r, item);
    return reader_peek(&r) == ITEM_TEXT ? reader_text(&r, SIZE_MAX) : (span){NULL, 0};
}

struct visiting {
    const struct seek *seek;
    struct record_list *out;
};

static bool name_visit(void *ctx, span value, bool whole, const linli_id *record)
{
    struct visiting *v = ctx;

    return (whole && !seek_name(v->seek, text_of(value))) || record_list_add(v->out, record);
}

static bool room_visit(void *ctx, span value, bool whole, const linli_id *record)
{
    struct visiting *v = ctx;

    return (whole && !seek_room(v->seek, text_of(value))) || record_list_add(v->out, record);
}

/* Names are read one by one, as the index has them: there are so many ways to type one that a row for each would cost every write. */
static int names_find(struct search *s, uint32_t scope, const struct linli_schema_field *field, struct record_list *out)
{
    struct visiting v = {&s->seek, out};

    return s->seek.count == 0 ? LINLI_OK : index_values(s->txn, scope, s->type->number, field->number, name_visit, &v);
}

static int rooms_find(struct search *s, uint32_t scope, linli_type type, const struct linli_schema_field *field,
                      struct record_list *out)
{
    struct visiting v = {&s->seek, out};

    return s->seek.place.count == 0 ? LINLI_OK : index_values(s->txn, scope, type, field->number, room_visit, &v);
}

static int tails_find(struct search *s, uint32_t scope, const struct linli_schema_field *field, struct record_list *out)
{
    linli_hash sealed;

    if (s->seek.tail_size == 0)
        return LINLI_OK;
    span tail = span_of(s->seek.tail + s->seek.tail_size - TAIL_BYTES, TAIL_BYTES);
    return index_each(s->txn, scope, s->type->number, INDEX_TAIL | field->number,
                      index_item(s->r, s->type->number, field, tail, &sealed), record_list_add, out);
}

/* Of the homes, the first in this scope or in one after it. */
static size_t homes_of(const struct search *s, const struct scope_at *scope)
{
    size_t low = 0, high = s->homes.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->homes.at[middle].scope < scope)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int dwellers_find(struct search *s, const struct scope_at *scope, const struct linli_schema_field *field, struct record_list *out)
{
    struct buf item = {0};
    int rv = LINLI_OK;

    for (size_t i = homes_of(s, scope); i < s->homes.count && s->homes.at[i].scope == scope && rv == LINLI_OK; i++) {
        const struct linli_value home = linli_ref(&s->homes.at[i].record);
        linli_hash sealed;
        buf_clear(&item);
        rv = value_write(field, &home, &item);
        if (rv == LINLI_OK)
            rv = index_each(s->txn, scope->number, s->type->number, field->number,
                            index_item(s->r, s->type->number, field, buf_span(&item), &sealed), record_list_add, out);
    }
    buf_free(&item);
    return rv;
}

static int field_find(struct search *s, const struct scope_at *scope, const struct linli_schema_field *field, struct record_list *out)
{
    switch (field->find) {
    case LINLI_FIND_NAME: return names_find(s, scope->number, field, out);
    case LINLI_FIND_TAIL: return tails_find(s, scope->number, field, out);
    case LINLI_FIND_ROOM: return rooms_find(s, scope->number, s->type->number, field, out);
    case LINLI_FIND_HOME: return dwellers_find(s, scope, field, out);
    case LINLI_FIND_NONE:
    case LINLI_FIND_BUILDING:
    case LINLI_FIND_UNIT: break;
    }
    return LINLI_OK;
}

int search_candidates(struct search *s, struct record_list *out)
{
    int rv = LINLI_OK;

    for (size_t i = 0; i < s->scopes->count && rv == LINLI_OK; i++) {
        out->scope = &s->scopes->at[i];
        for (size_t j = 0; j < s->type->field_count && rv == LINLI_OK; j++) {
            rv = field_find(s, out->scope, &s->type->fields[j], out);
            if (rv == LINLI_OK)
                rv = out->failed;
        }
    }
    return rv;
}

/* ---- homes ---- */

/* Of the homes from `first` on, keep those that are at the place. */
static int homes_keep(struct search *s, const struct linli_schema_type *type, size_t first)
{
    size_t kept = first;
    struct arena a = {0};
    int rv = LINLI_OK;

    for (size_t i = first; i < s->homes.count && rv == LINLI_OK; i++) {
        const struct record_at *at = &s->homes.at[i];
        struct record_state state;
        arena_reset(&a);
        rv = view_load(s->txn, &a, at->scope->number, &at->record, &state);
        if (rv == LINLI_OK && place_holds(&s->seek, type, &state))
            s->homes.at[kept++] = *at;
    }
    s->homes.count = kept;
    arena_free(&a);
    return rv;
}

static int homes_find(struct search *s, const struct linli_schema_type *type)
{
    const struct linli_schema_field *room = field_found(type, LINLI_FIND_ROOM);
    size_t first = s->homes.count;
    int rv = LINLI_OK;

    for (size_t i = 0; room != NULL && i < s->scopes->count && rv == LINLI_OK; i++) {
        s->homes.scope = &s->scopes->at[i];
        rv = rooms_find(s, s->homes.scope->number, type->number, room, &s->homes);
        if (rv == LINLI_OK)
            rv = s->homes.failed;
    }
    return rv == LINLI_OK ? homes_keep(s, type, first) : rv;
}

int search_start(struct search *s, const char *text)
{
    const struct linli_schema_field *home = field_found(s->type, LINLI_FIND_HOME);
    int rv = LINLI_OK;

    seek_make(text, &s->seek);
    if (home != NULL && s->seek.place.count > 0)
        rv = homes_find(s, linli_schema_type_by_number(home->ref));
    if (rv == LINLI_OK && s->homes.count > 1)
        qsort(s->homes.at, s->homes.count, sizeof(*s->homes.at), home_compare);
    return rv;
}

void search_end(struct search *s)
{
    record_list_free(&s->homes);
}
