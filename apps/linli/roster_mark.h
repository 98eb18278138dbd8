/**
 * Command line, rosters that come back: what the last column of an export says of its row: whom it is about, and what was shown. An
 * import compares each cell with that, and writes what a person changed, with the token of what they had before them.
 */
#ifndef LINLI_APP_ROSTER_MARK_H
#define LINLI_APP_ROSTER_MARK_H

#include <linli/linli.h>

#include "roster.h"

struct roster_mark {
    linli_id resident, household; /**< the household's is zero when there is none */
    linli_span token, household_token;
    uint8_t *owned;               /**< roster_mark_free */
};

/** The mark as text for a cell; yours to free; NULL without memory. */
char *roster_mark_write(const struct roster_mark *mark);
/** Read it again. False when the text is no whole mark, or memory ran out. */
bool roster_mark_read(const char *text, struct roster_mark *mark);
void roster_mark_free(struct roster_mark *mark);

/** What an export's cell says of one column; "" for what is absent or does not open here. Yours to free; NULL without memory. */
char *roster_cell(const struct linli_schema_type *type, enum roster_column column, const linli_record *record);

#endif
