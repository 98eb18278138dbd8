/*
 * Command line, marks: "L1:" and base64 of two ids, the size of the first token in two bytes, and both tokens. The last four bytes are
 * a sum, for whoever edits the column by mistake; it keeps nobody out, nor need it: a mark grants nothing.
 */
#include "roster_mark.h"

#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "value.h"

enum { FIXED_BYTES = 2 * (int)sizeof(linli_id) + 2, SUM_BYTES = 4, TOKEN_MOST = 8000 };
static const char version[] = "L1:";

/* FNV-1a. */
static uint32_t sum_of(const uint8_t *at, size_t size)
{
    uint32_t sum = UINT32_C(2166136261);
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ at[i]) * UINT32_C(16777619);
    return sum;
}

char *roster_mark_write(const struct roster_mark *mark)
{
    size_t size = FIXED_BYTES + mark->token.size + mark->household_token.size;
    if (mark->token.size > TOKEN_MOST || mark->household_token.size > TOKEN_MOST)
        return strdup(""); /* of a record that very many wrote: its row comes back as any other */
    uint8_t *bytes = malloc(size + SUM_BYTES), *at = bytes;
    if (bytes == NULL)
        return NULL;
    memcpy(at, mark->resident.b, sizeof(linli_id));
    memcpy(at + sizeof(linli_id), mark->household.b, sizeof(linli_id));
    at += 2 * sizeof(linli_id);
    *at++ = (uint8_t)(mark->token.size >> 8);
    *at++ = (uint8_t)(mark->token.size & 0xFF);
    memcpy(at, mark->token.at, mark->token.size);
    if (mark->household_token.size > 0)
        memcpy(at + mark->token.size, mark->household_token.at, mark->household_token.size);
    uint32_t sum = sum_of(bytes, size);
    for (size_t i = 0; i < SUM_BYTES; i++)
        bytes[size + i] = (uint8_t)(sum >> 8 * i & 0xFF);
    char *text = base64_write(bytes, size + SUM_BYTES);
    size_t room = text != NULL ? strlen(text) + sizeof(version) : 0;
    char *whole = text != NULL ? malloc(room) : NULL;
    if (whole != NULL)
        snprintf(whole, room, "%s%s", version, text);
    free(text);
    free(bytes);
    return whole;
}

bool roster_mark_read(const char *text, struct roster_mark *mark)
{
    size_t size = 0;
    memset(mark, 0, sizeof(*mark));
    if (strncmp(text, version, sizeof(version) - 1) != 0 || !base64_read(text + sizeof(version) - 1, &mark->owned, &size))
        return false;
    const uint8_t *at = mark->owned;
    bool good = size >= FIXED_BYTES + SUM_BYTES;
    size -= good ? SUM_BYTES : size;
    uint32_t sum = good ? sum_of(at, size) : 0;
    for (size_t i = 0; good && i < SUM_BYTES; i++)
        good = at[size + i] == (uint8_t)(sum >> 8 * i & 0xFF);
    size_t first = good ? (size_t)at[FIXED_BYTES - 2] << 8 | at[FIXED_BYTES - 1] : 0;
    if (!good || first == 0 || first > size - FIXED_BYTES) {
        roster_mark_free(mark);
        return false;
    }
    memcpy(mark->resident.b, at, sizeof(linli_id));
    memcpy(mark->household.b, at + sizeof(linli_id), sizeof(linli_id));
    mark->token = (linli_span){at + FIXED_BYTES, first};
    mark->household_token = (linli_span){at + FIXED_BYTES + first, size - FIXED_BYTES - first};
    return true;
}

void roster_mark_free(struct roster_mark *mark)
{
    free(mark->owned);
    memset(mark, 0, sizeof(*mark));
}

char *roster_cell(const struct linli_schema_type *type, enum roster_column column, const linli_record *record)
{
    bool household = false;
    const struct linli_schema_field *field = linli_schema_field_by_name(type, roster_field(column, &household));
    const struct linli_reading *reading = field != NULL && record != NULL ? linli_record_field(record, field->number) : NULL;
    if (reading == NULL || reading->value.kind == LINLI_KIND_SEALED)
        return strdup("");
    if (field->kind == LINLI_KIND_CHOICE) /* in Chinese whatever the locale: that is what rosters hold */
        for (size_t i = 0; i < field->choice_count; i++)
            if (reading->value.kind == LINLI_KIND_INT && field->choices[i].number == reading->value.number)
                return strdup(field->choices[i].label_zh);
    return value_reading_text(field, reading);
}
