/* tests: strangers before a node, from many addresses: they trickle, or begin a handshake and leave it. */
#include "crowd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/handle.h"
#include "noise/channel.h"

enum { TRICKLE_MS = 400, FIRST_BYTES = 256 };

struct stranger {
    int fd; /* -1: none */
    size_t said;
    uint64_t since_ms;
};
struct strangers {
    const struct crowd *crowd;
    struct stranger *at;
    uint64_t began_ms;
    unsigned made, refused, cut, answered;
    uint64_t longest_ms; /* that one was borne with */
    uint8_t first[FIRST_BYTES];
    size_t first_size;
};

/*
 * The first bytes of a handshake. With the network's key they are good ones, made once and said by all: nothing in them is
 * bound to a connection, so this is the cheapest way to have a node do the dearest work.
 */
static int first_bytes(struct strangers *s)
{
    static const uint8_t start[] = {'L', 'N', 'L', 'I', 1, INTENT_SYNC};
    linli_store *store = NULL;
    struct channel channel;
    struct buf out = {0};

    memcpy(s->first, start, sizeof(start));
    s->first_size = CHANNEL_PREFIX_BYTES;
    if (s->crowd->keyless)
        return LINLI_OK;
    int rv = crowd_open_store(s->crowd, &store);
    if (rv != LINLI_OK)
        return rv;
    const struct identity *own = replica_identity(store->replica);
    struct channel_config config = {.initiator = true, .intent = INTENT_SYNC, .network = own->network.b,
                                    .psk = own->network_key, .rng = rng_system()};
    rv = channel_start(&channel, &config, &out);
    if (rv == LINLI_OK && out.size <= sizeof(s->first)) {
        memcpy(s->first, out.at, out.size);
        s->first_size = out.size;
    }
    channel_free(&channel);
    buf_free(&out);
    linli_store_close(store);
    return rv;
}

static void leave(struct strangers *s, struct stranger *one, bool was_cut)
{
    uint64_t borne_ms = crowd_now_ms() - one->since_ms;

    close(one->fd);
    one->fd = -1;
    if (!was_cut)
        return;
    s->cut++;
    s->longest_ms = borne_ms > s->longest_ms ? borne_ms : s->longest_ms;
}

static void come(struct strangers *s, struct stranger *one)
{
    *one = (struct stranger){.fd = crowd_dial(s->crowd, s->made, false), .since_ms = crowd_now_ms()};
    if (one->fd >= 0)
        s->made++;
    else
        s->refused++;
}

/* Hear what the node has to say: true while it bears with this one. */
static bool borne(struct strangers *s, struct stranger *one)
{
    uint8_t answer[2048];
    ssize_t size = recv(one->fd, answer, sizeof(answer), MSG_DONTWAIT);

    if (size > 0)
        s->answered++;
    if (size > 0 || (size < 0 && (errno == EAGAIN || errno == ENOTCONN)))
        return true;
    leave(s, one, true);
    return false;
}

static void say(struct strangers *s, struct stranger *one, size_t size)
{
    if (one->said + size > s->first_size)
        size = s->first_size - one->said;
    ssize_t sent = size == 0 ? 0 : send(one->fd, s->first + one->said, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0)
        one->said += (size_t)sent;
    else if (sent < 0 && errno != EAGAIN && errno != ENOTCONN && errno != EINPROGRESS)
        leave(s, one, true);
}

/* How many more may come now. */
static unsigned allowance(const struct strangers *s)
{
    const struct crowd *c = s->crowd;
    uint64_t now_ms = crowd_now_ms();
    uint64_t by_rate = c->rate == 0 ? UINT32_MAX : c->rate * (now_ms - s->began_ms) / 1000 + 1;
    uint64_t by_total = c->total == 0 ? UINT32_MAX : c->total;
    uint64_t most = by_rate < by_total ? by_rate : by_total, made = s->made + s->refused;
    return most > made ? (unsigned)(most - made) : 0;
}

static int begin(struct strangers *s, const struct crowd *c)
{
    *s = (struct strangers){.crowd = c, .began_ms = crowd_now_ms(), .at = calloc(c->sockets, sizeof(*s->at))};
    if (s->at == NULL)
        return LINLI_E_NOMEM;
    for (unsigned i = 0; i < c->sockets; i++)
        s->at[i].fd = -1;
    return first_bytes(s);
}

static int end(struct strangers *s, int rv)
{
    for (unsigned i = 0; s->at != NULL && i < s->crowd->sockets; i++)
        if (s->at[i].fd >= 0)
            leave(s, &s->at[i], false);
    free(s->at);
    printf("{\"made\":%u,\"refused\":%u,\"cut\":%u,\"answered\":%u,\"longest_ms\":%llu,\"seconds\":%.2f}\n", s->made, s->refused,
           s->cut, s->answered, (unsigned long long)s->longest_ms, (double)(crowd_now_ms() - s->began_ms) / 1000);
    if (rv != LINLI_OK)
        fprintf(stderr, "crowd: %s\n", linli_code_name(rv));
    return rv == LINLI_OK ? 0 : 1;
}

int crowd_trickle(const struct crowd *c)
{
    struct strangers s;
    int rv = begin(&s, c);
    uint64_t end_ms = s.began_ms + c->ms;

    while (rv == LINLI_OK && crowd_now_ms() < end_ms) {
        uint64_t turn_ms = crowd_now_ms();
        unsigned more = allowance(&s);
        for (unsigned i = 0; i < c->sockets; i++) {
            struct stranger *one = &s.at[i];
            if (one->fd >= 0 && borne(&s, one))
                say(&s, one, 1);
            if (one->fd < 0 && more > 0) {
                come(&s, one);
                more--;
            }
        }
        uint64_t took_ms = crowd_now_ms() - turn_ms;
        if (took_ms < TRICKLE_MS)
            crowd_pause_ms((unsigned)(TRICKLE_MS - took_ms));
    }
    return end(&s, rv);
}

/* A ring: the newest takes the place of the oldest, which is left without a word. */
int crowd_half_open(const struct crowd *c)
{
    struct strangers s;
    int rv = begin(&s, c);
    uint64_t end_ms = s.began_ms + c->ms;
    unsigned next = 0;

    while (rv == LINLI_OK && crowd_now_ms() < end_ms && (c->total == 0 || s.made + s.refused < c->total)) {
        if (allowance(&s) == 0) {
            crowd_pause_ms(1);
            continue;
        }
        struct stranger *one = &s.at[next++ % c->sockets];
        if (one->fd >= 0 && borne(&s, one))
            leave(&s, one, false);
        come(&s, one);
        if (one->fd >= 0)
            say(&s, one, s.first_size);
    }
    return end(&s, rv);
}

int crowd_idle(const struct crowd *c)
{
    struct strangers s;
    int rv = begin(&s, c);
    uint64_t end_ms = s.began_ms + c->ms;

    for (unsigned i = 0; i < c->sockets && rv == LINLI_OK; i++) {
        come(&s, &s.at[i]);
        if (s.at[i].fd >= 0)
            say(&s, &s.at[i], c->keyless ? 21 : s.first_size);
    }
    printf("held\n");
    fflush(stdout);
    while (rv == LINLI_OK && crowd_now_ms() < end_ms) {
        crowd_pause_ms(100);
        for (unsigned i = 0; i < c->sockets; i++)
            if (s.at[i].fd >= 0)
                (void)borne(&s, &s.at[i]);
    }
    return end(&s, rv);
}
