/*
 * store: the folder of a store: who holds it, the note that says it is ours, and the marker of an opening that died.
 *
 *   held      locked by the process that has the store open
 *   format    "linli-store N": last to be made, so that a store without it was never finished
 *   format.new  the same note while the store is being made
 *   reserve   of the disk, for what takes rights back (reserve.c)
 *   opening   one byte for each opening that did not come to its end
 *   salt      of the passphrase
 *   root.key  of a founded network, written by the replica; goes with what was half made
 *   data.mdb, lock.mdb   LMDB's
 *   new/      a folder with the same two, while the store is written anew
 */
#ifndef LINLI_STORE_FOLDER_H
#define LINLI_STORE_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

struct hold;

enum folder_state {
    FOLDER_EMPTY,     /* no store */
    FOLDER_HALF_MADE, /* creation did not come to its end */
    FOLDER_ROOT_KEY,  /* no store, but the root key of one: it may be the last copy, and nothing may be made over it */
    FOLDER_STORE,     /* a store with its note */
    FOLDER_FOREIGN    /* a data.mdb that no store of ours made */
};

/* The opening that died this often in a row is not tried again. */
enum { OPENING_DEATHS_MAX = 3 };

/* `make`: make the folder when it is missing. LINLI_E_NOT_FOUND, LINLI_E_DISK, LINLI_E_FULL. The descriptor is yours. */
int folder_open(const char *dir, bool make, int *fd);
enum folder_state folder_state(int fd);
/* LINLI_E_BUSY when another process, or this one, holds it. Takes the descriptor over, also when it fails. */
int folder_hold(int fd, struct hold **out);
void folder_release(struct hold *hold); /* accepts NULL */
int folder_fd(const struct hold *hold);

int folder_note_start(int fd);  /* write format.new */
int folder_note_finish(int fd); /* it becomes format, and the folder is synced */
int folder_note_check(int fd);  /* LINLI_OK, LINLI_E_VERSION, LINLI_E_FORMAT, LINLI_E_DISK */

/* `died`: the opening before this one did. LINLI_E_FORMAT when too many have. */
int folder_opening_look(int fd, bool *died);
int folder_opening_start(int fd); /* count one more, until folder_opening_end */
void folder_opening_end(int fd);

/* Delete what making a store left: LMDB's two files, the root key, the note, whichever it is. The caller holds the folder. */
void folder_unmake(int fd);

/* compact.c: delete what a copy that did not come to its end left behind. */
void compact_forget(int fd);

/* The code for what a system call on these files left in errno. */
int folder_code(int system_code);

#endif
