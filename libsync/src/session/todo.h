/*
 * session: the scopes that a round still has work with: what is to be said of a scope, and what is to be heard. Compact (a
 * table of ids and flags, and the order of what is to be said), and bounded: what finds no room waits for another round.
 */
#ifndef LINLI_SESSION_TODO_H
#define LINLI_SESSION_TODO_H

#include <linli/types.h>

enum todo_flag {
    TODO_SAY = 1,      /* our detail is to be sent */
    TODO_SAID = 2,     /* it was, and the peer's has not come */
    TODO_HEAR = 4,     /* the peer holds it and we do not: its detail may come, and is not waited for */
    TODO_SUBTREE = 8,  /* with what is below */
    TODO_LACKED = 16   /* the peer holds nothing of it: send all, without waiting */
};
enum { TODO_MAX = 4096 };

struct todo_entry {
    linli_id id;
    uint8_t flags; /* 0 = free */
};
struct todo {
    struct todo_entry *table; /* open addressing; `room` is a power of two */
    size_t room, count;       /* of all entries */
    size_t said, hear;        /* how many are SAID, and HEAR */
    linli_id *order;          /* last in, first out; may hold ids that are not to be said any more */
    size_t order_count, order_room;
    bool overflowed;          /* something found no room since todo_clear */
};

struct todo_entry *todo_find(const struct todo *t, const linli_id *id); /* NULL: none */
/* Enter a scope. One that is there keeps what it has. LINLI_OK also when there is no room (`overflowed`); LINLI_E_NOMEM. */
int todo_add(struct todo *t, const linli_id *id, unsigned flags);
/* The next scope to be said. False: none. */
bool todo_next(struct todo *t, linli_id *id, unsigned *flags);
void todo_said(struct todo *t, const linli_id *id); /* SAY becomes SAID */
void todo_drop(struct todo *t, const linli_id *id); /* nothing more to do with it */
void todo_clear(struct todo *t);                    /* gives its memory back */

#endif
