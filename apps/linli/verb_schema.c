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

static const char *const find_names[] = {"", "name", "tail", "building", "unit", "room", "home"};
static const char *const format_names[] = {"", "name", "phone", "identity", "identity_birth", "identity_sex", "division"};

/* Put `value` under `key` unless `there` is false. False without memory. */
static bool put(json_t *json, bool there, const char *key, json_t *value)
{
    if (there && value != NULL)
        return json_object_set_new(json, key, value) == 0;
    json_decref(value);
    return !there;
}

static const char *field_name(const struct linli_schema_type *type, linli_field number)
{
    return linli_schema_field_by_number(type, number)->name;
}

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

/* What a value should be, beside its kind: only what is said of this field. */
static bool put_checks(json_t *json, const struct linli_schema_type *type, const struct linli_schema_field *field)
{
    const struct linli_schema_type *ref = linli_schema_type_by_number(field->ref);
    bool bounded = field->least != 0 || field->most != 0;
    return put(json, field->required, "required", json_true()) &&
           put(json, field->format != LINLI_FORMAT_ANY, "format", json_string(format_names[field->format])) &&
           put(json, field->find != LINLI_FIND_NONE, "find", json_string(find_names[field->find])) &&
           put(json, bounded, "least", json_integer((json_int_t)field->least)) &&
           put(json, bounded, "most", json_integer((json_int_t)field->most)) &&
           put(json, ref != NULL, "ref", json_string(ref != NULL ? ref->name : "")) &&
           put(json, field->needed_with != 0, "needed_with", json_string(field_name(type, field->needed_with))) &&
           put(json, field->needed_with != 0 && field->needed_choice != LINLI_ANY_CHOICE, "needed_choice",
               json_integer((json_int_t)field->needed_choice)) &&
           put(json, field->several, "several", json_true()) && put(json, field->goes_with, "goes_with", json_true()) &&
           put(json, field->after != 0, "after", json_string(field_name(type, field->after)));
}

static json_t *field_json(const struct linli_schema_type *type, const struct linli_schema_field *field)
{
    json_t *json = json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s}", "number", (json_int_t)field->number, "name", field->name,
                             "en", field->label_en, "zh", field->label_zh, "kind", kind_names[field->kind], "rule",
                             rule_names[field->rule], "class", class_names[field->cls], "indexed", field->indexed ? 1 : 0,
                             "purpose", field->purpose->name);
    bool good = json != NULL && put(json, field->group != field->number, "group", json_string(field_name(type, field->group))) &&
                put(json, field->seal != LINLI_SEAL_NONE, "sealed", json_string(value_seal_name(field->seal))) &&
                put(json, field->choice_count > 0, "choices", choices_json(field)) && put_checks(json, type, field) &&
                put(json, field->retired_en != NULL, "retired", json_pack("{s:s?, s:s?}", "en", field->retired_en, "zh", field->retired_zh));
    if (good)
        return json;
    json_decref(json);
    return NULL;
}

/* The lists of fields that tell two records of one thing. */
static json_t *same_json(const struct linli_schema_type *type)
{
    json_t *lists = json_array(), *list = NULL;
    bool good = lists != NULL;
    for (size_t i = 0; i < type->same_count && good; i++) {
        if (list == NULL)
            list = json_array();
        if (type->same[i] != 0) {
            good = json_array_append_new(list, json_string(field_name(type, type->same[i]))) == 0;
            continue;
        }
        good = json_array_append(lists, list) == 0;
        json_decref(list);
        list = NULL;
    }
    json_decref(list);
    if (good)
        return lists;
    json_decref(lists);
    return NULL;
}

static json_t *type_json(const struct linli_schema_type *type)
{
    json_t *fields = json_array();
    bool good = fields != NULL;
    for (size_t i = 0; good && i < type->field_count; i++)
        good = json_array_append_new(fields, field_json(type, &type->fields[i])) == 0;
    json_t *json = good ? json_pack("{s:I, s:s, s:s, s:s, s:s, s:I, s:O}", "number", (json_int_t)type->number, "type", type->name, "en",
                                    type->label_en, "zh", type->label_zh, "right", type->manage ? "manage" : "write", "keep_days",
                                    (json_int_t)type->keep_days, "fields", fields)
                        : NULL;
    json_decref(fields);
    if (json != NULL && put(json, type->keep_from != 0, "keep_from", json_string(field_name(type, type->keep_from))) &&
        put(json, type->same_count > 0, "same", same_json(type)) && put(json, type->same_anywhere, "same_anywhere", json_true()))
        return json;
    json_decref(json);
    return NULL;
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

static void print_term(struct context *ctx, const struct linli_schema_type *type)
{
    if (type->keep_days == 0)
        fputs(_("no term of its own: kept while it is in force\n"), ctx->out);
    else if (type->keep_from == 0)
        fprintf(ctx->out, _("kept for %u days after its last change\n"), type->keep_days);
    else
        fprintf(ctx->out, _("kept for %u days after '%s'\n"), type->keep_days,
                value_field_label(linli_schema_field_by_number(type, type->keep_from)));
}

/* What the words of the column mean, each once. */
static void print_purposes(struct context *ctx, const struct linli_schema_type *type)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const struct linli_purpose *purpose = type->fields[i].purpose;
        size_t first = 0;
        while (type->fields[first].purpose != purpose)
            first++;
        if (first == i)
            fprintf(ctx->out, "%s: %s\n", purpose->name, text_in_use() == LANGUAGE_ZH ? purpose->label_zh : purpose->label_en);
    }
}

static int print_type(struct context *ctx, const struct linli_schema_type *type)
{
    const char *headings[] = {">", _("field"), _("name"), _("kind"), _("rule"), _("class"), _("sealed as"), _("what for"), _("choices")};
    struct table table;
    char choices[256], number[16];
    fprintf(ctx->out, "%s (%s)\n", type->name, value_type_label(type));
    print_term(ctx, type);
    table_begin(&table, headings, 9);
    for (size_t i = 0; i < type->field_count; i++) {
        const struct linli_schema_field *field = &type->fields[i];
        choices_text(field, choices, sizeof(choices));
        snprintf(number, sizeof(number), "%u", (unsigned)field->number);
        const char *row[] = {number, field->name, value_field_label(field), kind_names[field->kind],
                             field->retired_en != NULL ? _("retired") : rule_names[field->rule], class_names[field->cls],
                             field->seal == LINLI_SEAL_NONE ? "" : value_seal_name(field->seal),
                             field->purpose->name, choices};
        table_row(&table, row);
    }
    int status = table_finish(ctx, &table, true);
    print_purposes(ctx, type);
    return status;
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
