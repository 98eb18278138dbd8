/* bench, the floor of W1: the town from a store to a synced store over loopback. Usage: floor_w1 [PATCHES [HOUSEHOLDS]] */
#include <stdio.h>
#include <stdlib.h>

#include "codec/limits.h"
#include "codec/reader.h"
#include "codec/scan.h"
#include "codec/squeeze.h"
#include "codec/writer.h"
#include "floor.h"
#include "town.h"

enum { ROW_BYTES = 4096, MAP_LEAST = 64 << 20 };

struct floor {
    struct town town;
    char base[BENCH_DIR_BYTES], there[2 * BENCH_DIR_BYTES], here[2 * BENCH_DIR_BYTES];
    struct floor_keys keys;
};

static size_t map_bytes(const struct town *t)
{
    return MAP_LEAST + town_records(t) * ROW_BYTES;
}

/* A run: every record of a patch as [id, {field: value}]; it lies in the sender's store with its signature behind it. */
static void run_make(const struct floor *f, size_t patch, struct buf *out)
{
    size_t each = f->town.households * TOWN_RECORDS_EACH;
    uint8_t signature[SIGNATURE_BYTES];
    linli_hash hash;

    buf_clear(out);
    write_array(out, each);
    for (size_t record = patch * each; record < (patch + 1) * each; record++) {
        linli_id id;
        town_record_id(record, &id);
        write_array(out, 2);
        write_bin(out, id.b, ID_BYTES);
        write_map(out, town_fields(record));
        for (size_t i = 0; i < town_fields(record); i++) {
            struct buf value = {0};
            write_uint(out, town_field(record, i, &value));
            write_raw(out, buf_span(&value));
            buf_free(&value);
        }
    }
    floor_hash(buf_span(out), &hash);
    must(sign_make(f->keys.secret, "floor", span_of(hash.b, HASH_BYTES), signature), "sign");
    must(buf_append(out, signature, sizeof(signature)), "memory");
}

static void store_make(const struct floor *f, struct shelf *shelf)
{
    struct buf run = {0};
    uint8_t key[4];

    shelf_open(shelf, f->there, map_bytes(&f->town));
    shelf_begin(shelf, true);
    for (size_t patch = 0; patch < f->town.patches; patch++) {
        run_make(f, patch, &run);
        be32_put(key, (uint32_t)patch);
        shelf_put(shelf, span_of(key, sizeof(key)), buf_span(&run));
    }
    shelf_commit(shelf);
    buf_free(&run);
}

static void sender(int in, int out, void *ctx)
{
    const struct floor *f = ctx;
    struct shelf shelf;
    struct link link;
    struct buf small = {0};
    uint8_t key[4];
    unsigned port;

    store_make(f, &shelf);
    int listener = link_listen(&port);
    double used = cpu_s();
    say(out, &port, sizeof(port));
    say(out, &used, sizeof(used));
    link_accept(&link, listener);
    shelf_begin(&shelf, false);
    for (size_t patch = 0; patch < f->town.patches; patch++) {
        be32_put(key, (uint32_t)patch);
        buf_clear(&small);
        must(squeeze(shelf_get(&shelf, span_of(key, sizeof(key))), &small), "squeeze");
        link_send(&link, buf_span(&small));
    }
    mdb_txn_abort(shelf.txn);
    link_receive(&link, &small); /* stored */
    link_close(&link);
    used = cpu_s();
    say(out, &used, sizeof(used));
    buf_free(&small);
    shelf_close(&shelf);
    (void)in;
}

static void run_store(const struct floor *f, struct shelf *shelf, size_t patch, span run)
{
    struct reader r;
    span body = span_of(run.at, run.size - SIGNATURE_BYTES);
    linli_hash hash;

    floor_hash(body, &hash);
    must(sign_check(f->keys.public_key, "floor", span_of(hash.b, HASH_BYTES), run.at + body.size), "signature");
    must(scan_item(body, LIMIT_DEPTH, LIMIT_MESSAGE_ITEMS), "scan");
    reader_start(&r, body);
    size_t count = reader_array(&r, LIMIT_PARTS);
    for (size_t i = 0; i < count; i++) {
        uint8_t key[FLOOR_KEY_BYTES];
        linli_id id;
        (void)reader_array(&r, 2);
        reader_fixed(&r, id.b, ID_BYTES);
        floor_key(key, patch, &id);
        shelf_put(shelf, span_of(key, sizeof(key)), reader_item(&r));
    }
    must(reader_end(&r), "run");
}

static void receive(const struct floor *f, struct link *link)
{
    struct shelf shelf;
    struct buf small = {0};
    struct arena a = {0};

    shelf_open(&shelf, f->here, map_bytes(&f->town));
    shelf_begin(&shelf, true);
    for (size_t patch = 0; patch < f->town.patches; patch++) {
        span run;
        link_receive(link, &small);
        must(unsqueeze(&a, buf_span(&small), LIMIT_RUN_BYTES, &run), "unsqueeze");
        run_store(f, &shelf, patch, run);
        arena_reset(&a);
    }
    shelf_commit(&shelf);
    link_send(link, span_of("ok", 2));
    buf_free(&small);
    arena_free(&a);
    shelf_close(&shelf);
}

int main(int argc, char **argv)
{
    struct floor f = {.town = {argument(argc, argv, 1, TOWN_PATCHES), argument(argc, argv, 2, TOWN_HOUSEHOLDS), false}};
    struct link link;
    unsigned port;
    double before, after;

    floor_keys(&f.keys);
    bench_dir(f.base);
    snprintf(f.there, sizeof(f.there), "%s/there", f.base);
    snprintf(f.here, sizeof(f.here), "%s/here", f.base);
    struct other other = other_start(sender, &f);
    other_hear(&other, &port, sizeof(port));
    other_hear(&other, &before, sizeof(before));
    double own = cpu_s();
    struct watch *watch = watch_start();
    double start = now_s();
    link_connect(&link, port);
    receive(&f, &link);
    double took = now_s() - start, resident = watch_end(watch);
    other_hear(&other, &after, sizeof(after));
    figure("seconds", took);
    figure("bytes", link.bytes);
    figure("cpu_seconds", cpu_s() - own + after - before);
    figure("resident_bytes", resident);
    figure("records", (double)town_records(&f.town));
    figures_end();
    link_close(&link);
    (void)other_end(&other);
    bench_dir_remove(f.base);
    return 0;
}
