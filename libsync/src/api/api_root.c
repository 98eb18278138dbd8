/* api: the root's own word: drafts in files, the keys that sign them, and what comes of them. */
#include <linli/root.h>
#include <string.h>

#include "api/handle.h"
#include "api/key_file.h"
#include "base/secret.h"
#include "replica/ceremony.h"
#include "replica/root_key.h"

int linli_root_read(linli_store *store, struct linli_root *out)
{
    if (store == NULL || out == NULL)
        return LINLI_E_ARG;
    int rv = store_enter(store, ENTER_READ);
    if (rv == LINLI_OK)
        rv = replica_root_read(store->replica, out);
    return store_leave(store, rv);
}

int linli_root_each(linli_store *store, linli_root_fn fn, void *ctx)
{
    if (store == NULL || fn == NULL)
        return LINLI_E_ARG;
    int rv = store_enter(store, ENTER_READ);
    if (rv == LINLI_OK) {
        store_calls(store);
        rv = replica_root_each(store->replica, fn, ctx);
        store_called(store);
    }
    return store_leave(store, rv);
}

/* --- drafts --- */

static bool order_sound(const struct linli_root_order *order)
{
    switch (order->act) {
    case LINLI_ROOT_VERSION: return order->keys != NULL && order->key_count > 0;
    case LINLI_ROOT_GRANT: return order->role >= LINLI_NODE && order->role <= LINLI_VIEWER;
    case LINLI_ROOT_REVOKE: return order->revoke != NULL && id_is_zero(&order->revoke->admit);
    case LINLI_ROOT_AFFIRM: return order->affirm != NULL && order->affirm_count > 0;
    case LINLI_ROOT_OTHER: break;
    }
    return false;
}

int linli_root_draft(linli_store *store, const struct linli_root_order *order, const char *file)
{
    struct buf bytes = {0};

    if (store == NULL || order == NULL || file == NULL || !order_sound(order))
        return LINLI_E_ARG;
    int rv = store_enter(store, ENTER_WRITE);
    if (rv == LINLI_OK)
        rv = replica_root_draft(store->replica, order, &bytes);
    if (rv == LINLI_OK)
        rv = file_make(file, buf_span(&bytes));
    buf_free(&bytes);
    return store_leave(store, rv);
}

static int draft_load(const char *file, struct arena *a, struct root_draft *out)
{
    struct buf bytes = {0};
    int rv = file_read(file, DRAFT_BYTES_MAX, &bytes);

    if (rv == LINLI_OK)
        rv = root_draft_read(out, a, buf_span(&bytes));
    buf_free(&bytes);
    return rv;
}

static void draft_tell(const struct root_draft *d, struct linli_root_draft *out)
{
    linli_hash fingerprint;

    *out = (struct linli_root_draft){.item_count = d->count, .signer_count = d->signer_count};
    root_draft_fingerprint(d, &fingerprint);
    memcpy(out->fingerprint, fingerprint.b, sizeof(out->fingerprint));
    for (size_t s = 0; s < d->signer_count; s++) {
        root_public(&d->signers[s], &out->signers[s].root);
        out->signers[s].missing = root_draft_missing(d, s);
        for (unsigned k = 0; k < d->signers[s].key_count; k++)
            out->signers[s].has_signed[k] = root_draft_signed(d, s, k);
    }
}

int linli_root_draft_read(const char *file, struct linli_root_draft *out, linli_root_fn fn, void *ctx)
{
    struct arena a = {0};
    struct root_draft d;

    if (file == NULL || out == NULL)
        return LINLI_E_ARG;
    int rv = draft_load(file, &a, &d);
    if (rv == LINLI_OK)
        draft_tell(&d, out);
    for (size_t i = 0; rv == LINLI_OK && fn != NULL && i < d.count; i++) {
        struct linli_root_item item;
        if (root_item(d.items[i].certificate, &item) && !fn(ctx, &item))
            break;
    }
    arena_free(&a);
    return rv;
}

/* Nobody signs what he cannot be shown. */
static int draft_shows(const struct root_draft *d)
{
    int rv = LINLI_OK;

    for (size_t i = 0; i < d->count && rv == LINLI_OK; i++) {
        struct linli_root_item item;
        if (!root_item(d->items[i].certificate, &item) || item.act == LINLI_ROOT_OTHER)
            rv = LINLI_E_VERSION;
    }
    return rv;
}

static int draft_shown(const struct root_draft *d, const uint8_t shown[16])
{
    linli_hash fingerprint;

    root_draft_fingerprint(d, &fingerprint);
    return shown == NULL || memcmp(shown, fingerprint.b, 16) == 0 ? LINLI_OK : LINLI_E_STALE;
}

static int draft_sign_file(const char *file, const uint8_t shown[16], const uint8_t secret[SIGN_SECRET_BYTES])
{
    struct arena a = {0};
    struct buf bytes = {0};
    struct root_draft d;
    int rv = draft_load(file, &a, &d);

    if (rv == LINLI_OK)
        rv = draft_shown(&d, shown);
    if (rv == LINLI_OK)
        rv = draft_shows(&d);
    if (rv == LINLI_OK)
        rv = root_draft_sign(&d, secret);
    if (rv == LINLI_E_KEY)
        rv = LINLI_E_REFUSED; /* what is wrong is not the passphrase */
    if (rv == LINLI_OK)
        rv = root_draft_write(&d, &bytes);
    if (rv == LINLI_OK)
        rv = file_replace(file, buf_span(&bytes));
    buf_free(&bytes);
    arena_free(&a);
    return rv;
}

int linli_root_sign(const char *file, const uint8_t shown[16], const char *key_file, const char *passphrase)
{
    if (file == NULL || key_file == NULL || passphrase == NULL)
        return LINLI_E_ARG;
    int rv = crypto_start();
    uint8_t *secret = secret_alloc(SIGN_SECRET_BYTES);
    if (rv == LINLI_OK && secret == NULL)
        rv = LINLI_E_NOMEM;
    if (rv == LINLI_OK)
        rv = key_file_open(key_file, passphrase, secret);
    if (rv == LINLI_OK)
        rv = draft_sign_file(file, shown, secret);
    secret_free(secret);
    return rv;
}

int linli_root_sign_here(linli_store *store, const char *file, const uint8_t shown[16])
{
    uint8_t *secret;

    if (store == NULL || file == NULL)
        return LINLI_E_ARG;
    int rv = store_enter(store, ENTER_WRITE);
    secret = secret_alloc(SIGN_SECRET_BYTES);
    if (rv == LINLI_OK && secret == NULL)
        rv = LINLI_E_NOMEM;
    if (rv == LINLI_OK)
        rv = root_key_read(store->dir, store->config.store.key, secret);
    if (rv == LINLI_OK)
        rv = draft_sign_file(file, shown, secret);
    secret_free(secret);
    return store_leave(store, rv);
}

int linli_root_apply(linli_store *store, const char *file, struct linli_root_draft *out)
{
    struct linli_root_draft unasked;
    struct arena a = {0};
    struct root_draft d;

    if (store == NULL || file == NULL)
        return LINLI_E_ARG;
    int rv = store_enter(store, ENTER_WRITE);
    if (rv == LINLI_OK)
        rv = draft_load(file, &a, &d);
    if (rv == LINLI_OK) {
        draft_tell(&d, out != NULL ? out : &unasked);
        rv = replica_root_apply(store->replica, &d);
    }
    arena_free(&a);
    return store_leave(store, rv);
}

/* --- keys --- */

int linli_root_key_make(const char *key_file, const char *passphrase, uint8_t public_key[32])
{
    struct rng rng = rng_system();

    if (key_file == NULL || passphrase == NULL || passphrase[0] == '\0' || public_key == NULL)
        return LINLI_E_ARG;
    int rv = crypto_start();
    uint8_t *secret = secret_alloc(SIGN_SECRET_BYTES);
    if (rv == LINLI_OK && secret == NULL)
        rv = LINLI_E_NOMEM;
    if (rv == LINLI_OK) {
        sign_keypair(&rng, public_key, secret);
        rv = key_file_make(key_file, passphrase, &rng, secret);
    }
    secret_free(secret);
    return rv;
}

int linli_root_key_read(const char *key_file, uint8_t public_key[32])
{
    return key_file == NULL || public_key == NULL ? LINLI_E_ARG : key_file_public(key_file, public_key);
}

int linli_root_key_export(linli_store *store, const char *key_file, const char *passphrase, uint8_t public_key[32])
{
    uint8_t *secret;

    if (store == NULL || key_file == NULL || passphrase == NULL || passphrase[0] == '\0' || public_key == NULL)
        return LINLI_E_ARG;
    int rv = store_enter(store, ENTER_WRITE);
    secret = secret_alloc(SIGN_SECRET_BYTES);
    if (rv == LINLI_OK && secret == NULL)
        rv = LINLI_E_NOMEM;
    if (rv == LINLI_OK)
        rv = root_key_read(store->dir, store->config.store.key, secret);
    if (rv == LINLI_OK)
        rv = key_file_make(key_file, passphrase, &store->config.rng, secret);
    if (rv == LINLI_OK) {
        memcpy(public_key, secret + SEED_BYTES, KEY_BYTES);
        rv = root_key_remove(store->dir);
    }
    secret_free(secret);
    return store_leave(store, rv);
}
