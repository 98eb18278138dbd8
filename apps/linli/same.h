/** Command line: what tells that two records may be one and the same: they agree in all fields of one of the schema's `same` lists. */
#ifndef LINLI_APP_SAME_H
#define LINLI_APP_SAME_H

#include <linli/linli.h>

#include "lookup.h"

enum { SAME_TWINS = 8, SAME_LABELS_BYTES = 256 };

/** A record, or a row that will become one. */
struct same_subject {
    const struct linli_schema_type *type;
    const linli_id *scope;
    /** A field's value; NULL when there is none. */
    const struct linli_value *(*value)(const void *at, linli_field field);
    const void *at;
};

struct same_twin {
    uint32_t number;
    char labels[SAME_LABELS_BYTES]; /**< of the fields that agree, translated */
};

/**
 * Who came before and agrees; then this one is among those who came before, as `number`.
 *
 * Args:    seen    those so far; zero-initialised, lookup_free
 *          broken  set when memory ran out or there are too many
 * Returns: how many, each once.
 */
size_t same_find(struct lookup *seen, const struct same_subject *subject, uint32_t number, struct same_twin twins[SAME_TWINS], bool *broken);

/**
 * The same among what the store holds, by its indexes: who agrees with a record that was just made, itself left out. Nothing sealed is
 * searched: nobody asked for it, and it would be recorded as a search by whoever typed (audit.h).
 *
 * Returns: LINLI_OK or the library's code; `*count` = how many, at most SAME_TWINS.
 */
struct same_held {
    linli_id id;
    char labels[SAME_LABELS_BYTES];
};
int same_held(linli_store *store, const struct same_subject *subject, const linli_id *itself, struct same_held twins[SAME_TWINS], size_t *count);

#endif
