/*
 * replica: the root's signing key in the store's folder, sealed under the store key, until its owner takes it away: made with
 * the root, and sealed anew with the store. What a change of the key that was cut off left behind is settled at opening.
 */
#ifndef LINLI_REPLICA_ROOT_KEY_H
#define LINLI_REPLICA_ROOT_KEY_H

#include "base/crypto.h"

/* Write it where there is none. */
int root_key_write(const char *dir, const uint8_t key[32], const struct rng *rng, const uint8_t secret[SIGN_SECRET_BYTES]);
/* Read it. LINLI_E_NOT_FOUND: it was taken away; LINLI_E_KEY: this key does not open what is there; LINLI_E_DISK. */
int root_key_read(const char *dir, const uint8_t key[32], uint8_t secret[SIGN_SECRET_BYTES]);
/* Take it away: it is elsewhere now. LINLI_OK or LINLI_E_DISK. */
int root_key_remove(const char *dir);
/*
 * The first half of a change: beside it, the same under another key. LINLI_OK also when there is no file, or one that this key
 * does not open: it is not ours to change then.
 */
int root_key_prepare(const char *dir, const uint8_t key[32], const uint8_t next[32], const struct rng *rng);
/* The second half, and what opening a store does: of the two, the one under the store's key stays. */
int root_key_settle(const char *dir, const uint8_t key[32]);

#endif
