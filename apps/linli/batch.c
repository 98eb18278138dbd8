/* Command line, batches: a full transaction waits for its group, so that one sync to disk serves several changesets. */
#include "batch.h"

#include "fail.h"

void batch_fail(struct batch *batch, int code)
{
    if (code != LINLI_OK && batch->status == STATUS_DONE)
        batch->status = fail_code(batch->ctx, batch->ctx->verb->name, code);
}

linli_txn *batch_txn(struct batch *batch)
{
    if (batch->status != STATUS_DONE)
        return NULL;
    if (batch->count == 0) {
        int rc = linli_txn_begin(batch->ctx->store, &batch->txns[0]);
        if (rc != LINLI_OK) {
            batch_fail(batch, rc);
            return NULL;
        }
        batch->count = 1;
    }
    return batch->txns[batch->count - 1];
}

void batch_flush(struct batch *batch)
{
    if (batch->count == 0)
        return;
    if (batch->status != STATUS_DONE) {
        for (size_t i = 0; i < batch->count; i++)
            linli_txn_abort(batch->txns[i]);
    } else {
        batch_fail(batch, linli_txn_commit_group(batch->txns, batch->count, NULL));
    }
    batch->count = 0;
    batch->generation++;
}

void batch_step(struct batch *batch)
{
    if (batch->count == 0 || linli_txn_size(batch->txns[batch->count - 1]) < LINLI_TXN_BYTES)
        return;
    if (batch->count == BATCH_GROUP || batch->status != STATUS_DONE) {
        batch_flush(batch);
        return;
    }
    int rc = linli_txn_begin(batch->ctx->store, &batch->txns[batch->count]);
    if (rc == LINLI_OK)
        batch->count++;
    batch_fail(batch, rc);
}

void batch_create(struct batch *batch, const linli_id *scope, linli_type type, linli_id *id)
{
    linli_txn *txn = batch_txn(batch);
    if (txn != NULL)
        batch_fail(batch, linli_record_create(txn, scope, type, id));
}

void batch_set(struct batch *batch, const linli_id *id, linli_span token, linli_field field, struct linli_value value)
{
    linli_txn *txn = batch_txn(batch);
    if (txn != NULL)
        batch_fail(batch, linli_record_set(txn, id, token, field, &value));
}

void batch_add(struct batch *batch, const linli_id *id, linli_span token, linli_field field, struct linli_value value)
{
    linli_txn *txn = batch_txn(batch);
    if (txn != NULL)
        batch_fail(batch, linli_record_add(txn, id, token, field, &value));
}
