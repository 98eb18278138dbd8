/* Command line, dwellings: by the plain forms of building, unit and room, as imports compare them. */
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
    char (*texts)[CHECK_ROOM_BYTES * 2];
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

static const char *name_of(const struct linking *l, const struct linli_value *id)
{
    uint32_t at = id != NULL && id->kind == LINLI_KIND_ID ? lookup_find(&l->names, id->id.b, sizeof(id->id.b)) : LOOKUP_NONE;
    return at != LOOKUP_NONE ? l->texts[at] : "";
}

/* Buildings and units. */
static bool on_named(void *at, const linli_record *record)
{
    struct linking *l = at;
    const linli_id *id = linli_record_id(record);
    char text[CHECK_TEXT_BYTES];
    if (!grow(l, &l->texts, l->text_count, &l->text_room, sizeof(*l->texts)))
        return false;
    check_text(check_named(l->type, record, "name"), text, sizeof(text));
    if (strcmp(l->type->name, "building") == 0)
        roster_building_key(text, l->texts[l->text_count], sizeof(*l->texts));
    else
        roster_room_key(text, l->texts[l->text_count], sizeof(*l->texts));
    l->broken = l->broken || !lookup_put(&l->names, id->b, sizeof(id->b), (uint32_t)l->text_count++);
    return !l->broken;
}

static size_t place_key(char *key, const linli_id *scope, const char *building, const char *unit, const char *room)
{
    char inner[CHECK_TEXT_BYTES], plain[CHECK_ROOM_BYTES];
    snprintf(inner, sizeof(inner), "%s\x1f%s", unit, roster_room_key(room, plain, sizeof(plain)));
    return check_key(key, scope, building, inner);
}

static bool on_dwelling(void *at, const linli_record *record)
{
    struct linking *l = at;
    char key[CHECK_KEY_BYTES], room[CHECK_TEXT_BYTES];
    const char *building = name_of(l, check_named(l->type, record, "building"));
    if (!grow(l, &l->dwellings, l->dwelling_count, &l->dwelling_room, sizeof(*l->dwellings)))
        return false;
    l->dwellings[l->dwelling_count] = *linli_record_id(record);
    size_t size = place_key(key, linli_record_scope(record), building, name_of(l, check_named(l->type, record, "unit")),
                            check_text(check_named(l->type, record, "room"), room, sizeof(room)));
    l->broken = l->broken || (building[0] != '\0' && !lookup_put(&l->places, key, size, (uint32_t)l->dwelling_count++));
    return !l->broken;
}

static bool on_household(void *at, const linli_record *record)
{
    struct linking *l = at;
    const linli_id *const scopes[] = {linli_record_scope(record), l->scope};
    char text[CHECK_TEXT_BYTES], building[CHECK_ROOM_BYTES * 2], unit[CHECK_ROOM_BYTES * 2], room[CHECK_TEXT_BYTES], key[CHECK_KEY_BYTES];
    if (check_named(l->type, record, "dwelling") != NULL)
        return true;
    roster_building_key(check_text(check_named(l->type, record, "building"), text, sizeof(text)), building, sizeof(building));
    roster_room_key(check_text(check_named(l->type, record, "unit"), text, sizeof(text)), unit, sizeof(unit));
    check_text(check_named(l->type, record, "room"), room, sizeof(room));
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
