/*
 * bench: the other replica: a process of its own that makes the town and serves it, and the device here that joins it. What is
 * measured is then one end on each core, with everything on.
 */
#ifndef LINLI_BENCH_OFFICE_H
#define LINLI_BENCH_OFFICE_H

#include "bench.h"
#include "town.h"

struct office {
    struct town town;
    size_t sessions_max; /* of the other end; 0: the usual */
    char base[BENCH_DIR_BYTES], dir_there[2 * BENCH_DIR_BYTES], dir_here[2 * BENCH_DIR_BYTES];
    struct other other;
    char uri[LINLI_URI_BYTES];
    unsigned port;
    double cpu_before; /* of the other end, until it served */
    linli_store *store; /* ours, once joined */
};

void office_start(struct office *o);
/* Enrol, and the first sync; `report` is of that. */
void office_join(struct office *o, struct linli_session_report *report);
/* Both ends write their changes of W2 (town.h), apart. */
void office_write_apart(struct office *o);
void office_meet(struct office *o, struct linli_session_report *report);
/* Of the other end: processor time since it serves, memory of its own, sessions. */
double office_cpu_s(struct office *o);
double office_own_bytes(struct office *o);
size_t office_sessions(struct office *o);
/* One field of the town's last household, changed over there. */
void office_edit(struct office *o);
/* Our store is closed and opened again, and serves: how long that takes. */
double office_restart_s(struct office *o);
void office_end(struct office *o);

/* Bytes both ways, time, and round trips of a session. */
void figures_of(const struct linli_session_report *report);

#endif
