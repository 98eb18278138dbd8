/** Command line: figures of one scope and what is below it, added up from what the store counts. */
#ifndef LINLI_APP_FIGURES_H
#define LINLI_APP_FIGURES_H

#include "context.h"

enum {
    FIGURES_STATES = 6, /**< of a request: 0 is none said, then the rungs of its ladder */
    FIGURES_AGES = 5,   /**< since it was reported: to 3 days, to 7, to 30, more, not known */
    FIGURES_DONE = 4,   /**< from this rung on a request or a hazard is no longer open */
    FIGURES_VISIT_DAYS = 30, /**< after so many days a household is to be seen again */
    FIGURES_VACANT = 3,      /**< the tenure of a flat where nobody is to be seen */
    FIGURES_LAG_DAYS = 7     /**< after so many days a newcomer's registration is late */
};

struct figures {
    uint64_t visited, overdue;   /**< households: seen in this month; not seen for FIGURES_VISIT_DAYS, though not vacant */
    uint64_t visits;             /**< visits in this month */
    uint64_t requests[FIGURES_STATES][FIGURES_AGES];
    uint64_t requests_open, requests_late;
    uint64_t hazards_open, hazards_late;
    uint64_t registered, registered_late, lag_days; /**< registrations that say both days, and the days between them in all */
    int64_t today, month;        /**< days from 1970-01-01: this one, and the first of its month */
};

/** The day of a moment by China's clock, as days from 1970-01-01; of one past the years 1 to 9998, the first or last day of these. */
int64_t figures_day(int64_t ms);
/** The day that it is, likewise. */
int64_t figures_today(void);
/** Args: households  that the scope has. Returns: as linli_tally_each. */
int figures_gather(struct context *ctx, const linli_id *scope, uint64_t households, int64_t today, struct figures *out);

#endif
