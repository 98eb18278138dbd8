/* Command line, `linli show`: one record whole. */
#include "actor.h"
#include "erasing.h"
#include "fail.h"
#include "output.h"
#include "records.h"
#include "verbs.h"

static int show_json(struct context *ctx, const linli_record *record)
{
    json_t *json = records_json(record, RECORDS_CONFLICTS | RECORDS_DELETED | RECORDS_TOKEN), *erased = NULL;
    int rc = erasing_json(ctx, linli_record_id(record), &erased);
    if (rc == LINLI_OK && erased != NULL && json_object_set_new(json, "erased", erased) != 0)
        rc = LINLI_E_NOMEM;
    if (rc == LINLI_OK)
        return output_json(ctx, json);
    json_decref(json);
    return fail_code(ctx, ctx->verb->name, rc);
}

static int show_text(struct context *ctx, const linli_record *record)
{
    int status = records_print(ctx, record);
    int rc = status == STATUS_DONE ? erasing_text(ctx, linli_record_id(record)) : LINLI_OK;
    return rc == LINLI_OK ? status : fail_code(ctx, ctx->verb->name, rc);
}

int verb_show(struct context *ctx)
{
    linli_id id;
    linli_record *record = NULL;
    int status = actor_reads(ctx);
    if (status == STATUS_DONE)
        status = records_find(ctx, ctx->options.args[0], &id);
    if (status != STATUS_DONE)
        return status;
    int rc = linli_record_get(ctx->store, &id, &record);
    if (rc != LINLI_OK)
        status = fail_code(ctx, ctx->options.args[0], rc);
    else if (ctx->json)
        status = show_json(ctx, record);
    else
        status = show_text(ctx, record);
    linli_record_free(record);
    return status;
}
