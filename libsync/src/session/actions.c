/* session: the list of what a step wishes. */
#include <string.h>

#include "session/internal.h"

void actions_clear(struct session_actions *actions)
{
    actions->count = 0;
    arena_reset(&actions->arena);
}

void actions_free(struct session_actions *actions)
{
    mem_free(actions->at);
    arena_free(&actions->arena);
    *actions = (struct session_actions){0};
}

struct session_action *action_add(struct session *s, enum session_action_kind kind)
{
    struct session_actions *out = s->out;

    if (mem_grow(&out->at, &out->room, out->count + 1, sizeof(*out->at)) != LINLI_OK)
        return NULL;
    struct session_action *action = &out->at[out->count++];
    *action = (struct session_action){.kind = kind};
    return action;
}

int action_bytes(struct session *s, struct session_action *action, span bytes)
{
    action->bytes = arena_copy(&s->out->arena, bytes);
    return action->bytes.at == NULL && bytes.size > 0 ? LINLI_E_NOMEM : LINLI_OK;
}

int action_send(struct session *s, enum frame_stream stream, struct buf *message)
{
    int rv = message->failed;
    struct session_action *action = rv == LINLI_OK ? action_add(s, ACTION_SEND) : NULL;

    if (action != NULL) {
        action->stream = stream;
        rv = action_bytes(s, action, buf_span(message));
        s->queued_bytes += message->size;
    } else if (rv == LINLI_OK) {
        rv = LINLI_E_NOMEM;
    }
    buf_free(message);
    return rv;
}
