/** Command line: devices that join while something runs. Their holders' names are nobody's business here. */
#ifndef LINLI_APP_JOINED_H
#define LINLI_APP_JOINED_H

#include <jansson.h>

#include "context.h"

enum { JOINED_MAX = 64 };

/** What linli_observe(store, joined_hear, &joined) gathers; more than fit are counted. Zero-initialise. */
struct joined {
    struct linli_event at[JOINED_MAX];
    size_t count;
};

void joined_hear(void *joined, const struct linli_event *event);
/** `[{device, role, scope}]`, NULL without memory. */
json_t *joined_json(const struct joined *joined);
/** A line for each. */
void joined_print(struct context *ctx, const struct joined *joined);

#endif
