/* Command line, `linli status`: how this replica is. */
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "output.h"
#include "peers.h"
#include "root_words.h"
#include "verbs.h"
#include "warned.h"

static int print_confirmed(struct context *ctx)
{
    uint64_t unconfirmed = 0;
    int rc = linli_unconfirmed(ctx->store, &unconfirmed);
    if (rc == LINLI_OK)
        rc = warned_print_receipts(ctx);
    if (rc == LINLI_OK && unconfirmed > 0)
        fprintf(ctx->out, _("%llu changesets of this device are not confirmed by any node yet\n"), (unsigned long long)unconfirmed);
    return rc == LINLI_OK ? warned_print(ctx, ctx->out, NULL) : rc;
}

static int print_text(struct context *ctx, const struct linli_status *status, const char *replica, const char *digest,
                      json_t *peers)
{
    size_t index = 0;
    json_t *peer = NULL;
    fprintf(ctx->out, _("replica %s\nrole %s\n"), replica, output_role_label(status->role));
    fprintf(ctx->out, _("%llu scopes, %llu records, %llu changesets, %llu bytes on disk\n"),
            (unsigned long long)status->scopes, (unsigned long long)status->records,
            (unsigned long long)status->changesets, (unsigned long long)status->bytes_on_disk);
    fprintf(ctx->out, _("%llu conflicts, %llu set aside, %llu waiting, %llu forks\n"),
            (unsigned long long)status->conflicts, (unsigned long long)status->set_aside,
            (unsigned long long)status->waiting, (unsigned long long)status->forks);
    json_array_foreach(peers, index, peer) {
        const char *address = json_string_value(json_object_get(peer, "address"));
        const char *key = json_string_value(json_object_get(peer, "peer")), *last = json_string_value(json_object_get(peer, "last"));
        if (address != NULL) /* else it called us: its key is what is known */
            fprintf(ctx->out, _("peer %s, last met %s\n"), address, last != NULL ? last : "");
        else
            fprintf(ctx->out, _("peer %.8s, last met %s\n"), key != NULL ? key : "", last != NULL ? last : "");
    }
    struct linli_root root;
    int rc = linli_root_read(ctx->store, &root);
    if (rc == LINLI_OK) {
        root_rivals_text(ctx->out, root.rivals);
        rc = print_confirmed(ctx);
    }
    if (rc != LINLI_OK)
        return fail_code(ctx, "status", rc);
    fprintf(ctx->out, _("digest %s\n"), digest);
    return STATUS_DONE;
}

/* What nodes have signed, and what they warn of. */
static int add_confirmed(struct context *ctx, json_t *json)
{
    uint64_t unconfirmed = 0;
    json_t *receipts = NULL, *warnings = NULL;
    struct linli_root root;
    int rc = linli_root_read(ctx->store, &root);
    if (rc == LINLI_OK)
        rc = linli_unconfirmed(ctx->store, &unconfirmed);
    if (rc == LINLI_OK)
        receipts = warned_receipts_json(ctx, &rc);
    if (rc == LINLI_OK)
        warnings = warned_json(ctx, &rc);
    if (rc == LINLI_OK && json_object_update_new(json, json_pack("{s:I, s:O, s:O, s:I}", "unconfirmed", (json_int_t)unconfirmed,
                                                                  "receipts", receipts, "warnings", warnings, "root_rivals",
                                                                  (json_int_t)root.rivals)) != 0)
        rc = LINLI_E_NOMEM;
    json_decref(receipts);
    json_decref(warnings);
    return rc;
}

int verb_status(struct context *ctx)
{
    struct linli_status status;
    char replica[OUTPUT_DOT_BYTES], digest[OUTPUT_HEX_BYTES];
    memset(&status, 0, sizeof(status));
    int rc = linli_store_status(ctx->store, &status);
    if (rc != LINLI_OK)
        return fail_code(ctx, "status", rc);
    json_t *peers = peers_read(ctx);
    if (peers == NULL)
        return fail_memory(ctx);
    output_author(&status.replica, replica);
    output_hex(status.digest.b, sizeof(status.digest.b), digest);
    if (!ctx->json) {
        int exit_code = print_text(ctx, &status, replica, digest, peers);
        json_decref(peers);
        return exit_code;
    }
    json_t *json = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:s}", "replica", replica, "role",
                                      output_role(status.role), "scopes", (json_int_t)status.scopes, "records",
                                      (json_int_t)status.records, "changesets", (json_int_t)status.changesets, "conflicts",
                                      (json_int_t)status.conflicts, "set_aside", (json_int_t)status.set_aside,
                                      "bytes_on_disk", (json_int_t)status.bytes_on_disk, "peers", peers, "digest", digest);
    rc = json == NULL ? LINLI_E_NOMEM : add_confirmed(ctx, json);
    if (rc == LINLI_OK)
        return output_json(ctx, json);
    json_decref(json);
    return fail_code(ctx, "status", rc);
}
