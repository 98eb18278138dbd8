/*
 * session: the peer's detail of a scope. Each detail is answered by exactly one in a round, which is how both sides know
 * when nothing more is owed, whatever is stored meanwhile.
 */
#include "session/internal.h"

int recv_detail(struct session *s, enum frame_stream stream, span body)
{
    struct detail detail;
    linli_id scope;
    bool subtree = false;
    int rv = stream == STREAM_CONTROL ? detail_decode(body, &detail) : LINLI_E_PROTOCOL;

    if (rv != LINLI_OK)
        return rv;
    if (!round_covers(s, &detail.path, &subtree) || s->settle_said)
        return LINLI_E_PROTOCOL;
    path_scope(&s->config.network, &detail.path, &scope);
    const struct todo_entry *entry = todo_find(&s->todo, &scope);
    enum detail_use use = entry != NULL && (entry->flags & TODO_SAID) != 0 ? DETAIL_COMPARE : DETAIL_ANSWER;
    bool lacked = entry != NULL && (entry->flags & TODO_LACKED) != 0;
    todo_drop(&s->todo, &scope);
    if (use == DETAIL_COMPARE && lacked)
        return LINLI_OK; /* all of it went out with our own detail */
    buf_clear(&s->held);
    rv = buf_append(&s->held, body.at, body.size);
    return rv == LINLI_OK ? sendq_read_detail(s, use, &scope, subtree, false) : rv;
}
