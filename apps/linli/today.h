/** Command line: what there is to do today, gathered from the records that one device holds. */
#ifndef LINLI_APP_TODAY_H
#define LINLI_APP_TODAY_H

#include "check.h"
#include "dates.h"
#include "lookup.h"

enum today_kind { TODAY_VISIT, TODAY_HAZARD, TODAY_NOTICE, TODAY_REQUEST, TODAY_ROUND, TODAY_NEWCOMER, TODAY_KINDS };
enum { TODAY_TEXT_BYTES = 512, TODAY_ROUND_DAYS = 7 /**< a round is told of so long before it ends */ };

struct today_item {
    enum today_kind kind;
    linli_id record, scope;
    char day[DATES_DATE_BYTES]; /**< by which it is due; "" for none */
    int64_t state;              /**< of a request or hazard; 0: not said */
    char *text;                 /**< whom or what it is about; owned */
};

/** The last visit of a household that says when it was. */
struct today_visit {
    int64_t time;
    char next[DATES_DATE_BYTES];
};

/** A scope, and the rounds that are open in it or above it. */
struct today_area {
    linli_id id;
    uint32_t above;               /**< number of the area above; LOOKUP_NONE: not held */
    bool asked;                   /**< it is the scope that is asked for, above it or below it */
    char first[DATES_DATE_BYTES]; /**< the day on which the earliest of those rounds began; "" when none is open */
};

/** Zero-initialise, set `ctx` and `scope`, then today_gather; today_free in every case. */
struct today {
    struct context *ctx;
    const linli_id *scope;      /**< NULL: all that is held */
    int64_t number;             /**< days from 1970-01-01 */
    char day[DATES_DATE_BYTES]; /**< the same, as a date */
    char me[CHECK_TEXT_BYTES];  /**< the name that this device was granted under, cut like what it is compared with */
    unsigned role;
    struct today_item *items;   /**< by kind, then day, those without one last */
    size_t count, room;
    struct lookup households;   /**< -> number in `visits` */
    struct today_visit *visits;
    size_t visit_count, visit_room;
    struct lookup told;         /**< announcements that I have passed on, or read */
    struct lookup rounds;       /**< that are open today */
    struct lookup registered;   /**< residents registered in one of those */
    struct lookup scopes;       /**< -> number in `areas` */
    struct today_area *areas;   /**< every scope held, those above before those below */
    size_t area_count, area_room;
    bool broken;                /**< memory ran out, or more records than a lookup takes */
};
/** LINLI_OK or the library's code. */
int today_gather(struct today *today);
void today_free(struct today *today);

/** The date of a day from 1970-01-01; `out` takes DATES_TIME_BYTES. */
const char *today_date(int64_t day, char *out);
/** Add one more thing; `day` may be NULL. */
void today_add(struct today *today, enum today_kind kind, const linli_record *record, const char *day, int64_t state, const char *text);
/** Every record of this type in the scope, sealed fields closed. As linli_query_each. */
int today_each(struct today *today, const char *type, linli_record_fn fn);
/** today_areas.c: all that are held. LINLI_OK or the library's code. */
int today_areas(struct today *today);
/** The area of a record; NULL when its scope is not held. */
struct today_area *today_area_of(const struct today *today, const linli_record *record);
/** A round that is open in an area began on that day; once all were told, each goes for the areas below, too. */
void today_area_round(struct today_area *area, const char *starts);
void today_area_rounds(struct today *today);
/** today_visits.c: households to be seen. */
int today_visits(struct today *today);

#endif
