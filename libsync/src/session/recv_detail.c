/*
 * session: the peer's detail of a scope, or a page of it. Each detail is answered by exactly one in a round, which is how both
 * sides know when nothing more is owed, whatever is stored meanwhile.
 */
#include "session/internal.h"

/* A new one: is it the answer to ours, or to be answered? */
static int begin(struct session *s, const linli_id *scope, enum detail_use *use)
{
    const struct todo_entry *entry = todo_find(&s->todo, scope);
    bool said = entry != NULL && (entry->flags & TODO_SAID) != 0;
    bool lacked = entry != NULL && (entry->flags & TODO_LACKED) != 0;

    buf_free(&s->heard.lacking);
    s->heard = (struct heard){.scope = *scope, .ignored = said && lacked};
    todo_drop(&s->todo, scope);
    *use = said ? DETAIL_COMPARE : DETAIL_ANSWER;
    if (!said && todo_find(&s->answered, scope) != NULL)
        return LINLI_E_PROTOCOL; /* it was told in this round */
    return said ? LINLI_OK : todo_add(&s->answered, scope, TODO_HEAR);
}

int recv_detail(struct session *s, enum frame_stream stream, span body)
{
    enum detail_use use = DETAIL_COMPARE;
    struct detail detail;
    linli_id scope;
    bool subtree = false;
    int rv = stream == STREAM_CONTROL ? detail_decode(body, &detail) : LINLI_E_PROTOCOL;

    if (rv != LINLI_OK)
        return rv;
    if (!round_covers(s, &detail.path, &subtree) || s->settle_said)
        return LINLI_E_PROTOCOL;
    path_scope(&s->config.network, &detail.path, &scope);
    if (s->heard.open && !id_equal(&scope, &s->heard.scope))
        return LINLI_E_PROTOCOL;
    if (!s->heard.open)
        rv = begin(s, &scope, &use);
    s->heard.open = detail.more;
    if (rv == LINLI_OK && ++s->heard.pages > PAGES_MAX)
        rv = LINLI_E_LIMIT;
    if (rv != LINLI_OK || s->heard.ignored)
        return rv;
    buf_clear(&s->held);
    rv = buf_append(&s->held, body.at, body.size);
    return rv == LINLI_OK ? details_read(s, use, &scope, subtree) : rv;
}
