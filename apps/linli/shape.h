/** Command line: the shapes of what people type: names, telephone numbers, and what is wrong with an identity number, in words. Pure. */
#ifndef LINLI_APP_SHAPE_H
#define LINLI_APP_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "idnumber.h"

enum { SHAPE_PHONE_BYTES = 16, SHAPE_NAME_MAX = 50 };

/**
 * Read a mobile number, or a land line with or without its area code; +86 and marks between digits are taken off.
 * Args: out  takes SHAPE_PHONE_BYTES: digits alone
 */
bool shape_phone(const char *text, char *out);
/** Whether this may be a person's name: 1 to 50 characters. */
bool shape_name(const char *text);
/** 6, 9 or 12 digits. */
bool shape_division(const char *text);
/** What is wrong, translated; "" for IDNUMBER_GOOD. */
const char *shape_identity_words(enum idnumber_fault fault);

#endif
