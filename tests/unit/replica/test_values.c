/* tests: replica: field values between their stored items and the public kinds. */
#include "unit.h"

#include <string.h>

#include "codec/writer.h"
#include "replica/internal.h"

/* --- read --- */

static struct linli_value read_as(struct buf *item, const struct linli_schema_field *field)
{
    struct linli_value out = {.kind = LINLI_KIND_SEALED};

    assert_ok(item->failed);
    assert_ok(value_read(buf_span(item), field, &out));
    return out;
}

static void numbers_are_read_as_what_they_are(void **state)
{
    static const struct {
        bool negative;
        uint64_t size;
        int64_t number;
    } numbers[] = {{false, 0, 0}, {false, 7, 7}, {false, INT64_MAX, INT64_MAX}, {false, UINT64_MAX, INT64_MAX}, {true, 3, -3}};
    struct buf item = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        buf_clear(&item);
        if (numbers[i].negative)
            write_int(&item, numbers[i].number);
        else
            write_uint(&item, numbers[i].size);
        struct linli_value value = read_as(&item, NULL);
        assert_int_equal(value.kind, LINLI_KIND_INT);
        assert_true(value.number == numbers[i].number); /* more than fits is as much as fits */
    }
    buf_clear(&item);
    write_bool(&item, true);
    struct linli_value value = read_as(&item, NULL);
    assert_true(value.kind == LINLI_KIND_BOOL && value.number == 1);
    buf_clear(&item);
    write_nil(&item);
    assert_int_equal(read_as(&item, NULL).kind, LINLI_KIND_NIL);
    buf_free(&item);
}

static void bytes_are_an_id_only_where_the_field_is_one(void **state)
{
    const struct linli_schema_field id_field = {.number = 1, .kind = LINLI_KIND_ID},
                                    bytes_field = {.number = 1, .kind = LINLI_KIND_BYTES};
    static const uint8_t bytes[ID_BYTES] = {9, 8, 7};
    struct buf item = {0};

    (void)state;
    write_bin(&item, bytes, ID_BYTES);
    struct linli_value value = read_as(&item, &id_field);
    assert_int_equal(value.kind, LINLI_KIND_ID);
    assert_memory_equal(value.id.b, bytes, ID_BYTES);
    assert_int_equal(read_as(&item, &bytes_field).kind, LINLI_KIND_BYTES);
    assert_int_equal(read_as(&item, NULL).kind, LINLI_KIND_BYTES);
    buf_clear(&item);
    write_bin(&item, bytes, ID_BYTES - 1);
    value = read_as(&item, &id_field);
    assert_true(value.kind == LINLI_KIND_BYTES && value.bytes.size == ID_BYTES - 1);
    buf_free(&item);
}

static void what_no_field_of_ours_holds_is_shown_as_it_stands(void **state)
{
    struct linli_value value;
    struct buf item = {0};

    (void)state;
    write_array(&item, 1);
    write_nil(&item);
    value = read_as(&item, NULL);
    assert_true(value.kind == LINLI_KIND_BYTES && span_equal(value.bytes, buf_span(&item)));
    buf_clear(&item);
    write_map(&item, 0);
    value = read_as(&item, NULL);
    assert_true(value.kind == LINLI_KIND_BYTES && span_equal(value.bytes, buf_span(&item)));
    assert_code(value_read((span){NULL, 0}, NULL, &value), LINLI_E_FORMAT);
    write_nil(&item); /* one item too many */
    assert_code(value_read(buf_span(&item), NULL, &value), LINLI_E_FORMAT);
    buf_free(&item);
}

/* --- written --- */

static int written(enum linli_kind kind, enum linli_rule rule, const struct linli_value *value)
{
    const struct linli_schema_field field = {.number = 2, .kind = kind, .rule = rule, .group = 1};
    struct buf item = {0};
    int rv = value_write(&field, value, &item);

    if (rv != LINLI_OK)
        assert_int_equal(item.size, 0);
    buf_free(&item);
    return rv;
}

/* Each kind of value in each kind of field: what is shown may be written where it was shown. */
static void a_value_is_written_where_its_kind_fits(void **state)
{
    static const linli_id id = {{1}};
    struct linli_value values[] = {linli_nil(), linli_bool(true), linli_int(-5), linli_text("1999-12-31"),
                                   linli_bytes("\0\1", 2), linli_ref(&id), linli_int(6), linli_text("2001-02-03"), linli_int(7),
                                   {.kind = LINLI_KIND_SEALED}};
    static const enum linli_kind kinds[] = {LINLI_KIND_NIL, LINLI_KIND_BOOL, LINLI_KIND_INT, LINLI_KIND_TEXT, LINLI_KIND_BYTES,
                                            LINLI_KIND_ID, LINLI_KIND_TIME, LINLI_KIND_DATE, LINLI_KIND_CHOICE,
                                            LINLI_KIND_SEALED};

    (void)state;
    values[6].kind = LINLI_KIND_TIME;
    values[7].kind = LINLI_KIND_DATE;
    values[8].kind = LINLI_KIND_CHOICE;
    for (size_t f = 0; f < COUNT_OF(kinds); f++)
        for (size_t v = 0; v < COUNT_OF(kinds); v++) {
            enum linli_kind field = kinds[f], value = kinds[v];
            bool fits = field != LINLI_KIND_NIL && field != LINLI_KIND_SEALED && value == field;
            fits = fits || ((field == LINLI_KIND_TIME || field == LINLI_KIND_CHOICE) && value == LINLI_KIND_INT);
            fits = fits || (field == LINLI_KIND_DATE && value == LINLI_KIND_TEXT);
            fits = fits || value == LINLI_KIND_NIL; /* explicitly nothing, in a register */
            assert_code(written(field, LINLI_REGISTER, &values[v]), fits ? LINLI_OK : LINLI_E_SCHEMA);
        }
}

static void nothing_is_written_where_nothing_has_a_meaning(void **state)
{
    const struct linli_value nil = linli_nil();
    const struct linli_schema_field rung = {.number = 1, .kind = LINLI_KIND_CHOICE, .rule = LINLI_LADDER, .group = 1};
    struct buf item = {0};

    (void)state;
    assert_ok(written(LINLI_KIND_TEXT, LINLI_LOG, &nil));
    assert_ok(written(LINLI_KIND_TEXT, LINLI_LADDER, &nil)); /* beside the rung, */
    assert_code(value_write(&rung, &nil, &item), LINLI_E_SCHEMA); /* not for it */
    assert_code(written(LINLI_KIND_TEXT, LINLI_SET, &nil), LINLI_E_SCHEMA);
    assert_code(written(LINLI_KIND_INT, LINLI_COUNTER, &nil), LINLI_E_SCHEMA);
    assert_code(written(LINLI_KIND_TIME, LINLI_MAX, &nil), LINLI_E_SCHEMA);
}

static void a_date_is_one_that_there_can_be(void **state)
{
    static const char *const good[] = {"2000-01-01", "0000-12-31", "1996-02-29", "1996-11-30"},
                      *const bad[] = {"", "2000-01-1", "2000-01-011", "2000/01-01", "2000-01/01", "x000-01-01", "20x0-01-01",
                                      "2/00-01-01", "200x-01-01", "2000-00-01", "2000-13-01", "2000-0:-01", "2000-01-00",
                                      "2000-01-32", "2000-02-30", "2000-04-31", "2000-01-0x", "2000-01-x1"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        struct linli_value value = linli_text(good[i]);
        assert_ok(written(LINLI_KIND_DATE, LINLI_REGISTER, &value));
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct linli_value value = linli_text(bad[i]);
        assert_code(written(LINLI_KIND_DATE, LINLI_REGISTER, &value), LINLI_E_SCHEMA);
    }
}

static void bytes_that_are_nowhere_are_refused(void **state)
{
    static const enum linli_kind kinds[] = {LINLI_KIND_TEXT, LINLI_KIND_DATE, LINLI_KIND_BYTES};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct linli_value value = {.kind = kinds[i], .bytes = {NULL, 10}};
        assert_code(written(kinds[i], LINLI_REGISTER, &value), LINLI_E_ARG);
    }
    struct linli_value empty = {.kind = LINLI_KIND_TEXT, .bytes = {NULL, 0}}, wrong = linli_text_span("\xff", 1);
    assert_ok(written(LINLI_KIND_TEXT, LINLI_REGISTER, &empty));
    assert_code(written(LINLI_KIND_TEXT, LINLI_REGISTER, &wrong), LINLI_E_SCHEMA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_as_what_they_are),
        cmocka_unit_test(bytes_are_an_id_only_where_the_field_is_one),
        cmocka_unit_test(what_no_field_of_ours_holds_is_shown_as_it_stands),
        cmocka_unit_test(a_value_is_written_where_its_kind_fits),
        cmocka_unit_test(nothing_is_written_where_nothing_has_a_meaning),
        cmocka_unit_test(a_date_is_one_that_there_can_be),
        cmocka_unit_test(bytes_that_are_nowhere_are_refused),
    };
    return UNIT_RUN(tests);
}
