/*
 * sim: the deterministic simulator. One world in one thread from one 64-bit seed: real replicas on real stores, behind the
 * public API; real channels and sessions between them; virtual clocks, seeded randomness, and every fault that the seed
 * drew. Nothing here looks at the time, the disk's or the machine's state, so that a seed is a replay.
 */
#ifndef LINLI_SIM_H
#define LINLI_SIM_H

#include <linli/linli.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/handle.h"
#include "node/internal.h"

enum {
    PLACES_MAX = 16, /* 2..12 replicas, and their clones */
    LINKS_MAX = 48,
    SCOPES_MAX = 16,
    FORMS_MAX = 6,
    SESSION_BYTES_MAX = 128 * 1024 /* of memory that one session may ever hold, actions under way included */
};

#define SEALED_TEXT "sealed canary" /* whatever is typed into a sealed field begins so */

/* --- faults and what they are called in the report --- */
enum fault {
    FAULT_CUT, FAULT_STALL, FAULT_DELAY, FAULT_ONE_WAY, FAULT_TWICE, FAULT_CRASH, FAULT_CLOCK, FAULT_CLONE, FAULT_FORK,
    FAULT_LIE, FAULT_RIGHTS, FAULT_STAMP, FAULT_PARTS, FAULT_JUNK, FAULT_FLIP,
    FAULT_DISK_WRITE, FAULT_DISK_SYNC, FAULT_DISK_FULL, FAULT_POWER_CUT, FAULT_MEMORY, FAULT_UPGRADE,
    FAULT_REVOKE, FAULT_MOVE, FAULT_AGAIN, FAULT_RULE, FAULT_LATE, FAULT_FORGED, FAULT_PUT_BACK, FAULT_TWO_STORIES,
    FAULT_ERASE, FAULT_ERASE_BAD, FAULT_AWAY,
    FAULT_WITHHELD,
    FAULT_COUNT
};
extern const char *const fault_names[FAULT_COUNT];

/* How often each is drawn in this world: per mille of the chances there are. 0: not in this world. */
struct mix {
    unsigned fault[FAULT_COUNT];
    uint64_t delay_ms;     /* mean of a delivery */
    unsigned chunk_bytes;  /* most that one delivery carries */
    unsigned live;         /* per mille of connections that stay */
    unsigned acts, meets;  /* of the chaos */
    unsigned revokes;      /* per mille of an office's chances to turn somebody out; 0: in this world nobody is */
    unsigned erases;       /* per mille of anybody's chances to erase somebody; 0: in this world nobody does */
    bool wild_clocks;
};

/* --- a replica and whoever uses it --- */
struct shown_dot {
    uint32_t group;
    linli_hash key;        /* of the cell's key */
    linli_author author;
    uint64_t seq;
};
struct form { /* a record as somebody saw it, still open */
    bool open;
    linli_id scope, record;
    linli_type type;
    struct buf token;
    struct shown_dot *shown;
    size_t shown_count, shown_room;
};

struct world;
struct place {
    struct world *world;
    unsigned number;
    char dir[160];
    bool up, honest, enrolled;
    bool old;                    /* its program does not know all of the schema */
    unsigned life;               /* rises with each crash: what was begun before is void */
    unsigned clone_of;           /* number, or its own */
    enum linli_role role;
    unsigned scope;              /* of its grant: index in world.scopes */
    unsigned granted;            /* the scopes of further ones, a bit each: it moved, or was admitted again */
    unsigned usable;             /* those whose grants nothing ends, when all has healed; 0 when it does not know it (offices.c) */
    bool revoked;                /* some act names it */
    bool ended;                  /* and nobody has admitted it since */
    bool adopted;                /* of its late work some was taken in */
    bool cut_by_root;            /* world.cuts says how far its logs count */
    linli_store *store;          /* NULL while down */
    struct node *node;           /* its peers; also of one that is not enrolled yet */
    bool turn_due;
    struct rng_seeded seeded;
    int64_t clock_offset_ms, drift_ppm;
    linli_author author;
    linli_stamp last_commit;
    struct form forms[FORMS_MAX];
    bool sick;                   /* a commit's outcome is unknown: nothing is written until it is opened again */
    bool hurt;                   /* something failed under it: its sessions may end with that */
    uint64_t full_until_ms, full_bytes; /* a full disk: how long, and what its file may have */
    bool full_felt;              /* and was counted */
    uint64_t away_ms;            /* from then on it meets nobody before all heal; 0: it is not away */
    char image[160];             /* an older copy of the store's folder, "" when none was taken */
    struct { /* the invitation it enrols with */
        uint8_t sign_public[32], sign_secret[SIGN_SECRET_BYTES], seal_public[32], seal_secret[32];
        uint64_t incarnation;
        struct invitation invitation;
        unsigned by;
        struct buf answer;       /* came, and not yet made use of */
    } enrol;
};

/* --- a connection: two of the node's own peers, and what is between their sockets --- */
struct meter {
    size_t live, most;
};
struct end {
    struct place *place;
    struct peer *peer;           /* NULL once it is closed and freed */
    bool reading, closing, eof_told;
    uv_alloc_cb alloc;
    uv_read_cb read;
    uv_write_t *write;           /* at most one at a time: the node's way */
    uv_write_cb written;
    bool write_due;              /* its completion is scheduled */
    uv_shutdown_t *shutdown;
    uv_shutdown_cb shut;
    bool is_shut;
    uv_close_cb closed;
    struct { /* bytes on their way to the other end */
        struct buf bytes;
        size_t at;
        bool moving;             /* a delivery is scheduled */
        uint64_t delay_ms;       /* added to each, this way */
        uint64_t stalled_ms;     /* nothing arrives before */
    } wire;
    struct meter meter;
};
struct link {
    bool used;
    unsigned serial;
    bool enrolling;
    uint64_t cut_after;          /* bytes to be let through in all; UINT64_MAX: never cut */
    uint64_t passed;
    bool flip;                   /* one bit of what passes next is flipped */
    bool spoilt;                 /* one was, or an attacker is at an end: errors are to be expected */
    struct end end[2];
};

/* --- the world --- */
enum event_kind { AT_ACT, AT_MEET, AT_BYTES, AT_WRITTEN, AT_CLOSED, AT_TICK, AT_TURN, AT_OPEN, AT_FAULT };
struct event {
    uint64_t at_ms, order;
    enum event_kind kind;
    unsigned a, b, serial;
};

struct scope {
    linli_id id;
    unsigned parent, depth;      /* the root is its own parent */
    const struct place *by;      /* who made it */
};

struct root_cut { /* how far the root's act may let a log of this device count */
    unsigned place;
    linli_id scope;
    uint64_t incarnation, seq;
};

struct typed_text { /* something that was typed once, by its number */
    linli_id scope, record;
    unsigned classes;            /* bit 1 << class: of the fields that it was typed into; 0: nowhere */
    unsigned place;              /* of who did */
    bool erased;
};
struct offer { /* a run as it was when it was saved */
    linli_id scope;
    unsigned place;
    struct buf run;
};

struct acked; /* users.c: what was acknowledged */
struct claim; /* account.c: what was said to be stored */

struct world {
    uint64_t seed;
    struct rng_seeded rng;
    uint64_t now_ms, order;
    bool trace, trace_steps;
    bool calm;                   /* no more faults */
    bool over;                   /* a checker found something */
    bool deaf;                   /* a break: what was heard of receipts is forgotten */
    char dir[96], complaint[512];
    struct mix mix;
    struct {
        struct place *place;     /* whose event it is, while something may fail under it */
        enum fault fault;
    } trouble;
    struct place *runs;          /* whose program is at work */
    struct place places[PLACES_MAX];
    unsigned place_count;
    struct scope scopes[SCOPES_MAX];
    unsigned scope_count;
    struct link *links;          /* LINKS_MAX of them */
    unsigned link_serial;
    struct event *events;        /* a heap */
    size_t event_count, event_room;
    struct acked *acked;
    size_t acked_count, acked_room;
    linli_id *records;           /* made by anybody, with their types and scopes */
    linli_type *types;
    size_t record_count, record_room, type_room;
    uint64_t faults[FAULT_COUNT], acts, commits, refused, sessions, settled, enrolled, unheard, delivered_bytes, changesets, asides;
    struct { /* runs that came to a replica's door, and what became of each */
        uint64_t runs, stored, waiting, gap, forked, refused;
    } arrivals;
    struct claim *claims;
    size_t claim_count, claim_room;
    struct root_cut *cuts;
    size_t cut_count, cut_room;
    struct typed_text *typed;
    size_t typed_count, typed_room;
    struct offer offers[24];
    size_t offer_count;
    uint64_t erased;             /* of what was typed */
    uint64_t parts;              /* accounted for in stores */
    uint64_t warnings;           /* of nodes, that were looked at */
    struct hasher state;         /* everything traced */
    size_t session_bytes_most, session_bytes_cap;
    void (*early)(struct world *w), (*late)(struct world *w); /* what breaks.c does to it */
};

/* What is typed into fields of the sensitive class begins so. */
#define CANARY_SENSITIVE "secret "

/* world.c */
struct world *world_new(uint64_t seed);
void world_run(struct world *w); /* w->over and w->complaint say what was wrong */
void world_free(struct world *w); /* accepts NULL */
void world_log(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
void world_fail(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
uint64_t draw(struct world *w, uint64_t limit);
bool chance(struct world *w, unsigned per_mille);
void world_at(struct world *w, uint64_t in_ms, enum event_kind kind, unsigned a, unsigned b, unsigned serial);
void world_quiet(struct world *w, uint64_t most_ms); /* until nothing is on its way */
bool fault_now(struct world *w, enum fault fault);   /* drawn, counted */

/* places.c */
struct place *place_new(struct world *w);
int place_open(struct place *p);
/* Of a log of its own, as its store has it. */
uint64_t place_own_seq(struct place *p, const linli_id *scope, const linli_author *author);
void place_crash(struct place *p);
void place_close(struct place *p);
uint64_t place_now(void *place);
bool place_may(const struct place *p, unsigned scope, bool manage);  /* write there, by what its grant says */
unsigned place_classes(const struct place *p, unsigned scope);       /* readable, by what any of its grants says */
unsigned place_reads(const struct place *p, unsigned scope);         /* and by those that nothing ends */
bool scope_under(const struct world *w, unsigned scope, unsigned above);
int place_found(struct place *p, enum linli_scope_kind kind);
int place_join(struct place *p, const struct enrolment *enrolment);
int place_copy(const char *from, const char *to);
void dir_remove(const char *dir);

/* setup.c */
void setup(struct world *w);
int invite_prepare(struct world *w, struct place *by, unsigned scope, enum linli_role role, struct place **out);
int enrol_request(struct place *p, struct buf *body);
int enrol_arrived(struct place *p, span body);
int enrol_here(struct place *p, const struct place *by); /* at one table: no connection */
int admit_again(struct place *p, struct place *by, unsigned scope);
int scope_grow(struct world *w, struct place *by);

/* links.c: sockets, as the node's peers see them through libuv's names */
struct link *link_open(struct world *w, struct place *from, struct place *to, bool enrolling, bool live);
void link_bytes(struct world *w, unsigned link, unsigned side, unsigned serial);
void link_written(struct world *w, unsigned link, unsigned side, unsigned serial);
void link_closed(struct world *w, unsigned link, unsigned side, unsigned serial);
void link_tick(struct world *w, unsigned link, unsigned side, unsigned serial);
void link_drop(struct world *w, struct link *l);
void links_of_down(struct world *w, const struct place *p);
bool links_idle(const struct world *w);
struct end *end_of_peer(const struct peer *p, struct link **link, unsigned *side);
extern struct world *sim_world;  /* the one that runs: libuv's names have no argument for it */

/* nodes.c: the node's peers without its loop */
int node_begin(struct place *p);
void node_end(struct place *p);
void node_turn(struct place *p);  /* the end of a turn of the loop: what came is stored, what advanced is told */
int node_connect(struct link *l, unsigned side, bool live);

/* users.c */
void user_act(struct world *w, struct place *p);
void forms_clear(struct place *p);
void acked_settle(struct place *p);  /* opened again: what was acknowledged is there; what may be there is, or is not */
struct claim { /* "stored up to here", said by a place */
    unsigned place;
    linli_id scope;
    linli_author author;
    uint64_t seq;
};
struct acked {
    unsigned place;
    bool honest;
    bool maybe;                   /* its commit failed in an unknown way */
    linli_id scope, record;
    linli_author author;
    uint64_t seq;
    uint32_t group;
    linli_hash key;
    linli_type type;
    int64_t amount;               /* counter: added; max: the value */
    struct shown_dot *shown;      /* of that cell */
    size_t shown_count;
};

/* attackers.c */
void attack(struct world *w, struct place *p);
void attack_message(struct world *w, struct place *p, struct buf *message); /* spoil what an attacker sends */

/* offices.c: devices turned out, moved, admitted again; late work ruled on */
void office_act(struct world *w, struct place *p);
int office_turns_out(struct place *root, struct place *v);            /* of everything */
bool touched(const struct world *w, const struct place *p);           /* an act names it, or who let it in */
void offices_settle(struct world *w, const struct place *viewer);     /* whose grants are usable, as this one sees it, and who knows it */

/* thieves.c */
void thief_act(struct world *w, struct place *p);
void thieves_check(struct world *w, const struct place *at); /* what the root cut does not show there */

/* erasers.c */
void erasers_typed(struct world *w, const struct typed_text *said, span item); /* one field of what is about to be saved */
void erasers_saved(struct world *w, struct place *p, const linli_id *scope, uint64_t seq);
void erasers_leave(struct world *w, uint64_t span_ms);
bool is_away(const struct place *p);
void eraser_act(struct world *w, struct place *p);
bool erased_at(struct place *p, const linli_id *record); /* it knows of an order about that, whether that counts or not */
void erasures_check(struct world *w);
void erasers_free(struct world *w);

/* receipts.c */
void receipts_check(struct world *w); /* what places were warned of is true, and what they wrote is confirmed */
void receipts_try(struct world *w);   /* at rest: a node is put back, tells two stories, or withholds */
void meet_once(struct world *w, struct place *a, struct place *b);
bool write_something(struct world *w, struct place *p);
bool image_of(struct world *w, struct place *node, char image[160]);
bool image_serves(struct world *w, struct place *node, const char *image);
uint64_t kinds_noticed(struct world *w, const struct place *p, const struct place *node); /* bit 1 << kind */

/* withholding.c */
void withholding_try(struct world *w, struct place *node, struct place *one, struct place *two);

/* faults.c */
void faults_draw(struct world *w);
void fault_act(struct world *w);

/* trouble.c */
void trouble_begin(struct world *w, struct place *p); /* NULL: nobody's event */
void trouble_end(struct world *w);
bool trouble_excuses(const struct place *p, int code); /* what failed under it explains this code, during the event */

/* versions.c */
struct place *place_runs(struct place *p); /* what follows is done by its program; whose it was before */
void version_draw(struct world *w, struct place *p);
int upgrade(struct place *p);
void newer_message(struct buf *out);       /* of a kind that nobody knows */
bool newer_says(struct world *w, const struct place *p, struct buf *message, bool *another);

/* account.c */
void account_check(struct world *w, struct place *p, const struct linli_status *status);

/* canary.c */
void canary_wire(struct world *w, const struct place *from, const struct place *to, span bytes);
void canary_files(struct world *w, const struct place *p);

/* breaks.c */
int checkers_try(void); /* how many did not notice */

/* check.c */
void check_core(struct world *w, const unsigned *members, size_t count, const char *when);
void check_all(struct world *w);

/* explain.c */
void explain(const struct world *w, const struct place *a, const struct place *b); /* when tracing */

/* dump.c */
int dump_scope(struct replica *r, const linli_id *scope, unsigned classes, struct buf *out);
int dump_changesets(struct world *w, const char *path);    /* for reference.py */

/* heap.c: the library's */
int heap_start(void);
void meter_to(struct meter *meter); /* for whom it counts; NULL: nobody */
void heap_fail_in(uint64_t n);      /* the n-th allocation from now fails, once; 0: none */
bool heap_failed(void);
bool heap_own(bool own);            /* from now on it is the simulator's own, which does not fail; what was before */

#endif
