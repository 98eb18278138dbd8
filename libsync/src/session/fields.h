/* session: walking a message's map: which keys have been met, lists inside it, and what newer peers added skipped. */
#ifndef LINLI_SESSION_FIELDS_H
#define LINLI_SESSION_FIELDS_H

#include "session/message.h"

struct fields {
    struct reader r;
    size_t left;
    unsigned met; /* FIELD(key) of each key below 32 that was there */
};
#define FIELD(key) (1u << (key))

void fields_start(struct fields *f, span map);
bool fields_next(struct fields *f, uint64_t *key); /* the reader then stands at the value, which must be read or skipped */
void fields_skip(struct fields *f);
/* Take an array's head; its elements are then read through a copy of `list`, and fields_walked() goes on after them. */
void fields_list(struct fields *f, struct list *list);
void fields_walked(struct fields *f, const struct list *walked);
/* LINLI_OK; LINLI_E_FORMAT when something was wrong, or one of the keys in `wanted` was not there. */
int fields_end(struct fields *f, unsigned wanted);

void read_author(struct reader *r, linli_author *out);
void write_author(struct buf *out, const linli_author *author);

#endif
