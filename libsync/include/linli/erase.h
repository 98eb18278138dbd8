/** Erasing for good what was written of a record, in every replica that hears of it; and the store's own pages. */
#ifndef LINLI_ERASE_H
#define LINLI_ERASE_H

#include <linli/store.h>

#ifdef __cplusplus
extern "C" {
#endif

enum linli_erase_reason {
    LINLI_ERASE_NONE,
    LINLI_ERASE_REQUEST,   /**< asked for by the resident */
    LINLI_ERASE_RETENTION, /**< past the term for which it may be kept */
    LINLI_ERASE_ERROR,     /**< should never have been written */
    LINLI_ERASE_ROUND_OVER /**< the registration round that it was for is over */
};
struct linli_erase {
    const linli_id *records;
    size_t count;
    enum linli_erase_reason reason;
    const char *note;          /**< a sentence for the office, kept as personal data beside the order, so without what is erased;
                                    left out where this device may not write such data; or NULL */
    bool dry_run;              /**< only say what would be done */
};
struct linli_erased {
    size_t records, parts, orders; /**< records erased, or erased further; parts named; orders signed for it */
    size_t left;                   /**< parts that stay, because this store's device may not erase their class, or not in their scope */
    unsigned left_classes;         /**< the classes (1 << enum linli_class) of which that is so, also where nothing of them is here */
};
/**
 * Order that everything personal and sensitive that was ever written of these records is erased: in this store now, in every
 * other as it hears of it, and for good, whoever still offers it or goes on writing there. What is public stays: that there was a
 * record, and of which type; it is hidden as a deletion would. A record that was erased already is erased further where more has come meanwhile, else passed over.
 * It is looked for in every scope, also where it was only set aside, and in what waits. What the device may erase of it goes, class
 * by class and scope by scope, and `left` says what stays: a record of which something stays is not hidden. Afterwards the store
 * is to be written anew: linli_store_compact.
 *
 * Returns: LINLI_OK;
 *          LINLI_E_NOT_FOUND  one of them is not here;
 *          LINLI_E_REFUSED    this store's device may erase nothing of what is left to be erased, for want of the rights to
 *                             manage and to write it; or one of them is an entry of the audit, which stays;
 *          LINLI_E_LIMIT      more than a device may order of one record;
 *          LINLI_E_CLOCK, LINLI_E_FORK, LINLI_E_NOMEM, LINLI_E_DISK, LINLI_E_FULL. On an error nothing is changed.
 * Blocks:  on the disk, for as long as it takes to judge again the logs that hold any of it.
 */
LINLI_API int linli_erase(linli_store *store, const struct linli_erase *erase, struct linli_erased *out);

/** A record past its term. */
struct linli_due {
    linli_id scope, record;
    linli_type type;
    uint64_t last_ms;          /**< when something that can be erased was last written of it */
};
typedef bool (*linli_due_fn)(void *ctx, const struct linli_due *due);
/**
 * The records of a scope (with those below it; NULL: of the store) whose last change, or whose date that the term runs from
 * (linli_schema_type.keep_from), lies further back than their type is to be kept (keep_days), by the store's clock and the stamps of
 * their writers. Where several such dates stand beside each other the latest counts; what changed in the last 30 days is not due by a
 * date, and what lacks a date that its type requires is due by its last change. Return false to stop.
 *
 * Returns: LINLI_OK, also when there is none; LINLI_E_NOT_FOUND (scope); LINLI_E_NOMEM, LINLI_E_DISK.
 */
LINLI_API int linli_due_each(linli_store *store, const linli_id *scope, linli_due_fn fn, void *ctx);

/** One order about a record. */
struct linli_erasure {
    linli_id scope, record;
    linli_id statement;        /**< the record that the order travels in; its `note` may say more */
    uint8_t device[32];        /**< who signed it; zero when `by_root` */
    bool by_root;
    bool counts;               /**< false: its signer's rights were taken back, and the order with them */
    uint64_t time_ms;          /**< as the signer's clock said */
    enum linli_erase_reason reason; /**< or a newer one's number */
    size_t parts;              /**< named by it */
};
/** Return false to stop. */
typedef bool (*linli_erasure_fn)(void *ctx, const struct linli_erasure *erasure);
/** The orders held about a record, none for most. LINLI_OK, LINLI_E_NOMEM, LINLI_E_DISK. */
LINLI_API int linli_erasure_each(linli_store *store, const linli_id *record, linli_erasure_fn fn, void *ctx);

struct linli_compacted {
    uint64_t bytes_before, bytes_after;
};
/**
 * Write the store anew beside itself and put the new file in the place of the old: what was erased then stands on no free page
 * either. Done when a store is opened or closed after an erasure, and by a node at a quiet moment; a call does it now. Takes
 * free disk of the size of the store. `out` may be NULL.
 *
 * Returns: LINLI_OK;
 *          LINLI_E_FULL       the disk has no room: the store is as it was, and it is tried again when it is opened;
 *          LINLI_E_BUSY       a query of another thread is under way;
 *          LINLI_E_DISK, LINLI_E_NOMEM.
 * Blocks:  on the disk; other calls on the store wait for as long.
 */
LINLI_API int linli_store_compact(linli_store *store, struct linli_compacted *out);

#ifdef __cplusplus
}
#endif
#endif
