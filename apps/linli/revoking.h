/** Command line: what is asked of a revocation, read from the flags of a verb. */
#ifndef LINLI_APP_REVOKING_H
#define LINLI_APP_REVOKING_H

#include "context.h"

/** The device that `device` names, --scope, --since, --reason, --compromised. Exit code, the error printed. */
int revoke_read(struct context *ctx, const char *device, struct linli_revoke *out);
/** The word for a reason, as --reason takes it; "" for none. */
const char *revoking_reason(enum linli_reason reason);

#endif
