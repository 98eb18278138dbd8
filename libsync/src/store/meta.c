/* store: named values and sealed secrets. */
#include "store/env.h"

#include <linli/error.h>
#include <string.h>

#include "base/crypto.h"

/*
 * Table meta. Key: one letter for the kind, then the name. Value: i (of this layer) and v (plain) as given;
 * s: XChaCha20-Poly1305 under the seal key: nonce 24, sealed bytes, tag 16; bound to SECRET_CONTEXT, NUL, name.
 */
enum { KIND_INTERNAL = 'i', KIND_PLAIN = 'v', KIND_SECRET = 's', SEAL_EXTRA = XNONCE_BYTES + AEAD_TAG_BYTES };
#define SECRET_CONTEXT "linli store secret 1"

static void name_key(struct rowkey *key, uint8_t kind, const char *name)
{
    rowkey_start(key);
    rowkey_u8(key, kind);
    rowkey_bytes(key, name, strlen(name));
}

static int get(struct store_txn *txn, uint8_t kind, const char *name, span *out)
{
    struct rowkey key;

    name_key(&key, kind, name);
    return table_get(txn, TABLE_META, &key, out);
}

static int put(struct store_txn *txn, uint8_t kind, const char *name, span value)
{
    struct rowkey key;

    name_key(&key, kind, name);
    return table_put(txn, TABLE_META, &key, value);
}

int meta_internal_get(struct store_txn *txn, const char *name, span *out)
{
    return get(txn, KIND_INTERNAL, name, out);
}

int meta_internal_put(struct store_txn *txn, const char *name, span value)
{
    return put(txn, KIND_INTERNAL, name, value);
}

int meta_get(struct store_txn *txn, const char *name, span *out)
{
    return get(txn, KIND_PLAIN, name, out);
}

int meta_put(struct store_txn *txn, const char *name, span value)
{
    return put(txn, KIND_PLAIN, name, value);
}

/* What a secret is bound to: a row copied to another name does not open. */
static span bound_to(const char *name, uint8_t *room)
{
    size_t size = strlen(name);

    memcpy(room, SECRET_CONTEXT, sizeof(SECRET_CONTEXT));
    memcpy(room + sizeof(SECRET_CONTEXT), name, size);
    return span_of(room, sizeof(SECRET_CONTEXT) + size);
}

int meta_secret_get(struct store_txn *txn, const char *name, struct buf *out)
{
    uint8_t room[sizeof(SECRET_CONTEXT) + ROWKEY_MAX];
    span sealed = {NULL, 0};
    int rv = get(txn, KIND_SECRET, name, &sealed);

    if (rv != LINLI_OK)
        return rv;
    if (sealed.size < SEAL_EXTRA)
        return LINLI_E_CORRUPT;
    buf_clear(out);
    uint8_t *plain = buf_extend(out, sealed.size - SEAL_EXTRA);
    if (plain == NULL)
        return out->failed;
    rv = box_open(txn->store->seal_key, bound_to(name, room), sealed, plain);
    if (rv != LINLI_OK)
        buf_clear(out);
    return rv;
}

int meta_secret_each(struct store_txn *txn, int (*fn)(void *ctx, span name, span sealed), void *ctx)
{
    struct rowkey prefix;

    name_key(&prefix, KIND_SECRET, "");
    return table_each(txn, TABLE_META, &prefix, NULL, fn, ctx);
}

int meta_secret_put_with(struct store_txn *txn, const uint8_t seal_key[32], const char *name, span value)
{
    uint8_t room[sizeof(SECRET_CONTEXT) + ROWKEY_MAX], *sealed = NULL;
    struct rowkey key;

    name_key(&key, KIND_SECRET, name);
    /* Sealed where it will lie: the plain bytes never enter a page. */
    int rv = table_reserve(txn, TABLE_META, &key, value.size + SEAL_EXTRA, &sealed);
    if (rv == LINLI_OK)
        box_seal(seal_key, &txn->store->rng, bound_to(name, room), value, sealed);
    return rv;
}

int meta_secret_put(struct store_txn *txn, const char *name, span value)
{
    return meta_secret_put_with(txn, txn->store->seal_key, name, value);
}
