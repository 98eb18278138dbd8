/* base: spans and the growable buffer. */
#include "base/bytes.h"
#include "base/mem.h"

#include <linli/error.h>
#include <string.h>

enum { BUF_ROOM_FIRST = 64 };

bool span_equal(span a, span b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}

int span_compare(span a, span b)
{
    size_t shared = a.size < b.size ? a.size : b.size;
    int order = shared == 0 ? 0 : memcmp(a.at, b.at, shared);
    if (order != 0)
        return order;
    return (a.size > b.size) - (a.size < b.size);
}

bool span_contains(span in, span part)
{
    const uint8_t *at = in.at;

    for (size_t left = in.size; left >= part.size; left = in.size - (size_t)(at - in.at)) {
        at = memchr(at, part.at[0], left - part.size + 1);
        if (at == NULL)
            return false;
        if (memcmp(at, part.at, part.size) == 0)
            return true;
        at++;
    }
    return false;
}

/* Twice the room, or as much as is needed, but never past the cap: a capped buffer cannot cost more than its cap. */
static size_t room_for(const struct buf *b, size_t need)
{
    size_t room = b->room < BUF_ROOM_FIRST ? BUF_ROOM_FIRST : b->room;

    while (room < need && room <= SIZE_MAX / 2)
        room *= 2;
    if (room < need)
        room = need;
    if (b->cap != 0 && room > b->cap)
        room = b->cap;
    return room;
}

uint8_t *buf_extend(struct buf *b, size_t size)
{
    if (b->failed != LINLI_OK)
        return NULL;
    if (size > SIZE_MAX - b->size || (b->cap != 0 && b->size + size > b->cap)) {
        b->failed = LINLI_E_LIMIT;
        return NULL;
    }
    if (b->at == NULL || size > b->room - b->size) {
        size_t room = room_for(b, b->size + size);
        uint8_t *grown = mem_realloc(b->at, room);
        if (grown == NULL) {
            b->failed = LINLI_E_NOMEM;
            return NULL;
        }
        b->at = grown;
        b->room = room;
    }
    uint8_t *where = b->at + b->size;
    b->size += size;
    return where;
}

int buf_append_more(struct buf *b, const void *bytes, size_t size)
{
    if (b->failed != LINLI_OK || size == 0)
        return b->failed;
    uint8_t *where = buf_extend(b, size);
    if (where != NULL)
        memcpy(where, bytes, size);
    return b->failed;
}

void buf_clear(struct buf *b)
{
    b->size = 0;
    b->failed = LINLI_OK;
}

void buf_free(struct buf *b)
{
    mem_free(b->at);
    *b = (struct buf){0};
}
