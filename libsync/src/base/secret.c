/* base: memory for keys, on libsodium's guarded heap. */
#include "base/secret.h"

#include <linli/error.h>
#include <string.h>

#include <sodium/utils.h>

#include "base/check.h"
#include "base/crypto.h"

enum { REGION_BYTES = 64 * 1024, HEAD_BYTES = 64 /* of a region; keeps the blocks aligned */ };

struct secret_region {
    struct secret_region *next;
};
struct secret_block {
    struct secret_block *next;
};

void *secret_alloc(size_t size)
{
    void *at = crypto_start() == LINLI_OK ? sodium_malloc(size) : NULL; /* it locks the pages where it may, and goes on where not */

    if (at != NULL)
        memset(at, 0, size);
    return at;
}

void secret_free(void *at)
{
    sodium_free(at);
}

static bool region_add(struct secret_pool *pool, size_t size)
{
    uint8_t *bytes = secret_alloc(REGION_BYTES);
    struct secret_region *region = (struct secret_region *)(void *)bytes;

    if (region == NULL)
        return false;
    region->next = pool->regions;
    pool->regions = region;
    for (size_t at = HEAD_BYTES; at + size <= REGION_BYTES; at += size) {
        struct secret_block *block = (struct secret_block *)(void *)(bytes + at);
        block->next = pool->free;
        pool->free = block;
    }
    return true;
}

void *secret_take(struct secret_pool *pool, size_t size)
{
    ALWAYS(size >= sizeof(struct secret_block) && size % sizeof(void *) == 0 && size <= REGION_BYTES - HEAD_BYTES);
    if (pool->free == NULL && !region_add(pool, size))
        return NULL;
    struct secret_block *block = pool->free;
    pool->free = block->next;
    block->next = NULL; /* the rest is zero since it was made, or given back */
    return block;
}

void secret_give(struct secret_pool *pool, void *at, size_t size)
{
    struct secret_block *block = at;

    if (at == NULL)
        return;
    crypto_wipe(at, size);
    block->next = pool->free;
    pool->free = block;
}

void secret_pool_free(struct secret_pool *pool)
{
    while (pool->regions != NULL) {
        struct secret_region *region = pool->regions;
        pool->regions = region->next;
        secret_free(region);
    }
    *pool = (struct secret_pool){NULL, NULL};
}
