/*
 * bench: the machine's limits, each alone: rows of 300 B into bare LMDB in key order, BLAKE2b, ChaChaPoly, Ed25519, loopback.
 * Usage: limits [SCALE], where 100 is the usual amount of work
 */
#include <stdio.h>
#include <stdlib.h>

#include "floor.h"

enum { ROW_BYTES = 300, ROWS_A_COMMIT = 10000, MAP_BYTES = 1 << 30, BLOCK_BYTES = 16 * 1024 };

static void lmdb(size_t scale)
{
    char base[BENCH_DIR_BYTES], dir[2 * BENCH_DIR_BYTES];
    uint8_t key[16] = {0}, row[ROW_BYTES] = {0};
    size_t rows = scale * 2000;
    struct shelf shelf;

    bench_dir(base);
    snprintf(dir, sizeof(dir), "%s/store", base);
    shelf_open(&shelf, dir, MAP_BYTES);
    double start = now_s();
    for (size_t i = 0; i < rows; i++) {
        if (i % ROWS_A_COMMIT == 0)
            shelf_begin(&shelf, true);
        be64_put(key + 8, i);
        be64_put(row, i);
        shelf_put(&shelf, span_of(key, sizeof(key)), span_of(row, sizeof(row)));
        if (i % ROWS_A_COMMIT == ROWS_A_COMMIT - 1 || i + 1 == rows)
            shelf_commit(&shelf);
    }
    figure("lmdb_rows_per_second", (double)rows / (now_s() - start));
    shelf_close(&shelf);
    bench_dir_remove(base);
}

static void blake2b(size_t scale)
{
    static uint8_t block[BLOCK_BYTES];
    linli_hash hash;
    double start = now_s();

    for (size_t i = 0; i < scale * 100; i++) {
        floor_hash(span_of(block, sizeof(block)), &hash);
        block[0] = hash.b[0];
    }
    figure("blake2b_bytes_per_second", (double)scale * 100 * BLOCK_BYTES / (now_s() - start));
}

static void chachapoly(size_t scale)
{
    static uint8_t plain[BLOCK_BYTES], sealed[BLOCK_BYTES + AEAD_TAG_BYTES];
    static const uint8_t key[AEAD_KEY_BYTES];
    double start = now_s();

    for (size_t i = 0; i < scale * 100; i++)
        aead_seal(key, i, (span){NULL, 0}, span_of(plain, sizeof(plain)), sealed);
    figure("chachapoly_bytes_per_second", (double)scale * 100 * BLOCK_BYTES / (now_s() - start));
}

static void ed25519(size_t scale)
{
    uint8_t signature[SIGNATURE_BYTES];
    struct floor_keys keys;
    linli_hash hash = {{0}};
    size_t count = scale * 20;

    floor_keys(&keys);
    double start = now_s();
    for (size_t i = 0; i < count; i++)
        must(sign_make(keys.secret, "floor", span_of(hash.b, HASH_BYTES), signature), "sign");
    figure("ed25519_signed_per_second", (double)count / (now_s() - start));
    start = now_s();
    for (size_t i = 0; i < count; i++)
        must(sign_check(keys.public_key, "floor", span_of(hash.b, HASH_BYTES), signature), "check");
    figure("ed25519_checked_per_second", (double)count / (now_s() - start));
}

/* Blocks one way and a byte back at the end, in clear. */
static void sink(int in, int out, void *ctx)
{
    static uint8_t block[BLOCK_BYTES];
    size_t blocks = *(const size_t *)ctx;
    struct link link;
    unsigned port;
    int listener = link_listen(&port);

    say(out, &port, sizeof(port));
    link_accept(&link, listener);
    for (size_t i = 0; i < blocks; i++)
        must_be(hear(link.fd, block, sizeof(block)), "block");
    say(link.fd, block, 1);
    link_close(&link);
    (void)in;
}

static void loopback(size_t scale)
{
    static uint8_t block[BLOCK_BYTES];
    size_t blocks = scale * 200;
    struct other other = other_start(sink, &blocks);
    struct link link;
    unsigned port;

    other_hear(&other, &port, sizeof(port));
    link_connect(&link, port);
    double start = now_s();
    for (size_t i = 0; i < blocks; i++)
        say(link.fd, block, sizeof(block));
    must_be(hear(link.fd, block, 1), "answer");
    figure("loopback_bytes_per_second", (double)blocks * BLOCK_BYTES / (now_s() - start));
    link_close(&link);
    (void)other_end(&other);
}

int main(int argc, char **argv)
{
    size_t scale = argument(argc, argv, 1, 100);

    must(crypto_start(), "crypto");
    loopback(scale);
    lmdb(scale);
    blake2b(scale);
    chachapoly(scale);
    ed25519(scale);
    figures_end();
    return 0;
}
