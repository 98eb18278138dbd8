/* Command line, base64: one spelling, padded, and only that is read back. */
#include "base64.h"

#include <stdlib.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_write(const uint8_t *at, size_t size)
{
    char *text = malloc((size + 2) / 3 * 4 + 1);
    char *out = text;
    if (text == NULL)
        return NULL;
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t three = (uint32_t)at[i] << 16 | (left > 1 ? (uint32_t)at[i + 1] << 8 : 0) | (left > 2 ? at[i + 2] : 0u);
        *out++ = digits[three >> 18];
        *out++ = digits[three >> 12 & 63];
        *out++ = left > 1 ? digits[three >> 6 & 63] : '=';
        *out++ = left > 2 ? digits[three & 63] : '=';
    }
    *out = '\0';
    return text;
}

static bool read_four(const char *text, bool last, uint8_t *out, size_t *size)
{
    size_t pads = !last || text[3] != '=' ? 0 : text[2] == '=' ? 2 : 1;
    uint32_t three = 0;
    for (size_t i = 0; i < 4; i++) {
        const char *digit = i < 4 - pads ? strchr(digits, text[i]) : digits;
        if (digit == NULL || *digit == '\0')
            return false;
        three = three << 6 | (uint32_t)(digit - digits);
    }
    if ((pads == 1 && (three & 0xFF) != 0) || (pads == 2 && (three & 0xFFFF) != 0))
        return false;
    for (size_t i = 0; i < 3 - pads; i++)
        out[(*size)++] = (uint8_t)(three >> (16 - 8 * i));
    return true;
}

bool base64_read(const char *text, uint8_t **out, size_t *size)
{
    size_t length = strlen(text);
    uint8_t *bytes = length % 4 == 0 ? malloc(length / 4 * 3 + 1) : NULL;
    *size = 0;
    if (bytes == NULL)
        return false;
    for (size_t i = 0; i < length; i += 4)
        if (!read_four(text + i, i + 4 == length, bytes, size)) {
            free(bytes);
            return false;
        }
    *out = bytes;
    return true;
}
