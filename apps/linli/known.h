/** Command line: the households and residents that a scope and the patches below it hold, in memory, by what names them. */
#ifndef LINLI_APP_KNOWN_H
#define LINLI_APP_KNOWN_H

#include "lookup.h"
#include "roster.h"

#include <linli/linli.h>

enum { KNOWN_TEXT_BYTES = 256, KNOWN_MAX = 1000000, KNOWN_PATCHES = 4096 };

/** What is known of a household: the fields a row may change, so that most rows need no read. */
struct known_household {
    linli_id id;
    uint32_t patch;
    char head[KNOWN_TEXT_BYTES], floor[16];
    int64_t tenure;              /**< -1 = not said */
    size_t head_row, tenure_row; /**< row of the file that said it first */
    size_t kept;                 /**< rows that came back from an export and say the same place */
    bool is_new;
    uint64_t made;               /**< generation of the batch that created it */
};

struct known_resident {
    linli_id id;
    uint32_t patch;
    char number[19]; /**< identity number, or "" */
    size_t row;      /**< of the file, once matched */
    size_t made;     /**< the row that it is made of; 0 = it was there */
};

struct known_patch {
    linli_id id;
    char name[KNOWN_TEXT_BYTES];
};

/** Zero-initialise. At most KNOWN_MAX of either: some 700 MB at the very most, 1 % of that for a community. */
struct known {
    const struct linli_schema_type *household, *resident;
    linli_field of[ROSTER_COLUMNS], in_household;
    struct known_patch *patches; /**< [0] is the scope itself */
    uint32_t patch_count;
    struct known_household **households; /**< a block each: their addresses stay */
    uint32_t household_count, household_room;
    struct known_resident *residents;
    uint32_t resident_count, resident_room;
    struct lookup patch_names, places, numbers, household_ids, resident_ids, names, same;
    linli_id scope;
    bool broken;
};

/** Read everything below. LINLI_OK or the library's code. */
int known_load(struct known *known, linli_store *store, const linli_id *scope);
void known_free(struct known *known);

/** Returns: the patch that a building's name says, else 0: the scope itself. */
uint32_t known_patch_of(const struct known *known, const char *building);

/** Returns: the household at a place of a patch, or LOOKUP_NONE. */
uint32_t known_household_at(const struct known *known, uint32_t patch, const char *building, const char *unit,
                            const char *room);
/** Add one there. Returns its number, or LOOKUP_NONE without memory. */
uint32_t known_household_add(struct known *known, uint32_t patch, const char *building, const char *unit, const char *room);

/** From now on this household is there. False without memory. */
bool known_place_put(struct known *known, uint32_t household, const char *building, const char *unit, const char *room);

/** Returns: the household or resident of an id, or LOOKUP_NONE. */
uint32_t known_household_by_id(const struct known *known, const linli_id *id);
uint32_t known_by_id(const struct known *known, const linli_id *id);
/** Returns: who has this identity number; LOOKUP_NONE when nobody has, or it is "". */
uint32_t known_by_number(const struct known *known, const char *number);
/** Returns: who is called so in a household, or LOOKUP_NONE. */
uint32_t known_by_name(const struct known *known, uint32_t household, const char *name);
/** Add a resident; `household` may be LOOKUP_NONE. Returns the number, or LOOKUP_NONE without memory. */
uint32_t known_resident_add(struct known *known, const linli_id *id, uint32_t patch, uint32_t household, const char *name,
                            const char *number);

#endif
