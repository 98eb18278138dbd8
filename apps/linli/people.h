/** Command line: people who are recorded more than once, as the records `same_as` join them. Whoever deletes one parts them again. */
#ifndef LINLI_APP_PEOPLE_H
#define LINLI_APP_PEOPLE_H

#include <jansson.h>

#include "context.h"
#include "lookup.h"

struct people {
    struct lookup numbers;  /**< record -> number in `of` */
    struct people_record {
        linli_id id;
        uint32_t joined;    /**< towards the record that stands for all that are the same; itself there */
        bool told;          /**< of that one: some of them has been listed */
    } *of;
    size_t count, room;
    bool broken;            /**< memory ran out, or more records than a lookup takes */
};
/** Zero-initialise before; people_free in every case. LINLI_OK or the library's code. */
int people_gather(struct context *ctx, struct people *people);
void people_free(struct people *people);

/** Is this the first of those that are the same to be listed? It is, from now on. */
bool people_first(struct people *people, const linli_id *record);
/** The n-th other record of the same person; NULL past the last. */
const linli_id *people_other(struct people *people, const linli_id *record, size_t n);

#endif
