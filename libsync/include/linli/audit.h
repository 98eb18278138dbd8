/** What was shown to whom: readings of sealed fields at the office, exports, grants and what became of them, out of the signed logs. */
#ifndef LINLI_AUDIT_H
#define LINLI_AUDIT_H

#include <linli/authority.h>

#ifdef __cplusplus
extern "C" {
#endif

enum linli_audit_act {
    LINLI_AUDIT_READ = 1,   /**< one record */
    LINLI_AUDIT_LIST, LINLI_AUDIT_SEARCH, LINLI_AUDIT_HISTORY, LINLI_AUDIT_CONFLICTS,
    LINLI_AUDIT_EXPORT,     /**< said by the application: linli_audit_note */
    LINLI_AUDIT_GRANT = 16, LINLI_AUDIT_REVOKE, LINLI_AUDIT_ADOPT, LINLI_AUDIT_REJECT,
    LINLI_AUDIT_ERASE       /**< `record` was ordered to be erased; `count`: parts named */
};

/*
 * Where this store's device has a grant of the role node or clerk, each call that hands out sealed values (linli_record_get,
 * linli_query_each, linli_history_each, linli_conflict_each), and each search by a sealed field, first writes a record of it, on the
 * disk before the first value is handed out. When that cannot be written the call fails with the reason that a commit would
 * give (LINLI_E_FULL, LINLI_E_FORK, LINLI_E_CLOCK, LINLI_E_DISK, ...) and hands out nothing further. The same person reading the same again
 * within a quarter hour makes no second record.
 */

/** Who sits at the device. Zero-initialise, then fill. */
struct linli_actor {
    const char *name;       /**< UTF-8, at most 64 bytes; NULL: not known */
    const char *reason;     /**< why they read; at most 256 bytes; NULL: none given */
    bool bulk;              /**< a program goes through many records one by one: linli_record_get is recorded by scope and type, as a
                                 list is, and not by record. For reading in callbacks, too: while a call reads, the
                                 store cannot grow, and each entry takes some of its room */
};
/**
 * Say who makes this thread's calls from now on, until it says otherwise (of this store or of another). Copied.
 * Returns: LINLI_OK; LINLI_E_LIMIT (too long); LINLI_E_FORMAT (no UTF-8).
 */
LINLI_API int linli_audit_actor(linli_store *store, const struct linli_actor *actor);

/** What an application does with records that leave the store. Zero-initialise, then fill. */
struct linli_audit_note {
    enum linli_audit_act act;   /**< LINLI_AUDIT_EXPORT */
    const linli_id *scope;      /**< NULL: all that is held */
    linli_type type;            /**< 0: several */
    const char *format;         /**< at most 64 bytes, or NULL */
    uint64_t count;             /**< 0: not known yet */
};
/**
 * Record it, with the actor's name and reason. Twice within a quarter hour, once with the count, is one record: say it before the
 * first byte leaves, and again when the count is known.
 * Returns: LINLI_OK: it is durable; LINLI_E_REFUSED: this store's device may write nowhere; otherwise as linli_txn_commit.
 */
LINLI_API int linli_audit_note(linli_store *store, const struct linli_audit_note *note);

struct linli_audit_query {
    const linli_id *scope;      /**< with those below it; NULL: every scope held */
    uint64_t since_ms, until_ms;/**< wall clock, `until` not included; 0 = no bound */
    enum linli_audit_act act;   /**< 0 = all */
    const linli_id *record;     /**< only what names this record; NULL = all */
};
struct linli_audit {
    enum linli_audit_act act;   /**< or a newer version's number */
    linli_stamp stamp;          /**< of the first entry that says it */
    linli_dot dot;              /**< that entry, in `home`; seq 0: a certificate whose own record is not held here */
    linli_id home;              /**< the scope whose log it stands in */
    linli_id scope, record;     /**< what it speaks of; zero: nothing, or all */
    linli_type type;            /**< 0: none */
    unsigned classes;           /**< bit k - 1: sealed class k */
    uint64_t count;             /**< 0: not counted */
    const char *actor, *format, *reason; /**< "" when there is none */
    bool of_device;             /**< it speaks of this device: */
    uint8_t device[32];
    enum linli_role role;       /**< GRANT */
    enum linli_reason cause;    /**< REVOKE */
    const char *state;          /**< "signed"; why it was set aside (linli_aside); "forked": its log has two branches */
};
typedef bool (*linli_audit_fn)(void *ctx, const struct linli_audit *audit);
/**
 * Oldest first. All is read from the signed logs: what a deletion hides is there. Texts are lent for the call.
 * Returns: LINLI_OK, also when there is nothing; LINLI_E_NOT_FOUND (scope), LINLI_E_DISK, LINLI_E_NOMEM.
 */
LINLI_API int linli_audit_each(linli_store *store, const struct linli_audit_query *query, linli_audit_fn fn, void *ctx);

#ifdef __cplusplus
}
#endif
#endif
