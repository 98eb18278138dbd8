/** Command line: what every kind of import shares: counts, problems, and comparing with what is there. */
#ifndef LINLI_APP_IMPORT_H
#define LINLI_APP_IMPORT_H

#include <jansson.h>

#include "batch.h"
#include "progress.h"
#include "sheet.h"

enum { IMPORT_PROBLEMS_MAX = 100000, IMPORT_HEADINGS_WITHIN = 10 };

struct import {
    struct context *ctx;
    linli_id scope;
    bool dry;                /**< look and count, write nothing */
    bool complete;           /**< the file holds all there is: what is not in it goes */
    const char *map;         /**< --map or what --mapping holds, or NULL */
    const char *date;        /**< --date or today, YYYY-MM-DD */
    char today[11];
    uint64_t rows, created, updated, unchanged, rejected, deleted;
    uint64_t conflicts;      /**< corrected cells that somebody else changed since they were exported */
    json_t *problems, *findings; /**< what keeps a row out; what somebody should look at */
    size_t last_bad_row;     /**< a row with two problems is one rejected row */
    struct batch batch;      /**< after its first failure rows are no longer read */
    struct progress progress;
};

/** One kind of file. `state` is what `open` made. */
struct import_kind {
    const char *name;
    /** Does this row hold the headings of this kind? When it does, *state is ready for rows. */
    bool (*open)(struct import *import, const struct sheet_row *headings, void **state);
    void (*row)(struct import *import, void *state, const struct sheet_row *row);
    /** After the last row: what a whole file says. */
    void (*finish)(struct import *import, void *state);
    void (*close)(void *state);
};
extern const struct import_kind import_roster, import_buildings, import_divisions, import_captains;

/** Note what is wrong; the row counts as rejected. `column` is the file's own heading, or "". */
void import_problem(struct import *import, size_t row, const char *column, const char *problem);
/** Note that who the row created may be recorded already: as `other`, or by row `other_row` when that is not 0. `labels`: what agrees. */
void import_twin(struct import *import, size_t row, const linli_id *other, size_t other_row, const char *labels);
/** True when a record shows something else than `value` for a register, or nothing. */
bool import_differs(const linli_record *record, linli_field field, const struct linli_value *value);

/** What imports read of a text in a record: NUL-terminated copy in `out`, cut at a character; "" when absent. */
char *import_text(const linli_record *record, linli_field field, char *out, size_t size);

#endif
