/* base: the allocator hook and the few ways memory is asked for. */
#include "base/mem.h"

#include <linli/memory.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *system_alloc(void *ctx, size_t size)
{
    (void)ctx;
    return malloc(size);
}

static void *system_resize(void *ctx, void *at, size_t size)
{
    (void)ctx;
    return realloc(at, size);
}

static void system_release(void *ctx, void *at)
{
    (void)ctx;
    free(at);
}

static const struct linli_allocator system_heap = {system_alloc, system_resize, system_release, NULL};

/* The one global of the library: the hook must be there before any handle is. */
static struct linli_allocator heap = {system_alloc, system_resize, system_release, NULL};

int linli_set_allocator(const struct linli_allocator *allocator)
{
    if (allocator == NULL) {
        heap = system_heap;
        return LINLI_OK;
    }
    if (allocator->alloc == NULL || allocator->resize == NULL || allocator->release == NULL)
        return LINLI_E_ARG;
    heap = *allocator;
    return LINLI_OK;
}

void *mem_alloc(size_t size)
{
    return heap.alloc(heap.ctx, size == 0 ? 1 : size);
}

void *mem_zalloc(size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    void *at = mem_alloc(count * size);
    if (at != NULL)
        memset(at, 0, count * size);
    return at;
}

void *mem_realloc(void *at, size_t size)
{
    if (at == NULL)
        return mem_alloc(size);
    return heap.resize(heap.ctx, at, size == 0 ? 1 : size);
}

void *mem_dup(const void *at, size_t size)
{
    void *copy = mem_alloc(size);
    if (copy != NULL && size != 0)
        memcpy(copy, at, size);
    return copy;
}

char *mem_text(const char *text)
{
    return mem_dup(text, strlen(text) + 1);
}

void mem_free(void *at)
{
    if (at != NULL)
        heap.release(heap.ctx, at);
}

int mem_grow(void *items_ptr, size_t *room, size_t need, size_t item_size)
{
    enum { ROOM_FIRST = 8 };
    void *items;

    if (need <= *room)
        return LINLI_OK;
    size_t wanted = *room < ROOM_FIRST ? ROOM_FIRST : *room;
    while (wanted < need && wanted <= SIZE_MAX / 2)
        wanted *= 2;
    if (wanted < need)
        wanted = need;
    if (item_size != 0 && wanted > SIZE_MAX / item_size)
        return LINLI_E_NOMEM;
    memcpy(&items, items_ptr, sizeof(items)); /* items_ptr points to a pointer of the caller's own type */
    void *grown = mem_realloc(items, wanted * item_size);
    if (grown == NULL)
        return LINLI_E_NOMEM;
    memcpy(items_ptr, &grown, sizeof(grown));
    *room = wanted;
    return LINLI_OK;
}
