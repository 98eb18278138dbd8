/** A store: one replica on this device. Create it from a root or by joining, open it, close it, ask how it is. */
#ifndef LINLI_STORE_H
#define LINLI_STORE_H

#include <linli/error.h>
#include <linli/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A store handle. It may be used from several threads: calls take turns. One process holds a store at a time.
 * Callbacks run inside the call that was given them, while other threads wait: they may read from the store, and a write
 * from within one is refused with LINLI_E_ARG. (Observers are told outside the lock and may do anything.)
 */
typedef struct linli_store linli_store;

enum { LINLI_KEY_BYTES = 32 };

/** How to open or create a store. Zero-initialise, then fill; set `size` to sizeof(struct linli_options). */
struct linli_options {
    size_t size;
    const char *dir;           /**< folder of the store, UTF-8; made (mode 0700) when a store is created. Copied */
    const uint8_t *key;        /**< store key, LINLI_KEY_BYTES, as the application keeps it; NULL when a passphrase is given. Copied */
    const char *passphrase;    /**< else this, through Argon2id with the store's own salt. Copied, wiped */
    uint64_t map_bytes;        /**< first size of the map; 0 = 256 MiB. It grows on demand */
    uint64_t (*now_ms)(void *ctx); /**< wall clock in ms since 1970 UTC; NULL = the system's */
    void *now_ctx;
};

enum linli_scope_kind { LINLI_CITY = 1, LINLI_DISTRICT, LINLI_STREET, LINLI_COMMUNITY, LINLI_PATCH };

/**
 * Create a store that holds a new root of trust, its root scope, and a grant for this device as the root's node.
 *
 * Args:    root_kind  LINLI_CITY, or LINLI_COMMUNITY for a community that stands alone
 *          name       the root scope's name; division may be NULL
 * Returns: LINLI_OK with *out open (yours: linli_store_close); LINLI_E_EXISTS (a store is there; it is untouched),
 *          LINLI_E_ARG, LINLI_E_DISK, LINLI_E_FULL, LINLI_E_NOMEM. After a failure nothing is left behind.
 * The root's signing key is written to `root.key` in the folder, sealed under the store key: move it to a safe place.
 */
LINLI_API int linli_store_create(const struct linli_options *options, enum linli_scope_kind root_kind, const char *name,
                                 const char *division, linli_store **out);

/**
 * Returns: LINLI_OK with *out open; LINLI_E_NOT_FOUND (no store there), LINLI_E_BUSY (another process has it),
 *          LINLI_E_KEY, LINLI_E_VERSION (made by a newer version), LINLI_E_FORMAT (not a store, or damaged),
 *          LINLI_E_DISK, LINLI_E_NOMEM. After a failure nothing stays open and nothing was changed.
 */
LINLI_API int linli_store_open(const struct linli_options *options, linli_store **out);

/**
 * Seal the store under another key: exactly one of `key` (LINLI_KEY_BYTES) and `passphrase`. root.key goes with it where it
 * lies in the folder; one that was moved away stays under the key it had.
 * Returns: LINLI_OK: from now on only the new key opens the store; LINLI_E_BUSY: a backup is being written; LINLI_E_ARG, LINLI_E_FULL, LINLI_E_NOMEM: the old one does;
 *          LINLI_E_DISK: one of the two does: close, and open with either. Whatever cuts it off, one of the two does.
 * Copies of the files that were made before stay open to the old key, as may freed pages of this one.
 */
LINLI_API int linli_store_rekey(linli_store *store, const uint8_t *key, const char *passphrase);

/** Close. Accepts NULL. No other thread may be inside a call on this handle. */
LINLI_API void linli_store_close(linli_store *store);

/**
 * Close the files but keep the handle (iOS kills a process that sleeps on a lock); calls fail with LINLI_E_CLOSED until
 * resume. LINLI_E_BUSY while a node or a session works on the store. Either call is LINLI_OK when it is so already.
 */
LINLI_API int linli_store_suspend(linli_store *store);
LINLI_API int linli_store_resume(linli_store *store);

/**
 * Returns: the detail of the last failed call of this thread on this store, in English, for logs; "" when there is none.
 *          Never holds field values. Borrowed until the next call.
 */
LINLI_API const char *linli_store_error(const linli_store *store);

/** True when `dir` holds something that looks like a store. */
LINLI_API bool linli_store_exists(const char *dir);

struct linli_status {
    linli_author replica;      /**< this device's key and incarnation */
    linli_hash network;
    linli_id root_scope;
    unsigned role;             /**< enum linli_role of this device's first grant; 0 when it has none */
    linli_id scope;            /**< the scope of that grant */
    uint64_t scopes, records, changesets, conflicts, set_aside, forks, waiting, wants;
    uint64_t bytes_on_disk;
    linli_hash digest;         /**< equal on replicas that hold the same accepted changesets of the same scopes */
};
LINLI_API int linli_store_status(linli_store *store, struct linli_status *out);

/** What was found bad, in words for logs: ids and numbers, never values. */
struct linli_bad {
    /**
     * "signature", "chain", "hash", "verdict", "head", "fork", "arrival": the logs; "record", "where", "touch", "index",
     * "conflict", "aside", "want", "count", "figure", "digest": what is made of them; "grant", "scope", "author"
     */
    const char *what;
    linli_id scope;
    linli_author author;
    uint64_t seq;
    linli_id record;
};
struct linli_verify {
    uint64_t changesets, records, bad;
    void (*on_bad)(void *ctx, const struct linli_bad *bad);
    bool (*on_progress)(void *ctx, uint64_t done, uint64_t total); /**< false stops: LINLI_E_CANCELLED */
    void *ctx;
};
/**
 * Recompute every record from the logs, and check every hash, chain, signature, verdict and index.
 * Fill in the callbacks (or NULL) before the call. Returns LINLI_OK when all is well, LINLI_E_CORRUPT when bad > 0.
 */
LINLI_API int linli_store_verify(linli_store *store, struct linli_verify *verify);

#ifdef __cplusplus
}
#endif
#endif
