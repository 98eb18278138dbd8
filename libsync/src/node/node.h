/*
 * node: libuv. Listener, dialer, peers, timers. Bytes come in and go out here; channel, session and replica are stepped by
 * peer.c (spine C): socket -> channel -> session -> replica and back.
 */
#ifndef LINLI_NODE_NODE_H
#define LINLI_NODE_NODE_H

#include <linli/node.h>

#include "replica/replica.h"

/*
 * The door to the replica for the loop: `enter` and `leave` bracket each use (the API's lock), so that other threads' calls
 * take turns with the loop. Events of other threads' commits reach the loop through node_post (an uv_async).
 */
struct node_host {
    struct replica *replica;
    void (*enter)(void *ctx);
    void (*leave)(void *ctx);
    void *ctx;
};

struct node;
int node_new(const struct node_host *host, const struct linli_node_options *options, struct node **out);
const char *node_address(const struct node *n);
size_t node_sessions(const struct node *n);
int node_run(struct node *n);
void node_stop(struct node *n);                                 /* any thread, signal handler */
void node_post(struct node *n, const struct linli_event *event); /* any thread: a log advanced */
void node_free(struct node *n);
const char *node_error(const struct node *n);

/* One outgoing session on a loop of its own; blocks. */
int node_sync(const struct node_host *host, const char *where, unsigned port, const struct linli_sync_options *options,
              struct linli_session_report *report);
/* The enrolment conversation: gives the enrolment to make a store from; spans in it lie in `arena`. */
int node_enrol(const struct invitation *invitation, const char *device_name, const struct rng *rng, struct clock clock,
               const struct linli_sync_options *options, struct arena *arena, struct enrolment *out, char address[64]);

#endif
