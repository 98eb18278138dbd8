/* session: the peer's digest over what both share; round.c compares when ours is there too. */
#include "session/internal.h"

int recv_settle(struct session *s, enum frame_stream stream, span body)
{
    struct settle settle;
    int rv = stream == STREAM_CONTROL ? settle_decode(body, &settle) : LINLI_E_PROTOCOL;

    if (rv != LINLI_OK)
        return rv;
    if (s->settle_heard || settle.round != s->round)
        return LINLI_E_PROTOCOL;
    s->settle_heard = true;
    s->settle_peer = settle.digest;
    s->confirm.peer_asks = settle.asks;
    s->confirm.peer_lists = settle.lists;
    buf_clear(&s->confirm.shown);
    return buf_append(&s->confirm.shown, settle.known.at, settle.known.size);
}
