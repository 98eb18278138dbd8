/* api: making and comparing field values. */
#include <linli/record.h>
#include <string.h>

#include "base/bytes.h"
#include "base/ids.h"

struct linli_value linli_nil(void)
{
    return (struct linli_value){.kind = LINLI_KIND_NIL};
}

struct linli_value linli_bool(bool v)
{
    return (struct linli_value){.kind = LINLI_KIND_BOOL, .number = v};
}

struct linli_value linli_int(int64_t v)
{
    return (struct linli_value){.kind = LINLI_KIND_INT, .number = v};
}

struct linli_value linli_text(const char *text)
{
    return linli_text_span(text, text == NULL ? 0 : strlen(text));
}

struct linli_value linli_text_span(const char *text, size_t size)
{
    return (struct linli_value){.kind = LINLI_KIND_TEXT, .bytes = span_of(text, size)};
}

struct linli_value linli_bytes(const void *at, size_t size)
{
    return (struct linli_value){.kind = LINLI_KIND_BYTES, .bytes = span_of(at, size)};
}

struct linli_value linli_ref(const linli_id *id)
{
    return (struct linli_value){.kind = LINLI_KIND_ID, .id = *id};
}

/* Values are compared as they are stored, so a date is its text and a choice its number. */
static enum linli_kind stored_kind(enum linli_kind kind)
{
    switch (kind) {
    case LINLI_KIND_DATE: return LINLI_KIND_TEXT;
    case LINLI_KIND_TIME:
    case LINLI_KIND_CHOICE: return LINLI_KIND_INT;
    case LINLI_KIND_NIL:
    case LINLI_KIND_BOOL:
    case LINLI_KIND_INT:
    case LINLI_KIND_TEXT:
    case LINLI_KIND_BYTES:
    case LINLI_KIND_ID:
    case LINLI_KIND_SEALED: break;
    }
    return kind;
}

bool linli_value_equal(const struct linli_value *a, const struct linli_value *b)
{
    enum linli_kind kind = stored_kind(a->kind);

    if (kind != stored_kind(b->kind))
        return false;
    switch (kind) {
    case LINLI_KIND_NIL: return true;
    case LINLI_KIND_BOOL: return (a->number != 0) == (b->number != 0);
    case LINLI_KIND_INT:
    case LINLI_KIND_TIME:
    case LINLI_KIND_CHOICE: return a->number == b->number;
    case LINLI_KIND_TEXT:
    case LINLI_KIND_DATE:
    case LINLI_KIND_BYTES:
    case LINLI_KIND_SEALED: return span_equal(a->bytes, b->bytes);
    case LINLI_KIND_ID: return id_equal(&a->id, &b->id);
    }
    return false;
}
