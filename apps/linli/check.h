/**
 * Command line, `linli check`: what does not fit in the records that are held, and what to do about it. Nothing is refused for it: a
 * finding is for somebody to look at.
 */
#ifndef LINLI_APP_CHECK_H
#define LINLI_APP_CHECK_H

#include "context.h"
#include "lookup.h"

enum finding_kind {
    FINDING_MISSING, FINDING_CHOICE, FINDING_WORD, FINDING_SEVERAL, FINDING_NAME, FINDING_PHONE, FINDING_IDENTITY, FINDING_COUNTY, FINDING_BIRTH,
    FINDING_SEX, FINDING_DIVISION, FINDING_BOUNDS, FINDING_ORDER, FINDING_RETIRED, FINDING_REF_MISSING, FINDING_REF_TYPE,
    FINDING_REF_DELETED, FINDING_DUPLICATE, FINDING_UNIT, FINDING_ROOM, FINDING_ADDRESS, FINDING_HEAD, FINDING_KINDS
};

struct finding {
    enum finding_kind kind;
    const struct linli_schema_type *type;
    const linli_id *record;
    const struct linli_schema_field *field; /**< NULL: of the record whole */
    const linli_id *other;                  /**< another record that it has to do with, or NULL */
    const char *detail;                     /**< translated: more of the problem, or "" */
};

/** For scripts: "missing", ... */
const char *finding_code(enum finding_kind kind);
/** For people: what is wrong, and what to do; translated. */
const char *finding_problem(enum finding_kind kind);
const char *finding_advice(enum finding_kind kind);

enum { CHECK_TEXT_BYTES = 256, CHECK_ROOM_BYTES = 24 };

struct check_building {
    int64_t units, floors, rooms; /**< 0: not said */
    char name[CHECK_TEXT_BYTES];  /**< its plain form */
};
struct check_dwelling {
    char room[CHECK_ROOM_BYTES];
    linli_id building; /**< zero: not said */
};

/** What all records are checked against. Zero-initialise, set `ctx`, `found`, `at` and `scope`. */
struct check {
    struct context *ctx;
    void (*found)(void *at, const struct finding *finding);
    void *at;
    const linli_id *scope; /**< NULL: all that is held */
    char today[11];
    struct lookup ids;       /**< record -> type << 1 | deleted */
    struct lookup parents;   /**< scope -> number of the scope above it in `scopes` */
    struct lookup counties;  /**< 6 digits of counties and cities; and the 4 of a city -> how many counties of it there are now */
    struct lookup joined;    /**< two ids, the smaller first, that a same_as joins */
    struct lookup names;     /**< household, and household and name of who lives there */
    struct lookup buildings; /**< scope and name, and id -> number */
    struct lookup dwellings; /**< id -> number */
    struct lookup same;      /**< what tells a thing -> number in `first` */
    linli_id *scopes, *first;
    struct check_building *building;
    struct check_dwelling *dwelling;
    size_t scope_count, scope_room, first_count, first_room, building_count, building_room, dwelling_count, dwelling_room;
    bool broken;             /**< memory ran out, or more records than a lookup takes */
    const struct linli_schema_type *type; /**< of the record at hand */
    const linli_record *record;
};
void check_free(struct check *check);

/** Read what records are checked against. LINLI_OK or the library's code. */
int check_gather(struct check *check);

/** The record at hand: its fields alone; and beside what was gathered. */
void check_fields(struct check *check);
void check_across(struct check *check);

/** Tell of something that does not fit. */
void check_found(struct check *check, enum finding_kind kind, const struct linli_schema_field *field, const linli_id *other,
                 const char *detail);
/** One value of a record, by the field's name or number; NULL where there is none, or it does not open here. */
const struct linli_value *check_value(const linli_record *record, linli_field field);
const struct linli_value *check_named(const struct linli_schema_type *type, const linli_record *record, const char *name);
/** A value as text for comparing, NUL-terminated and cut to `size`; "" for none. Returns: `out`. */
char *check_text(const struct linli_value *value, char *out, size_t size);

/** Put under a key of several parts. Returns the key's size in `key` (CHECK_KEY_BYTES), parts behind each other. */
enum { CHECK_KEY_BYTES = 1200 };
size_t check_key(char *key, const linli_id *id, const char *a, const char *b);

#endif
