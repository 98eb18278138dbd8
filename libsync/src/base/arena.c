/* base: a bump allocator for one call's working memory. */
#include "base/arena.h"

#include <stdalign.h>
#include <string.h>

#include "base/mem.h"

enum { ALIGN = 16, BLOCK_BYTES = 16 * 1024 };

struct arena_block {
    struct arena_block *previous;
    size_t room, used;
    alignas(ALIGN) unsigned char bytes[];
};

static struct arena_block *block_new(struct arena *a, size_t size)
{
    size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;
    struct arena_block *block = mem_alloc(sizeof(*block) + room);

    if (block == NULL)
        return NULL;
    block->previous = a->last;
    block->room = room;
    block->used = 0;
    a->last = block;
    return block;
}

void *arena_alloc(struct arena *a, size_t size)
{
    struct arena_block *block = a->last;
    void *at;

    if (size > SIZE_MAX - sizeof(*block) - ALIGN)
        return NULL;
    size = (size + (ALIGN - 1)) & ~(size_t)(ALIGN - 1);
    if (a->cap_bytes != 0 && size > a->cap_bytes - a->used_bytes)
        return NULL;
    if (block == NULL || size > block->room - block->used)
        block = block_new(a, size);
    if (block == NULL)
        return NULL;
    at = block->bytes + block->used;
    block->used += size;
    a->used_bytes += size;
    memset(at, 0, size);
    return at;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return arena_alloc(a, count * size);
}

span arena_copy(struct arena *a, span bytes)
{
    uint8_t *at = arena_alloc(a, bytes.size);

    if (at != NULL && bytes.size > 0)
        memcpy(at, bytes.at, bytes.size);
    return span_of(at, bytes.size);
}

char *arena_text(struct arena *a, const char *text)
{
    size_t size = strlen(text) + 1;
    char *at = arena_alloc(a, size);

    if (at != NULL)
        memcpy(at, text, size);
    return at;
}

static void drop_until(struct arena *a, const struct arena_block *keep)
{
    while (a->last != keep) {
        struct arena_block *block = a->last;
        a->last = block->previous;
        mem_free(block);
    }
}

void arena_reset(struct arena *a)
{
    struct arena_block *first = a->last;

    while (first != NULL && first->previous != NULL)
        first = first->previous;
    drop_until(a, first);
    if (first != NULL)
        first->used = 0;
    a->used_bytes = 0;
}

struct arena_mark arena_mark(const struct arena *a)
{
    return (struct arena_mark){a->last, a->last == NULL ? 0 : a->last->used, a->used_bytes};
}

void arena_rewind(struct arena *a, struct arena_mark mark)
{
    if (mark.last == NULL) {
        arena_reset(a);
        return;
    }
    drop_until(a, mark.last);
    mark.last->used = mark.used;
    a->used_bytes = mark.used_bytes;
}

void arena_free(struct arena *a)
{
    drop_until(a, NULL);
    a->used_bytes = 0;
}
