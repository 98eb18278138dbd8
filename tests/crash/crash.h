/*
 * crash tests: the stores that are hurt, what was acknowledged about them, and the parts of the harness.
 *
 *   stage.c    the stores: an office that founded a community, a captain who joined it; made once, copied for each run
 *   ledger.c   what was acknowledged, and whether a store still has it
 *   writer.c   a user: creates, edits, groups, imports
 *   child.c    processes that write, serve and sync until they are killed
 *   kill.c cut.c image.c full.c fault.c found.c memory.c compact.c   the ways in which things go wrong
 */
#ifndef LINLI_CRASH_CRASH_H
#define LINLI_CRASH_CRASH_H

#include <linli/linli.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "shim.h"

/* What the harness was asked for. */
struct settings {
    const char *work; /* folder for all that it makes */
    unsigned kills, images;
    unsigned step;    /* of the faults that could be injected, each so-many-th is */
    uint64_t seed;
};

/* Each gives the process's exit status: 0 when every claim held. Prints its "ok crash/..." line itself. */
int part_kill(const struct settings *settings);
int part_cut(const struct settings *settings);
int part_full(const struct settings *settings);
int part_quota(const struct settings *settings);
int part_fault(const struct settings *settings);
int part_found(const struct settings *settings);
int part_node(const struct settings *settings);
int part_memory(const struct settings *settings);
int part_compact(const struct settings *settings);

/* A claim was broken, or the harness cannot go on: says so and ends the process. */
_Noreturn void broken(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* splitmix64 */
uint64_t random_next(uint64_t *state);
uint64_t random_below(uint64_t *state, uint64_t bound);
void wait_us(uint64_t us);

/* --- stage.c --- */

enum { PATH_BYTES = 512, MAP_BYTES = 16 << 20 };
struct stage {
    char office[PATH_BYTES], captain[PATH_BYTES]; /* the stores that every run starts from */
    linli_id community, patch;
};
void path_join(char out[PATH_BYTES], const char *dir, const char *name);
void stage_make(struct stage *stage, const char *work);
/* A fresh copy of a closed store in `to`; what was there goes. */
void store_copy(const char *from, const char *to);
void folder_remove(const char *dir);
struct linli_options store_options(const char *dir);
int store_try_open(const char *dir, linli_store **out);
linli_store *store_must_open(const char *dir);
/* 0, or 1 with a line that says what was bad. */
int store_verify(linli_store *store, const char *what);
void store_must_verify(linli_store *store, const char *what);

/* A node that serves in a thread of this process. */
struct server;
struct server *server_start(linli_store *store, unsigned *port);
void server_stop(struct server *server);

/* --- ledger.c --- */

enum ack_kind {
    ACK_HEAD = 1, /* household `record` says number `number` (or a later one) in its head field */
    ACK_REMARK,   /* ... has it among its remarks, for ever */
    ACK_SYNCED,   /* all that was acknowledged before is at the office too */
    ACK_PORT,     /* the office listens at port `number` */
    ACK_ERROR     /* a call gave code `number`; `slot` says which */
};
struct ack {
    uint32_t kind, number, slot, unused;
    linli_id record;
};
enum { REMARKS_MAX = 6 };
struct held {
    linli_id record;
    uint32_t head;
    uint32_t remarks[REMARKS_MAX];
    unsigned remark_count;
};
struct ledger {
    struct held *at;
    size_t count, room;
    uint64_t acked; /* writes */
};
/* ACK_HEAD and ACK_REMARK; the others are none of its business. */
void ledger_add(struct ledger *ledger, const struct ack *ack);
void ledger_copy(struct ledger *to, const struct ledger *from);
void ledger_clear(struct ledger *ledger);
/* How many acknowledged writes are not in the store; a line for the first. */
uint64_t ledger_lost(const struct ledger *ledger, linli_store *store, const char *what);
void ledger_must_hold(const struct ledger *ledger, linli_store *store, const char *what);
bool ack_there(linli_store *store, const struct ack *ack);

/* --- writer.c --- */

/* What a process is at, told to whoever will kill it through memory that both see. */
enum doing { DOING_OPENING, DOING_EDITING, DOING_IMPORTING, DOING_SYNCING, DOING_KINDS };

enum { IMPORT_HOUSEHOLDS = 40, PENDING_MAX = 64 };
struct writer {
    linli_store *store;
    linli_id scope;
    struct ledger *ledger;
    uint64_t random;
    uint32_t number;           /* last one used */
    struct ack pending[PENDING_MAX]; /* of the latest step: acknowledged when it gave LINLI_OK */
    size_t pending_count;
    void (*tell)(void *ctx, const struct ack *acks, size_t count); /* after the commit; NULL: nobody */
    void *ctx;
    bool groups_only;
    volatile uint8_t *doing; /* enum doing; NULL: nobody looks */
};
/* One step, chosen at random; the ledger grows when it is acknowledged. A code of the library. */
int writer_step(struct writer *w);

/* --- child.c --- */

struct child {
    pid_t pid;
    int pipe; /* what it tells */
    int go;   /* where it waits to be told a port */
};
struct child_plan {
    const char *dir, *trace; /* trace NULL: acks through the pipe */
    linli_id scope;
    const struct ledger *ledger; /* what it starts from */
    uint32_t number;
    uint64_t seed;
    unsigned port;               /* captain: sync with this office; 0: alone */
    unsigned steps;              /* 0: until killed */
    bool waits;                  /* for a port; captain_waits sets it */
    volatile uint8_t *doing;     /* enum doing, in memory that is shared; NULL: nobody looks */
};
struct child captain_start(const struct child_plan *plan);
/* The same, but it begins when it is told the office's port. */
struct child captain_waits(const struct child_plan *plan);
void captain_goes(struct child *child, unsigned port);
struct child office_start(const struct child_plan *plan);
/*
 * A peer that serves a fresh copy of a store and does nothing of its own: in a process whose disk and memory are well. Anew
 * for each round in which our store is a fresh copy too: to a peer that met the one before, it would be a restored backup,
 * whose log forks.
 */
struct child peer_start(const char *from, const char *dir, unsigned *port);
void peer_end(struct child *peer);
/* Make a store in a folder where none is. */
struct child founder_start(const char *dir);
/* Wait until the office listens: its port. */
unsigned office_port(const struct child *child);
void child_kill(const struct child *child);
/* Read what it told to its last byte, close. `receipted` may be NULL. */
void child_told(struct child *child, struct ledger *ledger, struct ledger *receipted, bool *founded);

/* --- compact.c --- */

/* A closed store in `out` that is to be written anew when it is opened, for what was erased is on its free pages. */
void stale_make(const struct stage *stage, const char *work, const char *out, uint64_t random, struct ledger *told);
/* Is any of that left in its files, or half a copy beside them? */
bool stale_is(const char *dir);

/* --- image.c --- */

struct trace;
struct trace *trace_load(const char *path);
void trace_free(struct trace *trace);
size_t trace_count(const struct trace *trace);
size_t trace_syncs(const struct trace *trace);
/*
 * Write to `out` what a power cut before entry `cut` may leave of a file that was `base` at the start; notes before the
 * cut go to the ledger. Cuts must not fall from call to call.
 */
struct image_maker;
struct image_maker *image_maker_new(const struct trace *trace, const char *base, uint64_t seed);
void image_make(struct image_maker *m, size_t cut, const char *out, struct ledger *ledger);
void image_maker_free(struct image_maker *m);

#endif
