/* tests: the metered heap. */
#include "meter.h"

#include <linli/memory.h>
#include <stdint.h>
#include <stdlib.h>

enum { HEAD = 16 }; /* keeps what malloc gives aligned */

static struct {
    size_t held, peak;
} meter;

static void hold(size_t more, size_t less)
{
    meter.held = meter.held + more - less;
    meter.peak = meter.held > meter.peak ? meter.held : meter.peak;
}

static size_t *size_of_block(void *at)
{
    return (size_t *)(void *)((uint8_t *)at - HEAD);
}

static void *give(uint8_t *block, size_t size)
{
    if (block == NULL)
        return NULL;
    *(size_t *)(void *)block = size;
    return block + HEAD;
}

static void *metered_alloc(void *ctx, size_t size)
{
    (void)ctx;
    void *at = size > SIZE_MAX - HEAD ? NULL : give(malloc(size + HEAD), size);
    hold(at == NULL ? 0 : size, 0);
    return at;
}

/* Both blocks are held while one is copied into the other. */
static void *metered_resize(void *ctx, void *at, size_t size)
{
    (void)ctx;
    size_t before = *size_of_block(at);
    void *larger = size > SIZE_MAX - HEAD ? NULL : give(realloc(size_of_block(at), size + HEAD), size);
    if (larger == NULL)
        return NULL;
    hold(size, 0);
    hold(0, before);
    return larger;
}

static void metered_release(void *ctx, void *at)
{
    (void)ctx;
    hold(0, *size_of_block(at));
    free(size_of_block(at));
}

void meter_start(void)
{
    static const struct linli_allocator metered = {metered_alloc, metered_resize, metered_release, NULL};

    meter.held = meter.peak = 0;
    linli_set_allocator(&metered);
}

size_t meter_peak(void)
{
    return meter.peak;
}

size_t meter_stop(void)
{
    linli_set_allocator(NULL);
    return meter.held;
}
