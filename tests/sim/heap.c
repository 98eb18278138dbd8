/* sim: the library's heap: it counts for whom, and fails when the world says so. What the simulator itself keeps never fails. */
#include <linli/memory.h>

#include "sim.h"

struct head {
    struct meter *meter;
    size_t size;
    uint8_t pad[32 - sizeof(struct meter *) - sizeof(size_t)];
};

static struct {
    struct meter *metered;
    uint64_t left; /* allocations until one fails; 0: none will */
    bool failed, own;
} heap;

void meter_to(struct meter *meter)
{
    heap.metered = meter;
}

void heap_fail_in(uint64_t n)
{
    heap.left = n;
    heap.failed = false;
}

bool heap_failed(void)
{
    return heap.failed;
}

bool heap_own(bool own)
{
    bool before = heap.own;

    heap.own = own;
    return before;
}

static bool fails(void)
{
    if (heap.own || heap.left == 0 || --heap.left > 0)
        return false;
    heap.failed = true;
    return true;
}

static void count(struct meter *m, size_t more, size_t less)
{
    if (m == NULL)
        return;
    m->live += more;
    m->live -= less;
    if (m->live > m->most)
        m->most = m->live;
}

static void *heap_alloc(void *ctx, size_t size)
{
    struct head *h = fails() ? NULL : malloc(sizeof(*h) + size);

    (void)ctx;
    if (h == NULL)
        return NULL;
    *h = (struct head){.meter = heap.metered, .size = size};
    count(heap.metered, size, 0);
    return h + 1;
}

static void heap_release(void *ctx, void *at)
{
    struct head *h = (struct head *)at - 1;

    (void)ctx;
    count(heap.metered == h->meter ? h->meter : NULL, 0, h->size);
    free(h);
}

static void *heap_resize(void *ctx, void *at, size_t size)
{
    struct head *h = (struct head *)at - 1, *more;
    size_t before = h->size;

    (void)ctx;
    more = fails() ? NULL : realloc(h, sizeof(*h) + size);
    if (more == NULL)
        return NULL;
    more->size = size;
    count(heap.metered == more->meter ? more->meter : NULL, size, before);
    return more + 1;
}

int heap_start(void)
{
    static const struct linli_allocator counting = {heap_alloc, heap_resize, heap_release, NULL};

    return linli_set_allocator(&counting);
}
