/* auth: make and open the root document; a network is named by the hash of its first one. */
#include "auth/root.h"
#include "auth/certificate.h"
#include "auth/path.h"
#include "base/check.h"
#include "codec/reader.h"
#include "codec/scan.h"
#include "codec/writer.h"

#include <linli/error.h>
#include <string.h>

static const char ROOT_CONTEXT[] = "linli/root/1";

enum { DOCUMENT_FIELDS = 5, ROOT_DEPTH = 3, ROOT_ITEMS = 128 };

bool root_keys_sound(const struct root_document *d)
{
    for (unsigned i = 0; i < d->key_count; i++) {
        if (sign_key_small(d->keys[i]))
            return false;
        for (unsigned k = 0; k < i; k++)
            if (memcmp(d->keys[i], d->keys[k], KEY_BYTES) == 0) /* it would count twice towards the threshold */
                return false;
    }
    return d->threshold >= 1 && d->threshold <= d->key_count;
}

static void document_write(const struct root *root, struct buf *out)
{
    write_array(out, DOCUMENT_FIELDS);
    write_uint(out, root->first.version);
    write_uint(out, root->first.threshold);
    write_array(out, root->first.key_count);
    for (unsigned i = 0; i < root->first.key_count; i++)
        write_bin(out, root->first.keys[i], KEY_BYTES);
    write_bin(out, root->salt, sizeof(root->salt));
    write_uint(out, root->created_ms);
}

static int file_write(span document, const uint8_t (*secrets)[SIGN_SECRET_BYTES], unsigned count,
                      struct buf *out)
{
    write_array(out, 2);
    write_bin(out, document.at, document.size);
    write_array(out, count);
    for (unsigned i = 0; i < count; i++) {
        uint8_t signature[SIGNATURE_BYTES];
        int rv = sign_make(secrets[i], ROOT_CONTEXT, document, signature);
        ALWAYS(rv == LINLI_OK); /* a document of ROOT_KEYS_MAX keys is signed without reserving anything */
        write_array(out, 2);
        write_uint(out, i);
        write_bin(out, signature, sizeof(signature));
    }
    return out->failed;
}

int root_make(const struct rng *rng, uint64_t now_ms, unsigned threshold,
              const uint8_t (*secrets)[SIGN_SECRET_BYTES], unsigned count, struct buf *out)
{
    struct root root = {.first = {.version = 1, .threshold = threshold, .key_count = count}, .created_ms = now_ms};
    struct buf document = {.cap = LIMIT_ROOT_BYTES};
    size_t start = out->size;

    if (count > ROOT_KEYS_MAX)
        return LINLI_E_ARG;
    for (unsigned i = 0; i < count; i++) /* libsodium keeps the public key in the second half of the secret */
        memcpy(root.first.keys[i], secrets[i] + SEED_BYTES, KEY_BYTES);
    if (!root_keys_sound(&root.first))
        return LINLI_E_ARG;
    rng_fill(rng, root.salt, sizeof(root.salt));
    document_write(&root, &document);
    int rv = document.failed;
    if (rv == LINLI_OK)
        rv = file_write(buf_span(&document), secrets, count, out);
    if (rv != LINLI_OK)
        out->size = start;
    buf_free(&document);
    return rv;
}

static int document_decode(span document, struct root *out)
{
    struct root_document *d = &out->first;
    struct reader r;
    int rv = scan_item(document, ROOT_DEPTH, ROOT_ITEMS);

    if (rv != LINLI_OK)
        return rv;
    reader_start(&r, document);
    size_t fields = reader_array(&r, SIZE_MAX);
    d->version = reader_uint(&r, UINT64_MAX);
    if (r.failed != LINLI_OK || d->version == 0)
        return LINLI_E_FORMAT;
    if (d->version != 1)
        return LINLI_E_VERSION;
    if (fields != DOCUMENT_FIELDS)
        return LINLI_E_FORMAT;
    d->threshold = (unsigned)reader_uint(&r, ROOT_KEYS_MAX);
    d->key_count = (unsigned)reader_array(&r, ROOT_KEYS_MAX);
    for (unsigned i = 0; i < d->key_count; i++)
        reader_fixed(&r, d->keys[i], KEY_BYTES);
    reader_fixed(&r, out->salt, sizeof(out->salt));
    out->created_ms = reader_uint(&r, UINT64_MAX);
    rv = reader_end(&r);
    if (rv != LINLI_OK)
        return rv;
    d->oldest = 1;
    return root_keys_sound(d) ? LINLI_OK : LINLI_E_FORMAT;
}

/* Read all signatures and count the good ones. A bad one proves nothing and spoils nothing. */
static int signatures_check(struct reader *r, span document, const struct root_document *root)
{
    size_t count = reader_array(r, root->key_count);
    unsigned good = 0, next = 0;

    for (size_t i = 0; i < count; i++) {
        uint8_t signature[SIGNATURE_BYTES];
        if (reader_array(r, 2) != 2)
            reader_fail(r);
        unsigned index = (unsigned)reader_uint(r, root->key_count - 1);
        reader_fixed(r, signature, sizeof(signature));
        if (r->failed != LINLI_OK || index < next)
            return LINLI_E_FORMAT;
        next = index + 1;
        int rv = sign_check(root->keys[index], ROOT_CONTEXT, document, signature);
        ALWAYS(rv == LINLI_OK || rv == LINLI_E_SIGNATURE); /* what was decoded is small, as above */
        good += rv == LINLI_OK;
    }
    if (reader_end(r) != LINLI_OK)
        return LINLI_E_FORMAT;
    return good >= root->threshold ? LINLI_OK : LINLI_E_SIGNATURE;
}

int root_open(span file, struct root *out)
{
    struct reader r;

    *out = (struct root){0};
    if (file.size > LIMIT_ROOT_BYTES)
        return LINLI_E_LIMIT;
    int rv = scan_item(file, ROOT_DEPTH, ROOT_ITEMS);
    if (rv != LINLI_OK)
        return rv;
    reader_start(&r, file);
    if (reader_array(&r, 2) != 2)
        return LINLI_E_FORMAT;
    span document = reader_bin(&r, LIMIT_ROOT_BYTES);
    if (r.failed != LINLI_OK)
        return LINLI_E_FORMAT;
    rv = document_decode(document, out);
    if (rv == LINLI_OK)
        rv = signatures_check(&r, document, &out->first);
    if (rv != LINLI_OK)
        return rv;
    crypto_hash(ROOT_CONTEXT, &document, 1, &out->network);
    out->first.id = out->network;
    path_scope(&out->network, &(struct scope_path){.depth = 0}, &out->scope);
    return LINLI_OK;
}

int root_signed(const struct root_document *document, const char *context, span body, span signatures)
{
    unsigned next = 0;
    int rv = LINLI_OK;

    if (signatures.size != document->threshold * (size_t)ROOT_SIGNATURE_BYTES)
        return LINLI_E_SIGNATURE;
    for (const uint8_t *at = signatures.at; at < signatures.at + signatures.size && rv == LINLI_OK; at += ROOT_SIGNATURE_BYTES) {
        unsigned index = at[0];
        if (index < next || index >= document->key_count) /* one key twice would count twice */
            return LINLI_E_SIGNATURE;
        next = index + 1;
        rv = sign_check(document->keys[index], context, body, at + 1);
    }
    return rv;
}
