/* Command line, `linli schema`: what types and fields there are. */
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "output.h"
#include "records.h"
#include "value.h"
#include "verbs.h"

static const char *const kind_names[] = {"nil", "bool", "int", "text", "bytes", "id", "date", "time", "choice"};
static const char *const rule_names[] = {"register", "set", "counter", "log", "max", "ladder"};
static const char *const class_names[] = {"public", "personal", "sensitive"};

static json_t *choices_json(const struct linli_schema_field *field)
{
    json_t *choices = json_array();
    for (size_t i = 0; choices != NULL && i < field->choice_count; i++) {
        const struct linli_choice *choice = &field->choices[i];
        if (json_array_append_new(choices, json_pack("{s:I, s:s, s:s, s:s}", "number", (json_int_t)choice->number, "name",
                                                     choice->name, "en", choice->label_en, "zh", choice->label_zh)) != 0) {
            json_decref(choices);
            return NULL;
        }
    }
    return choices;
}

static json_t *field_json(const struct linli_schema_field *field)
{
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "name", field->name, "en", field->label_en, "zh",
                             field->label_zh, "kind", kind_names[field->kind], "rule", rule_names[field->rule], "class",
                             class_names[field->cls], "indexed", field->indexed ? 1 : 0);
    if (json != NULL && field->seal != LINLI_SEAL_NONE &&
        json_object_set_new(json, "sealed", json_string(value_seal_name(field->seal))) != 0) {
        json_decref(json);
        return NULL;
    }
    if (json != NULL && field->choice_count > 0 && json_object_set_new(json, "choices", choices_json(field)) != 0) {
        json_decref(json);
        return NULL;
    }
    return json;
}

static json_t *type_json(const struct linli_schema_type *type)
{
    json_t *fields = json_array();
    for (size_t i = 0; fields != NULL && i < type->field_count; i++)
        if (json_array_append_new(fields, field_json(&type->fields[i])) != 0) {
            json_decref(fields);
            return NULL;
        }
    return json_pack("{s:s, s:s, s:s, s:I, s:o?}", "type", type->name, "en", type->label_en, "zh", type->label_zh, "keep_days",
                     (json_int_t)type->keep_days, "fields", fields);
}

static void choices_text(const struct linli_schema_field *field, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < field->choice_count && used < size; i++) {
        int more = snprintf(out + used, size - used, "%s%s", i > 0 ? " " : "", field->choices[i].name);
        used += more > 0 ? (size_t)more : 0;
    }
}

static int print_type(struct context *ctx, const struct linli_schema_type *type)
{
    const char *headings[] = {_("field"), _("name"), _("kind"), _("rule"), _("class"), _("sealed as"), _("choices")};
    struct table table;
    char choices[256];
    fprintf(ctx->out, "%s (%s)\n", type->name, value_type_label(type));
    if (type->keep_days > 0)
        fprintf(ctx->out, _("kept for %u days after its last change\n"), type->keep_days);
    table_begin(&table, headings, 7);
    for (size_t i = 0; i < type->field_count; i++) {
        const struct linli_schema_field *field = &type->fields[i];
        choices_text(field, choices, sizeof(choices));
        const char *row[] = {field->name,           value_field_label(field), kind_names[field->kind],
                             rule_names[field->rule], class_names[field->cls],
                             field->seal == LINLI_SEAL_NONE ? "" : value_seal_name(field->seal), choices};
        table_row(&table, row);
    }
    return table_finish(ctx, &table, true);
}

int verb_schema(struct context *ctx)
{
    size_t count = 0;
    const struct linli_schema_type *types = linli_schema_types(&count), *only = NULL;
    int status = STATUS_DONE;
    if (ctx->options.arg_count > 0 && (only = records_type(ctx, ctx->options.args[0])) == NULL)
        return STATUS_USAGE;
    for (size_t i = 0; status == STATUS_DONE && i < count; i++) {
        if (only != NULL && only != &types[i])
            continue;
        if (ctx->json)
            status = output_json(ctx, type_json(&types[i]));
        else if (only != NULL)
            status = print_type(ctx, &types[i]);
        else
            fprintf(ctx->out, "%-14s %s\n", types[i].name, value_type_label(&types[i]));
    }
    return status;
}
