/** Command line: what the root says, in words for people and in JSON for scripts. */
#ifndef LINLI_APP_ROOT_WORDS_H
#define LINLI_APP_ROOT_WORDS_H

#include <jansson.h>

#include "context.h"

enum { ROOT_WORDS_BYTES = 256 };

/** One thing that the root says, in a line. `out` takes ROOT_WORDS_BYTES. Returns: `out`. */
char *root_item_words(const struct linli_root_item *item, char *out);
json_t *root_item_json(const struct linli_root_item *item);
/* That there are versions which do not hold, when there are. */
void root_rivals_text(FILE *out, size_t rivals);
json_t *root_keys_json(const struct linli_root *root);

/** Print a draft: what it would say, its fingerprint, whose signatures it lacks. Exit code, the error printed. */
int root_draft_show(struct context *ctx, const char *path, uint8_t shown[16]); /* NULL: not wanted */

#endif
