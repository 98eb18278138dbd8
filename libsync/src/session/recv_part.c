/* session: a part that we wanted. Whether it is the one named shows by its hash, when it is filled in. */
#include "session/internal.h"

int recv_part(struct session *s, enum frame_stream stream, span body)
{
    struct part_message part;
    int rv = stream == STREAM_BACKFILL ? part_message_decode(body, &part) : LINLI_E_PROTOCOL;

    if (rv != LINLI_OK)
        return rv;
    struct session_action *action = action_add(s, ACTION_FILL);
    if (action == NULL)
        return LINLI_E_NOMEM;
    action->scope = part.scope;
    action->author = part.author;
    action->seq = part.seq;
    action->part = part.part;
    s->parts_in++;
    s->moved = true; /* what is held of a log's content is in no digest */
    return action_bytes(s, action, part.bytes);
}
