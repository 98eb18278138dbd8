/* tests: is a text that must stay secret anywhere in the files of a folder? */
#ifndef LINLI_TEST_CANARY_H
#define LINLI_TEST_CANARY_H

#include <stdbool.h>
#include <stddef.h>

/* Is it in bytes in memory? */
bool canary_in(const void *bytes, size_t size, const char *canary);
/* Is it in any file of this folder, or in one's name? A folder that cannot be read ends the program: that proves nothing. */
bool canary_in_folder(const char *folder, const char *canary);

#endif
