/*
 * model: a text that somebody types to find a person, and what of a record it finds: a name by its characters, its sounds or their first
 * letters, in any mixture and from any character on; a place by its parts; a number by its tail. Pure.
 */
#ifndef LINLI_MODEL_SEEK_H
#define LINLI_MODEL_SEEK_H

#include "base/bytes.h"
#include "model/sounds.h"

enum { NAME_POINTS = 50, TAIL_BYTES = 4, NUMBER_BYTES = 24, PLACE_PARTS = 8, PLACE_PART_BYTES = 15 };

/* Where something is, from the greater to the lesser: "3栋", "1单元", "0502" and "3-1-502" are 3, 1, 502. */
struct place {
    char parts[PLACE_PARTS][PLACE_PART_BYTES + 1];
    size_t count;
    bool full; /* there were more: the first are gone */
};
/* Append the parts of a text: runs of letters and digits. True when there is nothing else in it but what parts places. */
bool place_add(struct place *place, span text);

struct seek {
    uint32_t points[NAME_POINTS]; /* as a name: letters small, what parts names left out */
    size_t count;                 /* 0: it is no name's */
    struct place place;           /* no parts: it is no place */
    char tail[NUMBER_BYTES];
    size_t tail_size;             /* 0: it is no number's tail */
};
void seek_make(const char *text, struct seek *out);

bool seek_name(const struct seek *s, span name);
bool seek_place(const struct seek *s, const struct place *place);
bool seek_number(const struct seek *s, span number);

/* What the index keeps of a number: its last letters and digits. False when it has fewer. */
bool number_tail(span number, char tail[TAIL_BYTES]);
/* May it be the room of what is found? By its last part. */
bool seek_room(const struct seek *s, span room);

#endif
