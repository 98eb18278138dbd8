/* tests: the bad network of proxy.h: one thread around poll(), each connection a pair of lanes with a bounded buffer. */
#include "proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PAIRS_MAX = 32, LANE_BYTES = 32 * 1024, CHUNKS_MAX = 64, TICK_MS = 5, IDLE_TICK_MS = 100, BACKLOG = 64 };

const char *const proxy_trouble_names[PROXY_TROUBLES] = {"none", "stall", "reset", "half-close", "flip", "cut"};

struct chunk { /* bytes that came together leave together */
    size_t size;
    uint64_t due_ms;
};
struct lane {
    int from, to;
    uint8_t bytes[LANE_BYTES];
    size_t size, chunk_count;
    struct chunk chunks[CHUNKS_MAX];
    uint64_t taken, passed, began_ms, held_until_ms;
    bool ended, shut; /* no more comes; the far side knows */
};
struct pair {
    struct pair *next;
    struct lane lanes[PROXY_WAYS];
    struct proxy_faults faults;
    unsigned number;
    bool struck;
    uint64_t moved_ms;
    const char *end; /* why, once it is over */
};
struct proxy {
    const struct proxy_options *options;
    FILE *out;
    int listener;
    struct pair *pairs;
    size_t pair_count;
    unsigned accepted, finished;
};

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* --- what a connection suffers --- */

static uint64_t draw(uint64_t *state) /* splitmix64 */
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void proxy_draw(uint64_t seed, uint64_t number, uint64_t bytes, struct proxy_faults *out)
{
    uint64_t state = seed ^ number * UINT64_C(0xd1342543de82ef95);

    (void)draw(&state);
    *out = (struct proxy_faults){.trouble = (enum proxy_trouble)(draw(&state) % PROXY_TROUBLES)};
    if (draw(&state) % 3 == 0)
        out->latency_ms = (unsigned)(1 + draw(&state) % 40);
    if (draw(&state) % 4 == 0)
        out->rate_bytes = UINT64_C(16) * 1024 << draw(&state) % 6;
    out->one_byte = draw(&state) % 6 == 0;
    out->way = (enum proxy_way)(draw(&state) % PROXY_WAYS);
    /* Small numbers as often as large ones: most of what is delicate stands at the beginning. */
    uint64_t below = draw(&state) % 3 == 0 ? bytes : draw(&state) % 2 == 0 ? 1500 : 400;
    out->at = draw(&state) % (below < bytes ? below : bytes);
    out->amount = out->trouble == PROXY_STALL ? (unsigned)(50 + draw(&state) % 1000) : (unsigned)(draw(&state) % 8);
}

/* --- sockets --- */

static void set_up(int fd)
{
    int one = 1;
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static int dial(uint16_t port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof(at)) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static void finish(struct proxy *x, struct pair *p)
{
    struct linger hard = {.l_onoff = 1, .l_linger = 0};

    for (int i = 0; i < PROXY_WAYS; i++) {
        if (strcmp(p->end, "reset") == 0)
            (void)setsockopt(p->lanes[i].from, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
        close(p->lanes[i].from);
    }
    fprintf(x->out, "%u up=%llu down=%llu end=%s trouble=%s struck=%d\n", p->number,
            (unsigned long long)p->lanes[PROXY_UP].passed, (unsigned long long)p->lanes[PROXY_DOWN].passed, p->end,
            proxy_trouble_names[p->faults.trouble], p->struck);
    fflush(x->out);
    free(p);
    x->pair_count--;
    x->finished++;
}

static void welcome(struct proxy *x)
{
    int near = accept(x->listener, NULL, NULL), far = near < 0 ? -1 : dial(x->options->port);
    struct pair *p = far < 0 ? NULL : calloc(1, sizeof(*p));

    if (near >= 0)
        x->accepted++;
    if (p == NULL) {
        if (near >= 0) {
            close(near);
            x->finished++;
        }
        if (far >= 0)
            close(far);
        return;
    }
    set_up(near);
    set_up(far);
    p->number = x->accepted;
    p->faults = x->options->faults;
    if (x->options->draw_bytes != 0)
        proxy_draw(x->options->seed, p->number, x->options->draw_bytes, &p->faults);
    p->lanes[PROXY_UP].from = p->lanes[PROXY_DOWN].to = near;
    p->lanes[PROXY_UP].to = p->lanes[PROXY_DOWN].from = far;
    p->moved_ms = p->lanes[PROXY_UP].began_ms = p->lanes[PROXY_DOWN].began_ms = now_ms();
    p->next = x->pairs;
    x->pairs = p;
    x->pair_count++;
}

/* --- one lane --- */

static void take_in(struct pair *p, struct lane *l, uint64_t now)
{
    size_t room = LANE_BYTES - l->size;
    if (p->end != NULL || l->ended || room == 0 || l->chunk_count == CHUNKS_MAX)
        return;
    ssize_t size = recv(l->from, l->bytes + l->size, room, 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size < 0) {
        p->end = "lost";
        return;
    }
    l->ended = size == 0;
    if (size == 0)
        return;
    l->chunks[l->chunk_count++] = (struct chunk){.size = (size_t)size, .due_ms = now + p->faults.latency_ms};
    l->size += (size_t)size;
    l->taken += (uint64_t)size;
}

/* How many bytes may leave now: what is due, as the rate allows, and no further than where the trouble stands. */
static size_t due(const struct pair *p, const struct lane *l, enum proxy_way way, uint64_t now)
{
    const struct proxy_faults *f = &p->faults;
    size_t size = 0;

    if (now < l->held_until_ms)
        return 0;
    for (size_t i = 0; i < l->chunk_count && l->chunks[i].due_ms <= now; i++)
        size += l->chunks[i].size;
    if (f->rate_bytes != 0) {
        uint64_t allowed = f->rate_bytes * (now - l->began_ms) / 1000 + 1;
        uint64_t left = allowed > l->passed ? allowed - l->passed : 0;
        size = left < size ? (size_t)left : size;
    }
    if (f->one_byte && size > 1)
        size = 1;
    if (f->trouble != PROXY_NONE && f->way == way && !p->struck && l->passed < f->at && f->at - l->passed < size)
        size = (size_t)(f->at - l->passed);
    return size;
}

static void drop_front(struct lane *l, size_t size)
{
    l->passed += size;
    l->size -= size;
    memmove(l->bytes, l->bytes + size, l->size);
    while (size > 0) {
        size_t part = l->chunks[0].size < size ? l->chunks[0].size : size;
        l->chunks[0].size -= part;
        size -= part;
        if (l->chunks[0].size == 0)
            memmove(l->chunks, l->chunks + 1, --l->chunk_count * sizeof(l->chunks[0]));
    }
}

/* The place has been reached and there is a byte to which it can happen. */
static void strike(struct pair *p, struct lane *l, uint64_t now)
{
    p->struck = true;
    switch (p->faults.trouble) {
    case PROXY_STALL: l->held_until_ms = now + p->faults.amount; break;
    case PROXY_RESET: p->end = "reset"; break;
    case PROXY_CUT: p->end = "cut"; break;
    case PROXY_FLIP: l->bytes[0] ^= (uint8_t)(1u << p->faults.amount % 8); break;
    case PROXY_HALF_CLOSE:
        (void)shutdown(l->to, SHUT_WR);
        l->shut = true;
        break;
    case PROXY_NONE:
    case PROXY_TROUBLES: break;
    }
}

static void give_out(struct pair *p, enum proxy_way way, uint64_t now)
{
    struct lane *l = &p->lanes[way];
    const struct proxy_faults *f = &p->faults;

    if (p->end == NULL && f->trouble != PROXY_NONE && f->way == way && !p->struck && l->passed == f->at && l->size > 0)
        strike(p, l, now);
    size_t size = p->end != NULL ? 0 : due(p, l, way, now);
    if (size > 0 && l->shut) {
        drop_front(l, size);
    } else if (size > 0) {
        ssize_t sent = send(l->to, l->bytes, size, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            p->end = "lost";
        if (sent > 0) {
            drop_front(l, (size_t)sent);
            p->moved_ms = now;
        }
    }
    if (p->end == NULL && l->ended && l->size == 0 && !l->shut) {
        (void)shutdown(l->to, SHUT_WR);
        l->shut = true;
    }
}

static void judge(const struct proxy *x, struct pair *p, uint64_t now)
{
    const struct lane *up = &p->lanes[PROXY_UP], *down = &p->lanes[PROXY_DOWN];
    unsigned patience_ms = x->options->patience_ms;

    if (p->end == NULL && up->ended && down->ended && up->size == 0 && down->size == 0)
        p->end = "closed";
    if (p->end == NULL && patience_ms != 0 && p->struck && p->faults.trouble == PROXY_FLIP && now - p->moved_ms >= patience_ms)
        p->end = "patience";
}

/* --- the loop --- */

/* What to wait for; the time in ms, short when something waits for its hour. */
static int prepare(const struct proxy *x, struct pollfd *fds, uint64_t now)
{
    int wait_ms = IDLE_TICK_MS;
    nfds_t n = 1;
    fds[0] = (struct pollfd){.fd = x->pair_count < PAIRS_MAX ? x->listener : -1, .events = POLLIN};
    for (const struct pair *p = x->pairs; p != NULL; p = p->next) {
        for (int way = 0; way < PROXY_WAYS; way++) {
            const struct lane *l = &p->lanes[way], *back = &p->lanes[!way];
            bool room = !l->ended && l->size < LANE_BYTES && l->chunk_count < CHUNKS_MAX;
            bool ready = !back->shut && due(p, back, (enum proxy_way)!way, now) > 0; /* what leaves by this socket */
            short events = (short)((room ? POLLIN : 0) | (ready ? POLLOUT : 0));
            fds[n++] = (struct pollfd){.fd = events != 0 ? l->from : -1, .events = events};
            if (l->size > 0)
                wait_ms = TICK_MS;
        }
    }
    return wait_ms;
}

static void turn(struct proxy *x, uint64_t now)
{
    struct pair **link = &x->pairs;
    while (*link != NULL) {
        struct pair *p = *link;
        for (int way = 0; way < PROXY_WAYS; way++) {
            take_in(p, &p->lanes[way], now);
            give_out(p, (enum proxy_way)way, now);
        }
        judge(x, p, now);
        if (p->end == NULL) {
            link = &p->next;
            continue;
        }
        *link = p->next;
        finish(x, p);
    }
}

static int listen_anywhere(uint16_t *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &size) != 0) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    *port = ntohs(at.sin_port);
    set_up(fd);
    return fd;
}

int proxy_run(const struct proxy_options *options, FILE *out)
{
    struct proxy x = {.options = options, .out = out};
    struct pollfd fds[1 + PAIRS_MAX * PROXY_WAYS];
    uint16_t port = 0;

    x.listener = listen_anywhere(&port);
    if (x.listener < 0)
        return -1;
    fprintf(out, "listening %u\n", port);
    fflush(out);
    uint64_t end = now_ms() + UINT64_C(1000) * options->seconds_max;
    while (now_ms() < end && (options->connections_max == 0 || x.finished < options->connections_max)) {
        int wait_ms = prepare(&x, fds, now_ms());
        if (poll(fds, 1 + (nfds_t)(x.pair_count * PROXY_WAYS), wait_ms) < 0 && errno != EINTR)
            break;
        if ((fds[0].revents & POLLIN) != 0)
            welcome(&x);
        turn(&x, now_ms());
    }
    for (struct pair *p = x.pairs; p != NULL; p = p->next)
        p->end = "time";
    turn(&x, now_ms());
    close(x.listener);
    return 0;
}
