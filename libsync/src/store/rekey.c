/* store: another store key: every secret sealed anew, in one commit. */
#include <linli/error.h>
#include <string.h>

#include "base/crypto.h"
#include "store/env.h"

struct resealing {
    struct store_txn *txn;
    const uint8_t *seal_key; /* the new one */
    struct buf plain;
};

static int reseal(void *ctx, span name, span sealed)
{
    struct resealing *r = ctx;
    char text[ROWKEY_MAX];

    if (name.size >= sizeof(text))
        return LINLI_E_CORRUPT;
    memcpy(text, name.at, name.size);
    text[name.size] = '\0';
    (void)sealed;
    int rv = meta_secret_get(r->txn, text, &r->plain);
    return rv == LINLI_OK ? meta_secret_put_with(r->txn, r->seal_key, text, buf_span(&r->plain)) : rv;
}

static int rekey(struct store *store, const uint8_t seal_key[32], const linli_hash *check)
{
    struct resealing r = {.seal_key = seal_key};
    int rv = store_begin(store, true, &r.txn);

    if (rv == LINLI_OK)
        rv = meta_secret_each(r.txn, reseal, &r);
    if (rv == LINLI_OK)
        rv = meta_internal_put(r.txn, "check", span_of(check->b, sizeof(check->b)));
    if (rv == LINLI_OK)
        rv = store_commit(r.txn);
    else
        store_abort(r.txn);
    if (r.plain.room > 0)
        crypto_wipe(r.plain.at, r.plain.room);
    buf_free(&r.plain);
    return rv;
}

int store_rekey(struct store *store, const uint8_t key[32])
{
    uint8_t seal_key[32];
    linli_hash check;

    store_keys_derive(key, seal_key, &check);
    int rv = rekey(store, seal_key, &check);
    while (rv == LINLI_E_FULL && store_grow(store) == LINLI_OK)
        rv = rekey(store, seal_key, &check);
    if (rv == LINLI_OK)
        memcpy(store->seal_key, seal_key, sizeof(seal_key));
    crypto_wipe(seal_key, sizeof(seal_key));
    return rv;
}
