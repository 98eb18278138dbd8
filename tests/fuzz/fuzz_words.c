/*
 * fuzz: what people and scripts write on the command line, each alone: dates, moments, spans, values of every field, base64
 * (tokens of --seen), identity numbers, the call that travels to a daemon, names that a terminal shows. The first byte says
 * which. What is taken is written back in one spelling, which says the same when it is read again.
 */
#include "fuzz.h"

#include <string.h>

#include "base64.h"
#include "call.h"
#include "clean.h"
#include "dates.h"
#include "idnumber.h"
#include "output.h"
#include "value.h"

static void date(const char *text)
{
    char once[DATES_DATE_BYTES], twice[DATES_DATE_BYTES];

    if (!dates_read(text, once))
        return;
    CLAIM(dates_read(once, twice) && strcmp(once, twice) == 0);
}

static void moment(const char *text)
{
    char said[DATES_TIME_BYTES];
    int64_t once = 0, twice = 0;

    if (!dates_read_time(text, &once))
        return;
    dates_write_local(once, said);
    dates_write_time(once, said);
    if (strstr(said, "ms") == NULL && said[0] != '0') /* a zone may push the first or last day out of 1000 to 9999 */
        CLAIM(dates_read_time(said, &twice) && once == twice);
}

static void span_of_time(const char *text)
{
    const uint64_t century_ms = UINT64_C(3155760000) * 1000;
    uint64_t ms = 0;

    CLAIM(!dates_read_span(text, &ms) || ms <= century_ms);
}

/* A value is shown, and, unless its text had to be cleaned for that, read from what JSON shows of it is the same. */
static void shown_value(const struct linli_schema_field *field, const struct linli_value *value, bool clean)
{
    struct value again;
    char *text = value_text(field, value);
    json_t *json = value_json(field, value);

    CLAIM(text != NULL && json != NULL);
    if (clean && json_is_string(json) && field->kind != LINLI_KIND_TIME && value->kind != LINLI_KIND_NIL) {
        CLAIM(value_read(field, json_string_value(json), &again) == LINLI_OK);
        CLAIM(linli_value_equal(&again.value, value));
        value_free(&again);
    }
    json_decref(json);
    free(text);
}

static void value(const char *text, uint8_t type, uint8_t number)
{
    size_t count = 0;
    const struct linli_schema_type *types = linli_schema_types(&count);
    const struct linli_schema_field *field = &types[type % count].fields[number % types[type % count].field_count];
    struct value read;
    int rv = value_read(field, text, &read);

    CLAIM(rv == LINLI_OK || rv == LINLI_E_SCHEMA);
    if (rv == LINLI_OK)
        shown_value(field, &read.value, clean_whole(text));
    value_free(&read);
    (void)value_field(&types[type % count], text);
    (void)value_type(text);
}

static void base64(const char *text)
{
    uint8_t *bytes = NULL;
    size_t size = 0;

    if (!base64_read(text, &bytes, &size))
        return;
    char *again = base64_write(bytes, size);
    CLAIM(again != NULL && strcmp(again, text) == 0);
    free(again);
    free(bytes);
}

static void identity(const char *text)
{
    struct idnumber once, twice;

    if (idnumber_read(text, "2026-11-23", &once) != IDNUMBER_GOOD)
        return;
    CLAIM(idnumber_read(once.text, "2026-11-23", &twice) == IDNUMBER_GOOD && strcmp(once.text, twice.text) == 0);
    CLAIM(once.sex == 1 || once.sex == 2);
}

static void same_list(char *const *a, char *const *b)
{
    size_t i = 0;

    for (; a[i] != NULL && b[i] != NULL; i++)
        CLAIM(strcmp(a[i], b[i]) == 0);
    CLAIM(a[i] == NULL && b[i] == NULL);
}

static void call(const char *text, size_t size)
{
    struct call_words once, twice;

    if (!call_read(text, size, &once))
        return;
    char *again = call_write(once.argc, once.argv, once.environment, once.cwd);
    CLAIM(again != NULL);
    if (strlen(again) <= CALL_BYTES) {
        CLAIM(call_read(again, strlen(again), &twice) && once.argc == twice.argc);
        same_list(once.argv, twice.argv);
        same_list(once.environment, twice.environment);
        CLAIM(strcmp(once.cwd, twice.cwd) == 0);
        call_words_free(&twice);
    }
    free(again);
    call_words_free(&once);
}

static void shown(const char *text)
{
    size_t size = strlen(text);
    char *copy = malloc(size + 1);

    CLAIM(copy != NULL);
    CLAIM(clean_copy(copy, text, size) <= size && clean_whole(copy));
    CLAIM(!clean_whole(text) || strcmp(copy, text) == 0);
    CLAIM(output_width(text) <= 2 * size && output_width(copy) <= 2 * size);
    json_t *json = output_text(text, size);
    CLAIM(json != NULL);
    json_decref(json);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    char *text = calloc(1, size); /* ends with a zero; the first byte is left out */
    CLAIM(text != NULL);
    memcpy(text, data + 1, size - 1);
    switch (data[0] % 8) {
    case 0: date(text); break;
    case 1: moment(text); break;
    case 2: span_of_time(text); break;
    case 3: value(text + 2, data[1], data[2]); break;
    case 4: base64(text); break;
    case 5: identity(text); break;
    case 6: call(text, size - 1); break;
    default: shown(text); break;
    }
    free(text);
    return 0;
}
