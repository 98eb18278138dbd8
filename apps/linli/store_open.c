/* Command line, stores: the folder, opening it, and the wall clock. */
#include "store_open.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "dates.h"
#include "fail.h"

enum { BUSY_TRIES = 20, BUSY_WAIT_MS = 50 };

static int64_t process_now = -1;             /* set before other threads start */
static _Thread_local int64_t fixed_now = -1; /* a daemon's callers may each bring a clock of their own */

uint64_t store_now_ms(void)
{
    struct timespec now;
    if (fixed_now >= 0 || process_now >= 0)
        return (uint64_t)(fixed_now >= 0 ? fixed_now : process_now);
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int store_clock(struct context *ctx)
{
    const char *told = option_value(&ctx->options, "now");
    if (told == NULL)
        told = context_env(ctx, "LINLI_NOW");
    fixed_now = -1;
    if (told == NULL || told[0] == '\0')
        return STATUS_DONE;
    if (!dates_read_time(told, &fixed_now) || fixed_now < 0) {
        fixed_now = -1;
        return fail_usage(ctx, _("'%.40s' is no time such as 2026-11-23T10:20:00Z"), fail_word(ctx, told));
    }
    if (ctx->caller < 0)
        process_now = fixed_now;
    return STATUS_DONE;
}

char *store_path(const char *dir, const char *name)
{
    size_t size = strlen(dir) + strlen(name) + 2;
    char *path = malloc(size);
    if (path != NULL)
        snprintf(path, size, "%s/%s", dir, name);
    return path;
}

int store_find(struct context *ctx)
{
    const char *told = option_value(&ctx->options, "store");
    const char *data = context_env(ctx, "XDG_DATA_HOME"), *home = context_env(ctx, "HOME");
    if (ctx->store_dir != NULL)
        return STATUS_DONE;
    if (told == NULL || told[0] == '\0')
        told = context_env(ctx, "LINLI_STORE");
    if (told != NULL && told[0] != '\0')
        ctx->store_dir = context_path(ctx, told);
    else if (data != NULL && data[0] == '/')
        ctx->store_dir = store_path(data, "linli");
    else if (home != NULL && home[0] == '/')
        ctx->store_dir = store_path(home, ".local/share/linli");
    else
        return fail_usage(ctx, "%s", _("no store is named: use --store DIR or $LINLI_STORE"));
    return ctx->store_dir == NULL ? fail_memory(ctx) : STATUS_DONE;
}

static uint64_t now_for_library(void *ctx)
{
    (void)ctx;
    return store_now_ms();
}

void store_options(const struct context *ctx, const struct store_key *key, struct linli_options *options)
{
    memset(options, 0, sizeof(*options));
    options->size = sizeof(*options);
    options->dir = ctx->store_dir;
    options->key = key->has_key ? key->key : NULL;
    options->passphrase = key->has_key ? NULL : key->passphrase;
    options->now_ms = now_for_library;
}

static void pause_ms(long ms)
{
    struct timespec span = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&span, NULL);
}

int store_open(struct context *ctx, int argc, char **argv, bool *forwarded)
{
    struct store_key key;
    struct linli_options options;
    int status = store_find(ctx);
    memset(&key, 0, sizeof(key));
    *forwarded = false;
    if (status != STATUS_DONE)
        return status;
    if (!linli_store_exists(ctx->store_dir))
        return fail(ctx, STATUS_NOT_FOUND, ctx->store_dir, _("make one with 'linli init' or 'linli join'"), "%s",
                    _("there is no store"));
    status = store_key_find(ctx, &key);
    if (status != STATUS_DONE)
        goto out;
    store_options(ctx, &key, &options);
    int rc = linli_store_open(&options, &ctx->store);
    for (int i = 0; rc == LINLI_E_BUSY && i < BUSY_TRIES; i++) {
        if (ctx->verb->store == VERB_STORE && control_forward(ctx, argc, argv, &status)) {
            *forwarded = true;
            goto out;
        }
        pause_ms(BUSY_WAIT_MS);
        rc = linli_store_open(&options, &ctx->store);
    }
    status = fail_code(ctx, ctx->store_dir, rc);

out:
    store_key_free(&key);
    return status;
}
