/* session: the peer takes more. */
#include "session/internal.h"

int recv_credit(struct session *s, enum frame_stream stream, span body)
{
    uint64_t bytes;
    int rv = stream == STREAM_CONTROL ? credit_decode(body, &bytes) : LINLI_E_PROTOCOL;

    if (rv != LINLI_OK)
        return rv;
    if (s->credit > INT64_MAX / 2)
        return LINLI_E_PROTOCOL;
    s->credit += (int64_t)bytes;
    return LINLI_OK;
}
