/*
 * store: walks the trees of a data.mdb by pread, and finds in order all that LMDB goes by when it reads and when it writes.
 * What passes LMDB can neither be led out of the file by nor stumble over.
 */
#ifndef LINLI_STORE_PAGE_WALK_H
#define LINLI_STORE_PAGE_WALK_H

#include <stdbool.h>

#include "store/mdb_layout.h"

struct page_file {
    int fd;
    uint64_t size;
    size_t page_size, last_page, txn;
};

/* LINLI_OK; LINLI_E_FORMAT: the file ends before; LINLI_E_DISK. */
int page_bytes(int fd, uint64_t offset, void *out, size_t size);
/* Whether a tree can have such a head, which is all of it that no page is read for. */
bool page_tree_plausible(const struct mdb_tree *tree, uint16_t flags, size_t last_page);
/* The root alone: a page of the kind that the tree's depth says. LINLI_OK; LINLI_E_FORMAT; LINLI_E_DISK; LINLI_E_NOMEM. */
int page_root_check(const struct page_file *file, const struct mdb_tree *tree);
/* Every page that a snapshot reaches, by its list of free pages and its main tree. The codes are those above. */
int page_walk(const struct page_file *file, const struct mdb_tree *free_list, const struct mdb_tree *main);

#endif
