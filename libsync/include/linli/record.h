/** Reading and writing records. A reading hands out a token; a write takes it back and replaces only what that reading showed. */
#ifndef LINLI_RECORD_H
#define LINLI_RECORD_H

#include <linli/schema.h>
#include <linli/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One field value. Text and bytes are borrowed from whoever hands the value out; not NUL-terminated. */
struct linli_value {
    enum linli_kind kind;      /**< as stored: NIL, BOOL, INT, TEXT, BYTES or ID; dates are TEXT, times and choices INT; SEALED:
                                    it is there, and this device cannot open it. A group of fields then shows its first alone */
    int64_t number;            /**< BOOL (0, 1), INT; SEALED: its enum linli_seal, NONE when this version does not know the field */
    linli_span bytes;          /**< TEXT, BYTES; SEALED: as stored, good for nothing but to be compared */
    linli_id id;               /**< ID */
};
LINLI_API struct linli_value linli_nil(void);
LINLI_API struct linli_value linli_bool(bool v);
LINLI_API struct linli_value linli_int(int64_t v);
LINLI_API struct linli_value linli_text(const char *text);            /**< borrows until the call that takes it returns */
LINLI_API struct linli_value linli_text_span(const char *text, size_t size);
LINLI_API struct linli_value linli_bytes(const void *at, size_t size);
LINLI_API struct linli_value linli_ref(const linli_id *id);
LINLI_API bool linli_value_equal(const struct linli_value *a, const struct linli_value *b);

/** A reading of one record, as it stood at one moment. Immutable. */
typedef struct linli_record linli_record;

/** LINLI_OK with *out (yours: linli_record_free), or LINLI_E_NOT_FOUND, LINLI_E_REFUSED, LINLI_E_DISK, LINLI_E_NOMEM; at the office: audit.h. */
LINLI_API int linli_record_get(linli_store *store, const linli_id *id, linli_record **out);
/** The same with sealed fields left as they are stored: enough for writing by its token, and no reading that is recorded (audit.h). */
LINLI_API int linli_record_get_closed(linli_store *store, const linli_id *id, linli_record **out);
/**
 * The record as an earlier reading showed it, which handed out `token`: its registers and ladders, out of the history where they went
 * on since. For comparing what a person changed meanwhile in a form with what stood in it. Write with `token`, not with this one's own.
 *
 * Returns: as linli_record_get, as which it is recorded; LINLI_E_STALE (token of another record or store), LINLI_E_FORMAT (no token).
 */
LINLI_API int linli_record_get_seen(linli_store *store, const linli_id *id, linli_span token, linli_record **out);
LINLI_API void linli_record_free(linli_record *record);

LINLI_API const linli_id *linli_record_id(const linli_record *record);
LINLI_API const linli_id *linli_record_scope(const linli_record *record);
LINLI_API linli_type linli_record_type(const linli_record *record);
LINLI_API bool linli_record_deleted(const linli_record *record);
LINLI_API bool linli_record_revived(const linli_record *record); /**< deleted by someone, edited meanwhile by another */
/** What this reading showed, for writes that follow it. Borrowed until the record is freed. */
LINLI_API linli_span linli_record_token(const linli_record *record);

/** One field as shown. */
struct linli_reading {
    linli_field field;
    enum linli_rule rule;
    struct linli_value value;       /**< register, ladder, counter, max; the first of a set or log */
    const struct linli_value *values; /**< set: the elements in byte order; log: the entries, oldest first */
    size_t count;
    size_t conflicts;               /**< other values that a person should look at: linli_conflict_each */
};
/** Fields that hold something, by rising field number; the same order everywhere. Borrowed until the record is freed. */
LINLI_API size_t linli_record_count(const linli_record *record);
LINLI_API const struct linli_reading *linli_record_at(const linli_record *record, size_t index);
LINLI_API const struct linli_reading *linli_record_field(const linli_record *record, linli_field field); /**< NULL when absent */

/* ---- writing ---- */

/** Writes being gathered in memory. One commit makes one signed changeset in each scope that it touches. */
typedef struct linli_txn linli_txn;

LINLI_API int linli_txn_begin(linli_store *store, linli_txn **out);
LINLI_API void linli_txn_abort(linli_txn *txn); /**< accepts NULL */

struct linli_committed {
    size_t changesets;              /**< how many scopes were written */
    linli_dot dot;                  /**< of the first of them */
    linli_stamp stamp;
};
/**
 * Judge, append, merge and sync to disk. Ends and frees the transaction in every case.
 * Returns: LINLI_OK: it is durable and visible; `out` (may be NULL) says what was written; nothing to write is LINLI_OK too;
 *          LINLI_E_REFUSED (this device's grants do not allow it), LINLI_E_SEALED (a sealed field, and no key of its class
 *          here for that scope), LINLI_E_LIMIT (over 96 KiB in one scope: commit in pieces), LINLI_E_CLOCK, LINLI_E_FULL, LINLI_E_NOMEM: nothing was written;
 *          LINLI_E_DISK: the outcome is unknown; reopen the store and read.
 * Blocks:  on the disk.
 */
LINLI_API int linli_txn_commit(linli_txn *txn, struct linli_committed *out);
/** Commit several transactions with one sync: all or none. Frees all of them. */
LINLI_API int linli_txn_commit_group(linli_txn **txns, size_t count, struct linli_committed *out);
/** Encoded bytes gathered so far in the scope that holds most: commit before LINLI_TXN_BYTES. */
LINLI_API size_t linli_txn_size(const linli_txn *txn);
enum { LINLI_TXN_BYTES = 64 * 1024 };

/** A new record of `type` in `scope`; its id goes to *id. Fields follow by linli_record_set. */
LINLI_API int linli_record_create(linli_txn *txn, const linli_id *scope, linli_type type, linli_id *id);

/**
 * The same for a thing that other registers know by a name, such as a building by its code: its id is made of scope, type
 * and name, so that two devices that take it in apart make one record. Anybody who knows the name can make the id: not for
 * people.
 *
 * Args:    name  unique among the records of `type` in `scope`; UTF-8
 * Returns: LINLI_OK: new; LINLI_E_EXISTS with *id set: it is there (it may be deleted): read it, and write with its token;
 *          otherwise as linli_record_create.
 */
LINLI_API int linli_record_create_named(linli_txn *txn, const linli_id *scope, linli_type type, const char *name, linli_id *id);

/**
 * Write one field.
 *
 * Args:    record  of this transaction, or existing in `scope`
 *          token   of a reading of this record: only what it showed is replaced. Size 0: a write that has seen nothing, which
 *                  stands beside what is there. Ignored for records made in this transaction.
 *          value   copied; its kind must be the field's. For a set: see linli_record_add. Counter: the amount to add.
 *                  Log: the entry to append. Fields of one group that are not written keep what the token showed.
 * Returns: LINLI_OK; LINLI_E_SCHEMA, LINLI_E_NOT_FOUND, LINLI_E_STALE (token of another record or store), LINLI_E_REFUSED
 *          (a ladder step backwards: reopen with linli_record_reopen), LINLI_E_FORMAT (no token), LINLI_E_LIMIT (a second
 *          entry for one log: a commit holds one of each record), LINLI_E_ARG (the record is deleted in this transaction),
 *          LINLI_E_SEALED (fields that are not written would have to be kept, and do not open here), LINLI_E_NOMEM (nothing
 *          was added).
 * Several writes to one group in a transaction become one.
 */
LINLI_API int linli_record_set(linli_txn *txn, const linli_id *record, linli_span token, linli_field field,
                               const struct linli_value *value);
LINLI_API int linli_record_add(linli_txn *txn, const linli_id *record, linli_span token, linli_field field,
                               const struct linli_value *element);
LINLI_API int linli_record_remove(linli_txn *txn, const linli_id *record, linli_span token, linli_field field,
                                  const struct linli_value *element);
/** Start a new episode of a ladder at `rung`. LINLI_E_ARG unless the token shows the ladder. */
LINLI_API int linli_record_reopen(linli_txn *txn, const linli_id *record, linli_span token, linli_field field, int64_t rung);
/**
 * Hide the record; an edit that was made elsewhere without seeing this brings it back. LINLI_E_ARG when this transaction
 * writes to the record too: a delete hides what it has seen, and would not hide that.
 */
LINLI_API int linli_record_delete(linli_txn *txn, const linli_id *record, linli_span token);
LINLI_API int linli_record_restore(linli_txn *txn, const linli_id *record, linli_span token);
/** Choose, for one field's group, the value written at `dot`: a new write that replaces all that the token showed. LINLI_E_NOT_FOUND: no such value. LINLI_E_SEALED: it does not open here. */
LINLI_API int linli_record_resolve(linli_txn *txn, const linli_id *record, linli_span token, linli_field field,
                                   const linli_dot *dot);

#ifdef __cplusplus
}
#endif
#endif
