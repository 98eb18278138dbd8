/** Command line: households that have their address as text, and the dwellings that it means. */
#ifndef LINLI_APP_DWELLING_LINK_H
#define LINLI_APP_DWELLING_LINK_H

#include "batch.h"

/**
 * In a scope and below it: each household that names no dwelling gets the one of its building, unit and room, when that stands in the
 * household's own scope or in `scope`. What was written in `batch` must be committed.
 *
 * Returns: how many; a failure is the batch's.
 */
size_t dwelling_link(struct batch *batch, const linli_id *scope);

#endif
