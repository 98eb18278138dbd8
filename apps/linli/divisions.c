/* Command line, divisions import: the tree of districts, streets and communities below a city, by its codes. */
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "import.h"
#include "lookup.h"
#include "text.h"

enum { CODE_BYTES = 13, NAME_BYTES = 256, SCOPES_MAX = 200000, DATED_BYTES = 24 };

enum column { CODE, NAME, LEVEL, PARENT, URBAN_RURAL, COLUMNS };
static const char *const headings[COLUMNS][3] = {{"code", "代码", "区划代码"},
                                                 {"name", "名称", "区划名称"},
                                                 {"level", "级别", "层级"},
                                                 {"parent", "上级", "上级代码"},
                                                 {"urban_rural", "城乡分类", "城乡分类代码"}};

/* A scope that is there, or a row that will become one. */
struct area {
    linli_id id;
    char code[CODE_BYTES], parent[CODE_BYTES], urban_rural[8], name[NAME_BYTES];
    enum linli_scope_kind kind;
    size_t row; /* 0 = was there before */
    bool fresh, dated;
};

struct state {
    struct import *import;
    int cell[COLUMNS];
    char heading[COLUMNS][NAME_BYTES];
    struct area *areas;
    uint32_t count, room;
    struct lookup codes;
    struct {
        const struct linli_schema_type *type;
        linli_field name, division, divisions, urban_rural;
    } scope;
    enum linli_scope_kind into; /* kind of the scope that --scope names */
    bool broken;
};

static struct area *add_area(struct state *state)
{
    if (state->count == state->room) {
        uint32_t room = state->room == 0 ? 256 : state->room * 2;
        struct area *larger = room <= 2 * SCOPES_MAX ? realloc(state->areas, room * sizeof(*larger)) : NULL;
        if (larger == NULL) {
            state->broken = true;
            return NULL;
        }
        state->areas = larger;
        state->room = room;
    }
    struct area *area = &state->areas[state->count++];
    memset(area, 0, sizeof(*area));
    return area;
}

/* Codes are compared at their full twelve digits. */
static bool read_code(const char *text, char *code)
{
    size_t size = strlen(text);
    if ((size != 6 && size != 9 && size != 12) || strspn(text, "0123456789") != size)
        return false;
    memset(code, '0', CODE_BYTES - 1);
    memcpy(code, text, size);
    code[CODE_BYTES - 1] = '\0';
    return true;
}

static bool load_scope(void *at, const struct linli_scope *scope)
{
    struct state *state = at;
    char code[CODE_BYTES];
    if (memcmp(scope->id.b, state->import->scope.b, sizeof(scope->id.b)) == 0)
        state->into = scope->kind;
    if (scope->division == NULL || !read_code(scope->division, code))
        return true;
    struct area *area = add_area(state);
    if (area == NULL)
        return false;
    area->id = scope->id;
    area->kind = scope->kind;
    memcpy(area->code, code, sizeof(code));
    snprintf(area->name, sizeof(area->name), "%s", scope->name);
    if (!lookup_put(&state->codes, code, CODE_BYTES - 1, state->count - 1))
        state->broken = true;
    return !state->broken;
}

static int read_level(const char *text, enum linli_scope_kind *kind)
{
    static const struct {
        const char *word;
        int kind; /* 0 = province: above the root */
    } levels[] = {{"province", 0},          {"city", LINLI_CITY},     {"county", LINLI_DISTRICT},
                  {"district", LINLI_DISTRICT}, {"street", LINLI_STREET}, {"town", LINLI_STREET},
                  {"community", LINLI_COMMUNITY}, {"village", LINLI_COMMUNITY}};
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
        if (strcmp(levels[i].word, text) == 0) {
            *kind = levels[i].kind == 0 ? LINLI_CITY : (enum linli_scope_kind)levels[i].kind;
            return levels[i].kind;
        }
    return -1;
}

static const char *cell(const struct state *state, const struct sheet_row *row, enum column column)
{
    int at = state->cell[column];
    return at >= 0 && (size_t)at < row->count ? row->cells[at] : "";
}

static bool divisions_open(struct import *import, const struct sheet_row *row, void **out)
{
    struct state *state = calloc(1, sizeof(*state));
    if (state == NULL) {
        batch_fail(&import->batch, LINLI_E_NOMEM);
        return false;
    }
    for (int column = 0; column < COLUMNS; column++) {
        state->cell[column] = -1;
        for (size_t i = 0; i < row->count; i++)
            for (size_t n = 0; n < 3; n++)
                if (strcmp(row->cells[i], headings[column][n]) == 0 && state->cell[column] < 0) {
                    state->cell[column] = (int)i;
                    snprintf(state->heading[column], NAME_BYTES, "%s", row->cells[i]);
                }
    }
    if (state->cell[CODE] < 0 || state->cell[NAME] < 0 || state->cell[LEVEL] < 0 || state->cell[PARENT] < 0) {
        free(state);
        return false;
    }
    state->import = import;
    *out = state;
    state->scope.type = linli_schema_type_by_name("scope");
    static const char *const names[] = {"name", "division", "divisions", "urban_rural"};
    linli_field *fields[] = {&state->scope.name, &state->scope.division, &state->scope.divisions,
                             &state->scope.urban_rural};
    for (size_t i = 0; i < 4; i++) {
        const struct linli_schema_field *field =
            state->scope.type != NULL ? linli_schema_field_by_name(state->scope.type, names[i]) : NULL;
        if (field == NULL) {
            batch_fail(&import->batch, LINLI_E_SCHEMA);
            return true;
        }
        *fields[i] = field->number;
    }
    batch_fail(&import->batch, linli_scope_each(import->ctx->store, load_scope, state));
    batch_fail(&import->batch, state->broken ? LINLI_E_NOMEM : LINLI_OK);
    return true;
}

static void problem(struct state *state, const struct sheet_row *row, enum column column, const char *words)
{
    import_problem(state->import, row->number, state->heading[column], words);
}

/* ---- an area that is there ---- */

static bool has_dated(const linli_record *record, linli_field field, const char *code)
{
    const struct linli_reading *reading = linli_record_field(record, field);
    size_t size = strlen(code);
    for (size_t i = 0; reading != NULL && i < reading->count; i++) {
        linli_span text = reading->values[i].bytes;
        if (text.size > size && memcmp(text.at, code, size) == 0 && text.at[size] == '@')
            return true;
    }
    return false;
}

static char *dated(const struct state *state, const char *code, char *out)
{
    snprintf(out, DATED_BYTES, "%s@%s", code, state->import->date);
    return out;
}

static void compare(struct state *state, const struct area *area, const struct sheet_row *row)
{
    struct import *import = state->import;
    linli_record *record = NULL;
    char code[DATED_BYTES];
    const char *urban_rural = cell(state, row, URBAN_RURAL);
    struct linli_value name = linli_text(cell(state, row, NAME)), kind = linli_text(urban_rural);
    int rc = linli_record_get(import->ctx->store, &area->id, &record);
    batch_fail(&import->batch, rc);
    if (rc != LINLI_OK)
        return;
    linli_span token = linli_record_token(record);
    bool renamed = area->kind != LINLI_CITY && import_differs(record, state->scope.name, &name);
    bool changed_kind = urban_rural[0] != '\0' && import_differs(record, state->scope.urban_rural, &kind);
    bool undated = area->kind != LINLI_CITY && !has_dated(record, state->scope.divisions, area->code);
    linli_txn *txn = (renamed || changed_kind || undated) && !import->dry ? batch_txn(&import->batch) : NULL;
    if (txn != NULL && renamed)
        batch_fail(&import->batch, linli_record_set(txn, &area->id, token, state->scope.name, &name));
    if (txn != NULL && changed_kind)
        batch_fail(&import->batch, linli_record_set(txn, &area->id, token, state->scope.urban_rural, &kind));
    if (txn != NULL && undated) {
        struct linli_value value = linli_text(dated(state, area->code, code));
        batch_fail(&import->batch, linli_record_add(txn, &area->id, token, state->scope.divisions, &value));
    }
    linli_record_free(record);
    if (renamed || changed_kind || undated)
        import->updated++;
    else
        import->unchanged++;
    batch_step(&import->batch);
}

/* ---- a row ---- */

static void keep_row(struct state *state, const struct sheet_row *row, const char *code, enum linli_scope_kind kind)
{
    char parent[CODE_BYTES];
    if (!read_code(cell(state, row, PARENT), parent)) {
        problem(state, row, PARENT, _("a division code has 6, 9 or 12 digits"));
        return;
    }
    if (lookup_find(&state->codes, parent, CODE_BYTES - 1) == LOOKUP_NONE) {
        problem(state, row, PARENT, _("no row before this one, and no scope here, has this code"));
        return;
    }
    if ((unsigned)state->areas[lookup_find(&state->codes, parent, CODE_BYTES - 1)].kind >= (unsigned)kind) {
        problem(state, row, PARENT, _("it is not above this one: city, county, street, community is the order"));
        return;
    }
    struct area *area = add_area(state);
    if (area == NULL || !lookup_put(&state->codes, code, CODE_BYTES - 1, state->count - 1)) {
        batch_fail(&state->import->batch, LINLI_E_NOMEM);
        return;
    }
    memcpy(area->code, code, CODE_BYTES);
    memcpy(area->parent, parent, CODE_BYTES);
    snprintf(area->name, sizeof(area->name), "%s", cell(state, row, NAME));
    snprintf(area->urban_rural, sizeof(area->urban_rural), "%s", cell(state, row, URBAN_RURAL));
    area->kind = kind;
    area->row = row->number;
    area->fresh = true;
}

static void divisions_row(struct import *import, void *opaque, const struct sheet_row *row)
{
    struct state *state = opaque;
    char code[CODE_BYTES];
    enum linli_scope_kind kind = LINLI_CITY;
    int level = read_level(cell(state, row, LEVEL), &kind);
    const char *name = cell(state, row, NAME);
    for (int column = 0; column < COLUMNS; column++) {
        const char *spoilt = sheet_spoilt(cell(state, row, (enum column)column), column == CODE || column == PARENT);
        if (spoilt != NULL)
            problem(state, row, (enum column)column, spoilt);
    }
    if (import->last_bad_row == row->number)
        return;
    if (!read_code(cell(state, row, CODE), code))
        problem(state, row, CODE, _("a division code has 6, 9 or 12 digits"));
    else if (level < 0)
        problem(state, row, LEVEL, _("this is none of province, city, county, street, community"));
    else if (name[0] == '\0' || strlen(name) >= NAME_BYTES || strchr(name, '/') != NULL)
        problem(state, row, NAME, _("the name is missing, too long or holds a '/'"));
    if (import->last_bad_row == row->number)
        return;
    if (level == 0) { /* the province lies above the root */
        import->unchanged++;
        return;
    }
    uint32_t known = lookup_find(&state->codes, code, CODE_BYTES - 1);
    if (known != LOOKUP_NONE && state->areas[known].fresh)
        problem(state, row, CODE, _("an earlier row has this code"));
    else if (known != LOOKUP_NONE)
        compare(state, &state->areas[known], row);
    else if (level == LINLI_CITY && state->into != LINLI_CITY)
        problem(state, row, LEVEL, _("--scope names no city"));
    else if (level == LINLI_CITY && lookup_put(&state->codes, code, CODE_BYTES - 1, state->count)) {
        struct area *city = add_area(state); /* the root was made without its code */
        if (city != NULL) {
            memcpy(city->code, code, CODE_BYTES);
            city->id = import->scope;
            city->kind = LINLI_CITY;
        }
        import->unchanged++;
    } else
        keep_row(state, row, code, kind);
}

/* ---- new areas, a level at a time: parents have their ids before children need them ---- */

struct level {
    linli_id *parents, *ids;
    struct linli_scope_spec *specs;
    uint32_t *which; /* areas of this level */
    uint32_t count;
};

static void gather(struct state *state, unsigned kind, struct level *level)
{
    level->count = 0;
    for (uint32_t i = 0; i < state->count; i++) {
        struct area *area = &state->areas[i];
        if (!area->fresh || (unsigned)area->kind != kind)
            continue;
        uint32_t parent = lookup_find(&state->codes, area->parent, CODE_BYTES - 1);
        level->parents[level->count] = state->areas[parent].id;
        level->specs[level->count] = (struct linli_scope_spec){
            .name = area->name, .kind = area->kind, .division = area->code,
            .urban_rural = area->urban_rural[0] != '\0' ? area->urban_rural : NULL};
        level->which[level->count++] = i;
    }
}

static void date_new(struct state *state, const struct level *level)
{
    char code[DATED_BYTES];
    for (uint32_t i = 0; i < level->count; i++) {
        const struct area *area = &state->areas[level->which[i]];
        linli_txn *txn = batch_txn(&state->import->batch);
        if (txn == NULL)
            return;
        struct linli_value value = linli_text(dated(state, area->code, code));
        batch_fail(&state->import->batch,
                    linli_record_add(txn, &area->id, (linli_span){NULL, 0}, state->scope.divisions, &value));
        batch_step(&state->import->batch);
    }
}

static void add_level(struct state *state, struct level *level)
{
    struct import *import = state->import;
    if (level->count == 0 || import->batch.status != STATUS_DONE)
        return;
    import->created += level->count;
    if (import->dry)
        return;
    int rc = linli_scope_add_many(import->ctx->store, level->parents, level->specs, level->count, level->ids);
    batch_fail(&import->batch, rc);
    for (uint32_t i = 0; rc == LINLI_OK && i < level->count; i++)
        state->areas[level->which[i]].id = level->ids[i];
    if (rc == LINLI_OK)
        date_new(state, level);
}

static void divisions_finish(struct import *import, void *opaque)
{
    struct state *state = opaque;
    size_t room = state->count + 1u;
    struct level level = {.parents = calloc(room, sizeof(linli_id)),
                          .ids = calloc(room, sizeof(linli_id)),
                          .specs = calloc(room, sizeof(struct linli_scope_spec)),
                          .which = calloc(room, sizeof(uint32_t))};
    batch_flush(&import->batch);
    if (level.parents == NULL || level.ids == NULL || level.specs == NULL || level.which == NULL)
        batch_fail(&import->batch, LINLI_E_NOMEM);
    else
        for (unsigned kind = LINLI_DISTRICT; kind <= LINLI_COMMUNITY && import->batch.status == STATUS_DONE; kind++) {
            gather(state, kind, &level);
            add_level(state, &level);
        }
    free(level.parents);
    free(level.ids);
    free(level.specs);
    free(level.which);
}

static void divisions_close(void *opaque)
{
    struct state *state = opaque;
    free(state->areas);
    lookup_free(&state->codes);
    free(state);
}

const struct import_kind import_divisions = {"divisions", divisions_open, divisions_row, divisions_finish, divisions_close};
