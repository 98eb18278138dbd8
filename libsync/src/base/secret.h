/*
 * base: memory for keys that live long: between guard pages, kept out of core dumps and, as far as the system lets us, out
 * of swap; wiped when given back. A block by itself costs four pages, so small things of which there are many share regions.
 */
#ifndef LINLI_BASE_SECRET_H
#define LINLI_BASE_SECRET_H

#include <stddef.h>

/* Zeroed, aligned for what is `size` bytes long; NULL without memory. Not from the allocator hook: that gives no such memory. */
void *secret_alloc(size_t size);
void secret_free(void *at); /* wipes; accepts NULL */

/* Blocks of one size, of one thread. Zero-initialise. What was given back is used again; regions go with the pool. */
struct secret_pool {
    struct secret_region *regions;
    struct secret_block *free;
};
void *secret_take(struct secret_pool *pool, size_t size); /* the same size each time. Zeroed; NULL without memory */
void secret_give(struct secret_pool *pool, void *at, size_t size); /* wipes; accepts NULL */
void secret_pool_free(struct secret_pool *pool);

#endif
