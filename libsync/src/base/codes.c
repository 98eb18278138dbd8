/* base: the names of the result codes, for logs. */
#include <linli/error.h>

const char *linli_code_name(int code)
{
    switch ((enum linli_code)code) {
    case LINLI_OK: return "LINLI_OK";
    case LINLI_E_NOMEM: return "LINLI_E_NOMEM";
    case LINLI_E_ARG: return "LINLI_E_ARG";
    case LINLI_E_NOT_FOUND: return "LINLI_E_NOT_FOUND";
    case LINLI_E_EXISTS: return "LINLI_E_EXISTS";
    case LINLI_E_SCHEMA: return "LINLI_E_SCHEMA";
    case LINLI_E_REFUSED: return "LINLI_E_REFUSED";
    case LINLI_E_EXPIRED: return "LINLI_E_EXPIRED";
    case LINLI_E_USED: return "LINLI_E_USED";
    case LINLI_E_SIGNATURE: return "LINLI_E_SIGNATURE";
    case LINLI_E_FORMAT: return "LINLI_E_FORMAT";
    case LINLI_E_LIMIT: return "LINLI_E_LIMIT";
    case LINLI_E_NETWORK: return "LINLI_E_NETWORK";
    case LINLI_E_VERSION: return "LINLI_E_VERSION";
    case LINLI_E_BUSY: return "LINLI_E_BUSY";
    case LINLI_E_KEY: return "LINLI_E_KEY";
    case LINLI_E_DISK: return "LINLI_E_DISK";
    case LINLI_E_FULL: return "LINLI_E_FULL";
    case LINLI_E_CORRUPT: return "LINLI_E_CORRUPT";
    case LINLI_E_CLOCK: return "LINLI_E_CLOCK";
    case LINLI_E_CONNECT: return "LINLI_E_CONNECT";
    case LINLI_E_TIMEOUT: return "LINLI_E_TIMEOUT";
    case LINLI_E_CLOSED: return "LINLI_E_CLOSED";
    case LINLI_E_PROTOCOL: return "LINLI_E_PROTOCOL";
    case LINLI_E_DIVERGED: return "LINLI_E_DIVERGED";
    case LINLI_E_STALE: return "LINLI_E_STALE";
    case LINLI_E_WAIT: return "LINLI_E_WAIT";
    case LINLI_E_FORK: return "LINLI_E_FORK";
    case LINLI_E_CANCELLED: return "LINLI_E_CANCELLED";
    case LINLI_E_INTERNAL: return "LINLI_E_INTERNAL";
    case LINLI_E_SELF: return "LINLI_E_SELF";
    case LINLI_E_SEALED: return "LINLI_E_SEALED";
    case LINLI_E_QUOTA: return "LINLI_E_QUOTA";
    }
    return "LINLI_E_?";
}
