/** Command line: many writes gathered into transactions, and those into groups that share one sync to disk. */
#ifndef LINLI_APP_BATCH_H
#define LINLI_APP_BATCH_H

#include "context.h"

enum { BATCH_GROUP = 8 };

/** Set `ctx`, zero the rest. */
struct batch {
    struct context *ctx;
    int status;          /**< the first failure, already printed; nothing is written after it */
    linli_txn *txns[BATCH_GROUP];
    size_t count;
    uint64_t generation; /**< rises at each commit: what was created before it can be read back */
};

/** Note a failure of the library; LINLI_OK is none. */
void batch_fail(struct batch *batch, int code);
/** The transaction to write into; NULL after a failure. */
linli_txn *batch_txn(struct batch *batch);
/** After the writes that belong together: commits when enough has been gathered. */
void batch_step(struct batch *batch);
/** Commit all that was gathered, or throw it away after a failure. */
void batch_flush(struct batch *batch);

/** Create a record; write one field of it. After a failure they do nothing. */
void batch_create(struct batch *batch, const linli_id *scope, linli_type type, linli_id *id);
void batch_set(struct batch *batch, const linli_id *id, linli_span token, linli_field field, struct linli_value value);
void batch_add(struct batch *batch, const linli_id *id, linli_span token, linli_field field, struct linli_value value);

#endif
