/** Command line, filters by name: records that are told by more than a value of their own, for `linli list`. */
#ifndef LINLI_APP_FILTER_H
#define LINLI_APP_FILTER_H

#include "context.h"

/** Zero-initialise; filter_free in every case. */
struct filter_ids {
    linli_id *at; /**< never NULL once it was filled */
    size_t count, room;
    bool broken;  /**< memory ran out */
};

/**
 * The records that the filter `name` tells, of this scope with those below it (NULL: all that is held).
 * Returns STATUS_DONE, or what was printed: STATUS_USAGE for no such filter, or one of another type of record.
 */
int filter_named(struct context *ctx, const char *name, const struct linli_schema_type *type, const linli_id *scope, struct filter_ids *out);
void filter_free(struct filter_ids *ids);

#endif
