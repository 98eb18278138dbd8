/* Command line, check: a record beside others: what it names, what it repeats, whether its address is in its building. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "roster.h"
#include "same.h"

/* ---- what it names ---- */

/* With a scope that was asked for, records elsewhere were not looked at. */
static void check_ref(struct check *check, const struct linli_schema_field *field)
{
    const struct linli_reading *reading = linli_record_field(check->record, field->number);
    for (size_t i = 0; reading != NULL && i < (field->rule == LINLI_SET ? reading->count : 1); i++) {
        const struct linli_value *value = field->rule == LINLI_SET ? &reading->values[i] : &reading->value;
        if (value->kind != LINLI_KIND_ID)
            continue;
        uint32_t there = lookup_find(&check->ids, value->id.b, sizeof(value->id.b));
        if (there == LOOKUP_NONE) {
            if (check->scope == NULL)
                check_found(check, FINDING_REF_MISSING, field, &value->id, "");
        } else if (there >> 1 != (uint32_t)field->ref) {
            check_found(check, FINDING_REF_TYPE, field, &value->id, "");
        } else if ((there & 1) != 0) {
            check_found(check, FINDING_REF_DELETED, field, &value->id, "");
        }
    }
}

/* ---- what it repeats ---- */

static bool is_joined(const struct check *check, const linli_id *one, const linli_id *other)
{
    uint8_t pair[2 * sizeof(linli_id)];
    bool first = memcmp(one, other, sizeof(linli_id)) < 0;
    memcpy(pair, first ? one : other, sizeof(linli_id));
    memcpy(pair + sizeof(linli_id), first ? other : one, sizeof(linli_id));
    return lookup_find(&check->joined, pair, sizeof(pair)) != LOOKUP_NONE;
}

static bool keep_first(struct check *check)
{
    if (check->first_count == check->first_room) {
        size_t room = check->first_room == 0 ? 1024 : check->first_room * 2;
        linli_id *larger = realloc(check->first, room * sizeof(*larger));
        if (larger == NULL)
            return false;
        check->first = larger;
        check->first_room = room;
    }
    check->first[check->first_count++] = *linli_record_id(check->record);
    return true;
}

static const struct linli_value *value_of(const void *record, linli_field field)
{
    return check_value(record, field);
}

static void check_same(struct check *check)
{
    struct same_twin twins[SAME_TWINS];
    const struct same_subject subject = {check->type, linli_record_scope(check->record), value_of, check->record};
    if (check->type->same_count == 0)
        return;
    check->broken = check->broken || !keep_first(check);
    size_t count = check->broken ? 0 : same_find(&check->same, &subject, (uint32_t)check->first_count - 1, twins, &check->broken);
    for (size_t i = 0; i < count; i++) {
        const linli_id *other = &check->first[twins[i].number];
        bool itself = memcmp(other, linli_record_id(check->record), sizeof(*other)) == 0; /* what is held in two scopes comes twice */
        if (!itself && !is_joined(check, linli_record_id(check->record), other))
            check_found(check, FINDING_DUPLICATE, NULL, other, twins[i].labels);
    }
}

/* ---- a household's address, and its head ---- */

/* By its name's plain form, in the household's own scope, or in one above it. */
static const struct check_building *building_of(const struct check *check, const char *plain)
{
    char key[CHECK_KEY_BYTES];
    linli_id scope = *linli_record_scope(check->record);
    for (int depth = 0; depth < 16; depth++) {
        uint32_t number = lookup_find(&check->buildings, key, check_key(key, &scope, plain, NULL));
        uint32_t above = lookup_find(&check->parents, scope.b, sizeof(scope.b));
        if (number != LOOKUP_NONE)
            return &check->building[number];
        if (above == LOOKUP_NONE)
            return NULL;
        scope = check->scopes[above];
    }
    return NULL;
}

/* 501 is room 1 on floor 5, 1203 room 3 on floor 12; other spellings say nothing. */
static bool read_room(const char *room, int64_t *floor, int64_t *number)
{
    size_t size = strspn(room, "0123456789");
    if (room[size] != '\0' || size < 3 || size > 4 || room[0] == '0')
        return false;
    int64_t whole = strtoll(room, NULL, 10);
    *floor = whole / 100;
    *number = whole % 100;
    return true;
}

/* The household's text beside the dwelling that it names. */
static void check_dwelling(struct check *check, const char *building, const char *room)
{
    const struct linli_value *named = check_named(check->type, check->record, "dwelling");
    uint32_t at = named != NULL ? lookup_find(&check->dwellings, named->id.b, sizeof(named->id.b)) : LOOKUP_NONE;
    if (at == LOOKUP_NONE || check->dwelling == NULL)
        return;
    const struct check_dwelling *dwelling = &check->dwelling[at];
    uint32_t house = lookup_find(&check->buildings, dwelling->building.b, sizeof(dwelling->building.b));
    if (house != LOOKUP_NONE && check->building != NULL && building[0] != '\0' && strcmp(building, check->building[house].name) != 0)
        check_found(check, FINDING_ADDRESS, linli_schema_field_by_name(check->type, "building"), &named->id, "");
    if (room[0] != '\0' && strcmp(room, dwelling->room) != 0)
        check_found(check, FINDING_ADDRESS, linli_schema_field_by_name(check->type, "room"), &named->id, "");
}

static void check_address(struct check *check)
{
    char name[CHECK_TEXT_BYTES], text[CHECK_TEXT_BYTES], unit[CHECK_ROOM_BYTES], room[CHECK_ROOM_BYTES];
    const struct linli_schema_type *type = check->type;
    int64_t floor = 0, number = 0;
    roster_building_key(check_text(check_named(type, check->record, "building"), text, sizeof(text)), name, sizeof(name));
    const struct check_building *building = building_of(check, name);
    roster_room_key(check_text(check_named(type, check->record, "unit"), text, sizeof(text)), unit, sizeof(unit));
    roster_room_key(check_text(check_named(type, check->record, "room"), text, sizeof(text)), room, sizeof(room));
    if (building != NULL && building->units > 0 && unit[0] != '\0' && unit[strspn(unit, "0123456789")] == '\0' &&
        (strtoll(unit, NULL, 10) < 1 || strtoll(unit, NULL, 10) > building->units))
        check_found(check, FINDING_UNIT, linli_schema_field_by_name(type, "unit"), NULL, "");
    if (building != NULL && read_room(room, &floor, &number) &&
        ((building->floors > 0 && floor > building->floors) || (building->rooms > 0 && (number < 1 || number > building->rooms))))
        check_found(check, FINDING_ROOM, linli_schema_field_by_name(type, "room"), NULL, "");
    check_dwelling(check, name, room);
}

static void check_head(struct check *check)
{
    const linli_id *id = linli_record_id(check->record);
    char head[CHECK_TEXT_BYTES], key[CHECK_KEY_BYTES];
    check_text(check_named(check->type, check->record, "head"), head, sizeof(head));
    bool lived_in = lookup_find(&check->names, id->b, sizeof(id->b)) != LOOKUP_NONE;
    if (lived_in && head[0] != '\0' && lookup_find(&check->names, key, check_key(key, id, head, NULL)) == LOOKUP_NONE)
        check_found(check, FINDING_HEAD, linli_schema_field_by_name(check->type, "head"), NULL, "");
}

void check_across(struct check *check)
{
    for (size_t i = 0; i < check->type->field_count; i++)
        if (check->type->fields[i].ref != 0)
            check_ref(check, &check->type->fields[i]);
    check_same(check);
    if (strcmp(check->type->name, "household") == 0) {
        check_address(check);
        check_head(check);
    }
}
