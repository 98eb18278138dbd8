/* crash tests: the types and fields that they write (proto/schema). */
#ifndef LINLI_CRASH_FIELDS_H
#define LINLI_CRASH_FIELDS_H

enum {
    HOUSEHOLD = 4 << 1, HOUSEHOLD_HEAD = 5, HOUSEHOLD_REMARKS = 8, HOUSEHOLD_TAGS = 9, HOUSEHOLD_CARE = 10,
    RESIDENT = 5 << 1, RESIDENT_HOUSEHOLD = 1, RESIDENT_NAME = 2
};

#endif
