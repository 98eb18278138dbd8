/* session: the peer has sent what was called for: once in each round, and once more for each of our asks. */
#include "session/internal.h"

int recv_sent(struct session *s, enum frame_stream stream, span body)
{
    uint64_t round;
    int rv = stream == STREAM_BACKFILL ? sent_decode(body, &round) : LINLI_E_PROTOCOL;

    if (rv != LINLI_OK)
        return rv;
    if (s->sents_heard == s->sents_wanted)
        return LINLI_E_PROTOCOL;
    s->sents_heard++;
    return LINLI_OK;
}
