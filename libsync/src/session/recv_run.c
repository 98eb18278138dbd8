/* session: a run came; it is stored elsewhere, and what became of it comes back as an event. */
#include "session/internal.h"

int recv_run(struct session *s, enum frame_stream stream, span body)
{
    struct run_head run;
    int rv = LINLI_E_PROTOCOL;

    if (stream == STREAM_LIVE || stream == STREAM_BACKFILL)
        rv = run_message_decode(&s->out->arena, body, &run);
    if (rv != LINLI_OK)
        return rv;
    /* A sender with any credit left may send one whole run. */
    if (s->window <= 0)
        return LINLI_E_LIMIT;
    s->window -= (int64_t)run.run.size;
    struct session_action *action = action_add(s, ACTION_INGEST);
    if (action == NULL)
        return LINLI_E_NOMEM;
    action->scope = run.scope;
    action->author = run.author;
    action->seq = run.first;
    action->from = run.first + run.count - 1;
    s->ingests++;
    action->bytes = run.run;
    return run.squeezed ? LINLI_OK : action_bytes(s, action, run.run);
}

/* Credit goes back in quarters, so that it costs few messages and the sender never runs dry. */
static int give_back(struct session *s, size_t size)
{
    struct buf message = {0};

    s->return_bytes += size;
    if (s->return_bytes < s->config.credit_bytes / 4)
        return LINLI_OK;
    (void)credit_encode(&message, s->return_bytes);
    s->window += (int64_t)s->return_bytes;
    s->return_bytes = 0;
    return action_send(s, STREAM_CONTROL, &message);
}

int ingest_answer(struct session *s, const struct session_event *event)
{
    if (s->ingests == 0)
        return LINLI_E_INTERNAL;
    s->ingests--;
    s->progress_ms = s->now_ms;
    if (event->code == LINLI_E_NOT_FOUND || event->code == LINLI_E_REFUSED)
        live_round_soon(s); /* a scope that is not held, or not to be held, here: a round tells */
    else if (event->code != LINLI_OK)
        return event->code;
    int rv = give_back(s, event->bytes.size);
    if (rv != LINLI_OK || event->code != LINLI_OK)
        return rv;
    if (event->advanced > 0)
        s->moved = s->stale = true;
    s->stats.in_changesets += event->advanced;
    switch (event->outcome) {
    case OUTCOME_STORED:
        ask_done(s, &event->scope, &event->author);
        live_known(s, &event->scope, &event->author, event->last);
        return LINLI_OK;
    case OUTCOME_WAITING:
        s->waits = true;
        live_round_soon(s);
        return LINLI_OK;
    case OUTCOME_GAP: return ask_further(s, event);
    case OUTCOME_FORKED:
        s->moved = s->stale = true;
        ask_done(s, &event->scope, &event->author);
        return LINLI_OK;
    case OUTCOME_HELD_BACK:
        s->held_back = true;
        ask_done(s, &event->scope, &event->author);
        live_round_soon(s); /* which says so */
        return LINLI_OK;
    }
    return LINLI_E_INTERNAL;
}
