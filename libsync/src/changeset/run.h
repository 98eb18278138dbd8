/* changeset: a run is consecutive changesets of one author in one scope, ending at a signed head (proto/changeset.md 5). Pure. */
#ifndef LINLI_CHANGESET_RUN_H
#define LINLI_CHANGESET_RUN_H

#include "changeset/changeset.h"

struct run {
    linli_id scope;
    linli_author author;
    uint64_t first;
    linli_hash prev;
    span *entries;
    size_t count;
    uint8_t signature[SIGNATURE_BYTES];
};

/* Bounds, shape and scan only; entries are not decoded. LINLI_OK, LINLI_E_FORMAT, LINLI_E_LIMIT, LINLI_E_NOMEM. Lends `bytes`. */
int run_decode(struct arena *a, span bytes, struct run *out);
/* Appends to `out`. LINLI_OK, LINLI_E_ARG (no entries, or a position that cannot be), LINLI_E_LIMIT, LINLI_E_NOMEM. */
int run_encode(const struct run *run, struct buf *out);

/*
 * Decode every changeset, walk the chain of ids and check the one signature at its end. `run` is as run_decode gave it:
 * its entries were scanned there. That stamps rise is checked inside the run; against what the log holds, by the caller.
 * Returns: LINLI_OK with `out` (run->count changesets, in the arena): authentic, every one;
 *          LINLI_E_SIGNATURE: pending, nothing is known about any of them; LINLI_E_FORMAT, LINLI_E_LIMIT, LINLI_E_NOMEM.
 */
int run_open(struct arena *a, const struct run *run, const linli_hash *network, struct changeset **out);

/* Two changesets of one dot with different ids. True when x and y are such a pair. */
bool fork_proof(const struct changeset *x, const struct changeset *y);

#endif
