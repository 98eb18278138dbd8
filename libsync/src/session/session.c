/*
 * session: the machine: its events, its dispatch table (phase by message kind; an empty cell is a protocol error), its
 * deadlines and its end.
 */
#include <string.h>

#include "session/internal.h"

typedef int (*recv_fn)(struct session *s, enum frame_stream stream, span body);

/* A new summary may only come when the round before it is over on both sides; see round.c for why that is so. */
static const recv_fn DISPATCH[PHASE_COUNT][MESSAGE_KINDS] = {
    [PHASE_OPENING] = {[MESSAGE_HELLO] = recv_hello, [MESSAGE_BYE] = recv_bye},
    [PHASE_MEETING] = {[MESSAGE_HELLO] = recv_ping,
                       [MESSAGE_SUMMARY] = recv_summary,
                       [MESSAGE_RUN] = recv_run,
                       [MESSAGE_ASK] = recv_ask,
                       [MESSAGE_PART] = recv_part,
                       [MESSAGE_CREDIT] = recv_credit,
                       [MESSAGE_SENT] = recv_sent,
                       [MESSAGE_BYE] = recv_bye,
                       [MESSAGE_RECEIPT] = recv_receipt,
                       [MESSAGE_HEARD] = recv_heard},
    [PHASE_WALKING] = {[MESSAGE_HELLO] = recv_ping,
                       [MESSAGE_DETAIL] = recv_detail,
                       [MESSAGE_GRANTS] = recv_grants,
                       [MESSAGE_RUN] = recv_run,
                       [MESSAGE_ASK] = recv_ask,
                       [MESSAGE_PART] = recv_part,
                       [MESSAGE_CREDIT] = recv_credit,
                       [MESSAGE_SENT] = recv_sent,
                       [MESSAGE_SETTLE] = recv_settle,
                       [MESSAGE_BYE] = recv_bye,
                       [MESSAGE_RECEIPT] = recv_receipt,
                       [MESSAGE_HEARD] = recv_heard},
    [PHASE_LIVE] = {[MESSAGE_HELLO] = recv_ping,
                    [MESSAGE_SUMMARY] = recv_summary,
                    [MESSAGE_RUN] = recv_run,
                    [MESSAGE_ASK] = recv_ask,
                    [MESSAGE_PART] = recv_part,
                    [MESSAGE_CREDIT] = recv_credit,
                    [MESSAGE_SENT] = recv_sent,
                    [MESSAGE_BYE] = recv_bye,
                    [MESSAGE_RECEIPT] = recv_receipt,
                    [MESSAGE_HEARD] = recv_heard},
};

/* Does this kind answer something, so that its coming ends a round trip? Runs, credit and what was heard flow by themselves. */
static bool answers(uint64_t kind)
{
    return kind != MESSAGE_RUN && kind != MESSAGE_PART && kind != MESSAGE_CREDIT && kind != MESSAGE_BYE &&
           kind != MESSAGE_HEARD;
}

int session_new(const struct session_config *config, struct session **out)
{
    struct session *s = mem_zalloc(1, sizeof(*s));

    *out = s;
    if (s == NULL)
        return LINLI_E_NOMEM;
    s->config = *config;
    if (s->config.credit_bytes == 0)
        s->config.credit_bytes = CREDIT_BYTES;
    s->window = s->config.credit_bytes;
    s->held.cap = LIMIT_MESSAGE_BYTES;
    int rv = confirm_open(s);
    if (rv != LINLI_OK) {
        session_free(s);
        *out = NULL;
    }
    return rv;
}

static void release(struct session *s)
{
    mem_free(s->shared);
    s->shared = NULL;
    s->shared_count = 0;
    details_clear(s);
    jobs_free(&s->jobs);
    jobs_free(&s->pushes);
    mem_free(s->known);
    s->known = NULL;
    mem_free(s->walks);
    s->walks = NULL;
    s->walk_count = s->walk_room = 0;
    buf_free(&s->held);
    news_forget(s);
    confirm_free(s);
}

void session_free(struct session *s)
{
    if (s == NULL)
        return;
    release(s);
    mem_free(s);
}

const struct session_stats *session_stats(const struct session *s)
{
    return &s->stats;
}

bool session_ended(const struct session *s)
{
    return s->phase == PHASE_ENDED;
}

bool session_busy(const struct session *s)
{
    return s->reads > 0 && s->phase != PHASE_ENDED;
}

bool session_is_live(const struct session *s)
{
    return s->phase == PHASE_LIVE && s->config.live && s->peer_live;
}

static uint64_t idle_end_ms(const struct session *s)
{
    unsigned idle_ms = session_is_live(s) ? IDLE_LIVE_MS : IDLE_MS;
    return s->progress_ms + (s->config.idle_ms != 0 ? s->config.idle_ms : idle_ms);
}

uint64_t session_deadline_ms(const struct session *s)
{
    uint64_t at = idle_end_ms(s);
    if (session_is_live(s) && s->ping_ms + PING_MS < at)
        at = s->ping_ms + PING_MS;
    if (session_is_live(s) && s->round_at_ms != 0 && s->round_at_ms < at)
        at = s->round_at_ms;
    return s->phase == PHASE_ENDED ? UINT64_MAX : at;
}

int session_close(struct session *s, int code)
{
    struct session_action *action = action_add(s, ACTION_CLOSE);

    s->phase = PHASE_ENDED;
    release(s);
    if (action == NULL)
        return LINLI_E_NOMEM;
    action->code = code;
    return LINLI_OK;
}

int session_say_bye(struct session *s, enum bye_reason reason, int code)
{
    struct buf message = {0};

    (void)bye_encode(&message, reason);
    int rv = action_send(s, STREAM_CONTROL, &message);
    int closed = session_close(s, code);
    return rv != LINLI_OK ? rv : closed;
}

/* End a session over a fault: the peer hears of what kind it was. */
static int end_for(struct session *s, int code)
{
    enum bye_reason reason = BYE_STOPPING;

    if (code == LINLI_E_PROTOCOL || code == LINLI_E_FORMAT || code == LINLI_E_SIGNATURE || code == LINLI_E_VERSION)
        reason = BYE_PROTOCOL;
    else if (code == LINLI_E_LIMIT)
        reason = BYE_LIMIT;
    else if (code == LINLI_E_DIVERGED)
        reason = BYE_DIVERGED;
    else if (code == LINLI_E_TIMEOUT)
        reason = BYE_TIMEOUT;
    else if (code == LINLI_E_REFUSED)
        reason = BYE_REFUSED;
    return session_say_bye(s, reason, code == LINLI_E_FORMAT ? LINLI_E_PROTOCOL : code);
}

static int say_hello(struct session *s)
{
    struct buf message = {0};
    struct hello hello = {.version_low = SESSION_VERSION,
                          .version_high = SESSION_VERSION,
                          .clock_ms = s->config.clock_ms,
                          .store_epoch = s->config.store_epoch,
                          .credit_bytes = s->config.credit_bytes,
                          .live = s->config.live};

    confirm_say(s, &hello);
    news_say(s, &hello);
    (void)hello_encode(&message, &hello);
    return action_send(s, STREAM_CONTROL, &message);
}

static int start(struct session *s, const struct session_event *event)
{
    if (s->phase != PHASE_NEW)
        return LINLI_E_INTERNAL;
    s->progress_ms = s->ping_ms = event->now_ms;
    int rv = news_open(s, event);
    if (rv == LINLI_OK)
        rv = say_hello(s);
    if (rv == LINLI_OK)
        rv = round_announce(s, event);
    if (rv == LINLI_OK)
        s->phase = PHASE_OPENING;
    return rv;
}

static int take_message(struct session *s, const struct session_event *event)
{
    uint64_t kind;
    span body;

    if (s->reads > 0 || s->phase == PHASE_NEW)
        return LINLI_E_INTERNAL;
    int rv = message_open(event->bytes, &kind, &body);
    if (rv != LINLI_OK)
        return rv;
    if (kind == 0 || kind >= MESSAGE_KINDS)
        return LINLI_OK; /* a newer peer's: skipped, and no progress */
    recv_fn handle = DISPATCH[s->phase][kind];
    if (handle == NULL)
        return LINLI_E_PROTOCOL;
    /* A ping is a sign of life where nothing else is expected, and no progress where it is. */
    if (kind != MESSAGE_HELLO || s->phase == PHASE_OPENING || session_is_live(s)) {
        s->progress_ms = s->now_ms;
        s->received = event->received;
    }
    if (s->flight_out && answers(kind)) {
        s->stats.round_trips++;
        s->flight_out = false;
    }
    return handle(s, event->stream, body);
}

/* A message may take longer to come than a session may idle. */
static bool slow_not_idle(struct session *s, uint64_t received)
{
    if (received < s->received || (received - s->received) / SLOW_BYTES < (s->now_ms - s->progress_ms) / SLOW_MS + 1)
        return false;
    s->progress_ms = s->now_ms;
    s->received = received;
    return true;
}

static int take_timer(struct session *s, const struct session_event *event)
{
    if (s->now_ms >= idle_end_ms(s) && !slow_not_idle(s, event->received))
        return LINLI_E_TIMEOUT;
    if (!session_is_live(s))
        return LINLI_OK;
    if (s->now_ms >= s->ping_ms + PING_MS) {
        s->ping_ms = s->now_ms;
        int rv = live_ping(s);
        if (rv != LINLI_OK)
            return rv;
    }
    return s->round_at_ms != 0 && s->now_ms >= s->round_at_ms && s->reads == 0 ? round_begin(s) : LINLI_OK;
}

static int take_event(struct session *s, const struct session_event *event)
{
    switch (event->kind) {
    case EVENT_START: return start(s, event);
    case EVENT_MESSAGE: return take_message(s, event);
    case EVENT_DETAIL: return details_answer(s, event);
    case EVENT_RUN: return sendq_run(s, event);
    case EVENT_PART: return sendq_part(s, event);
    case EVENT_CERTIFICATES: return sendq_certificates(s, event);
    case EVENT_INGESTED: return ingest_answer(s, event);
    case EVENT_DIGEST: return round_digests(s, event);
    case EVENT_HEARD: return confirm_heard(s, event);
    case EVENT_SIGNED: return confirm_signed(s, event);
    case EVENT_CHANGED: return live_changed(s, event);
    case EVENT_TIMER: return take_timer(s, event);
    case EVENT_SENT:
        s->queued_bytes = 0;
        s->flight_out = s->flight_out || s->flight_begun;
        s->flight_begun = false;
        return LINLI_OK;
    case EVENT_STOP:
        return session_say_bye(s, BYE_STOPPING, s->phase == PHASE_LIVE ? LINLI_OK : LINLI_E_CANCELLED);
    }
    return LINLI_E_INTERNAL;
}

int session_step(struct session *s, const struct session_event *event, struct session_actions *out)
{
    if (s->phase == PHASE_ENDED)
        return LINLI_OK;
    s->out = out;
    if (event->now_ms > s->now_ms)
        s->now_ms = event->now_ms; /* a clock set back must not stop the deadlines */
    int rv = take_event(s, event);
    if (rv == LINLI_OK && s->phase != PHASE_ENDED)
        rv = sendq_pump(s);
    if (rv != LINLI_OK && rv != LINLI_E_NOMEM && s->phase != PHASE_ENDED)
        rv = end_for(s, rv);
    if (rv == LINLI_E_NOMEM && s->phase != PHASE_ENDED) {
        s->phase = PHASE_ENDED;
        release(s);
    }
    s->out = NULL;
    return rv;
}
