/** Command line: what others wrote must not steer the terminal: no controls, and no marks that turn text round. */
#ifndef LINLI_APP_CLEAN_H
#define LINLI_APP_CLEAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { CLEAN_BROKEN = 0xFFFD };

/** Read one character of UTF-8 and step over it; a byte that belongs to none counts alone, as CLEAN_BROKEN. */
uint32_t clean_next(const char **at);
/** Whether a terminal may be shown this character: no C0 or C1 control, no line or paragraph end, no bidi override. */
bool clean_shows(uint32_t c);
/** Whether all of `text` may be shown as it is: it is UTF-8, too. */
bool clean_whole(const char *text);
/**
 * Whether this is a word of the program's own kind, and no person's: ASCII without a long number in it, or an id. Names,
 * addresses, notes, telephone and identity numbers are none.
 */
bool clean_word(const char *text);
/** Copy the first `size` bytes with a blank for each character that may not be shown; `to` takes size + 1 and may be `text`. */
size_t clean_copy(char *to, const char *text, size_t size);
/** Print it so. */
void clean_put(FILE *to, const char *text);

#endif
