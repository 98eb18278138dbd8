/** Result codes. Every fallible call returns LINLI_OK or exactly one of these; codes are never combined. */
#ifndef LINLI_ERROR_H
#define LINLI_ERROR_H

#include <linli/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum linli_code {
    LINLI_OK = 0,
    LINLI_E_NOMEM = 1,      /**< memory ran out; state as before the call */
    LINLI_E_ARG = 2,        /**< the caller's arguments are wrong */
    LINLI_E_NOT_FOUND = 3,  /**< no such record, scope, type, field, file */
    LINLI_E_EXISTS = 4,     /**< it is there already */
    LINLI_E_SCHEMA = 5,     /**< no such field, or a value of another kind */
    LINLI_E_REFUSED = 6,    /**< the grants held do not allow it */
    LINLI_E_EXPIRED = 7,    /**< an invitation or grant whose term is over */
    LINLI_E_USED = 8,       /**< an invitation that was used before */
    LINLI_E_SIGNATURE = 9,  /**< a signature does not verify */
    LINLI_E_FORMAT = 10,    /**< bytes that are not in their one valid encoding */
    LINLI_E_LIMIT = 11,     /**< a length, depth, count or quota is over its limit */
    LINLI_E_NETWORK = 12,   /**< it belongs to another network (root of trust) */
    LINLI_E_VERSION = 13,   /**< made by a newer version than this one understands */
    LINLI_E_BUSY = 14,      /**< the store is held by another process */
    LINLI_E_KEY = 15,       /**< the store key or passphrase is wrong */
    LINLI_E_DISK = 16,      /**< reading or writing the disk failed; after a commit the outcome is unknown */
    LINLI_E_FULL = 17,      /**< the disk or the map is full; nothing was written */
    LINLI_E_CORRUPT = 18,   /**< the store's own data does not verify */
    LINLI_E_CLOCK = 19,     /**< the device's clock is more than a day behind what it last signed */
    LINLI_E_CONNECT = 20,   /**< the peer cannot be reached */
    LINLI_E_TIMEOUT = 21,   /**< the peer did not answer in time */
    LINLI_E_CLOSED = 22,    /**< the connection ended before the work was done; what was stored is stored */
    LINLI_E_PROTOCOL = 23,  /**< the peer broke the protocol */
    LINLI_E_DIVERGED = 24,  /**< the two replicas hold the same and show different: a defect, please report it */
    LINLI_E_STALE = 25,     /**< a token from another store or another record */
    LINLI_E_WAIT = 26,      /**< not yet: something that it cites is not here */
    LINLI_E_FORK = 27,      /**< two changesets of one dot: the log is frozen before them */
    LINLI_E_CANCELLED = 28, /**< the application stopped it */
    LINLI_E_INTERNAL = 29,  /**< a state that the program itself rules out; the scope is stopped, not the app */
    LINLI_E_SELF = 30,      /**< the peer is this very device: the same store, or a copy of it */
    LINLI_E_SEALED = 31,    /**< no key here for the sealed class that is to be written, or kept, in that scope */
    LINLI_E_QUOTA = 32      /**< of what one device wrote in a scope no more is taken for now: it stays where it is, nothing is lost */
};

/**
 * Returns: the code's name, such as "LINLI_E_BUSY"; "LINLI_E_?" for a number that is no code. Static, for logs.
 */
LINLI_API const char *linli_code_name(int code);

#ifdef __cplusplus
}
#endif
#endif
