/* store: reads LMDB's meta pages by pread, so that nothing in them can hurt. */
#include "store/foreign.h"

#include <errno.h>
#include <fcntl.h>
#include <linli/error.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/env.h"
#include "store/folder.h"
#include "store/page_walk.h"

static int meta_read(int fd, unsigned which, size_t page_size, struct mdb_meta *out)
{
    uint8_t bytes[PAGE_HEAD + sizeof(struct mdb_meta)];
    struct mdb_page_head head;
    int rv = page_bytes(fd, (uint64_t)which * page_size, bytes, sizeof(bytes));

    if (rv != LINLI_OK)
        return rv;
    memcpy(&head, bytes, PAGE_HEAD);
    memcpy(out, bytes + PAGE_HEAD, sizeof(*out));
    if (head.number != which || head.flags != PAGE_META || out->magic != META_MAGIC ||
        out->version != META_VERSION)
        return LINLI_E_FORMAT;
    uint32_t size = out->trees[0].pad;
    if (size < PAGE_SIZE_MIN || size > PAGE_SIZE_MAX || (size & (size - 1)) != 0)
        return LINLI_E_FORMAT;
    if (out->last_page < 1 || out->last_page >= STORE_MAP_MOST / size || out->map_size > SIZE_MAX / 2 ||
        out->txn > SIZE_MAX / 2)
        return LINLI_E_FORMAT;
    return LINLI_OK;
}

/*
 * Both meta pages agree on the page size and are of two transactions in a row (or of none yet). The trees of the older one
 * are nobody's: a writer may have taken their pages, and after a meta page that could not be written LMDB puts back its
 * number and last page, but not its trees.
 */
static int metas_check(int fd, struct mdb_meta *newest)
{
    struct mdb_meta metas[2];
    int rv = meta_read(fd, 0, 0, &metas[0]);

    if (rv == LINLI_OK)
        rv = meta_read(fd, 1, metas[0].trees[0].pad, &metas[1]);
    if (rv != LINLI_OK)
        return rv;
    if (metas[0].trees[0].pad != metas[1].trees[0].pad)
        return LINLI_E_FORMAT;
    size_t even = metas[0].txn, odd = metas[1].txn;
    bool in_turn = even % 2 == 0 && odd % 2 == 1 && (odd == even + 1 || even == odd + 1);
    if (!in_turn && !(even == 0 && odd == 0))
        return LINLI_E_FORMAT;
    *newest = metas[odd > even ? 1 : 0];
    if (!page_tree_plausible(&newest->trees[0], TREE_INTEGERKEY, newest->last_page) ||
        !page_tree_plausible(&newest->trees[1], 0, newest->last_page))
        return LINLI_E_FORMAT;
    return LINLI_OK;
}

static int file_check(int fd, bool thorough)
{
    struct mdb_meta meta;
    struct stat st;

    if (fstat(fd, &st) != 0)
        return LINLI_E_DISK;
    if (!S_ISREG(st.st_mode))
        return LINLI_E_FORMAT;
    int rv = metas_check(fd, &meta);
    if (rv != LINLI_OK)
        return rv;
    struct page_file file = {fd, (uint64_t)st.st_size, meta.trees[0].pad, meta.last_page, meta.txn};
    if (file.size < 2 * (uint64_t)file.page_size)
        return LINLI_E_FORMAT;
    if (thorough || file.size < ((uint64_t)file.last_page + 1) * file.page_size)
        return page_walk(&file, &meta.trees[0], &meta.trees[1]);
    rv = page_root_check(&file, &meta.trees[0]);
    return rv == LINLI_OK ? page_root_check(&file, &meta.trees[1]) : rv;
}

int foreign_check(int dir_fd, bool thorough)
{
    int fd = openat(dir_fd, "data.mdb", O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return folder_code(errno);
    int rv = file_check(fd, thorough);
    close(fd);
    return rv;
}
