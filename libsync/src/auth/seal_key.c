/* auth: an epoch's keys: commitments, the record's id, wraps (proto/sealing.md 3). */
#include "auth/seal_key.h"

#include <linli/error.h>
#include <string.h>

_Static_assert(SEAL_MASK_ALL << SEAL_SHIFT == RIGHT_OPEN, "the rights to open are the mask of all classes");

unsigned seal_mask_of(const struct grant *g)
{
    return g->rights >> SEAL_SHIFT & SEAL_MASK_ALL;
}

void seal_commit(const struct seal_epoch *epoch, unsigned cls, const uint8_t key[AEAD_KEY_BYTES], linli_hash *out)
{
    uint8_t number[8], k = (uint8_t)cls;
    const span parts[] = {span_of(epoch->network.b, HASH_BYTES), span_of(epoch->scope.b, ID_BYTES),
                          span_of(number, sizeof(number)), span_of(&k, 1), span_of(key, AEAD_KEY_BYTES)};

    be64_put(number, epoch->epoch);
    crypto_hash("linli/class-key/1", parts, sizeof(parts) / sizeof(parts[0]), out);
}

void seal_epoch_commit(struct seal_epoch *epoch, const seal_keys keys)
{
    for (unsigned cls = 1; cls <= SEAL_CLASSES; cls++) {
        linli_hash commitment;
        seal_commit(epoch, cls, keys[cls - 1], &commitment);
        memcpy(epoch->commitments[cls - 1], commitment.b, HASH_BYTES);
    }
}

void seal_epoch_record(const struct seal_epoch *epoch, linli_id *record)
{
    uint8_t number[8];
    const span parts[] = {span_of(epoch->network.b, HASH_BYTES), span_of(epoch->scope.b, ID_BYTES),
                          span_of(number, sizeof(number)), span_of(epoch->commitments, COMMITMENTS_BYTES)};

    be64_put(number, epoch->epoch);
    crypto_hash16("linli/seal-key/1", parts, sizeof(parts) / sizeof(parts[0]), record);
    id_of_managed(record);
}

void seal_key_id(const struct seal_epoch *epoch, unsigned cls, linli_id *id)
{
    memcpy(id->b, epoch->commitments[cls - 1], ID_BYTES);
}

static size_t mask_count(unsigned mask)
{
    size_t count = 0;

    for (; mask != 0; mask >>= 1)
        count += mask & 1;
    return count;
}

int wrap_make(const uint8_t device[KEY_BYTES], const uint8_t seal_public[DH_BYTES], unsigned mask, const seal_keys keys,
              const struct rng *rng, struct buf *out)
{
    uint8_t plain[SEAL_CLASSES * AEAD_KEY_BYTES];
    size_t size = 0;

    for (unsigned cls = 1; cls <= SEAL_CLASSES; cls++) {
        if ((mask >> (cls - 1) & 1) == 0)
            continue;
        memcpy(plain + size, keys[cls - 1], AEAD_KEY_BYTES);
        size += AEAD_KEY_BYTES;
    }
    buf_append(out, device, KEY_BYTES);
    buf_byte(out, (uint8_t)mask);
    uint8_t *box = buf_extend(out, size + SEALED_BOX_MORE);
    int rv = box == NULL ? LINLI_E_NOMEM : sealed_box_make(seal_public, rng, span_of(plain, size), box);
    crypto_wipe(plain, sizeof(plain));
    return rv;
}

bool wrap_read(span wrap, const uint8_t **device, unsigned *mask)
{
    if (wrap.size < WRAP_HEAD_BYTES)
        return false;
    *device = wrap.at;
    *mask = wrap.at[KEY_BYTES];
    return *mask != 0 && *mask <= SEAL_MASK_ALL &&
           wrap.size == WRAP_HEAD_BYTES + SEALED_BOX_MORE + mask_count(*mask) * AEAD_KEY_BYTES;
}

int wrap_open(span wrap, const struct seal_epoch *epoch, const uint8_t seal_public[DH_BYTES], const uint8_t seal_secret[DH_BYTES],
              seal_keys keys, unsigned *mask)
{
    uint8_t plain[SEAL_CLASSES * AEAD_KEY_BYTES];
    const uint8_t *device, *next = plain;
    unsigned said;

    *mask = 0;
    if (!wrap_read(wrap, &device, &said))
        return LINLI_E_KEY;
    int rv = sealed_box_open(seal_public, seal_secret, span_of(wrap.at + WRAP_HEAD_BYTES, wrap.size - WRAP_HEAD_BYTES), plain);
    for (unsigned cls = 1; cls <= SEAL_CLASSES && rv == LINLI_OK; cls++) {
        linli_hash commitment;
        if ((said >> (cls - 1) & 1) == 0)
            continue;
        seal_commit(epoch, cls, next, &commitment);
        if (memcmp(commitment.b, epoch->commitments[cls - 1], HASH_BYTES) == 0) {
            memcpy(keys[cls - 1], next, AEAD_KEY_BYTES);
            *mask |= 1u << (cls - 1);
        }
        next += AEAD_KEY_BYTES;
    }
    crypto_wipe(plain, sizeof(plain));
    return rv;
}
