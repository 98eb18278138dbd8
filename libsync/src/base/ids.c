/* base: order, equality and text form of ids, hashes and authors. */
#include "base/ids.h"
#include "base/bytes.h"

#include <linli/error.h>
#include <string.h>

int id_compare(const linli_id *a, const linli_id *b)
{
    return memcmp(a->b, b->b, ID_BYTES);
}

bool id_equal(const linli_id *a, const linli_id *b)
{
    return memcmp(a->b, b->b, ID_BYTES) == 0;
}

bool id_is_zero(const linli_id *a)
{
    static const linli_id zero;
    return id_equal(a, &zero);
}

bool hash_equal(const linli_hash *a, const linli_hash *b)
{
    return memcmp(a->b, b->b, HASH_BYTES) == 0;
}

int hash_compare(const linli_hash *a, const linli_hash *b)
{
    return memcmp(a->b, b->b, HASH_BYTES);
}

int author_compare(const linli_author *a, const linli_author *b)
{
    int by_key = memcmp(a->key, b->key, KEY_BYTES);
    if (by_key != 0)
        return by_key;
    return (a->incarnation > b->incarnation) - (a->incarnation < b->incarnation);
}

bool author_equal(const linli_author *a, const linli_author *b)
{
    return a->incarnation == b->incarnation && memcmp(a->key, b->key, KEY_BYTES) == 0;
}

void author_encode(const linli_author *author, uint8_t out[AUTHOR_BYTES])
{
    memcpy(out, author->key, KEY_BYTES);
    be64_put(out + KEY_BYTES, author->incarnation);
}

void author_decode(const uint8_t in[AUTHOR_BYTES], linli_author *out)
{
    memcpy(out->key, in, KEY_BYTES);
    out->incarnation = be64_get(in + KEY_BYTES);
}

void hex_encode(const uint8_t *in, size_t size, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        out[2 * i] = digits[in[i] >> 4];
        out[2 * i + 1] = digits[in[i] & 15];
    }
    out[2 * size] = '\0';
}

/* The digit's value, or -1. */
static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

int hex_decode(const char *text, size_t text_size, uint8_t *out, size_t size)
{
    if (text_size / 2 != size || text_size % 2 != 0)
        return LINLI_E_FORMAT;
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(text[2 * i]);
        int low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return LINLI_E_FORMAT;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return LINLI_OK;
}
