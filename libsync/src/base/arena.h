/* base: a bump allocator for one call's working memory; everything in it goes at once. */
#ifndef LINLI_BASE_ARENA_H
#define LINLI_BASE_ARENA_H

#include "base/bytes.h"

struct arena_block;
struct arena {
    struct arena_block *last;
    size_t used_bytes, cap_bytes; /* cap 0 = none */
};

void *arena_alloc(struct arena *a, size_t size);                 /* aligned to 16, zeroed; NULL when out of memory or over the cap */
void *arena_array(struct arena *a, size_t count, size_t size);   /* NULL also on overflow */
span arena_copy(struct arena *a, span bytes);                    /* at == NULL with size > 0 means out of memory */
char *arena_text(struct arena *a, const char *text);
/* A point to go back to: what was allocated since then goes, what was before stays. */
struct arena_mark {
    struct arena_block *last;
    size_t used, used_bytes;
};
struct arena_mark arena_mark(const struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark mark);
void arena_reset(struct arena *a);                               /* keeps one block for reuse */
void arena_free(struct arena *a);

#endif
