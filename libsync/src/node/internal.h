/* node: what the files of this folder share: the loop and its peers. Everything here runs on the loop's thread but posts.c. */
#ifndef LINLI_NODE_INTERNAL_H
#define LINLI_NODE_INTERNAL_H

#include <linli/error.h>
#include <stdatomic.h>
#include <uv.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/secret.h"
#include "node/guesses.h"
#include "node/node.h"
#include "noise/channel.h"
#include "session/message.h"
#include "session/session.h"

enum {
    SESSIONS_MAX = 256,            /* unless the options say otherwise */
    CAME_MAX = 16,                 /* taken in by one turn: what makes room for them is only freed at its end */
    WAITING_MAX = 256, GUESTS_MAX = 256, /* not let in yet: their handshake unanswered, and answered (lobby.c) */
    HANDSHAKE_MS = 10 * 1000,
    UNSENT_MAX = 32 * 1024,        /* more than this waits to leave: read no more from that peer */
    UNDRAINED_MS = 30 * 1000,      /* nothing of it left for so long: cut */
    STALE_MS = 60 * 60 * 1000,
    LEAVE_MS = 2 * 1000,           /* for a goodbye to arrive */
    ENROL_MS = 30 * 1000,
    WRITE_BYTES = 16 * 1024, READ_BYTES = 16 * 1024, /* at one time */
    RUN_BYTES = 64 * 1024,         /* of one run that is sent; a changeset may be more by itself */
    BATCH_BYTES = 4 * 1024 * 1024, /* of runs, stored before more is read */
    DETAIL_BYTES_MAX = 32 * 1024 * 1024, /* our own of one scope; it goes out in pages */
    LEARNS_MAX = 512,              /* more than have runs on the way: a peer tells less of those (JOBS_LOW) at a time */
    HELD_MAX = 8, HELD_BYTES = 64 * 1024,
    POSTS_MAX = 4096, ECHO_ROOM = 1024,
    TICK_MS = 1000, TICK_ALONE_MS = 50,
    HOST_BYTES = 256
};

enum { /* of one peer in one turn of the loop (share.c) */
    SHARE_NS = 150 * 1000, SHARE_NS_ALONE = 10 * 1000 * 1000,
    SHARE_RUNS = 4, SHARE_RUNS_ALONE = 64, /* runs cost their time later, when the turn's batch is stored */
    SHARE_RUN_BYTES = 64 * 1024,
    SENT_BYTE_NS = 5 /* about what the system takes to send a byte, mostly where the loop does not see it */
};

struct peer;
struct node;
struct lobby;
struct pace { /* of one peer, or of several that are taken as one (pace.c) */
    uint64_t debt_ns, since_ns;
};
enum { DEBTORS_MAX = 32 };
struct debtor { /* a device that went with a debt */
    uint8_t device[KEY_BYTES];
    struct pace pace;
};
struct hearing {
    const struct pace *who;      /* may be gone: never looked into */
    uint64_t at_ns;
};
struct share { /* of one turn */
    uint64_t turn, end_ns;
    size_t runs_end, run_bytes_end;
};

/* --- wire.c: what waits to leave for one peer, by stream --- */
struct parcel { /* one message */
    struct parcel *next;
    size_t size, sent;
    uint8_t bytes[];
};
struct wire {
    struct parcel *first[STREAM_COUNT], *last[STREAM_COUNT];
    size_t unsent_bytes;   /* of parcels and bytes written and not gone */
    struct buf raw;        /* bytes of the handshake */
    bool writing, reading, shut;
    uint64_t drained_ms;   /* when bytes last left, or first began to wait */
};

enum peer_stage { PEER_CONNECTING, PEER_SHAKING, PEER_TALKING, PEER_LEAVING, PEER_CLOSING };
enum peer_talk { TALK_SYNC, TALK_ENROL_ASK, TALK_ENROL_ANSWER };

/* Who wants to know what became of a peer. `told` may be NULL. */
struct peer_owner {
    void (*ended)(void *ctx, struct peer *p, int code); /* before it is freed; it may not be used any more */
    void (*settled)(void *ctx, struct peer *p);
    int (*told)(void *ctx, struct peer *p, span message); /* TALK_ENROL_ASK: the answer */
    int (*opened)(void *ctx, struct peer *p);             /* TALK_ENROL_ASK: the channel is open */
    void *ctx;
};

struct peer_secrets {
    struct channel channel;
    uint8_t invitation[32];      /* TALK_ENROL_ANSWER: its secret */
};

/* One that is not known yet costs at most 2 KiB with its channel: what few peers need is behind a pointer. */
struct peer {
    struct node *node;
    struct peer *next, *previous;
    uv_tcp_t tcp;
    enum peer_stage stage;
    enum peer_talk talk;
    bool live, admitted;
    bool asked_who, told_who;    /* the peer's grants were asked for; ours were told */
    bool due;                    /* for another share, in the next turn */
    bool written;                /* while it rested */
    struct peer *due_next;
    size_t place;                /* in the lobby; 0: none */
    struct peer_secrets *secrets; /* of its node's pool */
    struct channel *channel;      /* in them */
    struct session *session;
    struct peer_access access;
    struct wire wire;
    struct share share;
    struct pace pace;
    uint8_t device[KEY_BYTES];   /* who it is, as soon as that is certain */
    struct rest *rest;           /* came, and is not worked off; NULL: nothing (share.c) */
    struct learnt *learns;       /* scopes heard of and not held: runs of them may come (perform.c) */
    size_t learn_count, learn_room, learn_next;
    uint64_t since_ms, began_ns; /* of this stage; of the connection */
    int code;
    struct peer_owner owner;
    struct session_stats stats;  /* the last known, also after the session is gone */
    uint64_t set_aside;
    struct waiting *waiting;     /* TALK_ENROL_ANSWER: told to wait (enrol_answer.c) */
    struct held *held;           /* what the peer's session says before its grants are known: first to last */
    size_t held_count, held_bytes;
};

struct learnt {
    linli_id id;
    struct scope_path path;
};

struct held {
    struct held *next;
    enum frame_stream stream;
    size_t size;
    uint8_t bytes[];
};

/* A run that came in this turn of the loop. */
struct arrival {
    struct peer *peer;           /* NULL: gone meanwhile */
    linli_id scope;
    linli_author author;
    uint64_t first, last;
    uint8_t *bytes;
    size_t size;
};
struct batch {
    struct arrival *at;
    size_t count, room, bytes;
};

/* A log that advanced, to be told to the sessions that share it. */
struct post {
    linli_id scope;
    linli_author author;
    uint64_t seq;
};
struct posts {
    uv_mutex_t lock;
    struct post *at;
    size_t count, room;
    bool lost;                   /* more than POSTS_MAX */
    bool authority;              /* somebody's rights were spoken of */
    struct post *echo;           /* what this loop stored itself, and has told already; by hash */
};

struct outgoing;

enum { METS_MAX = 64 };
struct mets { /* meetings that settled, and are not noted yet */
    struct peer_met at[METS_MAX];
    size_t count;
};

struct node {
    struct node_host host;
    uv_loop_t loop;
    uv_async_t wake;
    uv_check_t check;
    uv_timer_t tick, rest;
    uv_poll_t watch;             /* what the application serves beside us */
    uv_tcp_t listener;
    bool has_loop, has_lock, listening, stopping, closing;
    bool done;                   /* a loop of one session: it is over */
    uint64_t stop_ms;
    uint64_t stale_ms, rest_ms; /* since when the store is to be written anew; not tried again before; 0: it is not */
    unsigned sessions_max;
    struct peer *peers;
    size_t peer_count;
    uint64_t turn, came_turn;
    unsigned came;               /* in came_turn */
    bool knocking;               /* more have come */
    struct lobby *lobby;         /* NULL: does not listen */
    struct peer *due_first, *due_last;
    size_t due_count;
    struct pace strangers;       /* what their answers cost */
    struct debtor debtors[DEBTORS_MAX];
    struct hearing heard[2];     /* who did not cost much: the last, and the last but that one */
    atomic_size_t admitted;      /* sessions; read from other threads */
    atomic_bool stop_asked;      /* apart from the plain flags: compilers read several of those as one word */
    struct peer_access own;
    struct rng rng;
    struct batch batch;
    struct mets mets;
    struct posts posts;
    struct session_actions actions;
    bool stepping;
    uint8_t *read_bytes;
    struct outgoing *outgoing;
    size_t outgoing_count;
    void (*on_session)(void *ctx, const struct linli_session_report *report, int code);
    void (*on_enrol)(void *ctx, const struct linli_enrol_request *request, int code);
    void *on_session_ctx;        /* of both */
    bool confirm_joins;
    struct guesses guesses;
    struct secret_pool secrets;  /* of peers */
    void (*on_tick)(void *ctx);
    void (*on_watch)(void *ctx);
    void *on_tick_ctx;           /* of both */
    unsigned idle_ms;            /* for sessions; 0 = the usual */
    char address[HOST_BYTES + 8];
    char error[160];
};

int node_fail(struct node *n, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* --- loop.c --- */
int loop_watch(struct node *n, int fd); /* on_watch when it can be read. LINLI_OK or LINLI_E_ARG */
int loop_open(struct node *n, const struct node_host *host, unsigned tick_ms);
void loop_run(struct node *n);       /* until loop_close and the last handle */
void loop_close(struct node *n);     /* cuts what is left; loop_run then returns */
void loop_free(struct node *n);
void loop_begin_stop(struct node *n);
void loop_tend(struct node *n);      /* keys of sealed values, for those who were granted them meanwhile */
static inline void host_enter(const struct node *n)
{
    if (n->host.enter != NULL)
        n->host.enter(n->host.ctx);
}
static inline void host_leave(const struct node *n)
{
    if (n->host.leave != NULL)
        n->host.leave(n->host.ctx);
}

/* --- listen.c --- */
int listen_open(struct node *n, const char *where);
void listen_turn(struct node *n);    /* take in more */

/* --- lobby.c: who has come and is not let in yet --- */
int lobby_open(struct node *n);
void lobby_free(struct node *n);
void lobby_enter(struct peer *p, const struct sockaddr *from); /* its channel holds its answer back; another may make room */
void lobby_heard(struct peer *p);  /* bytes came; it may not be left alive */
void lobby_leave(struct peer *p, bool let_in);
void lobby_turn(struct node *n);   /* answer some */

/* --- peer.c --- */
int peer_new(struct node *n, const struct peer_owner *owner, struct peer **out);
int peer_shake(struct peer *p, bool initiator, enum channel_intent intent, const uint8_t *psk, const uint8_t *network,
               const uint8_t *sign_secret, const struct channel_identity *self); /* connected: begin the handshake */
int peer_shake_sync(struct peer *p, bool initiator); /* the same, as this replica */
void peer_answer(struct peer *p);    /* message 1 was good, and it is this one's turn */
size_t peer_bytes(struct peer *p, span bytes); /* as many as its share of this turn allows: says how many */
void peer_drained(struct peer *p);   /* all that was queued has left */
void peer_step(struct peer *p, struct session_event *event);
void peer_begin(struct peer *p);     /* the session, if its grants are known */
void peer_tick(struct peer *p, uint64_t now_ms);

/* --- peer_end.c --- */
void peer_shut(struct peer *p);      /* leaving, and all has gone out */
void peer_lost(struct peer *p);      /* end of file, or an error of the connection */
void peer_refuse(struct peer *p, enum bye_reason reason, int code); /* a word before the end, where no session says it */
void peer_leave(struct peer *p, int code); /* let what is queued leave, then close */
void peer_cut(struct peer *p, int code);   /* close at once */
void peer_report(const struct peer *p, struct linli_session_report *out);

/* --- who.c: grants of a peer that are not held here are asked for before the session begins --- */
int who_ask(struct peer *p);
/* A message before the session, or a question about us at any time. `*taken`: it was not for the session. */
int who_hear(struct peer *p, enum frame_stream stream, span message, bool *taken);
void who_release(struct peer *p); /* the session has begun: what was held is heard */
void who_free(struct peer *p);

/* --- share.c: no peer keeps the loop from the others --- */
struct rest {
    size_t size, used; /* `used` of the bytes are worked off */
    uint8_t bytes[];
};
void share_begin(struct peer *p); /* or go on with it: several reads in one turn have one share */
bool share_over(const struct peer *p);
void share_bytes(struct peer *p, span bytes); /* from the socket: now, or in turns that follow */
bool share_pending(const struct peer *p);     /* something waits: do not read more */
void share_wake(struct peer *p);              /* what it waited for may be over */
void share_written(struct peer *p);           /* what was written has left */
void share_forget(struct peer *p);
void share_turn(struct node *n);

/* --- pace.c: who costs much rests --- */
void pace_add(struct pace *p, uint64_t cost_ns);
void pace_heard(struct node *n, struct pace *p, uint64_t began_ns); /* worked for since then; others may have to rest for it */
bool pace_alone(const struct node *n, const struct pace *p); /* nobody else was heard lately */
bool pace_rests(const struct node *n, const struct pace *p);
/* Who goes with a debt finds it again; of many such devices those that owe most are remembered. */
void pace_parted(struct node *n, const uint8_t device[KEY_BYTES], const struct pace *p);
void pace_returned(struct node *n, const uint8_t device[KEY_BYTES], struct pace *p);
void pace_wake(struct node *n); /* one rests that has work: look again soon */

/* --- wire.c --- */
int wire_start(struct peer *p);      /* begin to read */
int wire_send(struct peer *p, enum frame_stream stream, span message);
int wire_flush(struct peer *p);
void wire_set_reading(struct peer *p); /* or not: as much waits on either side */
void wire_free(struct peer *p);

/* --- perform.c --- */
int perform(struct peer *p, const struct session_action *a);
int access_renew(struct peer *p); /* grants come and go: who may read what, looked at again. LINLI_E_REFUSED: nothing any more */
/* What START says of these scopes; yours: mem_free. Inside host_enter. */
int perform_start(struct peer *p, const struct shared_scope *scopes, size_t count, struct session_event *event,
                  struct session_shared **out);
const struct scope_path *perform_learnt(const struct peer *p, const linli_id *scope); /* NULL: never heard of */

/* --- receipts.c --- */
/* What the session's config says of receipts; lent by `meeting`, which is the caller's to free. Inside host_enter. */
int receipts_begin(struct peer *p, const struct shared_scope *scopes, size_t count, struct receipts_meeting *meeting,
                   struct session_receipts *out);
int receipts_read(struct peer *p, struct buf *plain, struct buf *listing);           /* READ_HEARD */
int receipts_sign(struct peer *p, const struct session_action *a, struct buf *out);  /* SIGN; LINLI_E_NOT_FOUND: not now */
int receipts_take(struct peer *p, const struct session_action *a);                   /* RECEIPT */
int receipts_hear(struct peer *p, const struct session_action *a);                   /* HEARD */

/* --- met.c: what is new since the last meeting --- */
/* Into START and the config; *news is yours: mem_free. Inside host_enter. */
int met_begin(struct peer *p, const struct shared_scope *scopes, size_t count, struct session_event *event,
              struct session_config *config, struct session_news **news);
void met_settled(struct peer *p, const struct session_action *a);
void met_flush(struct node *n); /* note what settled */

/* --- batch.c --- */
int batch_add(struct node *n, struct peer *p, const struct session_action *action);
void batch_flush(struct node *n);
void batch_forget(struct node *n, const struct peer *p);
void batch_free(struct node *n);

/* --- posts.c --- */
int posts_open(struct node *n);
void posts_free(struct node *n);
void posts_told(struct node *n, const struct post *post); /* the loop tells this one itself */
void posts_tell(struct node *n);                          /* what other threads posted */
void posts_tell_one(struct node *n, const struct post *post, uint64_t from, const struct peer *origin);

/* --- dial.c --- */
struct dial {
    struct node *node;
    uv_getaddrinfo_t lookup;
    uv_connect_t connect;
    struct addrinfo *found, *next;
    struct peer *peer;           /* under way */
    struct peer_owner owner;     /* of the peer to be */
    bool looking;
    void (*connected)(void *ctx, struct peer *p); /* p: yours now, not yet shaking */
    void (*failed)(void *ctx, int code);
    void *ctx;
};
/* Begin. Exactly one of `connected` and `failed` is called later, unless the loop is closing. `d` stays until then. */
int dial_start(struct dial *d, const char *host, unsigned port);
void dial_cancel(struct dial *d);

/* --- outgoing.c --- */
int outgoing_open(struct node *n, const char *const *peers, size_t count);
void outgoing_start(struct node *n);
void outgoing_stop(struct node *n);
void outgoing_free(struct node *n);

/* --- address.c --- */
/* "host:port" or "[host]:port". False when it is neither. */
bool address_parse(const char *text, char host[HOST_BYTES], unsigned *port);

/* --- enrol_answer.c --- */
bool enrol_secret(struct peer *p, const uint8_t hint[HINT_BYTES]); /* of the invitation, to p->secret; in host_enter */
void enrol_wrong(struct peer *p);
int enrol_answer(struct peer *p, span message);
void enrol_tick(struct peer *p);     /* one that waits: has anything been decided? */
void enrol_forget(struct peer *p);

#endif
