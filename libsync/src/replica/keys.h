/*
 * replica: the class keys that this device has (proto/sealing.md): kept in the ring, used by whoever reads or writes a
 * sealed value, learned from the records of their epochs, and handed on.
 */
#ifndef LINLI_REPLICA_KEYS_H
#define LINLI_REPLICA_KEYS_H

#include "auth/seal_key.h"
#include "model/record.h"
#include "model/sealed.h"
#include "store/store.h"

struct replica;
struct work;
struct log;
struct edit;
struct edit_op;

enum {
    TYPE_SEAL_KEY = 12 << 1 | 1,
    SEAL_KEY_EPOCH = 1, SEAL_KEY_COMMITMENTS = 2, SEAL_KEY_WRAPS = 3
};

/* --- key_ring.c --- */
struct ring_key {
    linli_id scope, record; /* of its epoch */
    uint64_t epoch;
    struct class_key key;
};
struct key_ring { /* in secret memory; grows, and shrinks only when a transaction is given up */
    struct ring_key *at;
    size_t count, room;
};
int ring_load(struct replica *r, struct store_txn *txn);
void ring_cut(struct key_ring *ring, size_t count); /* wipes the rest */
void ring_free(struct key_ring *ring);
/* Take the keys in `mask`, those excepted that are there, and keep them in the store. `*added`: there was a new one. */
int ring_add(struct work *w, const struct seal_epoch *epoch, unsigned mask, const seal_keys keys, bool *added);
/* Among the first `count`; NULL when it is not there. */
const struct class_key *ring_find(const struct key_ring *ring, size_t count, const linli_id *id);
/* The key to write with: of the greatest (epoch, record); NULL when there is none. */
const struct ring_key *ring_newest(const struct key_ring *ring, const linli_id *scope, unsigned cls);
/* The keys of one epoch that are here. */
unsigned ring_epoch(const struct key_ring *ring, const linli_id *record, seal_keys keys);

/* --- sealing.c: values sealed on their way in, and opened on their way out --- */
struct opening {
    struct replica *r;
    struct store_txn *txn;
    struct arena *a;
    uint32_t scope;
    const linli_id *record;
    size_t keys; /* how many of the ring's are used */
    unsigned *opened; /* classes that were opened are added, bit k - 1: of a disclosure (disclose.h); NULL: nobody is shown them */
};
/* The value of this group written at (author, seq), open when it can be opened here; otherwise as it is. LINLI_OK, LINLI_E_NOMEM. */
int open_value(const struct opening *o, uint32_t group, uint32_t author, uint64_t seq, span *value);
/* A record's state as it reads here. `state` is left as it was, and lent by `out`, which lies in the arena. */
int open_state(const struct opening *o, const struct record_state *state, struct record_state *out);
/* The op as it goes into the next changeset of `log`: sealed when the schema says so. LINLI_E_SEALED without a key. */
int seal_op(struct work *w, const struct log *log, const struct edit_op *edit, struct op *op);

/* --- keys_learn.c --- */
/* The epoch that this record of the scope speaks of. False when it is none. */
bool epoch_read(const linli_hash *network, const linli_id *scope, const linli_id *record, const struct record_state *state,
                struct seal_epoch *out);
/* A record of keys has changed: take what is for us, and index again what it opens. */
int keys_learn(struct work *w, const struct log *log, const linli_id *record);
/* Who may open what in this scope has changed: keys_tend looks at it, where that is our business. */
int keys_mark(struct work *w, const struct scope_path *path, const linli_id *scope);
int keys_mark_all(struct work *w); /* in every scope held */
/* The same for the scopes at or below `path` that this device's grants speak of: they have been taken back. */
int keys_mark_device(struct work *w, const uint8_t device[KEY_BYTES], const struct scope_path *path);

/* --- keys_make.c, keys_tend.c --- */
/* Has this network sealed classes? One whose founder was granted none was founded before there were any: all is open in it. */
int keys_sealing(struct work *w, bool *out);
/* Before these edits: make the keys that they need and that are nobody's yet. */
int keys_ready(struct work *w, struct edit *const *edits, size_t count);
/* This grant has just been issued here: see that its holder has keys. */
int keys_issue(struct work *w, const struct grant *g);
/* Make and wrap what is due in the scopes that are marked, at most `most` of them. */
int keys_tend(struct work *w, size_t most);
/* A new epoch for each scope at or below this one of which this device holds the keys: when somebody has lost the right to them. */
int keys_rotate(struct work *w, const linli_id *scope);

#endif
