/** What record types and fields there are: names, numbers, kinds, classes, labels, purposes, terms. Constant data, generated. */
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
    const char *also;     /**< another spelling that people use in Chinese, or NULL */
};

/** What something is kept for; each field has one. */
struct linli_purpose {
    const char *name;     /**< stable, for scripts */
    const char *label_en;
    const char *label_zh;
};

/** What a value should look like, beside its kind. A value that does not is kept all the same, and shown as a finding. */
enum linli_format {
    LINLI_FORMAT_ANY,
    LINLI_FORMAT_NAME,           /**< of a person: 1 to 50 characters */
    LINLI_FORMAT_PHONE,          /**< mobile, or land line with its area code */
    LINLI_FORMAT_IDENTITY,       /**< GB 11643-1999: 17 digits, and the check character of the whole */
    LINLI_FORMAT_IDENTITY_BIRTH, /**< the date of birth that the record's identity number says */
    LINLI_FORMAT_IDENTITY_SEX,   /**< the sex (GB/T 2261.1) that the record's identity number says */
    LINLI_FORMAT_DIVISION        /**< of an administrative division: 6, 9 or 12 digits */
};

/** How a text that a person types (`match` of a query) finds a field. */
enum linli_find {
    LINLI_FIND_NONE,
    LINLI_FIND_NAME,     /**< by characters, pinyin, or its first letters, in any mixture, from any character on */
    LINLI_FIND_TAIL,     /**< by its last 4 or more digits */
    LINLI_FIND_BUILDING, /**< by the parts of a place, such as 3-1-502, together with the two that follow */
    LINLI_FIND_UNIT,
    LINLI_FIND_ROOM,
    LINLI_FIND_HOME      /**< by the place of the record that it names */
};

#define LINLI_ANY_CHOICE INT64_MIN

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
    const struct linli_choice *choices; /**< of LINLI_KIND_CHOICE: all there are; of LINLI_KIND_TEXT: a standard's words, or NULL */
    size_t choice_count;
    enum linli_seal seal;
    const struct linli_purpose *purpose;
    enum linli_format format;
    int64_t least, most;  /**< what an integer should lie between, both included; both 0: anywhere */
    bool required;        /**< a record without it is not whole */
    linli_field needed_with; /**< a record that has this field is not whole without it; 0: none */
    int64_t needed_choice;   /**< only when that field says this one of its choices; LINLI_ANY_CHOICE: whatever it says */
    bool several;         /**< of a text with a standard's words: it may hold several, parted by marks; else one */
    bool goes_with;       /**< who erases the record that this names erases this one, too */
    linli_type ref;       /**< type of the record that an id names; 0: not said */
    enum linli_find find;
    linli_field after;    /**< date or time of the same record that this should not lie before; 0: none */
    const char *retired_en; /**< what to use instead: it is read as ever, and written no more; NULL: it is in use */
    const char *retired_zh;
};

/** Records are counted by these fields (figures.h). LINLI_ITSELF: by which record it is. */
#define LINLI_ITSELF UINT32_MAX
enum { LINLI_TALLY_FIELDS = 3 };
struct linli_schema_tally {
    const linli_field *fields; /**< NULL for none: they are counted, no more */
    size_t count;              /**< at most LINLI_TALLY_FIELDS */
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
    linli_field keep_from; /**< the term runs from this date instead, without it not at all, or (`required`) from the last change; 0: from that */
    const linli_field *same; /**< two records that agree in fields up to a 0 are probably one; lists one behind the other, or NULL */
    size_t same_count;    /**< numbers in `same`, the zeros included */
    bool same_anywhere;   /**< in different scopes, too; else within one */
    const struct linli_schema_tally *tallies;
    size_t tally_count;
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
