/* replica: what the files that read share: scopes in order, lists of records, the parts that speak of a record. */
#ifndef LINLI_REPLICA_READING_H
#define LINLI_REPLICA_READING_H

#include "replica/disclose.h"

/* A scope, or all when `id` is NULL, and with `below` those below it: numbers sorted by scope id. */
struct scope_list {
    struct scope_at {
        linli_id id;
        uint32_t number;
    } * at;
    size_t count, room;
};
int scope_list_make(struct store_txn *txn, const linli_id *id, bool below,
                    struct scope_list *out); /* LINLI_E_NOT_FOUND */
void scope_list_free(struct scope_list *list);

/* What the scope's own record says of it, in the arena; path is its name, and it counts nothing. scopes.c */
int scope_read(struct replica *r, struct store_txn *txn, struct arena *a, struct arena *scratch, uint32_t number,
               struct linli_scope *out);

/* Record ids as an iteration gave them, with the scope of each. */
struct record_list {
    struct record_at {
        linli_id record;
        const struct scope_at *scope;
    } * at;
    size_t count, room;
    const struct scope_at *scope; /* of those being added */
    int failed;
};
bool record_list_add(void *ctx, const linli_id *record); /* an index_each, conflict_each callback */
void record_list_free(struct record_list *list);

/* The state that the view holds, lending its bytes until the transaction ends. LINLI_E_NOT_FOUND. */
int view_load(struct store_txn *txn, struct arena *a, uint32_t scope, const linli_id *record,
              struct record_state *out);

/* The same, open as far as it opens for the caller that `told` speaks of; NULL: nobody is shown it. */
int view_open(struct replica *r, struct disclosure *told, struct store_txn *txn, struct arena *a, uint32_t scope,
              const linli_id *record, struct record_state *out);

/* Every changeset that touched a record, in no order that matters: the held parts that speak of it. */
typedef int (*touch_part_fn)(void *ctx, const struct log *log, const struct changeset *cs,
                             const struct part *part, enum verdict verdict);
int touch_walk(struct replica *r, struct store_txn *txn, struct arena *a, uint32_t scope,
               const linli_id *record, const struct context *within, touch_part_fn fn,
               void *ctx); /* `within` NULL, or only what it covers */

/* The ops of a part that was walked over, in this store's author numbers. As ops_decode. */
int touch_ops(struct arena *a, const struct log *log, const struct changeset *cs, const struct part *part, struct op **ops,
              size_t *count);

/* Why a part was set aside, in a word; "" when it was not. */
const char *verdict_reason(unsigned reason);

/* Append one write for each field that a cell's value speaks of. Memory from the arena. */
struct write_list {
    struct linli_write *at;
    size_t count, room;
};
int writes_add(struct write_list *list, const struct linli_schema_type *type, const struct linli_write *like,
               uint32_t group, span key, span value);

#endif
