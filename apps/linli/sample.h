/** Command line: a made-up town from a seed: names, numbers and sizes. Pure; the same seed gives the same town. */
#ifndef LINLI_APP_SAMPLE_H
#define LINLI_APP_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dates.h"

struct sample {
    uint64_t state;   /**< of the generator */
    uint64_t persons; /**< drawn so far: their numbers never repeat */
};

void sample_begin(struct sample *sample, uint64_t seed);
/** A number from 0 to `below` - 1; `below` > 0. */
uint32_t sample_draw(struct sample *sample, uint32_t below);

struct sample_person {
    char name[40], id_number[19], birth[DATES_DATE_BYTES], phone[12];
    int sex;
};
/** The next person. Nobody living fits: births lie in 1884 to 1899, and no operator assigns 199-0000-xxxx. */
void sample_person(struct sample *sample, struct sample_person *out);

/** Residents of a household: 2.6 on average. */
uint32_t sample_residents(struct sample *sample);

/** Styles of the schema's scope.style: 1 courtyard, 2 compound, 3 fringe, 4 village. */
struct sample_patch {
    unsigned style;
    uint32_t households;
};
/**
 * The next patch of a community. By the captains' rule an old courtyard has 30 to 50 households, a compound about 200,
 * the urban-rural fringe 10 to 20 and a village 40 to 50; otherwise every patch has 60.
 * Args: left  households of the community that still need a patch; > 0
 */
struct sample_patch sample_patch(struct sample *sample, bool captains_rule, uint32_t left);

#endif
