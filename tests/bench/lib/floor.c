/* bench: see floor.h. */
#include "floor.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- link --- */

static struct sockaddr_in loopback(unsigned port)
{
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void link_open(struct link *link, int fd)
{
    int on = 1;

    must_be(fd >= 0, "socket");
    *link = (struct link){.fd = fd};
    must(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), "TCP_NODELAY");
}

int link_listen(unsigned *port)
{
    struct sockaddr_in at = loopback(0);
    socklen_t size = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    must_be(fd >= 0, "socket");
    must(bind(fd, (struct sockaddr *)&at, sizeof(at)), "bind");
    must(listen(fd, 1), "listen");
    must(getsockname(fd, (struct sockaddr *)&at, &size), "getsockname");
    *port = ntohs(at.sin_port);
    return fd;
}

void link_accept(struct link *link, int listener)
{
    link_open(link, accept(listener, NULL, NULL));
}

void link_connect(struct link *link, unsigned port)
{
    struct sockaddr_in at = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    must(connect(fd, (struct sockaddr *)&at, sizeof(at)), "connect");
    link_open(link, fd);
}

static void write_all(struct link *link, const uint8_t *at, size_t size)
{
    link->bytes += (double)size;
    while (size > 0) {
        ssize_t gone = write(link->fd, at, size);
        must_be(gone > 0, "write");
        at += gone;
        size -= (size_t)gone;
    }
}

/* A record: its length, whether it is the last of its message, and what was sealed. */
enum { HEAD_BYTES = 3 };

void link_send(struct link *link, span message)
{
    uint8_t record[HEAD_BYTES + LINK_RECORD_BYTES + AEAD_TAG_BYTES];

    do {
        size_t size = message.size < LINK_RECORD_BYTES ? message.size : LINK_RECORD_BYTES;
        be16_put(record, (uint16_t)(size + AEAD_TAG_BYTES));
        record[2] = size == message.size;
        aead_seal(link->key, link->out++, span_of(record, HEAD_BYTES), span_of(message.at, size), record + HEAD_BYTES);
        write_all(link, record, HEAD_BYTES + size + AEAD_TAG_BYTES);
        message = span_of(message.at + size, message.size - size);
    } while (message.size > 0);
}

void link_receive(struct link *link, struct buf *message)
{
    uint8_t head[HEAD_BYTES], record[LINK_RECORD_BYTES + AEAD_TAG_BYTES];

    buf_clear(message);
    do {
        must_be(hear(link->fd, head, sizeof(head)), "the line");
        size_t size = be16_get(head);
        must_be(size >= AEAD_TAG_BYTES && size <= sizeof(record) && hear(link->fd, record, size), "a record");
        uint8_t *at = buf_extend(message, size - AEAD_TAG_BYTES);
        must_be(at != NULL, "memory");
        must(aead_open(link->key, link->in++, span_of(head, sizeof(head)), span_of(record, size), at), "open");
        link->bytes += (double)(sizeof(head) + size);
    } while (head[2] == 0);
}

void link_close(struct link *link)
{
    (void)close(link->fd);
}

/* --- shelf --- */

void shelf_open(struct shelf *shelf, const char *dir, size_t bytes)
{
    *shelf = (struct shelf){.env = NULL};
    (void)mkdir(dir, 0700);
    must(mdb_env_create(&shelf->env), "mdb_env_create");
    must(mdb_env_set_mapsize(shelf->env, bytes), "mdb_env_set_mapsize");
    must(mdb_env_open(shelf->env, dir, 0, 0600), "mdb_env_open");
    shelf_begin(shelf, true);
    must(mdb_dbi_open(shelf->txn, NULL, 0, &shelf->dbi), "mdb_dbi_open");
    shelf_commit(shelf);
}

void shelf_begin(struct shelf *shelf, bool write)
{
    must(mdb_txn_begin(shelf->env, NULL, write ? 0 : MDB_RDONLY, &shelf->txn), "mdb_txn_begin");
}

void shelf_put(struct shelf *shelf, span key, span value)
{
    MDB_val k = {key.size, (void *)(uintptr_t)key.at}, v = {value.size, (void *)(uintptr_t)value.at};

    must(mdb_put(shelf->txn, shelf->dbi, &k, &v, 0), "mdb_put");
}

span shelf_get(struct shelf *shelf, span key)
{
    MDB_val k = {key.size, (void *)(uintptr_t)key.at}, v;

    must(mdb_get(shelf->txn, shelf->dbi, &k, &v), "mdb_get");
    return span_of(v.mv_data, v.mv_size);
}

void shelf_commit(struct shelf *shelf)
{
    must(mdb_txn_commit(shelf->txn), "mdb_txn_commit");
    shelf->txn = NULL;
}

void shelf_close(struct shelf *shelf)
{
    mdb_env_close(shelf->env);
}

/* --- small things --- */

void floor_key(uint8_t out[FLOOR_KEY_BYTES], size_t patch, const linli_id *record)
{
    be32_put(out, (uint32_t)patch);
    memcpy(out + 4, record->b, ID_BYTES);
}

void floor_keys(struct floor_keys *out)
{
    struct rng_seeded seeded;

    must(crypto_start(), "crypto");
    rng_seed(&seeded, 1);
    struct rng rng = rng_from(&seeded);
    sign_keypair(&rng, out->public_key, out->secret);
}

void floor_hash(span bytes, linli_hash *out)
{
    crypto_hash("linli bench floor", &bytes, 1, out);
}
