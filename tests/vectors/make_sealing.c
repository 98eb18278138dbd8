/* tests: vectors of sealed values and their keys (proto/sealing.md). Keys are made up, of one byte each. */
#include <linli/error.h>
#include <string.h>

#include "auth/seal_key.h"
#include "base/check.h"
#include "codec/writer.h"
#include "make.h"
#include "model/sealed.h"

static const uint32_t PHONE = 7u << 5 | RULE_REGISTER << 2 | CLASS_PERSONAL;

struct stage {
    struct rng_seeded seeded;
    struct rng rng;
    struct seal_epoch epoch;
    seal_keys keys;
    struct sealed_place place;
    struct class_key key;
};

static void stage_set(struct stage *s)
{
    rng_seed(&s->seeded, 12);
    s->rng = rng_from(&s->seeded);
    memset(s->epoch.network.b, 0x31, HASH_BYTES);
    memset(s->epoch.scope.b, 0x32, ID_BYTES);
    s->epoch.epoch = 3;
    for (unsigned k = 0; k < SEAL_CLASSES; k++)
        memset(s->keys[k], (int)(0x41 + k), AEAD_KEY_BYTES);
    seal_epoch_commit(&s->epoch, (const uint8_t(*)[AEAD_KEY_BYTES])s->keys);
    s->place = (struct sealed_place){.network = s->epoch.network, .scope = s->epoch.scope, .group = PHONE, .seq = 9};
    memset(s->place.record.b, 0x34, ID_BYTES);
    memset(s->place.author.key, 0x35, KEY_BYTES);
    s->place.author.incarnation = 0x0102030405060708U;
    s->key.cls = LINLI_SEAL_CONTACT;
    memcpy(s->key.key, s->keys[LINLI_SEAL_CONTACT - 1], AEAD_KEY_BYTES);
    seal_key_id(&s->epoch, LINLI_SEAL_CONTACT, &s->key.id);
}

/* --- values --- */

static json_t *value_json(const char *name, const struct sealed_place *place, const struct class_key *key, span value)
{
    struct arena a = {0};
    uint8_t author[AUTHOR_BYTES];
    span map = {NULL, 0};
    int rv = sealed_open(&a, key, place, value, &map);

    author_encode(&place->author, author);
    json_t *out = json_pack("{ss so so so si si so so so so so}", "name", name, "network", hex(place->network.b, HASH_BYTES),
                            "scope", hex(place->scope.b, ID_BYTES), "record", hex(place->record.b, ID_BYTES), "group",
                            (int)place->group, "class", (int)key->cls, "author", hex(author, sizeof(author)), "seq",
                            number(place->seq), "key", hex(key->key, AEAD_KEY_BYTES), "key_id", hex(key->id.b, ID_BYTES),
                            "value", hex_of(value));
    ALWAYS(out != NULL);
    json_object_set_new(out, "opens", rv == LINLI_OK ? hex_of(map) : json_null());
    arena_free(&a);
    return out;
}

static void text_map(struct buf *out, const char *text)
{
    write_map(out, 1);
    write_uint(out, 7);
    write_text(out, text, strlen(text));
}

static json_t *open_values(struct stage *s)
{
    static const char *const texts[] = {"19900000101", "1", "made up, and long enough to need a second piece of padding"};
    json_t *list = json_array();

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct buf map = {0}, value = {0};
        text_map(&map, texts[i]);
        ALWAYS(sealed_make(&s->key, &s->place, &s->rng, buf_span(&map), &value) == LINLI_OK);
        json_array_append_new(list, value_json(texts[i], &s->place, &s->key, buf_span(&value)));
        buf_free(&map);
        buf_free(&value);
    }
    return list;
}

/* What somebody who has the key can seal, in a form that nobody may take. */
static json_t *odd_plain(struct stage *s, const char *name, const uint8_t *plain, size_t size)
{
    uint8_t ad[146] = "linli/seal/1", sealed[256];
    struct buf value = {0};

    memcpy(ad + 13, s->place.network.b, 32);
    memcpy(ad + 45, s->place.scope.b, 16);
    memcpy(ad + 61, s->place.record.b, 16);
    be32_put(ad + 77, s->place.group);
    ad[81] = (uint8_t)s->key.cls;
    author_encode(&s->place.author, ad + 82);
    be64_put(ad + 122, s->place.seq);
    memcpy(ad + 130, s->key.id.b, 16);
    memcpy(sealed, s->key.id.b, ID_BYTES);
    box_seal(s->key.key, &s->rng, span_of(ad, sizeof(ad)), span_of(plain, size), sealed + ID_BYTES);
    write_bin(&value, sealed, size + SEALED_AROUND_BYTES);
    json_t *out = value_json(name, &s->place, &s->key, buf_span(&value));
    buf_free(&value);
    return out;
}

static void closed_odd(struct stage *s, json_t *list)
{
    static const uint8_t good[32] = {0, 4, 0x81, 7, 0xa1, '1'}, wrong[][64] = {
        {0, 4, 0x81, 7, 0xa1, '1', 1}, {0, 31, 0x81, 7}, {0, 3, 0x92, 1, 2}, {0, 4, 0x81, 7, 0x91, 1}, {0, 5, 0x81, 7, 0xcc, 1, 0}};
    static const char *const why[] = {"padding that is not zero", "a length past the end", "no map", "a field that is no scalar",
                                      "not in its one encoding"};

    json_array_append_new(list, odd_plain(s, "padding of 32 bytes too many", (const uint8_t[64]){0, 4, 0x81, 7, 0xa1, '1'}, 64));
    json_array_append_new(list, odd_plain(s, "padding to 24 bytes", good, 24));
    for (size_t i = 0; i < COUNT_OF(why); i++)
        json_array_append_new(list, odd_plain(s, why[i], wrong[i], 32));
}

static json_t *closed_values(struct stage *s)
{
    struct sealed_place elsewhere[7];
    static const char *const names[] = {"another network", "another scope", "another record", "another field",
                                        "another author", "another incarnation", "another write"};
    struct buf map = {0}, value = {0};
    struct class_key other = s->key;
    json_t *list = json_array();

    text_map(&map, "19900000102");
    ALWAYS(sealed_make(&s->key, &s->place, &s->rng, buf_span(&map), &value) == LINLI_OK);
    for (size_t i = 0; i < COUNT_OF(elsewhere); i++)
        elsewhere[i] = s->place;
    elsewhere[0].network.b[31] ^= 1;
    elsewhere[1].scope.b[0] ^= 2;
    elsewhere[2].record.b[15] ^= 1;
    elsewhere[3].group += 1u << 5;
    elsewhere[4].author.key[0] ^= 1;
    elsewhere[5].author.incarnation ^= 1;
    elsewhere[6].seq++;
    for (size_t i = 0; i < COUNT_OF(elsewhere); i++)
        json_array_append_new(list, value_json(names[i], &elsewhere[i], &s->key, buf_span(&value)));
    other.cls = LINLI_SEAL_NOTES;
    json_array_append_new(list, value_json("another class", &s->place, &other, buf_span(&value)));
    other = s->key;
    memset(other.key, 0x51, AEAD_KEY_BYTES);
    json_array_append_new(list, value_json("another key", &s->place, &other, buf_span(&value)));
    value.at[value.size - 1] ^= 1;
    json_array_append_new(list, value_json("a bit turned over", &s->place, &s->key, buf_span(&value)));
    closed_odd(s, list);
    buf_free(&map);
    buf_free(&value);
    return list;
}

/* --- keys --- */

struct device {
    uint8_t sign[KEY_BYTES], public_key[DH_BYTES], secret[DH_BYTES];
};

static void device_make(struct device *d, int seed)
{
    memset(d->sign, seed, KEY_BYTES);
    memset(d->secret, seed + 1, DH_BYTES);
    dh_public(d->secret, d->public_key);
}

static json_t *wrap_json(const char *name, const struct stage *s, const struct device *d, span wrap)
{
    seal_keys keys;
    unsigned mask = 0;
    int rv = wrap_open(wrap, &s->epoch, d->public_key, d->secret, keys, &mask);

    return json_pack("{ss so so so si}", "name", name, "seal_public", hex(d->public_key, DH_BYTES), "seal_secret",
                     hex(d->secret, DH_BYTES), "wrap", hex_of(wrap), "mask", rv == LINLI_OK ? (int)mask : 0);
}

static json_t *wraps_json(struct stage *s, const struct device *d)
{
    static const struct {
        const char *name;
        unsigned mask;
    } each[] = {{"all classes", SEAL_MASK_ALL}, {"contact alone", 1}, {"health and notes", 1 << 2 | 1 << 5}};
    json_t *list = json_array();

    for (size_t i = 0; i < COUNT_OF(each); i++) {
        struct buf wrap = {0};
        ALWAYS(wrap_make(d->sign, d->public_key, each[i].mask, (const uint8_t(*)[AEAD_KEY_BYTES])s->keys, &s->rng, &wrap) ==
               LINLI_OK);
        json_array_append_new(list, wrap_json(each[i].name, s, d, buf_span(&wrap)));
        buf_free(&wrap);
    }
    return list;
}

static json_t *no_wraps_json(struct stage *s, const struct device *d)
{
    struct device other;
    struct buf wrap = {0}, lying = {0};
    seal_keys wrong = {{0}};
    json_t *list = json_array();

    device_make(&other, 0x71);
    ALWAYS(wrap_make(d->sign, d->public_key, 3, (const uint8_t(*)[AEAD_KEY_BYTES])s->keys, &s->rng, &wrap) == LINLI_OK);
    json_array_append_new(list, wrap_json("for another device", s, &other, buf_span(&wrap)));
    ALWAYS(wrap_make(d->sign, d->public_key, 3, (const uint8_t(*)[AEAD_KEY_BYTES])wrong, &s->rng, &lying) == LINLI_OK);
    json_array_append_new(list, wrap_json("other keys than the epoch's", s, d, buf_span(&lying)));
    wrap.at[KEY_BYTES] = 7;
    json_array_append_new(list, wrap_json("a class that is not in the box", s, d, buf_span(&wrap)));
    wrap.at[KEY_BYTES] = 3;
    wrap.at[wrap.size - 1] ^= 1;
    json_array_append_new(list, wrap_json("a bit turned over", s, d, buf_span(&wrap)));
    wrap.size = KEY_BYTES;
    json_array_append_new(list, wrap_json("cut short", s, d, buf_span(&wrap)));
    buf_free(&wrap);
    buf_free(&lying);
    return list;
}

static json_t *keys_json(struct stage *s)
{
    struct device d;
    linli_id record;
    json_t *keys = json_array();

    device_make(&d, 0x61);
    seal_epoch_record(&s->epoch, &record);
    for (unsigned k = 0; k < SEAL_CLASSES; k++)
        json_array_append_new(keys, hex(s->keys[k], AEAD_KEY_BYTES));
    return json_pack("{so so so so so so so so}", "network", hex(s->epoch.network.b, HASH_BYTES), "scope",
                     hex(s->epoch.scope.b, ID_BYTES), "epoch", number(s->epoch.epoch), "keys", keys, "commitments",
                     hex(s->epoch.commitments[0], COMMITMENTS_BYTES), "record", hex(record.b, ID_BYTES), "wraps",
                     wraps_json(s, &d), "no_wraps", no_wraps_json(s, &d));
}

json_t *sealing_vectors(void)
{
    struct stage s;
    json_t *values, *closed, *keys;

    stage_set(&s);
    values = open_values(&s);
    closed = closed_values(&s);
    keys = keys_json(&s);
    return json_pack("{ss so so so}", "about", "Made-up keys and values; see proto/sealing.md.", "values", values, "closed", closed,
                     "keys", keys);
}
