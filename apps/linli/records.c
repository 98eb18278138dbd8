/* Command line, records: names to ids, and a record to JSON with its fields by their stable names. */
#include "records.h"

#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "dates.h"
#include "fail.h"
#include "output.h"
#include "value.h"

int records_scope(struct context *ctx, const char *text, linli_id *id)
{
    int rc = linli_scope_find(ctx->store, text, id);
    if (rc == LINLI_E_NOT_FOUND)
        return fail(ctx, STATUS_NOT_FOUND, text, _("see 'linli scope list'"), "%s", _("there is no such scope here"));
    if (rc == LINLI_E_EXISTS)
        return fail(ctx, STATUS_NOT_FOUND, text, _("give a longer id or the whole path"), "%s", _("several scopes fit"));
    return fail_code(ctx, text, rc);
}

int records_scope_option(struct context *ctx, linli_id *id, bool *given)
{
    const char *text = option_value(&ctx->options, "scope");
    *given = text != NULL;
    return text != NULL ? records_scope(ctx, text, id) : STATUS_DONE;
}

int records_find(struct context *ctx, const char *text, linli_id *id)
{
    int rc = linli_id_find(ctx->store, text, id);
    if (rc == LINLI_E_NOT_FOUND || rc == LINLI_E_ARG)
        return fail(ctx, STATUS_NOT_FOUND, text, _("see 'linli list TYPE', or sync first"), "%s",
                    _("there is no such record here"));
    if (rc == LINLI_E_EXISTS)
        return fail(ctx, STATUS_NOT_FOUND, text, _("give a longer id"), "%s", _("several records fit"));
    return fail_code(ctx, text, rc);
}

const struct linli_schema_type *records_type(struct context *ctx, const char *name)
{
    const struct linli_schema_type *type = value_type(name);
    if (type == NULL)
        fail(ctx, STATUS_USAGE, name, _("see 'linli schema'"), "%s", _("there is no such type of record"));
    return type;
}

const struct linli_schema_field *records_field(struct context *ctx, const struct linli_schema_type *type,
                                               const char *name, size_t size)
{
    char text[128];
    snprintf(text, sizeof(text), "%.*s", (int)(size < 127 ? size : 127), name);
    const struct linli_schema_field *field = size < sizeof(text) ? value_field(type, text) : NULL;
    if (field == NULL) {
        char advice[96];
        snprintf(advice, sizeof(advice), _("see 'linli schema %s'"), type->name);
        fail(ctx, STATUS_USAGE, text, advice, _("a %s has no such field"), value_type_label(type));
    }
    return field;
}

const char *records_field_name(const struct linli_schema_type *type, linli_field field, char *buffer)
{
    const struct linli_schema_field *known = type != NULL ? linli_schema_field_by_number(type, field) : NULL;
    if (known != NULL)
        return known->name;
    snprintf(buffer, 16, "%u", (unsigned)field);
    return buffer;
}

const char *records_type_name(linli_type type, char *buffer)
{
    const struct linli_schema_type *known = linli_schema_type_by_number(type);
    if (known != NULL)
        return known->name;
    snprintf(buffer, 16, "%u", (unsigned)type);
    return buffer;
}

static bool add_fields(const struct linli_schema_type *type, const linli_record *record, json_t *fields,
                       json_t *conflicts)
{
    char number[16];
    for (size_t i = 0; i < linli_record_count(record); i++) {
        const struct linli_reading *reading = linli_record_at(record, i);
        const struct linli_schema_field *field =
            type != NULL ? linli_schema_field_by_number(type, reading->field) : NULL;
        const char *name = records_field_name(type, reading->field, number);
        if (json_object_set_new(fields, name, value_reading_json(field, reading)) != 0)
            return false;
        if (reading->conflicts > 0 && json_array_append_new(conflicts, json_string(name)) != 0)
            return false;
    }
    return true;
}

json_t *records_json(const linli_record *record, unsigned parts)
{
    const struct linli_schema_type *type = linli_schema_type_by_number(linli_record_type(record));
    char number[16];
    linli_span span = linli_record_token(record);
    char *token = (parts & RECORDS_TOKEN) != 0 ? base64_write(span.at, span.size) : NULL;
    json_t *fields = json_object(), *conflicts = json_array();
    json_t *json = json_pack("{s:o?, s:s, s:o?, s:O?}", "id", output_json_id(linli_record_id(record)), "type",
                             records_type_name(linli_record_type(record), number), "scope",
                             output_json_id(linli_record_scope(record)), "fields", fields);
    bool good = json != NULL && fields != NULL && conflicts != NULL && add_fields(type, record, fields, conflicts);
    if (good && (parts & RECORDS_CONFLICTS) != 0)
        good = json_object_set(json, "conflicts", conflicts) == 0;
    if (good && (parts & RECORDS_DELETED) != 0)
        good = json_object_set_new(json, "deleted", json_boolean(linli_record_deleted(record))) == 0;
    if (good && (parts & RECORDS_TOKEN) != 0)
        good = token != NULL && json_object_set_new(json, "token", json_string(token)) == 0;
    free(token);
    json_decref(fields);
    json_decref(conflicts);
    if (good)
        return json;
    json_decref(json);
    return NULL;
}

const char *records_device(struct context *ctx, const uint8_t key[32], char *out)
{
    if (linli_device_name(ctx->store, key, out, 64) != LINLI_OK || out[0] == '\0')
        output_hex(key, 4, out);
    return out;
}

char *records_stamp(linli_stamp stamp, char *out)
{
    return dates_write_time((int64_t)(stamp >> 16), out);
}

int records_print(struct context *ctx, const linli_record *record)
{
    const struct linli_schema_type *type = linli_schema_type_by_number(linli_record_type(record));
    char id[OUTPUT_HEX_BYTES], number[16];
    const char *headings[] = {"", "", ""};
    struct table table;
    fprintf(ctx->out, "%s %s", type != NULL ? value_type_label(type) : records_type_name(linli_record_type(record), number),
            output_id(linli_record_id(record), id));
    if (linli_record_deleted(record))
        fprintf(ctx->out, " (%s)", _("deleted"));
    if (linli_record_revived(record))
        fprintf(ctx->out, " (%s)", _("deleted by one, edited meanwhile by another"));
    fputc('\n', ctx->out);
    table_begin(&table, headings, 3);
    for (size_t i = 0; i < linli_record_count(record); i++) {
        const struct linli_reading *reading = linli_record_at(record, i);
        const struct linli_schema_field *field = type != NULL ? linli_schema_field_by_number(type, reading->field) : NULL;
        char *text = value_reading_text(field, reading);
        if (text == NULL)
            table.broken = true;
        const char *row[] = {field != NULL ? value_field_label(field) : records_field_name(type, reading->field, number),
                             text, reading->conflicts > 0 ? _("(others wrote otherwise: see 'linli conflicts')") : ""};
        table_row(&table, row);
        free(text);
    }
    return table_finish(ctx, &table, true);
}
