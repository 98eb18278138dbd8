/* Command line, `linli init`: a new store that holds a new root of trust. */
#include <string.h>

#include "fail.h"
#include "output.h"
#include "store_open.h"
#include "verbs.h"

static bool is_division(const char *code)
{
    size_t size = strlen(code);
    return (size == 6 || size == 9 || size == 12) && strspn(code, "0123456789") == size;
}

static int report(struct context *ctx, const char *name, enum linli_scope_kind kind)
{
    struct linli_status status;
    char id[OUTPUT_HEX_BYTES], author[OUTPUT_DOT_BYTES], network[OUTPUT_HEX_BYTES];
    int rc = linli_store_status(ctx->store, &status);
    if (rc != LINLI_OK)
        return fail_code(ctx, "init", rc);
    output_id(&status.root_scope, id);
    output_author(&status.replica, author);
    output_hex(status.network.b, sizeof(status.network.b), network);
    if (ctx->json)
        return output_json(ctx, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "scope", id, "kind",
                                          output_scope_kind((unsigned)kind), "name", name, "network", network, "replica",
                                          author, "store", ctx->store_dir));
    fprintf(ctx->out, "%s\n", id);
    if (!ctx->quiet)
        fprintf(ctx->err, _("linli: the root's signing key is in %s/root.key; move it to a safe place\n"),
                ctx->store_dir);
    return STATUS_DONE;
}

int verb_init(struct context *ctx)
{
    const char *root = option_value(&ctx->options, "root"), *name = option_value(&ctx->options, "name");
    const char *division = option_value(&ctx->options, "division");
    struct store_key key;
    struct linli_options options;
    char code[13] = "000000000000";
    if (root == NULL || name == NULL || name[0] == '\0')
        return fail_usage(ctx, "%s", _("--root and --name are needed"));
    if (division != NULL && !is_division(division))
        return fail_usage(ctx, _("'%.20s' is no division code of 6, 9 or 12 digits"), fail_word(ctx, division));
    if (division != NULL)
        memcpy(code, division, strlen(division));
    enum linli_scope_kind kind = strcmp(root, "city") == 0 ? LINLI_CITY : LINLI_COMMUNITY;
    int status = store_find(ctx);
    if (status == STATUS_DONE)
        status = store_key_new(ctx, &key);
    if (status != STATUS_DONE)
        return status;
    store_options(ctx, &key, &options);
    int rc = linli_store_create(&options, kind, name, division != NULL ? code : NULL, &ctx->store);
    store_key_end(ctx, &key, rc == LINLI_OK);
    return rc != LINLI_OK ? fail_code(ctx, ctx->store_dir, rc) : report(ctx, name, kind);
}
