/* Command line, what is known: one pass over the scope, so that no row of a file needs a query of its own. */
#include "known.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "import.h"
#include "same.h"

enum { KEY_BYTES = 4 * KNOWN_TEXT_BYTES };

static uint32_t new_household(struct known *known)
{
    if (known->household_count == known->household_room) {
        uint32_t room = known->household_room == 0 ? 256 : known->household_room * 2;
        struct known_household **larger = realloc(known->households, room * sizeof(*larger));
        if (larger == NULL)
            return LOOKUP_NONE;
        known->households = larger;
        known->household_room = room;
    }
    struct known_household *fresh = known->household_count < KNOWN_MAX ? calloc(1, sizeof(*fresh)) : NULL;
    if (fresh == NULL)
        return LOOKUP_NONE;
    fresh->tenure = -1;
    known->households[known->household_count] = fresh;
    return known->household_count++;
}

static size_t place_key(uint32_t patch, const char *building, const char *unit, const char *room, char out[KEY_BYTES])
{
    char a[KNOWN_TEXT_BYTES], b[KNOWN_TEXT_BYTES], c[KNOWN_TEXT_BYTES];
    int length = snprintf(out, KEY_BYTES, "%u\x1f%s\x1f%s\x1f%s", patch, roster_building_key(building, a, sizeof(a)),
                          roster_room_key(unit, b, sizeof(b)), roster_room_key(room, c, sizeof(c)));
    return length < 0 ? 0 : (size_t)length < KEY_BYTES ? (size_t)length : KEY_BYTES - 1;
}

static size_t name_key(uint32_t household, const char *name, char out[KEY_BYTES])
{
    int length = snprintf(out, KEY_BYTES, "%u\x1f%s", household, name);
    return length < 0 ? 0 : (size_t)length < KEY_BYTES ? (size_t)length : KEY_BYTES - 1;
}

uint32_t known_household_at(const struct known *known, uint32_t patch, const char *building, const char *unit,
                            const char *room)
{
    char key[KEY_BYTES];
    size_t size = place_key(patch, building, unit, room, key);
    return lookup_find(&known->places, key, size);
}

uint32_t known_household_add(struct known *known, uint32_t patch, const char *building, const char *unit, const char *room)
{
    char key[KEY_BYTES];
    size_t size = place_key(patch, building, unit, room, key);
    uint32_t number = new_household(known);
    if (number == LOOKUP_NONE)
        return LOOKUP_NONE;
    known->households[number]->patch = patch;
    /* Two captains may have recorded one place apart: the first found stands for it. */
    if (lookup_find(&known->places, key, size) == LOOKUP_NONE && !lookup_put(&known->places, key, size, number))
        return LOOKUP_NONE;
    return number;
}

bool known_place_put(struct known *known, uint32_t household, const char *building, const char *unit, const char *room)
{
    char key[KEY_BYTES];
    size_t size = place_key(known->households[household]->patch, building, unit, room, key);
    return lookup_put(&known->places, key, size, household);
}

uint32_t known_household_by_id(const struct known *known, const linli_id *id)
{
    return lookup_find(&known->household_ids, id->b, sizeof(id->b));
}

uint32_t known_by_id(const struct known *known, const linli_id *id)
{
    return lookup_find(&known->resident_ids, id->b, sizeof(id->b));
}

uint32_t known_by_number(const struct known *known, const char *number)
{
    return number[0] == '\0' ? LOOKUP_NONE : lookup_find(&known->numbers, number, strlen(number));
}

uint32_t known_by_name(const struct known *known, uint32_t household, const char *name)
{
    char key[KEY_BYTES];
    return household == LOOKUP_NONE ? LOOKUP_NONE : lookup_find(&known->names, key, name_key(household, name, key));
}

uint32_t known_resident_add(struct known *known, const linli_id *id, uint32_t patch, uint32_t household, const char *name,
                            const char *number)
{
    char key[KEY_BYTES];
    if (known->resident_count == known->resident_room) {
        uint32_t room = known->resident_room == 0 ? 1024 : known->resident_room * 2;
        struct known_resident *larger = room <= 2 * KNOWN_MAX ? realloc(known->residents, room * sizeof(*larger)) : NULL;
        if (larger == NULL)
            return LOOKUP_NONE;
        known->residents = larger;
        known->resident_room = room;
    }
    uint32_t at = known->resident_count++;
    known->residents[at] = (struct known_resident){.id = *id, .patch = patch};
    snprintf(known->residents[at].number, sizeof(known->residents[at].number), "%s", number);
    if (number[0] != '\0' && known_by_number(known, number) == LOOKUP_NONE &&
        !lookup_put(&known->numbers, number, strlen(number), at))
        return LOOKUP_NONE;
    if (household != LOOKUP_NONE && known_by_name(known, household, name) == LOOKUP_NONE &&
        !lookup_put(&known->names, key, name_key(household, name, key), at))
        return LOOKUP_NONE;
    return at;
}

uint32_t known_patch_of(const struct known *known, const char *building)
{
    char key[KNOWN_TEXT_BYTES];
    roster_building_key(building, key, sizeof(key));
    uint32_t patch = lookup_find(&known->patch_names, key, strlen(key));
    return patch == LOOKUP_NONE ? 0 : patch;
}

/* ---- loading ---- */

struct loading {
    struct known *known;
    uint32_t patch;
};

static bool load_household(void *at, const linli_record *record)
{
    struct loading *loading = at;
    struct known *known = loading->known;
    const linli_field *of = known->of;
    char building[KNOWN_TEXT_BYTES], unit[KNOWN_TEXT_BYTES], room[KNOWN_TEXT_BYTES];
    import_text(record, of[ROSTER_BUILDING], building, sizeof(building));
    import_text(record, of[ROSTER_UNIT], unit, sizeof(unit));
    import_text(record, of[ROSTER_ROOM], room, sizeof(room));
    uint32_t number = known_household_add(known, loading->patch, building, unit, room);
    known->broken = number == LOOKUP_NONE;
    if (known->broken)
        return false;
    struct known_household *household = known->households[number];
    household->id = *linli_record_id(record);
    import_text(record, of[ROSTER_HEAD], household->head, sizeof(household->head));
    import_text(record, of[ROSTER_FLOOR], household->floor, sizeof(household->floor));
    const struct linli_reading *tenure = linli_record_field(record, of[ROSTER_TENURE]);
    household->tenure = tenure != NULL && tenure->value.kind == LINLI_KIND_INT ? tenure->value.number : -1;
    known->broken = !lookup_put(&known->household_ids, household->id.b, sizeof(household->id.b), number);
    return !known->broken;
}

static const struct linli_value *value_of(const void *record, linli_field field)
{
    return check_value(record, field);
}

static bool load_resident(void *at, const linli_record *record)
{
    struct loading *loading = at;
    struct known *known = loading->known;
    char name[KNOWN_TEXT_BYTES], number[KNOWN_TEXT_BYTES];
    const struct linli_reading *in = linli_record_field(record, known->in_household);
    uint32_t household = LOOKUP_NONE;
    if (in != NULL && in->value.kind == LINLI_KIND_ID)
        household = lookup_find(&known->household_ids, in->value.id.b, sizeof(in->value.id.b));
    import_text(record, known->of[ROSTER_NAME], name, sizeof(name));
    import_text(record, known->of[ROSTER_ID_NUMBER], number, sizeof(number));
    const linli_id *id = linli_record_id(record);
    uint32_t resident = known_resident_add(known, id, loading->patch, household, name, number);
    const struct same_subject subject = {known->resident, linli_record_scope(record), value_of, record};
    struct same_twin twins[SAME_TWINS]; /* of those that were there 'linli check' tells */
    known->broken = resident == LOOKUP_NONE || !lookup_put(&known->resident_ids, id->b, sizeof(id->b), resident);
    if (!known->broken)
        (void)same_find(&known->same, &subject, resident, twins, &known->broken);
    return !known->broken;
}

static bool load_patch(void *at, const struct linli_scope *scope)
{
    struct known *known = at;
    char key[KNOWN_TEXT_BYTES];
    bool self = memcmp(scope->id.b, known->scope.b, sizeof(scope->id.b)) == 0;
    bool below = scope->kind == LINLI_PATCH && memcmp(scope->parent.b, known->scope.b, sizeof(scope->parent.b)) == 0;
    if ((!self && !below) || known->patch_count == KNOWN_PATCHES)
        return true;
    uint32_t number = self ? 0 : known->patch_count++;
    known->patches[number].id = scope->id;
    snprintf(known->patches[number].name, sizeof(known->patches[number].name), "%s", scope->name);
    roster_building_key(scope->name, key, sizeof(key));
    if (!self && lookup_find(&known->patch_names, key, strlen(key)) == LOOKUP_NONE)
        known->broken = !lookup_put(&known->patch_names, key, strlen(key), number);
    return !known->broken;
}

static bool find_fields(struct known *known)
{
    known->household = linli_schema_type_by_name("household");
    known->resident = linli_schema_type_by_name("resident");
    if (known->household == NULL || known->resident == NULL)
        return false;
    for (int column = 0; column < ROSTER_COLUMNS; column++) {
        bool household = false;
        const char *name = roster_field((enum roster_column)column, &household);
        const struct linli_schema_field *field =
            linli_schema_field_by_name(household ? known->household : known->resident, name);
        if (field == NULL)
            return false;
        known->of[column] = field->number;
    }
    const struct linli_schema_field *home = linli_schema_field_by_name(known->resident, "household");
    known->in_household = home != NULL ? home->number : 0;
    return home != NULL;
}

int known_load(struct known *known, linli_store *store, const linli_id *scope)
{
    known->scope = *scope;
    known->patches = calloc(KNOWN_PATCHES, sizeof(*known->patches));
    if (known->patches == NULL)
        return LINLI_E_NOMEM;
    if (!find_fields(known))
        return LINLI_E_SCHEMA;
    known->patch_count = 1;
    int rc = linli_scope_each(store, load_patch, known);
    for (int pass = 0; pass < 2; pass++) /* residents are looked up by household, so all households come first */
        for (uint32_t i = 0; rc == LINLI_OK && !known->broken && i < known->patch_count; i++) {
            struct loading loading = {known, i};
            struct linli_query query = {.type = (pass == 0 ? known->household : known->resident)->number,
                                        .scope = &known->patches[i].id,
                                        .closed = pass == 0}; /* nothing sealed of a household is compared */
            rc = linli_query_each(store, &query, pass == 0 ? load_household : load_resident, &loading);
        }
    return rc == LINLI_OK && known->broken ? LINLI_E_NOMEM : rc;
}

void known_free(struct known *known)
{
    for (uint32_t i = 0; i < known->household_count; i++)
        free(known->households[i]);
    free(known->households);
    free(known->residents);
    free(known->patches);
    lookup_free(&known->patch_names);
    lookup_free(&known->places);
    lookup_free(&known->numbers);
    lookup_free(&known->household_ids);
    lookup_free(&known->resident_ids);
    lookup_free(&known->names);
    lookup_free(&known->same);
}
