/* Command line, values: reading text into a kind and showing a kind as text or JSON. */
#include "value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "dates.h"
#include "output.h"
#include "text.h"

static bool read_int(const char *text, int64_t *out)
{
    char *end = NULL;
    const char *first = text[0] == '-' ? text + 1 : text;
    if (*first < '0' || *first > '9')
        return false;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0';
}

static bool read_bool(const char *text, int64_t *out)
{
    static const char *const words[2][6] = {{"false", "no", "n", "0", "否", "无"}, {"true", "yes", "y", "1", "是", "有"}};
    for (int64_t i = 0; i < 12; i++)
        if (strcmp(text, words[i / 6][i % 6]) == 0) {
            *out = i / 6;
            return true;
        }
    return false;
}

/* By name, label in either language, or number; NULL when it is none of them. */
static const struct linli_choice *find_choice(const struct linli_schema_field *field, const char *text)
{
    int64_t number = 0;
    for (size_t i = 0; i < field->choice_count; i++) {
        const struct linli_choice *choice = &field->choices[i];
        if (strcmp(text, choice->name) == 0 || strcmp(text, choice->label_en) == 0 ||
            strcmp(text, choice->label_zh) == 0 || (choice->also != NULL && strcmp(text, choice->also) == 0))
            return choice;
    }
    for (size_t i = 0; read_int(text, &number) && i < field->choice_count; i++)
        if (field->choices[i].number == number)
            return &field->choices[i];
    return NULL;
}

/* A text with a standard's list takes its codes, too; what is in no list is kept as it was typed. */
static struct linli_value word_of(const struct linli_schema_field *field, const char *text)
{
    const struct linli_choice *choice = find_choice(field, text);
    return linli_text(choice != NULL ? choice->label_zh : text);
}

static bool read_id(const char *text, linli_id *id)
{
    if (strlen(text) != 32 || strspn(text, "0123456789abcdefABCDEF") != 32)
        return false;
    for (size_t i = 0; i < 16; i++) {
        char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};
        id->b[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return true;
}

static int read_date(const char *text, struct value *value)
{
    char *date = malloc(DATES_DATE_BYTES);
    value->owned = date;
    if (date == NULL)
        return LINLI_E_NOMEM;
    if (!dates_read(text, date))
        return LINLI_E_SCHEMA;
    value->value = linli_text(date);
    return LINLI_OK;
}

static int read_bytes(const char *text, struct value *value)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    if (!base64_read(text, &bytes, &size))
        return LINLI_E_SCHEMA;
    value->owned = bytes;
    value->value = linli_bytes(bytes, size);
    return LINLI_OK;
}

int value_read(const struct linli_schema_field *field, const char *text, struct value *value)
{
    const struct linli_choice *choice = NULL;
    int64_t number = 0;
    linli_id id;
    memset(value, 0, sizeof(*value));
    value->value = linli_nil();
    if (text[0] == '\0')
        return LINLI_OK;
    switch (field->kind) {
    case LINLI_KIND_NIL:
    case LINLI_KIND_SEALED:
        return LINLI_E_SCHEMA;
    case LINLI_KIND_BOOL:
        if (!read_bool(text, &number))
            return LINLI_E_SCHEMA;
        value->value = linli_bool(number != 0);
        return LINLI_OK;
    case LINLI_KIND_INT:
        if (!read_int(text, &number))
            return LINLI_E_SCHEMA;
        break;
    case LINLI_KIND_TEXT:
        value->value = word_of(field, text);
        return LINLI_OK;
    case LINLI_KIND_BYTES:
        return read_bytes(text, value);
    case LINLI_KIND_ID:
        if (!read_id(text, &id))
            return LINLI_E_SCHEMA;
        value->value = linli_ref(&id);
        return LINLI_OK;
    case LINLI_KIND_DATE:
        return read_date(text, value);
    case LINLI_KIND_TIME:
        if (!dates_read_time(text, &number))
            return LINLI_E_SCHEMA;
        break;
    case LINLI_KIND_CHOICE:
        choice = find_choice(field, text);
        if (choice == NULL)
            return LINLI_E_SCHEMA;
        number = choice->number;
        break;
    }
    value->value = linli_int(number);
    return LINLI_OK;
}

void value_free(struct value *value)
{
    free(value->owned);
    value->owned = NULL;
}

const char *value_hint(const struct linli_schema_field *field)
{
    switch (field->kind) {
    case LINLI_KIND_NIL:
    case LINLI_KIND_SEALED: break;
    case LINLI_KIND_BOOL: return _("it takes yes or no");
    case LINLI_KIND_INT: return _("it takes a whole number");
    case LINLI_KIND_TEXT: return _("it takes text");
    case LINLI_KIND_BYTES: return _("it takes @FILE or base64");
    case LINLI_KIND_ID: return _("it takes the id of a record or scope");
    case LINLI_KIND_DATE: return _("it takes a date such as 2026-11-23");
    case LINLI_KIND_TIME: return _("it takes a time such as 2026-11-23T10:20:00+08:00");
    case LINLI_KIND_CHOICE: return _("it takes one of its choices; see 'linli schema TYPE'");
    }
    return "";
}

const struct linli_schema_field *value_field(const struct linli_schema_type *type, const char *name)
{
    const struct linli_schema_field *found = linli_schema_field_by_name(type, name);
    for (size_t i = 0; found == NULL && i < type->field_count; i++)
        if (strcmp(type->fields[i].label_en, name) == 0 || strcmp(type->fields[i].label_zh, name) == 0)
            found = &type->fields[i];
    return found;
}

const struct linli_schema_type *value_type(const char *name)
{
    size_t count = 0;
    const struct linli_schema_type *types = linli_schema_types(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(types[i].name, name) == 0 || strcmp(types[i].label_en, name) == 0 ||
            strcmp(types[i].label_zh, name) == 0)
            return &types[i];
    return NULL;
}

const char *value_field_label(const struct linli_schema_field *field)
{
    return text_in_use() == LANGUAGE_ZH ? field->label_zh : field->label_en;
}

const char *value_type_label(const struct linli_schema_type *type)
{
    return text_in_use() == LANGUAGE_ZH ? type->label_zh : type->label_en;
}

const char *value_seal_name(enum linli_seal seal)
{
    static const char *const names[] = {"unknown", "contact", "identity", "health", "relief", "minors", "notes"};
    return (size_t)seal < sizeof(names) / sizeof(names[0]) ? names[seal] : names[0];
}

static const struct linli_choice *choice_of(const struct linli_schema_field *field, int64_t number)
{
    for (size_t i = 0; field != NULL && i < field->choice_count; i++)
        if (field->choices[i].number == number)
            return &field->choices[i];
    return NULL;
}

json_t *value_json(const struct linli_schema_field *field, const struct linli_value *value)
{
    char time[DATES_TIME_BYTES];
    const struct linli_choice *choice = NULL;
    switch (value->kind) {
    case LINLI_KIND_BOOL:
        return json_boolean(value->number != 0);
    case LINLI_KIND_TEXT:
    case LINLI_KIND_DATE:
        return output_text((const char *)value->bytes.at, value->bytes.size);
    case LINLI_KIND_BYTES: {
        char *text = base64_write(value->bytes.at, value->bytes.size);
        json_t *json = text != NULL ? json_string(text) : NULL;
        free(text);
        return json;
    }
    case LINLI_KIND_ID:
        return output_json_id(&value->id);
    case LINLI_KIND_INT:
    case LINLI_KIND_TIME:
    case LINLI_KIND_CHOICE:
        choice = choice_of(field, value->number);
        if (choice != NULL)
            return json_string(choice->name);
        if (field != NULL && field->kind == LINLI_KIND_TIME)
            return json_string(dates_write_time(value->number, time));
        return json_integer(value->number);
    case LINLI_KIND_SEALED:
        return json_pack("{s:s}", "sealed", value_seal_name((enum linli_seal)value->number));
    case LINLI_KIND_NIL:
        break;
    }
    return json_null();
}

static bool is_list(enum linli_rule rule)
{
    return rule == LINLI_SET || rule == LINLI_LOG;
}

json_t *value_reading_json(const struct linli_schema_field *field, const struct linli_reading *reading)
{
    if (!is_list(reading->rule))
        return value_json(field, &reading->value);
    json_t *list = json_array();
    for (size_t i = 0; list != NULL && i < reading->count; i++)
        if (json_array_append_new(list, value_json(field, &reading->values[i])) != 0) {
            json_decref(list);
            list = NULL;
        }
    return list;
}

char *value_text(const struct linli_schema_field *field, const struct linli_value *value)
{
    char buffer[64] = "";
    const struct linli_choice *choice = NULL;
    switch (value->kind) {
    case LINLI_KIND_BOOL:
        return strdup(value->number != 0 ? _("yes") : _("no"));
    case LINLI_KIND_TEXT:
    case LINLI_KIND_DATE:
        return value->bytes.size == 0 ? strdup("") : strndup((const char *)value->bytes.at, value->bytes.size);
    case LINLI_KIND_BYTES:
        snprintf(buffer, sizeof(buffer), _("%zu bytes"), value->bytes.size);
        break;
    case LINLI_KIND_ID:
        output_id(&value->id, buffer);
        break;
    case LINLI_KIND_INT:
    case LINLI_KIND_TIME:
    case LINLI_KIND_CHOICE:
        choice = choice_of(field, value->number);
        if (choice != NULL)
            return strdup(text_in_use() == LANGUAGE_ZH ? choice->label_zh : choice->label_en);
        if (field != NULL && field->kind == LINLI_KIND_TIME)
            dates_write_local(value->number, buffer);
        else
            snprintf(buffer, sizeof(buffer), "%" PRId64, value->number);
        break;
    case LINLI_KIND_SEALED:
        return strdup(_("(sealed)"));
    case LINLI_KIND_NIL:
        break;
    }
    return strdup(buffer);
}

char *value_reading_text(const struct linli_schema_field *field, const struct linli_reading *reading)
{
    if (!is_list(reading->rule))
        return value_text(field, &reading->value);
    char *whole = strdup("");
    size_t size = 0;
    for (size_t i = 0; whole != NULL && i < reading->count; i++) {
        char *one = value_text(field, &reading->values[i]);
        size_t room = one != NULL ? size + strlen(one) + 3 : 0;
        char *longer = one != NULL ? realloc(whole, room) : NULL;
        if (longer == NULL) {
            free(one);
            free(whole);
            return NULL;
        }
        whole = longer;
        size += (size_t)snprintf(whole + size, room - size, "%s%s", i > 0 ? "; " : "", one);
        free(one);
    }
    return whole;
}
