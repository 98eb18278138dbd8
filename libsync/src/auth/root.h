/* auth: the root document: the keys that a network's authority starts from (proto/authority.md 1). Pure. */
#ifndef LINLI_AUTH_ROOT_H
#define LINLI_AUTH_ROOT_H

#include "base/crypto.h"
#include "codec/limits.h"

enum { ROOT_KEYS_MAX = 16 };
/* One version: who signs for the root. */
struct root_document {
    linli_hash id;        /* of version 1: the network's */
    uint64_t version;
    unsigned threshold, key_count;
    uint8_t keys[ROOT_KEYS_MAX][KEY_BYTES];
    uint64_t oldest;      /* the least version under which what the root said still counts by itself; of version 1: 1 */
};
struct root {
    struct root_document first;
    uint8_t salt[16];
    uint64_t created_ms;
    linli_hash network;   /* the id of the first */
    linli_id scope;       /* the root scope */
};

/*
 * Make version 1, signed by each of `secrets` (count of them, threshold 1..count); the root file is appended to `out`.
 * Returns: LINLI_OK; LINLI_E_ARG (count or threshold out of range, one key twice); LINLI_E_LIMIT; LINLI_E_NOMEM.
 */
int root_make(const struct rng *rng, uint64_t now_ms, unsigned threshold, const uint8_t (*secrets)[SIGN_SECRET_BYTES],
              unsigned count, struct buf *out);
/*
 * Decode a root file and check its signatures: at least `threshold` of them must be good.
 * Returns: LINLI_OK; LINLI_E_FORMAT; LINLI_E_LIMIT; LINLI_E_SIGNATURE; LINLI_E_VERSION (not version 1: the network's id is
 *          version 1's, and a later one says nothing without it).
 */
int root_open(span file, struct root *out);
/* A threshold that its keys can meet, no key twice, none of small order. */
bool root_keys_sound(const struct root_document *document);
/*
 * Signed by exactly as many different keys of the document as it asks for? `signatures`: key index and signature, the
 * index rising. LINLI_OK, LINLI_E_SIGNATURE, LINLI_E_NOMEM.
 */
int root_signed(const struct root_document *document, const char *context, span body, span signatures);

#endif
