/** Command line: records and what is about them. */
#ifndef LINLI_APP_ABOUT_H
#define LINLI_APP_ABOUT_H

#include "context.h"

/** Records with their types. Zero-initialise, set `ctx`. */
struct about {
    struct context *ctx;
    linli_id *ids;
    linli_type *types;
    size_t count, room;
    int code; /**< of the library: what stopped it */
};
void about_free(struct about *g);
/** False without memory (`code` says so). The same may be added again: about_once. */
bool about_add(struct about *g, const linli_id *id, linli_type type);
/** Keep of each record the first. Returns `code`. */
int about_once(struct about *g);
/**
 * Add what goes with those that are there, by the schema (`goes_with`), and what goes with that in turn: visits and requests
 * follow a household, residents do not.
 * Afterwards each is there once.
 * Returns: a code of the library.
 */
int about_follow(struct about *g);

#endif
