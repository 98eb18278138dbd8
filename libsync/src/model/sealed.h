/* model: sealed values (proto/sealing.md 2): made, told from open ones, opened. Pure. */
#ifndef LINLI_MODEL_SEALED_H
#define LINLI_MODEL_SEALED_H

#include "base/arena.h"
#include "base/crypto.h"
#include "model/schema.h"

enum {
    SEAL_PAD = 32,
    SEALED_AROUND_BYTES = ID_BYTES + XNONCE_BYTES + AEAD_TAG_BYTES,    /* around the padded map */
    SEALED_PLAIN_MAX = 510 * SEAL_PAD,                               /* so that all of it is within LIMIT_VALUE_BYTES */
    SEALED_MAP_MAX = SEALED_PLAIN_MAX - 2
};

/* The one place where a value belongs. */
struct sealed_place {
    linli_hash network;
    linli_id scope, record;
    uint32_t group;
    linli_author author; /* the dot of the write */
    uint64_t seq;
};

struct class_key {
    linli_id id;
    unsigned cls; /* enum linli_seal */
    uint8_t key[AEAD_KEY_BYTES];
};

/* A value of this group can be sealed at all: it is a map of fields. */
static inline bool seal_rule(unsigned rule)
{
    return rule == RULE_REGISTER || rule == RULE_LADDER || rule == RULE_LOG;
}
/* Append the value that seals `map`: one MessagePack item. LINLI_OK; LINLI_E_LIMIT (over SEALED_MAP_MAX); LINLI_E_NOMEM. */
int sealed_make(const struct class_key *key, const struct sealed_place *place, const struct rng *rng, span map, struct buf *out);
/* Is this value sealed (or something else that stands where a map would)? */
bool sealed_is(span value);
/* The key that it takes. False when the value is not of that form: no key opens it. */
bool sealed_key_id(span value, linli_id *id);
/* LINLI_OK with the map, in the arena; LINLI_E_KEY: another key, another place, or no value of this group; LINLI_E_NOMEM. */
int sealed_open(struct arena *a, const struct class_key *key, const struct sealed_place *place, span value, span *map);

#endif
