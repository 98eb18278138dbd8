/*
 * replica: receipts (proto/receipts.md): those of other nodes, kept and compared; our own, numbered and signed; what they warn
 * of; and what of our own work none covers yet.
 */
#ifndef LINLI_REPLICA_RECEIPTS_H
#define LINLI_REPLICA_RECEIPTS_H

#include "auth/grant.h"
#include "auth/receipt.h"
#include "store/store.h"

struct replica;
struct arena;
struct work;
struct log;

/* --- receipts.c: those kept --- */
enum { RECEIPT_KEY_BYTES = KEY_BYTES + 8 + 8 };
void receipt_key(const struct receipt *r, uint8_t out[RECEIPT_KEY_BYTES]); /* of its note */
struct receipt_list {
    struct receipt *at;      /* by node, incarnation and number; certificates and entries lent by the transaction */
    size_t count, room;
};
/* Those kept of this node, or (NULL) of all. Yours: receipts_free. */
int receipts_load(struct store_txn *txn, const uint8_t node[KEY_BYTES], struct receipt_list *out);
void receipts_free(struct receipt_list *list);
/* Is the i-th the highest of its incarnation? */
bool receipts_top(const struct receipt_list *list, size_t i);
/* Of the rows of a note whose keys begin with a node: how many there are, and whose are most. */
struct note_crowd {
    size_t count, most;
    uint8_t node[KEY_BYTES]; /* zero when there are none */
};
int notes_crowd(struct store_txn *txn, char kind, struct note_crowd *out);

/* --- receipt_list.c: what they list --- */
/* The rows of all that is held at or below those elements that go with what is below them; none: there is no list. */
int list_gather(struct store_txn *txn, const struct receipt_element *elements, size_t count, struct buf *rows);
int list_top(span rows, linli_hash *out);
/* All rows of one that was given to us, to be kept for as long as it is. */
int list_put(struct store_txn *txn, const struct receipt *r, span rows);
/* What is known of a receipt's list beyond its elements: the entries told with it, and all of it when its rows are kept. */
struct receipt_listed {
    struct list_entry told[RECEIPT_ENTRIES_MAX];
    size_t told_count;
    struct receipt_said elements;
    span rows;               /* lent by the transaction */
    struct list_tree tree;   /* made when it is needed */
};
int listed_open(struct store_txn *txn, const struct receipt *r, struct receipt_listed *out); /* listed_close, whatever it returns */
void listed_close(struct receipt_listed *l);
bool listed_find(const struct receipt_listed *l, const linli_id *scope, bool subtree, struct receipt_element *out);
/* The same with its proof; what that takes comes from the arena. */
int listed_show(struct receipt_listed *l, struct arena *a, const linli_id *scope, bool subtree, struct list_entry *out, bool *shown);

/* --- receipt_keep.c: which of them are kept --- */
int receipt_put(struct work *w, const struct receipt *r); /* held already: with the entries of both */
/*
 * The incarnations in which a node was heard of, in the order in which that was. `heard` is lent by the transaction. Places are from 1 on;
 * 0: not among them.
 */
int heard_incarnations(struct store_txn *txn, const uint8_t node[KEY_BYTES], span *heard);
size_t heard_place(span heard, uint64_t incarnation);

/* The last that a node gave to us. */
struct confirmed {
    uint64_t incarnation, number, received_ms;
    linli_hash settled;      /* the digest that both had settled on */
};
int confirmed_get(struct store_txn *txn, const uint8_t node[KEY_BYTES], struct confirmed *out); /* or LINLI_E_NOT_FOUND */
int confirmed_put(struct store_txn *txn, const uint8_t node[KEY_BYTES], const struct confirmed *confirmed);

/* The i-th grant held of this key that has the role node: false past the last, or when what stopped it is in *rv. */
bool receipt_node_grant(struct store_txn *txn, const uint8_t node[KEY_BYTES], size_t *i, struct grant *out, int *rv);

/* --- warnings.c --- */
/* Keep and tell, once for each kind, node and incarnation. `second` may be NULL. */
int warning_keep(struct work *w, unsigned kind, const struct receipt *first, const struct receipt *second);

/* --- receipt_sign.c --- */
int receipts_open(struct replica *r, struct store_txn *txn); /* the store is opened: from here on it numbers */
/* One of our own that somebody holds: when this store cannot have given it, say so, and begin a new incarnation. */
int receipt_own(struct work *w, const struct receipt *r);

/* --- unconfirmed.c: our own changesets that no receipt covers --- */
int unconfirmed_mark(struct work *w, const struct log *log);
/* What of them lies in these elements, as they were, is covered. */
int unconfirmed_settle(struct work *w, const struct receipt_element *elements, size_t count);

#endif
