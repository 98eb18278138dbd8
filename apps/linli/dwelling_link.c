/* Command line, dwellings: by the plain forms of building, unit and room, as imports compare them. What is too long to compare whole is left alone. */
#include "dwelling_link.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "roster.h"

struct pair {
    linli_id household, dwelling;
};

struct linking {
    const linli_id *scope;
    const struct linli_schema_type *type; /* of what is being read */
    struct lookup names;                  /* building or unit -> where its plain name stands in `texts` */
    struct lookup places;                 /* scope, building, unit and room -> dwelling in `dwellings` */
    char (*texts)[CHECK_TEXT_BYTES];
    linli_id *dwellings;
    struct pair *pairs;
    size_t text_count, text_room, dwelling_count, dwelling_room, pair_count, pair_room;
    bool broken;
};

static bool grow(struct linking *l, void *at, size_t count, size_t *room, size_t size)
{
    void **array = at;
    if (count < *room)
        return true;
    size_t more = *room == 0 ? 256 : *room * 2;
    void *larger = realloc(*array, more * size);
    l->broken = l->broken || larger == NULL;
    if (larger == NULL)
        return false;
    *array = larger;
    *room = more;
    return true;
}

typedef char *(*plain_fn)(const char *name, char *out, size_t size);

/* A field's plain form in `out` (CHECK_TEXT_BYTES); false: it is longer than that, and two of them would look alike. */
static bool plain_form(const struct linking *l, const linli_record *record, const char *field, plain_fn form, char *out)
{
    const struct linli_value *value = check_named(l->type, record, field);
    char text[CHECK_TEXT_BYTES];
    if (value != NULL && value->bytes.size >= sizeof(text))
        return false;
    form(check_text(value, text, sizeof(text)), out, CHECK_TEXT_BYTES);
    return true;
}

/* "" where it names none; NULL where what it names is not known. */
static const char *name_of(const struct linking *l, const struct linli_value *id)
{
    uint32_t at = id != NULL && id->kind == LINLI_KIND_ID ? lookup_find(&l->names, id->id.b, sizeof(id->id.b)) : LOOKUP_NONE;
    return id == NULL ? "" : at != LOOKUP_NONE ? l->texts[at] : NULL;
}

/* Buildings and units. */
static bool on_named(void *at, const linli_record *record)
{
    struct linking *l = at;
    const linli_id *id = linli_record_id(record);
    plain_fn form = strcmp(l->type->name, "building") == 0 ? roster_building_key : roster_room_key;
    if (!grow(l, &l->texts, l->text_count, &l->text_room, sizeof(*l->texts)))
        return false;
    if (!plain_form(l, record, "name", form, l->texts[l->text_count]))
        return true;
    l->broken = l->broken || !lookup_put(&l->names, id->b, sizeof(id->b), (uint32_t)l->text_count++);
    return !l->broken;
}

static size_t place_key(char *key, const linli_id *scope, const char *building, const char *unit, const char *room)
{
    size_t size = check_key(key, scope, building, unit);
    return size + (size_t)snprintf(key + size, CHECK_KEY_BYTES - size, "\x1f%s", room);
}

static bool on_dwelling(void *at, const linli_record *record)
{
    struct linking *l = at;
    char key[CHECK_KEY_BYTES], room[CHECK_TEXT_BYTES];
    const char *building = name_of(l, check_named(l->type, record, "building")), *unit = name_of(l, check_named(l->type, record, "unit"));
    if (building == NULL || building[0] == '\0' || unit == NULL || !plain_form(l, record, "room", roster_room_key, room))
        return true;
    if (!grow(l, &l->dwellings, l->dwelling_count, &l->dwelling_room, sizeof(*l->dwellings)))
        return false;
    l->dwellings[l->dwelling_count] = *linli_record_id(record);
    size_t size = place_key(key, linli_record_scope(record), building, unit, room);
    l->broken = l->broken || !lookup_put(&l->places, key, size, (uint32_t)l->dwelling_count++);
    return !l->broken;
}

static bool on_household(void *at, const linli_record *record)
{
    struct linking *l = at;
    const linli_id *const scopes[] = {linli_record_scope(record), l->scope};
    char building[CHECK_TEXT_BYTES], unit[CHECK_TEXT_BYTES], room[CHECK_TEXT_BYTES], key[CHECK_KEY_BYTES];
    if (check_named(l->type, record, "dwelling") != NULL || !plain_form(l, record, "building", roster_building_key, building) ||
        !plain_form(l, record, "unit", roster_room_key, unit) || !plain_form(l, record, "room", roster_room_key, room))
        return true;
    for (size_t i = 0; i < 2 && room[0] != '\0'; i++) {
        uint32_t there = lookup_find(&l->places, key, place_key(key, scopes[i], building, unit, room));
        if (there == LOOKUP_NONE)
            continue;
        if (!grow(l, &l->pairs, l->pair_count, &l->pair_room, sizeof(*l->pairs)))
            return false;
        l->pairs[l->pair_count++] = (struct pair){*linli_record_id(record), l->dwellings[there]};
        break;
    }
    return true;
}

/* What is written replaces nothing that the reading did not show. */
static void write_pair(struct batch *batch, const struct pair *pair)
{
    const struct linli_schema_field *field = linli_schema_field_by_name(linli_schema_type_by_name("household"), "dwelling");
    linli_record *record = NULL;
    int rc = linli_record_get_closed(batch->ctx->store, &pair->household, &record);
    batch_fail(batch, rc);
    if (rc == LINLI_OK)
        batch_set(batch, &pair->household, linli_record_token(record), field->number, linli_ref(&pair->dwelling));
    linli_record_free(record);
    batch_step(batch);
}

size_t dwelling_link(struct batch *batch, const linli_id *scope)
{
    static const struct {
        const char *type;
        linli_record_fn fn;
    } passes[] = {{"building", on_named}, {"unit", on_named}, {"dwelling", on_dwelling}, {"household", on_household}};
    struct linking l = {.scope = scope};
    size_t linked = 0;
    for (size_t i = 0; i < sizeof(passes) / sizeof(passes[0]) && batch->status == STATUS_DONE; i++) {
        l.type = linli_schema_type_by_name(passes[i].type);
        struct linli_query query = {.type = l.type->number, .scope = scope, .subtree = true, .closed = true};
        int rc = linli_query_each(batch->ctx->store, &query, passes[i].fn, &l);
        batch_fail(batch, rc == LINLI_OK && l.broken ? LINLI_E_NOMEM : rc);
    }
    for (; linked < l.pair_count && batch->status == STATUS_DONE; linked++)
        write_pair(batch, &l.pairs[linked]);
    lookup_free(&l.names);
    lookup_free(&l.places);
    free(l.texts);
    free(l.dwellings);
    free(l.pairs);
    return linked;
}
