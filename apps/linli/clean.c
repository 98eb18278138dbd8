/* Command line, clean text: by code point, for in UTF-8 a control may take two bytes and an override three. */
#include "clean.h"

#include <string.h>

/* Length by the first byte; 0 where none begins. C0, C1 and F5 to FF begin nothing (RFC 3629). */
static size_t length_of(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xC2 || first > 0xF4)
        return 0;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

uint32_t clean_next(const char **at)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)*at;
    size_t length = length_of(p[0]);
    uint32_t c = length == 1 ? p[0] : p[0] & (0x7Fu >> length);
    bool good = length > 0;
    for (size_t i = 1; good && i < length; i++) {
        good = (p[i] & 0xC0) == 0x80; /* the end of the text is no such byte */
        c = c << 6 | (p[i] & 0x3Fu);
    }
    good = good && c >= least[length] && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
    *at += good ? length : 1;
    return good ? c : CLEAN_BROKEN;
}

bool clean_shows(uint32_t c)
{
    bool control = c < 0x20 || (c >= 0x7F && c <= 0x9F);
    bool turns = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    return !control && !turns && c != 0x2028 && c != 0x2029;
}

bool clean_whole(const char *text)
{
    while (*text != '\0') {
        const char *before = text;
        uint32_t c = clean_next(&text);
        if (!clean_shows(c) || (c == CLEAN_BROKEN && text == before + 1))
            return false;
    }
    return true;
}

/* Dates and ports have at most eight digits in a row. */
bool clean_word(const char *text)
{
    size_t size = strlen(text), digits = 0;
    if (size >= 32 && strspn(text, "0123456789abcdef.:") == size)
        return true;
    for (; *text != '\0'; text++) {
        digits = *text >= '0' && *text <= '9' ? digits + 1 : 0;
        if ((unsigned char)*text > 0x7E || digits > 8)
            return false;
    }
    return true;
}

/* One character: as it is, or a blank. Returns: its bytes in `to`, which may lie where it is read. */
static size_t copy_one(char *to, const char **text)
{
    const char *before = *text;
    uint32_t c = clean_next(text);
    size_t size = (size_t)(*text - before);
    if (!clean_shows(c) || (c == CLEAN_BROKEN && size == 1)) {
        *to = ' ';
        return 1;
    }
    memmove(to, before, size);
    return size;
}

size_t clean_copy(char *to, const char *text, size_t size)
{
    const char *end = text + size;
    size_t used = 0;
    while (text < end && *text != '\0')
        used += copy_one(to + used, &text);
    to[used] = '\0';
    return used;
}

void clean_put(FILE *to, const char *text)
{
    char character[4] = "";
    while (*text != '\0') {
        size_t size = copy_one(character, &text);
        fwrite(character, 1, size, to);
    }
}
