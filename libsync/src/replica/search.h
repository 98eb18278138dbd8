/*
 * replica: records found by what a person types (model/seek.h): looked up in the index, which tells of more than are meant, and
 * decided by the record, of which every value counts, also one in conflict.
 */
#ifndef LINLI_REPLICA_SEARCH_H
#define LINLI_REPLICA_SEARCH_H

#include "model/seek.h"
#include "replica/reading.h"

struct search {
    struct replica *r;
    struct store_txn *txn;
    const struct linli_schema_type *type;
    const struct scope_list *scopes;
    struct seek seek;
    struct record_list homes; /* what has its room at the place that is sought, by scope and id */
};

/* Has the type a field that is found so? */
bool search_can(const struct linli_schema_type *type);
/* Once `r`, `txn`, `type` and `scopes` are set. Nobody is shown what it looks at. search_end, whatever it gives. */
int search_start(struct search *s, const char *text);
void search_end(struct search *s);

/* Sealed classes (bit k - 1: class k) that its answers depend on. */
unsigned search_classes(const struct search *s);
/* Appends every record that may be meant, some of them several times. */
int search_candidates(struct search *s, struct record_list *out);
bool search_holds(const struct search *s, const struct record_at *at, const struct record_state *state);

#endif
