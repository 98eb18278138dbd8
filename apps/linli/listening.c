/* Command line, listening: only who runs inside the daemon trusts the word, for a daemon that was killed leaves it. */
#include "listening.h"

#include <fcntl.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "session_output.h"

enum { PATH_BYTES = 4200 };

static bool path_of(const struct context *ctx, char *path)
{
    int size = snprintf(path, PATH_BYTES, "%s/listening", ctx->store_dir);
    return size > 0 && size < PATH_BYTES;
}

void listening_note(const struct context *ctx, const char *address)
{
    char path[PATH_BYTES];
    if (!path_of(ctx, path))
        return;
    unlink(path);
    int fd = address != NULL ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600) : -1;
    if (fd < 0)
        return;
    dprintf(fd, "%s\n", address);
    close(fd);
}

bool listening_read(const struct context *ctx, char *host, unsigned *port)
{
    char path[PATH_BYTES], line[300];
    FILE *file = ctx->store_borrowed && path_of(ctx, path) ? fopen(path, "re") : NULL;
    if (file == NULL)
        return false;
    bool good = fgets(line, sizeof(line), file) != NULL;
    fclose(file);
    if (good)
        line[strcspn(line, "\n")] = '\0';
    return good && session_address(line, host, port);
}

/* Only an address of this machine can be bound to. */
static bool is_ours(const char *host)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM};
    struct addrinfo *found = NULL;
    if (getaddrinfo(host, NULL, &hints, &found) != 0)
        return false;
    int fd = socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool ours = fd >= 0 && bind(fd, found->ai_addr, found->ai_addrlen) == 0;
    if (fd >= 0)
        close(fd);
    freeaddrinfo(found);
    return ours;
}

bool listening_is_own(const struct context *ctx, const char *host, unsigned port)
{
    char own[256];
    unsigned at = 0;
    return listening_read(ctx, own, &at) && at == port && (strcmp(own, host) == 0 || is_ours(host));
}
