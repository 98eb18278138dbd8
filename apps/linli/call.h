/** Command line: a call of `linli` as the one JSON document in which it travels to a daemon. Pure. */
#ifndef LINLI_APP_CALL_H
#define LINLI_APP_CALL_H

#include <stdbool.h>
#include <stddef.h>

enum { CALL_BYTES = 256 * 1024 }; /**< a longer document is not sent, and not taken */

/** What the caller said; lists end with NULL. */
struct call_words {
    size_t argc;
    char **argv, **environment, *cwd;
};

/** Returns: the document; yours to free; NULL without memory. */
char *call_write(size_t argc, char *const *argv, char *const *environment, const char *cwd);
/**
 * What a document does not say is empty; what is no text in a list is an empty one.
 * Returns: true, `words` then to be freed; false when it is no JSON object, or without memory.
 */
bool call_read(const char *text, size_t size, struct call_words *words);
void call_words_free(struct call_words *words);

#endif
