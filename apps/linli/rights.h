/** Command line: rights of a grant, in words for scripts and in marks for people. */
#ifndef LINLI_APP_RIGHTS_H
#define LINLI_APP_RIGHTS_H

#include <jansson.h>

enum { RIGHTS_BYTES = 14 };

/** A list of words; NULL when memory runs out. */
json_t *rights_json(unsigned rights);
/**
 * Three columns to read, three to write (o open, p personal, s sensitive), m to manage; then what it may unseal: contact,
 * identity, health, relief, minors, notes. `out` takes RIGHTS_BYTES. Returns: `out`.
 */
char *rights_write(unsigned rights, char *out);

#endif
