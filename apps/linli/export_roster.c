/* Command line, roster export: what `import` would read back without changing anything. */
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "fail.h"
#include "import.h"
#include "lookup.h"
#include "roster_mark.h"
#include "sheet_writer.h"

enum { KEY_BYTES = 400, ROWS_MAX = 2000000 };

struct row {
    char *cells[ROSTER_COLUMNS], *mark;
    char key[KEY_BYTES]; /* building, unit and room with their numbers made as long as each other, then household */
};

struct household {
    linli_id id;
    uint8_t *token;
    size_t token_size;
    char *cells[ROSTER_NAME]; /* the columns before the name are the household's */
    char key[KEY_BYTES];
};

struct roster {
    struct export *export;
    const struct linli_schema_type *household_type, *resident_type;
    struct lookup ids;
    struct household *households;
    struct row *rows;
    size_t household_count, household_room, count, room;
    bool broken;
};

/* Numbers compare by value: 2 before 10. */
static void natural(const char *text, char *out, size_t size)
{
    size_t used = strlen(out);
    while (*text != '\0' && used + 12 < size) {
        size_t digits = strspn(text, "0123456789");
        if (digits == 0) {
            out[used++] = *text++;
            continue;
        }
        for (size_t pad = digits; pad < 8 && used + digits + 1 < size; pad++)
            out[used++] = '0';
        for (; digits > 0 && used + 1 < size; digits--)
            out[used++] = *text++;
    }
    out[used++] = '\x1f';
    out[used] = '\0';
}

static bool on_household(void *at, const linli_record *record)
{
    struct roster *roster = at;
    if (roster->household_count == roster->household_room) {
        size_t room = roster->household_room == 0 ? 256 : roster->household_room * 2;
        struct household *larger = room <= ROWS_MAX ? realloc(roster->households, room * sizeof(*larger)) : NULL;
        roster->broken = larger == NULL;
        if (larger == NULL)
            return false;
        roster->households = larger;
        roster->household_room = room;
    }
    struct household *household = &roster->households[roster->household_count];
    memset(household, 0, sizeof(*household));
    for (int column = 0; column < ROSTER_NAME; column++) {
        household->cells[column] = roster_cell(roster->household_type, (enum roster_column)column, record);
        roster->broken = roster->broken || household->cells[column] == NULL;
    }
    uint32_t number = (uint32_t)roster->household_count++;
    const linli_id *id = linli_record_id(record);
    linli_span token = linli_record_token(record);
    household->id = *id;
    household->token = malloc(token.size);
    household->token_size = token.size;
    if (household->token != NULL)
        memcpy(household->token, token.at, token.size);
    else
        roster->broken = true;
    if (roster->broken || !lookup_put(&roster->ids, id->b, sizeof(id->b), number)) {
        roster->broken = true;
        return false;
    }
    natural(household->cells[ROSTER_BUILDING], household->key, KEY_BYTES);
    natural(household->cells[ROSTER_UNIT], household->key, KEY_BYTES);
    natural(household->cells[ROSTER_ROOM], household->key, KEY_BYTES);
    return true;
}

static const struct household *household_of(const struct roster *roster, const linli_record *record)
{
    const struct linli_schema_field *field = linli_schema_field_by_name(roster->resident_type, "household");
    const struct linli_reading *reading = field != NULL ? linli_record_field(record, field->number) : NULL;
    if (reading == NULL || reading->value.kind != LINLI_KIND_ID)
        return NULL;
    uint32_t number = lookup_find(&roster->ids, reading->value.id.b, sizeof(reading->value.id.b));
    return number != LOOKUP_NONE ? &roster->households[number] : NULL;
}

static char *mark_of(const linli_record *record, const struct household *household)
{
    struct roster_mark mark = {.resident = *linli_record_id(record), .token = linli_record_token(record)};
    if (household != NULL) {
        mark.household = household->id;
        mark.household_token = (linli_span){household->token, household->token_size};
    }
    return roster_mark_write(&mark);
}

static bool on_resident(void *at, const linli_record *record)
{
    struct roster *roster = at;
    const struct household *household = household_of(roster, record);
    if (roster->count == roster->room) {
        size_t room = roster->room == 0 ? 1024 : roster->room * 2;
        struct row *larger = room <= ROWS_MAX ? realloc(roster->rows, room * sizeof(*larger)) : NULL;
        roster->broken = larger == NULL;
        if (larger == NULL)
            return false;
        roster->rows = larger;
        roster->room = room;
    }
    struct row *row = &roster->rows[roster->count++];
    memset(row, 0, sizeof(*row));
    memcpy(row->key, household != NULL ? household->key : "", household != NULL ? KEY_BYTES : 1);
    for (int column = 0; column < ROSTER_COLUMNS; column++) {
        if (column < ROSTER_NAME)
            row->cells[column] = strdup(household != NULL ? household->cells[column] : "");
        else
            row->cells[column] = roster_cell(roster->resident_type, (enum roster_column)column, record);
        roster->broken = roster->broken || row->cells[column] == NULL;
    }
    row->mark = roster->export->plain ? NULL : mark_of(record, household);
    roster->broken = roster->broken || (row->mark == NULL && !roster->export->plain);
    return !roster->broken;
}

static bool is_head(const struct row *row)
{
    return strcmp(row->cells[ROSTER_RELATION], "户主") == 0 || strcmp(row->cells[ROSTER_RELATION], "本人") == 0;
}

static int by_place(const void *a, const void *b)
{
    const struct row *left = a, *right = b;
    int order = strcmp(left->key, right->key);
    if (order == 0 && is_head(left) != is_head(right))
        order = is_head(left) ? -1 : 1;
    if (order == 0)
        order = strcmp(left->cells[ROSTER_NAME], right->cells[ROSTER_NAME]);
    return order != 0 ? order : strcmp(left->cells[ROSTER_ID_NUMBER], right->cells[ROSTER_ID_NUMBER]);
}

static int write_rows(const struct roster *roster)
{
    struct export *export = roster->export;
    int status = STATUS_DONE;
    struct sheet_writer *writer = sheet_writer_open(export->ctx, &export->out, export->xlsx, &status);
    if (writer == NULL)
        return status;
    for (int column = 0; column < ROSTER_COLUMNS; column++)
        sheet_writer_column(writer, roster_heading((enum roster_column)column), column == ROSTER_ID_NUMBER || column == ROSTER_PHONE);
    if (!export->plain) {
        sheet_writer_column(writer, roster_mark_heading(), false);
        sheet_writer_aside(writer);
    }
    sheet_writer_head(writer);
    for (size_t i = 0; i < roster->count; i++) {
        for (int column = 0; column < ROSTER_COLUMNS; column++)
            sheet_writer_cell(writer, roster->rows[i].cells[column]);
        if (!export->plain)
            sheet_writer_cell(writer, roster->rows[i].mark);
    }
    return sheet_writer_close(writer);
}

static void release(struct roster *roster)
{
    for (size_t i = 0; i < roster->household_count; i++) {
        free(roster->households[i].token);
        for (int column = 0; column < ROSTER_NAME; column++)
            free(roster->households[i].cells[column]);
    }
    for (size_t i = 0; i < roster->count; i++) {
        free(roster->rows[i].mark);
        for (int column = 0; column < ROSTER_COLUMNS; column++)
            free(roster->rows[i].cells[column]);
    }
    free(roster->households);
    free(roster->rows);
    lookup_free(&roster->ids);
}

int export_roster(struct export *export)
{
    struct roster roster = {.export = export,
                            .household_type = linli_schema_type_by_name("household"),
                            .resident_type = linli_schema_type_by_name("resident")};
    if (roster.household_type == NULL || roster.resident_type == NULL)
        return fail_code(export->ctx, "export", LINLI_E_SCHEMA);
    struct linli_query query = {.type = roster.household_type->number, .scope = export->scope, .subtree = true,
                                .closed = true}; /* a roster says nothing of what is sealed of a household */
    int rc = linli_query_each(export->ctx->store, &query, on_household, &roster);
    query.type = roster.resident_type->number;
    query.closed = false;
    if (rc == LINLI_OK && !roster.broken)
        rc = linli_query_each(export->ctx->store, &query, on_resident, &roster);
    int status = fail_code(export->ctx, "export", rc == LINLI_OK && roster.broken ? LINLI_E_NOMEM : rc);
    if (status == STATUS_DONE && roster.count > 0)
        qsort(roster.rows, roster.count, sizeof(*roster.rows), by_place);
    if (status == STATUS_DONE)
        status = write_rows(&roster);
    export->count = roster.count;
    release(&roster);
    return status;
}
