/* api: a record as the application sees it, made of a record's state. */
#ifndef LINLI_API_READING_H
#define LINLI_API_READING_H

#include <linli/record.h>

#include "replica/replica.h"

struct linli_record {
    struct arena arena;
    linli_id id, scope;
    linli_type type;
    enum record_life life;
    struct buf token;
    struct linli_reading *readings; /* by field, no repeats */
    size_t count, room;
};

/* Fill `rec`, whose arena may hold the state, from a state. What it had before is forgotten. LINLI_OK or LINLI_E_NOMEM. */
int reading_make(struct linli_record *rec, struct replica *r, const linli_id *scope, const linli_id *id,
                 const struct record_state *state);

#endif
