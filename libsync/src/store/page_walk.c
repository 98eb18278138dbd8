/*
 * store: a tree is right when its pages are its own, their nodes fill their room exactly, and its keys rise. LMDB moves
 * nodes by their sizes and takes pages from the list of free ones unseen, so that what lies wrong makes a later write do
 * harm elsewhere.
 */
#include "store/page_walk.h"

#include <linli/error.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "store/page_set.h"
#include "store/tables.h"

enum { FREE_LIST_CHUNK = 512 };

enum tree_kind { TREE_FREE_LIST, TREE_MAIN, TREE_NAMED };

struct walk {
    const struct page_file *file;
    struct page_set met;
};

/* Where in the order of its keys the walk of a tree is. */
struct lane {
    struct walk *walk;
    enum tree_kind kind;
    bool started, at_separator; /* the key after a separator may equal it */
    size_t key_size;
    uint8_t key[ROWKEY_MAX];
};

struct node {
    uint16_t flags;
    const uint8_t *key, *value;
    size_t key_size, value_size, child;
    size_t bytes; /* in its page */
};

int page_bytes(int fd, uint64_t offset, void *out, size_t size)
{
    ssize_t got = pread(fd, out, size, (off_t)offset);

    if (got < 0)
        return LINLI_E_DISK;
    return (size_t)got == size ? LINLI_OK : LINLI_E_FORMAT;
}

bool page_tree_plausible(const struct mdb_tree *tree, uint16_t flags, size_t last_page)
{
    if (tree->flags != flags || tree->depth > DEPTH_MAX)
        return false;
    if (tree->root == NO_ROOT)
        return tree->depth == 0 && tree->entries == 0;
    return tree->root >= 2 && tree->root <= last_page && tree->depth > 0;
}

/* --- One page --- */

/* A page that lies whole within the file, says its own number, is of this kind and not empty. */
static int page_read(const struct page_file *file, size_t number, uint16_t kind, uint8_t *page)
{
    struct mdb_page_head head;
    size_t nodes_least = kind == PAGE_BRANCH ? 2 : 1;
    int rv = page_bytes(file->fd, (uint64_t)number * file->page_size, page, file->page_size);

    if (rv != LINLI_OK)
        return rv;
    memcpy(&head, page, PAGE_HEAD);
    if (head.number != number || head.flags != kind)
        return LINLI_E_FORMAT;
    if (head.u.room.lower < PAGE_HEAD + 2 * nodes_least || head.u.room.lower % 2 != 0 ||
        head.u.room.upper % 2 != 0 || head.u.room.lower > head.u.room.upper || head.u.room.upper > file->page_size)
        return LINLI_E_FORMAT; /* LMDB looks at the first node without counting */
    return LINLI_OK;
}

/* LMDB puts what takes more than that on overflow pages, and splits pages in the belief that it does. */
static size_t node_bytes_max(size_t page_size)
{
    return ((page_size - PAGE_HEAD) / 2 & ~(size_t)1) - sizeof(uint16_t);
}

static bool node_read(size_t page_size, const uint8_t *page, uint16_t kind, size_t offset, struct node *out)
{
    struct mdb_node_head head;

    if (offset > page_size - sizeof(head))
        return false;
    memcpy(&head, page + offset, sizeof(head));
    size_t low = head.low | (size_t)head.high << 16;
    out->key = page + offset + sizeof(head);
    out->key_size = head.key_size;
    out->value = out->key + out->key_size;
    out->flags = kind == PAGE_BRANCH ? 0 : head.flags;
    out->value_size = kind == PAGE_BRANCH ? 0 : low;
    out->child = kind == PAGE_BRANCH ? low | (size_t)((uint64_t)head.flags << 32) : 0;
    size_t inside = out->flags == NODE_BIGDATA ? sizeof(size_t) : out->value_size;
    out->bytes = sizeof(head) + out->key_size + inside;
    if (out->key_size > ROWKEY_MAX || out->bytes > node_bytes_max(page_size) || out->bytes > page_size - offset)
        return false;
    out->bytes += out->bytes % 2;
    return true;
}

static size_t node_offset(const uint8_t *page, size_t i)
{
    uint16_t offset;

    memcpy(&offset, page + PAGE_HEAD + 2 * i, sizeof(offset));
    return offset;
}

/* Each node of the page is where another ended, from the upper bound to the page's end, and there are no more of them. */
static bool nodes_fill(size_t page_size, const uint8_t *page, uint16_t kind, size_t count)
{
    uint8_t starts[PAGE_SIZE_MAX / 2 / 8] = {0};
    struct mdb_page_head head;
    struct node node;
    size_t chained = 0;

    memcpy(&head, page, PAGE_HEAD);
    for (size_t i = 0; i < count; i++) {
        size_t offset = node_offset(page, i);
        uint8_t bit = (uint8_t)(1u << offset / 2 % 8);
        if (offset >= page_size || offset % 2 != 0 || (starts[offset / 16] & bit) != 0)
            return false;
        starts[offset / 16] |= bit;
    }
    for (size_t at = head.u.room.upper; at < page_size; at += node.bytes, chained++) {
        bool starts_here = (starts[at / 16] & 1u << at / 2 % 8) != 0;
        if (!starts_here || !node_read(page_size, page, kind, at, &node))
            return false;
    }
    return chained == count;
}

/* --- Keys --- */

static bool numbers(const struct lane *lane)
{
    return lane->kind == TREE_FREE_LIST;
}

static int key_compare(const struct lane *lane, span key)
{
    size_t a, b, shorter = key.size < lane->key_size ? key.size : lane->key_size;

    if (numbers(lane)) {
        memcpy(&a, key.at, sizeof(a));
        memcpy(&b, lane->key, sizeof(b));
        return a < b ? -1 : a > b;
    }
    int order = memcmp(key.at, lane->key, shorter);
    return order != 0 ? order : key.size < lane->key_size ? -1 : key.size > lane->key_size;
}

static bool key_rises(struct lane *lane, span key, bool separator)
{
    if (key.size == 0 || (numbers(lane) && key.size != sizeof(size_t)))
        return false;
    int order = lane->started ? key_compare(lane, key) : 1;
    if (order < 0 || (order == 0 && !lane->at_separator))
        return false;
    memcpy(lane->key, key.at, key.size);
    lane->key_size = key.size;
    lane->at_separator = separator;
    lane->started = true;
    return true;
}

/* --- What a leaf's node points at outside its page --- */

static int overflow_check(struct walk *walk, size_t number, size_t value_size)
{
    const struct page_file *file = walk->file;
    uint8_t bytes[PAGE_HEAD];
    struct mdb_page_head head;

    if (number > file->last_page)
        return LINLI_E_FORMAT;
    int rv = page_bytes(file->fd, (uint64_t)number * file->page_size, bytes, sizeof(bytes));
    if (rv != LINLI_OK)
        return rv;
    memcpy(&head, bytes, PAGE_HEAD);
    size_t pages = head.u.overflow_pages;
    if (head.number != number || head.flags != PAGE_OVERFLOW || pages == 0 || pages > file->last_page - number + 1)
        return LINLI_E_FORMAT;
    if (((uint64_t)number + pages) * file->page_size > file->size || value_size > pages * file->page_size - PAGE_HEAD)
        return LINLI_E_FORMAT;
    return page_set_take(&walk->met, number, pages);
}

/* The pages that a transaction freed: their count, then their numbers, falling. `at`: where in the file. */
static int free_list_check(struct walk *walk, uint64_t at, size_t size)
{
    size_t freed[FREE_LIST_CHUNK], count, before = SIZE_MAX, room = size / sizeof(count);

    int rv = room == 0 ? LINLI_E_FORMAT : page_bytes(walk->file->fd, at, &count, sizeof(count));
    if (rv == LINLI_OK && count > room - 1)
        rv = LINLI_E_FORMAT;
    for (size_t done = 0, chunk; rv == LINLI_OK && done < count; done += chunk) {
        chunk = count - done < COUNT_OF(freed) ? count - done : COUNT_OF(freed);
        rv = page_bytes(walk->file->fd, at + (1 + done) * sizeof(count), freed, chunk * sizeof(freed[0]));
        for (size_t i = 0; rv == LINLI_OK && i < chunk; i++) {
            rv = freed[i] < before ? page_set_take(&walk->met, freed[i], 1) : LINLI_E_FORMAT;
            before = freed[i];
        }
    }
    return rv;
}

static int tree_walk(struct walk *walk, enum tree_kind kind, const struct mdb_tree *tree);

/* `at`: where in the file the node's value is, unless it is on overflow pages. */
static int leaf_node(struct lane *lane, const struct node *node, uint64_t at)
{
    const struct page_file *file = lane->walk->file;
    size_t number;
    struct mdb_tree tree;

    if (!key_rises(lane, span_of(node->key, node->key_size), false))
        return LINLI_E_FORMAT;
    if (node->flags == NODE_SUBDATA) {
        if (lane->kind != TREE_MAIN || node->value_size != sizeof(tree))
            return LINLI_E_FORMAT;
        memcpy(&tree, node->value, sizeof(tree));
        return page_tree_plausible(&tree, 0, file->last_page) ? tree_walk(lane->walk, TREE_NAMED, &tree) : LINLI_E_FORMAT;
    }
    if (node->flags == NODE_BIGDATA) {
        memcpy(&number, node->value, sizeof(number));
        int rv = overflow_check(lane->walk, number, node->value_size);
        if (rv != LINLI_OK)
            return rv;
        at = (uint64_t)number * file->page_size + PAGE_HEAD;
    } else if (node->flags != 0) {
        return LINLI_E_FORMAT; /* among them sorted duplicates, which no table of ours has */
    }
    if (lane->kind != TREE_FREE_LIST)
        return LINLI_OK;
    memcpy(&number, node->key, sizeof(number)); /* here the key is the transaction */
    return number >= 1 && number <= file->txn ? free_list_check(lane->walk, at, node->value_size) : LINLI_E_FORMAT;
}

/* --- Trees --- */

static int pages_walk(struct lane *lane, size_t number, unsigned levels)
{
    const struct page_file *file = lane->walk->file;
    uint16_t kind = levels > 1 ? PAGE_BRANCH : PAGE_LEAF;
    struct mdb_page_head head;
    struct node node;
    int rv = page_set_take(&lane->walk->met, number, 1);
    uint8_t *page = rv == LINLI_OK ? mem_alloc(file->page_size) : NULL;

    if (rv == LINLI_OK)
        rv = page == NULL ? LINLI_E_NOMEM : page_read(file, number, kind, page);
    if (rv != LINLI_OK)
        goto out;
    memcpy(&head, page, PAGE_HEAD);
    size_t count = (head.u.room.lower - PAGE_HEAD) / 2u;
    if (!nodes_fill(file->page_size, page, kind, count))
        rv = LINLI_E_FORMAT;
    for (size_t i = 0; i < count && rv == LINLI_OK; i++) {
        ALWAYS(node_read(file->page_size, page, kind, node_offset(page, i), &node));
        if (kind == PAGE_LEAF)
            rv = leaf_node(lane, &node, (uint64_t)number * file->page_size + (size_t)(node.value - page));
        else if (i > 0 && !key_rises(lane, span_of(node.key, node.key_size), true))
            rv = LINLI_E_FORMAT; /* the first child's key stands for all that is lower, whatever it says */
        else
            rv = pages_walk(lane, node.child, levels - 1);
    }

out:
    mem_free(page);
    return rv;
}

static int tree_walk(struct walk *walk, enum tree_kind kind, const struct mdb_tree *tree)
{
    struct lane lane = {.walk = walk, .kind = kind};

    return tree->root == NO_ROOT ? LINLI_OK : pages_walk(&lane, tree->root, tree->depth);
}

int page_walk(const struct page_file *file, const struct mdb_tree *free_list, const struct mdb_tree *main)
{
    struct walk walk = {.file = file};
    int rv = page_set_make(&walk.met, file->last_page + 1);

    if (rv == LINLI_OK)
        rv = page_set_take(&walk.met, 0, 2); /* the meta pages */
    if (rv == LINLI_OK)
        rv = tree_walk(&walk, TREE_FREE_LIST, free_list);
    if (rv == LINLI_OK)
        rv = tree_walk(&walk, TREE_MAIN, main);
    page_set_free(&walk.met);
    return rv;
}

int page_root_check(const struct page_file *file, const struct mdb_tree *tree)
{
    if (tree->root == NO_ROOT)
        return LINLI_OK;
    uint8_t *page = mem_alloc(file->page_size);
    if (page == NULL)
        return LINLI_E_NOMEM;
    int rv = page_read(file, tree->root, tree->depth > 1 ? PAGE_BRANCH : PAGE_LEAF, page);
    mem_free(page);
    return rv;
}
