/* Command line, buildings import: another register's columns to the fields of a building, matched by its code. */
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "import.h"
#include "lookup.h"
#include "text.h"
#include "value.h"

enum { RULES_MAX = 32, SOURCES_MAX = 12, VALUE_BYTES = 1024 };

/* One field and the columns that make it: texts are joined by a blank, flags become elements of a set. */
struct rule {
    const struct linli_schema_field *field;
    size_t cells[SOURCES_MAX];
    char names[SOURCES_MAX][64];
    size_t count;
};

struct building {
    linli_id id;
    size_t row;
};

struct state {
    struct import *import;
    const struct linli_schema_type *type;
    struct rule rules[RULES_MAX];
    size_t rule_count;
    const struct rule *code;
    struct building *buildings;
    uint32_t count, room;
    struct lookup codes;
    linli_field code_field;
    bool broken;
};

/* The Housing and Development Board's register of Singapore, as data.gov.sg publishes it. */
static const char hdb_map[] = "blk_no+street=code,blk_no+street=name,blk_no+street=address,max_floor_lvl=floors,"
                              "year_completed=year,total_dwelling_units=dwellings,bldg_contract_town=area,"
                              "residential+commercial+market_hawker+miscellaneous+multistorey_carpark+"
                              "precinct_pavilion=uses,1room_sold+2room_sold+3room_sold+4room_sold+5room_sold+exec_sold+"
                              "multigen_sold+studio_apartment_sold+1room_rental+2room_rental+3room_rental+"
                              "other_room_rental=mix";

static int find_cell(const struct sheet_row *row, const char *name, size_t size)
{
    for (size_t i = 0; i < row->count; i++)
        if (strlen(row->cells[i]) == size && memcmp(row->cells[i], name, size) == 0)
            return (int)i;
    return -1;
}

/* "a+b=field" */
static bool add_rule(struct state *state, const struct sheet_row *headings, const char *text, size_t size)
{
    const char *equals = memchr(text, '=', size);
    char name[64];
    if (equals == NULL || state->rule_count == RULES_MAX)
        return false;
    struct rule *rule = &state->rules[state->rule_count];
    memset(rule, 0, sizeof(*rule));
    snprintf(name, sizeof(name), "%.*s", (int)(size - (size_t)(equals + 1 - text)), equals + 1);
    rule->field = value_field(state->type, name);
    if (rule->field == NULL || rule->field->kind == LINLI_KIND_ID || rule->field->kind == LINLI_KIND_BYTES)
        return false;
    for (const char *at = text; at < equals;) {
        const char *plus = memchr(at, '+', (size_t)(equals - at));
        const char *end = plus != NULL ? plus : equals;
        int source = find_cell(headings, at, (size_t)(end - at));
        if (source < 0 || rule->count == SOURCES_MAX)
            return false;
        rule->cells[rule->count] = (size_t)source;
        snprintf(rule->names[rule->count++], sizeof(rule->names[0]), "%.*s", (int)(end - at), at);
        at = end + 1;
    }
    state->rule_count++;
    return rule->count > 0;
}

static bool read_map(struct state *state, const struct sheet_row *headings, const char *map)
{
    state->rule_count = 0;
    while (*map != '\0') {
        size_t size = strcspn(map, ",\n\r");
        if (size > 0 && map[0] != '#' && !add_rule(state, headings, map, size))
            return false;
        map += size + strspn(map + size, ",\n\r ");
    }
    return state->rule_count > 0;
}

/* Columns that are called what the schema calls its fields, in any of its three spellings. */
static bool map_by_name(struct state *state, const struct sheet_row *headings)
{
    for (size_t i = 0; i < headings->count && state->rule_count < RULES_MAX; i++) {
        const struct linli_schema_field *field = value_field(state->type, headings->cells[i]);
        if (field == NULL || field->kind == LINLI_KIND_ID || field->kind == LINLI_KIND_BYTES)
            continue;
        struct rule *rule = &state->rules[state->rule_count++];
        memset(rule, 0, sizeof(*rule));
        rule->field = field;
        rule->cells[0] = i;
        rule->count = 1;
        snprintf(rule->names[0], sizeof(rule->names[0]), "%s", headings->cells[i]);
    }
    return state->rule_count > 1;
}

static bool add_building(struct state *state, const linli_id *id, size_t row, const char *code)
{
    if (state->count == state->room) {
        uint32_t room = state->room == 0 ? 256 : state->room * 2;
        struct building *larger = room <= 2 * LOOKUP_MAX ? realloc(state->buildings, room * sizeof(*larger)) : NULL;
        if (larger == NULL)
            return false;
        state->buildings = larger;
        state->room = room;
    }
    state->buildings[state->count] = (struct building){.id = *id, .row = row};
    return lookup_put(&state->codes, code, strlen(code), state->count++);
}

static bool load_building(void *at, const linli_record *record)
{
    struct state *state = at;
    char code[VALUE_BYTES];
    import_text(record, state->code_field, code, sizeof(code));
    if (code[0] == '\0' || lookup_find(&state->codes, code, strlen(code)) != LOOKUP_NONE)
        return true;
    state->broken = !add_building(state, linli_record_id(record), 0, code);
    return !state->broken;
}

static bool find_code(struct state *state)
{
    for (size_t i = 0; i < state->rule_count; i++)
        if (strcmp(state->rules[i].field->name, "code") == 0)
            state->code = &state->rules[i];
    for (size_t i = 0; state->code == NULL && i < state->rule_count; i++)
        if (strcmp(state->rules[i].field->name, "name") == 0)
            state->code = &state->rules[i];
    if (state->code != NULL)
        state->code_field = state->code->field->number;
    return state->code != NULL;
}

static bool buildings_open(struct import *import, const struct sheet_row *headings, void **out)
{
    struct state *state = calloc(1, sizeof(*state));
    if (state == NULL) {
        batch_fail(&import->batch, LINLI_E_NOMEM);
        return false;
    }
    state->import = import;
    state->type = linli_schema_type_by_name("building");
    bool mapped = state->type != NULL &&
                  (import->map != NULL ? read_map(state, headings, import->map)
                                       : read_map(state, headings, hdb_map) ||
                                             ((void)(state->rule_count = 0), map_by_name(state, headings)));
    if (!mapped || !find_code(state)) {
        free(state);
        return false;
    }
    struct linli_query query = {.type = state->type->number, .scope = &import->scope};
    int rc = linli_query_each(import->ctx->store, &query, load_building, state);
    batch_fail(&import->batch, rc == LINLI_OK && state->broken ? LINLI_E_NOMEM : rc);
    *out = state;
    return true;
}

/* ---- one row ---- */

static const char *cell(const struct sheet_row *row, const struct rule *rule, size_t n)
{
    return rule->cells[n] < row->count ? row->cells[rule->cells[n]] : "";
}

static bool join_cells(const struct sheet_row *row, const struct rule *rule, char *out)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < rule->count; i++) {
        const char *text = cell(row, rule, i);
        int more = snprintf(out + used, VALUE_BYTES - used, "%s%s", used > 0 && text[0] != '\0' ? " " : "", text);
        if (more < 0 || (size_t)more >= VALUE_BYTES - used)
            return false;
        used += (size_t)more;
    }
    return true;
}

/* Elements of several columns: the names of those that say Y, and NAME=N of those that count something. */
static size_t column_elements(const struct sheet_row *row, const struct rule *rule, char *buffer, const char **out)
{
    size_t count = 0, used = 0;
    for (size_t i = 0; i < rule->count; i++) {
        const char *said = cell(row, rule, i);
        size_t digits = strspn(said, "0123456789");
        if (strcmp(said, "Y") == 0 || strcmp(said, "y") == 0 || strcmp(said, "是") == 0) {
            out[count++] = rule->names[i];
        } else if (digits > 0 && digits < 10 && said[digits] == '\0' && strspn(said, "0") < digits) {
            out[count++] = buffer + used; /* at most 12 x (63 + 1 + 9 + 1) of VALUE_BYTES */
            used += (size_t)snprintf(buffer + used, VALUE_BYTES - used, "%s=%s", rule->names[i], said) + 1;
        }
    }
    return count;
}

/* Elements that the row gives for a set: of several columns, or the parts of one cell's list. */
static size_t elements(const struct sheet_row *row, const struct rule *rule, char *buffer, const char **out, size_t room)
{
    size_t count = 0;
    if (rule->count > 1)
        return column_elements(row, rule, buffer, out);
    snprintf(buffer, VALUE_BYTES, "%s", cell(row, rule, 0));
    for (char *at = buffer, *next = NULL; at != NULL && count < room; at = next) {
        char *stop = strstr(at, "、");
        char *semicolon = strpbrk(at, ";,");
        next = NULL;
        if (stop != NULL && (semicolon == NULL || stop < semicolon)) {
            *stop = '\0';
            next = stop + strlen("、");
        } else if (semicolon != NULL) {
            *semicolon = '\0';
            next = semicolon + 1;
        }
        at += strspn(at, " ");
        if (at[0] != '\0')
            out[count++] = at;
    }
    return count;
}

static bool among(const struct linli_value *value, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (value->bytes.size == strlen(texts[i]) && memcmp(value->bytes.at, texts[i], value->bytes.size) == 0)
            return true;
    return false;
}

static bool shown(const struct linli_reading *reading, const char *text)
{
    struct linli_value value = linli_text(text);
    for (size_t i = 0; reading != NULL && i < reading->count; i++)
        if (linli_value_equal(&reading->values[i], &value))
            return true;
    return false;
}

struct target {
    linli_id id;
    linli_span token;
    const linli_record *record; /* NULL when new */
    bool changed;
};

static void write_set(struct state *state, const struct sheet_row *row, const struct rule *rule, struct target *target)
{
    char buffer[VALUE_BYTES];
    const char *texts[SOURCES_MAX];
    size_t count = elements(row, rule, buffer, texts, SOURCES_MAX);
    const struct linli_reading *reading =
        target->record != NULL ? linli_record_field(target->record, rule->field->number) : NULL;
    for (size_t i = 0; i < count; i++) {
        struct linli_value value = linli_text(texts[i]);
        if (shown(reading, texts[i]))
            continue;
        target->changed = true;
        linli_txn *txn = state->import->dry ? NULL : batch_txn(&state->import->batch);
        if (txn != NULL)
            batch_fail(&state->import->batch, linli_record_add(txn, &target->id, target->token, rule->field->number, &value));
    }
    for (size_t i = 0; reading != NULL && i < reading->count; i++) {
        if (among(&reading->values[i], texts, count))
            continue;
        target->changed = true;
        linli_txn *txn = state->import->dry ? NULL : batch_txn(&state->import->batch);
        if (txn != NULL)
            batch_fail(&state->import->batch, linli_record_remove(txn, &target->id, target->token, rule->field->number,
                                                           &reading->values[i]));
    }
}

static void write_field(struct state *state, const struct sheet_row *row, const struct rule *rule, struct target *target)
{
    char text[VALUE_BYTES];
    struct value value;
    if (rule->field->rule == LINLI_SET) {
        write_set(state, row, rule, target);
        return;
    }
    bool usable = join_cells(row, rule, text) && text[0] != '\0' && value_read(rule->field, text, &value) == LINLI_OK;
    if (!usable)
        return;
    if (target->record == NULL || import_differs(target->record, rule->field->number, &value.value)) {
        target->changed = true;
        linli_txn *txn = state->import->dry ? NULL : batch_txn(&state->import->batch);
        if (txn != NULL)
            batch_fail(&state->import->batch,
                        linli_record_set(txn, &target->id, target->token, rule->field->number, &value.value));
    }
    value_free(&value);
}

static const char *cell_spoilt(const struct sheet_row *row, const struct rule *rule)
{
    const char *words = NULL;
    for (size_t i = 0; i < rule->count && words == NULL; i++)
        words = sheet_spoilt(cell(row, rule, i), false);
    return words;
}

static bool row_is_good(struct state *state, const struct sheet_row *row)
{
    char text[VALUE_BYTES];
    bool good = true;
    for (size_t i = 0; i < state->rule_count; i++) {
        const struct rule *rule = &state->rules[i];
        struct value value;
        const char *wrong = NULL;
        if (!join_cells(row, rule, text))
            wrong = _("it is too long");
        else if (cell_spoilt(row, rule) != NULL)
            wrong = cell_spoilt(row, rule);
        else if (rule == state->code && text[0] == '\0')
            wrong = _("it is missing");
        else if (rule->field->rule != LINLI_SET && value_read(rule->field, text, &value) != LINLI_OK)
            wrong = value_hint(rule->field);
        else if (rule->field->rule != LINLI_SET)
            value_free(&value);
        if (wrong != NULL) {
            import_problem(state->import, row->number, rule->names[0], wrong);
            good = false;
        }
    }
    return good;
}

static void old_building(struct state *state, const struct sheet_row *row, struct building *building)
{
    linli_record *record = NULL;
    int rc = linli_record_get(state->import->ctx->store, &building->id, &record);
    batch_fail(&state->import->batch, rc);
    if (rc != LINLI_OK)
        return;
    struct target target = {.id = building->id, .token = linli_record_token(record), .record = record};
    for (size_t i = 0; i < state->rule_count; i++)
        write_field(state, row, &state->rules[i], &target);
    linli_record_free(record);
    building->row = row->number;
    if (target.changed)
        state->import->updated++;
    else
        state->import->unchanged++;
}

/* A code that the scope does not show: new, or a building that was gone and is back. */
static void new_building(struct state *state, const struct sheet_row *row, const char *code)
{
    struct target target = {.record = NULL};
    linli_txn *txn = state->import->dry ? NULL : batch_txn(&state->import->batch);
    int rc = txn == NULL ? LINLI_OK
                         : linli_record_create_named(txn, &state->import->scope, state->type->number, code, &target.id);
    bool back = rc == LINLI_E_EXISTS;
    batch_fail(&state->import->batch, back ? LINLI_OK : rc);
    batch_fail(&state->import->batch, add_building(state, &target.id, row->number, code) ? LINLI_OK : LINLI_E_NOMEM);
    if (back) {
        old_building(state, row, &state->buildings[state->count - 1]);
        return;
    }
    for (size_t i = 0; i < state->rule_count; i++)
        write_field(state, row, &state->rules[i], &target);
    state->import->created++;
}

static void buildings_row(struct import *import, void *opaque, const struct sheet_row *row)
{
    struct state *state = opaque;
    char code[VALUE_BYTES], words[120];
    if (!row_is_good(state, row) || !join_cells(row, state->code, code))
        return;
    uint32_t known = lookup_find(&state->codes, code, strlen(code));
    if (known == LOOKUP_NONE) {
        new_building(state, row, code);
    } else if (state->buildings[known].row != 0) {
        snprintf(words, sizeof(words), _("row %zu has the same code"), state->buildings[known].row);
        import_problem(import, row->number, state->code->names[0], words);
    } else {
        old_building(state, row, &state->buildings[known]);
    }
    batch_step(&import->batch);
}

/* A complete register that no longer names a building says that it is gone. Not when rows were bad: the building may
 * be in one of them. */
static void buildings_finish(struct import *import, void *opaque)
{
    struct state *state = opaque;
    if (!import->complete || import->rejected > 0)
        return;
    for (uint32_t i = 0; i < state->count && import->batch.status == STATUS_DONE; i++) {
        linli_record *record = NULL;
        if (state->buildings[i].row != 0)
            continue;
        import->deleted++;
        linli_txn *txn = import->dry ? NULL : batch_txn(&import->batch);
        if (txn == NULL)
            continue;
        int rc = linli_record_get(import->ctx->store, &state->buildings[i].id, &record);
        if (rc == LINLI_OK)
            rc = linli_record_delete(txn, &state->buildings[i].id, linli_record_token(record));
        batch_fail(&import->batch, rc);
        linli_record_free(record);
        batch_step(&import->batch);
    }
}

static void buildings_close(void *opaque)
{
    struct state *state = opaque;
    free(state->buildings);
    lookup_free(&state->codes);
    free(state);
}

const struct import_kind import_buildings = {"buildings", buildings_open, buildings_row, buildings_finish, buildings_close};
