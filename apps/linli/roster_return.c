/*
 * Command line, roster import: a row that comes back from an export. What was exported is read again, out of the history where it
 * went on since, and goes the same way as the file's cells; a cell that is as it was says nothing. What differs is written with the
 * token of what was exported, so that it replaces that, and stands beside what somebody wrote meanwhile.
 */
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "roster_mark.h"
#include "roster_rows.h"
#include "text.h"

struct returned {
    struct roster_import *state;
    const struct sheet_row *at;
    struct roster_mark mark;
    uint32_t resident, household;           /* as known; the household may be LOOKUP_NONE */
    linli_record *now, *seen;               /* the resident; `seen` is `now` where nothing went on */
    linli_record *household_now, *household_seen;
    char *cells[ROSTER_COLUMNS];            /* as exported */
    struct roster_row row, base;            /* the file's cells, and the exported ones, both read in the same way */
    struct outcome outcome;
};

static void problem(const struct returned *it, const char *words)
{
    import_problem(it->state->import, it->at->number, it->state->map.heading[ROSTER_MARK], words);
}

/* ---- what was exported ---- */

/* `*seen` is what the token showed: the record itself where it is as it was. */
static int read_both(struct returned *it, const linli_id *id, linli_span token, linli_record **now, linli_record **seen)
{
    linli_store *store = it->state->import->ctx->store;
    bool closed = now == &it->household_now; /* nothing sealed of a household stands in a roster */
    int rc = closed ? linli_record_get_closed(store, id, now) : linli_record_get(store, id, now);
    if (rc != LINLI_OK)
        return rc;
    linli_span held = linli_record_token(*now);
    *seen = *now;
    if (held.size == token.size && memcmp(held.at, token.at, token.size) == 0)
        return LINLI_OK;
    *seen = NULL;
    return linli_record_get_seen(store, id, token, seen);
}

static bool read_cells(struct returned *it)
{
    const struct known *known = &it->state->known;
    struct roster_map map;
    struct sheet_row row = {.number = it->at->number, .count = ROSTER_COLUMNS, .cells = it->cells};
    memset(&map, 0, sizeof(map));
    for (int column = 0; column < ROSTER_COLUMNS; column++) {
        bool household = column < ROSTER_NAME;
        char *text = roster_cell(household ? known->household : known->resident, (enum roster_column)column,
                                 household ? it->household_seen : it->seen);
        size_t size = text != NULL ? strlen(text) : 0;
        if (text == NULL)
            return false;
        sheet_trim(text, &size);
        it->cells[column] = text;
        map.cell[column] = it->state->map.cell[column] >= 0 ? column : -1; /* what the file has no column for is not compared */
    }
    (void)roster_read(&map, &row, it->state->import->today, NULL, &it->base);
    return true;
}

/* False when the row cannot be taken; that is noted. */
static bool load(struct returned *it)
{
    static const linli_id none = {{0}};
    bool housed = memcmp(it->mark.household.b, none.b, sizeof(none.b)) != 0;
    it->household = housed ? known_household_by_id(&it->state->known, &it->mark.household) : LOOKUP_NONE;
    int rc = read_both(it, &it->mark.resident, it->mark.token, &it->now, &it->seen);
    if (rc == LINLI_OK && it->household != LOOKUP_NONE)
        rc = read_both(it, &it->mark.household, it->mark.household_token, &it->household_now, &it->household_seen);
    if (rc == LINLI_E_STALE || rc == LINLI_E_FORMAT)
        problem(it, _("it was exported from another store: import it there, or empty this column"));
    else if (rc != LINLI_OK || !read_cells(it))
        batch_fail(&it->state->import->batch, rc != LINLI_OK ? rc : LINLI_E_NOMEM);
    else
        return true;
    return false;
}

/* ---- what differs ---- */

static bool same_text(const struct returned *it, enum roster_column column)
{
    return it->state->map.cell[column] < 0 || strcmp(it->row.text[column], it->base.text[column]) == 0;
}

/* What was wrong when it was exported, and was left so, is for 'linli check' to say. */
static bool was_there(const struct returned *it, size_t fault)
{
    enum roster_column column = it->row.problems[fault].column;
    for (size_t i = 0; i < it->base.problem_count; i++)
        if (it->base.problems[i].column == column && it->base.problems[i].words == it->row.problems[fault].words)
            return same_text(it, column);
    return false;
}

static bool is_good(const struct returned *it)
{
    bool good = true;
    for (size_t i = 0; i < it->row.problem_count; i++) {
        if (was_there(it, i))
            continue;
        import_problem(it->state->import, it->at->number, it->state->map.heading[it->row.problems[i].column], it->row.problems[i].words);
        good = false;
    }
    return good;
}

static bool place_differs(const struct returned *it)
{
    return !same_text(it, ROSTER_BUILDING) || !same_text(it, ROSTER_UNIT) || !same_text(it, ROSTER_ROOM);
}

/* ---- writing ---- */

static struct linli_value value_in(const linli_record *record, linli_field field)
{
    const struct linli_reading *reading = linli_record_field(record, field);
    return reading != NULL ? reading->value : linli_nil();
}

static bool shows_otherwise(const linli_record *one, const linli_record *other, linli_field field)
{
    struct linli_value a = value_in(one, field), b = value_in(other, field);
    return !linli_value_equal(&a, &b);
}

struct standing {
    linli_field field;
    const struct linli_value *value;
    bool found;
};

static bool on_conflict(void *at, const struct linli_conflict *conflict)
{
    struct standing *standing = at;
    for (size_t i = 0; i < conflict->value_count; i++)
        if (conflict->values[i].field == standing->field && linli_value_equal(&conflict->values[i].value, standing->value))
            standing->found = true;
    return !standing->found;
}

/* Whether the record says so already, or it stands beside what the record says. */
static bool is_said(struct returned *it, const linli_record *now, linli_field field, const struct linli_value *value)
{
    struct linli_value shown = value_in(now, field);
    const struct linli_reading *reading = linli_record_field(now, field);
    struct standing standing = {.field = field, .value = value, .found = linli_value_equal(&shown, value)};
    if (!standing.found && reading != NULL && reading->conflicts > 0)
        batch_fail(&it->state->import->batch,
                   linli_conflict_each(it->state->import->ctx->store, NULL, linli_record_id(now), on_conflict, &standing));
    return standing.found;
}

/* One corrected cell, unless the record has come to say so by itself. */
static void correct(struct returned *it, bool household, linli_field field, struct linli_value value)
{
    const linli_record *now = household ? it->household_now : it->now, *seen = household ? it->household_seen : it->seen;
    const linli_id *id = household ? &it->mark.household : &it->mark.resident;
    if (is_said(it, now, field, &value))
        return;
    it->outcome.updated = true;
    it->state->import->conflicts += shows_otherwise(now, seen, field) ? 1 : 0;
    if (!it->state->import->dry)
        batch_set(&it->state->import->batch, id, household ? it->mark.household_token : it->mark.token, field, value);
}

static void correct_resident(struct returned *it)
{
    for (int column = ROSTER_NAME; column < ROSTER_COLUMNS; column++) {
        struct linli_value value = roster_value(&it->row, (enum roster_column)column);
        struct linli_value before = roster_value(&it->base, (enum roster_column)column);
        if (it->state->map.cell[column] >= 0 && !linli_value_equal(&value, &before))
            correct(it, false, it->state->known.of[column], value);
    }
}

/* A household stands in the row of each member: the first that was corrected says it, another must not say otherwise. */
static bool household_agrees(const struct returned *it, const struct known_household *household)
{
    char words[160];
    bool head = !same_text(it, ROSTER_HEAD) && household->head_row != 0 && strcmp(it->row.text[ROSTER_HEAD], household->head) != 0;
    bool tenure = it->row.tenure != it->base.tenure && household->tenure_row != 0 && it->row.tenure != household->tenure;
    if (!head && !tenure)
        return true;
    snprintf(words, sizeof(words), _("row %zu says otherwise of the same household"), head ? household->head_row : household->tenure_row);
    import_problem(it->state->import, it->at->number, it->state->map.heading[head ? ROSTER_HEAD : ROSTER_TENURE], words);
    return false;
}

static void correct_household(struct returned *it, struct known_household *household)
{
    const linli_field *of = it->state->known.of;
    const char *head = it->row.text[ROSTER_HEAD], *floor = it->row.text[ROSTER_FLOOR];
    if (!same_text(it, ROSTER_HEAD) && head[0] != '\0' && household->head_row == 0) {
        correct(it, true, of[ROSTER_HEAD], linli_text(head));
        snprintf(household->head, sizeof(household->head), "%s", head);
        household->head_row = it->at->number;
    }
    if (it->row.tenure >= 0 && it->row.tenure != it->base.tenure && household->tenure_row == 0) {
        correct(it, true, of[ROSTER_TENURE], linli_int(it->row.tenure));
        household->tenure = it->row.tenure;
        household->tenure_row = it->at->number;
    }
    bool stands = it->row.derived[ROSTER_FLOOR] && household->floor[0] != '\0'; /* an emptied cell says nothing */
    if (!same_text(it, ROSTER_FLOOR) && floor[0] != '\0' && !stands && strncmp(floor, household->floor, sizeof(household->floor) - 1) != 0) {
        correct(it, true, of[ROSTER_FLOOR], linli_text(floor));
        snprintf(household->floor, sizeof(household->floor), "%s", floor);
    }
}

/* The whole household has another address: all its rows of the file say so, and nobody lives there. */
static void readdress(struct returned *it, struct known *known)
{
    static const enum roster_column columns[] = {ROSTER_BUILDING, ROSTER_UNIT, ROSTER_ROOM};
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        if (!same_text(it, columns[i]) && it->row.text[columns[i]][0] != '\0')
            correct(it, true, known->of[columns[i]], linli_text(it->row.text[columns[i]]));
    const char *building = roster_building_of(it->state, &it->row);
    if (!known_place_put(known, it->household, building, it->row.text[ROSTER_UNIT], it->row.text[ROSTER_ROOM]))
        batch_fail(&it->state->import->batch, LINLI_E_NOMEM);
}

/* To another household, or with the whole of it to another address. */
static void move(struct returned *it)
{
    struct known *known = &it->state->known;
    const char *building = roster_building_of(it->state, &it->row);
    uint32_t patch = known->residents[it->resident].patch;
    uint32_t to = known_household_at(known, patch, building, it->row.text[ROSTER_UNIT], it->row.text[ROSTER_ROOM]);
    if (to == LOOKUP_NONE && it->household != LOOKUP_NONE && known->households[it->household]->kept == 0) {
        readdress(it, known);
        return;
    }
    if (to == LOOKUP_NONE)
        to = roster_add_household(it->state, &it->row, patch);
    if (to == LOOKUP_NONE || to == it->household)
        return;
    correct(it, false, known->in_household, linli_ref(&known->households[to]->id));
}

static void take(struct returned *it, bool last)
{
    struct roster_import *state = it->state;
    bool moved = place_differs(it);
    struct known_household *household = it->household != LOOKUP_NONE ? state->known.households[it->household] : NULL;
    uint32_t patch = moved ? known_patch_of(&state->known, roster_building_of(state, &it->row)) : state->known.residents[it->resident].patch;
    if (!is_good(it) || !roster_may_go(state, it->at, &it->row, it->resident, patch) || (household != NULL && !household_agrees(it, household)))
        return;
    state->known.residents[it->resident].row = it->at->number;
    if (moved && !last) { /* whether all of the household moves is known at the end of the file */
        roster_defer(state, it->at, false);
        return;
    }
    if (!moved && household != NULL)
        household->kept++;
    correct_resident(it);
    if (moved)
        move(it);
    if (household != NULL)
        correct_household(it, household);
    roster_count(state->import, &it->outcome);
    batch_step(&state->import->batch);
}

bool roster_return(struct roster_import *state, const struct sheet_row *at, bool last)
{
    int cell = state->map.cell[ROSTER_MARK];
    struct returned *it = NULL;
    if (cell < 0 || (size_t)cell >= at->count || at->cells[cell][0] == '\0')
        return false;
    it = calloc(1, sizeof(*it));
    if (it == NULL) {
        batch_fail(&state->import->batch, LINLI_E_NOMEM);
        return true;
    }
    it->state = state;
    it->at = at;
    if (!roster_mark_read(at->cells[cell], &it->mark)) {
        problem(it, _("this cell was changed: bring back what it was, or empty it for somebody new"));
    } else if ((it->resident = known_by_id(&state->known, &it->mark.resident)) == LOOKUP_NONE) {
        problem(it, _("this person is not recorded here any more: empty this cell to record them anew"));
    } else if (load(it)) {
        (void)roster_read(&state->map, at, state->import->today, NULL, &it->row);
        take(it, last);
    }
    if (it->seen != it->now)
        linli_record_free(it->seen);
    if (it->household_seen != it->household_now)
        linli_record_free(it->household_seen);
    linli_record_free(it->now);
    linli_record_free(it->household_now);
    for (int column = 0; column < ROSTER_COLUMNS; column++)
        free(it->cells[column]);
    roster_mark_free(&it->mark);
    free(it);
    return true;
}
