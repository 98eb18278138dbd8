/** Command line, sample: the town that is being filled, and how records are put into it. */
#ifndef LINLI_APP_SAMPLE_TOWN_H
#define LINLI_APP_SAMPLE_TOWN_H

#include "batch.h"
#include "progress.h"
#include "sample.h"

enum { TOWN_TYPES = 64, TOWN_FLOORS = 7, TOWN_ROOMS = 2, TOWN_ROUND_DAYS = 20 };

struct town {
    struct context *ctx;
    struct sample sample;
    struct batch batch;
    struct progress progress;
    bool captains_rule;
    linli_id district, street;
    uint64_t scopes, households;
    uint64_t made[TOWN_TYPES]; /**< records of each type, in the schema's order */
};

/** One field of a record to be. Lists end with an entry without a name. */
struct put {
    const char *field;
    struct linli_value value;
};

/** A new record. Names are of this program's own schema. After a failure of the batch they do nothing. */
void town_put(struct town *town, const linli_id *scope, const char *type, const struct put *puts, linli_id *id);
/** One field more of a record of this batch. */
void town_set(struct town *town, const char *type, const linli_id *id, const char *field, struct linli_value value);
/** True so many times in a thousand. */
bool town_draw(struct town *town, uint32_t in_thousand);
/** Returns: one of `count` texts. */
const char *town_pick(struct town *town, const char *const *texts, uint32_t count);
/** The day `days` from now; `out` takes DATES_TIME_BYTES. Returns: its text. */
struct linli_value town_day(int64_t days, char *out);
int64_t town_now_ms(void);

/** Where the town's records are being put: a patch of a community, its building, and what the community has going on. */
struct street_life {
    const linli_id *community, *patch;
    linli_id building;
    const char *name;             /**< of the building */
    struct sample_person captain; /**< of the patch */
    linli_id announcement, activity, round, consultation; /**< of the community */
    bool sure;                  /**< the community's first patch: has one of everything */
    struct sample_person first; /**< head of the patch's first household */
    linli_id first_id;
};
/** A community's own records: the announcement, the activity, the round, the question that its households hear of. */
void street_open(struct town *town, const linli_id *community, struct street_life *life);
/** The captain, the aids of the building, what was patrolled and found. */
void street_patch(struct town *town, const struct street_life *life);
/** A building with its units, and a hazard in it now and then. */
void street_building(struct town *town, const struct street_life *life, const struct sample_patch *about, linli_id *id);
/** The number-th household of a patch: dwelling, residents, visits, requests. */
void street_home(struct town *town, struct street_life *life, uint32_t number);
/** What one household takes part in. */
void street_household(struct town *town, const struct street_life *life, const linli_id *household, const char *head);

#endif
