/* replica: what the files about orders to erase share (proto/authority.md 8). */
#ifndef LINLI_REPLICA_ERASING_H
#define LINLI_REPLICA_ERASING_H

#include "auth/erasure.h"
#include "replica/disclose.h"
#include "replica/internal.h"

/*
 * A record of who looked at what is never erased: no order covers such a part, nor redacts it. What a changeset says of itself is
 * believed until a part shows that it is something else; that has been seen of one that was erased here.
 */
static inline bool erase_exempt(const struct changeset *cs, const struct part *part)
{
    if ((cs->schema & CHANGESET_AUDIT) == 0)
        return false;
    return part->carried == PART_HELD ? audit_form(part) : part->carried != PART_ERASED;
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
int erased_forget(struct store_txn *txn, const struct erasure *e); /* it is named by no note any more */

/* --- erase_follow.c --- */
/* A record whose erasure is to be seen to when the step is done. `order`: because of an order, else because more came. */
int erase_due(struct work *w, const linli_id *scope, const linli_id *record, bool order);
/* An order went, which did not count: what it names is judged as if it had never come. When no log is under way. */
int erase_gone(struct work *w, const struct erasure *e);
/* Where the order counts, what was ever held of it may be on pages that are free: the store is to be written anew. */
int erase_stale(struct work *w, const struct erasure *e);
/* Orders came in, or stand no more: what they name is redacted, and judged again with what they speak of. */
int erase_follow(struct work *w);
/* The entry of this changeset of the log without what orders erase; what none erases any more is only absent. In w->scratch. */
int erase_redact(struct work *w, const struct log *log, const struct changeset *cs, span *entry, bool *changed);
/* A part that arrives in a scope with orders: when it is about an erased record, it is to be named. */
int erase_arrived(struct work *w, struct arena *a, const struct log *log, const struct changeset *cs, const struct part *part);

/* --- erase_kept.c: runs that are kept beside the logs: evidence of forks, and what waits --- */
struct kept_run {
    const struct run *run;
    const struct changeset *changesets;
    struct log log;       /* as far as it names: scope, author */
};
/* For each of a scope (0: of all); `fn` may change run->entries and say so by *changed: then the run is kept as it is now. */
int kept_runs(struct work *w, uint32_t scope, int (*fn)(void *ctx, struct kept_run *kept, bool *changed), void *ctx);

/* --- erase_find.c: what is held of a record --- */
/* A part of a kept run, or only that something of the record was set aside there. */
struct aside_part {
    linli_id record;
    uint32_t scope;
    bool kept, exempt;
    unsigned cls;
    struct erasure_part at;
};
/* What is held where no list of records leads to it: looked up once for all that is to be found. Zero-initialise. */
struct asides {
    bool ready;
    struct aside_part *at;   /* in order of record and scope */
    size_t count, room;
    uint32_t *scopes;        /* in which content is wanted: what there is of such a changeset is neither shown nor set aside */
    size_t scope_count, scope_room;
};
/* In every scope; or only the parts of runs that are kept in one. */
int asides_find(struct work *w, struct asides *out);
int asides_find_in(struct work *w, uint32_t scope, struct asides *out);
void asides_free(struct asides *asides); /* and zeroes it */
/* The scopes in which anything is held of the record: `fn` for each, once; false stops. LINLI_E_NOT_FOUND: in none. */
int asides_places(struct work *w, const struct asides *asides, const linli_id *record, int (*fn)(void *ctx, uint32_t scope),
                  void *ctx);

struct found_part {
    struct erasure_part at;
    unsigned cls;
};
/* What is held of a record in one scope, of these classes, and not named by an order that counts. */
struct finding {
    struct work *w;
    const struct asides *asides;
    uint32_t scope;
    linli_id scope_id, record;
    unsigned classes;
    struct found_part *parts; /* in order, each once in its class: the two branches of a fork have one dot */
    size_t count, room;
    bool exempt;              /* something is of it that is not erased */
};
int finding_fill(struct finding *f);
void finding_free(struct finding *f);

/* --- erase.c: orders said here --- */
/*
 * Name what is held of the record in its erased classes and not named yet, as far as that is for this device to do. `asides` is
 * of that scope: filled here, when it must be looked for.
 */
int erase_name_rest(struct work *w, struct asides *asides, const linli_id *scope, const linli_id *record);

#endif
