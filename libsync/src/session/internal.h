/* session: what the files of this folder share: the session itself, and the handlers that its dispatch table names. */
#ifndef LINLI_SESSION_INTERNAL_H
#define LINLI_SESSION_INTERNAL_H

#include <linli/error.h>

#include "base/check.h"
#include "base/mem.h"
#include "session/message.h"
#include "session/session.h"
#include "session/sides.h"
#include "session/todo.h"

enum session_phase {
    PHASE_NEW,     /* EVENT_START has not come */
    PHASE_OPENING, /* our hello and summary are out, the peer's hello is awaited */
    PHASE_MEETING, /* the peer's summary of this round is awaited */
    PHASE_WALKING, /* both summaries are known: details, runs, sent, settle */
    PHASE_LIVE,    /* settled; changes are pushed, or the initiator's bye is awaited */
    PHASE_ENDED,
    PHASE_COUNT
};
enum {
    CREDIT_BYTES = 256 * 1024,
    QUEUE_BYTES = 16 * 1024,   /* that may wait to leave before more is read */
    SAID_MAX = 32,             /* details sent on our own account and not answered */
    JOBS_MAX = 1024, JOBS_LOW = 256,
    PUSHES_MAX = 64, KNOWN_MAX = 16,
    WALKS_MAX = 32, ASKED_MAX = 2 * WALKS_MAX, /* logs that are asked for at one time, by us and by the peer */
    SHARED_MAX = 1024,
    PAGES_MAX = 1024,          /* of one detail */
    ROUNDS_MAX = 8, IDLE_ROUNDS_MAX = 2,
    IDLE_MS = 30 * 1000, IDLE_LIVE_MS = 120 * 1000, PING_MS = 30 * 1000, ROUND_AGAIN_MS = 1000, CONFIRM_MS = 30 * 1000,
    SLOW_BYTES = 4096, SLOW_MS = 10 * 1000, /* a link that brings as much in that time is slow, and not idle */
    CERTIFICATES_MAX = 28      /* in one grants message, which holds as many of the largest */
};

/* One thing owed to the peer: what a log holds from `from` to `to`, or a part. */
enum job_kind { JOB_LOG, JOB_PART };
struct job {
    enum job_kind kind;
    bool answer; /* to an ask: a sent follows */
    uint32_t part;
    linli_id scope;
    linli_author author;
    uint64_t from, to;
};
struct jobs { /* first in, first out */
    struct job *at;
    size_t head, count, room;
};
struct job *jobs_first(struct jobs *jobs);
int jobs_push(struct jobs *jobs, const struct job *job);
void jobs_pop(struct jobs *jobs);
void jobs_free(struct jobs *jobs);

/* How far the peer is known to have a log. */
struct mark {
    linli_id scope;
    linli_author author;
    uint64_t seq;
};
/* How far back a log was asked for. */
struct walk {
    linli_id scope;
    linli_author author;
    uint64_t begun, from, step; /* step 0: over */
};

/* How an element of our shared set stands in the peer's summary. */
enum match { MATCH_NONE, MATCH_FULL, MATCH_ALONE /* one of us holds it with, the other without what is below */ };
struct shared {
    struct session_shared own;
    enum match match;
};

enum reading { READING_NONE, READING_RUN, READING_PUSH, READING_PART };
enum detail_use {
    DETAIL_UNUSED,
    DETAIL_SAY,     /* on our own account */
    DETAIL_PAGE,    /* the next page of one that is under way */
    DETAIL_OWED,    /* for an answer that had to wait */
    DETAIL_ANSWER,  /* beside the peer's, which is to be answered */
    DETAIL_COMPARE  /* beside the peer's */
};

/* An answer that waits until less waits to leave. */
struct owed {
    struct scope_path path;
    bool subtree;
};
/* Our detail that is going out page by page: read anew for each, from the marks on. */
struct saying {
    bool open;
    struct owed of;
    struct marks marks;
};
/* The peer's detail that comes page by page. */
struct heard {
    bool open, ignored; /* ignored: all of the scope went out with our own detail */
    linli_id scope;
    unsigned pages;
    struct marks marks;
    struct buf lacking; /* ids of grants of ours that its pages so far passed over */
};
/* Receipts: asked for with our settle, or by the peer with its own (confirm.c). */
struct confirming {
    bool peer_signs;
    bool doubted;            /* the peer was opened again since it signed what is known of it: was it put back? */
    bool asks, peer_asks;    /* with the two settles of this round */
    bool peer_lists;         /* when the peer asks: it reads receipts that list */
    bool awaited, owed;      /* both have settled: the answer to us; ours */
    bool leaving;            /* bye, when there is neither any more */
    bool heard_came;
    struct buf known, shown; /* the newest of the peer's that we know; of ours that it knows */
    linli_hash settled, asked_for;
    struct receipt_element *elements; /* what both have settled on, while one is awaited or owed */
    size_t count;
};
enum digest_use { DIGEST_UNUSED, DIGEST_SETTLE, DIGEST_ROUND };

struct session {
    struct session_config config;
    struct session_stats stats;
    enum session_phase phase;
    struct session_actions *out; /* of the step under way */
    uint64_t now_ms, progress_ms, ping_ms, round_at_ms;
    uint64_t received; /* bytes from the peer at the last progress */
    bool peer_live;
    bool met;                /* both remember the same last meeting, as far as is known; since then: */
    struct session_news *news; /* until both summaries are known */
    size_t news_count;
    linli_id peer_epoch;     /* of its store; zero: it keeps no count of meetings */
    uint64_t arrival;        /* that our digests cover */
    bool flight_begun, flight_out; /* for counting round trips: said something; it has left */

    /* this round */
    struct shared *shared; /* as announced */
    size_t shared_count;
    unsigned round, idle_rounds, attempts; /* attempts: rounds since the last that settled */
    bool equal, lists_differ; /* by the two summaries */
    bool by_news;             /* nothing is called for but what is new since the last meeting (news.c) */
    bool differed;            /* the lists of the round before */
    size_t wants_own, wants_peer; /* named by the two summaries */
    size_t parts_in, parts_out;   /* that came and went for them */
    bool sent, settle_said, settle_heard;
    linli_hash settle_own, settle_peer;
    struct confirming confirm;
    bool moved, stale; /* something came or went; our digests are not those announced */
    bool held_back;    /* something came that is not taken for now: the digests differ for that */
    bool waits, waited; /* something came that waits, for what is held back it may be; so in the round before */
    struct todo todo;
    struct todo answered;  /* scopes that the peer asked for; nothing is asked for twice */
    struct heard heard;
    struct saying saying;
    struct owed *owed;     /* SAID_MAX, a ring; NULL: none yet */
    size_t owed_first, owed_count;

    /* owed to the peer */
    struct jobs jobs, pushes;
    size_t asked;        /* of the jobs */
    int64_t credit;      /* that the peer gave */
    size_t queued_bytes; /* sent since all had left */
    struct mark *known;  /* KNOWN_MAX, a ring */
    size_t known_next;
    bool pushes_lost;    /* more changed than `pushes` holds: another round tells */

    /* owed by the peer */
    int64_t window;  /* credit given and not used */
    uint64_t return_bytes; /* stored, and not given back */
    size_t ingests;  /* without an answer */
    uint64_t sents_wanted, sents_heard;
    struct walk *walks;
    size_t walk_count, walk_room;

    /* reads without an answer */
    size_t reads;
    enum reading reading;
    enum detail_use detail_use;
    linli_id detail_scope;
    bool detail_subtree, detail_lacked;
    enum digest_use digest_use;
    struct buf held; /* the peer's detail, or summary, that waits for our own */
};

/* --- actions.c --- */
struct session_action *action_add(struct session *s, enum session_action_kind kind); /* NULL: out of memory */
int action_bytes(struct session *s, struct session_action *action, span bytes);      /* copies */
int action_send(struct session *s, enum frame_stream stream, struct buf *message);   /* frees `message`, also on failure */

/* --- session.c --- */
int session_say_bye(struct session *s, enum bye_reason reason, int code); /* and end; always LINLI_OK or NOMEM */
int session_close(struct session *s, int code);                          /* without a word */

/* --- round.c --- */
int round_begin(struct session *s);       /* asks for digests; the summary goes out with their answer */
int round_announce(struct session *s, const struct session_event *event);
int round_match(struct session *s, span summary); /* both summaries are known */
int round_advance(struct session *s);     /* sent, settle, or the end of the round, when it is time */
int round_digests(struct session *s, const struct session_event *event);
/* Does the set that both share contain this path, and with what is below it? */
bool round_covers(const struct session *s, const struct scope_path *path, bool *subtree);
const struct shared *round_shared(const struct session *s, const linli_id *id);

/* --- news.c: what is new since the last meeting --- */
int news_open(struct session *s, const struct session_event *event); /* EVENT_START */
void news_forget(struct session *s);
void news_say(const struct session *s, struct hello *hello);
void news_hello(struct session *s, const struct hello *hello);
int news_match(struct session *s);             /* both summaries are known: does the round go by news? Then they are queued */

/* --- confirm.c: receipts --- */
int confirm_open(struct session *s);                       /* takes what the config says of them */
void confirm_free(struct session *s);
void confirm_say(const struct session *s, struct hello *hello);
int confirm_hello(struct session *s, const struct hello *hello);
bool confirm_asks(const struct session *s, span *known);   /* with our settle, of this digest (settle_own)? */
int confirm_settled(struct session *s, bool over);         /* both have; `over`: and then we go */
void confirm_soon(struct session *s);                      /* live: something changed here */
int confirm_signed(struct session *s, const struct session_event *event);
int confirm_heard(struct session *s, const struct session_event *event);

/* --- compare.c --- */
int compare_details(struct session *s, span own, span peer);
int compare_send_all(struct session *s, span own);
/* The peer's children are to be heard of: the scope was not held here. */
int compare_expect_all(struct session *s, const linli_id *scope, span peer);

/* --- details.c --- */
int details_pump(struct session *s, bool *busy); /* the next thing that is to be said of a scope; *busy: something was */
int details_read(struct session *s, enum detail_use use, const linli_id *scope, bool subtree);
int details_answer(struct session *s, const struct session_event *event); /* EVENT_DETAIL */
bool details_idle(const struct session *s); /* none is owed, and none of ours is unanswered */
void details_clear(struct session *s);      /* a round is over */

/* --- sendq.c --- */
int sendq_pump(struct session *s);
int sendq_log(struct session *s, const struct job *job);
int sendq_run(struct session *s, const struct session_event *event);
int sendq_part(struct session *s, const struct session_event *event);
int sendq_certificates(struct session *s, const struct session_event *event);
int sendq_sent(struct session *s); /* one `sent` */

/* --- live.c --- */
int live_changed(struct session *s, const struct session_event *event);
int live_begin(struct session *s);
void live_known(struct session *s, const linli_id *scope, const linli_author *author, uint64_t seq);
void live_round_soon(struct session *s);
int live_ping(struct session *s);

/* --- recv_run.c, recv_ask.c: what came of a run; asking --- */
int ingest_answer(struct session *s, const struct session_event *event);
int ask_from(struct session *s, const linli_id *scope, const linli_author *author, uint64_t from);
int ask_further(struct session *s, const struct session_event *event);
void ask_done(struct session *s, const linli_id *scope, const linli_author *author);

/* --- one file for each kind of message --- */
int recv_hello(struct session *s, enum frame_stream stream, span body);
int recv_ping(struct session *s, enum frame_stream stream, span body);
int recv_summary(struct session *s, enum frame_stream stream, span body);
int recv_detail(struct session *s, enum frame_stream stream, span body);
int recv_grants(struct session *s, enum frame_stream stream, span body);
int recv_run(struct session *s, enum frame_stream stream, span body);
int recv_ask(struct session *s, enum frame_stream stream, span body);
int recv_part(struct session *s, enum frame_stream stream, span body);
int recv_credit(struct session *s, enum frame_stream stream, span body);
int recv_sent(struct session *s, enum frame_stream stream, span body);
int recv_settle(struct session *s, enum frame_stream stream, span body);
int recv_bye(struct session *s, enum frame_stream stream, span body);
int recv_receipt(struct session *s, enum frame_stream stream, span body);
int recv_heard(struct session *s, enum frame_stream stream, span body);

#endif
