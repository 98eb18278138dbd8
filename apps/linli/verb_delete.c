/* Command line, `linli delete`: hide a record; an edit made elsewhere meanwhile brings it back. */
#include "fail.h"
#include "output.h"
#include "records.h"
#include "verbs.h"

static int write_life(struct context *ctx, const linli_record *record)
{
    linli_txn *txn = NULL;
    int rc = linli_txn_begin(ctx->store, &txn);
    if (rc == LINLI_OK && option_has(&ctx->options, "restore"))
        rc = linli_record_restore(txn, linli_record_id(record), linli_record_token(record));
    else if (rc == LINLI_OK)
        rc = linli_record_delete(txn, linli_record_id(record), linli_record_token(record));
    if (rc != LINLI_OK) {
        linli_txn_abort(txn);
        return rc;
    }
    return linli_txn_commit(txn, NULL);
}

int verb_delete(struct context *ctx)
{
    linli_id id;
    linli_record *record = NULL;
    const char *name = ctx->options.args[0];
    int status = records_find(ctx, name, &id);
    if (status != STATUS_DONE)
        return status;
    int rc = linli_record_get_closed(ctx->store, &id, &record);
    bool restore = option_has(&ctx->options, "restore");
    if (rc == LINLI_OK && linli_record_deleted(record) == restore) /* otherwise it is so already */
        rc = write_life(ctx, record);
    if (rc != LINLI_OK)
        status = fail_code(ctx, name, rc);
    else if (ctx->json)
        status = output_json(ctx, json_pack("{s:o?, s:b}", "id", output_json_id(&id), "deleted", restore ? 0 : 1));
    linli_record_free(record);
    return status;
}
