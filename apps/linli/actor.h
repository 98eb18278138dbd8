/** Command line: who makes this call, and why, for the audit (linli/audit.h). */
#ifndef LINLI_APP_ACTOR_H
#define LINLI_APP_ACTOR_H

#include "context.h"

/**
 * Tell the store. The name is what the system says, not the caller: of the caller's login, else of the user whose process it is.
 * Exit code, the error printed.
 *
 * Args:    reason  as given with --reason, or NULL
 *          bulk    records will be read one by one by a program, not by a person
 */
int actor_say(struct context *ctx, const char *reason, bool bulk);
/** The same with --reason as the reason: for a verb that reads. */
int actor_reads(struct context *ctx);

#endif
