/** Backups: a store as one sealed file of signed changesets, made while it is in use; and a store made from one. */
#ifndef LINLI_BACKUP_H
#define LINLI_BACKUP_H

#include <linli/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Where the bytes of a backup go, in order.
 * Returns: LINLI_OK, or the code with which the call is to end.
 */
typedef int (*linli_backup_write_fn)(void *ctx, const void *bytes, size_t size);

/**
 * Where the bytes of a backup come from.
 *
 * Args:    at    offset in the file; it may go back to 0
 *          size  in: how many are wanted; out: how many there are, fewer only at the end of the file
 * Returns: LINLI_OK, or the code with which the call is to end.
 */
typedef int (*linli_backup_read_fn)(void *ctx, uint64_t at, void *bytes, size_t *size);

struct linli_backup_source {
    linli_backup_read_fn read;
    void *ctx;
};

/** What is in a backup. */
struct linli_backup_report {
    linli_hash network;
    linli_author device;         /**< that made it: key and incarnation then */
    uint64_t made_ms;            /**< by its clock */
    uint64_t changesets, certificates, bytes;
    linli_hash digest;           /**< of linli_status, when it was made */
    bool same;                   /**< linli_store_restore: the store that was made has this digest */
};

/**
 * Write all that the store holds, and who this device is, sealed under the store's key (of a passphrase: with its salt), so that
 * linli_store_restore makes a store of it. Other threads may use the store meanwhile, for reading and for writing; until it is done it
 * cannot be suspended or put under another key.
 *
 * Args:    out  may be NULL
 * Returns: LINLI_OK; LINLI_E_CLOSED, LINLI_E_DISK, LINLI_E_NOMEM, LINLI_E_CORRUPT; what `write` said.
 */
LINLI_API int linli_store_backup(linli_store *store, linli_backup_write_fn write, void *ctx, struct linli_backup_report *out);

/**
 * Read all of a backup that is under this store's key, and make nothing of it: as it should be done once it was written.
 *
 * Args:    out  may be NULL
 * Returns: LINLI_OK: it opens to its end and is signed by its device; LINLI_E_KEY: it is under another key, or damaged;
 *          LINLI_E_FORMAT: no backup, or damaged; LINLI_E_SIGNATURE; LINLI_E_VERSION: made by a newer version; LINLI_E_NOMEM;
 *          LINLI_E_CLOSED; what `read` said.
 */
LINLI_API int linli_backup_check(linli_store *store, const struct linli_backup_source *source, struct linli_backup_report *out);

/**
 * Make a store from a backup: the same device, which goes on under a new incarnation. Let nobody use the old store any more.
 *
 * Args:    options  of the new store; it is opened by the key that opens the backup, `key` or `passphrase`
 *          report   may be NULL
 * Returns: LINLI_OK with *out open (yours: linli_store_close); LINLI_E_EXISTS: a store is there, it is untouched; LINLI_E_REFUSED: the
 *          device of the backup has no grant in it; LINLI_E_FULL, LINLI_E_DISK; as linli_backup_check, by the key that is given. After a failure nothing is left
 *          behind.
 */
LINLI_API int linli_store_restore(const struct linli_options *options, const struct linli_backup_source *source,
                                  struct linli_backup_report *report, linli_store **out);

#ifdef __cplusplus
}
#endif
#endif
