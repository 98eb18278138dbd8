/** The one allocator hook: where every byte the library itself reserves comes from. */
#ifndef LINLI_MEMORY_H
#define LINLI_MEMORY_H

#include <linli/error.h>
#include <linli/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * An application's heap. The functions may be called from any thread that calls the library, and from its workers.
 *
 * alloc     `size` is never 0; NULL when out of memory
 * resize    as C's realloc with an `at` that is never NULL and a `size` that is never 0; NULL leaves `at` as it was
 * release   `at` is never NULL
 */
struct linli_allocator {
    void *(*alloc)(void *ctx, size_t size);
    void *(*resize)(void *ctx, void *at, size_t size);
    void (*release)(void *ctx, void *at);
    void *ctx; /**< handed to each call; must live as long as the library is in use */
};

/**
 * Take memory from `allocator` from now on. Call it before any other function of the library: memory that one heap
 * gave must not go back to another. LMDB, libuv and libsodium keep using the C library's heap for their own needs.
 *
 * Args:    allocator  copied; NULL goes back to the C library's heap
 * Returns: LINLI_OK; LINLI_E_ARG when one of its functions is missing (nothing changed).
 * Blocks:  never. Not safe while another thread is inside the library.
 */
LINLI_API int linli_set_allocator(const struct linli_allocator *allocator);

#ifdef __cplusplus
}
#endif
#endif
