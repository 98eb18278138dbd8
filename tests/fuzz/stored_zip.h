/* tests: a package of parts, stored as they are, so that what is tried is their text and not the packing. */
#ifndef LINLI_FUZZ_STORED_ZIP_H
#define LINLI_FUZZ_STORED_ZIP_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct stored_part {
    const char *name, *text;
    size_t size;
};

static inline uint32_t stored_crc(const char *text, size_t size)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= (uint8_t)text[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (UINT32_C(0xEDB88320) & (0 - (crc & 1)));
    }
    return ~crc;
}

static inline char *stored_number(char *at, uint32_t value, int bytes)
{
    for (; bytes > 0; bytes--, value >>= 8)
        *at++ = (char)(value & 0xFF);
    return at;
}

/* The fields that an entry has beside its text and again in the directory (APPNOTE.TXT 4.3.7, 4.3.12). */
static inline char *stored_entry(char *at, const struct stored_part *part)
{
    at = stored_number(at, 20, 2);
    at = stored_number(at, 0, 4);          /* no flags, stored */
    at = stored_number(at, 0x5A7A0000, 4); /* 2025-03-26 */
    at = stored_number(at, stored_crc(part->text, part->size), 4);
    at = stored_number(at, (uint32_t)part->size, 4);
    at = stored_number(at, (uint32_t)part->size, 4);
    at = stored_number(at, (uint32_t)strlen(part->name), 2);
    return stored_number(at, 0, 2);
}

/* Returns: yours to free; NULL without memory. */
static inline char *stored_zip(const struct stored_part *parts, size_t count, size_t *size)
{
    size_t room = 22;
    for (size_t i = 0; i < count; i++)
        room += 30 + 46 + 2 * strlen(parts[i].name) + parts[i].size;
    char *data = malloc(room), *at = data;
    uint32_t starts[16];
    for (size_t i = 0; data != NULL && i < count; i++) {
        starts[i] = (uint32_t)(at - data);
        at = stored_entry(stored_number(at, 0x04034B50, 4), &parts[i]);
        at = memcpy(at, parts[i].name, strlen(parts[i].name));
        at += strlen(parts[i].name);
        if (parts[i].size > 0)
            memcpy(at, parts[i].text, parts[i].size);
        at += parts[i].size;
    }
    uint32_t directory = (uint32_t)(at - data);
    for (size_t i = 0; data != NULL && i < count; i++) {
        at = stored_entry(stored_number(stored_number(at, 0x02014B50, 4), 20, 2), &parts[i]);
        at = stored_number(stored_number(stored_number(at, 0, 4), 0, 2), 0, 4);
        at = stored_number(at, starts[i], 4);
        at = memcpy(at, parts[i].name, strlen(parts[i].name));
        at += strlen(parts[i].name);
    }
    if (data == NULL)
        return NULL;
    uint32_t end = (uint32_t)(at - data);
    at = stored_number(stored_number(at, 0x06054B50, 4), 0, 4);
    at = stored_number(stored_number(at, (uint32_t)count, 2), (uint32_t)count, 2);
    at = stored_number(stored_number(at, end - directory, 4), directory, 4);
    at = stored_number(at, 0, 2);
    *size = (size_t)(at - data);
    return data;
}

/* A workbook around a sheet, its texts and its styles. */
static inline char *stored_book(const struct stored_part in[4], size_t *size)
{
#define RELATION(id, kind, to) "<Relationship Id=\"" id "\" Type=\"x/" kind "\" Target=\"" to "\"/>"
    static const char top[] = "<R>" RELATION("a", "officeDocument", "b") "</R>";
    static const char own[] = "<R>" RELATION("s", "worksheet", "s") RELATION("t", "sharedStrings", "t") RELATION("y", "styles", "/y") "</R>";
    static const char book[] = "<w><sheet id=\"s\"/></w>";
#undef RELATION
    struct stored_part parts[6] = {{"_rels/.rels", top, sizeof(top) - 1}, {"_rels/b.rels", own, sizeof(own) - 1}, in[3], in[0], in[1], in[2]};
    if (in[3].text == NULL)
        parts[2] = (struct stored_part){"b", book, sizeof(book) - 1};
    const char *const names[] = {"b", "s", "t", "y"};
    for (size_t i = 0; i < 4; i++)
        parts[2 + i].name = names[i];
    return stored_zip(parts, 6, size);
}

#endif
