/*
 * store: judges data.mdb before LMDB maps it. LMDB 0.9 trusts its two meta pages and has no page checksums: a damaged or
 * foreign file makes it abort or read past the end of the file, which kills the process.
 */
#ifndef LINLI_STORE_FOREIGN_H
#define LINLI_STORE_FOREIGN_H

#include <stdbool.h>

/*
 * Args:    dir_fd   the store's folder
 *          thorough also walk every page that the newest snapshot reaches (done anyway for a file that is shorter than
 *                   its last page number says: LMDB leaves out trailing pages that a transaction took and freed again)
 * Returns: LINLI_OK; LINLI_E_FORMAT; LINLI_E_NOT_FOUND; LINLI_E_DISK; LINLI_E_NOMEM.
 */
int foreign_check(int dir_fd, bool thorough);

#endif
