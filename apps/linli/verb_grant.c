/* Command line, `linli grant list`: who may do what, where. */
#include <stdio.h>
#include <string.h>

#include "dates.h"
#include "fail.h"
#include "output.h"
#include "rights.h"
#include "spool.h"
#include "verbs.h"

struct listing {
    struct context *ctx;
    struct table table;
    int status;
};

static bool on_grant(void *at, const struct linli_grant *grant)
{
    struct listing *listing = at;
    char id[OUTPUT_HEX_BYTES], device[OUTPUT_HEX_BYTES], scope[OUTPUT_HEX_BYTES];
    char issued[DATES_TIME_BYTES], expires[DATES_TIME_BYTES] = "", rights[RIGHTS_BYTES];
    output_hex(grant->id.b, 32, id);
    output_hex(grant->device, 32, device);
    output_id(&grant->scope, scope);
    if (listing->ctx->json) {
        dates_write_time((int64_t)grant->issued_ms, issued);
        if (grant->expires_ms != 0)
            dates_write_time((int64_t)grant->expires_ms, expires);
        listing->status = output_json(
            listing->ctx, json_pack("{s:s, s:s, s:s, s:o?, s:s, s:s, s:s, s:s?, s:b, s:b}", "id", id, "scope", scope, "role",
                                    output_role(grant->role), "rights", rights_json(grant->rights), "device", device,
                                    "name", grant->name, "issued", issued, "expires",
                                    expires[0] != '\0' ? expires : NULL, "by_root", grant->by_root ? 1 : 0,
                                    "revoked", grant->revoked ? 1 : 0));
        return listing->status == STATUS_DONE;
    }
    if (grant->revoked)
        snprintf(expires, sizeof(expires), "%s", _("revoked"));
    else if (grant->expires_ms != 0)
        dates_write_local((int64_t)grant->expires_ms, expires);
    rights_write(grant->rights, rights);
    id[8] = device[8] = scope[8] = '\0';
    const char *row[] = {id,     scope,  output_role_label(grant->role), rights,
                         device, grant->name, dates_write_local((int64_t)grant->issued_ms, issued), expires};
    table_row(&listing->table, row);
    return true;
}

int verb_grant_list(struct context *ctx)
{
    struct listing listing = {.ctx = ctx};
    struct spool spool;
    const char *headings[] = {_("id"),     _("scope"), _("role"),   _("rights"),
                              _("device"), _("name"),  _("issued"), _("expires")};
    int status = spool_begin(ctx, &ctx->out, &spool);
    if (status != STATUS_DONE)
        return status;
    table_begin(&listing.table, headings, 8);
    int rc = linli_grant_each(ctx->store, on_grant, &listing);
    status = spool_end(ctx, &spool);
    int shown = table_finish(ctx, &listing.table, !ctx->json && rc == LINLI_OK);
    status = status != STATUS_DONE ? status : shown;
    if (rc != LINLI_OK)
        return fail_code(ctx, "grant list", rc);
    return listing.status != STATUS_DONE ? listing.status : status;
}
