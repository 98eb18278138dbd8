/*
 * bench: what the floors are made of. A floor is a small program that does no more than must be done for the same work: seal,
 * hash, check one signature a run, MessagePack by field number, zstd, LMDB in key order, one synced commit. It keeps no context,
 * salts nothing, judges nothing and merges nothing.
 */
#ifndef LINLI_BENCH_FLOOR_H
#define LINLI_BENCH_FLOOR_H

#include <lmdb.h>

#include "base/crypto.h"
#include "bench.h"

/* --- a loopback connection whose records are sealed, 16 KiB at a time --- */
struct link {
    int fd;
    uint64_t out, in;   /* records so far */
    double bytes;       /* both ways */
    uint8_t key[AEAD_KEY_BYTES];
};
enum { LINK_RECORD_BYTES = 16 * 1024 };
int link_listen(unsigned *port);
void link_accept(struct link *link, int listener);
void link_connect(struct link *link, unsigned port);
void link_send(struct link *link, span message);
void link_receive(struct link *link, struct buf *message); /* cleared first */
void link_close(struct link *link);

/* --- LMDB --- */
struct shelf {
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
};
void shelf_open(struct shelf *shelf, const char *dir, size_t bytes);
void shelf_begin(struct shelf *shelf, bool write);
void shelf_put(struct shelf *shelf, span key, span value);
span shelf_get(struct shelf *shelf, span key);
void shelf_commit(struct shelf *shelf); /* synced */
void shelf_close(struct shelf *shelf);

/* Rows of the town by patch and record: key order. */
enum { FLOOR_KEY_BYTES = 4 + ID_BYTES };
void floor_key(uint8_t out[FLOOR_KEY_BYTES], size_t patch, const linli_id *record);

struct floor_keys {
    uint8_t public_key[KEY_BYTES], secret[SIGN_SECRET_BYTES];
};
void floor_keys(struct floor_keys *out); /* always the same: both ends know them */
void floor_hash(span bytes, linli_hash *out);

#endif
