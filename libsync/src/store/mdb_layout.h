/*
 * store: data.mdb as LMDB 0.9 lays it out, in the machine's own byte order and word size. A page: number, pad, flags, then
 * lower and upper bound of its free room (or, on an overflow page, how many pages it spans), then 2-byte offsets of its
 * nodes. The first two pages are meta pages; a commit of transaction n writes page n % 2.
 */
#ifndef LINLI_STORE_MDB_LAYOUT_H
#define LINLI_STORE_MDB_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

enum {
    META_VERSION = 1,
    PAGE_BRANCH = 0x01,
    PAGE_LEAF = 0x02,
    PAGE_OVERFLOW = 0x04,
    PAGE_META = 0x08,
    NODE_BIGDATA = 0x01, /* the value lies on overflow pages, and the node holds the number of the first */
    NODE_SUBDATA = 0x02, /* the value is a tree: a named table */
    TREE_INTEGERKEY = 0x08,
    PAGE_SIZE_MIN = 512,
    PAGE_SIZE_MAX = 32768,
    DEPTH_MAX = 32 /* LMDB's own cursor stack */
};

struct mdb_page_head {
    size_t number;
    uint16_t pad, flags;
    union {
        struct {
            uint16_t lower, upper;
        } room;
        uint32_t overflow_pages;
    } u;
};
enum { PAGE_HEAD = offsetof(struct mdb_page_head, u) + 4 };

struct mdb_tree {
    uint32_t pad; /* of the first tree in a meta page: the page size */
    uint16_t flags, depth;
    size_t branch_pages, leaf_pages, overflow_pages, entries, root;
};

struct mdb_meta {
    uint32_t magic, version;
    void *address;
    size_t map_size;
    struct mdb_tree trees[2]; /* free pages, main */
    size_t last_page, txn;
};

/* Key and value follow. A branch's node has the number of its child where a leaf's has the size of its value and flags. */
struct mdb_node_head {
    uint16_t low, high, flags, key_size;
};

#define META_MAGIC UINT32_C(0xBEEFC0DE)
#define NO_ROOT (~(size_t)0)

#endif
