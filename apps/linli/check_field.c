/* Command line, check: the fields of one record, by what the schema says of them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "shape.h"
#include "value.h"

void check_found(struct check *check, enum finding_kind kind, const struct linli_schema_field *field, const linli_id *other,
                 const char *detail)
{
    const struct finding finding = {kind, check->type, linli_record_id(check->record), field, other, detail};
    check->found(check->at, &finding);
}

static bool is_there(const struct linli_value *value)
{
    return value->kind != LINLI_KIND_NIL && value->kind != LINLI_KIND_SEALED;
}

const struct linli_value *check_value(const linli_record *record, linli_field field)
{
    const struct linli_reading *reading = linli_record_field(record, field);
    return reading != NULL && reading->count > 0 && is_there(&reading->value) ? &reading->value : NULL;
}

const struct linli_value *check_named(const struct linli_schema_type *type, const linli_record *record, const char *name)
{
    const struct linli_schema_field *field = linli_schema_field_by_name(type, name);
    return field != NULL ? check_value(record, field->number) : NULL;
}

char *check_text(const struct linli_value *value, char *out, size_t size)
{
    out[0] = '\0';
    if (value == NULL)
        return out;
    if (value->kind == LINLI_KIND_TEXT || value->kind == LINLI_KIND_DATE)
        snprintf(out, size, "%.*s", (int)value->bytes.size, (const char *)value->bytes.at);
    else if (value->kind == LINLI_KIND_ID)
        for (size_t i = 0; i < sizeof(value->id.b) && 2 * i + 2 < size; i++)
            snprintf(out + 2 * i, 3, "%02x", value->id.b[i]);
    else
        snprintf(out, size, "%" PRId64, value->number);
    return out;
}

/* ---- one value ---- */

static bool spells(const char *word, const char *text, size_t size)
{
    return word != NULL && strlen(word) == size && memcmp(word, text, size) == 0;
}

/* Words of a standard are kept as rosters have them, in Chinese. */
static const struct linli_choice *word_of(const struct linli_schema_field *field, const char *text, size_t size)
{
    for (size_t i = 0; i < field->choice_count; i++)
        if (spells(field->choices[i].label_zh, text, size) || spells(field->choices[i].also, text, size))
            return &field->choices[i];
    return NULL;
}

static const struct linli_choice *choice_of(const struct linli_schema_field *field, const struct linli_value *value)
{
    if (field->kind == LINLI_KIND_TEXT)
        return word_of(field, (const char *)value->bytes.at, value->bytes.size);
    for (size_t i = 0; i < field->choice_count; i++)
        if (field->choices[i].number == value->number)
            return &field->choices[i];
    return NULL;
}

/* Bytes of the mark that parts two words here; 0 for none. */
static size_t mark_at(const char *at, size_t left)
{
    static const char *const marks[] = {"、", "，", "；", ",", ";", "+", "/", " "};
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (left >= strlen(marks[i]) && memcmp(at, marks[i], strlen(marks[i])) == 0)
            return strlen(marks[i]);
    return 0;
}

/* Of a text that is several words: how many; 0 when one of them is none of the list's. */
static size_t words_count(const struct linli_schema_field *field, const struct linli_value *value)
{
    const char *text = (const char *)value->bytes.at;
    size_t count = 0, start = 0, size = value->bytes.size;
    for (size_t at = 0; at <= size;) {
        size_t mark = at < size ? mark_at(text + at, size - at) : 1;
        if (mark > 0 && at > start) {
            if (word_of(field, text + start, at - start) == NULL)
                return 0;
            count++;
        }
        start = mark > 0 ? at + mark : start;
        at += mark > 0 ? mark : 1;
    }
    return count;
}

static void check_words(struct check *check, const struct linli_schema_field *field, const struct linli_value *value)
{
    if (field->choice_count == 0 || choice_of(field, value) != NULL)
        return;
    size_t count = field->kind == LINLI_KIND_TEXT ? words_count(field, value) : 0;
    if (count == 0)
        check_found(check, field->kind == LINLI_KIND_TEXT ? FINDING_WORD : FINDING_CHOICE, field, NULL, "");
    else if (count > 1 && !field->several)
        check_found(check, FINDING_SEVERAL, field, NULL, "");
}

static void check_bounds(struct check *check, const struct linli_schema_field *field, const struct linli_value *value)
{
    char detail[64];
    if ((field->least == 0 && field->most == 0) || (value->number >= field->least && value->number <= field->most))
        return;
    snprintf(detail, sizeof(detail), "%" PRId64 " … %" PRId64, field->least, field->most);
    check_found(check, FINDING_BOUNDS, field, NULL, detail);
}

static void check_order(struct check *check, const struct linli_schema_field *field, const struct linli_value *value)
{
    const struct linli_value *before = field->after != 0 ? check_value(check->record, field->after) : NULL;
    char one[CHECK_TEXT_BYTES], other[CHECK_TEXT_BYTES], detail[CHECK_TEXT_BYTES];
    if (before == NULL)
        return;
    bool good = field->kind == LINLI_KIND_TIME
                    ? value->number >= before->number
                    : strcmp(check_text(value, one, sizeof(one)), check_text(before, other, sizeof(other))) >= 0;
    if (good)
        return;
    snprintf(detail, sizeof(detail), _("before '%s'"), value_field_label(linli_schema_field_by_number(check->type, field->after)));
    check_found(check, FINDING_ORDER, field, NULL, detail);
}

/* ---- formats ---- */

/* Whether a city's list is held: its own record, and more than one county. Who holds one district alone knows of no other. */
static bool city_known(const struct check *check, const char *number)
{
    const char city[] = {number[0], number[1], number[2], number[3], '0', '0'};
    uint32_t count = lookup_find(&check->counties, city, 4);
    return count != LOOKUP_NONE && count > 1 && lookup_find(&check->counties, city, sizeof(city)) != LOOKUP_NONE;
}

/* A city's list that is held says which counties there are and were; of other cities nothing is known, so nothing is said. */
static void check_county(struct check *check, const struct linli_schema_field *field, const char *number)
{
    if (city_known(check, number) && lookup_find(&check->counties, number, 6) == LOOKUP_NONE)
        check_found(check, FINDING_COUNTY, field, NULL, "");
}

/* What the record's identity number says, when it has one that can be read. */
static bool identity_of(const struct check *check, struct idnumber *out)
{
    char text[CHECK_TEXT_BYTES];
    for (size_t i = 0; i < check->type->field_count; i++) {
        const struct linli_schema_field *field = &check->type->fields[i];
        if (field->format == LINLI_FORMAT_IDENTITY)
            return idnumber_read(check_text(check_value(check->record, field->number), text, sizeof(text)), check->today, out) ==
                   IDNUMBER_GOOD;
    }
    return false;
}

static void check_format(struct check *check, const struct linli_schema_field *field, const struct linli_value *value)
{
    char text[CHECK_TEXT_BYTES], phone[SHAPE_PHONE_BYTES];
    struct idnumber number;
    check_text(value, text, sizeof(text));
    switch (field->format) {
    case LINLI_FORMAT_ANY: break;
    case LINLI_FORMAT_NAME:
        if (!shape_name(text))
            check_found(check, FINDING_NAME, field, NULL, "");
        break;
    case LINLI_FORMAT_PHONE:
        if (!shape_phone(text, phone))
            check_found(check, FINDING_PHONE, field, NULL, "");
        break;
    case LINLI_FORMAT_DIVISION:
        if (!shape_division(text))
            check_found(check, FINDING_DIVISION, field, NULL, "");
        break;
    case LINLI_FORMAT_IDENTITY: {
        enum idnumber_fault fault = idnumber_read(text, check->today, &number);
        if (fault != IDNUMBER_GOOD)
            check_found(check, FINDING_IDENTITY, field, NULL, shape_identity_words(fault));
        else
            check_county(check, field, text);
        break;
    }
    case LINLI_FORMAT_IDENTITY_BIRTH:
        if (identity_of(check, &number) && strcmp(number.birth, text) != 0)
            check_found(check, FINDING_BIRTH, field, NULL, "");
        break;
    case LINLI_FORMAT_IDENTITY_SEX:
        if ((value->number == 1 || value->number == 2) && identity_of(check, &number) && number.sex != value->number)
            check_found(check, FINDING_SEX, field, NULL, "");
        break;
    }
}

/* ---- one field ---- */

/* Where nothing of its class is held, this device may not have been given it. */
static bool class_is_held(const struct check *check, enum linli_class cls)
{
    for (size_t i = 0; i < linli_record_count(check->record); i++) {
        linli_field number = linli_record_at(check->record, i)->field;
        const struct linli_schema_field *field = number != 0 ? linli_schema_field_by_number(check->type, number) : NULL;
        if (field != NULL && field->cls == cls)
            return true;
    }
    return false;
}

/* Does the field that it is needed with say so? */
static bool is_needed(const struct check *check, const struct linli_schema_field *field)
{
    if (field->required)
        return class_is_held(check, field->cls);
    const struct linli_value *value = field->needed_with != 0 ? check_value(check->record, field->needed_with) : NULL;
    if (value == NULL || field->needed_choice == LINLI_ANY_CHOICE)
        return value != NULL;
    const struct linli_choice *choice = choice_of(linli_schema_field_by_number(check->type, field->needed_with), value);
    return choice != NULL && choice->number == field->needed_choice;
}

static void check_one(struct check *check, const struct linli_schema_field *field)
{
    const struct linli_reading *reading = linli_record_field(check->record, field->number);
    if (reading == NULL || reading->count == 0 || reading->value.kind == LINLI_KIND_NIL) {
        if (is_needed(check, field))
            check_found(check, FINDING_MISSING, field, NULL, "");
        return;
    }
    if (field->retired_en != NULL) {
        check_found(check, FINDING_RETIRED, field, NULL, text_in_use() == LANGUAGE_ZH ? field->retired_zh : field->retired_en);
        return;
    }
    bool list = field->rule == LINLI_SET || field->rule == LINLI_LOG;
    for (size_t i = 0; i < (list ? reading->count : 1); i++) {
        const struct linli_value *value = list ? &reading->values[i] : &reading->value;
        if (!is_there(value))
            continue;
        check_words(check, field, value);
        check_bounds(check, field, value);
        check_format(check, field, value);
        check_order(check, field, value);
    }
}

void check_fields(struct check *check)
{
    for (size_t i = 0; i < check->type->field_count; i++)
        check_one(check, &check->type->fields[i]);
}
