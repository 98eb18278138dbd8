/* model: sealed values: a padded map under a class key, bound to the one place where it belongs (proto/sealing.md 2). */
#include "model/sealed.h"
#include "codec/limits.h"
#include "codec/reader.h"
#include "codec/scan.h"
#include "codec/writer.h"
#include "model/record.h"

#include <linli/error.h>
#include <string.h>

static const char CONTEXT[] = "linli/seal/1";

enum {
    LENGTH_BYTES = 2, MAP_DEPTH = 1, HEAD_MOST = 3,
    AD_BYTES = sizeof(CONTEXT) + HASH_BYTES + ID_BYTES + ID_BYTES + 4 + 1 + AUTHOR_BYTES + 8 + ID_BYTES
};
_Static_assert(HEAD_MOST + SEALED_AROUND_BYTES + SEALED_PLAIN_MAX <= LIMIT_VALUE_BYTES, "a sealed value fits");
_Static_assert(SEALED_MAP_MAX <= UINT16_MAX, "its length fits");

static uint8_t *put(uint8_t *at, const void *from, size_t size)
{
    memcpy(at, from, size);
    return at + size;
}

static void ad_make(const struct class_key *key, const struct sealed_place *place, uint8_t ad[AD_BYTES])
{
    uint8_t *at = put(ad, CONTEXT, sizeof(CONTEXT));

    at = put(at, place->network.b, HASH_BYTES);
    at = put(at, place->scope.b, ID_BYTES);
    at = put(at, place->record.b, ID_BYTES);
    be32_put(at, place->group);
    at[4] = (uint8_t)key->cls;
    author_encode(&place->author, at + 5);
    be64_put(at + 5 + AUTHOR_BYTES, place->seq);
    put(at + 5 + AUTHOR_BYTES + 8, key->id.b, ID_BYTES);
}

static size_t padded(size_t map_size)
{
    return (LENGTH_BYTES + map_size + SEAL_PAD - 1) / SEAL_PAD * SEAL_PAD;
}

int sealed_make(const struct class_key *key, const struct sealed_place *place, const struct rng *rng, span map, struct buf *out)
{
    uint8_t sealed[SEALED_PLAIN_MAX + SEALED_AROUND_BYTES], ad[AD_BYTES];
    uint8_t *plain = sealed + ID_BYTES + XNONCE_BYTES; /* sealed where it stands */
    size_t size = padded(map.size);

    if (map.size > SEALED_MAP_MAX)
        return LINLI_E_LIMIT;
    memset(plain, 0, size);
    be16_put(plain, (uint16_t)map.size);
    memcpy(plain + LENGTH_BYTES, map.at, map.size);
    ad_make(key, place, ad);
    memcpy(sealed, key->id.b, ID_BYTES);
    box_seal(key->key, rng, span_of(ad, sizeof(ad)), span_of(plain, size), sealed + ID_BYTES);
    write_bin(out, sealed, size + SEALED_AROUND_BYTES);
    return out->failed;
}

bool sealed_is(span value)
{
    struct reader r;

    reader_start(&r, value);
    return reader_peek(&r) == ITEM_BIN;
}

/* What stands in the bin, when it has the form of a sealed value. */
static bool take_apart(span value, span *inside)
{
    struct reader r;

    reader_start(&r, value);
    if (reader_peek(&r) != ITEM_BIN)
        return false;
    *inside = reader_bin(&r, SEALED_PLAIN_MAX + SEALED_AROUND_BYTES);
    return reader_end(&r) == LINLI_OK && inside->size >= SEALED_AROUND_BYTES + SEAL_PAD &&
           (inside->size - SEALED_AROUND_BYTES) % SEAL_PAD == 0;
}

bool sealed_key_id(span value, linli_id *id)
{
    span inside;

    if (!take_apart(value, &inside))
        return false;
    memcpy(id->b, inside.at, ID_BYTES);
    return true;
}

/* Who had the key may have sealed anything: it is bytes from outside all the same. */
static bool map_take(const uint8_t *plain, size_t size, uint32_t group, span *map)
{
    *map = span_of(plain + LENGTH_BYTES, be16_get(plain));
    if (map->size > size - LENGTH_BYTES || padded(map->size) != size)
        return false;
    for (size_t i = LENGTH_BYTES + map->size; i < size; i++)
        if (plain[i] != 0)
            return false;
    return scan_item(*map, MAP_DEPTH, LIMIT_VALUE_BYTES) == LINLI_OK && value_is_fields(*map, group);
}

int sealed_open(struct arena *a, const struct class_key *key, const struct sealed_place *place, span value, span *map)
{
    uint8_t ad[AD_BYTES], *plain;
    span inside;

    if (!take_apart(value, &inside) || memcmp(inside.at, key->id.b, ID_BYTES) != 0)
        return LINLI_E_KEY;
    size_t size = inside.size - SEALED_AROUND_BYTES;
    plain = arena_alloc(a, size);
    if (plain == NULL)
        return LINLI_E_NOMEM;
    ad_make(key, place, ad);
    int rv = box_open(key->key, span_of(ad, sizeof(ad)), span_of(inside.at + ID_BYTES, inside.size - ID_BYTES), plain);
    return rv == LINLI_OK && !map_take(plain, size, place->group, map) ? LINLI_E_KEY : rv;
}
