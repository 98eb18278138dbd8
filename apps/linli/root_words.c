/* Command line: what the root says, in words and in JSON. */
#include "root_words.h"

#include <string.h>

#include "dates.h"
#include "fail.h"
#include "output.h"
#include "revoking.h"
#include "rights.h"

static const char *const act_names[] = {"version", "grant", "revoke", "affirm", "other"};

static void version_words(const struct linli_root_item *item, char *out)
{
    const struct linli_root *root = &item->root;
    if (item->count > 0)
        snprintf(out, ROOT_WORDS_BYTES, _("version %llu of the root document: %u of %u keys; oldest %llu; signed by %zu keys of the one before"),
                 (unsigned long long)root->version, root->threshold, root->key_count, (unsigned long long)root->oldest, item->count);
    else
        snprintf(out, ROOT_WORDS_BYTES, _("version %llu of the root document: %u of %u keys; oldest %llu"),
                 (unsigned long long)root->version, root->threshold, root->key_count, (unsigned long long)root->oldest);
}

void root_rivals_text(FILE *out, size_t rivals)
{
    if (rivals > 0)
        fputs(_("two root documents follow the same one: root keys were misused, see docs/en/keys.md\n"), out);
}

char *root_item_words(const struct linli_root_item *item, char *out)
{
    char device[OUTPUT_HEX_BYTES], scope[OUTPUT_HEX_BYTES];
    output_hex(item->device, 32, device);
    output_id(&item->scope, scope);
    device[8] = scope[8] = '\0';
    switch (item->act) {
    case LINLI_ROOT_VERSION:
        version_words(item, out);
        break;
    case LINLI_ROOT_GRANT:
        snprintf(out, ROOT_WORDS_BYTES, _("device %s is %s in scope %s and below"), device, output_role_label(item->role), scope);
        break;
    case LINLI_ROOT_REVOKE:
        snprintf(out, ROOT_WORDS_BYTES, _("the rights of device %s end in scope %s and below; %zu logs closed"), device, scope,
                 item->count);
        break;
    case LINLI_ROOT_AFFIRM:
        snprintf(out, ROOT_WORDS_BYTES, _("%zu things that the root said before go on standing"), item->count);
        break;
    case LINLI_ROOT_OTHER:
        snprintf(out, ROOT_WORDS_BYTES, "%s", _("something else"));
        break;
    }
    return out;
}

json_t *root_keys_json(const struct linli_root *root)
{
    json_t *list = json_array();
    char hex[OUTPUT_HEX_BYTES];
    for (unsigned i = 0; list != NULL && i < root->key_count; i++)
        if (json_array_append_new(list, json_string(output_hex(root->keys[i], 32, hex))) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *version_json(const struct linli_root *root)
{
    return json_pack("{s:I, s:i, s:o?, s:I}", "version", (json_int_t)root->version, "threshold", (int)root->threshold, "keys",
                     root_keys_json(root), "oldest", (json_int_t)root->oldest);
}

static bool grant_json(json_t *out, const struct linli_root_item *item)
{
    char expires[DATES_TIME_BYTES];
    return json_object_set_new(out, "role", json_string(output_role(item->role))) == 0 &&
           json_object_set_new(out, "rights", rights_json(item->rights)) == 0 &&
           json_object_set_new(out, "expires", item->expires_ms == 0 ? json_null()
                                                                     : json_string(dates_write_time((int64_t)item->expires_ms, expires))) == 0;
}

static json_t *affirmed_json(const struct linli_root_item *item)
{
    json_t *list = json_array();
    char hex[OUTPUT_HEX_BYTES];
    for (size_t i = 0; list != NULL && i < item->count; i++)
        if (json_array_append_new(list, json_string(output_hex(item->affirmed[i].b, 32, hex))) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

json_t *root_item_json(const struct linli_root_item *item)
{
    char id[OUTPUT_HEX_BYTES], device[OUTPUT_HEX_BYTES], issued[DATES_TIME_BYTES];
    output_hex(item->id.b, 32, id);
    output_hex(item->device, 32, device);
    dates_write_time((int64_t)item->issued_ms, issued);
    json_t *out = json_pack("{s:s, s:s, s:I, s:s, s:b}", "act", act_names[item->act], "id", id, "under", (json_int_t)item->under,
                            "issued", issued, "stands", item->stands ? 1 : 0);
    bool good = out != NULL;
    if (good && item->act == LINLI_ROOT_VERSION)
        good = json_object_set_new(out, "root", version_json(&item->root)) == 0 &&
               json_object_set_new(out, "signatures", json_integer((json_int_t)item->count)) == 0;
    if (good && (item->act == LINLI_ROOT_GRANT || item->act == LINLI_ROOT_REVOKE))
        good = json_object_set_new(out, "device", json_string(device)) == 0 &&
               json_object_set_new(out, "scope", output_json_id(&item->scope)) == 0;
    if (good && item->act == LINLI_ROOT_GRANT)
        good = grant_json(out, item);
    if (good && item->act == LINLI_ROOT_REVOKE)
        good = json_object_set_new(out, "reason", json_string(revoking_reason(item->reason))) == 0 &&
               json_object_set_new(out, "strict", json_boolean(item->strict)) == 0;
    if (good && item->act == LINLI_ROOT_AFFIRM)
        good = json_object_set_new(out, "ids", affirmed_json(item)) == 0;
    if (good && (item->act == LINLI_ROOT_REVOKE || item->act == LINLI_ROOT_AFFIRM))
        good = json_object_set_new(out, "count", json_integer((json_int_t)item->count)) == 0;
    if (!good) {
        json_decref(out);
        return NULL;
    }
    return out;
}

/* --- drafts --- */

struct listing {
    struct context *ctx;
    json_t *items; /* NULL: a line each */
    bool failed;
};

/* All that somebody must know who signs it. */
static void item_details(FILE *out, const struct linli_root_item *item)
{
    char hex[OUTPUT_HEX_BYTES], rights[RIGHTS_BYTES], until[DATES_TIME_BYTES];
    for (unsigned i = 0; item->act == LINLI_ROOT_VERSION && i < item->root.key_count; i++)
        fprintf(out, "  %u  %s\n", i, output_hex(item->root.keys[i], 32, hex));
    if (item->act == LINLI_ROOT_GRANT || item->act == LINLI_ROOT_REVOKE)
        fprintf(out, "  %s\n", output_hex(item->device, 32, hex));
    if (item->act == LINLI_ROOT_GRANT)
        fprintf(out, _("  rights %s; ends: %s\n"), rights_write(item->rights, rights),
                item->expires_ms == 0 ? _("never") : dates_write_local((int64_t)item->expires_ms, until));
    if (item->act == LINLI_ROOT_REVOKE && item->reason != LINLI_REASON_NONE)
        fprintf(out, _("  reason: %s\n"), revoking_reason(item->reason));
    if (item->act == LINLI_ROOT_REVOKE && item->strict)
        fputs(_("  compromised: the revocations that it signed fall, too\n"), out);
    for (size_t i = 0; item->act == LINLI_ROOT_AFFIRM && i < item->count; i++)
        fprintf(out, "  %s\n", output_hex(item->affirmed[i].b, 32, hex));
}

static bool on_item(void *at, const struct linli_root_item *item)
{
    struct listing *l = at;
    char words[ROOT_WORDS_BYTES];
    if (l->items != NULL) {
        l->failed = json_array_append_new(l->items, root_item_json(item)) != 0;
        return !l->failed;
    }
    fprintf(l->ctx->out, "%s\n", root_item_words(item, words));
    item_details(l->ctx->out, item);
    return true;
}

/* In groups of four digits, to be read out. */
static void fingerprint_write(const struct linli_root_draft *draft, char out[3 * 16 + 1])
{
    char *at = out;
    for (size_t i = 0; i < sizeof(draft->fingerprint); i++)
        at += sprintf(at, "%s%02x", i > 0 && i % 2 == 0 ? " " : "", draft->fingerprint[i]);
}

static json_t *signers_json(const struct linli_root_draft *draft)
{
    json_t *list = json_array();
    for (size_t s = 0; list != NULL && s < draft->signer_count; s++) {
        const struct linli_root_signers *signers = &draft->signers[s];
        json_t *has = json_array();
        char hex[OUTPUT_HEX_BYTES];
        bool good = has != NULL;
        for (unsigned k = 0; good && k < signers->root.key_count; k++)
            if (signers->has_signed[k])
                good = json_array_append_new(has, json_string(output_hex(signers->root.keys[k], 32, hex))) == 0;
        if (!good || json_array_append_new(list, json_pack("{s:I, s:i, s:o?, s:o}", "version", (json_int_t)signers->root.version,
                                                           "missing", (int)signers->missing, "keys",
                                                           root_keys_json(&signers->root), "signed", has)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static void signers_text(struct context *ctx, const struct linli_root_draft *draft)
{
    char hex[OUTPUT_HEX_BYTES];
    for (size_t s = 0; s < draft->signer_count; s++) {
        const struct linli_root_signers *signers = &draft->signers[s];
        if (signers->missing == 0) {
            fprintf(ctx->out, _("version %llu: enough keys have signed\n"), (unsigned long long)signers->root.version);
            continue;
        }
        fprintf(ctx->out, _("version %llu: %u more of these keys must sign\n"), (unsigned long long)signers->root.version,
                signers->missing);
        for (unsigned k = 0; k < signers->root.key_count; k++)
            if (!signers->has_signed[k])
                fprintf(ctx->out, "  %s\n", output_hex(signers->root.keys[k], 32, hex));
    }
}

int root_draft_show(struct context *ctx, const char *path, uint8_t shown[16])
{
    struct linli_root_draft draft;
    struct listing l = {.ctx = ctx, .items = ctx->json ? json_array() : NULL};
    char fingerprint[3 * 16 + 1];
    if (ctx->json && l.items == NULL)
        return fail_memory(ctx);
    int rc = linli_root_draft_read(path, &draft, on_item, &l);
    if (rc != LINLI_OK || l.failed) {
        json_decref(l.items);
        return rc != LINLI_OK ? fail_code(ctx, ctx->verb->name, rc) : fail_memory(ctx);
    }
    fingerprint_write(&draft, fingerprint);
    if (shown != NULL)
        memcpy(shown, draft.fingerprint, sizeof(draft.fingerprint));
    if (ctx->json)
        return output_json(ctx, json_pack("{s:s, s:o, s:o?}", "fingerprint", fingerprint, "items", l.items, "signers",
                                          signers_json(&draft)));
    fprintf(ctx->out, _("fingerprint %s\n"), fingerprint);
    signers_text(ctx, &draft);
    return STATUS_DONE;
}
