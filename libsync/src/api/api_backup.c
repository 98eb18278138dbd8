/* api: a backup of a store, written in steps between which other threads have their turns; and a store made from one. */
#include <linli/backup.h>
#include <string.h>

#include "api/handle.h"
#include "base/bytes.h"
#include "replica/backup.h"

/* --- writing --- */

static int begin(linli_store *store, struct backup **out)
{
    uint8_t salt[BACKUP_SALT_BYTES];
    int rv = store_salt(store->dir, false, &store->config.rng, salt);

    if (rv != LINLI_OK && rv != LINLI_E_NOT_FOUND)
        return rv;
    return replica_backup_begin(store->replica, &store->config.store, rv == LINLI_OK ? salt : NULL, out);
}

/* One turn. A store that is lent cannot be suspended, so the replica that the backup knows is still there. */
static int turn(linli_store *store, struct backup **backup, struct buf *out, bool *done)
{
    int rv = store_enter(store, ENTER_READ);

    if (rv == LINLI_OK && *backup == NULL)
        rv = begin(store, backup);
    if (rv == LINLI_OK)
        rv = replica_backup_step(*backup, out, done);
    return store_leave(store, rv);
}

int linli_store_backup(linli_store *store, linli_backup_write_fn write, void *ctx, struct linli_backup_report *out)
{
    struct backup *backup = NULL;
    struct buf bytes = {0};
    bool done = false;
    int rv = store == NULL || write == NULL ? LINLI_E_ARG : store_lend(store);

    if (rv != LINLI_OK)
        return rv;
    atomic_fetch_add(&store->backups, 1);
    while (rv == LINLI_OK && !done) {
        buf_clear(&bytes);
        rv = turn(store, &backup, &bytes, &done);
        if (rv == LINLI_OK)
            rv = write(ctx, bytes.at, bytes.size);
    }
    if (rv == LINLI_OK && out != NULL)
        replica_backup_told(backup, out);
    replica_backup_end(backup);
    buf_free(&bytes);
    atomic_fetch_sub(&store->backups, 1);
    store_take_back(store);
    return rv;
}

/* --- reading --- */

/* The key that opens it: with a passphrase, by the salt that it brings. */
static int key_of(const struct linli_options *options, const struct backup_head *head, uint8_t out[LINLI_KEY_BYTES])
{
    if (options->key != NULL) {
        memcpy(out, options->key, LINLI_KEY_BYTES);
        return LINLI_OK;
    }
    if (!head->salted)
        return LINLI_E_KEY; /* it was made by a store with a key, not with a passphrase */
    return pwhash_key(span_of(options->passphrase, strlen(options->passphrase)), head->salt, out);
}

/* Nothing of the store is looked at but its key. */
int linli_backup_check(linli_store *store, const struct linli_backup_source *source, struct linli_backup_report *out)
{
    struct linli_backup_report told;
    uint8_t key[LINLI_KEY_BYTES];

    if (store == NULL || source == NULL || source->read == NULL)
        return LINLI_E_ARG;
    int rv = store_enter(store, ENTER_READ);
    memcpy(key, store->config.store.key, sizeof(key));
    rv = store_leave(store, rv);
    if (rv == LINLI_OK)
        rv = replica_backup_check(source, key, &told);
    crypto_wipe(key, sizeof(key));
    if (rv == LINLI_OK && out != NULL)
        *out = told;
    return rv;
}

static int restore(const struct linli_options *options, const struct linli_backup_source *source, linli_store *store,
                   struct linli_backup_report *told)
{
    struct backup_head head;
    struct replica *replica = NULL;
    int rv = store_exists(store->dir) ? LINLI_E_EXISTS : backup_head_read(source, &head);

    if (rv != LINLI_OK)
        return rv;
    rv = key_of(options, &head, store->config.store.key);
    if (rv == LINLI_OK)
        rv = replica_backup_check(source, store->config.store.key, told); /* before a folder is made */
    if (rv == LINLI_OK)
        rv = replica_restore(&store->config, source, told, &replica);
    if (rv == LINLI_OK)
        store_attach(store, replica);
    return rv;
}

int linli_store_restore(const struct linli_options *options, const struct linli_backup_source *source, struct linli_backup_report *report,
                        linli_store **out)
{
    struct linli_backup_report told;
    linli_store *store = NULL;
    int rv;

    if (out == NULL || source == NULL || source->read == NULL)
        return LINLI_E_ARG;
    *out = NULL;
    rv = store_handle(options, &store);
    if (rv != LINLI_OK)
        return rv;
    rv = restore(options, source, store, &told);
    if (rv != LINLI_OK) {
        store_handle_free(store);
        return rv;
    }
    if (report != NULL)
        *report = told;
    *out = store;
    return LINLI_OK;
}
