/* session: the peer's digest over what both share; round.c compares when ours is there too. */
#include "session/internal.h"

int recv_settle(struct session *s, enum frame_stream stream, span body)
{
    uint64_t round;
    int rv = stream == STREAM_CONTROL ? settle_decode(body, &round, &s->settle_peer) : LINLI_E_PROTOCOL;

    if (rv != LINLI_OK)
        return rv;
    if (s->settle_heard || round != s->round)
        return LINLI_E_PROTOCOL;
    s->settle_heard = true;
    return LINLI_OK;
}
