/* Command line, captains import: who looks after which patch, as appointments in that patch. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "heading.h"
#include "import.h"
#include "lookup.h"
#include "roster.h"
#include "shape.h"
#include "text.h"
#include "value.h"

enum { PATCH_MAX = 200000, PATH_BYTES = 1024, KEY_BYTES = 512 };

enum column { NAME, PATCH, PHONE, ROLE, HOW, SINCE, UNTIL, COLUMNS };
static const heading_names names[COLUMNS] = {
    [NAME] = {"姓名", "楼栋长", "楼栋长姓名", "十户长", "负责人", "name", "captain"},
    [PATCH] = {"责任区", "片区", "负责片区", "负责楼栋", "网格", "patch", "scope"},
    [PHONE] = {"手机号", "联系电话", "电话", "手机", "手机号码", "联系方式", "phone", "mobile"},
    [ROLE] = {"职务", "role"},
    [HOW] = {"产生方式", "how"},
    [SINCE] = {"任职日期", "任职时间", "since"},
    [UNTIL] = {"离任日期", "离任时间", "until"},
};
static const char *const field_names[COLUMNS] = {"name", "patch", "phone", "role", "how", "since", "until"};

struct appointment {
    linli_id id;
    size_t row; /* of the file, once matched */
};

struct state {
    struct import *import;
    int cell[COLUMNS];
    char heading[COLUMNS][HEADING_BYTES];
    const struct linli_schema_type *type;
    const struct linli_schema_field *of[COLUMNS];
    linli_id *patches;
    uint32_t patch_count, patch_room;
    struct lookup paths; /* path, path below --scope, and name alone where it is one's -> number, or AMBIGUOUS */
    char top[PATH_BYTES];
    struct appointment *there;
    uint32_t count, room;
    struct lookup keys;
    bool broken;
};

enum { AMBIGUOUS = PATCH_MAX + 1 };

static void *grown(void *at, uint32_t count, uint32_t *room, size_t size, uint32_t most)
{
    if (count < *room)
        return at;
    uint32_t larger = *room == 0 ? 64 : *room * 2;
    void *fresh = count < most ? realloc(at, larger * size) : NULL;
    *room = fresh != NULL ? larger : *room;
    return fresh;
}

/* ---- what is there ---- */

static bool put_path(struct state *state, const char *path, uint32_t number)
{
    char key[PATH_BYTES];
    roster_building_key(path, key, sizeof(key));
    uint32_t before = lookup_find(&state->paths, key, strlen(key));
    if (before != LOOKUP_NONE && before != number)
        number = AMBIGUOUS;
    return lookup_put(&state->paths, key, strlen(key), number);
}

static bool load_scope(void *at, const struct linli_scope *scope)
{
    struct state *state = at;
    size_t top = strlen(state->top);
    bool self = memcmp(scope->id.b, state->import->scope.b, sizeof(scope->id.b)) == 0;
    if (self)
        snprintf(state->top, sizeof(state->top), "%s", scope->path);
    else if (top == 0 || strncmp(scope->path, state->top, top) != 0 || scope->path[top] != '/')
        return true; /* parents come first, so what is below --scope follows it */
    linli_id *larger = grown(state->patches, state->patch_count, &state->patch_room, sizeof(*larger), PATCH_MAX);
    if (larger == NULL) {
        state->broken = true;
        return false;
    }
    state->patches = larger;
    state->patches[state->patch_count] = scope->id;
    uint32_t number = state->patch_count++;
    state->broken = !put_path(state, scope->path, number) || !put_path(state, scope->name, number) ||
                    (!self && !put_path(state, scope->path + top + 1, number));
    return !state->broken;
}

/* What tells an appointment from others. Who returns has another term, so one that is over is known by its dates, too. */
struct term {
    const char *name, *since, *until; /* dates "" where they are not said */
    int64_t role;
    const linli_id *patch;
};
enum { NOW = 'n', BEGAN = 'b', ENDED = 'e' };

static size_t key_of(const struct term *term, int by, const char *date, char key[KEY_BYTES])
{
    size_t used = sizeof(term->patch->b);
    memcpy(key, term->patch->b, used);
    return used + (size_t)snprintf(key + used, KEY_BYTES - used, "%lld\x1f%c%s\x1f%s", (long long)term->role, by, date, term->name);
}

static uint32_t find_by(const struct state *state, const struct term *term, int by, const char *date)
{
    char key[KEY_BYTES];
    size_t size = key_of(term, by, date, key);
    return by == NOW || date[0] != '\0' ? lookup_find(&state->keys, key, size) : LOOKUP_NONE;
}

/* The first found stands for all that are called so. */
static bool put_by(struct state *state, const struct term *term, int by, const char *date, uint32_t number)
{
    char key[KEY_BYTES];
    size_t size = key_of(term, by, date, key);
    return find_by(state, term, by, date) != LOOKUP_NONE || lookup_put(&state->keys, key, size, number);
}

static bool is_over(const struct state *state, const struct term *term)
{
    return term->until[0] != '\0' && strcmp(term->until, state->import->date) < 0;
}

static uint32_t find_term(const struct state *state, const struct term *term)
{
    uint32_t found = find_by(state, term, BEGAN, term->since);
    if (found == LOOKUP_NONE)
        found = find_by(state, term, ENDED, term->until);
    return found != LOOKUP_NONE ? found : find_by(state, term, NOW, "");
}

static bool put_term(struct state *state, const struct term *term, uint32_t number)
{
    if (!is_over(state, term))
        return put_by(state, term, NOW, "", number);
    return put_by(state, term, BEGAN, term->since, number) && put_by(state, term, ENDED, term->until, number);
}

static struct appointment *add_appointment(struct state *state, const struct term *term)
{
    struct appointment *larger = grown(state->there, state->count, &state->room, sizeof(*larger), LOOKUP_MAX);
    state->there = larger != NULL ? larger : state->there;
    if (larger == NULL || !put_term(state, term, state->count)) {
        state->broken = true;
        return NULL;
    }
    struct appointment *fresh = &state->there[state->count++];
    memset(fresh, 0, sizeof(*fresh));
    return fresh;
}

static bool load_appointment(void *at, const linli_record *record)
{
    struct state *state = at;
    char name[SHAPE_NAME_MAX * 4 + 1], since[DATES_DATE_BYTES], until[DATES_DATE_BYTES];
    const struct linli_reading *role = linli_record_field(record, state->of[ROLE]->number);
    const struct linli_reading *patch = linli_record_field(record, state->of[PATCH]->number);
    if (role == NULL || patch == NULL || role->value.kind != LINLI_KIND_INT || patch->value.kind != LINLI_KIND_ID)
        return true;
    import_text(record, state->of[NAME]->number, name, sizeof(name));
    import_text(record, state->of[SINCE]->number, since, sizeof(since));
    import_text(record, state->of[UNTIL]->number, until, sizeof(until));
    sheet_one_point(name);
    const struct term term = {name, since, until, role->value.number, &patch->value.id};
    struct appointment *fresh = add_appointment(state, &term);
    if (fresh != NULL)
        fresh->id = *linli_record_id(record);
    return fresh != NULL;
}

static int load(struct state *state)
{
    state->type = linli_schema_type_by_name("appointment");
    for (int column = 0; column < COLUMNS; column++) {
        state->of[column] = state->type != NULL ? linli_schema_field_by_name(state->type, field_names[column]) : NULL;
        if (state->of[column] == NULL)
            return LINLI_E_SCHEMA;
    }
    struct linli_query query = {.type = state->type->number, .scope = &state->import->scope, .subtree = true, .closed = true};
    int rc = linli_scope_each(state->import->ctx->store, load_scope, state);
    if (rc == LINLI_OK && !state->broken)
        rc = linli_query_each(state->import->ctx->store, &query, load_appointment, state);
    return rc == LINLI_OK && state->broken ? LINLI_E_NOMEM : rc;
}

static bool captains_open(struct import *import, const struct sheet_row *headings, void **out)
{
    struct state *state = calloc(1, sizeof(*state));
    if (state == NULL) {
        batch_fail(&import->batch, LINLI_E_NOMEM);
        return false;
    }
    if (!heading_map(headings, import->map, names, COLUMNS, state->cell, state->heading) || state->cell[NAME] < 0 ||
        state->cell[PATCH] < 0) {
        free(state);
        return false;
    }
    state->import = import;
    *out = state;
    batch_fail(&import->batch, load(state));
    return true;
}

/* ---- a row ---- */

static void problem(const struct state *state, const struct sheet_row *row, enum column column, const char *words)
{
    import_problem(state->import, row->number, state->heading[column], words);
}

static char *cell(const struct state *state, const struct sheet_row *row, enum column column)
{
    static char nothing[1];
    int at = state->cell[column];
    return at >= 0 && (size_t)at < row->count ? row->cells[at] : nothing;
}

struct captain {
    struct value values[COLUMNS];
    char phone[SHAPE_PHONE_BYTES], since[DATES_DATE_BYTES], until[DATES_DATE_BYTES];
    const linli_id *patch;
};

static const char *fault_of(struct state *state, const struct sheet_row *row, enum column column, struct captain *out)
{
    char key[PATH_BYTES];
    char *text = cell(state, row, column), *date = column == SINCE ? out->since : out->until;
    roster_halve(text);
    const char *spoilt = sheet_spoilt(text, column == PHONE);
    if (text[0] == '\0')
        return column == NAME || column == PATCH ? _("it is missing") : NULL;
    if (spoilt != NULL)
        return spoilt;
    if (column == NAME) {
        sheet_one_point(text);
        if (!shape_name(text))
            return _("a name has at most 50 characters");
    }
    if (column == PATCH) {
        roster_building_key(text, key, sizeof(key));
        uint32_t number = lookup_find(&state->paths, key, strlen(key));
        if (number == AMBIGUOUS)
            return _("several scopes are called so: write the path");
        out->patch = number != LOOKUP_NONE ? &state->patches[number] : NULL;
        return out->patch == NULL ? _("there is no such scope below --scope") : NULL;
    }
    if (column == PHONE) {
        if (!shape_phone(text, out->phone))
            return _("this is no phone number");
        text = out->phone;
    }
    if ((column == SINCE || column == UNTIL) && roster_date(text, row->from_1904, date))
        text = date;
    int rc = value_read(state->of[column], text, &out->values[column]);
    if (rc == LINLI_E_NOMEM)
        batch_fail(&state->import->batch, rc);
    return rc != LINLI_OK ? value_hint(state->of[column]) : NULL;
}

static void write_one(struct state *state, struct appointment *at, const struct captain *captain, const linli_record *before)
{
    const linli_span token = before != NULL ? linli_record_token(before) : (linli_span){NULL, 0};
    bool changed = false;
    for (int column = 0; column < COLUMNS; column++) {
        struct linli_value value = captain->values[column].value;
        if (value.kind == LINLI_KIND_NIL || (before != NULL && !import_differs(before, state->of[column]->number, &value)))
            continue;
        changed = true;
        if (!state->import->dry)
            batch_set(&state->import->batch, &at->id, token, state->of[column]->number, value);
    }
    if (before == NULL)
        state->import->created++;
    else if (changed)
        state->import->updated++;
    else
        state->import->unchanged++;
}

static void old_captain(struct state *state, struct appointment *at, const struct captain *captain)
{
    linli_record *record = NULL;
    int rc = linli_record_get(state->import->ctx->store, &at->id, &record);
    batch_fail(&state->import->batch, rc);
    if (rc == LINLI_OK)
        write_one(state, at, captain, record);
    linli_record_free(record);
}

/* Where the row does not say, a captain is a building captain, from the day that --date says. */
static void new_captain(struct state *state, const struct sheet_row *row, struct captain *captain, const struct term *term)
{
    struct appointment *at = add_appointment(state, term);
    if (at == NULL) {
        batch_fail(&state->import->batch, LINLI_E_NOMEM);
        return;
    }
    if (captain->values[SINCE].value.kind == LINLI_KIND_NIL)
        captain->values[SINCE].value = linli_text(state->import->date);
    if (!state->import->dry)
        batch_create(&state->import->batch, captain->patch, state->type->number, &at->id);
    at->row = row->number;
    write_one(state, at, captain, NULL);
}

static void take_captain(struct state *state, const struct sheet_row *row, struct captain *captain)
{
    char words[120];
    captain->values[PATCH].value = linli_ref(captain->patch);
    if (captain->values[ROLE].value.kind == LINLI_KIND_NIL)
        captain->values[ROLE].value = linli_int(1);
    const struct term term = {cell(state, row, NAME), captain->since, captain->until, captain->values[ROLE].value.number, captain->patch};
    uint32_t known = find_term(state, &term);
    if (known == LOOKUP_NONE) {
        new_captain(state, row, captain, &term);
    } else if (state->there[known].row != 0) {
        snprintf(words, sizeof(words), _("the same person is in row %zu"), state->there[known].row);
        problem(state, row, NAME, words);
    } else {
        state->there[known].row = row->number;
        old_captain(state, &state->there[known], captain);
    }
    batch_step(&state->import->batch);
}

static void captains_row(struct import *import, void *opaque, const struct sheet_row *row)
{
    struct state *state = opaque;
    struct captain captain;
    bool good = true;
    (void)import;
    memset(&captain, 0, sizeof(captain));
    for (int column = 0; column < COLUMNS; column++) {
        captain.values[column].value = linli_nil();
        const char *wrong = fault_of(state, row, (enum column)column, &captain);
        if (wrong != NULL)
            problem(state, row, (enum column)column, wrong);
        good = good && wrong == NULL;
    }
    if (good)
        take_captain(state, row, &captain);
    for (int column = 0; column < COLUMNS; column++)
        value_free(&captain.values[column]);
}

static void captains_close(void *opaque)
{
    struct state *state = opaque;
    free(state->patches);
    free(state->there);
    lookup_free(&state->paths);
    lookup_free(&state->keys);
    free(state);
}

const struct import_kind import_captains = {"captains", captains_open, captains_row, NULL, captains_close};
