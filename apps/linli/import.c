/* Command line, imports: the common half. Good rows go in although others are bad. */
#include "import.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "output.h"

void import_problem(struct import *import, size_t row, const char *column, const char *problem)
{
    if (row != import->last_bad_row)
        import->rejected++;
    import->last_bad_row = row;
    if (json_array_size(import->problems) >= IMPORT_PROBLEMS_MAX)
        return;
    json_t *entry = json_pack("{s:I, s:o?, s:o?}", "row", (json_int_t)row, "column", output_text(column, strlen(column)),
                              "problem", output_text(problem, strlen(problem)));
    if (json_array_append_new(import->problems, entry) != 0)
        batch_fail(&import->batch, LINLI_E_NOMEM);
}

void import_twin(struct import *import, size_t row, const linli_id *other, size_t other_row, const char *labels)
{
    char problem[512];
    if (json_array_size(import->findings) >= IMPORT_PROBLEMS_MAX)
        return;
    snprintf(problem, sizeof(problem), "%s (%s)", finding_problem(FINDING_DUPLICATE), labels);
    json_t *entry = json_pack("{s:s, s:I, s:o?, s:o?, s:o?, s:s}", "finding", finding_code(FINDING_DUPLICATE), "row", (json_int_t)row,
                              "other", other_row != 0 ? json_null() : output_json_id(other), "other_row",
                              other_row != 0 ? json_integer((json_int_t)other_row) : json_null(), "problem",
                              output_text(problem, strlen(problem)), "advice", finding_advice(FINDING_DUPLICATE));
    if (json_array_append_new(import->findings, entry) != 0)
        batch_fail(&import->batch, LINLI_E_NOMEM);
}

bool import_differs(const linli_record *record, linli_field field, const struct linli_value *value)
{
    const struct linli_reading *reading = linli_record_field(record, field);
    return reading == NULL || !linli_value_equal(&reading->value, value);
}

char *import_text(const linli_record *record, linli_field field, char *out, size_t size)
{
    const struct linli_reading *reading = linli_record_field(record, field);
    size_t length = 0;
    if (reading != NULL && reading->value.kind == LINLI_KIND_TEXT) {
        length = reading->value.bytes.size < size ? reading->value.bytes.size : size - 1;
        while (length < reading->value.bytes.size && length > 0 && (reading->value.bytes.at[length] & 0xC0) == 0x80)
            length--;
        if (length > 0)
            memcpy(out, reading->value.bytes.at, length);
    }
    out[length] = '\0';
    return out;
}
