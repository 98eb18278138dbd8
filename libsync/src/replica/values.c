/* replica: field values between their stored items and the public kinds. */
#include "codec/reader.h"
#include "codec/scan.h"
#include "codec/writer.h"
#include "replica/internal.h"

#include <string.h>

static void bin_read(struct reader *r, const struct linli_schema_field *field, struct linli_value *out)
{
    span bytes = reader_bin(r, SIZE_MAX);

    if (field != NULL && field->kind == LINLI_KIND_ID && bytes.size == ID_BYTES) {
        out->kind = LINLI_KIND_ID;
        memcpy(out->id.b, bytes.at, ID_BYTES);
        return;
    }
    out->kind = LINLI_KIND_BYTES;
    out->bytes = bytes;
}

/* A newer version may have stored another kind than we know the field by: it is shown as what it is. */
int value_read(span item, const struct linli_schema_field *field, struct linli_value *out)
{
    struct linli_value value = {.kind = LINLI_KIND_NIL};
    uint64_t number;
    struct reader r;

    reader_start(&r, item);
    switch (reader_peek(&r)) {
    case ITEM_NIL: reader_nil(&r); break;
    case ITEM_BOOL:
        value.kind = LINLI_KIND_BOOL;
        value.number = reader_bool(&r);
        break;
    case ITEM_UINT:
        value.kind = LINLI_KIND_INT;
        number = reader_uint(&r, UINT64_MAX);
        value.number = number > INT64_MAX ? INT64_MAX : (int64_t)number;
        break;
    case ITEM_INT:
        value.kind = LINLI_KIND_INT;
        value.number = reader_int(&r);
        break;
    case ITEM_TEXT:
        value.kind = LINLI_KIND_TEXT;
        value.bytes = reader_text(&r, SIZE_MAX);
        break;
    case ITEM_BIN: bin_read(&r, field, &value); break;
    case ITEM_ARRAY:
    case ITEM_MAP:
        value.kind = LINLI_KIND_BYTES; /* no field of ours: the item as it stands */
        value.bytes = reader_item(&r);
        break;
    case ITEM_NONE: return LINLI_E_FORMAT;
    }
    if (reader_end(&r) != LINLI_OK)
        return LINLI_E_FORMAT;
    *out = value;
    return LINLI_OK;
}

/* Days from 1970-01-01; the Gregorian calendar in years that begin in March, so that leap days come last. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month > 2 ? year : year - 1, m = (month + 9) % 12;

    return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 719469;
}

static int64_t digits(const uint8_t *at, size_t count)
{
    int64_t number = 0;

    for (size_t i = 0; i < count; i++)
        number = number * 10 + (at[i] - '0');
    return number;
}

bool date_days(span item, int64_t *days)
{
    struct reader r;
    span text;

    if (item.at == NULL)
        return false;
    reader_start(&r, item);
    if (reader_peek(&r) != ITEM_TEXT)
        return false;
    text = reader_text(&r, 10);
    if (reader_end(&r) != LINLI_OK || text.size != 10)
        return false;
    for (size_t i = 0; i < 10; i++)
        if ((i == 4 || i == 7) ? text.at[i] != '-' : text.at[i] < '0' || text.at[i] > '9')
            return false;
    *days = days_of(digits(text.at, 4), digits(text.at + 5, 2), digits(text.at + 8, 2));
    return true;
}

struct linli_value value_sealed(span item, const struct linli_schema_field *field)
{
    return (struct linli_value){.kind = LINLI_KIND_SEALED, .number = field == NULL ? 0 : (int64_t)field->seal, .bytes = item};
}

static bool two_digits(const uint8_t *at, unsigned least, unsigned most)
{
    if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
        return false;
    unsigned number = (unsigned)(at[0] - '0') * 10 + (unsigned)(at[1] - '0');
    return number >= least && number <= most;
}

/* YYYY-MM-DD in digits, with a month and a day that there can be. */
static bool date_good(span text)
{
    static const uint8_t days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    if (text.size != 10 || text.at[4] != '-' || text.at[7] != '-')
        return false;
    if (!two_digits(text.at, 0, 99) || !two_digits(text.at + 2, 0, 99) || !two_digits(text.at + 5, 1, 12))
        return false;
    unsigned month = (unsigned)(text.at[5] - '0') * 10 + (unsigned)(text.at[6] - '0');
    return two_digits(text.at + 8, 1, days[month - 1]);
}

static bool kind_fits(const struct linli_schema_field *field, const struct linli_value *value)
{
    switch (field->kind) {
    case LINLI_KIND_NIL:
    case LINLI_KIND_SEALED: return false;
    case LINLI_KIND_BOOL: return value->kind == LINLI_KIND_BOOL;
    case LINLI_KIND_INT: return value->kind == LINLI_KIND_INT;
    case LINLI_KIND_TIME: return value->kind == LINLI_KIND_INT || value->kind == LINLI_KIND_TIME;
    case LINLI_KIND_CHOICE: return value->kind == LINLI_KIND_INT || value->kind == LINLI_KIND_CHOICE;
    case LINLI_KIND_TEXT: return value->kind == LINLI_KIND_TEXT && utf8_valid(value->bytes);
    case LINLI_KIND_DATE:
        return (value->kind == LINLI_KIND_TEXT || value->kind == LINLI_KIND_DATE) && date_good(value->bytes);
    case LINLI_KIND_BYTES: return value->kind == LINLI_KIND_BYTES;
    case LINLI_KIND_ID: return value->kind == LINLI_KIND_ID;
    }
    return false;
}

/* Explicitly nothing has a meaning where one value stands or an entry is added, and none in a sum, a set or an order. */
static bool nil_fits(const struct linli_schema_field *field)
{
    switch (field->rule) {
    case LINLI_REGISTER:
    case LINLI_LOG: return true;
    case LINLI_LADDER: return field->number != field->group;
    case LINLI_SET:
    case LINLI_COUNTER:
    case LINLI_MAX: break;
    }
    return false;
}

int value_write(const struct linli_schema_field *field, const struct linli_value *value, struct buf *out)
{
    if ((value->kind == LINLI_KIND_TEXT || value->kind == LINLI_KIND_DATE ||
         value->kind == LINLI_KIND_BYTES) &&
        value->bytes.at == NULL && value->bytes.size > 0)
        return LINLI_E_ARG;
    if (!(value->kind == LINLI_KIND_NIL ? nil_fits(field) : kind_fits(field, value)))
        return LINLI_E_SCHEMA;
    switch (value->kind) {
    case LINLI_KIND_NIL: write_nil(out); break;
    case LINLI_KIND_BOOL: write_bool(out, value->number != 0); break;
    case LINLI_KIND_INT:
    case LINLI_KIND_TIME:
    case LINLI_KIND_CHOICE: write_int(out, value->number); break;
    case LINLI_KIND_TEXT:
    case LINLI_KIND_DATE: write_text(out, (const char *)value->bytes.at, value->bytes.size); break;
    case LINLI_KIND_BYTES: write_bin(out, value->bytes.at, value->bytes.size); break;
    case LINLI_KIND_ID: write_bin(out, value->id.b, ID_BYTES); break;
    case LINLI_KIND_SEALED: return LINLI_E_SCHEMA; /* it fits no field */
    }
    return out->failed;
}
