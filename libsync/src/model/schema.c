/* model: lookups in the generated table of record types, and the life field that every type has. */
#include "model/schema.h"
#include "base/check.h"

#include <string.h>

static const struct linli_choice life_choices[] = {
    {LIFE_VALUE_ALIVE, "alive", "kept", "在册", NULL},
    {LIFE_VALUE_DELETED, "deleted", "deleted", "已删除", NULL},
};

static const struct linli_purpose life_purpose = {"life", "to say whether the record still counts", "说明该记录是否有效"};

const struct linli_schema_field schema_life = {
    .number = FIELD_LIFE, .name = "life", .label_en = "life", .label_zh = "存续", .kind = LINLI_KIND_CHOICE, .rule = LINLI_REGISTER,
    .cls = LINLI_PUBLIC, .group = FIELD_LIFE, .choices = life_choices, .choice_count = COUNT_OF(life_choices), .purpose = &life_purpose,
};

uint32_t schema_group_of(const struct linli_schema_field *field)
{
    return group_number(field->group, (enum merge_rule)field->rule, (enum data_class)field->cls);
}

enum linli_seal schema_seal_of(linli_type type, uint32_t group)
{
    const struct linli_schema_type *of = linli_schema_type_by_number(type);
    const struct linli_schema_field *field = of == NULL ? NULL : linli_schema_field_by_number(of, group_n(group));

    return field != NULL && schema_group_of(field) == group ? field->seal : LINLI_SEAL_NONE;
}

const struct linli_schema_type *linli_schema_types(size_t *count)
{
    *count = schema_table_count;
    return schema_table;
}

const struct linli_schema_type *linli_schema_type_by_number(linli_type number)
{
    for (size_t i = 0; i < schema_table_count; i++)
        if (schema_table[i].number == number)
            return &schema_table[i];
    return NULL;
}

const struct linli_schema_type *linli_schema_type_by_name(const char *name)
{
    for (size_t i = 0; i < schema_table_count; i++)
        if (strcmp(schema_table[i].name, name) == 0)
            return &schema_table[i];
    return NULL;
}

const struct linli_schema_field *linli_schema_field_by_number(const struct linli_schema_type *type, linli_field number)
{
    if (number == FIELD_LIFE)
        return &schema_life;
    for (size_t i = 0; i < type->field_count; i++)
        if (type->fields[i].number == number)
            return &type->fields[i];
    return NULL;
}

const struct linli_schema_field *linli_schema_field_by_name(const struct linli_schema_type *type, const char *name)
{
    if (strcmp(schema_life.name, name) == 0)
        return &schema_life;
    for (size_t i = 0; i < type->field_count; i++)
        if (strcmp(type->fields[i].name, name) == 0)
            return &type->fields[i];
    return NULL;
}
