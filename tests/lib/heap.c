/* tests: the counting, failing heap. */
#include "heap.h"

#include <linli/error.h>
#include <linli/memory.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static struct {
    atomic_size_t count, bytes, largest, fail_at;
    atomic_long live;
    atomic_bool failed;
} heap;

/* Count one request; true when it is the one to fail. */
static bool charge(size_t size)
{
    size_t number = atomic_fetch_add(&heap.count, 1) + 1;

    atomic_fetch_add(&heap.bytes, size);
    if (size > atomic_load(&heap.largest))
        atomic_store(&heap.largest, size);
    if (number != atomic_load(&heap.fail_at))
        return false;
    atomic_store(&heap.failed, true);
    return true;
}

static void *watched_alloc(void *ctx, size_t size)
{
    (void)ctx;
    void *at = charge(size) ? NULL : malloc(size);
    if (at != NULL)
        atomic_fetch_add(&heap.live, 1);
    return at;
}

static void *watched_resize(void *ctx, void *at, size_t size)
{
    (void)ctx;
    return charge(size) ? NULL : realloc(at, size);
}

static void watched_release(void *ctx, void *at)
{
    (void)ctx;
    atomic_fetch_sub(&heap.live, 1);
    free(at);
}

void heap_fail_again(size_t n)
{
    atomic_store(&heap.count, 0);
    atomic_store(&heap.bytes, 0);
    atomic_store(&heap.largest, 0);
    atomic_store(&heap.live, 0);
    atomic_store(&heap.failed, false);
    atomic_store(&heap.fail_at, n);
}

void heap_fail_at(size_t n)
{
    static const struct linli_allocator watched = {watched_alloc, watched_resize, watched_release, NULL};

    heap_fail_again(n);
    linli_set_allocator(&watched);
}

void heap_watch(void)
{
    heap_fail_at(0);
}

void heap_unwatch(void)
{
    linli_set_allocator(NULL);
}

bool heap_failed(void)
{
    return atomic_load(&heap.failed);
}

size_t heap_count(void)
{
    return atomic_load(&heap.count);
}

size_t heap_bytes(void)
{
    return atomic_load(&heap.bytes);
}

size_t heap_largest(void)
{
    return atomic_load(&heap.largest);
}

long heap_live(void)
{
    return atomic_load(&heap.live);
}

long heap_each_failure(int (*work)(void *ctx), void *ctx)
{
    for (size_t n = 1;; n++) {
        heap_fail_at(n);
        int rv = work(ctx);
        bool failed = heap_failed();
        long live = heap_live();
        heap_unwatch();
        if (rv != (failed ? LINLI_E_NOMEM : LINLI_OK) || live != 0) {
            fprintf(stderr, "allocation %zu%s: %s, %ld blocks left behind\n", n, failed ? " failed" : " never came",
                    linli_code_name(rv), live);
            return -1;
        }
        if (!failed)
            return (long)n - 1;
    }
}
