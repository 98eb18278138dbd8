/*
 * session: the rounds (proto/session.md 4). Both sides announce, walk, say `sent`, then `settle`. A side says settle only
 * when it has heard the other's sent, and both compare the same two digests, so both come to the same end of a round, and
 * a new summary cannot overtake the end of the round before.
 */
#include <string.h>

#include "session/internal.h"

int round_begin(struct session *s)
{
    if (action_add(s, ACTION_READ_DIGESTS) == NULL)
        return LINLI_E_NOMEM;
    s->reads++;
    s->digest_use = DIGEST_ROUND;
    s->round_at_ms = 0;
    return LINLI_OK;
}

static int say_summary(struct session *s, const struct session_event *event)
{
    struct buf message = {0};

    if (event->want_count > 0)
        (void)summary_start_wanting(&message, s->shared_count);
    else
        (void)summary_start(&message, s->shared_count);
    for (size_t i = 0; i < s->shared_count; i++) {
        const struct session_shared *own = &s->shared[i].own;
        struct summary_item item = {.scope = own->id, .subtree = own->subtree, .digest = own->digest};
        (void)summary_add(&message, &item);
    }
    if (event->want_count > 0)
        (void)summary_wants(&message, event->wants, event->want_count);
    s->flight_begun = true;
    return action_send(s, STREAM_CONTROL, &message);
}

int round_announce(struct session *s, const struct session_event *event)
{
    size_t count = event->shared_count;

    if (count > SHARED_MAX || event->want_count > SESSION_WANTS_MAX)
        return LINLI_E_LIMIT;
    struct shared *mine = mem_zalloc(count, sizeof(*mine));
    if (mine == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < count; i++)
        mine[i].own = event->shared[i];
    mem_free(s->shared);
    s->shared = mine;
    s->shared_count = count;
    s->stats.rounds = ++s->round;
    s->sents_wanted++;
    s->differed = s->lists_differ;
    s->waited = s->waits;
    s->confirm.asks = s->confirm.peer_asks = false;
    s->arrival = event->arrival;
    s->equal = s->lists_differ = s->sent = s->settle_said = s->settle_heard = s->moved = s->stale = s->held_back = false;
    s->by_news = s->waits = false;
    s->wants_own = event->want_count;
    s->wants_peer = s->parts_in = s->parts_out = 0;
    details_clear(s);
    s->walk_count = 0;
    s->phase = PHASE_MEETING;
    return say_summary(s, event);
}

static struct shared *shared_find(const struct session *s, const linli_id *id)
{
    for (size_t i = 0; i < s->shared_count; i++)
        if (id_equal(&s->shared[i].own.id, id))
            return &s->shared[i];
    return NULL;
}

const struct shared *round_shared(const struct session *s, const linli_id *id)
{
    return shared_find(s, id);
}

bool round_covers(const struct session *s, const struct scope_path *path, bool *subtree)
{
    bool covered = false;

    *subtree = false;
    for (size_t i = 0; i < s->shared_count; i++) {
        const struct shared *at = &s->shared[i];
        bool below = at->match == MATCH_FULL && at->own.subtree;
        if (at->match == MATCH_NONE || !path_contains(&at->own.path, path))
            continue;
        if (below)
            return *subtree = true;
        covered = covered || at->own.path.depth == path->depth;
    }
    return covered;
}

/* What the peer says of one element: does it match one of ours, and is there something to tell each other? */
static int match_one(struct session *s, const struct summary_item *item)
{
    static const linli_hash none;
    struct shared *mine = shared_find(s, &item->scope);

    if (mine == NULL || mine->match != MATCH_NONE) {
        s->lists_differ = true;
        return LINLI_OK;
    }
    mine->match = item->subtree == mine->own.subtree ? MATCH_FULL : MATCH_ALONE;
    if (mine->match == MATCH_ALONE)
        s->lists_differ = true;
    else if (hash_equal(&mine->own.digest, &item->digest))
        return LINLI_OK;
    s->equal = false;
    unsigned flags = TODO_SAY;
    if (mine->match == MATCH_FULL && mine->own.subtree)
        flags |= TODO_SUBTREE;
    if (hash_equal(&item->digest, &none))
        flags |= TODO_LACKED;
    return todo_add(&s->todo, &item->scope, flags);
}

/* One of us knows of grants that the other does not: what both devices may do, before what is called for. */
static int hand_over(struct session *s)
{
    if (action_add(s, ACTION_READ_CERTIFICATES) == NULL)
        return LINLI_E_NOMEM;
    s->reads++;
    return LINLI_OK;
}

/* What is said last in first out: begin with the deepest, so that scopes go root-most first. */
static void turn_order(struct todo *t)
{
    for (size_t i = 0, k = t->order_count; i + 1 < k; i++) {
        linli_id swap = t->order[i];
        t->order[i] = t->order[--k];
        t->order[k] = swap;
    }
}

/* What the peer wants goes out behind what the round brings up; whether it may have it, the read tells. */
static int take_wants(struct session *s, struct list wants)
{
    struct session_want want;
    int rv = LINLI_OK;

    for (size_t i = 0; i < wants.count && rv == LINLI_OK; i++) {
        summary_want_next(&wants, &want);
        struct job job = {.kind = JOB_PART, .scope = want.scope, .author = want.author, .from = want.seq, .part = want.part};
        rv = sendq_log(s, &job);
    }
    return rv;
}

int round_match(struct session *s, span summary)
{
    struct list list, wants;
    struct summary_item item;
    int rv = summary_decode(summary, &list, &wants);

    if (rv == LINLI_OK && (list.count > SHARED_MAX || wants.count > SESSION_WANTS_MAX))
        rv = LINLI_E_LIMIT;
    if (rv == LINLI_OK)
        rv = take_wants(s, wants);
    s->wants_peer = wants.count;
    s->equal = s->wants_own == 0 && wants.count == 0;
    s->lists_differ = list.count != s->shared_count;
    for (size_t i = 0; i < list.count && rv == LINLI_OK; i++) {
        summary_next(&list, &item);
        rv = match_one(s, &item);
    }
    turn_order(&s->todo);
    if (rv == LINLI_OK)
        rv = news_match(s);
    s->phase = PHASE_WALKING;
    return rv == LINLI_OK && s->lists_differ && !s->differed ? hand_over(s) : rv;
}

/* What has changed since it was announced. */
static void take_now(struct session *s, const struct session_shared *now, size_t count)
{
    size_t next = 0;

    for (size_t i = 0; i < s->shared_count; i++) {
        struct session_shared *own = &s->shared[i].own;
        for (size_t k = 0; k < count; k++, next = (next + 1) % count) {
            if (id_equal(&now[next].id, &own->id) && now[next].subtree == own->subtree) {
                *own = now[next];
                break;
            }
        }
    }
}

/* Digest over what both named, in our order, which is theirs. */
static void settle_digest(const struct session *s, linli_hash *out)
{
    struct hasher hasher;

    hasher_start(&hasher, HASH_BYTES);
    hasher_add(&hasher, "linli/settle/1", sizeof("linli/settle/1"));
    for (size_t i = 0; i < s->shared_count; i++)
        if (s->shared[i].match == MATCH_FULL)
            hasher_add(&hasher, s->shared[i].own.digest.b, HASH_BYTES);
    hasher_end(&hasher, out->b, HASH_BYTES);
}

static int say_settle(struct session *s)
{
    struct buf message = {0};
    struct settle settle = {.round = s->round, .lists = true};

    settle_digest(s, &s->settle_own);
    s->settle_said = true;
    settle.digest = s->confirm.asked_for = s->settle_own;
    settle.asks = s->confirm.asks = confirm_asks(s, &settle.known);
    (void)settle_encode(&message, &settle);
    return action_send(s, STREAM_CONTROL, &message);
}

int round_digests(struct session *s, const struct session_event *event)
{
    enum digest_use use = s->digest_use;
    int rv;

    if (use == DIGEST_UNUSED || s->reads == 0)
        return LINLI_E_INTERNAL;
    s->digest_use = DIGEST_UNUSED;
    s->reads--;
    if (event->code != LINLI_OK)
        return event->code;
    if (use == DIGEST_SETTLE) {
        s->stale = false;
        s->arrival = event->arrival;
        take_now(s, event->shared, event->shared_count);
        return say_settle(s);
    }
    rv = round_announce(s, event);
    if (rv == LINLI_OK && s->held.size > 0) { /* the peer began this round */
        rv = round_match(s, buf_span(&s->held));
        buf_free(&s->held);
        s->held.cap = LIMIT_MESSAGE_BYTES;
    }
    return rv;
}

static int settled(struct session *s)
{
    s->stats.settled = true;
    s->idle_rounds = s->attempts = 0;
    struct session_action *action = action_add(s, ACTION_SETTLED);
    if (action == NULL)
        return LINLI_E_NOMEM;
    action->epoch = s->peer_epoch;
    action->arrival = s->arrival;
    /* Unless both stay, the initiator says bye; the other waits for it as if it stayed. */
    bool over = s->config.initiator && !(s->config.live && s->peer_live);
    int rv = confirm_settled(s, over);
    return rv == LINLI_OK && s->phase != PHASE_ENDED ? live_begin(s) : rv;
}

/*
 * Something is held back, and another round brings more than that: not all found room, or grants were handed over only now, or what came
 * waits, so that what it waits for is taken (proto/changeset.md 8).
 */
static bool more_comes(const struct session *s)
{
    if (s->idle_rounds >= IDLE_ROUNDS_MAX || s->attempts >= ROUNDS_MAX)
        return false;
    return s->todo.overflowed || (s->lists_differ && !s->differed) || (s->waits && !s->waited);
}

/* The digests differ: once more, unless nothing comes of it (then the replicas have diverged, loudly) or it never ends. */
static int differ(struct session *s)
{
    s->stats.settled = false;
    s->idle_rounds = s->moved ? 0 : s->idle_rounds + !s->by_news; /* what was remembered was not so: no round was walked yet */
    s->attempts += s->held_back || !s->todo.overflowed;
    if (s->held_back && !s->by_news && !more_comes(s)) /* all else has come and gone */
        return session_say_bye(s, BYE_QUOTA, LINLI_E_QUOTA);
    if (s->idle_rounds >= IDLE_ROUNDS_MAX)
        return LINLI_E_DIVERGED;
    if (s->attempts < ROUNDS_MAX)
        return round_begin(s);
    /* Both sides are written to without a pause: live, nothing is lost by that. */
    s->attempts = 0;
    return s->config.live && s->peer_live ? live_begin(s) : session_say_bye(s, BYE_LIMIT, LINLI_E_CLOSED);
}

/* More is wanted than a summary names, and it was worth asking. Both sides count the same parts, so both say the same. */
static bool more_wanted(const struct session *s)
{
    return (s->wants_own == SESSION_WANTS_MAX && s->parts_in > 0) || (s->wants_peer == SESSION_WANTS_MAX && s->parts_out > 0);
}

int round_advance(struct session *s)
{
    int rv = LINLI_OK;
    bool all_out = details_idle(s) && s->jobs.count == 0;

    if (s->phase != PHASE_WALKING || s->reads > 0)
        return LINLI_OK;
    if (!s->sent && all_out) {
        s->sent = true;
        if (s->equal)
            s->sents_wanted--; /* both know that nothing was called for, and neither says so */
        else
            rv = sendq_sent(s);
    }
    bool all_in = s->equal || (s->sents_heard == s->sents_wanted && s->ingests == 0);
    if (rv == LINLI_OK && s->sent && !s->settle_said && all_out && all_in) {
        if (s->stale && !s->equal) {
            if (action_add(s, ACTION_READ_DIGESTS) == NULL)
                return LINLI_E_NOMEM;
            s->reads++;
            s->digest_use = DIGEST_SETTLE;
            return LINLI_OK;
        }
        rv = say_settle(s);
    }
    if (rv != LINLI_OK || !s->settle_said || !s->settle_heard)
        return rv;
    if (!hash_equal(&s->settle_own, &s->settle_peer))
        return differ(s);
    /* One side knew of grants that the other has only now: see what those open. And so with wants that were not all named. */
    return (s->lists_differ && !s->differed) || more_wanted(s) ? round_begin(s) : settled(s);
}
