/* tests: a made-up network: root keys, an office and its devices, all from fixed seeds. */
#ifndef LINLI_TEST_PEOPLE_H
#define LINLI_TEST_PEOPLE_H

#include <string.h>

#include "auth/auth.h"
#include "base/check.h"
#include "codec/writer.h"

struct person {
    uint8_t key[KEY_BYTES], secret[SIGN_SECRET_BYTES];
};

static inline void people_fill(void *ctx, uint8_t *out, size_t size)
{
    memset(out, *(const int *)ctx, size);
}

/* The person whose seed is one byte 32 times over. */
static inline struct person person(int byte)
{
    struct person p;
    struct rng rng = {people_fill, &byte};

    sign_keypair(&rng, p.key, p.secret);
    return p;
}

static inline struct root people_root(unsigned threshold, unsigned count, struct buf *file)
{
    uint8_t secrets[ROOT_KEYS_MAX][SIGN_SECRET_BYTES];
    int salt = 0x5a;
    struct rng rng = {people_fill, &salt};
    struct root root;

    for (unsigned i = 0; i < count; i++)
        memcpy(secrets[i], person((int)(100 + i)).secret, SIGN_SECRET_BYTES);
    ALWAYS(root_make(&rng, 1700000000000U, threshold, (const uint8_t (*)[SIGN_SECRET_BYTES])secrets, count, file) == 0);
    ALWAYS(root_open(buf_span(file), &root) == 0);
    return root;
}

/* A path whose nonces are the given bytes, 16 times over. */
static inline struct scope_path path_of(const char *nonces)
{
    struct scope_path path = {.depth = strlen(nonces)};

    for (size_t i = 0; i < path.depth; i++)
        memset(path.nonce[i], nonces[i], 16);
    return path;
}

/* Grants that were verified before. */
struct held {
    struct grant grants[16];
    size_t count;
};

static inline int held_find(void *ctx, const linli_hash *id, struct grant *out)
{
    const struct held *held = ctx;

    for (size_t i = 0; i < held->count; i++)
        if (hash_equal(&held->grants[i].id, id)) {
            *out = held->grants[i];
            return LINLI_OK;
        }
    return LINLI_E_NOT_FOUND;
}

/* Who signs for the root: a person (person()), and the index that it claims. */
struct signing {
    int signer;
    unsigned index;
};

/* The same body, signed so. */
static inline void signed_by_root(const char *context, const struct signing *by, size_t count, struct buf *certificate)
{
    struct certified said;
    struct buf body = {0}, signatures = {0};

    ALWAYS(certificate_split(buf_span(certificate), LIMIT_STATEMENT_BYTES, &said) == 0);
    ALWAYS(buf_append(&body, said.body.at, said.body.size) == 0);
    for (size_t i = 0; i < count; i++) {
        uint8_t signature[SIGNATURE_BYTES];
        ALWAYS(sign_make(person(by[i].signer).secret, context, buf_span(&body), signature) == 0);
        buf_byte(&signatures, (uint8_t)by[i].index);
        ALWAYS(buf_append(&signatures, signature, sizeof(signature)) == 0);
    }
    buf_clear(certificate);
    write_array(certificate, 2);
    write_bin(certificate, body.at, body.size);
    write_bin(certificate, signatures.at, signatures.size);
    ALWAYS(certificate->failed == 0);
    buf_free(&body);
    buf_free(&signatures);
}

/* A draft of a grant to `subject` under `issuer` (NULL: the root's first document). */
static inline struct grant grant_draft(const struct root *root, const struct grant *issuer, const struct person *subject,
                                       const char *nonces, unsigned rights, uint64_t expires_ms)
{
    struct grant g = {.by_root = issuer == NULL, .network = root->network, .path = path_of(nonces),
                      .role = ROLE_CLERK, .rights = rights, .issued_ms = 1700000001000U, .expires_ms = expires_ms};

    g.issuer = issuer != NULL ? issuer->id : root->first.id;
    g.root_version = issuer != NULL ? 0 : 1;
    memcpy(g.subject, subject->key, KEY_BYTES);
    memset(g.seal, 0x66, KEY_BYTES);
    memset(g.salt, 0x67, sizeof(g.salt));
    return g;
}

/* Sign, decode again from bytes that stay in `certificate`, and check. */
static inline int grant_issue(const struct root *root, const struct person *signer, struct grant *g,
                              const struct held *held, struct buf *certificate)
{
    struct grant_source source = {held_find, (void *)(uintptr_t)held, NULL};

    buf_clear(certificate);
    int rv = grant_make(signer->secret, g, certificate);
    if (rv == 0)
        rv = grant_decode(buf_span(certificate), g);
    return rv == 0 ? grant_check(root, g, &source) : rv;
}

#endif
