/** One meeting with another replica: sync with it, or join through it. These block; run them off the user's thread. */
#ifndef LINLI_SYNC_H
#define LINLI_SYNC_H

#include <linli/grant.h>

#ifdef __cplusplus
extern "C" {
#endif

struct linli_traffic {
    uint64_t changesets, bytes; /**< bytes on the wire, handshake included */
};
struct linli_session_report {
    linli_author peer;
    enum linli_role role;           /**< of the peer */
    struct linli_traffic in, out;
    unsigned round_trips;           /**< after the handshake, until settled */
    uint64_t conflicts_new, set_aside;
    double seconds;
    bool settled;                   /**< both ends compared digests and agree */
    int64_t clock_difference_ms;    /**< peer's clock minus ours */
};

struct linli_sync_options {
    size_t size;
    unsigned timeout_ms;            /**< without progress; 0 = 30 s */
    bool (*on_progress)(void *ctx, uint64_t in_changesets, uint64_t out_changesets); /**< false cancels */
    /**
     * Joining: the six digits that the node's screen shows, too. `waits`: it lets nobody in until they were compared there
     * (linli_enrol_confirm); then this comes again every few seconds. False cancels.
     */
    bool (*on_code)(void *ctx, unsigned code, bool waits);
    void *ctx;
};

/**
 * Meet the replica that listens at host:port, exchange what either lacks, compare digests, say goodbye.
 * Returns: LINLI_OK (settled); LINLI_E_CONNECT, LINLI_E_TIMEOUT, LINLI_E_CLOSED (what was stored is stored),
 *          LINLI_E_NETWORK (it does not know our network), LINLI_E_REFUSED, LINLI_E_PROTOCOL, LINLI_E_DIVERGED, LINLI_E_DISK.
 *          `report` (may be NULL) is filled as far as it went; `options` may be NULL.
 */
LINLI_API int linli_sync(linli_store *store, const char *host, unsigned port, const struct linli_sync_options *options,
                         struct linli_session_report *report);

/**
 * Enrol a new store with the node that an invitation names, and fetch what this device may read.
 * Returns: LINLI_OK with *out open; LINLI_E_FORMAT (no invitation), LINLI_E_EXPIRED, LINLI_E_USED, LINLI_E_EXISTS (a store is
 *          there), LINLI_E_CONNECT, LINLI_E_NETWORK, ...: nothing is left behind.
 *          The invitation is used up once the device is enrolled, so from then on the store stays: when only the first sync
 *          failed, it is LINLI_OK too, report->settled is false, and linli_store_error says why. Call linli_sync later.
 */
LINLI_API int linli_join(const struct linli_options *store_options, const char *uri, const char *device_name,
                         const struct linli_sync_options *options, struct linli_session_report *report, linli_store **out);

#ifdef __cplusplus
}
#endif
#endif
