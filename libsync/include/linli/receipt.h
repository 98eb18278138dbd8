/** What nodes have signed that they hold, what of our own work no receipt covers yet, and what receipts tell about a node. */
#ifndef LINLI_RECEIPT_H
#define LINLI_RECEIPT_H

#include <linli/store.h>

#ifdef __cplusplus
extern "C" {
#endif

struct linli_receipt {
    uint8_t node[32];       /**< device key of the node */
    uint64_t incarnation;
    linli_id scope;         /**< of a grant under which it is a node */
    uint64_t issued_ms;     /**< by the node's clock */
    bool ours;              /**< it was given to this store, for what this store held itself; else heard of */
    const uint8_t *certificate; /**< lent for the call: proof for anybody (proto/receipts.md) */
    size_t certificate_size;
};
typedef bool (*linli_receipt_fn)(void *ctx, const struct linli_receipt *receipt); /**< false stops */
/** The newest receipt of each node, and the last that it gave to this store. */
LINLI_API int linli_receipt_each(linli_store *store, linli_receipt_fn fn, void *ctx);

/**
 * How many changesets of this device no node's receipt covers yet: 0 is "all is saved at the community". A node's own
 * work is where it belongs: 0.
 */
LINLI_API int linli_unconfirmed(linli_store *store, uint64_t *changesets);

enum linli_warning_kind {
    LINLI_WARNING_FORKED = 1,      /**< it told two stories */
    LINLI_WARNING_ROLLED_BACK,     /**< it was put back to an older state */
    LINLI_WARNING_RIGHTS_WITHHELD, /**< it does not show what takes rights back, and has shown it before */
    LINLI_WARNING_RECORDS_WITHHELD,
    LINLI_WARNING_MISSTATED,       /**< it signed what is not so */
    LINLI_WARNING_ANEW             /**< it began anew: restored, admitted again, or put back and said so itself */
};
struct linli_warning {
    enum linli_warning_kind kind;
    uint8_t node[32];
    uint64_t incarnation;
    bool self;                     /**< the node is this store's own device */
    linli_id scope;                /**< of a grant under which it is a node; zero when none is held */
    uint64_t noticed_ms;
    uint64_t issued_ms[2];         /**< of the two receipts that do not go together; 0: one is enough */
    const uint8_t *certificate[2]; /**< those, with the entries of their lists that it takes, lent for the call; NULL for none */
    size_t certificate_size[2];
};
typedef bool (*linli_warning_fn)(void *ctx, const struct linli_warning *warning); /**< false stops */
/** What was noticed about nodes, with the evidence: of each node and kind the first, and the last. LINLI_EVENT_WARNING tells of each as it comes. */
LINLI_API int linli_warning_each(linli_store *store, linli_warning_fn fn, void *ctx);

#ifdef __cplusplus
}
#endif
#endif
