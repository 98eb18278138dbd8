/* Command line, lookup: open addressing with linear probing; keys lie one after the other in one block. */
#include "lookup.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct lookup_slot {
    uint64_t hash; /* 0 = free */
    size_t key;    /* offset of the key in `keys` */
    uint32_t size, number;
};

/* FNV-1a under a seed of this run, so that no file can be made to collide in every run. */
static uint64_t hash_of(const struct lookup *lookup, const void *key, size_t size)
{
    const unsigned char *at = key;
    uint64_t hash = UINT64_C(14695981039346656037) ^ lookup->seed;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * UINT64_C(1099511628211);
    hash ^= hash >> 32;
    return hash == 0 ? 1 : hash;
}

static struct lookup_slot *slot_of(const struct lookup *lookup, const void *key, size_t size, uint64_t hash)
{
    size_t mask = lookup->room - 1;
    for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
        struct lookup_slot *slot = &lookup->slots[i];
        if (slot->hash == 0 || (slot->hash == hash && slot->size == size &&
                                memcmp(lookup->keys + slot->key, key, size) == 0))
            return slot;
    }
}

static bool grow(struct lookup *lookup)
{
    size_t room = lookup->room == 0 ? 1024 : lookup->room * 2;
    struct lookup_slot *slots = calloc(room, sizeof(*slots)), *old = lookup->slots;
    size_t old_room = lookup->room;
    if (slots == NULL)
        return false;
    lookup->slots = slots;
    lookup->room = room;
    for (size_t i = 0; i < old_room; i++)
        if (old[i].hash != 0)
            *slot_of(lookup, lookup->keys + old[i].key, old[i].size, old[i].hash) = old[i];
    free(old);
    return true;
}

static bool keep_key(struct lookup *lookup, const void *key, size_t size, size_t *at)
{
    if (lookup->keys_room - lookup->keys_used < size) {
        size_t room = lookup->keys_room == 0 ? 65536 : lookup->keys_room * 2;
        while (room - lookup->keys_used < size)
            room *= 2;
        char *keys = realloc(lookup->keys, room);
        if (keys == NULL)
            return false;
        lookup->keys = keys;
        lookup->keys_room = room;
    }
    *at = lookup->keys_used;
    memcpy(lookup->keys + *at, key, size);
    lookup->keys_used += size;
    return true;
}

void lookup_free(struct lookup *lookup)
{
    free(lookup->slots);
    free(lookup->keys);
    memset(lookup, 0, sizeof(*lookup));
}

uint32_t lookup_find(const struct lookup *lookup, const void *key, size_t size)
{
    if (lookup->count == 0)
        return LOOKUP_NONE;
    const struct lookup_slot *slot = slot_of(lookup, key, size, hash_of(lookup, key, size));
    return slot->hash != 0 ? slot->number : LOOKUP_NONE;
}

bool lookup_put(struct lookup *lookup, const void *key, size_t size, uint32_t number)
{
    if (lookup->seed == 0) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        lookup->seed = (uint64_t)now.tv_nsec << 20 ^ (uint64_t)now.tv_sec ^ (uint64_t)(uintptr_t)lookup ^ 1;
    }
    if (size > UINT32_MAX || lookup->count >= LOOKUP_MAX || (2 * (lookup->count + 1) > lookup->room && !grow(lookup)))
        return false;
    uint64_t hash = hash_of(lookup, key, size);
    struct lookup_slot *slot = slot_of(lookup, key, size, hash);
    if (slot->hash == 0) {
        if (!keep_key(lookup, key, size, &slot->key))
            return false;
        slot->hash = hash;
        slot->size = (uint32_t)size;
        lookup->count++;
    }
    slot->number = number;
    return true;
}
