/*
 * session: what is owed to the peer, and its going out. One read is under way at a time, and none while much waits to
 * leave or the peer's credit is used up, so a session holds little more than one message whatever it has to send.
 */
#include <string.h>

#include "session/internal.h"

struct job *jobs_first(struct jobs *jobs)
{
    return jobs->count == 0 ? NULL : &jobs->at[jobs->head];
}

int jobs_push(struct jobs *jobs, const struct job *job)
{
    if (jobs->head + jobs->count == jobs->room && jobs->head > 0) {
        memmove(jobs->at, jobs->at + jobs->head, jobs->count * sizeof(*jobs->at));
        jobs->head = 0;
    }
    int rv = mem_grow(&jobs->at, &jobs->room, jobs->head + jobs->count + 1, sizeof(*jobs->at));
    if (rv == LINLI_OK)
        jobs->at[jobs->head + jobs->count++] = *job;
    return rv;
}

void jobs_pop(struct jobs *jobs)
{
    jobs->head++;
    if (--jobs->count == 0)
        jobs_free(jobs);
}

void jobs_free(struct jobs *jobs)
{
    mem_free(jobs->at);
    *jobs = (struct jobs){0};
}

/*
 * The logs of one scope take turns, a run each: where they cite each other at every step, all of one before any of the other
 * would have to wait over there, in a queue that is bounded.
 */
static void jobs_turn(struct jobs *jobs)
{
    struct job *first = jobs_first(jobs), done = *first;
    size_t after = 1;

    while (after < jobs->count && first[after].kind == JOB_LOG && id_equal(&first[after].scope, &done.scope))
        after++;
    memmove(first, first + 1, (after - 1) * sizeof(*first));
    first[after - 1] = done;
}

int sendq_log(struct session *s, const struct job *job)
{
    if (s->jobs.count >= JOBS_MAX) {
        s->todo.overflowed = true; /* the digests will differ, and another round goes on */
        return LINLI_OK;
    }
    return jobs_push(&s->jobs, job);
}

int sendq_sent(struct session *s)
{
    struct buf message = {0};

    (void)sent_encode(&message, s->round);
    s->flight_begun = true;
    return action_send(s, STREAM_BACKFILL, &message);
}

int sendq_certificates(struct session *s, const struct session_event *event)
{
    struct buf message = {0};

    if (s->reads == 0)
        return LINLI_E_INTERNAL;
    s->reads--;
    if (event->code != LINLI_OK || event->bytes.size == 0)
        return event->code;
    (void)message_wrap(&message, MESSAGE_GRANTS, event->bytes);
    return action_send(s, STREAM_CONTROL, &message);
}

/* --- runs and parts --- */

static int read_job(struct session *s, const struct job *job, enum reading reading)
{
    struct session_action *action = action_add(s, job->kind == JOB_LOG ? ACTION_READ_RUN : ACTION_READ_PART);
    if (action == NULL)
        return LINLI_E_NOMEM;
    action->scope = job->scope;
    action->author = job->author;
    action->seq = action->from = job->from;
    action->part = job->part;
    s->reads++;
    s->reading = job->kind == JOB_LOG ? reading : READING_PART;
    return LINLI_OK;
}

static int job_done(struct session *s, struct jobs *jobs)
{
    bool answer = jobs_first(jobs)->answer;
    jobs_pop(jobs);
    s->asked -= answer;
    return answer ? sendq_sent(s) : LINLI_OK;
}

static int take_run(struct session *s, const struct session_event *event, struct jobs *jobs, enum frame_stream stream)
{
    struct buf message = {0};
    struct job *job = jobs_first(jobs);

    if (event->bytes.size == 0)
        return job_done(s, jobs);
    if (event->last < job->from)
        return LINLI_E_INTERNAL;
    int rv = run_message_encode(&message, event->bytes);
    int sent = action_send(s, stream, &message);
    if (rv != LINLI_OK || sent != LINLI_OK)
        return rv != LINLI_OK ? rv : sent;
    s->credit -= (int64_t)event->bytes.size;
    s->stats.out_changesets += event->last - job->from + 1;
    s->moved = true;
    live_known(s, &job->scope, &job->author, event->last);
    job->from = event->last + 1;
    if (job->from > job->to)
        return job_done(s, jobs);
    jobs_turn(jobs);
    return LINLI_OK;
}

int sendq_run(struct session *s, const struct session_event *event)
{
    enum reading reading = s->reading;
    struct jobs *jobs = reading == READING_PUSH ? &s->pushes : &s->jobs;

    if ((reading != READING_RUN && reading != READING_PUSH) || s->reads == 0)
        return LINLI_E_INTERNAL;
    s->reading = READING_NONE;
    s->reads--;
    if (event->code != LINLI_OK)
        return event->code;
    return take_run(s, event, jobs, reading == READING_PUSH ? STREAM_LIVE : STREAM_BACKFILL);
}

int sendq_part(struct session *s, const struct session_event *event)
{
    struct buf message = {0};
    const struct job *job = jobs_first(&s->jobs);

    if (s->reading != READING_PART || s->reads == 0)
        return LINLI_E_INTERNAL;
    s->reading = READING_NONE;
    s->reads--;
    if (event->code != LINLI_OK || event->bytes.size == 0) {
        jobs_pop(&s->jobs);
        return event->code;
    }
    struct part_message part = {.scope = job->scope, .author = job->author, .seq = job->from, .part = job->part,
                                .bytes = event->bytes};
    (void)part_message_encode(&message, &part);
    jobs_pop(&s->jobs);
    s->parts_out++;
    s->moved = true;
    return action_send(s, STREAM_BACKFILL, &message);
}

/* --- the pump --- */

int sendq_pump(struct session *s)
{
    bool busy = false;

    if (s->reads > 0 || s->phase <= PHASE_OPENING)
        return LINLI_OK;
    if (s->queued_bytes < QUEUE_BYTES) {
        int rv = details_pump(s, &busy);
        if (rv != LINLI_OK || busy)
            return rv;
    }
    if (s->queued_bytes < QUEUE_BYTES && s->credit > 0) {
        if (s->phase == PHASE_LIVE && s->pushes.count > 0)
            return read_job(s, jobs_first(&s->pushes), READING_PUSH);
        if (s->jobs.count > 0)
            return read_job(s, jobs_first(&s->jobs), READING_RUN);
    }
    return round_advance(s);
}
