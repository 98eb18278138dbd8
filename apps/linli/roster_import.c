/* Command line, roster import: rows to households and residents, matched in memory with what the scope holds. */
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "import.h"
#include "lookup.h"
#include "output.h"
#include "roster.h"
#include "text.h"

enum { TEXT_BYTES = 256, ENTRIES_MAX = 1000000, PATCHES_MAX = 4096 };

/* What is known of a household: the fields a row may change, so that most rows need no read. */
struct household {
    linli_id id;
    uint32_t patch;
    char head[TEXT_BYTES], floor[16];
    int64_t tenure;              /* -1 = not said */
    size_t head_row, tenure_row; /* row of this file that said it first */
    bool is_new;
    uint64_t made;               /* generation that created it */
};

struct resident {
    linli_id id;
    uint32_t patch;
    size_t row; /* of this file, once matched */
};

struct patch {
    linli_id id;
    char name[TEXT_BYTES];
};

struct fields {
    const struct linli_schema_type *household, *resident;
    linli_field of[ROSTER_COLUMNS];
    linli_field in_household;
};

struct state {
    struct import *import;
    struct roster_map map;
    struct fields fields;
    struct patch *patches; /* [0] is the scope itself */
    uint32_t patch_count;
    struct household **households; /* one block each: their addresses stay */
    uint32_t household_count, household_room;
    struct resident *residents;
    uint32_t resident_count, resident_room;
    struct lookup patch_names, places, ids, household_ids, names;
    bool broken;
};

/* ---- what is there ---- */

static uint32_t add_household(struct state *state)
{
    if (state->household_count == state->household_room) {
        uint32_t room = state->household_room == 0 ? 256 : state->household_room * 2;
        struct household **larger = realloc(state->households, room * sizeof(struct household *));
        if (larger == NULL)
            return LOOKUP_NONE;
        state->households = larger;
        state->household_room = room;
    }
    struct household *fresh = state->household_count < ENTRIES_MAX ? calloc(1, sizeof(*fresh)) : NULL;
    if (fresh == NULL)
        return LOOKUP_NONE;
    fresh->tenure = -1;
    state->households[state->household_count] = fresh;
    return state->household_count++;
}

static uint32_t add_resident(struct state *state, const linli_id *id, uint32_t patch)
{
    if (state->resident_count == state->resident_room) {
        uint32_t room = state->resident_room == 0 ? 1024 : state->resident_room * 2;
        struct resident *larger = room <= 2 * ENTRIES_MAX ? realloc(state->residents, room * sizeof(*larger)) : NULL;
        if (larger == NULL)
            return LOOKUP_NONE;
        state->residents = larger;
        state->resident_room = room;
    }
    state->residents[state->resident_count] = (struct resident){.id = *id, .patch = patch};
    return state->resident_count++;
}

static size_t place_key(uint32_t patch, const char *building, const char *unit, const char *room, char *out, size_t size)
{
    char a[TEXT_BYTES], b[TEXT_BYTES], c[TEXT_BYTES];
    int length = snprintf(out, size, "%u\x1f%s\x1f%s\x1f%s", patch, roster_building_key(building, a, sizeof(a)),
                          roster_room_key(unit, b, sizeof(b)), roster_room_key(room, c, sizeof(c)));
    return length < 0 ? 0 : (size_t)length < size ? (size_t)length : size - 1;
}

static size_t name_key(uint32_t household, const char *name, char *out, size_t size)
{
    int length = snprintf(out, size, "%u\x1f%s", household, name);
    return length < 0 ? 0 : (size_t)length < size ? (size_t)length : size - 1;
}

struct loading {
    struct state *state;
    uint32_t patch;
};

static bool load_household(void *at, const linli_record *record)
{
    struct loading *loading = at;
    struct state *state = loading->state;
    const linli_field *of = state->fields.of;
    char building[TEXT_BYTES], unit[TEXT_BYTES], room[TEXT_BYTES], key[4 * TEXT_BYTES];
    uint32_t number = add_household(state);
    if (number == LOOKUP_NONE) {
        state->broken = true;
        return false;
    }
    struct household *household = state->households[number];
    household->id = *linli_record_id(record);
    household->patch = loading->patch;
    import_text(record, of[ROSTER_HEAD], household->head, sizeof(household->head));
    import_text(record, of[ROSTER_FLOOR], household->floor, sizeof(household->floor));
    const struct linli_reading *tenure = linli_record_field(record, of[ROSTER_TENURE]);
    household->tenure = tenure != NULL && tenure->value.kind == LINLI_KIND_INT ? tenure->value.number : -1;
    import_text(record, of[ROSTER_BUILDING], building, sizeof(building));
    import_text(record, of[ROSTER_UNIT], unit, sizeof(unit));
    import_text(record, of[ROSTER_ROOM], room, sizeof(room));
    size_t size = place_key(loading->patch, building, unit, room, key, sizeof(key));
    if (lookup_find(&state->places, key, size) == LOOKUP_NONE && !lookup_put(&state->places, key, size, number))
        state->broken = true;
    if (!lookup_put(&state->household_ids, household->id.b, sizeof(household->id.b), number))
        state->broken = true;
    return !state->broken;
}

static bool load_resident(void *at, const linli_record *record)
{
    struct loading *loading = at;
    struct state *state = loading->state;
    char text[TEXT_BYTES], key[2 * TEXT_BYTES];
    uint32_t number = add_resident(state, linli_record_id(record), loading->patch);
    bool good = number != LOOKUP_NONE;
    import_text(record, state->fields.of[ROSTER_ID_NUMBER], text, sizeof(text));
    if (good && text[0] != '\0' && lookup_find(&state->ids, text, strlen(text)) == LOOKUP_NONE)
        good = lookup_put(&state->ids, text, strlen(text), number);
    const struct linli_reading *in = linli_record_field(record, state->fields.in_household);
    uint32_t household = LOOKUP_NONE;
    if (in != NULL && in->value.kind == LINLI_KIND_ID)
        household = lookup_find(&state->household_ids, in->value.id.b, sizeof(in->value.id.b));
    if (good && household != LOOKUP_NONE) {
        import_text(record, state->fields.of[ROSTER_NAME], text, sizeof(text));
        size_t size = name_key(household, text, key, sizeof(key));
        if (lookup_find(&state->names, key, size) == LOOKUP_NONE)
            good = lookup_put(&state->names, key, size, number);
    }
    state->broken = state->broken || !good;
    return good;
}

static bool load_patch(void *at, const struct linli_scope *scope)
{
    struct state *state = at;
    char key[TEXT_BYTES];
    bool self = memcmp(scope->id.b, state->import->scope.b, sizeof(scope->id.b)) == 0;
    bool below = scope->kind == LINLI_PATCH &&
                 memcmp(scope->parent.b, state->import->scope.b, sizeof(scope->parent.b)) == 0;
    if ((!self && !below) || state->patch_count == PATCHES_MAX)
        return true;
    uint32_t number = self ? 0 : state->patch_count++;
    state->patches[number].id = scope->id;
    snprintf(state->patches[number].name, sizeof(state->patches[number].name), "%s", scope->name);
    roster_building_key(scope->name, key, sizeof(key));
    if (!self && lookup_find(&state->patch_names, key, strlen(key)) == LOOKUP_NONE &&
        !lookup_put(&state->patch_names, key, strlen(key), number))
        state->broken = true;
    return !state->broken;
}

static int load_all(struct state *state)
{
    linli_store *store = state->import->ctx->store;
    state->patches = calloc(PATCHES_MAX, sizeof(*state->patches));
    if (state->patches == NULL)
        return LINLI_E_NOMEM;
    state->patch_count = 1;
    int rc = linli_scope_each(store, load_patch, state);
    for (int pass = 0; pass < 2; pass++) /* residents are looked up by household, so all households come first */
        for (uint32_t i = 0; rc == LINLI_OK && i < state->patch_count; i++) {
            struct loading loading = {state, i};
            struct linli_query query = {.type = (pass == 0 ? state->fields.household : state->fields.resident)->number,
                                        .scope = &state->patches[i].id};
            rc = linli_query_each(store, &query, pass == 0 ? load_household : load_resident, &loading);
        }
    return rc == LINLI_OK && state->broken ? LINLI_E_NOMEM : rc;
}

/* ---- one row ---- */

struct outcome {
    bool created, updated;
};

static void set(struct state *state, const linli_id *id, linli_span token, linli_field field, struct linli_value value)
{
    batch_set(&state->import->batch, id, token, field, value);
}

static void create(struct state *state, uint32_t patch, const struct linli_schema_type *type, linli_id *id)
{
    batch_create(&state->import->batch, &state->patches[patch].id, type->number, id);
}

static const char *building_of(const struct state *state, const struct roster_row *row)
{
    if (row->text[ROSTER_BUILDING][0] != '\0')
        return row->text[ROSTER_BUILDING];
    return state->map.cell[ROSTER_BUILDING] < 0 ? state->patches[0].name : ""; /* the file is about one building */
}

static const char *head_of(const struct roster_row *row)
{
    const char *relation = row->text[ROSTER_RELATION];
    if (row->text[ROSTER_HEAD][0] != '\0')
        return row->text[ROSTER_HEAD];
    return strcmp(relation, "户主") == 0 || strcmp(relation, "本人") == 0 ? row->text[ROSTER_NAME] : "";
}

static void create_household(struct state *state, const struct roster_row *row, struct household *household)
{
    const linli_span none = {NULL, 0};
    const linli_field *of = state->fields.of;
    household->is_new = true;
    household->made = state->import->batch.generation;
    if (state->import->dry)
        return;
    create(state, household->patch, state->fields.household, &household->id);
    if (building_of(state, row)[0] != '\0')
        set(state, &household->id, none, of[ROSTER_BUILDING], linli_text(building_of(state, row)));
    if (row->text[ROSTER_UNIT][0] != '\0')
        set(state, &household->id, none, of[ROSTER_UNIT], linli_text(row->text[ROSTER_UNIT]));
    if (row->text[ROSTER_FLOOR][0] != '\0')
        set(state, &household->id, none, of[ROSTER_FLOOR], linli_text(row->text[ROSTER_FLOOR]));
    set(state, &household->id, none, of[ROSTER_ROOM], linli_text(row->text[ROSTER_ROOM]));
}

/* Write household fields that differ. A record of this batch can be read back only once it is committed. */
static void write_household(struct state *state, struct household *household, linli_field field, struct linli_value value)
{
    linli_record *record = NULL;
    if (state->import->dry)
        return;
    if (household->is_new && household->made == state->import->batch.generation) {
        set(state, &household->id, (linli_span){NULL, 0}, field, value);
        return;
    }
    int rc = linli_record_get(state->import->ctx->store, &household->id, &record);
    batch_fail(&state->import->batch, rc);
    if (rc == LINLI_OK && import_differs(record, field, &value))
        set(state, &household->id, linli_record_token(record), field, value);
    linli_record_free(record);
}

/* The first row of a file that says something of a household says it for all: a later row that says otherwise is a
 * problem, else importing the same file again would change it back and forth. */
static bool agrees(struct state *state, const struct csv_row *at, const struct roster_row *row,
                   const struct household *household)
{
    char words[160];
    size_t earlier = 0;
    enum roster_column column = ROSTER_HEAD;
    const char *head = head_of(row);
    if (household->head_row != 0 && head[0] != '\0' && strcmp(head, household->head) != 0)
        earlier = household->head_row;
    if (household->tenure_row != 0 && row->tenure >= 0 && row->tenure != household->tenure) {
        earlier = household->tenure_row;
        column = ROSTER_TENURE;
    }
    if (earlier == 0)
        return true;
    snprintf(words, sizeof(words), _("row %zu says otherwise of the same household"), earlier);
    import_problem(state->import, at->number, state->map.heading[column], words);
    return false;
}

static void update_household(struct state *state, const struct csv_row *at, const struct roster_row *row,
                             struct household *household, struct outcome *outcome)
{
    const linli_field *of = state->fields.of;
    const char *head = head_of(row), *floor = row->text[ROSTER_FLOOR];
    if (head[0] != '\0' && strcmp(head, household->head) != 0) {
        write_household(state, household, of[ROSTER_HEAD], linli_text(head));
        snprintf(household->head, sizeof(household->head), "%s", head);
        outcome->updated = true;
    }
    if (head[0] != '\0' && household->head_row == 0)
        household->head_row = at->number;
    if (row->tenure >= 0 && row->tenure != household->tenure) {
        write_household(state, household, of[ROSTER_TENURE], linli_int(row->tenure));
        household->tenure = row->tenure;
        outcome->updated = true;
    }
    if (row->tenure >= 0 && household->tenure_row == 0)
        household->tenure_row = at->number;
    if (floor[0] != '\0' && !household->is_new && strncmp(floor, household->floor, sizeof(household->floor) - 1) != 0) {
        write_household(state, household, of[ROSTER_FLOOR], linli_text(floor));
        snprintf(household->floor, sizeof(household->floor), "%s", floor);
        outcome->updated = true;
    }
}

/* Values a row gives for one field of a resident; NIL when it says nothing. */
static struct linli_value resident_value(const struct roster_row *row, enum roster_column column)
{
    if (column == ROSTER_SEX)
        return row->sex >= 0 ? linli_int(row->sex) : linli_nil();
    return row->text[column][0] != '\0' ? linli_text(row->text[column]) : linli_nil();
}

static void create_resident(struct state *state, const struct roster_row *row, const struct household *household,
                            linli_id *id)
{
    const linli_span none = {NULL, 0};
    if (state->import->dry)
        return;
    create(state, household->patch, state->fields.resident, id);
    set(state, id, none, state->fields.in_household, linli_ref(&household->id));
    for (int column = ROSTER_NAME; column < ROSTER_COLUMNS; column++) {
        struct linli_value value = resident_value(row, (enum roster_column)column);
        if (value.kind != LINLI_KIND_NIL)
            set(state, id, none, state->fields.of[column], value);
    }
}

static void update_resident(struct state *state, const struct roster_row *row, const struct household *household,
                            const linli_id *id, struct outcome *outcome)
{
    linli_record *record = NULL;
    int rc = linli_record_get(state->import->ctx->store, id, &record);
    batch_fail(&state->import->batch, rc);
    if (rc != LINLI_OK)
        return;
    linli_span token = linli_record_token(record);
    struct linli_value home = linli_ref(&household->id);
    bool moved = (household->is_new && state->import->dry) || import_differs(record, state->fields.in_household, &home);
    outcome->updated = outcome->updated || moved;
    if (moved && !state->import->dry)
        set(state, id, token, state->fields.in_household, home);
    for (int column = ROSTER_NAME; column < ROSTER_COLUMNS; column++) {
        struct linli_value value = resident_value(row, (enum roster_column)column);
        if (value.kind == LINLI_KIND_NIL || !import_differs(record, state->fields.of[column], &value))
            continue;
        outcome->updated = true;
        if (!state->import->dry)
            set(state, id, token, state->fields.of[column], value);
    }
    linli_record_free(record);
}

/* By identity number, else by household and name. */
static uint32_t match_resident(const struct state *state, const struct roster_row *row, uint32_t household)
{
    char key[2 * TEXT_BYTES];
    uint32_t number = LOOKUP_NONE;
    if (row->id.text[0] != '\0')
        number = lookup_find(&state->ids, row->id.text, strlen(row->id.text));
    if (number == LOOKUP_NONE && household != LOOKUP_NONE) {
        size_t size = name_key(household, row->text[ROSTER_NAME], key, sizeof(key));
        number = lookup_find(&state->names, key, size);
    }
    return number;
}

static bool may_go(struct state *state, const struct csv_row *at, const struct roster_row *row, uint32_t resident,
                   uint32_t patch)
{
    char words[2 * TEXT_BYTES];
    enum roster_column column = row->id.text[0] != '\0' ? ROSTER_ID_NUMBER : ROSTER_NAME;
    if (resident == LOOKUP_NONE)
        return true;
    if (state->residents[resident].row != 0)
        snprintf(words, sizeof(words), _("the same person is in row %zu"), state->residents[resident].row);
    else if (state->residents[resident].patch != patch)
        snprintf(words, sizeof(words), _("this person is recorded in %s"),
                 state->patches[state->residents[resident].patch].name);
    else
        return true;
    import_problem(state->import, at->number, state->map.heading[column], words);
    return false;
}

static uint32_t find_household(struct state *state, const struct roster_row *row, uint32_t patch, char *key, size_t room,
                               size_t *size)
{
    *size = place_key(patch, building_of(state, row), row->text[ROSTER_UNIT], row->text[ROSTER_ROOM], key, room);
    return lookup_find(&state->places, key, *size);
}

static uint32_t new_household(struct state *state, const struct roster_row *row, uint32_t patch, const char *key,
                              size_t size)
{
    uint32_t number = add_household(state);
    if (number == LOOKUP_NONE || !lookup_put(&state->places, key, size, number)) {
        batch_fail(&state->import->batch, LINLI_E_NOMEM);
        return LOOKUP_NONE;
    }
    state->households[number]->patch = patch;
    create_household(state, row, state->households[number]);
    return number;
}

static void count(struct import *import, const struct outcome *outcome)
{
    if (outcome->created)
        import->created++;
    else if (outcome->updated)
        import->updated++;
    else
        import->unchanged++;
}

static void take_row(struct state *state, const struct csv_row *at, const struct roster_row *row, uint32_t patch)
{
    char key[4 * TEXT_BYTES];
    size_t size = 0;
    struct outcome outcome = {false, false};
    linli_id id;
    uint32_t household = find_household(state, row, patch, key, sizeof(key), &size);
    uint32_t resident = match_resident(state, row, household);
    memset(&id, 0, sizeof(id));
    if (!may_go(state, at, row, resident, patch) ||
        (household != LOOKUP_NONE && !agrees(state, at, row, state->households[household])))
        return;
    if (household == LOOKUP_NONE)
        household = new_household(state, row, patch, key, size);
    if (household == LOOKUP_NONE)
        return;
    struct household *home = state->households[household];
    update_household(state, at, row, home, &outcome);
    if (resident == LOOKUP_NONE) {
        outcome.created = true;
        create_resident(state, row, home, &id);
        resident = add_resident(state, &id, patch);
        size = name_key(household, row->text[ROSTER_NAME], key, sizeof(key));
        bool good = resident != LOOKUP_NONE && lookup_put(&state->names, key, size, resident);
        if (good && row->id.text[0] != '\0')
            good = lookup_put(&state->ids, row->id.text, strlen(row->id.text), resident);
        batch_fail(&state->import->batch, good ? LINLI_OK : LINLI_E_NOMEM);
    } else {
        update_resident(state, row, home, &state->residents[resident].id, &outcome);
    }
    if (resident != LOOKUP_NONE)
        state->residents[resident].row = at->number;
    count(state->import, &outcome);
    batch_step(&state->import->batch);
}

static void roster_row(struct import *import, void *opaque, const struct csv_row *at)
{
    struct state *state = opaque;
    struct roster_row row;
    char key[TEXT_BYTES];
    if (!roster_read(&state->map, at, import->today, &row)) {
        for (size_t i = 0; i < row.problem_count; i++) {
            enum roster_column column = row.problems[i].column;
            import_problem(import, at->number, state->map.heading[column], row.problems[i].words);
        }
        return;
    }
    if (building_of(state, &row)[0] == '\0') {
        import_problem(import, at->number, state->map.heading[ROSTER_BUILDING], _("the building is missing"));
        return;
    }
    roster_building_key(building_of(state, &row), key, sizeof(key));
    uint32_t patch = lookup_find(&state->patch_names, key, strlen(key));
    take_row(state, at, &row, patch == LOOKUP_NONE ? 0 : patch);
}

/* ---- the kind ---- */

static bool find_fields(struct fields *fields)
{
    fields->household = linli_schema_type_by_name("household");
    fields->resident = linli_schema_type_by_name("resident");
    if (fields->household == NULL || fields->resident == NULL)
        return false;
    for (int column = 0; column < ROSTER_COLUMNS; column++) {
        bool household = false;
        const char *name = roster_field((enum roster_column)column, &household);
        const struct linli_schema_field *field =
            linli_schema_field_by_name(household ? fields->household : fields->resident, name);
        if (field == NULL)
            return false;
        fields->of[column] = field->number;
    }
    const struct linli_schema_field *home = linli_schema_field_by_name(fields->resident, "household");
    fields->in_household = home != NULL ? home->number : 0;
    return home != NULL;
}

static void roster_close(void *opaque)
{
    struct state *state = opaque;
    for (uint32_t i = 0; i < state->household_count; i++)
        free(state->households[i]);
    free(state->households);
    free(state->residents);
    free(state->patches);
    lookup_free(&state->patch_names);
    lookup_free(&state->places);
    lookup_free(&state->ids);
    lookup_free(&state->household_ids);
    lookup_free(&state->names);
    free(state);
}

static bool roster_open(struct import *import, const struct csv_row *headings, void **out)
{
    struct roster_map map;
    if (!roster_headings(headings, &map))
        return false;
    struct state *state = calloc(1, sizeof(*state));
    if (state == NULL) {
        batch_fail(&import->batch, LINLI_E_NOMEM);
        return false;
    }
    state->import = import;
    state->map = map;
    int rc = find_fields(&state->fields) ? load_all(state) : LINLI_E_SCHEMA;
    batch_fail(&import->batch, rc);
    *out = state;
    return true;
}

const struct import_kind import_roster = {"roster", roster_open, roster_row, NULL, roster_close};
