/** Command line: citizen identity numbers, GB 11643-1999 with the check of ISO 7064 MOD 11-2. Pure. */
#ifndef LINLI_APP_IDNUMBER_H
#define LINLI_APP_IDNUMBER_H

#include <stdbool.h>

#include "dates.h"

enum idnumber_fault {
    IDNUMBER_GOOD,
    IDNUMBER_LENGTH, /**< not 18 characters; the 15-digit form ended on 2013-01-01 */
    IDNUMBER_DIGITS, /**< something other than 17 digits and a digit or X */
    IDNUMBER_AREA,   /**< its first two digits are no province's */
    IDNUMBER_BIRTH,  /**< its date of birth is no date, or in the future */
    IDNUMBER_CHECK   /**< its last character does not fit the others */
};

struct idnumber {
    char text[19];                /**< X in upper case */
    char birth[DATES_DATE_BYTES]; /**< YYYY-MM-DD */
    int sex;                      /**< 1 male, 2 female: GB/T 2261.1 */
};

/**
 * Read a number in half-width characters.
 * Args: today  YYYY-MM-DD; a later birth is a fault. NULL = any
 */
enum idnumber_fault idnumber_read(const char *text, const char *today, struct idnumber *out);

/** The check character of 17 digits. */
char idnumber_check(const char *digits);

#endif
