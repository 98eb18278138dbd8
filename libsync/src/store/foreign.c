/* store: reads LMDB's meta pages and page tree by pread, so that nothing in them can hurt. */
#include "store/foreign.h"

#include <errno.h>
#include <fcntl.h>
#include <linli/error.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "store/folder.h"

/*
 * The file as LMDB 0.9 lays it out, in the machine's own byte order and word size. A page: number, pad, flags, then lower
 * and upper bound of its free room (or, on an overflow page, how many pages it spans), then 2-byte offsets of its nodes.
 * The first two pages are meta pages; a commit of transaction n writes page n % 2.
 */
enum {
    META_VERSION = 1,
    PAGE_BRANCH = 0x01,
    PAGE_LEAF = 0x02,
    PAGE_OVERFLOW = 0x04,
    PAGE_META = 0x08,
    NODE_BIGDATA = 0x01,
    NODE_SUBDATA = 0x02,
    NODE_DUPDATA = 0x04,
    TREE_INTEGERKEY = 0x08,
    PAGE_SIZE_MIN = 512,
    PAGE_SIZE_MAX = 65536,
    DEPTH_MAX = 32 /* LMDB's own cursor stack */
};

struct page_head {
    size_t number;
    uint16_t pad, flags;
    union {
        struct {
            uint16_t lower, upper;
        } room;
        uint32_t overflow_pages;
    } u;
};
enum { PAGE_HEAD = offsetof(struct page_head, u) + 4 };

struct tree {
    uint32_t pad; /* of the first tree in a meta page: the page size */
    uint16_t flags, depth;
    size_t branch_pages, leaf_pages, overflow_pages, entries, root;
};

struct meta {
    uint32_t magic, version;
    void *address;
    size_t map_size;
    struct tree trees[2]; /* free pages, main */
    size_t last_page, txn;
};

struct node_head {
    uint16_t low, high, flags, key_size;
};

struct file {
    int fd;
    uint64_t size;
    size_t page_size, last_page;
    size_t budget; /* pages still to be visited: a cycle runs out of it */
};

#define META_MAGIC UINT32_C(0xBEEFC0DE)
#define NO_ROOT (~(size_t)0)

static int read_at(int fd, uint64_t offset, void *out, size_t size)
{
    ssize_t got = pread(fd, out, size, (off_t)offset);

    if (got < 0)
        return LINLI_E_DISK;
    return (size_t)got == size ? LINLI_OK : LINLI_E_FORMAT;
}

static bool tree_plausible(const struct tree *tree, uint16_t flags, size_t last_page)
{
    if (tree->flags != flags || tree->depth > DEPTH_MAX)
        return false;
    if (tree->root == NO_ROOT)
        return tree->depth == 0 && tree->entries == 0;
    return tree->root >= 2 && tree->root <= last_page && tree->depth > 0;
}

static int meta_read(int fd, unsigned which, size_t page_size, struct meta *out)
{
    uint8_t bytes[PAGE_HEAD + sizeof(struct meta)];
    struct page_head head;
    int rv = read_at(fd, (uint64_t)which * page_size, bytes, sizeof(bytes));

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
    if (out->last_page < 1 || out->last_page > SIZE_MAX / 2 / size || out->map_size > SIZE_MAX / 2)
        return LINLI_E_FORMAT;
    return LINLI_OK;
}

/*
 * Both meta pages agree on the page size and are of two transactions in a row (or of none yet). The trees of the older one
 * are nobody's: a writer may have taken their pages, and after a meta page that could not be written LMDB puts back its
 * number and last page, but not its trees.
 */
static int metas_check(int fd, struct meta *newest)
{
    struct meta metas[2];
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
    if (!tree_plausible(&newest->trees[0], TREE_INTEGERKEY, newest->last_page) ||
        !tree_plausible(&newest->trees[1], 0, newest->last_page))
        return LINLI_E_FORMAT;
    return LINLI_OK;
}

static int tree_walk(struct file *f, const struct tree *tree, unsigned nesting);

/* A page that lies whole within the file, says its own number and is of this kind. */
static int page_read(struct file *f, size_t number, uint16_t kind, uint8_t *page)
{
    struct page_head head;

    if (number < 2 || number > f->last_page || f->budget == 0)
        return LINLI_E_FORMAT;
    f->budget--;
    int rv = read_at(f->fd, (uint64_t)number * f->page_size, page, f->page_size);
    if (rv != LINLI_OK)
        return rv;
    memcpy(&head, page, PAGE_HEAD);
    if (head.number != number || head.flags != kind)
        return LINLI_E_FORMAT;
    if (head.u.room.lower < PAGE_HEAD || head.u.room.lower > head.u.room.upper || head.u.room.upper > f->page_size ||
        head.u.room.lower % 2 != 0)
        return LINLI_E_FORMAT;
    return LINLI_OK;
}

static int overflow_check(struct file *f, size_t number, size_t value_size)
{
    uint8_t bytes[PAGE_HEAD];
    struct page_head head;

    if (number < 2 || number > f->last_page)
        return LINLI_E_FORMAT;
    int rv = read_at(f->fd, (uint64_t)number * f->page_size, bytes, sizeof(bytes));
    if (rv != LINLI_OK)
        return rv;
    memcpy(&head, bytes, PAGE_HEAD);
    size_t pages = head.u.overflow_pages;
    if (head.number != number || head.flags != PAGE_OVERFLOW || pages == 0 || pages > f->last_page - number + 1)
        return LINLI_E_FORMAT;
    bool inside = ((uint64_t)number + pages) * f->page_size <= f->size;
    return inside && value_size <= pages * f->page_size - PAGE_HEAD ? LINLI_OK : LINLI_E_FORMAT;
}

/* What a leaf's node points at outside its page. */
static int leaf_node(struct file *f, const uint8_t *node, size_t room, const struct node_head *head, unsigned nesting)
{
    size_t value_size = (size_t)head->high << 16 | head->low, at = sizeof(*head) + head->key_size, number;
    struct tree tree;

    if ((head->flags & ~(NODE_BIGDATA | NODE_SUBDATA)) != 0)
        return LINLI_E_FORMAT; /* among them sorted duplicates, which no table of ours has */
    if (head->flags == 0)
        return room >= at && room - at >= value_size ? LINLI_OK : LINLI_E_FORMAT;
    if (head->flags == NODE_BIGDATA) {
        if (room < at || room - at < sizeof(number))
            return LINLI_E_FORMAT;
        memcpy(&number, node + at, sizeof(number));
        return overflow_check(f, number, value_size);
    }
    if (nesting > 0 || value_size != sizeof(tree) || room < at || room - at < sizeof(tree))
        return LINLI_E_FORMAT;
    memcpy(&tree, node + at, sizeof(tree));
    return tree_plausible(&tree, 0, f->last_page) ? tree_walk(f, &tree, nesting + 1) : LINLI_E_FORMAT;
}

static int page_walk(struct file *f, size_t number, unsigned levels, unsigned nesting)
{
    uint16_t kind = levels > 1 ? PAGE_BRANCH : PAGE_LEAF, offset;
    struct page_head head;
    struct node_head node;
    uint8_t *page = mem_alloc(f->page_size);
    int rv = page == NULL ? LINLI_E_NOMEM : page_read(f, number, kind, page);

    if (rv != LINLI_OK)
        goto out;
    memcpy(&head, page, PAGE_HEAD);
    if (kind == PAGE_BRANCH && head.u.room.lower < PAGE_HEAD + 4) {
        rv = LINLI_E_FORMAT; /* a branch has two children at least */
        goto out;
    }
    for (size_t at = PAGE_HEAD; at < head.u.room.lower && rv == LINLI_OK; at += 2) {
        memcpy(&offset, page + at, sizeof(offset));
        if (offset < head.u.room.upper || offset > f->page_size - sizeof(node)) {
            rv = LINLI_E_FORMAT;
            break;
        }
        size_t room = f->page_size - offset;
        memcpy(&node, page + offset, sizeof(node));
        if (node.key_size > room - sizeof(node))
            rv = LINLI_E_FORMAT;
        else if (kind == PAGE_BRANCH) /* a branch node keeps its child's number in the size and flag fields */
            rv = page_walk(f, (size_t)node.low | (size_t)node.high << 16 | (size_t)((uint64_t)node.flags << 32),
                           levels - 1, nesting);
        else
            rv = leaf_node(f, page + offset, room, &node, nesting);
    }

out:
    mem_free(page);
    return rv;
}

static int tree_walk(struct file *f, const struct tree *tree, unsigned nesting)
{
    return tree->root == NO_ROOT ? LINLI_OK : page_walk(f, tree->root, tree->depth, nesting);
}

/* The cheap look that every opening takes: the roots are pages of the kind that their depth says. */
static int root_check(struct file *f, const struct tree *tree)
{
    if (tree->root == NO_ROOT)
        return LINLI_OK;
    uint8_t *page = mem_alloc(f->page_size);
    if (page == NULL)
        return LINLI_E_NOMEM;
    int rv = page_read(f, tree->root, tree->depth > 1 ? PAGE_BRANCH : PAGE_LEAF, page);
    mem_free(page);
    return rv;
}

static int file_check(int fd, bool thorough)
{
    struct meta meta;
    struct stat st;

    if (fstat(fd, &st) != 0)
        return LINLI_E_DISK;
    if (!S_ISREG(st.st_mode))
        return LINLI_E_FORMAT;
    int rv = metas_check(fd, &meta);
    if (rv != LINLI_OK)
        return rv;
    struct file f = {fd, (uint64_t)st.st_size, meta.trees[0].pad, meta.last_page, meta.last_page};
    if (f.size < 2 * (uint64_t)f.page_size)
        return LINLI_E_FORMAT;
    bool walk = thorough || f.size < ((uint64_t)f.last_page + 1) * f.page_size;
    for (size_t i = 0; i < COUNT_OF(meta.trees) && rv == LINLI_OK; i++) /* only the main tree has others nested in it */
        rv = walk ? tree_walk(&f, &meta.trees[i], i == 0 ? 1 : 0) : root_check(&f, &meta.trees[i]);
    return rv;
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
