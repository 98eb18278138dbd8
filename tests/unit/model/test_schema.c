/* model: the table of record types is whole, and every type has a life. */
#include "unit.h"

#include "base/check.h"
#include "model/schema.h"

#include <string.h>

static void every_type_and_field_is_found_by_number_and_by_name(void **state)
{
    (void)state;
    size_t count = 0;
    const struct linli_schema_type *types = linli_schema_types(&count);

    assert_int_equal(count, 33);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(linli_schema_type_by_number(types[i].number), &types[i]);
        assert_ptr_equal(linli_schema_type_by_name(types[i].name), &types[i]);
        assert_int_equal(type_needs_manage(types[i].number), types[i].manage);
        for (size_t j = 0; j < types[i].field_count; j++) {
            const struct linli_schema_field *f = &types[i].fields[j];
            assert_ptr_equal(linli_schema_field_by_number(&types[i], f->number), f);
            assert_ptr_equal(linli_schema_field_by_name(&types[i], f->name), f);
            assert_true(f->choice_count > 0 ? f->kind == LINLI_KIND_CHOICE || f->kind == LINLI_KIND_TEXT : f->kind != LINLI_KIND_CHOICE);
            uint32_t group = schema_group_of(f);
            assert_int_equal(group_n(group), f->group);
            assert_int_equal(group_rule(group), f->rule);
            assert_int_equal(group_class(group), f->cls);
            assert_int_equal(f->seal, linli_schema_field_by_number(&types[i], f->group)->seal); /* a group is sealed as one */
        }
    }
    assert_null(linli_schema_type_by_number(0));
    assert_null(linli_schema_type_by_name("nothing"));
    assert_null(linli_schema_field_by_number(&types[0], 9999));
    assert_null(linli_schema_field_by_name(&types[0], "nothing"));
}

static void what_speaks_of_a_person_is_sealed(void **state)
{
    (void)state;
    static const struct {
        const char *type, *field;
        enum linli_seal seal;
    } each[] = {{"resident", "phone", LINLI_SEAL_CONTACT},          {"resident", "id_number", LINLI_SEAL_IDENTITY},
                {"resident", "disability_grade", LINLI_SEAL_HEALTH}, {"resident", "note", LINLI_SEAL_NOTES},
                {"household", "care", LINLI_SEAL_RELIEF},            {"household", "remarks", LINLI_SEAL_NOTES},
                {"resident", "name", LINLI_SEAL_NONE}};

    for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
        assert_int_equal(linli_schema_field_by_name(linli_schema_type_by_name(each[i].type), each[i].field)->seal, each[i].seal);
}

/* Numbers mean what they meant in every store that there is: a row here is added to, never changed (proto/record.md 1). */
static void numbers_keep_their_meaning(void **state)
{
    (void)state;
    static const struct {
        linli_type type;
        linli_field field;
        const char *name;
    } each[] = {{1 << 1 | 1, 7, "style"},  {3 << 1, 13, "handrails"},   {4 << 1, 4, "room"},         {5 << 1, 5, "id_number"},
                {5 << 1, 14, "left"},      {6 << 1, 6, "next_due"},     {7 << 1, 7, "assignee"},     {8 << 1, 9, "fund_amount"},
                {9 << 1, 4, "readers"},    {10 << 1, 6, "result"},      {13 << 1, 9, "reason"},      {14 << 1, 1, "building"},
                {15 << 1, 4, "room"},      {16 << 1, 6, "request"},     {17 << 1, 6, "until"},       {18 << 1, 14, "review"},
                {19 << 1, 9, "ends"},      {20 << 1, 2, "other"},       {21 << 1 | 1, 13, "ended"},  {22 << 1 | 1, 7, "votes"},
                {23 << 1 | 1, 8, "decision"}, {24 << 1, 5, "by"},       {25 << 1 | 1, 5, "ends"},    {26 << 1, 10, "ends"},
                {27 << 1, 7, "minutes"},   {28 << 1, 5, "findings"},    {29 << 1, 8, "hazard"},      {32 << 1, 8, "cleared"},
                {33 << 1, 12, "spent"},    {34 << 1, 6, "state"},       {35 << 1, 3, "option"}};

    for (size_t i = 0; i < COUNT_OF(each); i++) {
        const struct linli_schema_type *type = linli_schema_type_by_number(each[i].type);
        assert_non_null(type);
        assert_string_equal(linli_schema_field_by_number(type, each[i].field)->name, each[i].name);
    }
}

static void every_field_says_what_it_is_for(void **state)
{
    (void)state;
    size_t count = 0;
    const struct linli_schema_type *types = linli_schema_types(&count);

    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < types[i].field_count; j++) {
            const struct linli_schema_field *f = &types[i].fields[j];
            assert_true(f->purpose != NULL && f->purpose->label_en[0] != '\0' && f->purpose->label_zh[0] != '\0');
            assert_true(f->ref == 0 || linli_schema_type_by_number(f->ref) != NULL);
            assert_true(f->after == 0 || linli_schema_field_by_number(&types[i], f->after)->kind == f->kind);
            assert_int_equal(f->retired_en == NULL, f->retired_zh == NULL);
        }
}

/* Whoever is watched, ranked or sorted by faith is no business of a captain's. */
static void nobody_is_put_on_a_list_of_people_to_be_watched(void **state)
{
    (void)state;
    static const char *const never[] = {"刑满", "吸毒", "艾滋", "上访", "信访", "矫正", "重点人员", "宗教", "政治面貌", "信用", "评分", "排名", "HIV", "drug", "prison", "petition", "religion", "score", "rank"};
    size_t count = 0;
    const struct linli_schema_type *types = linli_schema_types(&count);

    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < types[i].field_count; j++)
            for (size_t k = 0; k < COUNT_OF(never); k++) {
                const struct linli_schema_field *f = &types[i].fields[j];
                assert_null(strstr(f->label_en, never[k]));
                assert_null(strstr(f->label_zh, never[k]));
                for (size_t c = 0; c < f->choice_count; c++)
                    assert_true(strstr(f->choices[c].label_en, never[k]) == NULL && strstr(f->choices[c].label_zh, never[k]) == NULL);
            }
}

static void a_group_is_sealed_where_its_type_says_so(void **state)
{
    (void)state;
    const struct linli_schema_type *resident = linli_schema_type_by_name("resident");
    uint32_t phone = schema_group_of(linli_schema_field_by_name(resident, "phone"));
    uint32_t as_public = group_number(group_n(phone), group_rule(phone), CLASS_PUBLIC);

    assert_int_equal(schema_seal_of(resident->number, phone), LINLI_SEAL_CONTACT);
    assert_int_equal(schema_seal_of(resident->number, as_public), LINLI_SEAL_NONE); /* no group of this schema */
    assert_int_equal(schema_seal_of(resident->number, group_number(9999, RULE_REGISTER, CLASS_PERSONAL)), LINLI_SEAL_NONE);
    assert_int_equal(schema_seal_of(0, phone), LINLI_SEAL_NONE); /* no type of this version */
}

static void the_id_of_a_record_says_what_right_its_type_needs(void **state)
{
    (void)state;
    size_t count = 0;
    const struct linli_schema_type *types = linli_schema_types(&count);

    for (size_t i = 0; i < count; i++)
        for (unsigned first = 0; first < 2; first++) {
            linli_id record = {{(uint8_t)(0xa4 | first)}};
            assert_int_equal(record_id_fits(&record, types[i].number), types[i].manage == (first == 1));
            record_id_make_fit(&record, types[i].number);
            assert_true(record_id_fits(&record, types[i].number));
            assert_int_equal(record.b[0] >> 1, 0xa4 >> 1);
        }
}

static void every_type_has_a_life_that_no_table_lists(void **state)
{
    (void)state;
    size_t count = 0;
    const struct linli_schema_type *types = linli_schema_types(&count);

    for (size_t i = 0; i < count; i++) {
        const struct linli_schema_field *life = linli_schema_field_by_name(&types[i], "life");
        assert_ptr_equal(life, &schema_life);
        assert_ptr_equal(linli_schema_field_by_number(&types[i], FIELD_LIFE), life);
        assert_int_equal(schema_group_of(life), GROUP_LIFE);
        for (size_t j = 0; j < types[i].field_count; j++)
            assert_int_not_equal(types[i].fields[j].number, FIELD_LIFE);
    }
}

static void fields_that_mean_something_together_are_one_group(void **state)
{
    (void)state;
    const struct linli_schema_type *household = linli_schema_type_by_name("household");
    uint32_t unit = schema_group_of(linli_schema_field_by_name(household, "unit"));

    assert_int_equal(unit, schema_group_of(linli_schema_field_by_name(household, "room")));
    assert_int_not_equal(unit, schema_group_of(linli_schema_field_by_name(household, "head")));
    assert_true(linli_schema_type_by_name("grant")->manage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_and_field_is_found_by_number_and_by_name),
        cmocka_unit_test(what_speaks_of_a_person_is_sealed),
        cmocka_unit_test(numbers_keep_their_meaning),
        cmocka_unit_test(every_field_says_what_it_is_for),
        cmocka_unit_test(nobody_is_put_on_a_list_of_people_to_be_watched),
        cmocka_unit_test(a_group_is_sealed_where_its_type_says_so),
        cmocka_unit_test(the_id_of_a_record_says_what_right_its_type_needs),
        cmocka_unit_test(every_type_has_a_life_that_no_table_lists),
        cmocka_unit_test(fields_that_mean_something_together_are_one_group),
    };

    return UNIT_RUN(tests);
}
