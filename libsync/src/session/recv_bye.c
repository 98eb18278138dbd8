/* session: the peer ends the session, and says why. */
#include "session/internal.h"

static int code_of(uint64_t reason, bool settled)
{
    switch (reason) {
    case BYE_DONE:
    case BYE_STOPPING: return settled ? LINLI_OK : LINLI_E_CLOSED;
    case BYE_REFUSED: return LINLI_E_REFUSED;
    case BYE_PROTOCOL: return LINLI_E_PROTOCOL;
    case BYE_DIVERGED: return LINLI_E_DIVERGED;
    case BYE_LIMIT: return LINLI_E_LIMIT;
    case BYE_TIMEOUT: return LINLI_E_TIMEOUT;
    case BYE_QUOTA: return LINLI_E_QUOTA;
    default: return LINLI_E_CLOSED;
    }
}

int recv_bye(struct session *s, enum frame_stream stream, span body)
{
    uint64_t reason;
    int rv = stream == STREAM_CONTROL ? bye_decode(body, &reason) : LINLI_E_PROTOCOL;

    return rv == LINLI_OK ? session_close(s, code_of(reason, s->phase == PHASE_LIVE)) : rv;
}
