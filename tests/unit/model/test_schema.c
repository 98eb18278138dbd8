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

    assert_int_equal(count, 13);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(linli_schema_type_by_number(types[i].number), &types[i]);
        assert_ptr_equal(linli_schema_type_by_name(types[i].name), &types[i]);
        assert_int_equal(type_needs_manage(types[i].number), types[i].manage);
        for (size_t j = 0; j < types[i].field_count; j++) {
            const struct linli_schema_field *f = &types[i].fields[j];
            assert_ptr_equal(linli_schema_field_by_number(&types[i], f->number), f);
            assert_ptr_equal(linli_schema_field_by_name(&types[i], f->name), f);
            assert_int_equal(f->kind == LINLI_KIND_CHOICE, f->choice_count > 0);
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
        cmocka_unit_test(a_group_is_sealed_where_its_type_says_so),
        cmocka_unit_test(the_id_of_a_record_says_what_right_its_type_needs),
        cmocka_unit_test(every_type_has_a_life_that_no_table_lists),
        cmocka_unit_test(fields_that_mean_something_together_are_one_group),
    };

    return UNIT_RUN(tests);
}
