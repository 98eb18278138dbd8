/* store: a bitmap in blocks, each made when a page in it is taken. */
#include "store/page_set.h"

#include <linli/error.h>

#include "base/mem.h"

enum { BLOCK_BYTES = 4096, BLOCK_PAGES = BLOCK_BYTES * 8 };

static size_t block_count(const struct page_set *set)
{
    return set->pages / BLOCK_PAGES + 1;
}

int page_set_make(struct page_set *set, size_t pages)
{
    set->pages = pages;
    set->blocks = mem_zalloc(block_count(set), sizeof(*set->blocks));
    return set->blocks != NULL ? LINLI_OK : LINLI_E_NOMEM;
}

static int take(struct page_set *set, size_t page)
{
    uint8_t **block = &set->blocks[page / BLOCK_PAGES], bit = (uint8_t)(1u << page % 8);
    size_t at = page % BLOCK_PAGES / 8;

    if (*block == NULL)
        *block = mem_zalloc(BLOCK_BYTES, 1);
    if (*block == NULL)
        return LINLI_E_NOMEM;
    if (((*block)[at] & bit) != 0)
        return LINLI_E_FORMAT;
    (*block)[at] |= bit;
    return LINLI_OK;
}

int page_set_take(struct page_set *set, size_t first, size_t count)
{
    int rv = LINLI_OK;

    if (first >= set->pages || count > set->pages - first)
        return LINLI_E_FORMAT;
    for (size_t page = first; page < first + count && rv == LINLI_OK; page++)
        rv = take(set, page);
    return rv;
}

void page_set_free(struct page_set *set)
{
    for (size_t i = 0; set->blocks != NULL && i < block_count(set); i++)
        mem_free(set->blocks[i]);
    mem_free(set->blocks);
    set->blocks = NULL;
}
