/** Taking rights back, and ruling on what was written without them. */
#ifndef LINLI_AUTHORITY_H
#define LINLI_AUTHORITY_H

#include <linli/grant.h>

#ifdef __cplusplus
extern "C" {
#endif

enum linli_reason {
    LINLI_REASON_NONE, LINLI_REASON_LEFT, LINLI_REASON_MOVED, LINLI_REASON_LOST, LINLI_REASON_STOLEN, LINLI_REASON_ERROR,
    LINLI_REASON_RETIRED
};
/** What a device granted, revoked or ruled while it might, and what hangs on that. */
enum linli_keep {
    LINLI_KEEP_SAID,           /**< stays good, as far as its records are accepted, where `since_ms` is given; else what is held */
    LINLI_KEEP_NONE            /**< nothing of it */
};
struct linli_revoke {
    uint8_t device[32];        /**< signing key of the device */
    linli_id scope;            /**< its grants there and below end; zero: wherever this store's device may end them */
    enum linli_reason reason;
    const char *note;          /**< a sentence for the office, kept as personal data beside the act; or NULL */
    bool strict;               /**< its own revocations fall, too: for a key in the wrong hands */
    uint64_t since_ms;         /**< accepted is what this store had when it last wrote something of its own before then, whatever
                                    dates that bears; 0: what is held now is */
    linli_id admit;            /**< the scope where the device goes on with the rights that it had (then `scope` is zero);
                                    zero: none */
    enum linli_keep keep;
};
struct linli_revoked {
    linli_id act;              /**< names what was done, in the office's log */
    size_t grants, logs, kept; /**< grants ended; logs closed; statements of the device that stay good */
    size_t left;               /**< statements of the device that stay good no more */
};
/**
 * End a device's grants by one signed act that names how far each of its logs is accepted. What else it wrote, or writes, is set
 * aside on every replica that the act reaches. Admitting it again is a new grant, and a new log. An act lists so many logs and
 * statements and no more; of what there is beyond, those stay that came here first, so that nobody is safe for having said much.
 *
 * Returns: LINLI_OK;
 *          LINLI_E_NOT_FOUND  the device holds no grant there, or no such scope;
 *          LINLI_E_REFUSED    this store's device may not manage there, or ranks no higher than the other: the level above may;
 *          LINLI_E_NOMEM, LINLI_E_DISK, LINLI_E_FULL. On an error nothing is changed.
 * Blocks:  on the disk, for as long as it takes to make the records concerned again.
 */
LINLI_API int linli_revoke(linli_store *store, const struct linli_revoke *revoke, struct linli_revoked *out);

struct linli_ruling {
    linli_id scope;            /**< with those below it; zero: every scope held */
    linli_id record;           /**< zero: any */
    bool any_device;           /**< else of this device: */
    uint8_t device[32];
    bool adopt;                /**< take it in as it was signed; false: it stays aside, for good */
};
struct linli_ruled {           /**< how many parts, of those set aside there: */
    size_t done;               /**< were ruled on */
    size_t none;               /**< no ruling changes: malformed, forked, rejected before */
    size_t refused;            /**< this store's device may not rule on: it may not manage there, or not write what it would adopt */
};
/**
 * Rule on what is set aside because its author had no right to write it, part by part. A rejection cannot be taken back.
 *
 * Returns: LINLI_OK           as `out` says; at least one part was ruled on;
 *          LINLI_E_NOT_FOUND  nothing is set aside there that a ruling changes;
 *          LINLI_E_REFUSED    there is, and this store's device may rule on none of it;
 *          LINLI_E_NOMEM, LINLI_E_DISK, LINLI_E_FULL. On an error nothing is changed; `out` (may be NULL) is filled in also
 *          for the first two.
 */
LINLI_API int linli_aside_rule(linli_store *store, const struct linli_ruling *ruling, struct linli_ruled *out);

#ifdef __cplusplus
}
#endif
#endif
