/* session: the peer's summary: a round begins, or both summaries of one are now known (proto/session.md 4). */
#include "session/internal.h"

int recv_summary(struct session *s, enum frame_stream stream, span body)
{
    if (stream != STREAM_CONTROL)
        return LINLI_E_PROTOCOL;
    if (s->phase == PHASE_MEETING)
        return round_match(s, body);
    buf_clear(&s->held);
    int rv = buf_append(&s->held, body.at, body.size);
    return rv == LINLI_OK ? round_begin(s) : rv; /* round_announce comes back to `held` */
}
