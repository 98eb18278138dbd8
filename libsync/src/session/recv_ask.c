/*
 * session: asking for a log from further back, and being asked (proto/session.md 4). An ask is answered by the runs from
 * there on, if there are any, and by one `sent`.
 */
#include "base/check.h"
#include "session/internal.h"

int recv_ask(struct session *s, enum frame_stream stream, span body)
{
    struct ask ask;
    int rv = stream == STREAM_CONTROL ? ask_decode(body, &ask) : LINLI_E_PROTOCOL;

    if (rv != LINLI_OK)
        return rv;
    if (s->jobs.count >= JOBS_MAX || s->asked >= ASKED_MAX)
        return sendq_sent(s); /* nothing for it now: another round finds it */
    struct job job = {.kind = JOB_LOG, .answer = true, .scope = ask.scope, .author = ask.author, .from = ask.from,
                      .to = UINT64_MAX};
    s->asked++;
    return jobs_push(&s->jobs, &job);
}

static struct walk *walk_find(const struct session *s, const linli_id *scope, const linli_author *author)
{
    for (size_t i = 0; i < s->walk_count; i++)
        if (id_equal(&s->walks[i].scope, scope) && author_equal(&s->walks[i].author, author))
            return &s->walks[i];
    return NULL;
}

/* A walk that is over is remembered, so that what can never attach (beyond a fork) is not asked for again and again. */
void ask_done(struct session *s, const linli_id *scope, const linli_author *author)
{
    struct walk *walk = walk_find(s, scope, author);
    if (walk != NULL)
        walk->step = 0;
}

static struct walk *walk_new(struct session *s, int *error)
{
    *error = LINLI_OK;
    if (s->walk_count < WALKS_MAX) {
        *error = mem_grow(&s->walks, &s->walk_room, s->walk_count + 1, sizeof(*s->walks));
        return *error == LINLI_OK ? &s->walks[s->walk_count++] : NULL;
    }
    ALWAYS(s->walks != NULL);
    for (size_t i = 0; i < s->walk_count; i++)
        if (s->walks[i].step == 0)
            return &s->walks[i];
    return NULL; /* the digests will differ, and another round asks */
}

static int say_ask(struct session *s, const struct walk *walk)
{
    struct buf message = {0};
    struct ask ask = {.scope = walk->scope, .author = walk->author, .from = walk->from};

    (void)ask_encode(&message, &ask);
    s->sents_wanted++;
    s->flight_begun = true;
    return action_send(s, STREAM_CONTROL, &message);
}

int ask_from(struct session *s, const linli_id *scope, const linli_author *author, uint64_t from)
{
    struct walk *walk = walk_find(s, scope, author);
    int rv = LINLI_OK;

    if (walk != NULL && (walk->step > 0 || from <= walk->begun))
        return LINLI_OK;
    if (walk == NULL)
        walk = walk_new(s, &rv);
    if (walk == NULL)
        return rv;
    *walk = (struct walk){.scope = *scope, .author = *author, .begun = from, .from = from > 0 ? from : 1, .step = 1};
    return say_ask(s, walk);
}

/* A run did not attach. If it was the answer to our ask, ask from 1, 2, 4, ... before; those behind it are not asked for. */
int ask_further(struct session *s, const struct session_event *event)
{
    struct walk *walk = walk_find(s, &event->scope, &event->author);

    if (walk == NULL || walk->step == 0)
        return ask_from(s, &event->scope, &event->author, event->from);
    if (event->seq > walk->from)
        return LINLI_OK;
    if (walk->from == 1) {
        walk->step = 0; /* not even the first attaches: nothing more can be asked */
        return LINLI_OK;
    }
    uint64_t back = walk->from > walk->step ? walk->from - walk->step : 1;
    walk->from = event->from > 0 && event->from < back ? event->from : back;
    walk->step *= 2;
    return say_ask(s, walk);
}
