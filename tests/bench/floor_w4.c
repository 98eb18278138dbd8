/*
 * bench, the floor of W4: for each edit sign, hash, two puts; a sync for each group. Usage: floor_w4 [EDITS]
 */
#include <stdio.h>

#include "codec/writer.h"
#include "floor.h"
#include "town.h"

enum { GROUP_MOST = 64, SIZES = 3, MAP_BYTES = 256 << 20 };
static const size_t group_sizes[SIZES] = {1, 8, GROUP_MOST};

static void edit(struct shelf *shelf, const struct floor_keys *keys, size_t i)
{
    uint8_t key[1 + FLOOR_KEY_BYTES] = {'l'}, signature[SIGNATURE_BYTES];
    struct buf entry = {0};
    linli_hash hash;
    linli_id id;

    town_record_id(i * TOWN_RECORDS_EACH, &id);
    write_array(&entry, 4);
    write_bin(&entry, id.b, ID_BYTES);
    write_uint(&entry, (uint64_t)1 << 56 | i);
    write_uint(&entry, TOWN_HEAD_FIELD);
    write_text(&entry, "somebody made up", 16);
    floor_hash(buf_span(&entry), &hash);
    must(sign_make(keys->secret, "floor", span_of(hash.b, HASH_BYTES), signature), "sign");
    must(buf_append(&entry, signature, sizeof(signature)), "memory");
    floor_key(key + 1, i, &id);
    shelf_put(shelf, span_of(key, sizeof(key)), buf_span(&entry));
    key[0] = 'v';
    shelf_put(shelf, span_of(key, sizeof(key)), buf_span(&entry));
    buf_free(&entry);
}

static double rate(struct shelf *shelf, const struct floor_keys *keys, size_t edits, size_t group)
{
    double start = now_s();

    for (size_t i = 0; i + group <= edits; i += group) {
        shelf_begin(shelf, true);
        for (size_t k = 0; k < group; k++)
            edit(shelf, keys, i + k);
        shelf_commit(shelf);
    }
    return (double)(edits / group * group) / (now_s() - start);
}

int main(int argc, char **argv)
{
    size_t edits = argument(argc, argv, 1, 600);
    char base[BENCH_DIR_BYTES], dir[2 * BENCH_DIR_BYTES], name[32];
    struct floor_keys keys;
    struct shelf shelf;

    floor_keys(&keys);
    bench_dir(base);
    snprintf(dir, sizeof(dir), "%s/store", base);
    shelf_open(&shelf, dir, MAP_BYTES);
    for (size_t i = 0; i < SIZES; i++) {
        snprintf(name, sizeof(name), "per_second_%zu", group_sizes[i]);
        figure(name, rate(&shelf, &keys, edits, group_sizes[i]));
    }
    figures_end();
    shelf_close(&shelf);
    bench_dir_remove(base);
    return 0;
}
