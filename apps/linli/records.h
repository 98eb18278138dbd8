/** Command line: records and scopes as verbs name them and show them. */
#ifndef LINLI_APP_RECORDS_H
#define LINLI_APP_RECORDS_H

#include <jansson.h>

#include "context.h"

/** A scope by id, unique prefix or path. Exit code, the error printed. */
int records_scope(struct context *ctx, const char *text, linli_id *id);
/** --scope when given: `*id` is filled and `*given` says so. Exit code, the error printed. */
int records_scope_option(struct context *ctx, linli_id *id, bool *given);
/** A record by id or unique prefix. Exit code, the error printed. */
int records_find(struct context *ctx, const char *text, linli_id *id);
/** A type of the schema, or an error line. NULL when there is none. */
const struct linli_schema_type *records_type(struct context *ctx, const char *name);
/** A field of a type, or an error line. NULL when there is none. */
const struct linli_schema_field *records_field(struct context *ctx, const struct linli_schema_type *type,
                                               const char *name, size_t size);

/** What a record's JSON holds beside id, type, scope, fields. */
enum { RECORDS_CONFLICTS = 1, RECORDS_DELETED = 2, RECORDS_TOKEN = 4 };
/** One record as JSON, fields by name; NULL without memory. */
json_t *records_json(const linli_record *record, unsigned parts);

/** One record for people: a line with its type and id, then its fields. Exit code. */
int records_print(struct context *ctx, const linli_record *record);
/** The field's name, or its number as text when this version does not know it; `buffer` takes 16 bytes. */
const char *records_field_name(const struct linli_schema_type *type, linli_field field, char *buffer);
/** The type's name, or its number as text; `buffer` takes 16 bytes. */
const char *records_type_name(linli_type type, char *buffer);
/** Who wrote, for people: the name a device was granted under, else the start of its key. `out` takes 64 bytes. */
const char *records_device(struct context *ctx, const uint8_t key[32], char *out);
/** The moment in a stamp as RFC 3339; `out` takes DATES_TIME_BYTES. */
char *records_stamp(linli_stamp stamp, char *out);

#endif
