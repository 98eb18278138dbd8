/* model: a record's state: decode, encode, merge, apply one op. Pure; working memory comes from the caller's arena. */
#ifndef LINLI_MODEL_RECORD_H
#define LINLI_MODEL_RECORD_H

#include "codec/limits.h"
#include "model/cell.h"

struct group_state {
    uint32_t group;       /* group number: class, rule and n in one (proto/record.md 1) */
    struct cell *cells;   /* sorted by key */
    size_t count;
};
struct record_state {
    linli_type type;      /* 0 while nothing was applied; of two that a hostile writer claims, the greater */
    struct group_state *groups; /* sorted by group number */
    size_t count;
};

/* One op with its context already in the caller's author numbers. */
struct op {
    uint32_t group;
    span key;             /* empty when nil */
    struct context ctx;
    span value;           /* one MessagePack item */
};

/*
 * Decode the ops of one part (the bytes of the ops array, scanned) one by one.
 *
 * Args:    authors  authors[0] is the changeset's author, authors[i] the i-th cited: the caller's numbers
 *          cited    cited[i] = greatest seq that a context may name for authors[i]; cited[0] = own seq - 1
 *          cls      class that the part declares; a group of another class is refused
 * Returns: LINLI_OK; LINLI_E_FORMAT (not canonical, rule of a shape it may not have, not sorted, class or rule unknown);
 *          LINLI_E_REFUSED (context beyond what the log cites); LINLI_E_LIMIT; LINLI_E_NOMEM.
 *          On success *ops lies in the arena and lends `bytes`.
 */
int ops_decode(struct arena *a, span bytes, const uint32_t *authors, const uint64_t *cited, size_t author_count,
               unsigned cls, struct op **ops, size_t *count);
/*
 * Append the ops array. `index_of` gives the wire index of an author number (0 = self). Ops need not be sorted.
 * Returns: LINLI_OK; LINLI_E_LIMIT (ops, context or value over its limit); LINLI_E_ARG (two ops of one cell, or
 *          `index_of` gave UINT32_MAX: an author that the log has not cited); LINLI_E_NOMEM. After an error `out` holds what it held before.
 */
int ops_encode(struct buf *out, struct arena *scratch, const struct op *ops, size_t count,
               uint32_t (*index_of)(void *ctx, uint32_t author), void *ctx);

/* May this item (scanned) be the open value of a register, ladder or log of this group? */
bool value_is_fields(span value, uint32_t group);

/*
 * state := state merged with the ops of one part written at (author, seq, stamp), as ops_decode gives them: sorted by
 * group and key, no cell twice. LINLI_OK, LINLI_E_NOMEM (state as before).
 * The state lends the ops' keys, contexts and values. Arrays that the state had are left as they were, so a copy of the
 * struct is a snapshot. A counter's context covers the author's own previous writes and nothing else, whatever the op
 * says; log and max have none (proto/record.md 2).
 * Each call copies the arrays of the groups that it changes, once for all its ops: over many calls that add to one
 * record, merge states of like size, or let the arena go in between.
 */
int record_apply_all(struct arena *a, struct record_state *state, linli_type type, const struct op *ops, size_t count,
                     uint32_t author, uint64_t seq, linli_stamp stamp);
int record_apply(struct arena *a, struct record_state *state, linli_type type, const struct op *op, uint32_t author,
                 uint64_t seq, linli_stamp stamp);
/* *out may be x or y: it is written last. Groups to which y adds nothing are x's own, arrays and all. */
int record_merge(struct arena *a, const struct record_state *x, const struct record_state *y, struct record_state *out);
const struct group_state *record_group(const struct record_state *state, uint32_t group); /* NULL when absent */

/* The state as stored: one canonical encoding for a given author numbering. decode lends `bytes`. */
int record_encode(const struct record_state *state, struct buf *out);
int record_decode(struct arena *a, span bytes, struct record_state *out); /* LINLI_E_CORRUPT, LINLI_E_NOMEM */

#endif
