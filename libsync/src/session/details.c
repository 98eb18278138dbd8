/*
 * session: details, ours going out and the peer's being met (proto/session.md 4). What is long goes in pages, and nothing is
 * said while much waits to leave: two sides that only write would wait for each other. So an answer may have to wait too; at
 * most SAID_MAX do, as no peer says more without hearing ours.
 */
#include "session/internal.h"

int details_read(struct session *s, enum detail_use use, const linli_id *scope, bool subtree)
{
    struct session_action *action = action_add(s, ACTION_READ_DETAIL);
    if (action == NULL)
        return LINLI_E_NOMEM;
    action->scope = *scope;
    action->subtree = subtree;
    s->reads++;
    s->detail_use = use;
    s->detail_scope = *scope;
    s->detail_subtree = subtree;
    return LINLI_OK;
}

static int read_owed(struct session *s, enum detail_use use, const struct owed *of)
{
    linli_id scope;

    path_scope(&s->config.network, &of->path, &scope);
    return details_read(s, use, &scope, of->subtree);
}

int details_pump(struct session *s, bool *busy)
{
    linli_id scope;
    unsigned flags;

    *busy = true;
    if (s->phase == PHASE_WALKING && s->saying.open)
        return read_owed(s, DETAIL_PAGE, &s->saying.of);
    if (s->phase == PHASE_WALKING && s->owed_count > 0)
        return read_owed(s, DETAIL_OWED, &s->owed[s->owed_first]);
    if (s->phase == PHASE_WALKING && s->todo.said < SAID_MAX && s->jobs.count < JOBS_LOW &&
        todo_next(&s->todo, &scope, &flags)) {
        s->detail_lacked = (flags & TODO_LACKED) != 0;
        return details_read(s, DETAIL_SAY, &scope, (flags & TODO_SUBTREE) != 0);
    }
    *busy = false;
    return LINLI_OK;
}

/* The next page, which may be the first and the last. `own` may be none: then an empty one, which is the last. */
static int say(struct session *s, span own, const struct owed *of)
{
    struct buf message = {0};
    bool more = false;
    int rv = LINLI_OK;

    if (!s->saying.open)
        s->saying = (struct saying){.of = *of};
    if (own.size == 0)
        rv = detail_encode_empty(&message, &s->saying.of.path, s->saying.of.subtree);
    else if (!s->saying.open && own.size <= PAGE_BYTES)
        rv = message_wrap(&message, MESSAGE_DETAIL, own);
    else
        rv = sides_page(own, &s->saying.marks, &message, &more);
    s->saying.open = more;
    s->flight_begun = true;
    int sent = action_send(s, STREAM_CONTROL, &message);
    return rv != LINLI_OK ? rv : sent;
}

static int first_page(struct session *s, span own)
{
    const struct shared *shared = round_shared(s, &s->detail_scope);
    struct owed of = {.subtree = s->detail_subtree};
    struct detail detail;
    int rv = LINLI_OK;

    if (own.size == 0 && shared == NULL) { /* gone since its parent was read */
        todo_drop(&s->todo, &s->detail_scope);
        return LINLI_OK;
    }
    if (own.size == 0) {
        of.path = shared->own.path;
    } else {
        rv = detail_decode(own, &detail);
        of.path = detail.path;
    }
    if (rv == LINLI_OK)
        rv = say(s, own, &of);
    if (rv == LINLI_OK)
        todo_said(&s->todo, &s->detail_scope);
    return rv == LINLI_OK && s->detail_lacked && own.size > 0 ? compare_send_all(s, own) : rv;
}

static int owe(struct session *s, const struct owed *of)
{
    if (s->owed == NULL)
        s->owed = mem_zalloc(SAID_MAX, sizeof(*s->owed));
    if (s->owed == NULL)
        return LINLI_E_NOMEM;
    if (s->owed_count == SAID_MAX)
        return LINLI_E_LIMIT;
    s->owed[(s->owed_first + s->owed_count++) % SAID_MAX] = *of;
    return LINLI_OK;
}

static int pay(struct session *s, span own)
{
    struct owed of = s->owed[s->owed_first];

    s->owed_first = (s->owed_first + 1) % SAID_MAX;
    s->owed_count--;
    return say(s, own, &of);
}

static int learn(struct session *s, const struct scope_path *path)
{
    struct session_action *action = action_add(s, ACTION_LEARN);
    if (action == NULL)
        return LINLI_E_NOMEM;
    action->scope = s->detail_scope;
    action->path = *path;
    return LINLI_OK; /* a name is no movement: only what is stored is */
}

static int met(struct session *s, span own, enum detail_use use)
{
    static const linli_hash none;
    struct detail theirs;
    span peer = buf_span(&s->held);
    int rv = detail_decode(peer, &theirs);
    struct owed of = {.path = theirs.path, .subtree = s->detail_subtree};
    bool now = s->queued_bytes < QUEUE_BYTES && !s->saying.open && s->owed_count == 0;

    if (rv == LINLI_OK && own.size == 0 && !hash_equal(&theirs.digest, &none))
        rv = learn(s, &theirs.path);
    if (rv == LINLI_OK && use == DETAIL_ANSWER)
        rv = now ? say(s, own, &of) : owe(s, &of);
    /* Once our `sent` is out the peer may settle, and takes no new detail: what this one would call for waits a round. */
    if (rv == LINLI_OK && own.size > 0 && !s->sent)
        rv = compare_details(s, own, peer);
    else if (rv == LINLI_OK)
        rv = compare_expect_all(s, &s->detail_scope, peer);
    buf_free(&s->held);
    s->held.cap = LIMIT_MESSAGE_BYTES;
    return rv;
}

int details_answer(struct session *s, const struct session_event *event)
{
    enum detail_use use = s->detail_use;

    if (use == DETAIL_UNUSED || s->reads == 0 || !id_equal(&event->scope, &s->detail_scope))
        return LINLI_E_INTERNAL;
    s->detail_use = DETAIL_UNUSED;
    s->reads--;
    if (event->code != LINLI_OK)
        return event->code;
    switch (use) {
    case DETAIL_SAY: return first_page(s, event->bytes);
    case DETAIL_PAGE: return say(s, event->bytes, &s->saying.of);
    case DETAIL_OWED: return pay(s, event->bytes);
    case DETAIL_ANSWER:
    case DETAIL_COMPARE: return met(s, event->bytes, use);
    case DETAIL_UNUSED: break;
    }
    return LINLI_E_INTERNAL;
}

/*
 * What the peer alone holds is not waited for: it tells of it before its own `sent`, unless it got it only after it had
 * compared (a later page, or an answer that had to wait, names it then), and so does not in this round.
 */
bool details_idle(const struct session *s)
{
    return s->todo.count == s->todo.hear && !s->heard.open && !s->saying.open && s->owed_count == 0;
}

void details_clear(struct session *s)
{
    todo_clear(&s->todo);
    todo_clear(&s->answered);
    buf_free(&s->heard.lacking);
    s->heard = (struct heard){0};
    s->saying = (struct saying){0};
    mem_free(s->owed);
    s->owed = NULL;
    s->owed_first = s->owed_count = 0;
}
