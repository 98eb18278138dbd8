/* session: certificates, to be known before what depends on them. */
#include "session/internal.h"

int recv_grants(struct session *s, enum frame_stream stream, span body)
{
    span certificates;
    int rv = stream == STREAM_CONTROL ? grants_decode(body, &certificates) : LINLI_E_PROTOCOL;

    if (rv != LINLI_OK)
        return rv;
    struct session_action *action = action_add(s, ACTION_GRANTS);
    if (action == NULL)
        return LINLI_E_NOMEM;
    s->moved = s->stale = true;
    return action_bytes(s, action, certificates);
}
