/*
 * session: the sync protocol as a state machine (proto/session.md). It never reads a store or a socket: what it needs read it
 * asks for by an action, and gets by an event; what it has to send is an action. The same machine runs under libuv, in the
 * simulator and in the fuzzers. Each READ_* and each INGEST is answered by exactly one event; those of one kind in order.
 */
#ifndef LINLI_SESSION_SESSION_H
#define LINLI_SESSION_SESSION_H

#include "auth/auth.h"
#include "base/arena.h"
#include "changeset/changeset.h"
#include "codec/frame.h"

enum session_event_kind {
    EVENT_START,        /* the channel is open: shared set and digests follow in the event */
    EVENT_MESSAGE,      /* one whole message from the peer */
    EVENT_DETAIL,       /* answer to READ_DETAIL: our own detail body (the map), none when the scope is not held */
    EVENT_RUN,          /* answer to READ_RUN: run bytes, or none */
    EVENT_PART,         /* answer to READ_PART: part bytes, or none */
    EVENT_CERTIFICATES, /* answer to READ_CERTIFICATES: a whole grants body (the map), or none */
    EVENT_INGESTED,     /* answer to INGEST */
    EVENT_DIGEST,       /* answer to READ_DIGESTS: one hash per shared scope, in order */
    EVENT_HEARD,        /* answer to READ_HEARD: an array of certificates, or none */
    EVENT_SIGNED,       /* answer to SIGN: a receipt, or none: not now */
    EVENT_CHANGED,      /* a log of a scope advanced here (own commit or another session's) */
    EVENT_TIMER,
    EVENT_SENT,         /* everything queued so far has left for the socket: more may be read */
    EVENT_STOP          /* the application ends the session: say bye */
};
enum session_action_kind {
    ACTION_SEND,        /* message on a stream */
    ACTION_READ_DETAIL, ACTION_READ_RUN, ACTION_READ_PART, ACTION_READ_CERTIFICATES, ACTION_READ_DIGESTS,
    ACTION_READ_HEARD,  /* receipts that the peer may not have heard of */
    ACTION_SIGN,        /* the peer asks for a receipt of what both have settled on, and shows the newest of ours it knows */
    ACTION_RECEIPT,     /* what it gave us when we asked; `shown` is what we showed */
    ACTION_HEARD,       /* receipts that it has heard of (an array of bins) */
    ACTION_INGEST,      /* a run */
    ACTION_GRANTS,      /* certificates to add (an array of bins), before anything that follows */
    ACTION_LEARN,       /* a scope that is not held has this path: for when runs of it come; holds nothing by itself */
    ACTION_FILL,        /* a part that we wanted */
    ACTION_SETTLED,     /* both agree; the session goes on if live */
    ACTION_CLOSE        /* send what is queued, then close; `code` says why */
};

struct session_shared { /* one element of the shared set, as replica_shared gives it */
    struct scope_path path;
    linli_id id;
    bool subtree;
    linli_hash digest;
    uint64_t statements, weight; /* beside the digest (auth/receipt.h) */
};

enum { SESSION_WANTS_MAX = 512, SESSION_NEWS_MAX = 256 };
struct session_news { /* what a log got since the last meeting with this peer */
    linli_id scope;
    linli_author author;
    uint64_t from, to;
};
struct session_want { /* a part that we want, in a scope of the shared set */
    linli_id scope;
    linli_author author;
    uint64_t seq;
    uint32_t part;
};

enum session_outcome { OUTCOME_STORED, OUTCOME_WAITING, OUTCOME_GAP, OUTCOME_FORKED, OUTCOME_HELD_BACK };

struct session_event {
    enum session_event_kind kind;
    uint64_t now_ms;
    enum frame_stream stream;   /* MESSAGE */
    span bytes;                 /* MESSAGE, DETAIL, RUN, PART, CERTIFICATES, SIGNED, HEARD (an array of bins) */
    span listing;               /* HEARD: another, of receipts that list; may be empty */
    uint64_t received;          /* MESSAGE, TIMER: bytes that came from the peer in all, whole messages or not */
    linli_id scope;             /* answers name what they answer; CHANGED */
    linli_author author;
    /* RUN: from and last of the run; CHANGED: seq = new head, from = first that is new (0: unknown); INGESTED: seq and
       last = first and last of the run as the action said them, from = ask from there, bytes.size = size of the run */
    uint64_t seq, from, last;
    uint32_t part;
    int code;                   /* INGESTED: LINLI_OK or the peer's or the world's fault; other answers: the world's */
    enum session_outcome outcome; /* INGESTED: enum ingest_outcome, as session_outcome */
    uint64_t advanced;          /* INGESTED */
    const struct session_shared *shared; /* START, DIGEST */
    size_t shared_count;
    const struct session_want *wants;    /* START, DIGEST: at most SESSION_WANTS_MAX; when there are more, others each time */
    size_t want_count;
    uint64_t arrival;           /* START, DIGEST: the last arrival number that the digests cover */
    const struct session_news *news;     /* START, when config.met_epoch says of whom: at most SESSION_NEWS_MAX */
    size_t news_count;
};
struct session_action {
    enum session_action_kind kind;
    enum frame_stream stream;
    span bytes;                 /* in the action list's arena */
    linli_id scope;
    linli_author author;
    uint64_t seq, from;         /* READ_RUN: from; READ_PART, FILL: seq; INGEST: seq = first, from = last of the run */
    uint32_t part;
    bool subtree;
    struct scope_path path;
    const linli_hash *ids;      /* READ_CERTIFICATES; none: the grants that we know the two devices to use, with their chains */
    size_t id_count;
    const struct receipt_element *elements; /* SIGN, RECEIPT: what both have settled on */
    size_t element_count;
    span shown;                 /* SIGN, RECEIPT: may be empty */
    bool lists;                 /* SIGN: the peer reads receipts that list */
    span listing;               /* HEARD: receipts that list, with entries (an array of bins); may be empty */
    linli_hash settled;         /* RECEIPT: the digest over them all */
    linli_id epoch;             /* SETTLED: of the peer's store; zero: it keeps no count of meetings */
    uint64_t arrival;           /* SETTLED: of all that came here up to this number and is shared, the peer has its own */
    int code;
};
struct session_actions { /* filled by a step; cleared by the caller with actions_clear */
    struct session_action *at;
    size_t count, room;
    struct arena arena;
};
void actions_clear(struct session_actions *actions);
void actions_free(struct session_actions *actions);

enum { HEARD_BYTES = 8 };
struct session_receipts { /* all zero: nobody signs, and nothing was heard */
    bool signs;                 /* we do, in this run: */
    uint64_t run;
    uint8_t heard[HEARD_BYTES];
    bool peer_may_sign;         /* it is a node, as far as we know */
    span known;                 /* the newest receipt of the peer's that we know; copied */
    uint64_t known_run;
    linli_hash settled;         /* what the last one was about that it gave to us */
};
struct session_config {
    bool initiator, live;       /* live: stay after settling */
    linli_hash network;         /* scope ids follow from it and a path */
    uint64_t clock_ms;
    linli_id store_epoch;
    linli_id noted_epoch;       /* of the peer's store when we last settled with it; zero: we have not */
    linli_id met_epoch;         /* the same, unless too much is new since to say it in news: then zero */
    uint32_t credit_bytes;      /* 0 = 256 KiB */
    unsigned idle_ms;           /* 0 = 30 s, 120 s when live */
    struct session_receipts receipts;
};
struct session_stats {
    uint64_t in_changesets, out_changesets; /* taken in; sent */
    unsigned round_trips, rounds;
    int64_t clock_difference_ms;
    bool settled;
};

struct session;
int session_new(const struct session_config *config, struct session **out);
void session_free(struct session *s);
/*
 * One step. Appends what is wished to `out`. Returns LINLI_OK also when the session ends (an ACTION_CLOSE is then among the
 * actions); LINLI_E_NOMEM: the caller drops the connection. Nothing the peer sends makes it anything else.
 */
int session_step(struct session *s, const struct session_event *event, struct session_actions *out);
const struct session_stats *session_stats(const struct session *s);
bool session_ended(const struct session *s);
/* A READ_* action has no answer yet: answer it before the next EVENT_MESSAGE. Other events may come at any time. */
bool session_busy(const struct session *s);
bool session_is_live(const struct session *s); /* settled, and both sides stay */
uint64_t session_deadline_ms(const struct session *s); /* when EVENT_TIMER is wanted */

#endif
