/* api: key files of the root: MARK, version, public key, salt, the sealed secret; and small files written whole. */
#include "api/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linli/error.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

static const char MARK[] = "linli root key 1\n";

enum {
    MARK_BYTES = sizeof(MARK) - 1, SEALED_BYTES = XNONCE_BYTES + SIGN_SECRET_BYTES + AEAD_TAG_BYTES,
    PUBLIC_AT = MARK_BYTES, SALT_AT = PUBLIC_AT + KEY_BYTES, SEALED_AT = SALT_AT + PWHASH_SALT_BYTES,
    FILE_BYTES = SEALED_AT + SEALED_BYTES
};

/* --- files --- */

static int folder_sync(const char *path)
{
    char *folder = mem_text(path);
    int rv = folder == NULL ? LINLI_E_NOMEM : LINLI_OK;
    char *slash = rv == LINLI_OK ? strrchr(folder, '/') : NULL;

    if (slash != NULL)
        slash[slash == folder ? 1 : 0] = '\0';
    int fd = rv == LINLI_OK ? open(slash != NULL ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (rv == LINLI_OK && (fd < 0 || fsync(fd) != 0))
        rv = LINLI_E_DISK;
    if (fd >= 0)
        close(fd);
    mem_free(folder);
    return rv;
}

static int write_all(int fd, span bytes)
{
    while (bytes.size > 0) {
        ssize_t n = write(fd, bytes.at, bytes.size);
        if (n <= 0)
            return LINLI_E_DISK;
        bytes.at += n;
        bytes.size -= (size_t)n;
    }
    return fsync(fd) == 0 ? LINLI_OK : LINLI_E_DISK;
}

int file_make(const char *path, span bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);

    if (fd < 0)
        return errno == EEXIST ? LINLI_E_EXISTS : errno == ENOENT ? LINLI_E_NOT_FOUND : LINLI_E_DISK;
    int rv = write_all(fd, bytes);
    if (close(fd) != 0)
        rv = LINLI_E_DISK;
    if (rv == LINLI_OK)
        rv = folder_sync(path);
    if (rv != LINLI_OK)
        (void)unlink(path);
    return rv;
}

int file_replace(const char *path, span bytes)
{
    size_t size = strlen(path) + sizeof(".new");
    char *beside = mem_alloc(size);

    if (beside == NULL)
        return LINLI_E_NOMEM;
    snprintf(beside, size, "%s.new", path);
    (void)unlink(beside); /* of an attempt that was cut off */
    int rv = file_make(beside, bytes);
    if (rv == LINLI_OK && rename(beside, path) != 0) {
        (void)unlink(beside);
        rv = LINLI_E_DISK;
    }
    if (rv == LINLI_OK)
        rv = folder_sync(path);
    mem_free(beside);
    return rv == LINLI_E_EXISTS || rv == LINLI_E_NOT_FOUND ? LINLI_E_DISK : rv;
}

int file_read(const char *path, size_t max, struct buf *out)
{
    uint8_t block[4096];
    ssize_t n = 1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return errno == ENOENT ? LINLI_E_NOT_FOUND : LINLI_E_DISK;
    int rv = LINLI_OK;
    while (rv == LINLI_OK && n > 0) {
        n = read(fd, block, sizeof(block));
        if (n < 0)
            rv = LINLI_E_DISK;
        else if (out->size + (size_t)n > max)
            rv = LINLI_E_LIMIT;
        else
            rv = buf_append(out, block, (size_t)n);
    }
    close(fd);
    return rv;
}

/* --- key files --- */

static int sealing_key(const char *passphrase, const uint8_t *file, uint8_t key[32])
{
    return pwhash_key(span_of(passphrase, strlen(passphrase)), file + SALT_AT, key);
}

int key_file_make(const char *path, const char *passphrase, const struct rng *rng, const uint8_t secret[SIGN_SECRET_BYTES])
{
    uint8_t file[FILE_BYTES], key[32];

    memcpy(file, MARK, MARK_BYTES);
    memcpy(file + PUBLIC_AT, secret + SEED_BYTES, KEY_BYTES); /* libsodium keeps it there */
    rng_fill(rng, file + SALT_AT, PWHASH_SALT_BYTES);
    int rv = sealing_key(passphrase, file, key);
    if (rv == LINLI_OK) {
        box_seal(key, rng, span_of(file, SALT_AT), span_of(secret, SIGN_SECRET_BYTES), file + SEALED_AT);
        rv = file_make(path, span_of(file, sizeof(file)));
    }
    crypto_wipe(key, sizeof(key));
    return rv;
}

static int key_file_read(const char *path, uint8_t file[FILE_BYTES])
{
    struct buf bytes = {0};
    int rv = file_read(path, FILE_BYTES, &bytes);

    if (rv == LINLI_E_LIMIT || (rv == LINLI_OK && (bytes.size != FILE_BYTES || memcmp(bytes.at, MARK, MARK_BYTES) != 0)))
        rv = LINLI_E_FORMAT;
    if (rv == LINLI_OK)
        memcpy(file, bytes.at, FILE_BYTES);
    buf_free(&bytes);
    return rv;
}

int key_file_public(const char *path, uint8_t public_key[KEY_BYTES])
{
    uint8_t file[FILE_BYTES];
    int rv = key_file_read(path, file);

    if (rv == LINLI_OK)
        memcpy(public_key, file + PUBLIC_AT, KEY_BYTES);
    return rv;
}

int key_file_open(const char *path, const char *passphrase, uint8_t secret[SIGN_SECRET_BYTES])
{
    uint8_t file[FILE_BYTES], key[32];
    int rv = key_file_read(path, file);

    if (rv == LINLI_OK)
        rv = sealing_key(passphrase, file, key);
    if (rv == LINLI_OK)
        rv = box_open(key, span_of(file, SALT_AT), span_of(file + SEALED_AT, SEALED_BYTES), secret);
    crypto_wipe(key, sizeof(key));
    return rv;
}
