/* model: causal contexts and the multi-value cell that every merge rule is built on (proto/record.md 3). Pure. */
#ifndef LINLI_MODEL_CELL_H
#define LINLI_MODEL_CELL_H

#include "base/arena.h"
#include "base/ids.h"
#include "model/schema.h"

/*
 * Authors inside the model are small numbers that the caller interns; they need not be the same on two replicas.
 * Only a reading's ties look at author bytes, through `struct author_names`.
 */
struct author_names {
    void (*get)(void *ctx, uint32_t number, linli_author *out);
    void *ctx;
};

struct context_entry {
    uint32_t author;
    uint64_t seq;
};
struct context { /* sorted by author, no repeats; memory belongs to an arena or to the input */
    struct context_entry *at;
    size_t count;
};

/* The same array, which says that the contexts are equal without a look at them. */
static inline bool context_is(const struct context *x, const struct context *y)
{
    return x->at == y->at && x->count == y->count;
}
uint64_t context_get(const struct context *c, uint32_t author); /* 0 when absent */
static inline bool context_covers(const struct context *c, uint32_t author, uint64_t seq)
{
    return context_get(c, author) >= seq;
}
/* All joins put their result in the arena. LINLI_OK or LINLI_E_NOMEM. */
int context_join(struct arena *a, const struct context *x, const struct context *y, struct context *out);
int context_add(struct arena *a, const struct context *x, uint32_t author, uint64_t seq, struct context *out);
bool context_equal(const struct context *x, const struct context *y);
int context_compare(const struct context *x, const struct context *y); /* by (author, seq) pairs, shorter first */
/* Make a context of loose entries: sorts `at` in place and keeps the greatest seq of each author. */
struct context context_from(struct context_entry *at, size_t count);

struct cell_value {
    uint32_t author;      /* the dot */
    uint64_t seq;
    linli_stamp stamp;
    struct context ctx;   /* what this write replaced */
    span bytes;           /* one MessagePack item: proto/record.md 2 */
};
enum { COUNTER_KEY_BYTES = 4 };
struct cell {
    span key;             /* empty, a set's element, or a counter's author number (4 bytes big-endian) */
    struct context ctx;
    struct cell_value *values; /* sorted by (author, seq), no repeats */
    size_t count;
};

/*
 * The one merge. Inputs are untouched and may be lent by the result; `rule` matters only for RULE_MAX. A dot names one
 * write for ever, so of two values with one dot x's stays. When y adds nothing, *out is x itself, arrays and all.
 */
int cell_merge(struct arena *a, unsigned rule, const struct cell *x, const struct cell *y, struct cell *out);
/* Join of the dots and contexts of all values: what a reading hands out for this cell. */
int cell_shown(struct arena *a, const struct cell *c, struct context *out);
/* The entries that cell_shown joins, loose: how many, and into `out` unless it is NULL. For a join over many cells. */
size_t cell_entries(const struct cell *c, struct context_entry *out);
/* The integer of a counter's or max's value; false when the bytes are none that fits. */
bool value_number(span bytes, int64_t *out);

/* Order of the register reading: (stamp, author bytes, seq). */
int value_compare(const struct cell_value *x, const struct cell_value *y, const struct author_names *names);

#endif
