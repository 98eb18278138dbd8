/* Command line, `linli root`: the keys that sign for the root; drafts signed and applied. */
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "output.h"
#include "root_words.h"
#include "store_key.h"
#include "verbs.h"

static int key_report(struct context *ctx, const char *path, const uint8_t key[32])
{
    char hex[OUTPUT_HEX_BYTES];
    output_hex(key, 32, hex);
    if (ctx->json)
        return output_json(ctx, json_pack("{s:s, s:s}", "key", hex, "file", path));
    fprintf(ctx->out, "%s\n", hex);
    if (!ctx->quiet)
        fputs(_("linli: keep the file and its passphrase apart, and neither on a machine that is always on\n"), ctx->err);
    return STATUS_DONE;
}

static int key_fail(struct context *ctx, const char *what, int rc)
{
    if (rc == LINLI_E_KEY)
        return fail(ctx, STATUS_REFUSED, what, _("give the passphrase of the key file"), "%s",
                    _("this passphrase does not open it"));
    if (rc == LINLI_E_EXISTS)
        return fail(ctx, STATUS_FAILED, what, _("name another file"), "%s", _("there is a file of this name"));
    return fail_code(ctx, what, rc);
}

/* Both make a key file under a new passphrase. */
static int key_file(struct context *ctx, int (*make)(struct context *ctx, const char *path, const char *passphrase, uint8_t *key))
{
    uint8_t key[32];
    struct store_key new = {.has_key = false};
    char *path = context_path(ctx, ctx->options.args[0]);
    int status = path == NULL ? fail_memory(ctx) : store_key_passphrase(ctx, &new);
    if (status == STATUS_DONE)
        status = key_fail(ctx, ctx->options.args[0], make(ctx, path, new.passphrase, key));
    if (status == STATUS_DONE)
        status = key_report(ctx, path, key);
    store_key_free(&new);
    free(path);
    return status;
}

static int make_new(struct context *ctx, const char *path, const char *passphrase, uint8_t *key)
{
    (void)ctx;
    return linli_root_key_make(path, passphrase, key);
}

static int make_export(struct context *ctx, const char *path, const char *passphrase, uint8_t *key)
{
    return linli_root_key_export(ctx->store, path, passphrase, key);
}

int verb_root_new_key(struct context *ctx)
{
    return key_file(ctx, make_new);
}

int verb_root_export_key(struct context *ctx)
{
    return key_file(ctx, make_export);
}

/* --- drafts --- */

static int sign_fail(struct context *ctx, const char *what, int rc)
{
    if (rc == LINLI_E_REFUSED)
        return fail(ctx, STATUS_REFUSED, what, _("see 'linli root sign' for the keys that it asks for"), "%s",
                    _("the draft does not ask for this key"));
    if (rc == LINLI_E_EXISTS)
        return fail(ctx, STATUS_FAILED, what, _("go on to the next holder, or to 'linli root apply'"), "%s",
                    _("this key has signed, or enough others have"));
    if (rc == LINLI_E_STALE)
        return fail(ctx, STATUS_REFUSED, what, _("look at it again"), "%s", _("the draft has changed since it was shown"));
    return key_fail(ctx, what, rc);
}

/* What was shown, and nothing that has taken its place since. */
static int sign(struct context *ctx, const char *path, const uint8_t *shown)
{
    const char *told = option_value(&ctx->options, "key");
    struct store_key key = {.has_key = false};
    if (told == NULL)
        return sign_fail(ctx, "root.key", linli_root_sign_here(ctx->store, path, shown));
    char *file = context_path(ctx, told);
    int status = file == NULL ? fail_memory(ctx) : store_key_passphrase_ask(ctx, &key);
    if (status == STATUS_DONE)
        status = sign_fail(ctx, told, linli_root_sign(path, shown, file, key.passphrase));
    store_key_free(&key);
    free(file);
    return status;
}

/* A person is shown what is signed before it is; `*shown`: was one? */
static int agree(struct context *ctx, const char *path, uint8_t fingerprint[16], bool *shown)
{
    char answer[16] = "";
    *shown = false;
    if (ctx->json || !ctx->in_terminal || !ctx->err_terminal || option_has(&ctx->options, "yes"))
        return STATUS_DONE;
    int status = root_draft_show(ctx, path, fingerprint);
    if (status != STATUS_DONE)
        return status;
    *shown = true;
    fflush(ctx->out);
    fputs(_("Sign this? Type yes: "), ctx->err);
    fflush(ctx->err);
    if (fgets(answer, sizeof(answer), ctx->in) == NULL || strcmp(answer, "yes\n") != 0)
        return fail(ctx, STATUS_FAILED, "root sign", _("call it again when you are sure"), "%s", _("it was not signed"));
    return STATUS_DONE;
}

int verb_root_sign(struct context *ctx)
{
    uint8_t fingerprint[16];
    bool shown = false;
    char *path = context_path(ctx, ctx->options.args[0]);
    int status = path == NULL ? fail_memory(ctx) : agree(ctx, path, fingerprint, &shown);
    if (status == STATUS_DONE)
        status = sign(ctx, path, shown ? fingerprint : NULL);
    if (status == STATUS_DONE)
        status = root_draft_show(ctx, path, NULL);
    free(path);
    return status;
}

static unsigned missing(const struct linli_root_draft *draft, char *keys, size_t size)
{
    unsigned count = 0;
    size_t used = 0;
    keys[0] = '\0';
    for (size_t s = 0; s < draft->signer_count; s++) {
        const struct linli_root_signers *signers = &draft->signers[s];
        count += signers->missing;
        for (unsigned k = 0; signers->missing > 0 && k < signers->root.key_count; k++) {
            char hex[OUTPUT_HEX_BYTES];
            output_hex(signers->root.keys[k], 4, hex);
            if (!signers->has_signed[k] && strstr(keys, hex) == NULL && used + 10 < size)
                used += (size_t)snprintf(keys + used, size - used, "%s%s", used > 0 ? " " : "", hex);
        }
    }
    return count;
}

int verb_root_apply(struct context *ctx)
{
    struct linli_root_draft draft;
    char keys[400];
    const char *told = ctx->options.args[0];
    char *path = context_path(ctx, told);
    if (path == NULL)
        return fail_memory(ctx);
    int rc = linli_root_apply(ctx->store, path, &draft);
    int status = STATUS_DONE;
    if (rc == LINLI_E_WAIT) {
        unsigned count = missing(&draft, keys, sizeof(keys));
        status = fail(ctx, STATUS_REFUSED, told, _("let more holders run 'linli root sign' on it"),
                      _("%u signatures are missing, of the keys %s"), count, keys);
    } else if (rc == LINLI_E_SIGNATURE) {
        status = fail(ctx, STATUS_REFUSED, told, _("compare fingerprints and draft it again"), "%s",
                      _("a signature is bad, or the root document has changed since"));
    } else if (rc != LINLI_OK) {
        status = fail_code(ctx, told, rc);
    } else {
        status = root_draft_show(ctx, path, NULL);
    }
    free(path);
    return status;
}
