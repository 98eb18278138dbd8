/** Hearing of changes as they are committed, from here or from a peer. */
#ifndef LINLI_OBSERVE_H
#define LINLI_OBSERVE_H

#include <linli/store.h>

#ifdef __cplusplus
extern "C" {
#endif

enum linli_event_kind {
    LINLI_EVENT_RECORD, LINLI_EVENT_SCOPE_HEADS, LINLI_EVENT_FORK,
    LINLI_EVENT_DEVICE,    /**< a grant came for a device that had none here: it joined */
    LINLI_EVENT_AUTHORITY, /**< rights were taken back, or ruled on */
    LINLI_EVENT_WARNING,   /**< a node's receipts do not go together (linli/receipt.h) */
    LINLI_EVENT_ERASED     /**< an order to erase a record came, from here or from elsewhere */
};
struct linli_event {
    enum linli_event_kind kind;
    linli_id scope;
    linli_id record;       /**< RECORD and ERASED */
    linli_author author;   /**< SCOPE_HEADS and FORK; WARNING: the node; DEVICE and AUTHORITY: the key of the device spoken of, no incarnation */
    uint64_t seq;          /**< SCOPE_HEADS: the log's new head */
    unsigned role;         /**< DEVICE: enum linli_role of the grant, or a newer one's number */
    unsigned warning;      /**< WARNING: enum linli_warning_kind */
};
/**
 * Called after the commit, outside the store's lock, in the order of the commits; keep it short. It comes on a committing
 * thread: that of this commit or, when two commit at once, of the other. When memory has run out an event may be missing.
 */
typedef void (*linli_event_fn)(void *ctx, const struct linli_event *event);
/** At most 8 observers. LINLI_OK or LINLI_E_LIMIT. */
LINLI_API int linli_observe(linli_store *store, linli_event_fn fn, void *ctx);
/** When it returns, no other thread is inside `fn` for this store any more. */
LINLI_API void linli_unobserve(linli_store *store, linli_event_fn fn, void *ctx);

#ifdef __cplusplus
}
#endif
#endif
