/* model: texts that people are found by, and what they find. */
#include "model/seek.h"

#include <string.h>

/* ---- characters ---- */

static size_t point_size(uint8_t lead)
{
    return lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* The next character, which need not be well formed: then bytes stand for something that no name holds. */
static uint32_t point_next(span *text)
{
    size_t size = point_size(text->at[0]);
    uint32_t point = text->at[0];

    if (size > text->size)
        size = 1;
    if (size > 1)
        point &= 0x7fu >> size;
    for (size_t i = 1; i < size; i++)
        point = point << 6 | (text->at[i] & 0x3fu);
    text->at += size;
    text->size -= size;
    return point;
}

/* As it is compared: of full width as of half, capital as small, u with dots as it is typed. */
static uint32_t point_folded(uint32_t point)
{
    if (point == 0x3000)
        return ' ';
    if (point >= 0xff01 && point <= 0xff5e)
        point -= 0xfee0;
    if (point >= 'A' && point <= 'Z')
        return point + ('a' - 'A');
    return point == 0xfc || point == 0xdc ? 'v' : point;
}

static bool is_digit(uint32_t point)
{
    return point >= '0' && point <= '9';
}

static bool is_plain(uint32_t point)
{
    return is_digit(point) || (point >= 'a' && point <= 'z');
}

static bool among(uint32_t point, const uint32_t *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == point)
            return true;
    return false;
}

/* What stands between the parts of a name. */
static bool parts_names(uint32_t point)
{
    static const uint32_t marks[] = {0xb7 /* · */, 0x2019 /* ’ */, 0x2022 /* • */, 0x2027 /* ‧ */, 0x3001 /* 、 */, 0x30fb /* ・ */};

    return point < 0x80 ? !is_plain(point) : among(point, marks, sizeof(marks) / sizeof(marks[0]));
}

/* What stands between, and after, the parts of a place: 栋 幢 座 楼 号 单 元 层 室 房 and marks. */
static bool parts_places(uint32_t point)
{
    static const uint32_t words[] = {0x680b, 0x5e62, 0x5ea7, 0x697c, 0x53f7, 0x5355, 0x5143, 0x5c42, 0x5ba4, 0x623f, 0x3001};

    return point < 0x80 || among(point, words, sizeof(words) / sizeof(words[0]));
}

/* ---- names ---- */

/* At most NAME_POINTS + 1: names are that long, and who types more means none. */
static size_t points_of(span text, uint32_t out[NAME_POINTS + 1])
{
    size_t count = 0;

    while (text.size > 0 && count <= NAME_POINTS) {
        uint32_t point = point_folded(point_next(&text));
        if (!parts_names(point))
            out[count++] = point;
    }
    return count;
}

/*
 * Bit i of a mask: the first i characters of what is sought have been found, and the name may go on with the next. Each of its
 * characters takes one that is the same, or as many letters as are the beginning of one of its sounds.
 */
static uint64_t step_letters(const struct seek *s, uint64_t mask, const char *letters)
{
    uint64_t next = 0;

    for (size_t i = 0; mask >> i != 0; i++)
        for (size_t k = 0; (mask >> i & 1) != 0 && i + k < s->count && letters[k] != '\0' && s->points[i + k] == (uint8_t)letters[k]; k++)
            next |= UINT64_C(1) << (i + k + 1);
    return next;
}

static uint64_t step_point(const struct seek *s, uint64_t mask, uint32_t point)
{
    uint16_t sounds[SOUNDS_MAX];
    size_t count = is_plain(point) ? 0 : sounds_of(point, sounds);
    uint64_t next = 0;

    for (size_t i = 0; mask >> i != 0; i++)
        if ((mask >> i & 1) != 0 && i < s->count && s->points[i] == point)
            next |= UINT64_C(1) << (i + 1);
    for (size_t i = 0; i < count; i++)
        next |= step_letters(s, mask, sound_text(sounds[i]));
    return next;
}

static bool found(const struct seek *s, uint64_t mask)
{
    return (mask >> s->count & 1) != 0;
}

bool seek_name(const struct seek *s, span name)
{
    uint32_t points[NAME_POINTS + 1];
    size_t count = points_of(name, points);
    uint64_t mask = 0;

    if (s->count == 0)
        return false;
    for (size_t i = 0; i < count && i < NAME_POINTS; i++) {
        mask = step_point(s, mask | 1, points[i]);
        if (found(s, mask))
            return true;
    }
    return false;
}

/* ---- places ---- */

static void part_add(struct place *place, const char *letters, size_t size)
{
    while (size > 1 && letters[0] == '0') { /* 0502 is 502 */
        letters++;
        size--;
    }
    if (place->count == PLACE_PARTS) {
        memmove(place->parts[0], place->parts[1], (PLACE_PARTS - 1) * sizeof(place->parts[0]));
        place->count--;
        place->full = true;
    }
    memcpy(place->parts[place->count], letters, size);
    place->parts[place->count++][size] = '\0';
}

bool place_add(struct place *place, span text)
{
    char letters[PLACE_PART_BYTES];
    size_t size = 0;
    bool only = true;

    while (text.size > 0) {
        uint32_t point = point_folded(point_next(&text));
        if (is_plain(point) && size < sizeof(letters))
            letters[size++] = (char)point;
        if (is_plain(point) && text.size > 0)
            continue;
        if (size > 0)
            part_add(place, letters, size);
        size = 0;
        only = only && (is_plain(point) || parts_places(point));
    }
    return only;
}

bool seek_room(const struct seek *s, span room)
{
    struct place place = {.count = 0};

    place_add(&place, room);
    return s->place.count > 0 && place.count > 0 &&
           strcmp(s->place.parts[s->place.count - 1], place.parts[place.count - 1]) == 0;
}

bool seek_place(const struct seek *s, const struct place *place)
{
    size_t left = s->place.count, at = place->count;

    if (left == 0 || at == 0 || strcmp(s->place.parts[left - 1], place->parts[at - 1]) != 0)
        return false;
    for (left--, at--; left > 0 && at > 0; at--) /* what is not said of the place may be anything */
        if (strcmp(s->place.parts[left - 1], place->parts[at - 1]) == 0)
            left--;
    return left == 0;
}

/* ---- numbers ---- */

/* The last letters and digits of it. */
static size_t number_end(span number, char out[NUMBER_BYTES])
{
    size_t size = 0;

    while (number.size > 0) {
        uint32_t point = point_folded(point_next(&number));
        if (!is_plain(point))
            continue;
        if (size == NUMBER_BYTES)
            memmove(out, out + 1, --size);
        out[size++] = (char)point;
    }
    return size;
}

bool number_tail(span number, char tail[TAIL_BYTES])
{
    char end[NUMBER_BYTES];
    size_t size = number_end(number, end);

    if (size < TAIL_BYTES)
        return false;
    memcpy(tail, end + size - TAIL_BYTES, TAIL_BYTES);
    return true;
}

bool seek_number(const struct seek *s, span number)
{
    char end[NUMBER_BYTES];
    size_t size = number_end(number, end);

    return s->tail_size > 0 && size >= s->tail_size && memcmp(end + size - s->tail_size, s->tail, s->tail_size) == 0;
}

/* ---- what is typed ---- */

enum { TAIL_PARTED = 7 }; /* 3-1-502 is a room: digits with marks between them are a number from here on */

/* Digits, maybe parted, and maybe the x that ends identity numbers. */
static size_t tail_of(span text, char out[NUMBER_BYTES])
{
    size_t size = 0, marks = 0;

    while (text.size > 0) {
        uint32_t point = point_folded(point_next(&text));
        bool check = point == 'x' && text.size == 0;
        if ((point == ' ' || point == '-') && size > 0)
            marks++;
        else if ((!is_digit(point) && !check) || size == NUMBER_BYTES)
            return 0;
        else
            out[size++] = (char)point;
    }
    return size < (marks > 0 ? TAIL_PARTED : TAIL_BYTES) ? 0 : size;
}

void seek_make(const char *text, struct seek *out)
{
    uint32_t points[NAME_POINTS + 1];
    span bytes = span_of(text, strlen(text));

    *out = (struct seek){.count = points_of(bytes, points)};
    if (out->count > NAME_POINTS)
        out->count = 0;
    memcpy(out->points, points, out->count * sizeof(points[0]));
    out->tail_size = tail_of(bytes, out->tail);
    bool only = place_add(&out->place, bytes);
    size_t parts = out->place.count;
    if (!only || out->place.full || (parts > 0 && strpbrk(out->place.parts[parts - 1], "0123456789") == NULL))
        out->place.count = 0;
}
