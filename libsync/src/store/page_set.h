/* store: which pages of a file have been met, so that none is met twice. Takes room only where a page was. */
#ifndef LINLI_STORE_PAGE_SET_H
#define LINLI_STORE_PAGE_SET_H

#include <stddef.h>
#include <stdint.h>

struct page_set {
    uint8_t **blocks;
    size_t pages;
};

/* Starts empty. LINLI_OK; LINLI_E_NOMEM. Freed with page_set_free, also when it failed. */
int page_set_make(struct page_set *set, size_t pages);
/* LINLI_OK; LINLI_E_FORMAT: one of them is taken already, or beyond the last; LINLI_E_NOMEM. */
int page_set_take(struct page_set *set, size_t first, size_t count);
void page_set_free(struct page_set *set);

#endif
