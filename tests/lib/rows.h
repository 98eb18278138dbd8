/*
 * tests: what stands between the store and LMDB in a test that asks for it: LMDB's calls are counted, and one of them fails, or
 * gives a row that is not what was stored. Whoever names none of these functions has LMDB alone, for this is then not linked.
 */
#ifndef LINLI_TEST_ROWS_H
#define LINLI_TEST_ROWS_H

#include <stdbool.h>
#include <stddef.h>

enum rows_fault {
    ROWS_UNREAD,        /* the n-th call that reads, writes or begins fails with EIO; nothing was done */
    ROWS_GONE,          /* the n-th row that is asked for is not there */
    ROWS_EMPTY,         /* the n-th row that is read has no bytes ... */
    ROWS_SHORT,         /* ... lacks the last of them */
    ROWS_FIRST_CHANGED, /* ... begins with another byte: its numbers are large */
    ROWS_LAST_CHANGED,  /* ... ends with another byte */
    ROWS_KEY_SHORT,     /* the n-th row that is passed in key order has a key without its last byte */
    ROWS_KEY_CHANGED,   /* ... with another last byte */
    ROWS_FAULTS
};
/* Start counting from zero, and let the n-th (1 = the next) be so, once. 0: none. */
void rows_fail_at(enum rows_fault fault, size_t n);
bool rows_failed(void); /* it has happened */
size_t rows_counted(void); /* since then */
bool rows_spoilt(void); /* it has, and it was to a row */

/* From now on no commit is made: it says that the disk is full, and nothing was written. After the first, nothing fails. */
void rows_hold_commits(bool hold);

/* Calls of LMDB one by one: the n-th of this kind gives `code`, of the system or of LMDB, instead of being made. */
enum rows_call {
    ROWS_ENV_CREATE, ROWS_ENV_MAXDBS, ROWS_ENV_MAPSIZE, ROWS_ENV_OPEN, ROWS_ENV_FD, ROWS_BEGIN, ROWS_COMMIT,
    ROWS_DBI, ROWS_GET, ROWS_PUT, ROWS_DELETE, ROWS_DROP, ROWS_CURSOR, ROWS_CURSOR_GET,
    ROWS_CALLS
};
void rows_fail_call(enum rows_call call, size_t n, int code);

void rows_unwatch(void); /* nothing fails any more */

#endif
