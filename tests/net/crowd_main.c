/*
 * tests: the crowd that gathers before a node: strangers who trickle or leave handshakes half open, members who never listen or
 * never stop, and one honest member whose sessions are timed. Everything stays on 127.0.0.0/8 and ends by itself.
 */
#include "crowd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ADDRESSES = 60000, MS_MAX = 600 * 1000 };

uint64_t crowd_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void crowd_pause_ms(unsigned ms)
{
    struct timespec wait = {ms / 1000, (long)(ms % 1000) * 1000000};
    nanosleep(&wait, NULL);
}

int crowd_dial(const struct crowd *c, unsigned n, bool wait)
{
    struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET, .sin_port = htons(c->port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

    if (c->scattered) /* the n-th of 255 neighbourhoods, and in it anywhere */
        from.sin_addr.s_addr = htonl(0x7f000001u | (n % 255 + 1) << 16 | (n * 2654435761u >> 16 & 0xfffe));
    else
        from.sin_addr.s_addr = htonl(0x7f010001u + n % ADDRESSES); /* 127.1.0.1 and on */
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (!wait)
        (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    if (bind(fd, (struct sockaddr *)&from, sizeof(from)) != 0 ||
        (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0 && errno != EINPROGRESS)) {
        close(fd);
        return -1;
    }
    return fd;
}

int crowd_open_store(const struct crowd *c, linli_store **out)
{
    uint8_t key[LINLI_KEY_BYTES];
    struct linli_options options = {.size = sizeof(options), .dir = c->store, .key = key};
    char path[4096];

    (void)snprintf(path, sizeof(path), "%s/store.key", c->store == NULL ? "." : c->store);
    FILE *file = fopen(path, "rb");
    bool read = file != NULL && fread(key, 1, sizeof(key), file) == sizeof(key);
    if (file != NULL)
        fclose(file);
    return read ? linli_store_open(&options, out) : LINLI_E_KEY;
}

static const struct {
    const char *name;
    int (*run)(const struct crowd *c);
} MODES[] = {{"trickle", crowd_trickle}, {"half-open", crowd_half_open}, {"idle", crowd_idle},
             {"deaf", crowd_deaf},       {"ask", crowd_ask},             {"send", crowd_send},
             {"write", crowd_write},     {"offend", crowd_offend},       {"honest", crowd_honest}};

static bool read_option(const char *name, const char *value, struct crowd *c)
{
    unsigned n = (unsigned)strtoul(value, NULL, 10);
    if (strcmp(name, "--port") == 0)
        c->port = (uint16_t)n;
    else if (strcmp(name, "--store") == 0)
        c->store = value;
    else if (strcmp(name, "--sockets") == 0)
        c->sockets = n;
    else if (strcmp(name, "--total") == 0)
        c->total = n;
    else if (strcmp(name, "--ms") == 0)
        c->ms = n < MS_MAX ? n : MS_MAX;
    else if (strcmp(name, "--rate") == 0)
        c->rate = n;
    else if (strcmp(name, "--keyless") == 0)
        c->keyless = n != 0;
    else if (strcmp(name, "--scattered") == 0)
        c->scattered = n != 0;
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    struct crowd crowd = {.sockets = 1, .ms = 60 * 1000};
    struct rlimit files;
    bool good = argc >= 2 && argc % 2 == 0;

    for (int i = 2; i + 1 < argc && good; i += 2)
        good = read_option(argv[i], argv[i + 1], &crowd);
    signal(SIGPIPE, SIG_IGN);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    for (size_t i = 0; i < sizeof(MODES) / sizeof(MODES[0]) && good; i++)
        if (strcmp(MODES[i].name, argv[1]) == 0)
            return MODES[i].run(&crowd);
    fprintf(stderr, "crowd trickle|half-open|idle|deaf|ask|send|write|offend|honest --port N [--store DIR] [--sockets N] [--total N]\n"
                    "      [--ms N] [--rate N] [--keyless 1] [--scattered 1]\n");
    return 2;
}
