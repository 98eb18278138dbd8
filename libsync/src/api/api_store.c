/* api: create, open, suspend and close a store; its status and its verification. */
#include "api/handle.h"

#include <string.h>

/*
 * A store that came to nothing leaves nothing behind: neither the salt that a passphrase needs before there is a store,
 * nor a folder that was made for it. What was there before, another's store first of all, stays.
 */
static int create(const struct linli_options *options, linli_store *store, enum linli_scope_kind kind,
                  const char *name, const char *division)
{
    struct replica *replica = NULL;
    int rv;

    if (store_exists(store->dir))
        return LINLI_E_EXISTS;
    rv = store_key(store, options, true);
    store->config.store.create = true;
    if (rv == LINLI_OK)
        rv = replica_create_root(&store->config, kind, name, division, &replica);
    store->config.store.create = false;
    if (rv == LINLI_OK)
        store_attach(store, replica);
    else if (rv != LINLI_E_EXISTS && rv != LINLI_E_BUSY)
        store_remove(store->dir);
    return rv;
}

int linli_store_create(const struct linli_options *options, enum linli_scope_kind root_kind, const char *name,
                       const char *division, linli_store **out)
{
    linli_store *store = NULL;
    int rv;

    if (out == NULL || name == NULL || name[0] == '\0' ||
        (root_kind != LINLI_CITY && root_kind != LINLI_COMMUNITY))
        return LINLI_E_ARG;
    *out = NULL;
    rv = store_handle(options, &store);
    if (rv != LINLI_OK)
        return rv;
    rv = create(options, store, root_kind, name, division);
    if (rv == LINLI_OK)
        *out = store;
    else
        store_handle_free(store);
    return rv;
}

int linli_store_open(const struct linli_options *options, linli_store **out)
{
    linli_store *store = NULL;
    struct replica *replica = NULL;
    int rv;

    if (out == NULL)
        return LINLI_E_ARG;
    *out = NULL;
    rv = store_handle(options, &store);
    if (rv != LINLI_OK)
        return rv;
    rv = store_exists(store->dir) ? store_key(store, options, false) : LINLI_E_NOT_FOUND;
    if (rv == LINLI_E_NOT_FOUND && store_exists(store->dir))
        rv = LINLI_E_KEY; /* a store without a salt was made with a key, not with a passphrase */
    if (rv == LINLI_OK)
        rv = replica_open(&store->config, &replica);
    if (rv == LINLI_OK) {
        store_attach(store, replica);
        *out = store;
    } else {
        store_handle_free(store);
    }
    return rv;
}

/* A salt once made is kept: it is of use to nobody but a passphrase, and one that is there cannot be missing. */
int linli_store_rekey(linli_store *store, const uint8_t *key, const char *passphrase)
{
    uint8_t next[LINLI_KEY_BYTES];
    int rv;

    if (store == NULL || (key == NULL) == (passphrase == NULL))
        return LINLI_E_ARG;
    rv = store_enter(store, ENTER_WRITE);
    if (rv == LINLI_OK && atomic_load(&store->backups) > 0)
        rv = store_detail(store, LINLI_E_BUSY, "a backup is being written under the key");
    if (rv == LINLI_OK)
        rv = store_key_of(store, key, passphrase, true, next);
    if (rv == LINLI_OK)
        rv = replica_rekey(store->replica, &store->config, next);
    if (rv == LINLI_OK)
        memcpy(store->config.store.key, next, sizeof(next));
    crypto_wipe(next, sizeof(next));
    return store_leave(store, rv);
}

void linli_store_close(linli_store *store)
{
    store_handle_free(store);
}

bool linli_store_exists(const char *dir)
{
    return dir != NULL && store_exists(dir);
}

int linli_store_suspend(linli_store *store)
{
    int rv;

    if (store == NULL)
        return LINLI_E_ARG;
    rv = store_enter(store, ENTER_WRITE);
    if (rv == LINLI_E_CLOSED)
        rv = LINLI_OK; /* it is */
    else if (rv == LINLI_OK && store->lent > 0)
        rv = store_detail(store, LINLI_E_BUSY, "a node or a session works on the store");
    else if (rv == LINLI_OK) {
        replica_close_soon(store->replica); /* the system that asks for it may give us a second */
        store->replica = NULL;
    }
    return store_leave(store, rv);
}

int linli_store_resume(linli_store *store)
{
    struct replica *replica = NULL;
    int rv;

    if (store == NULL)
        return LINLI_E_ARG;
    rv = store_enter(store, ENTER_READ);
    if (rv == LINLI_E_CLOSED) {
        rv = replica_open(&store->config, &replica);
        if (rv == LINLI_OK)
            store_attach(store, replica);
        else
            store_detail(store, rv, "the store did not open again");
    }
    return store_leave(store, rv);
}

int linli_store_status(linli_store *store, struct linli_status *out)
{
    int rv;

    if (store == NULL || out == NULL)
        return LINLI_E_ARG;
    rv = store_enter(store, ENTER_READ);
    if (rv == LINLI_OK)
        rv = replica_status(store->replica, out);
    return store_leave(store, rv);
}

int linli_store_verify(linli_store *store, struct linli_verify *verify)
{
    int rv;

    if (store == NULL || verify == NULL)
        return LINLI_E_ARG;
    verify->changesets = verify->records = verify->bad = 0;
    rv = store_enter(store, ENTER_READ);
    if (rv == LINLI_OK) {
        store_calls(store);
        rv = replica_verify(store->replica, verify);
        store_called(store);
    }
    return store_leave(store, rv);
}
