/**
 * The root's own word: which keys sign for it, other keys in their place, and what only the root may say. Several people with a
 * key each sign one draft, a file that is carried from one to the next; no step but the first and the last needs a store.
 */
#ifndef LINLI_ROOT_H
#define LINLI_ROOT_H

#include <linli/authority.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { LINLI_ROOT_KEYS_MAX = 16, LINLI_ROOT_VERSIONS_MAX = 32, LINLI_ROOT_AFFIRMED_MAX = 120 };

/** One version of the root document. */
struct linli_root {
    uint64_t version;
    unsigned threshold, key_count;   /**< so many of so many keys sign */
    uint8_t keys[LINLI_ROOT_KEYS_MAX][32];
    uint64_t oldest;                 /**< what the root said under older versions stands only where it was affirmed */
    size_t rivals;                   /**< versions held that do not hold: root keys were used for two at once, or stolen */
};
/** The version that holds. LINLI_OK; LINLI_E_NOMEM, LINLI_E_DISK. */
LINLI_API int linli_root_read(linli_store *store, struct linli_root *out);

enum linli_root_act {
    LINLI_ROOT_VERSION, LINLI_ROOT_GRANT, LINLI_ROOT_REVOKE, LINLI_ROOT_AFFIRM,
    LINLI_ROOT_OTHER                 /**< of a kind that only listings show */
};
/** Something that the root said, or is to say. */
struct linli_root_item {
    enum linli_root_act act;
    linli_hash id;
    uint64_t under, issued_ms;       /**< the version under which it is said; when */
    bool stands;                     /**< in a store, it counts (a grant that counts may have been ended by a revocation since);
                                          false in a draft */
    struct linli_root root;          /**< VERSION: the new one; its `rivals` says nothing */
    uint8_t device[32];              /**< GRANT, REVOKE: whose rights */
    linli_id scope;                  /**< GRANT, REVOKE: there and below */
    enum linli_role role;            /**< GRANT */
    unsigned rights;                 /**< GRANT */
    uint64_t expires_ms;             /**< GRANT; 0 = no end of its own */
    enum linli_reason reason;        /**< REVOKE */
    size_t count;                    /**< AFFIRM: how many things; REVOKE: logs that it names, on this page of it; VERSION: how many keys of
                                          the version before sign it, 0 = as many as that asks for */
    bool strict;                     /**< REVOKE: its own revocations fall, too */
    linli_hash affirmed[LINLI_ROOT_AFFIRMED_MAX]; /**< AFFIRM: the ids of those things */
};
/** Return false to stop. `item` is lent. */
typedef bool (*linli_root_fn)(void *ctx, const struct linli_root_item *item);
/** All that the root ever said, as far as it is held here, older versions too. LINLI_OK; LINLI_E_NOMEM, LINLI_E_DISK. */
LINLI_API int linli_root_each(linli_store *store, linli_root_fn fn, void *ctx);

/** What a draft is to say. */
struct linli_root_order {
    enum linli_root_act act;         /**< not OTHER */
    unsigned threshold;              /**< VERSION: with `keys`, in the order that they will have */
    const uint8_t (*keys)[32];
    size_t key_count;
    uint64_t oldest;                 /**< VERSION: raise it; 0 = as it is */
    unsigned signatures;             /**< VERSION: so many keys of the version before sign it: of two versions that follow the same
                                          one, that with more holds; 0 = as many as it asks for */
    uint64_t after;                  /**< VERSION: the number of the version that it follows; 0 = the one that holds. An earlier
                                          one: against a rival that was made with stolen keys */
    const linli_hash *affirm;        /**< AFFIRM, and VERSION that raises `oldest`: what goes on standing */
    size_t affirm_count;
    uint8_t device[32];              /**< GRANT: a device that holds a grant already, of whatever kind */
    linli_id scope;                  /**< GRANT: zero = the root's */
    enum linli_role role;            /**< GRANT: with the rights that go with it */
    uint64_t expires_ms;             /**< GRANT; 0 = no end of its own */
    const struct linli_revoke *revoke; /**< REVOKE: `scope` zero = the root's; `admit` zero; `note` is not used */
};
/**
 * Write a draft, unsigned, to a new file (mode 0600).
 *
 * Returns: LINLI_OK;
 *          LINLI_E_ARG        what no root may say (a key twice, a threshold out of reach, nothing to affirm);
 *          LINLI_E_EXISTS     there is a file of this name;
 *          LINLI_E_NOT_FOUND  no such device, scope or version here, nothing that would end;
 *          LINLI_E_LIMIT      more than a draft holds, or versions are used up;
 *          LINLI_E_NOMEM, LINLI_E_DISK.
 */
LINLI_API int linli_root_draft(linli_store *store, const struct linli_root_order *order, const char *file);

/** Whose signatures a draft needs, and has. */
struct linli_root_signers {
    struct linli_root root;          /**< `oldest` and `rivals` say nothing */
    unsigned missing;                /**< so many more of these keys must sign */
    bool has_signed[LINLI_ROOT_KEYS_MAX];
};
struct linli_root_draft {
    uint8_t fingerprint[16];         /**< compare it: it is the same on every screen on which the same thing is signed */
    size_t item_count, signer_count; /**< a new version is signed by the keys of the one before and by its own: then 2 */
    struct linli_root_signers signers[2];
};
/**
 * Read a draft; `fn` (or NULL) is told what it would say. No store is needed.
 *
 * Returns: LINLI_OK; LINLI_E_NOT_FOUND; LINLI_E_FORMAT (no draft); LINLI_E_VERSION; LINLI_E_LIMIT; LINLI_E_NOMEM, LINLI_E_DISK.
 */
LINLI_API int linli_root_draft_read(const char *file, struct linli_root_draft *out, linli_root_fn fn, void *ctx);
/**
 * Sign a draft with the key in a key file. No store is needed. Show people first what linli_root_draft_read says.
 *
 * Args:    shown  the fingerprint of what they were shown, or NULL: whatever the file says by now
 * Returns: LINLI_OK;
 *          LINLI_E_STALE      the file is not what was shown any more;
 *          LINLI_E_KEY        the passphrase does not open the key file;
 *          LINLI_E_REFUSED    the draft does not ask for this key;
 *          LINLI_E_EXISTS     it has signed already, or enough others have;
 *          LINLI_E_VERSION    it says something of a kind that cannot be shown (LINLI_ROOT_OTHER);
 *          as linli_root_draft_read, of either file.
 */
LINLI_API int linli_root_sign(const char *file, const uint8_t shown[16], const char *key_file, const char *passphrase);
/** The same with the root key in the store's folder. LINLI_E_NOT_FOUND too when none is there. */
LINLI_API int linli_root_sign_here(linli_store *store, const char *file, const uint8_t shown[16]);
/**
 * Let what a draft says be said, when enough keys have signed it: all of it, in one commit. Where this store may manage, it is
 * written down in the scope that it speaks of, too, as what offices say is.
 *
 * Args:    out   how the draft stands, in any case in which it could be read; or NULL
 * Returns: LINLI_OK; again is harmless;
 *          LINLI_E_WAIT       too few have signed;
 *          LINLI_E_SIGNATURE  a signature is bad, or the draft tells something else of the keys than this store does;
 *          LINLI_E_NETWORK    it is of another network;
 *          LINLI_E_REFUSED    it would lower `oldest`;
 *          as linli_root_draft_read.
 */
LINLI_API int linli_root_apply(linli_store *store, const char *file, struct linli_root_draft *out);

/**
 * Make a signing key, in a new file (mode 0600) that only the passphrase opens (Argon2id). No store is needed.
 *
 * Args:    public_key  goes into a version of the root document
 * Returns: LINLI_OK; LINLI_E_ARG (an empty passphrase); LINLI_E_EXISTS; LINLI_E_NOMEM, LINLI_E_DISK.
 */
LINLI_API int linli_root_key_make(const char *key_file, const char *passphrase, uint8_t public_key[32]);
/** The public half, which no passphrase guards. LINLI_OK; LINLI_E_NOT_FOUND; LINLI_E_FORMAT (no key file); LINLI_E_DISK. */
LINLI_API int linli_root_key_read(const char *key_file, uint8_t public_key[32]);
/**
 * Take the root's key out of the store's folder: into a new key file, and only when that is on the disk, away from the folder.
 *
 * Returns: as linli_root_key_make; LINLI_E_NOT_FOUND: it was taken away before.
 */
LINLI_API int linli_root_key_export(linli_store *store, const char *key_file, const char *passphrase, uint8_t public_key[32]);

#ifdef __cplusplus
}
#endif
#endif
