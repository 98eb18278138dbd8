/** Command line: texts to small numbers, in memory: how an import finds what is there without asking the store. */
#ifndef LINLI_APP_LOOKUP_H
#define LINLI_APP_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOOKUP_MAX = 4000000 }; /**< entries; a community has about 5,000 residents, a city's patches are imported apart */
#define LOOKUP_NONE UINT32_MAX

struct lookup_slot;
struct lookup {
    struct lookup_slot *slots;
    size_t count, room; /**< room is a power of two */
    char *keys;
    size_t keys_used, keys_room;
    uint64_t seed;
};

/** A zero-initialised lookup is empty and ready. */
void lookup_free(struct lookup *lookup);
/** Returns: the number under `key`, or LOOKUP_NONE. */
uint32_t lookup_find(const struct lookup *lookup, const void *key, size_t size);
/** Put `number` under `key`, in place of what was there. False without memory or past LOOKUP_MAX. */
bool lookup_put(struct lookup *lookup, const void *key, size_t size, uint32_t number);

#endif
