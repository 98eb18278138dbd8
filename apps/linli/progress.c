/* Command line, progress: redrawn at most ten times a second, never when stderr is not a terminal. */
#include "progress.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <time.h>

enum { BAR_COLUMNS = 30, REDRAW_MS = 100 };

static uint64_t steady_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void progress_begin(struct progress *progress, struct context *ctx, const char *label, uint64_t total)
{
    memset(progress, 0, sizeof(*progress));
    progress->ctx = ctx;
    progress->label = label;
    progress->total = total;
    progress->drawn_ms = steady_ms();
}

bool progress_abandoned(const struct context *ctx)
{
    struct pollfd caller = {.fd = ctx->caller, .events = 0};
    return ctx->caller >= 0 && poll(&caller, 1, 0) == 1 && (caller.revents & (POLLHUP | POLLERR)) != 0;
}

bool progress_at(struct progress *progress, uint64_t done)
{
    uint64_t now = steady_ms();
    if (now - progress->drawn_ms < REDRAW_MS)
        return true;
    progress->drawn_ms = now;
    struct pollfd screen = {.fd = fileno(progress->ctx->err), .events = POLLOUT};
    bool asked = progress->ctx->err_terminal && !progress->ctx->quiet;
    if (asked && poll(&screen, 1, 0) == 1) { /* the store may be locked now: never wait for a screen that stands still */
        char bar[BAR_COLUMNS + 1];
        uint64_t part = progress->total == 0 ? 0 : done >= progress->total ? 100 : done * 100 / progress->total;
        for (size_t i = 0; i < BAR_COLUMNS; i++)
            bar[i] = i * 100 < part * BAR_COLUMNS ? '#' : '.';
        bar[BAR_COLUMNS] = '\0';
        if (progress->total == 0)
            fprintf(progress->ctx->err, "\r\033[K%s %" PRIu64, progress->label, done);
        else
            fprintf(progress->ctx->err, "\r\033[K%s [%s] %" PRIu64 "%%", progress->label, bar, part);
        fflush(progress->ctx->err);
        progress->shown = true;
    }
    return !progress_abandoned(progress->ctx);
}

void progress_end(struct progress *progress)
{
    if (progress->shown)
        fputs("\r\033[K", progress->ctx->err);
    progress->shown = false;
}
