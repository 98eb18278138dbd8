/** Command line: a roster's rows, one resident each, under Chinese or English headings in any order. Pure. */
#ifndef LINLI_APP_ROSTER_H
#define LINLI_APP_ROSTER_H

#include "heading.h"
#include "idnumber.h"

enum roster_column {
    ROSTER_BUILDING,
    ROSTER_UNIT,
    ROSTER_FLOOR,
    ROSTER_ROOM,
    ROSTER_HEAD,
    ROSTER_TENURE,
    ROSTER_NAME,
    ROSTER_RELATION,
    ROSTER_SEX,
    ROSTER_ID_NUMBER,
    ROSTER_BIRTH_DATE,
    ROSTER_PHONE,
    ROSTER_REGISTERED,
    ROSTER_RESIDENCE,
    ROSTER_DISABILITY_TYPE,
    ROSTER_DISABILITY_GRADE,
    ROSTER_NOTE,
    ROSTER_ARRIVED,
    ROSTER_LEFT,
    ROSTER_COLUMNS
};
enum { ROSTER_MARK = ROSTER_COLUMNS, ROSTER_CELLS }; /* the last column of an export is no field: roster_mark.h */

/** Which cell holds what. */
struct roster_map {
    int cell[ROSTER_CELLS];                    /**< -1 = the file has no such column */
    char heading[ROSTER_CELLS][HEADING_BYTES]; /**< as the file writes it */
};

/** True when the row holds the headings of a roster: at least a name and a room. `rules`: see heading_map. */
bool roster_headings(const struct sheet_row *row, const char *rules, struct roster_map *map);

/** The heading that exports write, in Chinese. */
const char *roster_heading(enum roster_column column);
/** The same of the column that says what was exported. */
const char *roster_mark_heading(void);
/** The schema's name for the field a column feeds, and whether it is the household's. */
const char *roster_field(enum roster_column column, bool *household);

/** Where the row before lives: rows below it may leave all of that empty, as where its cells were merged. */
struct roster_place {
    char text[ROSTER_NAME][256];
    bool known;
};

struct roster_row {
    const char *text[ROSTER_COLUMNS]; /**< brought to one spelling; "" when absent; borrowed from the row and this */
    int sex, tenure;                  /**< choice numbers; -1 when not said */
    struct idnumber id;
    char birth[DATES_DATE_BYTES], arrived[DATES_DATE_BYTES], left[DATES_DATE_BYTES];
    char phone[32], floor[12];
    bool derived[ROSTER_COLUMNS]; /**< no cell says so, but the identity number or the room */
    struct {
        enum roster_column column;
        const char *words; /**< translated; static */
    } problems[8];
    size_t problem_count;
    bool carried; /**< the place is that of a row above */
};

/**
 * Read one row. Full-width letters and digits become half-width where they are numbers; sex and birth come from the
 * identity number where the row does not say them; the floor comes from the room. Of a household whose columns are all empty, and
 * whose row names no head, it is the one above.
 *
 * Args:    row    its cells are changed
 *          today  YYYY-MM-DD
 *          above  the place of the row before; NULL or not known: none
 * Returns: true when nothing is wrong with it; else `problems` says what.
 */
bool roster_read(const struct roster_map *map, const struct sheet_row *row, const char *today, const struct roster_place *above,
                 struct roster_row *out);
/** Note where a row that says so lives, for those below it. */
void roster_place_set(struct roster_place *place, const struct roster_row *row);

/**
 * A date as text, also with a time of day behind it, or a spreadsheet's number of days: of five digits, since 1927, for with fewer
 * it may be a year. `out` takes DATES_DATE_BYTES.
 */
bool roster_date(const char *text, bool from_1904, char *out);
/** One spelling of a building's name for comparing: without 栋, 幢, 号楼 and the like. `out` takes `size` bytes. */
char *roster_building_key(const char *name, char *out, size_t size);
/** The same for a unit (单元) or a room (室, 号, 房). */
char *roster_room_key(const char *name, char *out, size_t size);
/** Full-width ASCII and blanks to half-width, control characters to blanks, in place. */
void roster_halve(char *text);

#endif
