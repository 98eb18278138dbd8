/* Command line, `linli passphrase`: another passphrase for the store, or a key file in its place, or the way back. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fail.h"
#include "store_open.h"
#include "verbs.h"

static bool same_file(const char *a, const char *b)
{
    struct stat one, other;
    return b != NULL && stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

/* The key file that the store was made with would be tried first, and opens it no more. */
static void drop_old(const struct context *ctx, const struct store_key *now)
{
    char *old = store_path(ctx->store_dir, "store.key");
    if (old != NULL && !same_file(old, now->file))
        unlink(old);
    free(old);
}

int verb_passphrase(struct context *ctx)
{
    struct store_key key;
    int status = store_key_another(ctx, &key);
    if (status == STATUS_DONE) {
        int rc = linli_store_rekey(ctx->store, key.has_key ? key.key : NULL, key.has_key ? NULL : key.passphrase);
        status = fail_code(ctx, ctx->store_dir, rc);
    }
    if (status == STATUS_DONE)
        drop_old(ctx, &key);
    /* A key file that was made stays whatever came of it: the store may be under it. */
    if (status == STATUS_DONE && !ctx->quiet && key.file != NULL)
        fprintf(ctx->err, _("linli: the store's key is in %s; keep a copy of it in a safe place\n"), key.file);
    store_key_free(&key);
    return status;
}
