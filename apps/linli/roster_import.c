/* Command line, roster import: rows to households and residents, each compared with what the scope holds. */
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "roster_rows.h"
#include "same.h"
#include "text.h"

enum { DEFERRED_BYTES = 64 * 1024 * 1024, WORDS_BYTES = 2 * KNOWN_TEXT_BYTES };

/* A row that waits for the end of the file: see must_wait. */
struct deferred {
    struct deferred *next;
    size_t number, count;
    char **cells; /* one block: the pointers, then the texts */
    bool from_1904;
    struct roster_place *place; /* where it is that of a row above */
};

static void set(struct roster_import *state, const linli_id *id, linli_span token, linli_field field, struct linli_value value)
{
    batch_set(&state->import->batch, id, token, field, value);
}

static void create(struct roster_import *state, uint32_t patch, const struct linli_schema_type *type, linli_id *id)
{
    batch_create(&state->import->batch, &state->known.patches[patch].id, type->number, id);
}

const char *roster_building_of(const struct roster_import *state, const struct roster_row *row)
{
    if (row->text[ROSTER_BUILDING][0] != '\0')
        return row->text[ROSTER_BUILDING];
    return state->map.cell[ROSTER_BUILDING] < 0 ? state->known.patches[0].name : ""; /* the file is about one building */
}

static const char *head_of(const struct roster_row *row)
{
    const char *relation = row->text[ROSTER_RELATION];
    if (row->text[ROSTER_HEAD][0] != '\0')
        return row->text[ROSTER_HEAD];
    return strcmp(relation, "户主") == 0 || strcmp(relation, "本人") == 0 ? row->text[ROSTER_NAME] : "";
}

static void create_household(struct roster_import *state, const struct roster_row *row, struct known_household *household)
{
    const linli_span none = {NULL, 0};
    const linli_field *of = state->known.of;
    household->is_new = true;
    household->made = state->import->batch.generation;
    if (state->import->dry)
        return;
    create(state, household->patch, state->known.household, &household->id);
    if (roster_building_of(state, row)[0] != '\0')
        set(state, &household->id, none, of[ROSTER_BUILDING], linli_text(roster_building_of(state, row)));
    if (row->text[ROSTER_UNIT][0] != '\0')
        set(state, &household->id, none, of[ROSTER_UNIT], linli_text(row->text[ROSTER_UNIT]));
    if (row->text[ROSTER_FLOOR][0] != '\0')
        set(state, &household->id, none, of[ROSTER_FLOOR], linli_text(row->text[ROSTER_FLOOR]));
    set(state, &household->id, none, of[ROSTER_ROOM], linli_text(row->text[ROSTER_ROOM]));
}

/* Write household fields that differ. A record of this batch can be read back only once it is committed. */
static void write_household(struct roster_import *state, struct known_household *household, linli_field field, struct linli_value value)
{
    linli_record *record = NULL;
    if (state->import->dry)
        return;
    if (household->is_new && household->made == state->import->batch.generation) {
        set(state, &household->id, (linli_span){NULL, 0}, field, value);
        return;
    }
    int rc = linli_record_get_closed(state->import->ctx->store, &household->id, &record);
    batch_fail(&state->import->batch, rc);
    if (rc == LINLI_OK && import_differs(record, field, &value))
        set(state, &household->id, linli_record_token(record), field, value);
    linli_record_free(record);
}

/* The first row of a file that says something of a household says it for all: a later row that says otherwise is a
 * problem, else importing the same file again would change it back and forth. */
static bool agrees(struct roster_import *state, const struct sheet_row *at, const struct roster_row *row,
                   const struct known_household *household)
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

static void update_household(struct roster_import *state, const struct sheet_row *at, const struct roster_row *row,
                             struct known_household *household, struct outcome *outcome)
{
    const linli_field *of = state->known.of;
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
    bool stands = row->derived[ROSTER_FLOOR] && household->floor[0] != '\0';
    if (floor[0] != '\0' && !stands && !household->is_new && strncmp(floor, household->floor, sizeof(household->floor) - 1) != 0) {
        write_household(state, household, of[ROSTER_FLOOR], linli_text(floor));
        snprintf(household->floor, sizeof(household->floor), "%s", floor);
        outcome->updated = true;
    }
}

/* Values a row gives for one field of a resident; NIL when it says nothing. */
struct linli_value roster_value(const struct roster_row *row, enum roster_column column)
{
    if (column == ROSTER_SEX)
        return row->sex >= 0 ? linli_int(row->sex) : linli_nil();
    return row->text[column][0] != '\0' ? linli_text(row->text[column]) : linli_nil();
}

static void create_resident(struct roster_import *state, const struct roster_row *row, const struct known_household *household,
                            linli_id *id)
{
    const linli_span none = {NULL, 0};
    if (state->import->dry)
        return;
    create(state, household->patch, state->known.resident, id);
    set(state, id, none, state->known.in_household, linli_ref(&household->id));
    for (int column = ROSTER_NAME; column < ROSTER_COLUMNS; column++) {
        struct linli_value value = roster_value(row, (enum roster_column)column);
        if (value.kind != LINLI_KIND_NIL)
            set(state, id, none, state->known.of[column], value);
    }
}

/* What the identity number says fills what is empty, and follows a number that is corrected; what somebody typed otherwise stays. */
static bool stands(const struct roster_import *state, const struct roster_row *row, enum roster_column column, const linli_record *record)
{
    const struct linli_reading *reading = linli_record_field(record, state->known.of[column]);
    struct idnumber before;
    char number[32];
    if (!row->derived[column] || reading == NULL || reading->value.kind == LINLI_KIND_NIL)
        return false;
    import_text(record, state->known.of[ROSTER_ID_NUMBER], number, sizeof(number));
    if (idnumber_read(number, state->import->today, &before) != IDNUMBER_GOOD)
        return true;
    struct linli_value said = column == ROSTER_SEX ? linli_int(before.sex) : linli_text(before.birth);
    return !linli_value_equal(&reading->value, &said);
}

static void update_resident(struct roster_import *state, const struct roster_row *row, const struct known_household *household,
                            const linli_id *id, struct outcome *outcome)
{
    linli_record *record = NULL;
    int rc = linli_record_get(state->import->ctx->store, id, &record);
    batch_fail(&state->import->batch, rc);
    if (rc != LINLI_OK)
        return;
    linli_span token = linli_record_token(record);
    struct linli_value home = linli_ref(&household->id);
    bool moved = (household->is_new && state->import->dry) || import_differs(record, state->known.in_household, &home);
    outcome->updated = outcome->updated || moved;
    if (moved && !state->import->dry)
        set(state, id, token, state->known.in_household, home);
    for (int column = ROSTER_NAME; column < ROSTER_COLUMNS; column++) {
        struct linli_value value = roster_value(row, (enum roster_column)column);
        if (value.kind == LINLI_KIND_NIL || stands(state, row, (enum roster_column)column, record) ||
            !import_differs(record, state->known.of[column], &value))
            continue;
        outcome->updated = true;
        if (!state->import->dry)
            set(state, id, token, state->known.of[column], value);
    }
    linli_record_free(record);
}

/* By identity number, else by household and name. A namesake with another number who is in the file too is somebody
 * else. */
static uint32_t match_resident(const struct roster_import *state, const struct roster_row *row, uint32_t household)
{
    const struct known *known = &state->known;
    uint32_t number = known_by_number(known, row->id.text);
    if (number != LOOKUP_NONE)
        return number;
    number = known_by_name(known, household, row->text[ROSTER_NAME]);
    bool two = number != LOOKUP_NONE && row->id.text[0] != '\0' && known->residents[number].number[0] != '\0';
    return two && known->residents[number].row != 0 ? LOOKUP_NONE : number;
}

/* A new number under a known name is a corrected number, or a namesake: whether another row has the old number is
 * known at the end of the file. */
static bool must_wait(const struct roster_import *state, const struct roster_row *row, uint32_t resident)
{
    if (resident == LOOKUP_NONE || row->id.text[0] == '\0')
        return false;
    const struct known_resident *known = &state->known.residents[resident];
    return known->row == 0 && known->number[0] != '\0' && strcmp(known->number, row->id.text) != 0;
}

/* Of the row's cells those that the import looks at; the others are empty. */
static void keep_cells(const struct roster_import *state, const struct sheet_row *row, const char *kept[SHEET_COLUMNS])
{
    for (size_t i = 0; i < row->count; i++)
        kept[i] = "";
    for (int column = 0; column < ROSTER_CELLS; column++) {
        int cell = state->map.cell[column];
        if (cell >= 0 && (size_t)cell < row->count)
            kept[cell] = row->cells[cell];
    }
}

void roster_defer(struct roster_import *state, const struct sheet_row *row, bool carried)
{
    const char *kept[SHEET_COLUMNS];
    struct roster_place *place = NULL;
    size_t size = row->count * sizeof(char *);
    keep_cells(state, row, kept);
    for (size_t i = 0; i < row->count; i++)
        size += strlen(kept[i]) + 1;
    size_t all = sizeof(struct deferred) + size + (carried ? sizeof(*place) : 0);
    if (all > DEFERRED_BYTES - state->deferred_bytes) {
        import_problem(state->import, row->number, "", _("too much of this file waits for its end: split it"));
        return;
    }
    struct deferred *fresh = calloc(1, sizeof(*fresh));
    char **cells = malloc(size);
    place = carried ? malloc(sizeof(*place)) : NULL;
    if (fresh == NULL || cells == NULL || (carried && place == NULL)) {
        free(fresh);
        free(cells);
        free(place);
        batch_fail(&state->import->batch, LINLI_E_NOMEM);
        return;
    }
    char *text = (char *)(cells + row->count);
    for (size_t i = 0; i < row->count; i++) {
        size_t length = strlen(kept[i]) + 1;
        cells[i] = memcpy(text, kept[i], length);
        text += length;
    }
    if (place != NULL)
        *place = state->place;
    *fresh = (struct deferred){.number = row->number, .count = row->count, .cells = cells, .from_1904 = row->from_1904, .place = place};
    *state->deferred_end = fresh;
    state->deferred_end = &fresh->next;
    state->deferred_bytes += all;
}

bool roster_may_go(struct roster_import *state, const struct sheet_row *at, const struct roster_row *row, uint32_t resident,
                   uint32_t patch)
{
    char words[WORDS_BYTES];
    enum roster_column column = row->id.text[0] != '\0' ? ROSTER_ID_NUMBER : ROSTER_NAME;
    if (resident == LOOKUP_NONE)
        return true;
    const struct known_resident *known = &state->known.residents[resident];
    if (known->row != 0 && known->row != at->number)
        snprintf(words, sizeof(words), _("the same person is in row %zu"), known->row);
    else if (known->patch != patch)
        snprintf(words, sizeof(words), _("this person is recorded in %s"), state->known.patches[known->patch].name);
    else
        return true;
    import_problem(state->import, at->number, state->map.heading[column], words);
    return false;
}

void roster_count(struct import *import, const struct outcome *outcome)
{
    if (outcome->created)
        import->created++;
    else if (outcome->updated)
        import->updated++;
    else
        import->unchanged++;
}

uint32_t roster_add_household(struct roster_import *state, const struct roster_row *row, uint32_t patch)
{
    uint32_t number = known_household_add(&state->known, patch, roster_building_of(state, row), row->text[ROSTER_UNIT],
                                          row->text[ROSTER_ROOM]);
    if (number == LOOKUP_NONE)
        batch_fail(&state->import->batch, LINLI_E_NOMEM);
    else
        create_household(state, row, state->known.households[number]);
    return number;
}

struct new_resident {
    const struct known *known;
    struct linli_value values[ROSTER_COLUMNS];
};

static const struct linli_value *value_of(const void *at, linli_field field)
{
    const struct new_resident *fresh = at;
    for (int column = ROSTER_NAME; column < ROSTER_COLUMNS; column++)
        if (fresh->known->of[column] == field && fresh->values[column].kind != LINLI_KIND_NIL)
            return &fresh->values[column];
    return NULL;
}

/* Never refused: two people may agree in all that is known of them, and a person may be recorded twice. */
static void tell_twins(struct roster_import *state, size_t row_number, const struct roster_row *row, uint32_t resident)
{
    struct known *known = &state->known;
    struct new_resident fresh = {.known = known};
    struct same_twin twins[SAME_TWINS];
    const struct same_subject subject = {known->resident, &known->scope, value_of, &fresh};
    for (int column = ROSTER_NAME; column < ROSTER_COLUMNS; column++)
        fresh.values[column] = roster_value(row, (enum roster_column)column);
    size_t count = same_find(&known->same, &subject, resident, twins, &known->broken);
    for (size_t i = 0; i < count; i++)
        import_twin(state->import, row_number, &known->residents[twins[i].number].id, known->residents[twins[i].number].made, twins[i].labels);
    if (known->broken)
        batch_fail(&state->import->batch, LINLI_E_NOMEM);
}

static uint32_t add_resident(struct roster_import *state, const struct roster_row *row, uint32_t household)
{
    linli_id id;
    const struct known_household *home = state->known.households[household];
    memset(&id, 0, sizeof(id));
    create_resident(state, row, home, &id);
    uint32_t number =
        known_resident_add(&state->known, &id, home->patch, household, row->text[ROSTER_NAME], row->id.text);
    if (number == LOOKUP_NONE)
        batch_fail(&state->import->batch, LINLI_E_NOMEM);
    return number;
}

static void take_row(struct roster_import *state, const struct sheet_row *at, const struct roster_row *row, bool last)
{
    struct outcome outcome = {false, false};
    uint32_t patch = known_patch_of(&state->known, roster_building_of(state, row));
    uint32_t household = known_household_at(&state->known, patch, roster_building_of(state, row), row->text[ROSTER_UNIT],
                                            row->text[ROSTER_ROOM]);
    uint32_t resident = match_resident(state, row, household);
    if (!last && must_wait(state, row, resident)) {
        roster_defer(state, at, row->carried);
        return;
    }
    if (!roster_may_go(state, at, row, resident, patch) ||
        (household != LOOKUP_NONE && !agrees(state, at, row, state->known.households[household])))
        return;
    if (household == LOOKUP_NONE && (household = roster_add_household(state, row, patch)) == LOOKUP_NONE)
        return;
    update_household(state, at, row, state->known.households[household], &outcome);
    if (resident == LOOKUP_NONE) {
        outcome.created = true;
        resident = add_resident(state, row, household);
        if (resident != LOOKUP_NONE) {
            state->known.residents[resident].made = at->number;
            tell_twins(state, at->number, row, resident);
        }
    } else {
        update_resident(state, row, state->known.households[household], &state->known.residents[resident].id, &outcome);
    }
    if (resident != LOOKUP_NONE)
        state->known.residents[resident].row = at->number;
    roster_count(state->import, &outcome);
    batch_step(&state->import->batch);
}

static void read_row(struct roster_import *state, const struct sheet_row *at, const struct roster_place *above, bool last)
{
    struct roster_row row;
    if (roster_return(state, at, last))
        return;
    bool good = roster_read(&state->map, at, state->import->today, above, &row);
    if (!last && !row.carried)
        roster_place_set(&state->place, &row);
    if (!good) {
        for (size_t i = 0; i < row.problem_count; i++) {
            enum roster_column column = row.problems[i].column;
            import_problem(state->import, at->number, state->map.heading[column], row.problems[i].words);
        }
        return;
    }
    if (roster_building_of(state, &row)[0] == '\0')
        import_problem(state->import, at->number, state->map.heading[ROSTER_BUILDING], _("the building is missing"));
    else
        take_row(state, at, &row, last);
}

/* ---- the kind ---- */

static bool roster_open(struct import *import, const struct sheet_row *headings, void **out)
{
    struct roster_map map;
    if (!roster_headings(headings, import->map, &map))
        return false;
    struct roster_import *state = calloc(1, sizeof(*state));
    if (state == NULL) {
        batch_fail(&import->batch, LINLI_E_NOMEM);
        return false;
    }
    state->import = import;
    state->map = map;
    state->deferred_end = &state->deferred;
    batch_fail(&import->batch, known_load(&state->known, import->ctx->store, &import->scope));
    *out = state;
    return true;
}

static void roster_take(struct import *import, void *state, const struct sheet_row *row)
{
    struct roster_import *roster = state;
    bool follows = row->number == roster->place_row + 1; /* nothing that could not be read lies between */
    (void)import;
    roster->place_row = row->number;
    read_row(roster, row, follows ? &roster->place : NULL, false);
}

static void roster_finish(struct import *import, void *opaque)
{
    struct roster_import *state = opaque;
    for (struct deferred *at = state->deferred; at != NULL && import->batch.status == STATUS_DONE; at = at->next) {
        struct sheet_row row = {.number = at->number, .count = at->count, .cells = at->cells, .from_1904 = at->from_1904};
        read_row(state, &row, at->place, true);
    }
}

static void roster_close(void *opaque)
{
    struct roster_import *state = opaque;
    while (state->deferred != NULL) {
        struct deferred *at = state->deferred;
        state->deferred = at->next;
        free(at->cells);
        free(at->place);
        free(at);
    }
    known_free(&state->known);
    free(state);
}

const struct import_kind import_roster = {"roster", roster_open, roster_take, roster_finish, roster_close};
