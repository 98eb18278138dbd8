/* api: the handle's lock, its errors, its events, and how it is made and ended. */
#include "api/handle.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/secret.h"

/* The detail of the last failed call belongs to a thread, as errno does. */
static _Thread_local struct {
    const linli_store *store;
    char text[192];
} detail;

/* So does who makes its calls, and why. */
static _Thread_local struct {
    const linli_store *store;
    struct audit_actor is;
} actor;

void store_actor(const linli_store *store, const struct audit_actor *is)
{
    actor.store = store;
    actor.is = *is;
}

const char *linli_store_error(const linli_store *store)
{
    return store != NULL && detail.store == store ? detail.text : "";
}

int store_detail(linli_store *store, int code, const char *text)
{
    detail.store = store;
    snprintf(detail.text, sizeof(detail.text), "%s: %s", linli_code_name(code), text);
    return code;
}

int store_enter(linli_store *store, enum enter how)
{
    pthread_mutex_lock(&store->lock);
    if (store->depth++ == 0 && detail.store == store)
        detail.store = NULL;
    if (store->replica == NULL)
        return store_detail(store, LINLI_E_CLOSED, "the store is suspended");
    replica_actor(store->replica, actor.store == store ? &actor.is : NULL);
    if (how == ENTER_WRITE && store->calling > 0)
        return store_detail(store, LINLI_E_ARG, "a callback may not write");
    return LINLI_OK;
}

/* ---- events ---- */

static bool heard(const linli_store *store)
{
    for (size_t i = 0; i < OBSERVERS_MAX; i++)
        if (store->observers[i].fn != NULL)
            return true;
    for (size_t i = 0; i < HOOKS_MAX; i++)
        if (store->hooks[i].fn != NULL)
            return true;
    return false;
}

/* Straighten the ring into a larger array. */
static bool events_grow(linli_store *store)
{
    size_t room = store->event_room == 0 ? 64 : 2 * store->event_room;
    struct linli_event *events = mem_zalloc(room, sizeof(*events));

    if (events == NULL)
        return false;
    for (size_t i = 0; i < store->event_count; i++)
        events[i] = store->events[(store->event_first + i) % store->event_room];
    mem_free(store->events);
    store->events = events;
    store->event_first = 0;
    store->event_room = room;
    return true;
}

/* The replica's listener: the transaction is durable, the lock is held. */
static void event_keep(void *ctx, const struct linli_event *event)
{
    linli_store *store = ctx;

    if (store->event_count == store->event_room && !events_grow(store))
        return; /* what is stored is stored: without memory only the word of it is lost */
    store->events[(store->event_first + store->event_count++) % store->event_room] = *event;
}

/* Take the oldest event and who is to hear it. False when there is none. */
static bool event_take(linli_store *store, struct linli_event *event,
                       struct observer to[OBSERVERS_MAX + HOOKS_MAX])
{
    bool any;

    pthread_mutex_lock(&store->lock);
    any = store->event_count > 0;
    if (any) {
        *event = store->events[store->event_first];
        store->event_first = (store->event_first + 1) % store->event_room;
        store->event_count--;
        memcpy(to, store->hooks, sizeof(store->hooks));
        memcpy(to + HOOKS_MAX, store->observers, sizeof(store->observers));
    }
    pthread_mutex_unlock(&store->lock);
    return any;
}

/* One thread tells at a time, so that events come in the order of the commits; it tells other threads' events too. */
static void events_tell(linli_store *store)
{
    struct observer to[OBSERVERS_MAX + HOOKS_MAX];
    struct linli_event event;

    pthread_mutex_lock(&store->telling);
    while (event_take(store, &event, to))
        for (size_t i = 0; i < COUNT_OF(to); i++)
            if (to[i].fn != NULL)
                to[i].fn(to[i].ctx, &event);
    pthread_mutex_unlock(&store->telling);
}

int store_leave(linli_store *store, int code)
{
    if (code != LINLI_OK && detail.store != store)
        store_detail(store, code, store->replica == NULL ? "" : replica_error(store->replica));
    bool tell = --store->depth == 0 && store->event_count > 0;
    pthread_mutex_unlock(&store->lock);
    if (tell)
        events_tell(store);
    return code;
}

void store_calls(linli_store *store)
{
    store->calling++;
}

void store_called(linli_store *store)
{
    store->calling--;
}

/* Nobody to tell: the replica need not gather events at all. */
static void listener_set(linli_store *store)
{
    if (store->replica != NULL)
        replica_listen(store->replica, heard(store) ? event_keep : NULL, store);
}

static int place_add(linli_store *store, struct observer *places, size_t count, linli_event_fn fn, void *ctx)
{
    int rv = LINLI_E_LIMIT;

    pthread_mutex_lock(&store->lock);
    for (size_t i = 0; i < count && rv != LINLI_OK; i++) {
        if (places[i].fn != NULL)
            continue;
        places[i] = (struct observer){fn, ctx};
        rv = LINLI_OK;
    }
    listener_set(store);
    pthread_mutex_unlock(&store->lock);
    return rv;
}

/* Takes the telling lock first: when it returns, no other thread is inside the function that was removed. */
static void place_remove(linli_store *store, struct observer *places, size_t count, linli_event_fn fn,
                         void *ctx)
{
    pthread_mutex_lock(&store->telling);
    pthread_mutex_lock(&store->lock);
    for (size_t i = 0; i < count; i++)
        if (places[i].fn == fn && places[i].ctx == ctx)
            places[i] = (struct observer){NULL, NULL};
    listener_set(store);
    pthread_mutex_unlock(&store->lock);
    pthread_mutex_unlock(&store->telling);
}

int linli_observe(linli_store *store, linli_event_fn fn, void *ctx)
{
    return store == NULL || fn == NULL ? LINLI_E_ARG
                                       : place_add(store, store->observers, OBSERVERS_MAX, fn, ctx);
}

void linli_unobserve(linli_store *store, linli_event_fn fn, void *ctx)
{
    if (store != NULL && fn != NULL)
        place_remove(store, store->observers, OBSERVERS_MAX, fn, ctx);
}

int store_hook(linli_store *store, linli_event_fn fn, void *ctx)
{
    return place_add(store, store->hooks, HOOKS_MAX, fn, ctx);
}

void store_unhook(linli_store *store, linli_event_fn fn, void *ctx)
{
    place_remove(store, store->hooks, HOOKS_MAX, fn, ctx);
}

/* ---- lending to a node ---- */

int store_lend(linli_store *store)
{
    int rv = store_enter(store, ENTER_WRITE);

    if (rv == LINLI_OK)
        store->lent++;
    return store_leave(store, rv);
}

void store_take_back(linli_store *store)
{
    pthread_mutex_lock(&store->lock);
    store->lent--;
    pthread_mutex_unlock(&store->lock);
}

void store_host_enter(void *store)
{
    int rv = store_enter(store, ENTER_READ);

    ALWAYS(rv == LINLI_OK); /* what is lent cannot be suspended */
}

void store_host_leave(void *store)
{
    store_leave(store, LINLI_OK);
}

/* ---- a handle's life ---- */

static uint64_t system_ms(void *ctx)
{
    struct clock system = clock_system();

    (void)ctx;
    return clock_now_ms(&system);
}

static void locks_make(linli_store *store)
{
    pthread_mutexattr_t recursive;

    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&store->lock, &recursive);
    pthread_mutex_init(&store->telling, &recursive);
    pthread_mutexattr_destroy(&recursive);
}

int store_handle(const struct linli_options *options, linli_store **out)
{
    linli_store *store;
    int rv = crypto_start();

    if (rv != LINLI_OK)
        return rv;
    if (options == NULL || options->size != sizeof(*options) || options->dir == NULL ||
        options->dir[0] == '\0' || (options->key == NULL) == (options->passphrase == NULL))
        return LINLI_E_ARG;
    store = secret_alloc(sizeof(*store)); /* the store key lies in it, for suspend and resume */
    if (store == NULL)
        return LINLI_E_NOMEM;
    store->dir = mem_text(options->dir);
    if (store->dir == NULL) {
        secret_free(store);
        return LINLI_E_NOMEM;
    }
    locks_make(store);
    store->config.store.dir = store->dir;
    store->config.store.map_bytes = options->map_bytes;
    store->config.rng = store->config.store.rng = rng_system();
    store->config.clock = options->now_ms == NULL ? (struct clock){system_ms, NULL}
                                                  : (struct clock){options->now_ms, options->now_ctx};
    *out = store;
    return LINLI_OK;
}

int store_key_of(const linli_store *store, const uint8_t *key, const char *passphrase, bool create, uint8_t out[32])
{
    uint8_t salt[PWHASH_SALT_BYTES];
    int rv;

    if (key != NULL) {
        memcpy(out, key, LINLI_KEY_BYTES);
        return LINLI_OK;
    }
    rv = store_salt(store->dir, create, &store->config.rng, salt);
    if (rv != LINLI_OK)
        return rv;
    return pwhash_key(span_of(passphrase, strlen(passphrase)), salt, out);
}

int store_key(linli_store *store, const struct linli_options *options, bool create)
{
    return store_key_of(store, options->key, options->passphrase, create, store->config.store.key);
}

void store_attach(linli_store *store, struct replica *replica)
{
    store->replica = replica;
    listener_set(store);
}

void store_handle_free(linli_store *store)
{
    if (store == NULL)
        return;
    replica_close(store->replica);
    pthread_mutex_destroy(&store->lock);
    pthread_mutex_destroy(&store->telling);
    mem_free(store->events);
    mem_free(store->dir);
    if (detail.store == store)
        detail.store = NULL;
    if (actor.store == store)
        actor.store = NULL;
    secret_free(store);
}
