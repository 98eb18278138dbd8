/* api: a signing key of the root in a file of its own, which a passphrase opens (Argon2id); and small files written whole. */
#ifndef LINLI_API_KEY_FILE_H
#define LINLI_API_KEY_FILE_H

#include "base/crypto.h"

/* Write a new file, mode 0600, on the disk with its name. LINLI_OK, LINLI_E_EXISTS, LINLI_E_NOT_FOUND (no such folder), LINLI_E_DISK. */
int file_make(const char *path, span bytes);
/* Put other bytes in its place, or leave it as it is. LINLI_OK, LINLI_E_DISK, LINLI_E_NOMEM. */
int file_replace(const char *path, span bytes);
/* The whole file; at most `max` bytes. LINLI_OK, LINLI_E_NOT_FOUND, LINLI_E_LIMIT, LINLI_E_DISK, LINLI_E_NOMEM. */
int file_read(const char *path, size_t max, struct buf *out);

/* LINLI_OK, as file_make; LINLI_E_NOMEM. */
int key_file_make(const char *path, const char *passphrase, const struct rng *rng, const uint8_t secret[SIGN_SECRET_BYTES]);
/* LINLI_OK; LINLI_E_FORMAT (no key file); LINLI_E_VERSION; as file_read. */
int key_file_public(const char *path, uint8_t public_key[KEY_BYTES]);
/* The same, and LINLI_E_KEY (another passphrase). */
int key_file_open(const char *path, const char *passphrase, uint8_t secret[SIGN_SECRET_BYTES]);

#endif
