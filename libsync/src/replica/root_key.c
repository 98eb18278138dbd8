/* replica: the root's signing key in the store's folder. */
#include "replica/root_key.h"

#include <errno.h>
#include <fcntl.h>
#include <linli/error.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char NAME[] = "root.key", NAME_NEXT[] = "root.key.new";
enum { SEALED_BYTES = XNONCE_BYTES + SIGN_SECRET_BYTES + AEAD_TAG_BYTES };

static span bound_to(void)
{
    return span_of(NAME, sizeof(NAME));
}

static int folder(const char *dir)
{
    return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int write_all(int fd, const uint8_t *at, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, at, size);
        if (n <= 0)
            return LINLI_E_DISK;
        at += n;
        size -= (size_t)n;
    }
    return fsync(fd) == 0 ? LINLI_OK : LINLI_E_DISK;
}

static int put(int dir, const char *name, const uint8_t key[32], const struct rng *rng, const uint8_t secret[SIGN_SECRET_BYTES])
{
    uint8_t sealed[SEALED_BYTES];

    box_seal(key, rng, bound_to(), span_of(secret, SIGN_SECRET_BYTES), sealed);
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    int rv = fd < 0 ? LINLI_E_DISK : write_all(fd, sealed, sizeof(sealed));
    if (fd >= 0 && close(fd) != 0)
        rv = LINLI_E_DISK;
    return rv == LINLI_OK && fsync(dir) != 0 ? LINLI_E_DISK : rv;
}

/* LINLI_OK; LINLI_E_NOT_FOUND; LINLI_E_KEY: this key does not open what is there. */
static int get(int dir, const char *name, const uint8_t key[32], uint8_t secret[SIGN_SECRET_BYTES])
{
    uint8_t sealed[SEALED_BYTES + 1];
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return errno == ENOENT ? LINLI_E_NOT_FOUND : LINLI_E_DISK;
    ssize_t size = read(fd, sealed, sizeof(sealed));
    close(fd);
    if (size != SEALED_BYTES)
        return size < 0 ? LINLI_E_DISK : LINLI_E_KEY;
    return box_open(key, bound_to(), span_of(sealed, SEALED_BYTES), secret);
}

int root_key_write(const char *dir, const uint8_t key[32], const struct rng *rng, const uint8_t secret[SIGN_SECRET_BYTES])
{
    int fd = folder(dir);
    int rv = fd < 0 ? LINLI_E_DISK : put(fd, NAME, key, rng, secret);

    if (fd >= 0)
        close(fd);
    return rv;
}

int root_key_read(const char *dir, const uint8_t key[32], uint8_t secret[SIGN_SECRET_BYTES])
{
    int fd = folder(dir);
    int rv = fd < 0 ? LINLI_E_DISK : get(fd, NAME, key, secret);

    if (fd >= 0)
        close(fd);
    return rv;
}

int root_key_remove(const char *dir)
{
    int fd = folder(dir);
    int rv = fd >= 0 && unlinkat(fd, NAME, 0) == 0 && fsync(fd) == 0 ? LINLI_OK : LINLI_E_DISK;

    if (fd >= 0)
        close(fd);
    return rv;
}

int root_key_prepare(const char *dir, const uint8_t key[32], const uint8_t next[32], const struct rng *rng)
{
    uint8_t secret[SIGN_SECRET_BYTES];
    int fd = folder(dir);
    int rv = fd < 0 ? LINLI_E_DISK : get(fd, NAME, key, secret);

    if (rv == LINLI_OK) {
        (void)unlinkat(fd, NAME_NEXT, 0); /* of a change before this one, which has not become true */
        rv = put(fd, NAME_NEXT, next, rng, secret);
    } else if (rv == LINLI_E_NOT_FOUND || rv == LINLI_E_KEY) {
        rv = LINLI_OK;
    }
    crypto_wipe(secret, sizeof(secret));
    if (fd >= 0)
        close(fd);
    return rv;
}

int root_key_settle(const char *dir, const uint8_t key[32])
{
    uint8_t secret[SIGN_SECRET_BYTES];
    int fd = folder(dir);
    int rv = fd < 0 ? LINLI_E_DISK : get(fd, NAME_NEXT, key, secret);

    crypto_wipe(secret, sizeof(secret));
    if (rv == LINLI_OK)
        rv = renameat(fd, NAME_NEXT, fd, NAME) == 0 && fsync(fd) == 0 ? LINLI_OK : LINLI_E_DISK;
    else if (rv == LINLI_E_KEY)
        rv = unlinkat(fd, NAME_NEXT, 0) == 0 ? LINLI_OK : LINLI_E_DISK;
    else if (rv == LINLI_E_NOT_FOUND)
        rv = LINLI_OK;
    if (fd >= 0)
        close(fd);
    return rv;
}
