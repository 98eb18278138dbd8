/* Command line, check: one pass over what is held, so that no record needs a query of its own. Nothing sealed is opened for it. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "roster.h"

void check_free(struct check *check)
{
    struct lookup *lookups[] = {&check->ids, &check->parents, &check->counties, &check->joined, &check->names, &check->buildings, &check->dwellings, &check->same};
    for (size_t i = 0; i < sizeof(lookups) / sizeof(lookups[0]); i++)
        lookup_free(lookups[i]);
    free(check->scopes);
    free(check->first);
    free(check->building);
    free(check->dwelling);
}

size_t check_key(char *key, const linli_id *id, const char *a, const char *b)
{
    size_t size = sizeof(id->b);
    const char *parts[] = {a, b};
    memcpy(key, id->b, size);
    for (size_t i = 0; i < 2 && parts[i] != NULL; i++) {
        size_t length = strlen(parts[i]);
        length = length < CHECK_TEXT_BYTES ? length : CHECK_TEXT_BYTES;
        key[size++] = '\x1f';
        memcpy(key + size, parts[i], length);
        size += length;
    }
    return size;
}

static bool put(struct check *check, struct lookup *lookup, const void *key, size_t size, uint32_t number)
{
    check->broken = check->broken || !lookup_put(lookup, key, size, number);
    return !check->broken;
}

/* Room for one more of `*at`. */
static bool grow(struct check *check, void *at, size_t count, size_t *room, size_t size)
{
    void **array = at;
    if (count < *room)
        return true;
    size_t more = *room == 0 ? 256 : *room * 2;
    void *larger = realloc(*array, more * size);
    check->broken = check->broken || larger == NULL;
    if (larger == NULL)
        return false;
    *array = larger;
    *room = more;
    return true;
}

/* ---- scopes, and the counties of a city whose list is held ---- */

static bool division_put(struct check *check, const uint8_t *code, size_t size)
{
    return size < 6 || put(check, &check->counties, code, 6, 1);
}

/* The division of a scope: a county counts for its city. */
static bool division_count(struct check *check, enum linli_scope_kind kind, const uint8_t *code, size_t size)
{
    if (kind == LINLI_DISTRICT && size >= 6 && lookup_find(&check->counties, code, 6) == LOOKUP_NONE) {
        uint32_t before = lookup_find(&check->counties, code, 4);
        if (!put(check, &check->counties, code, 4, before == LOOKUP_NONE ? 1 : before + 1))
            return false;
    }
    return (kind != LINLI_DISTRICT && kind != LINLI_CITY) || division_put(check, code, size);
}

static bool on_scope(void *at, const struct linli_scope *scope)
{
    struct check *check = at;
    const struct linli_schema_type *type = linli_schema_type_by_name("scope");
    if (!put(check, &check->ids, scope->id.b, sizeof(scope->id.b), (uint32_t)type->number << 1) ||
        !grow(check, &check->scopes, check->scope_count, &check->scope_room, sizeof(*check->scopes)))
        return false;
    check->scopes[check->scope_count] = scope->parent;
    if (!put(check, &check->parents, scope->id.b, sizeof(scope->id.b), (uint32_t)check->scope_count++))
        return false;
    return scope->division == NULL || division_count(check, scope->kind, (const uint8_t *)scope->division, strlen(scope->division));
}

/* Codes that a district had: kept with their dates. */
static void gather_divisions(struct check *check, const struct linli_schema_type *type, const linli_record *record)
{
    const struct linli_schema_field *field = linli_schema_field_by_name(type, "divisions");
    const struct linli_reading *reading = field != NULL ? linli_record_field(record, field->number) : NULL;
    const struct linli_value *kind = check_named(type, record, "kind");
    for (size_t i = 0; reading != NULL && kind != NULL && kind->number == LINLI_DISTRICT && i < reading->count; i++)
        (void)division_put(check, reading->values[i].bytes.at, reading->values[i].bytes.size);
}

/* ---- what other records are compared with ---- */

static void gather_building(struct check *check, const struct linli_schema_type *type, const linli_record *record)
{
    const char *const fields[] = {"units", "floors", "rooms_per_floor"};
    const linli_id *id = linli_record_id(record);
    char name[CHECK_TEXT_BYTES], key[CHECK_KEY_BYTES];
    int64_t numbers[3];
    if (!grow(check, &check->building, check->building_count, &check->building_room, sizeof(*check->building)))
        return;
    for (size_t i = 0; i < 3; i++) {
        const struct linli_value *value = check_named(type, record, fields[i]);
        numbers[i] = value != NULL ? value->number : 0;
    }
    struct check_building *building = &check->building[check->building_count];
    *building = (struct check_building){.units = numbers[0], .floors = numbers[1], .rooms = numbers[2]};
    roster_building_key(check_text(check_named(type, record, "name"), name, sizeof(name)), building->name, sizeof(building->name));
    (void)put(check, &check->buildings, id->b, sizeof(id->b), (uint32_t)check->building_count);
    (void)put(check, &check->buildings, key, check_key(key, linli_record_scope(record), building->name, NULL), (uint32_t)check->building_count++);
}

static void gather_dwelling(struct check *check, const struct linli_schema_type *type, const linli_record *record)
{
    const linli_id *id = linli_record_id(record);
    const struct linli_value *building = check_named(type, record, "building");
    char room[CHECK_TEXT_BYTES];
    if (!grow(check, &check->dwelling, check->dwelling_count, &check->dwelling_room, sizeof(*check->dwelling)))
        return;
    struct check_dwelling *dwelling = &check->dwelling[check->dwelling_count];
    *dwelling = (struct check_dwelling){.building = building != NULL ? building->id : (linli_id){{0}}};
    roster_room_key(check_text(check_named(type, record, "room"), room, sizeof(room)), dwelling->room, sizeof(dwelling->room));
    (void)put(check, &check->dwellings, id->b, sizeof(id->b), (uint32_t)check->dwelling_count++);
}

static void gather_resident(struct check *check, const struct linli_schema_type *type, const linli_record *record)
{
    const struct linli_value *home = check_named(type, record, "household");
    char name[CHECK_TEXT_BYTES], key[CHECK_KEY_BYTES];
    if (home == NULL || home->kind != LINLI_KIND_ID)
        return;
    check_text(check_named(type, record, "name"), name, sizeof(name));
    if (put(check, &check->names, home->id.b, sizeof(home->id.b), 1))
        (void)put(check, &check->names, key, check_key(key, &home->id, name, NULL), 1);
}

static void gather_same(struct check *check, const struct linli_schema_type *type, const linli_record *record)
{
    const struct linli_value *one = check_named(type, record, "one"), *other = check_named(type, record, "other");
    uint8_t pair[2 * sizeof(linli_id)];
    if (one == NULL || other == NULL || one->kind != LINLI_KIND_ID || other->kind != LINLI_KIND_ID)
        return;
    bool first = memcmp(&one->id, &other->id, sizeof(linli_id)) < 0;
    memcpy(pair, first ? &one->id : &other->id, sizeof(linli_id));
    memcpy(pair + sizeof(linli_id), first ? &other->id : &one->id, sizeof(linli_id));
    (void)put(check, &check->joined, pair, sizeof(pair), 1);
}

static bool on_record(void *at, const linli_record *record)
{
    static const struct {
        const char *type;
        void (*gather)(struct check *check, const struct linli_schema_type *type, const linli_record *record);
    } each[] = {{"scope", gather_divisions}, {"building", gather_building}, {"dwelling", gather_dwelling},
                {"resident", gather_resident}, {"same_as", gather_same}};
    struct check *check = at;
    const linli_id *id = linli_record_id(record);
    bool deleted = linli_record_deleted(record);
    if (!put(check, &check->ids, id->b, sizeof(id->b), (uint32_t)linli_record_type(record) << 1 | (deleted ? 1 : 0)))
        return false;
    for (size_t i = 0; !deleted && i < sizeof(each) / sizeof(each[0]); i++)
        if (strcmp(each[i].type, check->type->name) == 0)
            each[i].gather(check, check->type, record);
    return !check->broken;
}

int check_gather(struct check *check)
{
    size_t count = 0;
    const struct linli_schema_type *types = linli_schema_types(&count);
    int rc = linli_scope_each(check->ctx->store, on_scope, check);
    for (size_t i = 0; i < count && rc == LINLI_OK && !check->broken; i++) {
        struct linli_query query = {.type = types[i].number, .scope = check->scope, .subtree = true, .with_deleted = true, .closed = true};
        check->type = &types[i];
        rc = linli_query_each(check->ctx->store, &query, on_record, check);
    }
    return rc == LINLI_OK && check->broken ? LINLI_E_NOMEM : rc;
}
