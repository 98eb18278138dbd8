/*
 * store: a store of an older format becomes one of this, when it is opened: in one transaction, so that there is always a whole
 * store of one format or the other. The word beside it follows; a death between the two leaves a word that is too low, and does no harm.
 */
#include "store/env.h"

#include <linli/error.h>

static int rewrite(struct store *store)
{
    struct store_txn *txn = NULL;
    int rv = store_begin(store, true, &txn);

    if (rv == LINLI_OK)
        rv = arrivals_remake(txn);
    if (rv == LINLI_OK)
        rv = format_put(txn);
    return rv == LINLI_OK ? store_commit(txn) : store_end(txn, rv);
}

int store_upgrade(struct store *store)
{
    int fd = folder_fd(store->hold), rv;

    do {
        rv = rewrite(store);
    } while (rv == LINLI_E_FULL && store_grow(store) == LINLI_OK);
    if (rv == LINLI_OK && folder_note_start(fd) == LINLI_OK)
        (void)folder_note_finish(fd);
    return rv;
}
