/* session: the scopes that a round still has work with. */
#include "session/todo.h"

#include <linli/error.h>
#include <string.h>

#include "base/ids.h"
#include "base/mem.h"

enum { ROOM_FIRST = 16 };

/* Ids are hashes already. */
static size_t slot_of(const struct todo *t, const linli_id *id)
{
    uint64_t mix;
    memcpy(&mix, id->b, sizeof(mix));
    return (size_t)(mix * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (t->room - 1);
}

struct todo_entry *todo_find(const struct todo *t, const linli_id *id)
{
    if (t->room == 0)
        return NULL;
    for (size_t i = slot_of(t, id);; i = (i + 1) & (t->room - 1)) {
        struct todo_entry *e = &t->table[i];
        if (e->flags == 0)
            return NULL;
        if (id_equal(&e->id, id))
            return e;
    }
}

static void place(struct todo *t, const struct todo_entry *e)
{
    size_t i = slot_of(t, &e->id);
    while (t->table[i].flags != 0)
        i = (i + 1) & (t->room - 1);
    t->table[i] = *e;
}

static int widen(struct todo *t)
{
    struct todo_entry *old = t->table;
    size_t old_room = t->room, room = old_room == 0 ? ROOM_FIRST : old_room * 2;
    struct todo_entry *table = mem_zalloc(room, sizeof(*table));

    if (table == NULL)
        return LINLI_E_NOMEM;
    t->table = table;
    t->room = room;
    for (size_t i = 0; i < old_room; i++)
        if (old[i].flags != 0)
            place(t, &old[i]);
    mem_free(old);
    return LINLI_OK;
}

/* Ids that were said by the way, in answer to the peer, are taken out of the order. */
static void squeeze(struct todo *t)
{
    size_t kept = 0;
    for (size_t i = 0; i < t->order_count; i++) {
        const struct todo_entry *e = todo_find(t, &t->order[i]);
        if (e != NULL && (e->flags & TODO_SAY) != 0)
            t->order[kept++] = t->order[i];
    }
    t->order_count = kept;
}

int todo_add(struct todo *t, const linli_id *id, unsigned flags)
{
    if (todo_find(t, id) != NULL)
        return LINLI_OK;
    if (t->count == TODO_MAX) {
        t->overflowed = true;
        return LINLI_OK;
    }
    if (4 * (t->count + 1) > 3 * t->room) {
        int rv = widen(t);
        if (rv != LINLI_OK)
            return rv;
    }
    if ((flags & TODO_SAY) != 0) {
        if (t->order_count == TODO_MAX)
            squeeze(t);
        int rv = mem_grow(&t->order, &t->order_room, t->order_count + 1, sizeof(*t->order));
        if (rv != LINLI_OK)
            return rv;
        t->order[t->order_count++] = *id;
    }
    struct todo_entry e = {.id = *id, .flags = (uint8_t)flags};
    place(t, &e);
    t->count++;
    t->hear += (flags & TODO_HEAR) != 0 ? 1 : 0;
    return LINLI_OK;
}

bool todo_next(struct todo *t, linli_id *id, unsigned *flags)
{
    while (t->order_count > 0) {
        *id = t->order[--t->order_count];
        const struct todo_entry *e = todo_find(t, id);
        if (e != NULL && (e->flags & TODO_SAY) != 0) {
            *flags = e->flags;
            return true;
        }
    }
    return false;
}

void todo_said(struct todo *t, const linli_id *id)
{
    struct todo_entry *e = todo_find(t, id);
    if (e == NULL || (e->flags & TODO_SAID) != 0)
        return;
    t->hear -= (e->flags & TODO_HEAR) != 0 ? 1 : 0;
    e->flags = (uint8_t)((e->flags & ~(TODO_SAY | TODO_HEAR)) | TODO_SAID);
    t->said++;
}

void todo_drop(struct todo *t, const linli_id *id)
{
    struct todo_entry *e = todo_find(t, id);
    if (e == NULL)
        return;
    if ((e->flags & TODO_SAID) != 0)
        t->said--;
    t->hear -= (e->flags & TODO_HEAR) != 0 ? 1 : 0;
    e->flags = 0;
    t->count--;
    /* What was pushed past this slot moves back, so that no search ends too early. */
    for (size_t i = ((size_t)(e - t->table) + 1) & (t->room - 1); t->table[i].flags != 0; i = (i + 1) & (t->room - 1)) {
        struct todo_entry moved = t->table[i];
        t->table[i].flags = 0;
        place(t, &moved);
    }
}

void todo_clear(struct todo *t)
{
    mem_free(t->table);
    mem_free(t->order);
    *t = (struct todo){0};
}
