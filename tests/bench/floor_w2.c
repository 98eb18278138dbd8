/*
 * bench, the floor of W2: both ends have 200 changes, one signed run for each patch. A digest goes each way, then the runs, then
 * each stores a row for the log and one for the view of every change, synced, and says the digest again. Usage: floor_w2 [PATCHES
 * [HOUSEHOLDS]]
 */
#include <stdio.h>
#include <string.h>

#include "codec/reader.h"
#include "codec/writer.h"
#include "floor.h"
#include "town.h"

enum { MAP_BYTES = 64 << 20 };

struct floor {
    struct town town;
    char base[BENCH_DIR_BYTES], dirs[2][2 * BENCH_DIR_BYTES];
    struct floor_keys keys;
};

static size_t patch_of(const struct floor *f, size_t record)
{
    return record / (f->town.households * TOWN_RECORDS_EACH);
}

/* [patch, [[record, stamp, field, value], ...]], then its signature. */
static size_t run_make(const struct floor *f, unsigned side, size_t from, struct buf *out)
{
    size_t patch = patch_of(f, town_change(&f->town, side, from).record), end = from, start = out->size;
    uint8_t signature[SIGNATURE_BYTES];
    linli_hash hash;

    while (end < W2_EACH && patch_of(f, town_change(&f->town, side, end).record) == patch)
        end++;
    write_array(out, 2);
    write_uint(out, patch);
    write_array(out, end - from);
    for (size_t i = from; i < end; i++) {
        struct town_change change = town_change(&f->town, side, i);
        linli_id id;
        town_record_id(change.record, &id);
        write_array(out, 4);
        write_bin(out, id.b, ID_BYTES);
        write_uint(out, (uint64_t)1 << 56 | i);
        write_uint(out, change.field);
        write_text(out, "by the one", 10);
    }
    floor_hash(span_of(out->at + start, out->size - start), &hash);
    must(sign_make(f->keys.secret, "floor", span_of(hash.b, HASH_BYTES), signature), "sign");
    write_bin(out, signature, sizeof(signature));
    return end;
}

static void runs_make(const struct floor *f, unsigned side, struct buf *out)
{
    for (size_t i = 0; i < W2_EACH;)
        i = run_make(f, side, i, out);
}

static void change_store(struct shelf *shelf, size_t patch, struct reader *r)
{
    uint8_t key[1 + FLOOR_KEY_BYTES] = {'l'};
    const uint8_t *from = r->at;
    linli_id id;

    (void)reader_array(r, 4);
    reader_fixed(r, id.b, ID_BYTES);
    (void)reader_uint(r, UINT64_MAX);
    (void)reader_uint(r, UINT32_MAX);
    reader_skip(r);
    span change = span_of(from, (size_t)(r->at - from));
    floor_key(key + 1, patch, &id);
    shelf_put(shelf, span_of(key, sizeof(key)), change);
    key[0] = 'v';
    shelf_put(shelf, span_of(key, sizeof(key)), change);
}

static void runs_store(const struct floor *f, struct shelf *shelf, span runs)
{
    struct reader r;

    reader_start(&r, runs);
    shelf_begin(shelf, true);
    while (r.at < r.end) {
        const uint8_t *from = r.at;
        uint8_t signature[SIGNATURE_BYTES];
        linli_hash hash;
        (void)reader_array(&r, 2);
        size_t patch = (size_t)reader_uint(&r, UINT32_MAX), count = reader_array(&r, W2_EACH);
        for (size_t i = 0; i < count; i++)
            change_store(shelf, patch, &r);
        floor_hash(span_of(from, (size_t)(r.at - from)), &hash);
        reader_fixed(&r, signature, sizeof(signature));
        must(r.failed, "run");
        must(sign_check(f->keys.public_key, "floor", span_of(hash.b, HASH_BYTES), signature), "signature");
    }
    shelf_commit(shelf);
}

static void meet(const struct floor *f, struct shelf *shelf, struct link *link, span runs)
{
    static const linli_hash digest;
    struct buf got = {0};

    link_send(link, span_of(digest.b, HASH_BYTES));
    link_receive(link, &got);
    link_send(link, runs);
    link_receive(link, &got);
    runs_store(f, shelf, buf_span(&got));
    link_send(link, span_of(digest.b, HASH_BYTES));
    link_receive(link, &got);
    buf_free(&got);
}

static void other_side(int in, int out, void *ctx)
{
    const struct floor *f = ctx;
    struct buf runs = {0};
    struct shelf shelf;
    struct link link;
    unsigned port;

    runs_make(f, 1, &runs);
    shelf_open(&shelf, f->dirs[1], MAP_BYTES);
    int listener = link_listen(&port);
    double used = cpu_s();
    say(out, &port, sizeof(port));
    say(out, &used, sizeof(used));
    link_accept(&link, listener);
    meet(f, &shelf, &link, buf_span(&runs));
    used = cpu_s();
    say(out, &used, sizeof(used));
    link_close(&link);
    buf_free(&runs);
    shelf_close(&shelf);
    (void)in;
}

int main(int argc, char **argv)
{
    struct floor f = {.town = {argument(argc, argv, 1, TOWN_PATCHES), argument(argc, argv, 2, TOWN_HOUSEHOLDS), false}};
    struct buf runs = {0};
    struct shelf shelf;
    struct link link;
    unsigned port;
    double before, after;

    floor_keys(&f.keys);
    bench_dir(f.base);
    for (size_t i = 0; i < 2; i++)
        snprintf(f.dirs[i], sizeof(f.dirs[i]), "%s/%zu", f.base, i);
    struct other other = other_start(other_side, &f);
    runs_make(&f, 0, &runs);
    shelf_open(&shelf, f.dirs[0], MAP_BYTES);
    other_hear(&other, &port, sizeof(port));
    other_hear(&other, &before, sizeof(before));
    double own = cpu_s(), start = now_s();
    link_connect(&link, port);
    meet(&f, &shelf, &link, buf_span(&runs));
    double took = now_s() - start;
    other_hear(&other, &after, sizeof(after));
    figure("seconds", took);
    figure("bytes", link.bytes);
    figure("cpu_seconds", cpu_s() - own + after - before);
    figure("round_trips", 2);
    figures_end();
    link_close(&link);
    (void)other_end(&other);
    buf_free(&runs);
    shelf_close(&shelf);
    bench_dir_remove(f.base);
    return 0;
}
