/* Command line, `linli root`: what the root says of itself, and drafts of what it is to say. */
#include <stdlib.h>
#include <string.h>

#include "dates.h"
#include "devices.h"
#include "fail.h"
#include "output.h"
#include "records.h"
#include "revoking.h"
#include "root_words.h"
#include "verbs.h"

/* --- show --- */

struct listing {
    json_t *said; /* NULL: a table is shown */
    struct table table;
    bool failed;
};

static bool on_said(void *at, const struct linli_root_item *item)
{
    struct listing *l = at;
    if (l->said != NULL) {
        l->failed = json_array_append_new(l->said, root_item_json(item)) != 0;
        return !l->failed;
    }
    char id[OUTPUT_HEX_BYTES], under[24], words[ROOT_WORDS_BYTES], when[DATES_TIME_BYTES];
    output_hex(item->id.b, 8, id);
    snprintf(under, sizeof(under), "%llu", (unsigned long long)item->under);
    const char *row[] = {id, under, dates_write_local((int64_t)item->issued_ms, when), root_item_words(item, words),
                         item->stands ? "" : _("does not stand")};
    table_row(&l->table, row);
    return true;
}

static int show_json(struct context *ctx, const struct linli_root *root, json_t *said)
{
    return output_json(ctx, json_pack("{s:I, s:i, s:o?, s:I, s:I, s:o?}", "version", (json_int_t)root->version, "threshold",
                                      (int)root->threshold, "keys", root_keys_json(root), "oldest", (json_int_t)root->oldest,
                                      "rivals", (json_int_t)root->rivals, "said", said));
}

static void show_text(struct context *ctx, const struct linli_root *root)
{
    char hex[OUTPUT_HEX_BYTES];
    fprintf(ctx->out, _("root document, version %llu: %u of %u keys sign\n"), (unsigned long long)root->version, root->threshold,
            root->key_count);
    for (unsigned i = 0; i < root->key_count; i++)
        fprintf(ctx->out, "  %u  %s\n", i, output_hex(root->keys[i], 32, hex));
    if (root->oldest > 1)
        fprintf(ctx->out, _("what was said under versions before %llu stands only where it was affirmed\n"),
                (unsigned long long)root->oldest);
    root_rivals_text(ctx->out, root->rivals);
}

int verb_root_show(struct context *ctx)
{
    struct linli_root root;
    struct listing l = {.said = ctx->json ? json_array() : NULL};
    const char *headings[] = {_("id"), _("version"), _("issued"), _("what"), ""};
    if (ctx->json && l.said == NULL)
        return fail_memory(ctx);
    int rc = linli_root_read(ctx->store, &root);
    table_begin(&l.table, headings, 5);
    if (rc == LINLI_OK)
        rc = linli_root_each(ctx->store, on_said, &l);
    bool shown = rc == LINLI_OK && !l.failed;
    if (shown && !ctx->json)
        show_text(ctx, &root);
    int status = table_finish(ctx, &l.table, shown && !ctx->json);
    if (rc != LINLI_OK || l.failed) {
        json_decref(l.said);
        return rc != LINLI_OK ? fail_code(ctx, ctx->verb->name, rc) : fail_memory(ctx);
    }
    return ctx->json ? show_json(ctx, &root, l.said) : status;
}

/* --- draft --- */

struct drafting {
    struct context *ctx;
    struct linli_root_order order;
    struct linli_revoke revoke;
    uint8_t (*keys)[32];
    linli_hash *affirm;
    size_t affirm_room;
    const char *text; /* the start of an id that is looked for */
    size_t matches;
    bool failed;
};

/* A public key, or the key file that holds it. */
static int key_take(struct drafting *d, const char *text)
{
    uint8_t *key = d->keys[d->order.key_count++];
    if (strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64) {
        for (size_t i = 0; i < 32; i++) {
            char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};
            key[i] = (uint8_t)strtoul(pair, NULL, 16);
        }
        return STATUS_DONE;
    }
    char *path = context_path(d->ctx, text);
    if (path == NULL)
        return fail_memory(d->ctx);
    int status = fail_code(d->ctx, text, linli_root_key_read(path, key));
    free(path);
    return status;
}

static bool number_read(const char *text, unsigned long long most, unsigned long long *out)
{
    char *end = NULL;
    *out = text != NULL ? strtoull(text, &end, 10) : 0;
    return text != NULL && text[0] >= '1' && text[0] <= '9' && *end == '\0' && *out <= most;
}

static bool affirm_add(struct drafting *d, const linli_hash *id)
{
    for (size_t i = 0; i < d->order.affirm_count; i++)
        if (memcmp(d->affirm[i].b, id->b, sizeof(id->b)) == 0)
            return true;
    if (d->order.affirm_count == d->affirm_room) {
        size_t room = d->affirm_room == 0 ? 64 : 2 * d->affirm_room;
        linli_hash *at = realloc(d->affirm, room * sizeof(*at));
        if (at == NULL)
            return false;
        d->affirm = at;
        d->affirm_room = room;
    }
    d->affirm[d->order.affirm_count++] = *id;
    return true;
}

static bool excepted(const struct drafting *d, const char *hex)
{
    const char *text;
    for (size_t i = 0; (text = option_nth(&d->ctx->options, "except", i)) != NULL; i++)
        if (strncmp(hex, text, strlen(text)) == 0)
            return true;
    return false;
}

/* Versions are not affirmed: they hold or do not. */
static bool on_affirm(void *at, const struct linli_root_item *item)
{
    struct drafting *d = at;
    char hex[OUTPUT_HEX_BYTES];
    output_hex(item->id.b, 32, hex);
    bool all = strcmp(d->text, "all") == 0;
    bool fits = all ? item->stands && !excepted(d, hex) : strncmp(hex, d->text, strlen(d->text)) == 0;
    if (!fits || item->act == LINLI_ROOT_VERSION)
        return true;
    d->matches++;
    d->failed = !affirm_add(d, &item->id);
    return !d->failed;
}

static int affirm_take(struct drafting *d, const char *text)
{
    d->text = text;
    d->matches = 0;
    int rc = linli_root_each(d->ctx->store, on_affirm, d);
    if (rc != LINLI_OK)
        return fail_code(d->ctx, d->ctx->verb->name, rc);
    if (d->failed)
        return fail_memory(d->ctx);
    if (strcmp(text, "all") != 0 && d->matches != 1)
        return fail(d->ctx, STATUS_NOT_FOUND, "--affirm", _("see 'linli root show'"), "%s",
                    _("the root said nothing of this id, or several fit"));
    return STATUS_DONE;
}

static int affirm_all(struct drafting *d)
{
    const char *text;
    int status = STATUS_DONE;
    for (size_t i = 0; status == STATUS_DONE && (text = option_nth(&d->ctx->options, "affirm", i)) != NULL; i++)
        status = affirm_take(d, text);
    d->order.affirm = d->affirm;
    return status;
}

static int version_order(struct drafting *d)
{
    const char *text, *oldest = option_value(&d->ctx->options, "oldest"), *after = option_value(&d->ctx->options, "after"),
                      *signatures = option_value(&d->ctx->options, "signatures");
    unsigned long long number;
    int status = STATUS_DONE;
    d->order.act = LINLI_ROOT_VERSION;
    d->keys = calloc(OPTIONS_MAX, sizeof(*d->keys));
    if (d->keys == NULL)
        return fail_memory(d->ctx);
    for (size_t i = 0; status == STATUS_DONE && (text = option_nth(&d->ctx->options, "key", i)) != NULL; i++)
        status = key_take(d, text);
    if (status != STATUS_DONE)
        return status;
    d->order.keys = (const uint8_t(*)[32])d->keys;
    if (d->order.key_count == 0 || d->order.key_count > LINLI_ROOT_KEYS_MAX)
        return fail_usage(d->ctx, "%s", _("give 1 to 16 keys, each by --key"));
    if (!number_read(option_value(&d->ctx->options, "threshold"), d->order.key_count, &number))
        return fail_usage(d->ctx, "%s", _("--threshold: how many of the keys must sign, 1 to all of them"));
    d->order.threshold = (unsigned)number;
    if (oldest != NULL && !number_read(oldest, LINLI_ROOT_VERSIONS_MAX, &number))
        return fail_usage(d->ctx, "%s", _("--oldest: the number of a version"));
    d->order.oldest = oldest != NULL ? number : 0;
    if (after != NULL && !number_read(after, LINLI_ROOT_VERSIONS_MAX, &number))
        return fail_usage(d->ctx, "%s", _("--after: the number of a version"));
    d->order.after = after != NULL ? number : 0;
    if (signatures != NULL && !number_read(signatures, LINLI_ROOT_KEYS_MAX, &number))
        return fail_usage(d->ctx, "%s", _("--signatures: how many keys of the version before sign, no more than it has"));
    d->order.signatures = signatures != NULL ? (unsigned)number : 0;
    return affirm_all(d);
}

static int grant_order(struct drafting *d)
{
    const char *role = option_value(&d->ctx->options, "role"), *expires = option_value(&d->ctx->options, "expires");
    int64_t until_ms = 0;
    bool given;
    d->order.act = LINLI_ROOT_GRANT;
    d->order.role = LINLI_NODE;
    for (unsigned r = LINLI_NODE; role != NULL && r <= LINLI_VIEWER; r++)
        if (strcmp(role, output_role(r)) == 0)
            d->order.role = (enum linli_role)r;
    if (expires != NULL && (!dates_read_time(expires, &until_ms) || until_ms <= 0))
        return fail_usage(d->ctx, "--expires: %s", _("not a time such as 2026-11-26T08:00:00+08:00"));
    d->order.expires_ms = (uint64_t)until_ms;
    int status = devices_find(d->ctx, d->ctx->options.args[1], d->order.device);
    return status == STATUS_DONE ? records_scope_option(d->ctx, &d->order.scope, &given) : status;
}

static int revoke_order(struct drafting *d)
{
    d->order.act = LINLI_ROOT_REVOKE;
    d->order.revoke = &d->revoke;
    int status = revoke_read(d->ctx, d->ctx->options.args[1], &d->revoke);
    d->revoke.note = NULL; /* a note stands beside an act in its scope, and the root writes nothing there */
    return status;
}

static int order_read(struct drafting *d)
{
    const struct options *o = &d->ctx->options;
    bool device = strcmp(o->args[0], "grant") == 0 || strcmp(o->args[0], "revoke") == 0;
    if (o->arg_count != (device ? 2u : 1u))
        return fail_usage(d->ctx, "%s", _("it takes 'version', 'grant DEVICE', 'revoke DEVICE' or 'affirm'"));
    if (strcmp(o->args[0], "version") == 0)
        return version_order(d);
    if (strcmp(o->args[0], "grant") == 0)
        return grant_order(d);
    if (strcmp(o->args[0], "revoke") == 0)
        return revoke_order(d);
    if (strcmp(o->args[0], "affirm") != 0)
        return fail_usage(d->ctx, "%s", _("it takes 'version', 'grant DEVICE', 'revoke DEVICE' or 'affirm'"));
    d->order.act = LINLI_ROOT_AFFIRM;
    int status = affirm_all(d);
    return status == STATUS_DONE && d->order.affirm_count == 0 ? fail_usage(d->ctx, "%s", _("give --affirm ID, or --affirm all"))
                                                               : status;
}

int verb_root_draft(struct context *ctx)
{
    struct drafting d = {.ctx = ctx};
    const char *out = option_value(&ctx->options, "out");
    if (out == NULL)
        return fail_usage(ctx, "%s", _("--out FILE is needed"));
    char *path = context_path(ctx, out);
    int status = path == NULL ? fail_memory(ctx) : order_read(&d);
    if (status == STATUS_DONE)
        status = fail_code(ctx, "root draft", linli_root_draft(ctx->store, &d.order, path));
    if (status == STATUS_DONE)
        status = root_draft_show(ctx, path, NULL);
    free(d.keys);
    free(d.affirm);
    free(path);
    return status;
}
