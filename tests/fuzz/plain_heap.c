/*
 * fuzz: libsodium's guarded heap, on the ordinary one. A target that makes a store once and keeps it has nothing but pointers
 * in guarded memory, where the leak checker does not look: so it would take for lost what the store holds, and for held what
 * a lost store holds. Here it sees both, and the address sanitizer the ends of each block. The guarded heap itself is for the
 * unit tests.
 */
#include <stdlib.h>
#include <string.h>

#include <sodium/utils.h>

void *sodium_malloc(const size_t size)
{
    void *at = malloc(size);

    if (at != NULL)
        memset(at, 0xdb, size); /* as the guarded one: not zero */
    return at;
}

void sodium_free(void *at)
{
    free(at);
}
