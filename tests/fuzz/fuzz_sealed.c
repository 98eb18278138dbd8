/*
 * fuzz: sealed values and wraps; the first byte says which. Byte 0: any value under one key; 1: what stands inside, sealed
 * by somebody who has the key; 2: a wrap.
 */
#include <linli/error.h>
#include <string.h>

#include "auth/seal_key.h"
#include "codec/scan.h"
#include "fuzz.h"
#include "model/record.h"
#include "model/sealed.h"

static const uint32_t GROUPS[] = {7u << 5 | RULE_REGISTER << 2 | CLASS_PERSONAL, 6u << 5 | RULE_LADDER << 2 | CLASS_PERSONAL};

static void value(span bytes, uint32_t group)
{
    struct class_key key = {.cls = LINLI_SEAL_CONTACT};
    struct sealed_place place = {.group = group, .seq = 1};
    struct arena a = {0};
    linli_id id;
    span map;

    if (scan_item(bytes, 1, 4) != LINLI_OK)
        return; /* values are scanned before anything looks at them */
    if (sealed_key_id(bytes, &id))
        CLAIM(sealed_is(bytes));
    if (sealed_open(&a, &key, &place, bytes, &map) == LINLI_OK)
        CLAIM(value_is_fields(map, group));
    arena_free(&a);
}

/* Any map comes back as it was, or is refused; what is no map of fields is refused. */
static void inside(span bytes, uint32_t group)
{
    struct class_key key = {.cls = LINLI_SEAL_CONTACT};
    struct sealed_place place = {.group = group, .seq = 1};
    struct rng_seeded seeded;
    struct rng rng = rng_from(&seeded);
    struct buf sealed = {0};
    struct arena a = {0};
    span map;

    rng_seed(&seeded, 1);
    if (sealed_make(&key, &place, &rng, bytes, &sealed) == LINLI_OK) {
        bool good = scan_item(bytes, 1, bytes.size + 1) == LINLI_OK && value_is_fields(bytes, group);
        CLAIM((sealed_open(&a, &key, &place, buf_span(&sealed), &map) == LINLI_OK) == good);
        CLAIM(!good || span_equal(map, bytes));
        place.seq++;
        CLAIM(sealed_open(&a, &key, &place, buf_span(&sealed), &map) == LINLI_E_KEY);
    }
    arena_free(&a);
    buf_free(&sealed);
}

static void wrap(span bytes)
{
    static const struct seal_epoch epoch;
    uint8_t public_key[DH_BYTES], secret[DH_BYTES] = {1};
    const uint8_t *device;
    seal_keys keys;
    unsigned said, mask;

    dh_public(secret, public_key);
    if (!wrap_read(bytes, &device, &said))
        said = 0;
    if (wrap_open(bytes, &epoch, public_key, secret, keys, &mask) == LINLI_OK)
        CLAIM(mask == 0 && said != 0); /* nobody knows keys that make a commitment of zeros */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || crypto_start() != LINLI_OK)
        return 0;
    span bytes = span_of(data + 1, size - 1);
    uint32_t group = GROUPS[data[0] >> 7];
    switch (data[0] % 3) {
    case 0: value(bytes, group); break;
    case 1: inside(bytes, group); break;
    default: wrap(bytes); break;
    }
    return 0;
}
