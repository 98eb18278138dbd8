/*
 * tests: a heap behind the library's allocator hook that counts, and that fails the n-th allocation on demand. Blocks
 * come from malloc, so the sanitizers still see them and the hook may be put in and taken out at any time.
 */
#ifndef LINLI_TEST_HEAP_H
#define LINLI_TEST_HEAP_H

#include <stdbool.h>
#include <stddef.h>

/* Start counting from zero; nothing fails. */
void heap_watch(void);
/* Start counting from zero; the n-th allocation from now (1 = the next; a resize counts) fails, once. 0: none. */
void heap_fail_at(size_t n);
void heap_fail_again(size_t n); /* the same where it is watched already: other threads may be allocating */
void heap_unwatch(void);        /* back to the C library's heap */

bool heap_failed(void);         /* the failure asked for has happened */
size_t heap_count(void);        /* allocations and resizes asked for since the start */
size_t heap_bytes(void);        /* bytes they asked for, in all */
size_t heap_largest(void);      /* the largest of them */
long heap_live(void);           /* blocks given less blocks returned since the start */

/*
 * Run `work` again and again, failing its first allocation, then its second, and so on until none fails. Each run must
 * return LINLI_E_NOMEM when one failed, LINLI_OK when none did, and leave no block behind.
 * Returns: how many allocations were failed; -1, with a line on stderr, when a run did otherwise.
 */
long heap_each_failure(int (*work)(void *ctx), void *ctx);

#endif
