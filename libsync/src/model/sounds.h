/*
 * model: how characters sound: pinyin without tones, every reading that each has. A sound is a number. Pure.
 */
#ifndef LINLI_MODEL_SOUNDS_H
#define LINLI_MODEL_SOUNDS_H

#include <stddef.h>
#include <stdint.h>

enum { SOUND_NONE = 0, SOUND_BYTES = 6, SOUNDS_MAX = 4 };

/* The sounds of a character; 0 when none is known. */
size_t sounds_of(uint32_t point, uint16_t out[SOUNDS_MAX]);


/* The generated table (generated/sounds_table.c): of each character a sound, or a place in the lists, where a count comes first. */
enum { SOUND_FIRST = 0x4e00, SOUND_LAST = 0x9fff, SOUND_LIST = 0x8000 };
struct sound_beyond {
    uint32_t point;
    uint16_t row;
};
extern const char sound_texts[][SOUND_BYTES + 1];
extern const size_t sound_count;
extern const uint16_t sound_rows[SOUND_LAST - SOUND_FIRST + 1], sound_lists[];
extern const struct sound_beyond sounds_beyond[];
extern const size_t sounds_beyond_count;

static inline const char *sound_text(unsigned sound)
{
    return sound_texts[sound];
}

#endif
