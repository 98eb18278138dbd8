/*
 * tests: a member that does its worst with a good key: asks whose answers are large, or runs, as fast as the line takes
 * them. A deaf one asks, and reads nothing back; an offender says what it may not, is cut, and comes again.
 */
#include "crowd.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/handle.h"
#include "noise/channel.h"
#include "session/message.h"

enum { BURST_BYTES = 16 * 1024, HEAR_BYTES = 64 * 1024, HANDSHAKE_MS = 5000, WAIT_MS = 50, AGAIN_MS = 100, CUTS_MAX = 500,
       CREDIT_BYTES = 256 * 1024, ALL_CLASSES = 7 };

struct member;
struct manner {
    int (*say)(struct member *m);
    size_t burst;           /* bytes, before they are put on the line */
    bool listens, credited; /* reads what comes; says no more than it was given credit for, so understands what comes */
};
struct member {
    const struct crowd *crowd;
    const struct manner *manner;
    linli_store *store;
    struct scope_path path;
    linli_author author;
    struct buf run;         /* of its own log, as short as can be */
    uint64_t next;          /* of its own log: to be sent */
    int fd;
    struct channel channel;
    struct buf out;         /* sealed, not yet sent */
    size_t out_sent;
    int64_t credit;
    unsigned cuts, meetings;
    uint64_t messages, bytes_out, bytes_in;
};

/* --- what it says --- */

static int say(struct member *m, enum frame_stream stream, struct buf *message)
{
    size_t sent = 0;
    int rv = message->failed;

    while (rv == LINLI_OK && sent < message->size)
        rv = channel_send(&m->channel, stream, buf_span(message), &sent, &m->out);
    buf_free(message);
    m->messages++;
    return rv;
}

static int say_opening(struct member *m)
{
    struct hello hello = {.version_low = 1, .version_high = 1, .credit_bytes = UINT32_MAX, .live = true};
    struct summary_item item = {.subtree = true};
    struct linli_status status;
    struct buf message = {0};

    int rv = linli_store_status(m->store, &status);
    if (rv != LINLI_OK)
        return rv;
    item.scope = status.scope;
    item.digest.b[0] = 1;
    (void)hello_encode(&message, &hello);
    rv = say(m, STREAM_CONTROL, &message);
    (void)summary_start(&message, 1);
    (void)summary_add(&message, &item);
    return rv == LINLI_OK ? say(m, STREAM_CONTROL, &message) : rv;
}

/* "I hold nothing of this", out of turn: a session says it once in a round. */
static int say_offence(struct member *m)
{
    struct buf message = {0};
    (void)detail_encode_empty(&message, &m->path, true);
    return say(m, STREAM_CONTROL, &message);
}

/* "What has my own log from its first changeset on?": as many runs as the node would read for it. */
static int say_ask(struct member *m)
{
    struct ask ask = {.author = m->author, .from = 1};
    struct buf message = {0};

    path_scope(&replica_identity(m->store->replica)->network, &m->path, &ask.scope);
    (void)ask_encode(&message, &ask);
    return say(m, STREAM_CONTROL, &message);
}

static int run_from(struct member *m, uint64_t from, uint64_t *last)
{
    linli_id scope;

    path_scope(&replica_identity(m->store->replica)->network, &m->path, &scope);
    buf_clear(&m->run);
    return replica_read_run(m->store->replica, &scope, &m->author, from, ALL_CLASSES, 1, &m->run, last);
}

static int say_run(struct member *m)
{
    struct buf message = {0};
    (void)run_message_encode(&message, buf_span(&m->run));
    m->credit -= (int64_t)m->run.size;
    return say(m, STREAM_BACKFILL, &message);
}

static int say_first(struct member *m)
{
    uint64_t last;
    int rv = m->run.size > 0 ? LINLI_OK : run_from(m, 1, &last);
    return rv == LINLI_OK ? say_run(m) : rv;
}

/* What it has written and not said to this node, since it came; when that is all, something new. */
static int say_next(struct member *m)
{
    linli_id scope;
    uint64_t last = 0;
    int rv = run_from(m, m->next, &last);

    if (rv == LINLI_E_NOT_FOUND) {
        path_scope(&replica_identity(m->store->replica)->network, &m->path, &scope);
        rv = crowd_edit(m->store, &scope, (unsigned)m->next);
        if (rv == LINLI_OK)
            rv = run_from(m, m->next, &last);
    }
    m->next = last + 1;
    return rv == LINLI_OK ? say_run(m) : rv;
}

/* --- what it hears --- */

static int hear_message(struct member *m, span message)
{
    uint64_t kind, credit;
    span body;
    int rv = message_open(message, &kind, &body);

    if (rv == LINLI_OK && kind == MESSAGE_CREDIT) {
        rv = credit_decode(body, &credit);
        m->credit += rv == LINLI_OK ? (int64_t)credit : 0;
    }
    return rv;
}

static int hear(struct member *m, span bytes)
{
    bool more = true;
    int rv = LINLI_OK;

    while (more && rv == LINLI_OK) {
        enum frame_stream stream;
        span message;
        size_t used;
        rv = channel_take(&m->channel, bytes, &used, &m->out, &stream, &message);
        bytes = span_of(bytes.at + used, bytes.size - used);
        more = rv == LINLI_OK && (used > 0 || message.at != NULL);
        if (rv == LINLI_OK && message.at != NULL)
            rv = hear_message(m, message);
    }
    return rv;
}

/* --- its line --- */

static bool send_some(struct member *m)
{
    if (m->out_sent == m->out.size)
        return true;
    ssize_t sent = send(m->fd, m->out.at + m->out_sent, m->out.size - m->out_sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0)
        return errno == EAGAIN || errno == EINTR;
    m->out_sent += (size_t)sent;
    m->bytes_out += (uint64_t)sent;
    if (m->out_sent == m->out.size) {
        buf_clear(&m->out);
        m->out_sent = 0;
    }
    return true;
}

/* `understood`: open what comes; else it is only taken off the line. */
static bool hear_some(struct member *m, bool understood)
{
    static uint8_t bytes[HEAR_BYTES];
    ssize_t size = recv(m->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

    if (size < 0)
        return errno == EAGAIN || errno == EINTR;
    m->bytes_in += (uint64_t)size;
    return size > 0 && (!understood || hear(m, span_of(bytes, (size_t)size)) == LINLI_OK);
}

static bool turn(struct member *m, bool listens, bool understands)
{
    struct pollfd fd = {.fd = m->fd, .events = listens ? POLLIN : 0};

    if (m->out.size > 0)
        fd.events |= POLLOUT;
    (void)poll(&fd, 1, WAIT_MS);
    if ((fd.revents & (POLLERR | POLLNVAL)) != 0)
        return false;
    return send_some(m) && (!listens || (fd.revents & (POLLIN | POLLHUP)) == 0 || hear_some(m, understands));
}

/* Connect and prove who it is, as any member does. */
static bool meet(struct member *m)
{
    const struct identity *own = replica_identity(m->store->replica);
    struct channel_config config = {.initiator = true, .intent = INTENT_SYNC, .network = own->network.b,
                                    .psk = own->network_key, .rng = rng_system()};
    uint64_t end_ms = crowd_now_ms() + HANDSHAKE_MS;

    m->fd = crowd_dial(m->crowd, m->meetings++, true);
    buf_clear(&m->out);
    m->out_sent = 0;
    m->credit = CREDIT_BYTES;
    m->next = 1;
    memcpy(config.sign_secret, own->sign_secret, sizeof(config.sign_secret));
    memcpy(config.self.sign_public, own->sign_public, KEY_BYTES);
    config.self.incarnation = own->incarnation;
    bool good = replica_own_chain(m->store->replica, &config.self.chain) == LINLI_OK &&
                channel_start(&m->channel, &config, &m->out) == LINLI_OK && m->fd >= 0;
    buf_free(&config.self.chain);
    while (good && m->channel.state != CHANNEL_OPEN && crowd_now_ms() < end_ms)
        good = turn(m, true, true);
    return good && m->channel.state == CHANNEL_OPEN && say_opening(m) == LINLI_OK;
}

static void part(struct member *m)
{
    if (m->fd >= 0)
        close(m->fd);
    m->fd = -1;
    channel_free(&m->channel);
}

static bool fill(struct member *m)
{
    int rv = LINLI_OK;

    while (rv == LINLI_OK && m->out.size < m->manner->burst && (!m->manner->credited || m->credit > 0))
        rv = m->manner->say(m);
    return rv == LINLI_OK;
}

static void misbehave(struct member *m, uint64_t end_ms)
{
    const struct manner *manner = m->manner;
    bool good = meet(m);

    if (!good)
        crowd_pause_ms(AGAIN_MS); /* it may be banned, or the node full */
    while (good && crowd_now_ms() < end_ms)
        good = (m->out_sent < m->out.size || fill(m)) && turn(m, manner->listens, manner->credited);
    m->cuts += !good;
    part(m);
}

/* --- its ways --- */

static int open_member(struct member *m, const struct crowd *c)
{
    struct linli_status status;
    int rv = crowd_open_store(c, &m->store);

    m->crowd = c;
    m->fd = -1;
    if (rv == LINLI_OK)
        rv = linli_store_status(m->store, &status);
    if (rv == LINLI_OK)
        rv = replica_scope_path(m->store->replica, &status.scope, &m->path);
    if (rv == LINLI_OK)
        m->author = status.replica;
    return rv;
}

static int run(const struct crowd *c, const struct manner *manner)
{
    struct member m = {.manner = manner};
    uint64_t began_ms = crowd_now_ms(), end_ms = began_ms + c->ms;
    int rv = open_member(&m, c);

    while (rv == LINLI_OK && crowd_now_ms() < end_ms && m.cuts < CUTS_MAX)
        misbehave(&m, end_ms);
    printf("{\"messages\":%llu,\"bytes_out\":%llu,\"bytes_in\":%llu,\"cuts\":%u,\"seconds\":%.2f}\n",
           (unsigned long long)m.messages, (unsigned long long)m.bytes_out, (unsigned long long)m.bytes_in, m.cuts,
           (double)(crowd_now_ms() - began_ms) / 1000);
    if (rv != LINLI_OK)
        fprintf(stderr, "crowd: %s\n", linli_code_name(rv));
    buf_free(&m.out);
    buf_free(&m.run);
    linli_store_close(m.store);
    return rv == LINLI_OK ? 0 : 1;
}

int crowd_deaf(const struct crowd *c)
{
    static const struct manner manner = {say_ask, BURST_BYTES, false, false};
    return run(c, &manner);
}

int crowd_ask(const struct crowd *c)
{
    static const struct manner manner = {say_ask, BURST_BYTES, true, false};
    return run(c, &manner);
}

int crowd_send(const struct crowd *c)
{
    static const struct manner manner = {say_first, BURST_BYTES, true, true};
    return run(c, &manner);
}

int crowd_write(const struct crowd *c)
{
    static const struct manner manner = {say_next, 1, true, true};
    return run(c, &manner);
}

int crowd_offend(const struct crowd *c)
{
    static const struct manner manner = {say_offence, BURST_BYTES, true, false};
    return run(c, &manner);
}
