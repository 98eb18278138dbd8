/* auth: the keys that sealed values take: what an epoch commits to, and its keys wrapped for a device (proto/sealing.md 3). Pure. */
#ifndef LINLI_AUTH_SEAL_KEY_H
#define LINLI_AUTH_SEAL_KEY_H

#include "auth/grant.h"

enum {
    SEAL_CLASSES = 6, SEAL_MASK_ALL = (1 << SEAL_CLASSES) - 1, /* a mask has bit k - 1 for class k */
    COMMITMENTS_BYTES = SEAL_CLASSES * HASH_BYTES,
    WRAP_HEAD_BYTES = KEY_BYTES + 1,
    WRAP_BYTES_MAX = WRAP_HEAD_BYTES + SEALED_BOX_MORE + SEAL_CLASSES * AEAD_KEY_BYTES
};
#define SEAL_EPOCH_MAX UINT64_C(0xffffffff)

struct seal_epoch { /* what everybody may know of it */
    linli_hash network;
    linli_id scope;
    uint64_t epoch;
    uint8_t commitments[SEAL_CLASSES][HASH_BYTES]; /* that of class k at k - 1 */
};
typedef uint8_t seal_keys[SEAL_CLASSES][AEAD_KEY_BYTES]; /* key of class k at k - 1 */

/* Classes that a grant opens, as a mask. */
unsigned seal_mask_of(const struct grant *g);

void seal_commit(const struct seal_epoch *epoch, unsigned cls, const uint8_t key[AEAD_KEY_BYTES], linli_hash *out);
/* Fill in the commitments of these keys. */
void seal_epoch_commit(struct seal_epoch *epoch, const seal_keys keys);
void seal_epoch_record(const struct seal_epoch *epoch, linli_id *record);
void seal_key_id(const struct seal_epoch *epoch, unsigned cls, linli_id *id);

/* Append the wrap of the keys in `mask` for a device. LINLI_OK; LINLI_E_PROTOCOL (its sealing key is none); LINLI_E_NOMEM. */
int wrap_make(const uint8_t device[KEY_BYTES], const uint8_t seal_public[DH_BYTES], unsigned mask, const seal_keys keys,
              const struct rng *rng, struct buf *out);
/* Whose it is, and of which classes. False: no wrap. `device` is lent. */
bool wrap_read(span wrap, const uint8_t **device, unsigned *mask);
/*
 * Open one's own, and take the keys that make their commitments: `*mask` says which.
 * LINLI_OK; LINLI_E_KEY when it does not open.
 */
int wrap_open(span wrap, const struct seal_epoch *epoch, const uint8_t seal_public[DH_BYTES], const uint8_t seal_secret[DH_BYTES],
              seal_keys keys, unsigned *mask);

#endif
