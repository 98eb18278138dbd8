/** Command line: a bar on stderr while a person waits at a terminal. */
#ifndef LINLI_APP_PROGRESS_H
#define LINLI_APP_PROGRESS_H

#include "context.h"

struct progress {
    struct context *ctx;
    const char *label; /**< translated; borrowed */
    uint64_t total;    /**< 0 = unknown */
    uint64_t drawn_ms;
    bool shown;
};

void progress_begin(struct progress *progress, struct context *ctx, const char *label, uint64_t total);
/**
 * Returns: false when the caller of a daemon has gone, so the work should stop; true otherwise.
 */
bool progress_at(struct progress *progress, uint64_t done);
/** Wipe the bar. */
void progress_end(struct progress *progress);

/** True once the caller that a daemon works for has hung up. */
bool progress_abandoned(const struct context *ctx);

#endif
