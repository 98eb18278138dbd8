/* replica: what the files about orders to erase share (proto/authority.md 8). */
#ifndef LINLI_REPLICA_ERASING_H
#define LINLI_REPLICA_ERASING_H

#include "auth/erasure.h"
#include "replica/disclose.h"
#include "replica/internal.h"

/* A record of who looked at what is never erased: no order covers a part of that type, nor redacts one that is held. */
static inline bool erase_exempt(const struct part *part)
{
    return part->carried == PART_HELD && part->type == TYPE_AUDIT;
}

/* --- erased.c: what the orders held say --- */
/* Of a part: no order names it; only such as do not count any more; one that counts. */
enum erased_mark { ERASED_NOT, ERASED_LAPSED, ERASED_NOW };
struct erased {
    bool any;             /* some order is held for the scope */
    const uint8_t *marks; /* enum erased_mark, one for each part; NULL: all are ERASED_NOT */
};
static inline uint8_t erased_mark(const struct erased *e, size_t part)
{
    return e->marks == NULL ? (uint8_t)ERASED_NOT : e->marks[part];
}
/* For this changeset of the log. The parts' `in_order` is told anew where one is named. */
int erased_look(struct store_txn *txn, struct arena *a, const struct log *log, const struct changeset *cs,
                struct erased *out);
/* Is some order held for the scope? */
int erased_any(struct store_txn *txn, const linli_id *scope, bool *any);
/* The classes in which all that is ever written of the record there is erased, and the reason of the first such order. */
struct erased_cover {
    unsigned classes;
    unsigned reason;
};
int erased_covers(struct store_txn *txn, struct arena *a, const linli_id *scope, const linli_id *record,
                  struct erased_cover *out);
/* How a replica that may read these classes keeps a part. */
enum part_carried erased_carried(const struct part *part, uint8_t mark, unsigned readable);

/* The ids of the orders about this record, for erased_order. Lent. */
int erased_of_record(struct store_txn *txn, const linli_id *scope, const linli_id *record, span *ids);
int erased_order(struct store_txn *txn, span ids, size_t i, struct erasure *out);
/* The keys under which NOTE_ERASURE lists this order. */
int erased_keys(const struct erasure *e, int (*fn)(void *ctx, span key, const linli_hash *id), void *ctx);
int erased_keep(struct store_txn *txn, const struct erasure *e);

/* --- erase_follow.c --- */
/* A record whose erasure is to be seen to when the step is done. `order`: because of an order, else because more came. */
int erase_due(struct work *w, const linli_id *scope, const linli_id *record, bool order);
/* Orders came in, or stand no more: what they name is redacted, and judged again with what they speak of. */
int erase_follow(struct work *w);
/* The entry of this changeset of the log without what orders erase; what none erases any more is only absent. In w->scratch. */
int erase_redact(struct work *w, const struct log *log, const struct changeset *cs, span *entry, bool *changed);
/* A part that arrives in a scope with orders: when it is about an erased record, it is to be named. */
int erase_arrived(struct work *w, struct arena *a, const struct log *log, const struct part *part);

/* --- erase_kept.c: runs that are kept beside the logs: evidence of forks, and what waits --- */
struct kept_run {
    const struct run *run;
    const struct changeset *changesets;
    struct log log;       /* as far as it names: scope, author */
};
/* For each of a scope; `fn` may change run->entries and say so by *changed: then the run is kept as it is now. */
int kept_runs(struct work *w, uint32_t scope, int (*fn)(void *ctx, struct kept_run *kept, bool *changed), void *ctx);

/* --- erase.c: orders said here --- */
/* Name what is held of the record in its erased classes and not named yet, if that is for this device to do. */
int erase_name_rest(struct work *w, const linli_id *scope, const linli_id *record);

#endif
