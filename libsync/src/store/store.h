/*
 * store: LMDB behind plain calls. The only layer that knows lmdb.h. One environment, default flags, named tables; keys
 * start with the scope's number, then the author's number or the record, so that one scope's rows lie together and a run
 * is written in key order. Knows bytes and rows, not what they mean: judging and merging is the replica's.
 *
 * Spans that a read lends point into the map: they live until the transaction ends or, in a write transaction, until the
 * next write. They never leave the replica layer.
 */
#ifndef LINLI_STORE_STORE_H
#define LINLI_STORE_STORE_H

#include "base/bytes.h"
#include "base/ids.h"
#include "base/rng.h"

enum { STORE_FORMAT = 2, STORE_FORMAT_OLDEST = 1 }; /* an older store is brought up when it is opened */

struct store;
struct store_txn;

struct store_config {
    const char *dir;         /* `dir`/data.mdb, `dir`/lock.mdb, `dir`/held (flock: one process), `dir`/opening (marker);
                                `dir`/new/ while it is written anew */
    bool create;             /* make the folder (0700) and an empty store; LINLI_E_EXISTS when one is there */
    bool unfinished;         /* with `create`: it is no store, whatever happens, until store_finish */
    uint64_t map_bytes;      /* first map size; 0 = 256 MiB */
    uint8_t key[32];         /* seals the secrets in meta; a wrong one gives LINLI_E_KEY (a check value tells) */
    struct rng rng;
};
/*
 * LINLI_OK; LINLI_E_NOT_FOUND, LINLI_E_EXISTS, LINLI_E_BUSY (held by another process; also opened twice in this one),
 * LINLI_E_KEY, LINLI_E_VERSION (format number above STORE_FORMAT), LINLI_E_FORMAT (no LMDB file of ours: magic, page size,
 * word size; or the marker says that opening it killed the last process), LINLI_E_DISK, LINLI_E_FULL, LINLI_E_NOMEM.
 * The salt of a passphrase is in the file `dir`/salt (16 bytes), made with the store: store_salt reads or makes it.
 */
int store_open(const struct store_config *config, struct store **out);
/* What a store needs before it is one is in it: from now on it is there. Synced. LINLI_E_DISK, LINLI_E_FULL. */
int store_finish(struct store *store);
/*
 * Another store key from now on, in one commit: before it the old one opens the store, after it only the new one. No transaction
 * may be open. LINLI_E_DISK: the outcome is unknown, as of any commit; the store must be opened again, with either.
 */
int store_rekey(struct store *store, const uint8_t key[32]);
void store_close(struct store *store);
bool store_exists(const char *dir);
int store_salt(const char *dir, bool create, const struct rng *rng, uint8_t out[16]);
int store_salt_put(const char *dir, const uint8_t salt[16]); /* this one, into a store that is being made (`unfinished`) */
uint64_t store_disk_bytes(const struct store *store);
/* Remove a store that creation left half made. Only files that a store makes; the folder too when then empty. */
void store_remove(const char *dir);

/*
 * Transactions. One writer at a time (the caller serialises). Commit is synced. store_commit: LINLI_OK; LINLI_E_FULL
 * (disk or map; nothing written); LINLI_E_DISK: outcome unknown, the store is closed to writes until reopened.
 * The map is grown before a write transaction begins when less than a quarter is free. A transaction that needs more than
 * that gets LINLI_E_FULL from a write or from its commit: abort it (a commit has ended it), call store_grow, and do the
 * same work again, for as long as store_grow says LINLI_OK; its LINLI_E_FULL means that the disk is full or the map at
 * its cap. Nothing of the failed transaction was written.
 * After the store itself failed under a call (not LINLI_E_NOT_FOUND, LINLI_E_LIMIT for a key, LINLI_E_ARG for a write in a
 * read transaction, or a row that does not decode), every later call on the transaction gives that code again, and so do
 * store_commit and store_end, which end it.
 * store_begin: LINLI_E_BUSY when a write transaction is open already; LINLI_E_DISK after an unknown outcome.
 */
int store_begin(struct store *store, bool write, struct store_txn **out);
int store_commit(struct store_txn *txn);
void store_abort(struct store_txn *txn); /* accepts NULL */
/* The same, and what came of it: `rv`, unless the store failed under it, for then nothing made of what was read counts. */
int store_end(struct store_txn *txn, int rv);
int store_failed(const struct store_txn *txn); /* that failure; LINLI_OK while there is none */
/* How many commits that wrote anything this store has made, as the transaction began: as durable as what they wrote. */
int store_commits(struct store_txn *txn, uint64_t *out);
/* Double the map. LINLI_OK; LINLI_E_BUSY while any transaction is open; LINLI_E_FULL when the disk is
   what was full, no address space is left, or the map is at its cap (1 TiB; 1 GiB on 32 bit). */
int store_grow(struct store *store);
/* Before reading: make room in the map for a write that may come meanwhile, when it cannot grow. LINLI_OK also where there is none to be had. */
int store_spare(struct store *store);
/*
 * After LINLI_E_FULL of the disk, for what must not wait until somebody makes room, which is what takes rights back: give up
 * the reserve and do the same work again. LINLI_OK; LINLI_E_FULL when the disk was not what was full, or the reserve is spent.
 * The commit takes back what was not used; it is filled up, when the disk has room, by a later commit or opening.
 */
int store_reserve_spend(struct store *store);

/*
 * What is deleted stays on free pages until other rows happen to overwrite it. store_stale says, in a transaction, that it must
 * not; store_compact writes every row into a fresh file, and puts that in the place of the old one. LINLI_OK; LINLI_E_BUSY
 * while a transaction is open; LINLI_E_FULL: the disk has no room for a copy, all is as before; LINLI_E_DISK; LINLI_E_NOMEM.
 */
int store_stale(struct store_txn *txn);
int store_stale_get(struct store_txn *txn, bool *stale);
int store_compact(struct store *store);

/*
 * Rows, in all that follows: a put replaces; deleting what is not there gives LINLI_E_NOT_FOUND; a mark set or taken away
 * twice is no error; a row that does not decode gives LINLI_E_CORRUPT. A callback may write in the same transaction; what
 * it was lent then ends. What a put is given must not be lent by the same transaction, but for two: log_put takes the row
 * that it replaces, and head_put takes `cited`. The rows of a head (`cited`) are decoded: lent until the transaction ends, by head_each until the
 * callback returns.
 */

/* Named values. Secrets are sealed under the store key, bound to their name. Missing: LINLI_E_NOT_FOUND. */
int meta_get(struct store_txn *txn, const char *name, span *out);
int meta_put(struct store_txn *txn, const char *name, span value);
int meta_secret_get(struct store_txn *txn, const char *name, struct buf *out); /* LINLI_E_KEY when it does not open */
int meta_secret_put(struct store_txn *txn, const char *name, span value);

/* Scopes and authors are interned: small numbers from 1 on, local to this store, never reused. */
struct scope_row {
    linli_id id;
    uint32_t parent;         /* 0 for the root */
    unsigned depth;          /* root = 0 */
    uint8_t nonce[16];       /* zero for the root */
};
int scope_number(struct store_txn *txn, const linli_id *id, uint32_t *number);           /* or LINLI_E_NOT_FOUND */
int scope_get(struct store_txn *txn, uint32_t number, struct scope_row *out);
int scope_put(struct store_txn *txn, const struct scope_row *row, uint32_t *number);     /* existing id: its number */
/* Every one, by number, from 1 on without a gap; `fn` gives LINLI_OK, or the code to stop with. */
int scope_all(struct store_txn *txn, int (*fn)(void *ctx, uint32_t number, const struct scope_row *row), void *ctx);
/* Children in id order. `fn` false stops. */
int scope_children(struct store_txn *txn, uint32_t number, bool (*fn)(void *ctx, uint32_t child, const linli_id *id), void *ctx);
int author_number(struct store_txn *txn, const linli_author *author, bool create, uint32_t *number);
int author_get(struct store_txn *txn, uint32_t number, linli_author *out);

/* Logs. */
struct log_row {
    uint64_t arrival;        /* local arrival number, unique in this store, rising */
    linli_hash id;
    linli_stamp stamp;
    bool has_signature;
    uint8_t signature[64];
    span verdicts;           /* one byte a part: enum verdict */
    span entry;              /* as received */
};
int log_get(struct store_txn *txn, uint32_t scope, uint32_t author, uint64_t seq, struct log_row *out);
int log_put(struct store_txn *txn, uint32_t scope, uint32_t author, uint64_t seq, const struct log_row *row);
int log_delete(struct store_txn *txn, uint32_t scope, uint32_t author, uint64_t seq);
/* Rows from `from` on, in seq order; `fn` false stops. */
int log_each(struct store_txn *txn, uint32_t scope, uint32_t author, uint64_t from,
             bool (*fn)(void *ctx, uint64_t seq, const struct log_row *row), void *ctx);
/* Next arrival number; the last one given out (0: none); what came from number `from` on, in order, for sending what is new. */
struct arrival_row {
    uint32_t scope, author;
    uint64_t seq;
};
int arrival_next(struct store_txn *txn, uint64_t *out);
int arrival_last(struct store_txn *txn, uint64_t *out);
int arrival_each(struct store_txn *txn, uint64_t from, bool (*fn)(void *ctx, uint64_t arrival, const struct arrival_row *row),
                 void *ctx);

struct cited_row {
    uint32_t author;
    uint64_t seq;
};
struct head_row {
    uint64_t seq, signed_seq; /* signed_seq: last changeset at which a signature is held */
    linli_hash id;
    linli_hash grant;         /* last cited */
    linli_stamp stamp;
    bool frozen;              /* forked after seq */
    const struct cited_row *cited; /* i-th author this log has cited, and how far; lent, or the caller's on put */
    size_t cited_count;
};
int head_get(struct store_txn *txn, uint32_t scope, uint32_t author, struct head_row *out);
int head_put(struct store_txn *txn, uint32_t scope, uint32_t author, const struct head_row *row);
int head_each(struct store_txn *txn, uint32_t scope, bool (*fn)(void *ctx, uint32_t author, const struct head_row *row), void *ctx);

/* Evidence of a fork: the raw runs of both branches (branch 0 is what was here, 1 what came), kept for ever. */
int branch_put(struct store_txn *txn, uint32_t scope, uint32_t author, unsigned branch, const linli_hash *first_id, span run);
int branch_each(struct store_txn *txn, uint32_t scope, uint32_t author,
                bool (*fn)(void *ctx, unsigned branch, const linli_hash *first_id, span run), void *ctx);

/* Records: encoded state by (scope, record), the scopes of a record id, and the changesets that touched it. */
int view_get(struct store_txn *txn, uint32_t scope, const linli_id *record, span *out);
int view_put(struct store_txn *txn, uint32_t scope, const linli_id *record, span state);
int view_delete(struct store_txn *txn, uint32_t scope, const linli_id *record);
int view_each(struct store_txn *txn, uint32_t scope, bool (*fn)(void *ctx, const linli_id *record, span state), void *ctx);
int where_each(struct store_txn *txn, const linli_id *record, bool (*fn)(void *ctx, uint32_t scope), void *ctx); /* kept by view_put/delete */
/* Record ids that start with these bits (hex digits): for unique prefixes. */
int where_prefix(struct store_txn *txn, const uint8_t *prefix, unsigned nibbles, bool (*fn)(void *ctx, const linli_id *record), void *ctx);
int touch_put(struct store_txn *txn, uint32_t scope, const linli_id *record, uint32_t author, uint64_t seq);
int touch_each(struct store_txn *txn, uint32_t scope, const linli_id *record, bool (*fn)(void *ctx, uint32_t author, uint64_t seq), void *ctx);
int touch_delete(struct store_txn *txn, uint32_t scope, const linli_id *record, uint32_t author, uint64_t seq);

/*
 * Indexes: (scope, type, field, value) -> records. field 0 with an empty value lists all records of the type. Values longer
 * than INDEX_VALUE_BYTES are hashed down. The caller makes sensitive values unreadable first (a keyed hash).
 */
enum { INDEX_VALUE_BYTES = 64 };
int index_put(struct store_txn *txn, uint32_t scope, uint32_t type, uint32_t field, span value, const linli_id *record);
int index_delete(struct store_txn *txn, uint32_t scope, uint32_t type, uint32_t field, span value, const linli_id *record);
int index_clear(struct store_txn *txn); /* every row of every scope */
int index_each(struct store_txn *txn, uint32_t scope, uint32_t type, uint32_t field, span value,
               bool (*fn)(void *ctx, const linli_id *record), void *ctx); /* in record id order */
/* Every value of the field, with its record; not `whole`: its hash. */
int index_values(struct store_txn *txn, uint32_t scope, uint32_t type, uint32_t field,
                 bool (*fn)(void *ctx, span value, bool whole, const linli_id *record), void *ctx);
/* What a row keeps of a value: itself, or for a long one its 32-byte hash in `out`. index_all hands these out. */
span index_value(span value, linli_hash *out);
int index_all(struct store_txn *txn, uint32_t scope, /* every row: for verify */
              bool (*fn)(void *ctx, uint32_t type, uint32_t field, span value, const linli_id *record), void *ctx);

/* Counters by scope and name number; absent = 0. Going below zero: LINLI_E_CORRUPT, nothing written. */
enum { COUNT_CHANGESETS = 1, COUNT_RECORDS = 2, COUNT_CONFLICTS = 3, COUNT_ASIDE = 4, COUNT_FORKS = 5, COUNT_TYPE = 1024 /* + type */ };
int count_add(struct store_txn *txn, uint32_t scope, uint32_t what, int64_t by);
int count_get(struct store_txn *txn, uint32_t scope, uint32_t what, uint64_t *out);

/*
 * Figures: rows by key, those that are 0 not there. `own` is of the scope in the key, `all` of it and those below it; neither goes
 * below zero, nor `own` above `all`: LINLI_E_CORRUPT. tally_each: rows whose keys begin so; `fn` gets the rest of the key.
 */
struct tally_row {
    uint64_t own, all;
};
int tally_get(struct store_txn *txn, span key, struct tally_row *out); /* absent: 0, LINLI_OK */
int tally_add(struct store_txn *txn, span key, int64_t own, int64_t all);
int tally_clear(struct store_txn *txn);
int tally_each(struct store_txn *txn, span prefix, bool (*fn)(void *ctx, span rest, const struct tally_row *row), void *ctx);

/* Records with a conflict, by scope. */
int conflict_mark(struct store_txn *txn, uint32_t scope, const linli_id *record, bool on);
int conflict_each(struct store_txn *txn, uint32_t scope, bool (*fn)(void *ctx, const linli_id *record), void *ctx);

/* Parts set aside, and parts wanted (entitled but not carried). */
struct aside_row {
    uint32_t author;
    uint64_t seq;
    uint32_t part;
    uint8_t reason;
    linli_id record;         /* zero when the part is not held */
};
int aside_put(struct store_txn *txn, uint32_t scope, const struct aside_row *row);
int aside_delete(struct store_txn *txn, uint32_t scope, uint32_t author, uint64_t seq, uint32_t part);
int aside_each(struct store_txn *txn, uint32_t scope, bool (*fn)(void *ctx, const struct aside_row *row), void *ctx);
int want_mark(struct store_txn *txn, uint32_t scope, uint32_t author, uint64_t seq, uint32_t part, bool on);
int want_each(struct store_txn *txn, uint32_t scope, bool (*fn)(void *ctx, uint32_t author, uint64_t seq, uint32_t part), void *ctx);
int want_all(struct store_txn *txn, bool (*fn)(void *ctx, uint32_t scope, uint32_t author, uint64_t seq, uint32_t part), void *ctx);

/* Grants: certificate by id, ids by scope in id order. */
int grant_row_get(struct store_txn *txn, const linli_hash *id, span *certificate);
int grant_row_put(struct store_txn *txn, const linli_id *scope, const linli_hash *id, span certificate);
int grant_row_delete(struct store_txn *txn, const linli_id *scope, const linli_hash *id); /* LINLI_E_NOT_FOUND */
/* Every one whose id is not below `from`, in id order. */
int grant_row_from(struct store_txn *txn, const linli_hash *from, bool (*fn)(void *ctx, const linli_hash *id, span certificate), void *ctx);
/* `scope` NULL: every grant. */
int grant_row_each(struct store_txn *txn, const linli_id *scope, bool (*fn)(void *ctx, const linli_hash *id, span certificate), void *ctx);

/* Digests of a scope: of itself, and of it with everything below (DESIGN 7). Kept by the replica in the write transaction. */
struct digest_figures { /* only ever grow (proto/receipts.md 1) */
    uint64_t statements, weight;
};
struct digest_row {
    linli_hash own, subtree;
    struct digest_figures own_figures, subtree_figures;
};
int digest_get(struct store_txn *txn, uint32_t scope, struct digest_row *out); /* absent: all zero, LINLI_OK */
int digest_put(struct store_txn *txn, uint32_t scope, const struct digest_row *row);

/* Small keyed rows: invitations issued, peers met. `kind` is a letter. */
int note_get(struct store_txn *txn, char kind, span key, span *out);
int note_put(struct store_txn *txn, char kind, span key, span value);
int note_delete(struct store_txn *txn, char kind, span key);
int note_each(struct store_txn *txn, char kind, bool (*fn)(void *ctx, span key, span value), void *ctx);
/* Those whose keys begin so; `fn` gets the rest of the key. */
int note_under(struct store_txn *txn, char kind, span prefix, bool (*fn)(void *ctx, span rest, span value), void *ctx);

#endif
