/* base: fixed-size names of things, their order and their text form. */
#ifndef LINLI_BASE_IDS_H
#define LINLI_BASE_IDS_H

#include <linli/types.h>

enum { ID_BYTES = 16, HASH_BYTES = 32, KEY_BYTES = 32, AUTHOR_BYTES = 40, ID_HEX = 32, HASH_HEX = 64 };

typedef linli_id id16;
typedef linli_hash hash32;

int id_compare(const linli_id *a, const linli_id *b);
bool id_equal(const linli_id *a, const linli_id *b);
bool id_is_zero(const linli_id *a);
bool hash_equal(const linli_hash *a, const linli_hash *b);
int hash_compare(const linli_hash *a, const linli_hash *b);

/* Order of authors: by key bytes, then incarnation. It breaks ties between stamps, so it is the same everywhere. */
int author_compare(const linli_author *a, const linli_author *b);
bool author_equal(const linli_author *a, const linli_author *b);

/* An author's 40 bytes: key, then the incarnation big-endian (proto/changeset.md). */
void author_encode(const linli_author *author, uint8_t out[AUTHOR_BYTES]);
void author_decode(const uint8_t in[AUTHOR_BYTES], linli_author *out);

/* Lower-case hexadecimal; `out` takes 2*size+1 bytes. */
void hex_encode(const uint8_t *in, size_t size, char *out);
/* Returns LINLI_OK, or LINLI_E_FORMAT unless `text` is exactly 2*size hexadecimal digits. */
int hex_decode(const char *text, size_t text_size, uint8_t *out, size_t size);

#endif
