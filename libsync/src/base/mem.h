/* base: the one allocator hook. All memory of the library comes from here, so a test can fail the n-th allocation. */
#ifndef LINLI_BASE_MEM_H
#define LINLI_BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t size);                       /* NULL when out of memory; size 0 gives a unique pointer */
void *mem_zalloc(size_t count, size_t size);        /* zeroed; NULL also when count*size overflows */
void *mem_realloc(void *at, size_t size);           /* NULL leaves `at` as it was */
void *mem_dup(const void *at, size_t size);         /* copy; NULL when out of memory */
char *mem_text(const char *text);                   /* copy of a string */
void mem_free(void *at);                            /* accepts NULL */
/* Grow *items (of item_size) to hold at least `need`; doubles. LINLI_OK or LINLI_E_NOMEM (array unchanged). */
int mem_grow(void *items_ptr, size_t *room, size_t need, size_t item_size);

#endif
