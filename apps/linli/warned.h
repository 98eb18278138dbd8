/** Command line, receipts: what nodes confirmed, and what their receipts warn of, in words and as JSON. */
#ifndef LINLI_APP_WARNED_H
#define LINLI_APP_WARNED_H

#include <jansson.h>
#include <linli/receipt.h>

#include "context.h"

/** What was told while it listened: the newest few. */
enum { WARNED_MAX = 8 };
struct warned {
    struct linli_event at[WARNED_MAX];
    size_t count;
};
/** An observer; `warned` is a struct warned. */
void warned_hear(void *warned, const struct linli_event *event);

/** [{kind, node, incarnation, self, scope, noticed, issued: [first, second]}], all that are kept. NULL: an error, in `rc`. */
json_t *warned_json(struct context *ctx, int *rc);
/** [{node, scope, issued, ours}]. */
json_t *warned_receipts_json(struct context *ctx, int *rc);
/** One line each, with what to do; `only` (may be NULL): those told there. */
int warned_print(struct context *ctx, FILE *out, const struct warned *only);
/** "node ... confirmed on ...", one line each. */
int warned_print_receipts(struct context *ctx);

#endif
