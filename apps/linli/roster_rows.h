/** Command line, roster import: what taking a row any office typed shares with taking one that comes back from an export. */
#ifndef LINLI_APP_ROSTER_ROWS_H
#define LINLI_APP_ROSTER_ROWS_H

#include "import.h"
#include "known.h"

struct deferred;
struct roster_import {
    struct import *import;
    struct roster_map map;
    struct known known;
    struct roster_place place; /* of the row before */
    size_t place_row;
    struct deferred *deferred, **deferred_end;
    size_t deferred_bytes;
};

struct outcome {
    bool created, updated;
};

/** Whether the row has a mark; then it has been taken, or waits when it is not the `last` time that it is looked at. */
bool roster_return(struct roster_import *state, const struct sheet_row *at, bool last);

/** Keep a row for the end of the file. `carried`: its place is that of a row above. */
void roster_defer(struct roster_import *state, const struct sheet_row *row, bool carried);
/** Make a household where the row says. LOOKUP_NONE after a failure. */
uint32_t roster_add_household(struct roster_import *state, const struct roster_row *row, uint32_t patch);
/** The building that a row means; "" when it says none and the file is not about one. */
const char *roster_building_of(const struct roster_import *state, const struct roster_row *row);
/** The value that a row gives for one field of a resident; NIL when it says nothing. */
struct linli_value roster_value(const struct roster_row *row, enum roster_column column);
/** Whether this person may be in this row; else the problem is noted. */
bool roster_may_go(struct roster_import *state, const struct sheet_row *at, const struct roster_row *row, uint32_t resident,
                   uint32_t patch);
void roster_count(struct import *import, const struct outcome *outcome);

#endif
