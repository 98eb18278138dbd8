/** What record types and fields there are: names, numbers, kinds, classes, labels. Constant data, generated. */
#ifndef LINLI_SCHEMA_H
#define LINLI_SCHEMA_H

#include <linli/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum linli_kind {
    LINLI_KIND_NIL,    /**< explicitly nothing; absent fields are not listed at all */
    LINLI_KIND_BOOL,
    LINLI_KIND_INT,
    LINLI_KIND_TEXT,   /**< UTF-8 */
    LINLI_KIND_BYTES,
    LINLI_KIND_ID,     /**< a record's or scope's id */
    LINLI_KIND_DATE,   /**< text, YYYY-MM-DD */
    LINLI_KIND_TIME,   /**< integer, milliseconds since 1970 UTC */
    LINLI_KIND_CHOICE, /**< integer, one of the field's choices; others are kept and shown as their number */
    LINLI_KIND_SEALED  /**< of a value, not of a field: it is there, and this device has no key to open it */
};

enum linli_rule { LINLI_REGISTER, LINLI_SET, LINLI_COUNTER, LINLI_LOG, LINLI_MAX, LINLI_LADDER };
enum linli_class { LINLI_PUBLIC, LINLI_PERSONAL, LINLI_SENSITIVE };
/** What a field is sealed as; its values are bytes to everybody whose grant does not open that class. */
enum linli_seal {
    LINLI_SEAL_NONE, LINLI_SEAL_CONTACT, LINLI_SEAL_IDENTITY, LINLI_SEAL_HEALTH, LINLI_SEAL_RELIEF, LINLI_SEAL_MINORS,
    LINLI_SEAL_NOTES
};

struct linli_choice {
    int64_t number;
    const char *name;     /**< stable, for scripts */
    const char *label_en;
    const char *label_zh;
};

struct linli_schema_field {
    linli_field number;   /**< unique within the type, never reused */
    const char *name;     /**< stable, for scripts and JSON */
    const char *label_en;
    const char *label_zh;
    enum linli_kind kind;
    enum linli_rule rule;
    enum linli_class cls;
    linli_field group;    /**< number of the group's first field; equals `number` when the field stands alone */
    bool indexed;         /**< `linli_query` finds equal values by index */
    const struct linli_choice *choices; /**< for LINLI_KIND_CHOICE, else NULL */
    size_t choice_count;
    enum linli_seal seal;
};

struct linli_schema_type {
    linli_type number;
    const char *name;
    const char *label_en;
    const char *label_zh;
    bool manage;          /**< writing it needs the right to manage */
    const struct linli_schema_field *fields;
    size_t field_count;
    unsigned keep_days;   /**< after its last change it is to be erased (linli_due_each); 0: it has no such term */
};

/** Returns: the table of all types this version knows, `*count` of them; static. */
LINLI_API const struct linli_schema_type *linli_schema_types(size_t *count);
/** Returns: the type or field, or NULL when this version does not know it. Static. */
LINLI_API const struct linli_schema_type *linli_schema_type_by_number(linli_type number);
LINLI_API const struct linli_schema_type *linli_schema_type_by_name(const char *name);
LINLI_API const struct linli_schema_field *linli_schema_field_by_number(const struct linli_schema_type *type,
                                                                        linli_field number);
LINLI_API const struct linli_schema_field *linli_schema_field_by_name(const struct linli_schema_type *type,
                                                                      const char *name);

#ifdef __cplusplus
}
#endif
#endif
