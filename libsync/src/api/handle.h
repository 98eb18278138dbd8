/*
 * api: the handle behind linli_store: one replica, the lock under which calls take turns, and who wants to hear of
 * changes. Every public call goes in by store_enter and out by store_leave.
 */
#ifndef LINLI_API_HANDLE_H
#define LINLI_API_HANDLE_H

#include <linli/observe.h>
#include <linli/store.h>
#include <pthread.h>
#include <stdatomic.h>

#include "replica/replica.h"

enum { OBSERVERS_MAX = 8, HOOKS_MAX = 4 };

struct observer {
    linli_event_fn fn; /* NULL = a free place */
    void *ctx;
};

struct linli_store {
    pthread_mutex_t lock; /* recursive: a callback of a query may read */
    pthread_mutex_t
        telling; /* recursive: an observer may call the library; taken before `lock`, never inside it */
    struct replica *replica; /* NULL while suspended */
    struct replica_config config;
    char *dir;
    unsigned depth;   /* calls of the lock's holder inside each other */
    unsigned calling; /* callbacks of the application that are running inside the lock */
    unsigned lent;    /* nodes, sessions and backups that work on the replica */
    atomic_uint backups; /* that are being written: the store's key stays the same meanwhile */
    struct observer observers[OBSERVERS_MAX];
    struct observer hooks[HOOKS_MAX]; /* nodes of this process */
    struct linli_event *events;       /* waiting to be told: a ring */
    size_t event_first, event_count, event_room;
};

enum enter { ENTER_READ, ENTER_WRITE };
/*
 * Take the lock. It is held afterwards in every case: store_leave follows.
 * Returns: LINLI_OK; LINLI_E_CLOSED (suspended); LINLI_E_ARG (a write from within a callback).
 */
int store_enter(linli_store *store, enum enter how);
/* Keep the failure's detail for this thread, give the lock back, tell the observers. Returns `code`. */
int store_leave(linli_store *store, int code);
/* Keep a detail that does not come from the replica. Returns `code`. */
int store_detail(linli_store *store, int code, const char *text);

/* Who makes this thread's calls of this store from now on. Copied. */
void store_actor(const linli_store *store, const struct audit_actor *is);

/* Callbacks of the application run between these two. */
void store_calls(linli_store *store);
void store_called(linli_store *store);

/* A node's ear: told like an observer. LINLI_OK or LINLI_E_LIMIT. */
int store_hook(linli_store *store, linli_event_fn fn, void *ctx);
void store_unhook(linli_store *store, linli_event_fn fn, void *ctx);

/*
 * Lend the replica to a node or a session: it then cannot be suspended. Fills `host` (node/node.h) through these three.
 */
int store_lend(linli_store *store);
void store_take_back(linli_store *store);
void store_host_enter(void *store);
void store_host_leave(void *store);

/* Check the options and make a handle without a replica from them. LINLI_OK, LINLI_E_ARG, LINLI_E_NOMEM. */
int store_handle(const struct linli_options *options, linli_store **out);
/* The key, given or made of the passphrase and the folder's salt (`create`: made when it is missing). */
int store_key(linli_store *store, const struct linli_options *options, bool create);
/* The same, to somewhere else. */
int store_key_of(const linli_store *store, const uint8_t *key, const char *passphrase, bool create, uint8_t out[32]);
/* The handle has its replica from now on. */
void store_attach(linli_store *store, struct replica *replica);
void store_handle_free(linli_store *store); /* accepts NULL; closes the replica */

#endif
