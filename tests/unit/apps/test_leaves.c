/* tests: the small leaves of the command line: widths, dots, base64, lookups, addresses, options, values, the sample. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "about.h"
#include "base64.h"
#include "clean.h"
#include "idnumber.h"
#include "lookup.h"
#include "options.h"
#include "output.h"
#include "sample.h"
#include "session_output.h"
#include "text.h"
#include "value.h"

static void chinese_takes_two_columns_and_marks_none(void **state)
{
    (void)state;
    assert_int_equal(output_width(""), 0);
    assert_int_equal(output_width("abc"), 3);
    assert_int_equal(output_width("昆明市"), 6);
    assert_int_equal(output_width("１栋"), 4);
    assert_int_equal(output_width("e\xCC\x81"), 1);
    assert_int_equal(output_width("\xF0\xA0\x85\xA4"), 2);
    assert_int_equal(output_width("阿·努"), 5);
    assert_int_equal(output_width("\xFF\xFE"), 2); /* no text at all, yet it ends */
}

static void of_what_is_named_again_the_first_stays(void **state)
{
    enum { MANY = 1000 };
    struct about g = {.code = LINLI_OK};

    (void)state;
    for (unsigned i = 0; i < 3 * MANY; i++) {
        linli_id id = {{(uint8_t)(i * 7 % MANY), (uint8_t)(i * 7 % MANY >> 8)}};
        assert_true(about_add(&g, &id, i + 1));
    }
    assert_int_equal(about_once(&g), LINLI_OK);
    assert_int_equal(g.count, MANY);
    for (unsigned i = 0; i < MANY; i++)
        assert_int_equal(g.types[i], i + 1);
    about_free(&g);
}

static void tables_line_up(void **state)
{
    char *text = NULL;
    size_t size = 0;
    struct table table;
    struct context ctx;
    const char *headings[] = {"name", ">n", "note"};
    const char *first[] = {"昆明", "7", "x"}, *second[] = {"a\xE2\x80\xAE""b", "1234", NULL};
    (void)state;
    memset(&ctx, 0, sizeof(ctx));
    ctx.out = open_memstream(&text, &size);
    table_begin(&table, headings, 3);
    table_row(&table, first);
    table_row(&table, second);
    assert_int_equal(table_finish(&ctx, &table, true), 0);
    fclose(ctx.out);
    assert_string_equal(text, "name     n  note\n昆明     7  x\na b   1234\n");
    free(text);
}

static void nothing_that_steers_a_terminal_is_shown(void **state)
{
    static const char *const bad[] = {"a\x1b[31mb", "a\x7f""b", "a\xC2\x9B""31mb", "a\xC2\x80""b", "a\xE2\x80\xAE""b",
                                      "a\xE2\x80\xAA""b", "a\xE2\x81\xA6""b", "a\xE2\x81\xA9""b", "a\xE2\x80\xA8""b",
                                      "a\x9B""31mb", "a\xC0\x9B""b", "a\xE0\x82\x9B""b", "a\xED\xA0\x80""b", "a\xF5""b", "a\xE4\xB8"};
    static const char *const good[] = {"", "a", "甲 乙", "é", "\xC2\xA0", "\xEF\xBF\xBD", "\xF0\xA0\x85\xA4", "\xE2\x80\x8D"};
    char copy[64], *text = NULL;
    size_t size = 0;
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(clean_whole(bad[i]));
        clean_copy(copy, bad[i], strlen(bad[i]));
        assert_true(clean_whole(copy));
        assert_int_equal(copy[0], 'a');
        assert_int_equal(copy[1], ' ');
    }
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(clean_whole(good[i]));
        assert_int_equal(clean_copy(copy, good[i], strlen(good[i])), strlen(good[i]));
        assert_string_equal(copy, good[i]);
    }
    FILE *to = open_memstream(&text, &size);
    clean_put(to, "甲\xC2\x9B乙\xFF");
    fclose(to);
    assert_string_equal(text, "甲 乙 ");
    free(text);
}

static void dots_come_back(void **state)
{
    linli_dot dot, back;
    char text[OUTPUT_DOT_BYTES];
    (void)state;
    for (size_t i = 0; i < 32; i++)
        dot.author.key[i] = (uint8_t)(i * 7);
    dot.author.incarnation = UINT64_C(0xfedcba9876543210);
    dot.seq = UINT64_MAX;
    output_dot(&dot, text);
    assert_int_equal(strlen(text), OUTPUT_DOT_BYTES - 1);
    assert_true(output_read_dot(text, &back));
    assert_memory_equal(dot.author.key, back.author.key, 32);
    assert_true(back.author.incarnation == dot.author.incarnation && back.seq == dot.seq);
    text[3] = 'G';
    assert_false(output_read_dot(text, &back));
    assert_false(output_read_dot("", &back));
}

static void base64_has_one_spelling(void **state)
{
    static const struct {
        const char *bytes, *text;
    } cases[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}}; /* RFC 4648 10 */
    static const char *const bad[] = {"Z", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", "Z*==", "====", "Zm 9"};
    uint8_t *out = NULL;
    size_t size = 0;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *text = base64_write((const uint8_t *)cases[i].bytes, strlen(cases[i].bytes));
        assert_string_equal(text, cases[i].text);
        assert_true(base64_read(text, &out, &size));
        assert_int_equal(size, strlen(cases[i].bytes));
        assert_memory_equal(out, cases[i].bytes, size);
        free(out);
        free(text);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(base64_read(bad[i], &out, &size));
}

static void a_lookup_finds_what_was_put_last(void **state)
{
    struct lookup lookup = {0};
    char key[16];
    (void)state;
    assert_int_equal(lookup_find(&lookup, "x", 1), LOOKUP_NONE);
    for (uint32_t i = 0; i < 50000; i++) {
        int size = snprintf(key, sizeof(key), "%u", i);
        assert_true(lookup_put(&lookup, key, (size_t)size, i));
    }
    for (uint32_t i = 0; i < 50000; i++) {
        int size = snprintf(key, sizeof(key), "%u", i);
        assert_int_equal(lookup_find(&lookup, key, (size_t)size), i);
    }
    assert_true(lookup_put(&lookup, "7", 1, 99));
    assert_int_equal(lookup_find(&lookup, "7", 1), 99);
    assert_int_equal(lookup_find(&lookup, "50000", 5), LOOKUP_NONE);
    assert_int_equal(lookup_find(&lookup, "", 0), LOOKUP_NONE);
    lookup_free(&lookup);
}

static void addresses_need_a_host_and_a_port(void **state)
{
    char host[256];
    unsigned port = 0;
    (void)state;
    assert_true(session_address("127.0.0.1:80", host, &port));
    assert_string_equal(host, "127.0.0.1");
    assert_int_equal(port, 80);
    assert_true(session_address("[::1]:65535", host, &port));
    assert_string_equal(host, "::1");
    static const char *const bad[] = {"", ":80", "host", "host:", "host:x", "host:65536", "::1:80", "host:-1", "[]:1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (session_address(bad[i], host, &port))
            fail_msg("'%s' was taken", bad[i]);
}

static void flags_are_read_by_their_table(void **state)
{
    static const struct flag verb[] = {{"kind", "K", "a b", "", false}, {"where", "W", NULL, "", true},
                                       {"dry", NULL, NULL, "", false},  {NULL, NULL, NULL, NULL, false}};
    static const struct flag common[] = {{"help", NULL, NULL, "", false}, {NULL, NULL, NULL, NULL, false}};
    struct options options;
    char *good[] = {"verb", "x", "--where", "1", "y", "--where=2", "--kind", "b", "--", "--dry", NULL};
    char *wrong[][4] = {{"verb", "--none", NULL}, {"verb", "--kind", NULL}, {"verb", "--kind", "c", NULL},
                        {"verb", "--dry", "--dry", NULL}, {"verb", "--dry=1", NULL}, {"verb", "-x", NULL}};
    (void)state;
    assert_true(options_read(&options, verb, common, 10, good));
    assert_string_equal(option_value(&options, "kind"), "b");
    assert_string_equal(option_nth(&options, "where", 0), "1");
    assert_string_equal(option_nth(&options, "where", 1), "2");
    assert_null(option_nth(&options, "where", 2));
    assert_false(option_has(&options, "dry"));
    assert_int_equal(options.arg_count, 3);
    assert_string_equal(options.args[2], "--dry");
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        int argc = 0;
        while (argc < 4 && wrong[i][argc] != NULL)
            argc++;
        if (options_read(&options, verb, common, argc, wrong[i]))
            fail_msg("case %zu was taken", i);
        assert_true(options.problem[0] != '\0');
    }
}

static void values_are_read_by_kind_and_written_back(void **state)
{
    static const struct {
        const char *type, *field, *text, *json; /* NULL = refused */
    } cases[] = {
        {"household", "tenure", "自住", "\"owner\""},   {"household", "tenure", "rented", "\"rented\""},
        {"household", "tenure", "5", "\"other\""},       {"household", "tenure", "77", NULL},
        {"building", "year", "1985", "1985"},            {"building", "year", "1985a", NULL},
        {"building", "year", "99999999999999999999", NULL},
        {"resident", "birth_date", "1884/2/29", "\"1884-02-29\""},
        {"resident", "birth_date", "1885-02-29", NULL},  {"resident", "name", "甲例", "\"甲例\""},
        {"visit", "time", "2026-11-23T09:10:00+08:00", "\"2026-11-23T01:10:00Z\""},
        {"visit", "household", "0123456789ABCDEF0123456789abcdef", "\"0123456789abcdef0123456789abcdef\""},
        {"visit", "household", "0123", NULL},            {"hazard", "photo", "AQID", "\"AQID\""},
        {"resident", "relation", "10", "\"配偶\""},       {"resident", "relation", "daughter", "\"女\""},
        {"resident", "relation", "远亲", "\"远亲\""},       {"resident", "ethnic", "25", "\"sui\""},
        {"resident", "ethnic", "57", NULL},
        {"hazard", "photo", "A", NULL},                  {"resident", "name", "", "null"}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct linli_schema_field *field = value_field(value_type(cases[i].type), cases[i].field);
        struct value value;
        assert_non_null(field);
        int rc = value_read(field, cases[i].text, &value);
        if ((rc == LINLI_OK) != (cases[i].json != NULL))
            fail_msg("%s.%s = '%s': %s", cases[i].type, cases[i].field, cases[i].text, linli_code_name(rc));
        if (rc == LINLI_OK) {
            json_t *json = value_json(field, &value.value);
            char *text = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
            assert_string_equal(text, cases[i].json);
            free(text);
            json_decref(json);
        }
        value_free(&value);
    }
    assert_ptr_equal(value_type("住户"), value_type("household"));
    assert_ptr_equal(value_field(value_type("resident"), "姓名"), value_field(value_type("resident"), "name"));
}

static void bytes_that_are_no_text_still_make_json(void **state)
{
    (void)state;
    json_t *json = output_text("a\xFFz", 3);
    assert_string_equal(json_string_value(json), "a\xEF\xBF\xBDz");
    json_decref(json);
}

static void a_locale_names_its_language(void **state)
{
    (void)state;
    assert_int_equal(text_language(NULL, NULL, "zh_CN.UTF-8", NULL), LANGUAGE_ZH);
    assert_int_equal(text_language("C", NULL, "zh_CN.UTF-8", "zh_CN"), LANGUAGE_EN);
    assert_int_equal(text_language("", "en_US.UTF-8", "zh_CN.UTF-8", NULL), LANGUAGE_EN);
    assert_int_equal(text_language(NULL, NULL, "en_US.UTF-8", "zh_CN:en"), LANGUAGE_ZH);
    assert_int_equal(text_language(NULL, NULL, NULL, NULL), LANGUAGE_EN);
}

static void the_sample_has_valid_numbers_that_never_repeat(void **state)
{
    struct sample sample;
    struct lookup seen = {0};
    (void)state;
    sample_begin(&sample, 7);
    for (uint32_t i = 0; i < 100000; i++) {
        struct sample_person person;
        struct idnumber number;
        sample_person(&sample, &person);
        assert_int_equal(idnumber_read(person.id_number, "1900-01-01", &number), IDNUMBER_GOOD);
        assert_int_equal(number.sex, person.sex);
        assert_string_equal(number.birth, person.birth);
        assert_int_equal(strncmp(person.phone, "1990000", 7), 0);
        assert_int_equal(lookup_find(&seen, person.id_number, 18), LOOKUP_NONE);
        assert_true(lookup_put(&seen, person.id_number, 18, i));
    }
    lookup_free(&seen);
}

static void patches_keep_the_captains_rule(void **state)
{
    static const uint32_t least[] = {0, 30, 180, 10, 40}, most[] = {0, 50, 220, 20, 50};
    struct sample sample;
    uint64_t residents = 0;
    (void)state;
    sample_begin(&sample, 1);
    for (size_t i = 0; i < 10000; i++) {
        struct sample_patch patch = sample_patch(&sample, true, 1000);
        assert_in_range(patch.households, least[patch.style], most[patch.style]);
        assert_int_equal(sample_patch(&sample, true, 3).households, 3);
        assert_int_equal(sample_patch(&sample, false, 1000).households, 60);
        residents += sample_residents(&sample);
    }
    assert_in_range(residents, 25000, 27000); /* 2.6 to a household */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chinese_takes_two_columns_and_marks_none),
        cmocka_unit_test(of_what_is_named_again_the_first_stays),
        cmocka_unit_test(tables_line_up),
        cmocka_unit_test(nothing_that_steers_a_terminal_is_shown),
        cmocka_unit_test(dots_come_back),
        cmocka_unit_test(base64_has_one_spelling),
        cmocka_unit_test(a_lookup_finds_what_was_put_last),
        cmocka_unit_test(addresses_need_a_host_and_a_port),
        cmocka_unit_test(flags_are_read_by_their_table),
        cmocka_unit_test(values_are_read_by_kind_and_written_back),
        cmocka_unit_test(bytes_that_are_no_text_still_make_json),
        cmocka_unit_test(a_locale_names_its_language),
        cmocka_unit_test(the_sample_has_valid_numbers_that_never_repeat),
        cmocka_unit_test(patches_keep_the_captains_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
