/** Command line: field values between text that a person or a script writes and the library's kinds. */
#ifndef LINLI_APP_VALUE_H
#define LINLI_APP_VALUE_H

#include <jansson.h>
#include <linli/linli.h>

/** A value and the memory that it borrows from. */
struct value {
    struct linli_value value;
    void *owned; /**< value_free */
};

/**
 * Read a value of the field's kind. Choices by name, label in either language, or number; times as RFC 3339; yes and
 * no in either language; ids as 32 digits; bytes as base64; nothing at all is LINLI_KIND_NIL. A text that has a standard's list
 * takes the list's codes and English words, too, and becomes its Chinese ones, as rosters have them.
 *
 * Args:    value  borrows `text` or a word of the schema for plain text; otherwise owns
 * Returns: LINLI_OK; LINLI_E_SCHEMA when the text is no value of that kind; LINLI_E_NOMEM.
 */
int value_read(const struct linli_schema_field *field, const char *text, struct value *value);
void value_free(struct value *value);

/** What a value of this kind looks like, translated, for an error line. */
const char *value_hint(const struct linli_schema_field *field);

/** A field by its stable name or by its label in either language; NULL when there is none. */
const struct linli_schema_field *value_field(const struct linli_schema_type *type, const char *name);
/** A type by its stable name or by its label in either language; NULL when there is none. */
const struct linli_schema_type *value_type(const char *name);

/** Labels in this thread's language. */
const char *value_field_label(const struct linli_schema_field *field);
const char *value_type_label(const struct linli_schema_type *type);

/** What a field is sealed as, for scripts: "contact", ... */
const char *value_seal_name(enum linli_seal seal);
/** One value as JSON; `field` may be NULL for a field that this version does not know. NULL without memory. */
json_t *value_json(const struct linli_schema_field *field, const struct linli_value *value);
/** A whole field as read: an array for sets and logs. */
json_t *value_reading_json(const struct linli_schema_field *field, const struct linli_reading *reading);

/** One value for people; yours to free; NULL without memory. */
char *value_text(const struct linli_schema_field *field, const struct linli_value *value);
/** A whole field for people, elements parted by "; "; yours to free; NULL without memory. */
char *value_reading_text(const struct linli_schema_field *field, const struct linli_reading *reading);

#endif
