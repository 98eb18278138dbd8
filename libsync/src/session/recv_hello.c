/* session: hello, first of all and later as a ping (proto/session.md 2, 7). */
#include "session/internal.h"

int recv_hello(struct session *s, enum frame_stream stream, span body)
{
    struct hello hello;
    int rv = stream == STREAM_CONTROL ? hello_decode(body, &hello) : LINLI_E_PROTOCOL;

    if (rv != LINLI_OK)
        return rv;
    if (hello.version_low > SESSION_VERSION || hello.version_high < SESSION_VERSION)
        return LINLI_E_VERSION;
    s->peer_live = hello.live;
    s->credit = (int64_t)hello.credit_bytes;
    news_hello(s, &hello);
    s->stats.clock_difference_ms = (int64_t)(hello.clock_ms - s->config.clock_ms);
    s->phase = PHASE_MEETING;
    return confirm_hello(s, &hello);
}

/* That it came is all that a ping says. */
int recv_ping(struct session *s, enum frame_stream stream, span body)
{
    struct hello hello;

    (void)s;
    return stream == STREAM_CONTROL ? hello_decode(body, &hello) : LINLI_E_PROTOCOL;
}
